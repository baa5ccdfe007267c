"""One tail per node: it reads each watched log once per commit batch and wakes who waits.

Ten thousand waiting clients are ten thousand entries of a dictionary, not as many loops, and
a waiter for a handoff is woken only when an entry names it (STORAGE 28).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Self, TypeVar

from signoff.actions.context import Context
from signoff.actions.entries import Told
from signoff.actions.house import House
from signoff.domain.actors import system
from signoff.domain.errors import Refusal
from signoff.domain.ids import HandoffId, Slug
from signoff.domain.permissions import Grant

T = TypeVar("T")

POLL = 0.5
"""What was recorded by another process is heard at the latest so much later (STORAGE 10)."""
SIGNS = 1000
KEPT = 1000
"""So many of the last entries are kept ready for readers of events (`feeds`)."""
LONGEST = 60.0


def _read_signs(ctx: Context, after: int) -> list[tuple[int, str | None]]:
    return ctx.tx.audit.signs(after, limit=SIGNS)


def _read_head(ctx: Context, _asked: None) -> int:
    return ctx.tx.audit.head()[0]


class Line:
    """What a tail knows of one workspace's log while somebody waits for it."""

    __slots__ = (
        "busy",
        "grants",
        "grown",
        "handoffs",
        "position",
        "reading",
        "reads",
        "recent",
        "rights",
        "rights_heard",
        "waiting",
    )

    def __init__(self) -> None:
        self.position = -1
        """The last entry that waiters were told of; -1 before the first look."""
        self.waiting: set[Watch] = set()
        self.handoffs: dict[str, set[Watch]] = {}
        self.busy = False
        self.grown = False
        self.recent: deque[Told] = deque(maxlen=KEPT)
        self.grants: tuple[Grant, ...] = ()
        self.rights: int | None = None
        """The version of rights under which the grants were read."""
        self.rights_heard: int | None = None
        """The version of rights under which waiters were last woken."""
        self.reading = asyncio.Lock()
        self.reads = 0

    @property
    def watched(self) -> bool:
        """Say whether anybody waits."""
        return bool(self.waiting or self.handoffs)


class Watch:
    """A place among those who wait, from before the first look until the end.

    Look only inside of it: what is committed after the look wakes it, whatever the timing.
    """

    def __init__(self, tail: "Tail", workspace: Slug, handoffs: frozenset[HandoffId]) -> None:
        self._tail = tail
        self.workspace = workspace
        self.handoffs = handoffs
        self._woken = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._tail.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tail.discard(self)

    def wake(self) -> None:
        """End the wait: something happened that concerns it."""
        self._woken.set()

    async def heard(self, timeout: float) -> bool:  # noqa: ASYNC109  it is an answer, not an error
        """Wait until something concerns this watch; False when the time is over."""
        try:
            async with asyncio.timeout(timeout):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True


class Tail:
    """The one reader of the logs on this node."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lines: dict[Slug, Line] = {}
        self._stop: Callable[[], None] | None = None
        self._poller: asyncio.Task[None] | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self.reads = 0
        """How often a log was read: a metric, and what the tests hold us to."""

    def start(self) -> None:
        """Begin to listen; call it on the running loop."""
        self._stop = self._house.engine.listen(self._grew)
        self._poller = asyncio.create_task(self._poll())

    async def close(self) -> None:
        """Wake everybody who waits, and stop."""
        if self._stop is not None:
            self._stop()
        tasks = [*self._pumps, *([self._poller] if self._poller else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for line in self._lines.values():
            _wake(line.waiting)
            for watches in line.handoffs.values():
                _wake(watches)

    def line(self, workspace: Slug) -> Line | None:
        """Return what is known of a log that somebody waits for."""
        return self._lines.get(workspace)

    # Waiting.

    def watch(
        self, workspace: Slug, *handoffs: HandoffId
    ) -> AbstractAsyncContextManager[Watch]:
        """Return a place among those who wait: for these handoffs, or for anything at all."""
        return Watch(self, workspace, frozenset(handoffs))

    async def wait(self, workspace: Slug, after: int, timeout: float) -> int:  # noqa: ASYNC109
        """Return the log's last position once it is beyond `after`, or when time is over."""
        async with Watch(self, workspace, frozenset()) as watch:
            line = self._lines[workspace]
            if line.position <= after:
                await watch.heard(min(timeout, LONGEST))
            return line.position

    async def until(
        self,
        workspace: Slug,
        handoffs: Iterable[HandoffId],
        look: Callable[[], Awaitable[T | None]],
        timeout: float,  # noqa: ASYNC109
    ) -> T | None:
        """Look, and look again whenever one of the handoffs is named, until there is an answer.

        None when the time is over. `look` runs once more for each batch that concerns it.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(timeout, LONGEST)
        async with Watch(self, workspace, frozenset(handoffs)) as watch:
            while True:
                found = await look()
                left = deadline - loop.time()
                if found is not None or left <= 0:
                    return found
                await watch.heard(left)

    async def add(self, watch: Watch) -> None:
        """Take a waiter in; once it returns, no later entry is missed."""
        line = self._lines.setdefault(watch.workspace, Line())
        if watch.handoffs:
            for handoff in watch.handoffs:
                line.handoffs.setdefault(handoff, set()).add(watch)
        else:
            line.waiting.add(watch)
        if line.position < 0:
            try:
                line.rights_heard = await self._house.engine.look_at_rights()
                head = await self._ask_head(watch.workspace)
            except BaseException:
                self.discard(watch)
                raise
            line.position = max(line.position, head)

    def discard(self, watch: Watch) -> None:
        """Let a waiter go; the last of a workspace takes what was kept of its log along."""
        line = self._lines.get(watch.workspace)
        if line is None:
            return
        line.waiting.discard(watch)
        for handoff in watch.handoffs:
            watches = line.handoffs.get(handoff, set())
            watches.discard(watch)
            if not watches:
                line.handoffs.pop(handoff, None)

    # Hearing.

    def _grew(self, workspace: Slug) -> None:
        """A log grew: read it once, however many wait, and however often we are told."""
        line = self._lines.get(workspace)
        if line is None or not line.watched:
            if line is not None:
                del self._lines[workspace]
            return
        line.grown = True
        if not line.busy:
            line.busy = True
            task = asyncio.get_running_loop().create_task(self._pump(workspace, line))
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(self, workspace: Slug, line: Line) -> None:
        try:
            while line.grown:
                line.grown = False
                if line.position >= 0:
                    with suppress(Refusal):  # the next look hears of it
                        await self._pump_once(workspace, line)
        finally:
            line.busy = False

    async def _pump_once(self, workspace: Slug, line: Line) -> None:
        self.reads += 1
        signs = await self._house.ask(_read_signs, system(workspace), line.position)
        if not signs:
            return
        line.position = max(line.position, signs[-1][0])
        line.grown = line.grown or len(signs) == SIGNS
        _wake(line.waiting)
        if line.handoffs and await self._other_rights(line):
            for watches in line.handoffs.values():
                _wake(watches)
            return
        for handoff in {handoff for _, handoff in signs if handoff is not None}:
            _wake(line.handoffs.get(handoff, ()))

    async def _other_rights(self, line: Line) -> bool:
        """Say whether anybody's rights changed: who waits is told if they were revoked."""
        before, line.rights_heard = line.rights_heard, await self._house.engine.look_at_rights()
        return before != line.rights_heard

    async def _poll(self) -> None:
        """Look for what no notification told of: another process, a word that was lost."""
        while True:
            await asyncio.sleep(POLL)
            for workspace, line in list(self._lines.items()):
                if not line.watched:
                    self._lines.pop(workspace, None)
                    continue
                with suppress(Refusal):  # a database that is away comes back
                    if await self._ask_head(workspace) > line.position:
                        self._grew(workspace)

    async def _ask_head(self, workspace: Slug) -> int:
        return await self._house.ask(_read_head, system(workspace), None)


def _wake(watches: Iterable[Watch]) -> None:
    for watch in watches:
        watch.wake()
