"""One workspace, as an agent sees it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Self, Unpack

import httpx

from signoff_client.asking import Patience
from signoff_client.calls import ALL_ANSWERS, Answer
from signoff_client.events import Event
from signoff_client.place import the_place
from signoff_client.plans import calls, claims, events, handoffs, locks
from signoff_client.plans.calls import Proposal
from signoff_client.plans.claims import Wish
from signoff_client.plans.handoffs import Kind, Said
from signoff_client.plans.pages import all_of, pages
from signoff_client.sync.calls import ToolCall
from signoff_client.sync.driver import Driver
from signoff_client.sync.files import Files
from signoff_client.sync.handoffs import Handoff
from signoff_client.sync.items import Item
from signoff_client.sync.locks import Lock
from signoff_client.views import Claim, HandoffView


class Signoff(Files):
    """A workspace, opened with an agent's key, which names it.

    Without `url` and `key` they are SIGNOFF_URL and SIGNOFF_KEY. `timeout` is in seconds, for
    each part of an answer. `retries` is how often a request is sent that is not answered or
    not taken, with a growing pause (Retry-After is kept to); waiting for work, decisions,
    events and leases does not end with it. Threads may share one.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 8,
        http: httpx.Client | None = None,
    ) -> None:
        self._driver = Driver(the_place(url, key), timeout=timeout, http=http)
        self._patience = Patience(tries=max(1, retries))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    @property
    def url(self) -> str:
        """The server's address."""
        return self._driver.place.url

    @property
    def workspace(self) -> str:
        """The workspace that the key opens."""
        return self._driver.place.workspace

    # Work.

    def work(
        self,
        glob: str | None = None,
        *,
        stage: str | None = None,
        path: str | None = None,
        lease_seconds: int | None = None,
        wait: float = 30.0,
        once: bool = False,
    ) -> Iterator[Item]:
        """Give work for ever: what was sent back first, then what fits; wait for more politely.

        Nobody else holds an item while it is in hand. It is given back when the block raises,
        leaves the loop or goes on without submitting it. With `once` it ends when there is no
        work. `stage` is `input` or `feedback`; a lease is 60 seconds to a day.
        """
        wish = Wish(stage=stage, path=path, glob=glob, lease_seconds=lease_seconds)
        with closing(self._driver.each(claims.work(wish, wait=wait, once=once))) as flow:
            for held in flow:
                with Item(held, self._driver, self._patience) as item:
                    yield item

    def claim(
        self,
        glob: str | None = None,
        *,
        stage: str | None = None,
        path: str | None = None,
        lease_seconds: int | None = None,
        wait: float = 0.0,
    ) -> Item | None:
        """Claim one piece of work, waiting for it some seconds; None if there is none.

        Its lease is renewed only inside of `with item:`, or by `item.renew()`.
        """
        wish = Wish(stage=stage, path=path, glob=glob, lease_seconds=lease_seconds)
        held = self._driver.run(claims.claim(wish, wait=wait, patience=self._patience))
        return None if held is None else Item(held, self._driver, self._patience)

    def takeover(self, claim_id: str) -> Item:
        """Take over a claim of this same agent, as after a restart: the old token is dead."""
        held = self._driver.run(claims.take_over(claim_id, patience=self._patience))
        return Item(held, self._driver, self._patience)

    def claims(self) -> tuple[Claim, ...]:
        """Return the live claims of this agent, whichever process holds them."""
        plan = all_of("claims", Claim, patience=self._patience, params={"mine": "true"})
        return self._driver.run(plan)

    # Handoffs.

    def submit(self, paths: str | Sequence[str], **said: Unpack[Said]) -> Handoff:
        """Put paths in front of people as one package, to be approved; see `Said`."""
        return self._submit(paths, said, "approval")

    def escalate(self, paths: str | Sequence[str], **said: Unpack[Said]) -> Handoff:
        """Say with `needs` what you need, and with `questions` what to answer."""
        return self._submit(paths, said, "escalation")

    def hand_over(self, paths: str | Sequence[str], **said: Unpack[Said]) -> Handoff:
        """Let a person go on with the work, and get it back when they are done."""
        return self._submit(paths, said, "relay")

    def handoff(self, handoff_id: str) -> Handoff:
        """Return a handoff by its id, to wait for it from here; raise NotFound."""
        view = self._driver.run(handoffs.show(handoff_id, patience=self._patience))
        return Handoff(view, self._driver, self._patience)

    def handoffs(
        self, *, state: str = "", kind: str = "", agent: str = "", dedupe_key: str = ""
    ) -> Iterator[Handoff]:
        """Give handoffs, newest first; those of one state in the order in which they wait.

        With a `dedupe_key` these are the agent's own under it, decided or not.
        """
        asked = {"state": state, "kind": kind, "agent": agent, "dedupe_key": dedupe_key}
        params = {name: value for name, value in asked.items() if value}
        flow = pages("handoffs", HandoffView, patience=self._patience, params=params)
        for view in self._driver.each(flow):
            yield Handoff(view, self._driver, self._patience)

    # Events and locks.

    def follow(
        self, after: int | None = None, *, types: Iterable[str] = (), wait: float = 60.0
    ) -> Iterator[Event]:
        """Give each event after a position once, in order, for ever; without one, from now on.

        Keep `event.position` to go on from there. Servers that are away are waited for.
        """
        return self._driver.each(events.follow(after, types=types, wait=wait))

    def lock(
        self,
        path: str,
        *,
        mode: str = "exclusive",
        depth: str = "infinity",
        timeout_seconds: int | None = None,
        wait: float = 0.0,
    ) -> Lock:
        """Lock a path, standing in line for up to `wait` seconds; raise Held.

        `with` renews the lock and ends it. `mode` is `exclusive`, `shared` or `draft`;
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
        return Lock(self._driver.run(plan), self._driver, self._patience)

    # Tool calls.

    def propose(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        call_id: str = "",
        allowed: Sequence[Answer] = ALL_ANSWERS,
        schema: Mapping[str, Any] | None = None,
        **said: Unpack[Said],
    ) -> ToolCall:
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
        call = self._driver.run(calls.propose(proposal, patience=self._patience))
        return ToolCall(call, self._driver, self._patience)

    def tool_call(self, handoff_id: str) -> ToolCall:
        """Return a call that was proposed, by its handoff's id."""
        call = self._driver.run(calls.find(handoff_id, patience=self._patience))
        return ToolCall(call, self._driver, self._patience)

    def _submit(self, paths: str | Sequence[str], said: Said, kind: Kind) -> Handoff:
        plan = handoffs.submit(paths, said, kind=kind, patience=self._patience)
        return Handoff(self._driver.run(plan), self._driver, self._patience)
