"""The house: how a door has an act done and a question answered."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from signoff.actions.context import Context, NeedsBytes, NeedsStaging, Rules
from signoff.actions.retries import Done, Retry, keep_answer, replayed
from signoff.actions.rooms import Rooms
from signoff.actions.transfers import Transfers
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, WorkspaceKeys
from signoff.domain import reviewers
from signoff.domain.actors import Caller
from signoff.domain.errors import Conflict, Forbidden, Held, NotFound, TooLarge
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, ActorId, BlobId, LockToken, NodeId, Slug
from signoff.domain.sidecars import MAX_BYTES
from signoff.domain.stagings import Staging
from signoff.domain.urls import NOTHING, Allowed
from signoff.store.engine import Engine
from signoff.store.transaction import Transaction

P = TypeVar("P")
R = TypeVar("R")
Action = Callable[[Context, P], R]

FETCHED = MAX_BYTES
"""The most that an action may ask for: sidecars and notes, never contents."""

ROUNDS = 4


class House:
    """What every door holds. It opens transactions and runs actions; `bytes` moves bytes."""

    def __init__(
        self,
        engine: Engine,
        blobs: Encrypted,
        keyring: Keyring,
        *,
        base_url: str,
        max_upload: int = 64 * 1024**3,
        keep_addresses: bool = True,
        reach: Allowed = NOTHING,
    ) -> None:
        self.engine = engine
        self.blobs = blobs
        self.keyring = keyring
        self.base_url = base_url
        self.bytes = Transfers(engine, blobs, self.keys, max_upload=max_upload)
        self.rooms = Rooms(engine, blobs)
        self.keep_addresses = keep_addresses
        self.reach = reach
        """What may be called though it is inside (`worker/outside.py`)."""
        self._rules: dict[Slug, Rules] = {}
        self._rules_version = -1

    async def do(
        self,
        action: Action[P, R],
        caller: Caller,
        asked: P,
        *,
        tokens: frozenset[LockToken] = frozenset(),
        retry: Retry | None = None,
        background: bool = False,
    ) -> Done[R]:
        """Run an action in one transaction; answer once it is durable.

        A refusal of right goes on the record. With `retry` the same request gets the same
        answer for a day, and another one under its key is refused. What an action asks for
        is brought, and it runs again.
        """
        fetched: dict[BlobId, bytes] = {}
        staged: dict[NodeId, Staging] = {}
        keys = await self.keys(caller.workspace)
        for _ in range(ROUNDS):

            def work(tx: Transaction) -> "Done[R]":  # quoted: read at each act otherwise
                if retry is not None and (replay := replayed(tx, caller, retry)) is not None:
                    return replay
                ctx = self._context(tx, caller, keys, tokens, fetched, staged=staged)
                result = _done(ctx, action, asked)
                if retry is not None:
                    keep_answer(tx, caller, retry, result)
                return Done(result=result)

            try:
                done, recorded = await self.engine.write(
                    work, workspace=caller.workspace, background=background
                )
            except NeedsBytes as wanted:
                fetched[wanted.blob] = await self._fetch(caller.workspace, wanted)
            except NeedsStaging as wanted:
                staged[wanted.first.source] = await self._stage(caller, keys, wanted)
            except Forbidden as refusal:
                await self._deny(caller, action, refusal)
                raise
            else:
                return msgspec.structs.replace(done, events=tuple(recorded))
        raise Conflict("The files kept changing while they were read", hint="Try again.")

    async def ask(
        self,
        query: Action[P, R],
        caller: Caller,
        asked: P,
        *,
        tokens: frozenset[LockToken] = frozenset(),
        long: bool = False,
    ) -> R:
        """Answer a question; it changes nothing."""
        fetched: dict[BlobId, bytes] = {}
        keys = await self.keys(caller.workspace)
        read = self.engine.read_long if long else self.engine.read
        for _ in range(ROUNDS):
            try:
                return await read(
                    lambda tx: _done(
                        self._context(tx, caller, keys, tokens, fetched, remembers=not long),
                        query,
                        asked,
                    ),
                    workspace=caller.workspace,
                )
            except NeedsBytes as wanted:
                fetched[wanted.blob] = await self._fetch(caller.workspace, wanted)
            except Forbidden as refusal:
                await self._deny(caller, query, refusal)
                raise
        raise Conflict("The files kept changing while they were read", hint="Try again.")

    def _context(
        self,
        tx: Transaction,
        caller: Caller,
        keys: WorkspaceKeys | None,
        tokens: frozenset[LockToken],
        fetched: dict[BlobId, bytes],
        *,
        staged: dict[NodeId, Staging] | None = None,
        remembers: bool = True,
    ) -> Context:
        """Return what an action is given; a thread of its own remembers no rules.

        What is remembered, and its version, belong to the loop's thread alone.
        """
        return Context(
            tx,
            caller,
            keys=keys,
            tokens=tokens,
            fetched=fetched,
            staged=staged,
            base_url=self.base_url,
            draw_keys=self.keyring.draw,
            rules=self._rules_of(caller.workspace) if remembers else None,
            reach=self.reach,
        )

    def _rules_of(self, workspace: Slug) -> Rules | None:
        """Return what is remembered of a workspace's grants and policy, while it holds."""
        version = self.engine.rights_version()
        if version is None:
            return None
        if version != self._rules_version:
            self._rules.clear()
            self._rules_version = version
        return self._rules.setdefault(workspace, Rules())

    async def keys(self, workspace: Slug) -> WorkspaceKeys | None:
        """Return a workspace's keys; None where there is no workspace."""
        known = self.keyring.known(workspace)
        if known is not None or workspace == INSTANCE:
            return known
        try:
            return await self.keyring.keys(workspace)
        except NotFound:
            return None

    async def _fetch(self, workspace: Slug, wanted: NeedsBytes) -> bytes:
        if wanted.size > FETCHED:
            raise TooLarge(f"A sidecar is at most {FETCHED} bytes")
        return b"".join([part async for part in self.blobs.read(workspace, wanted.blob)])

    async def _stage(
        self, caller: Caller, keys: WorkspaceKeys | None, wanted: NeedsStaging
    ) -> Staging:
        """Do beforehand, in chunks and behind the others, what is too much for one act."""
        staging = wanted.first
        while not staging.whole:

            def step(tx: Transaction, before: Staging = staging) -> Staging:
                return wanted.step(self._context(tx, caller, keys, frozenset(), {}), before)

            staging, _ = await self.engine.write(
                step, workspace=caller.workspace, background=True
            )
        return staging

    async def check_decides(self, action: Action[Any, Any], caller: Caller) -> None:
        """Refuse, on the record, who never decides, whatever they asked (RULES 17, 23)."""
        try:
            reviewers.check_decides(caller)
        except Forbidden as refusal:
            await self._deny(caller, action, refusal)
            raise

    async def _deny(self, caller: Caller, action: Action[Any, Any], refusal: Forbidden) -> None:
        """Put a refusal of right on the record: the first at once, then counted (RULES 32)."""
        if caller.role is None:
            return
        name = f"{action.__module__.rpartition('.')[2]}.{action.__name__}"

        def work(tx: Transaction) -> None:
            body = msgspec.json.encode(caller)
            if tx.books.denied(caller.actor.id, name, refusal.code, body):
                event = Event(
                    type=Type.ACCESS_DENIED,
                    codes={"action": name, "code": str(refusal.code), "count": 1},
                )
                tx.record(event, caller=caller)

        await self.engine.write(work, workspace=caller.workspace, background=True)

    async def close(self) -> None:
        """Finish what is under way and let go of everything."""
        await self.engine.close()
        await self.blobs.close()


def _done(ctx: Context, action: Action[P, R], asked: P) -> R:
    """Do an act; say who holds what is in its way by name, while names can be looked up."""
    try:
        return action(ctx, asked)
    except Held as held:
        _name_holder(ctx, held)
        raise


def _name_holder(ctx: Context, held: Held) -> None:
    if isinstance(holder := held.facts.get("holder"), str):
        held.facts["holder_name"] = ctx.actor(ActorId(holder)).name
        if holder == ctx.caller.actor.id:
            held.hint = "It is your own: send its token along, as `Lock-Token`."
