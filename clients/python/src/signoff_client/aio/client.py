"""One workspace, as an agent sees it."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Self, Unpack

import httpx

from signoff_client.aio.calls import AsyncToolCall
from signoff_client.aio.driver import AsyncDriver
from signoff_client.aio.files import AsyncFiles
from signoff_client.aio.handoffs import AsyncHandoff
from signoff_client.aio.items import AsyncItem
from signoff_client.aio.locks import AsyncLock
from signoff_client.asking import Patience
from signoff_client.calls import ALL_ANSWERS, Answer
from signoff_client.events import Event
from signoff_client.place import the_place
from signoff_client.plans import calls, claims, events, handoffs, locks
from signoff_client.plans.calls import Proposal
from signoff_client.plans.claims import Wish
from signoff_client.plans.handoffs import Kind, Said
from signoff_client.plans.pages import all_of, pages
from signoff_client.views import Claim, HandoffView


class AsyncSignoff(AsyncFiles):
    """A workspace, opened with an agent's key, which names it.

    Without `url` and `key` they are SIGNOFF_URL and SIGNOFF_KEY. `timeout` is in seconds, for
    each part of an answer. `retries` is how often a request is sent that is not answered or
    not taken, with a growing pause (Retry-After is kept to); waiting for work, decisions,
    events and leases does not end with it. Tasks may share one.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 8,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._driver = AsyncDriver(the_place(url, key), timeout=timeout, http=http)
        self._patience = Patience(tries=max(1, retries))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    @property
    def url(self) -> str:
        """The server's address."""
        return self._driver.place.url

    @property
    def workspace(self) -> str:
        """The workspace that the key opens."""
        return self._driver.place.workspace

    # Work.

    async def work(
        self,
        glob: str | None = None,
        *,
        stage: str | None = None,
        path: str | None = None,
        lease_seconds: int | None = None,
        wait: float = 30.0,
        once: bool = False,
    ) -> AsyncIterator[AsyncItem]:
        """Give work for ever: what was sent back first, then what fits; wait for more politely.

        Nobody else holds an item while it is in hand. It is given back when the block raises,
        leaves the loop or goes on without submitting it. With `once` it ends when there is no
        work. `stage` is `input` or `feedback`; a lease is 60 seconds to a day.
        """
        wish = Wish(stage=stage, path=path, glob=glob, lease_seconds=lease_seconds)
        async with aclosing(self._driver.each(claims.work(wish, wait=wait, once=once))) as flow:
            async for held in flow:
                async with AsyncItem(held, self._driver, self._patience) as item:
                    yield item

    async def claim(
        self,
        glob: str | None = None,
        *,
        stage: str | None = None,
        path: str | None = None,
        lease_seconds: int | None = None,
        wait: float = 0.0,
    ) -> AsyncItem | None:
        """Claim one piece of work, waiting for it some seconds; None if there is none.

        Its lease is renewed only inside of `async with item:`, or by `item.renew()`.
        """
        wish = Wish(stage=stage, path=path, glob=glob, lease_seconds=lease_seconds)
        held = await self._driver.run(claims.claim(wish, wait=wait, patience=self._patience))
        return None if held is None else AsyncItem(held, self._driver, self._patience)

    async def takeover(self, claim_id: str) -> AsyncItem:
        """Take over a claim of this same agent, as after a restart: the old token is dead."""
        held = await self._driver.run(claims.take_over(claim_id, patience=self._patience))
        return AsyncItem(held, self._driver, self._patience)

    async def claims(self) -> tuple[Claim, ...]:
        """Return the live claims of this agent, whichever process holds them."""
        plan = all_of("claims", Claim, patience=self._patience, params={"mine": "true"})
        return await self._driver.run(plan)

    # Handoffs.

    async def submit(self, paths: str | Sequence[str], **said: Unpack[Said]) -> AsyncHandoff:
        """Put paths in front of people as one package, to be approved; see `Said`."""
        return await self._submit(paths, said, "approval")

    async def escalate(self, paths: str | Sequence[str], **said: Unpack[Said]) -> AsyncHandoff:
        """Say with `needs` what you need, and with `questions` what to answer."""
        return await self._submit(paths, said, "escalation")

    async def hand_over(self, paths: str | Sequence[str], **said: Unpack[Said]) -> AsyncHandoff:
        """Let a person go on with the work, and get it back when they are done."""
        return await self._submit(paths, said, "relay")

    async def handoff(self, handoff_id: str) -> AsyncHandoff:
        """Return a handoff by its id, to wait for it from here; raise NotFound."""
        view = await self._driver.run(handoffs.show(handoff_id, patience=self._patience))
        return AsyncHandoff(view, self._driver, self._patience)

    async def handoffs(
        self, *, state: str = "", kind: str = "", agent: str = "", dedupe_key: str = ""
    ) -> AsyncIterator[AsyncHandoff]:
        """Give handoffs, newest first; those of one state in the order in which they wait.

        With a `dedupe_key` these are the agent's own under it, decided or not.
        """
        asked = {"state": state, "kind": kind, "agent": agent, "dedupe_key": dedupe_key}
        params = {name: value for name, value in asked.items() if value}
        flow = pages("handoffs", HandoffView, patience=self._patience, params=params)
        async for view in self._driver.each(flow):
            yield AsyncHandoff(view, self._driver, self._patience)

    # Events and locks.

    def follow(
        self, after: int | None = None, *, types: Iterable[str] = (), wait: float = 60.0
    ) -> AsyncIterator[Event]:
        """Give each event after a position once, in order, for ever; without one, from now on.

        Keep `event.position` to go on from there. Servers that are away are waited for.
        """
        return self._driver.each(events.follow(after, types=types, wait=wait))

    async def lock(
        self,
        path: str,
        *,
        mode: str = "exclusive",
        depth: str = "infinity",
        timeout_seconds: int | None = None,
        wait: float = 0.0,
    ) -> AsyncLock:
        """Lock a path, standing in line for up to `wait` seconds; raise Held.

        `async with` renews the lock and ends it. `mode` is `exclusive`, `shared` or `draft`;
        a lock is for 180 seconds to a day.
        """
        plan = locks.lock(
            path,
            mode=mode,
            depth=depth,
            timeout_seconds=timeout_seconds,
            wait=wait,
            patience=self._patience,
        )
        return AsyncLock(await self._driver.run(plan), self._driver, self._patience)

    # Tool calls.

    async def propose(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        call_id: str = "",
        allowed: Sequence[Answer] = ALL_ANSWERS,
        schema: Mapping[str, Any] | None = None,
        **said: Unpack[Said],
    ) -> AsyncToolCall:
        """Put a tool call in front of people, with its arguments rendered; see `Said`.

        `schema` is the JSON Schema of the arguments, to which edits must fit. `call_id` is
        what the agent's framework calls it. With a `dedupe_key` the same call is returned,
        whether it is decided or not; ChangedSince if it is known with other arguments.
        """
        proposal = Proposal(
            name=name,
            arguments=arguments,
            call_id=call_id,
            allowed=tuple(allowed),
            schema=schema,
            said=said,
        )
        call = await self._driver.run(calls.propose(proposal, patience=self._patience))
        return AsyncToolCall(call, self._driver, self._patience)

    async def tool_call(self, handoff_id: str) -> AsyncToolCall:
        """Return a call that was proposed, by its handoff's id."""
        call = await self._driver.run(calls.find(handoff_id, patience=self._patience))
        return AsyncToolCall(call, self._driver, self._patience)

    async def _submit(self, paths: str | Sequence[str], said: Said, kind: Kind) -> AsyncHandoff:
        plan = handoffs.submit(paths, said, kind=kind, patience=self._patience)
        return AsyncHandoff(await self._driver.run(plan), self._driver, self._patience)
