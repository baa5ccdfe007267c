"""The sender of deliveries: each line by itself, bounded, and no result forgotten."""

import asyncio
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from traceback import format_exception

from signoff.actions import sending
from signoff.actions.house import House
from signoff.actions.sending import Parcel, Pull, Result, Settle
from signoff.domain.actors import system
from signoff.domain.deliveries import Attempt, Outcome
from signoff.domain.errors import Refusal
from signoff.domain.ids import INSTANCE, SECOND, EndpointId, Slug
from signoff.domain.signatures import signed_headers
from signoff.worker.outside import Answer, Failed, Outside

EACH = 32
"""So many deliveries of one line are under way at a time."""

ALL = 1024
"""And so many of all lines: with 64 KiB to an answer, at most 64 MiB."""

GAP = 0.025
"""Seconds in which results gather, so that many are kept in one transaction."""

AGAIN = 1.0
EXCERPT = 1000
HEADERS, HEADER = 20, 200
"""So many headers of an answer are kept, so many characters of each."""

_HIDDEN = frozenset({"set-cookie", "authorization", "www-authenticate"})

Line = tuple[Slug, EndpointId]


class Sender:
    """Sends what is in line.

    A line that is slow or dead has its own few deliveries under way and holds up no other. A
    delivery stays in line until how it went is kept: a process that is killed sends it again.
    """

    def __init__(self, house: House, outside: Outside, *, wake: Callable[[], None]) -> None:
        self._house = house
        self._outside = outside
        self._wake = wake
        self._hands: dict[Line, set[int]] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._results: dict[Slug, list[Result]] = {}
        self._done = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self.under_way = 0
        """How many deliveries are being sent, or wait for their result to be kept."""

    async def send(self, house: House) -> float | None:
        """Send what is due; return in how many seconds the next line goes on."""
        found = await house.ask(sending.lines, system(INSTANCE), sending.Look())
        for workspace, names in found.by_workspace.items():
            try:
                await self._send_in(workspace, names)
            except Exception as fault:  # noqa: BLE001  one workspace must not hold up others
                _say(workspace, fault)
        if found.next_at is None:
            return None
        return max(0.0, (found.next_at - house.engine.now()) / SECOND)

    async def close(self) -> None:
        """Give up what is under way; what arrived already is kept."""
        for task in tuple(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        with suppress(Refusal):
            await self._keep_all()

    async def _send_in(self, workspace: Slug, names: tuple[EndpointId, ...]) -> None:
        wanted = {}
        for name in names:
            busy = len(self._hands.get((workspace, name), ()))
            if busy < EACH:
                wanted[name] = EACH  # those that are under way are the first in line
        if not wanted or self.under_way >= ALL:
            return
        pulled = await self._house.ask(sending.pull, system(workspace), Pull(wanted=wanted))
        for parcel in pulled.parcels:
            self._begin(workspace, parcel, alone=parcel.endpoint in pulled.alone)
        for name in pulled.replaying:
            asked = sending.Replaying(endpoint=name)
            done = await self._house.do(
                sending.go_on_replaying, system(workspace), asked, background=True
            )
            if done.result:
                self._wake()

    def _begin(self, workspace: Slug, parcel: Parcel, *, alone: bool) -> None:
        """Send a parcel unless it is on its way, or its line or all of us have their fill."""
        line, position = (workspace, parcel.endpoint), parcel.delivery.position
        hand = self._hands.get(line, set())
        full = self.under_way >= ALL or (alone and hand)
        if full or position in hand:
            return
        self._hands.setdefault(line, hand).add(position)
        self.under_way += 1
        task = asyncio.create_task(self._try(workspace, parcel))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _try(self, workspace: Slug, parcel: Parcel) -> None:
        now = self._house.engine.now()
        headers = {"content-type": "application/json"} | signed_headers(
            parcel.keys, name=parcel.delivery.id, timestamp=now // SECOND, body=parcel.payload
        )
        began = asyncio.get_running_loop().time()
        answer: Answer | None = None
        failure = ""
        try:
            answer = await self._outside.post(parcel.url, headers=headers, body=parcel.payload)
        except Failed as failed:
            failure = str(failed)
        except Refusal as refused:
            failure = refused.message
        except Exception as fault:  # noqa: BLE001  a fault of ours is a failed try
            failure = "The delivery could not be made"
            _say(workspace, fault)
        attempt = Attempt(
            number=0,
            at=now,
            seconds=round(asyncio.get_running_loop().time() - began, 4),
            url=parcel.url,
            request=headers,
            status=answer.status if answer else None,
            failure=failure,
            response=_head(answer) if answer else {},
            excerpt=_excerpt(answer.body) if answer else "",
        )
        outcome = Outcome(
            status=attempt.status,
            failure=failure,
            retry_after=answer.headers.get("retry-after", "")[:100] if answer else "",
        )
        self._results.setdefault(workspace, []).append(
            Result(
                delivery=parcel.delivery,
                outcome=outcome,
                attempt=attempt,
                chance=random.random(),  # noqa: S311  it spreads tries, nothing more
            )
        )
        self._done.set()
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())

    # Results.

    async def _keep(self) -> None:
        """Keep results as they come, many at a time; then let lines go on."""
        while True:
            await self._done.wait()
            await asyncio.sleep(GAP)
            self._done.clear()
            try:
                await self._keep_all()
            except Exception as fault:  # noqa: BLE001  a database that is away comes back
                _say(INSTANCE, fault)
                await asyncio.sleep(AGAIN)
                self._done.set()
            self._wake()

    async def _keep_all(self) -> None:
        while self._results:
            workspace, results = next(iter(self._results.items()))
            del self._results[workspace]
            try:
                asked = Settle(results=tuple(results))
                await self._house.do(sending.settle, system(workspace), asked, background=True)
            except BaseException:
                self._results.setdefault(workspace, [])[:0] = results
                raise
            for result in results:
                self._let_go(workspace, result)

    def _let_go(self, workspace: Slug, result: Result) -> None:
        line = (workspace, result.delivery.endpoint)
        hand = self._hands[line]
        self.under_way -= 1
        hand.discard(result.delivery.position)
        if not hand:
            del self._hands[line]


def _say(workspace: Slug, fault: Exception) -> None:
    """Say a fault aloud."""
    said = fault.message if isinstance(fault, Refusal) else "".join(format_exception(fault))
    sys.stderr.write(f"signoff: webhooks in {workspace}: {said}\n")


def _head(answer: Answer) -> dict[str, str]:
    """Return the beginning of an answer's head, without what might let somebody in."""
    shown = [
        (name[:HEADER], "…" if name in _HIDDEN else value[:HEADER])
        for name, value in answer.headers.items()
    ]
    return dict(shown[:HEADERS])


def _excerpt(body: bytes) -> str:
    """Return the beginning of an answer as text."""
    return body[: EXCERPT * 4].decode(errors="replace")[:EXCERPT]
