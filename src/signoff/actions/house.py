"""The house: how a door has an act done, a question answered, bytes taken in and given out."""

import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from signoff.actions.context import Context, NeedsBytes, NeedsStaging, Rules
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.blobs.keys import Keyring, WorkspaceKeys
from signoff.blobs.stores import Bytes
from signoff.domain.actors import Caller, system
from signoff.domain.errors import (
    Code,
    Conflict,
    Damaged,
    Forbidden,
    Held,
    Invalid,
    NotFound,
    TooLarge,
)
from signoff.domain.events import Event, Type
from signoff.domain.ids import (
    DAY,
    INSTANCE,
    ActorId,
    BlobId,
    Digest,
    Instant,
    LockToken,
    NodeId,
    Slug,
)
from signoff.domain.stagings import Staging
from signoff.store.blobs import BlobRow
from signoff.store.books import Answer
from signoff.store.engine import Engine
from signoff.store.ids import new_id
from signoff.store.transaction import Recorded, Transaction

P = TypeVar("P")
R = TypeVar("R")
Action = Callable[[Context, P], R]

Whereabouts: TypeAlias = BlobRow
"""Where a version's bytes lie; doors pass it on to `House.give_out`."""

INLINE = 16 * 1024
"""Up to here bytes lie in the database (STORAGE 19)."""

FETCHED = 1024 * 1024
"""The most that an action may ask for: sidecars and notes, never contents."""

ROUNDS = 4


class Retry(Struct, frozen=True, kw_only=True):
    """An Idempotency-Key with what the request was; `secret` says the answer holds one.

    Results of a kind in `passing` settle nothing yet (no work, a place in a line), so the
    next request under the key is a new try.
    """

    key: str
    route: str
    body_hash: bytes
    status: int = 200
    secret: bool = False
    passing: tuple[type, ...] = (type(None),)


class Done(Struct, Generic[R], frozen=True, kw_only=True):
    """An act's result, or the bytes that were answered to the same request before."""

    result: R | None
    events: tuple[Recorded, ...] = ()
    replay: bytes | None = None
    status: int = 0


class Arrived(Struct, frozen=True, kw_only=True):
    """Bytes that are kept, and that no version names yet."""

    blob: BlobId
    digest: Digest
    size: int
    inline: bytes | None = None


class House:
    """What every door holds. It opens transactions, runs actions, and moves bytes."""

    def __init__(
        self,
        engine: Engine,
        blobs: Encrypted,
        keyring: Keyring,
        *,
        base_url: str,
        max_upload: int = 64 * 1024**3,
        keep_addresses: bool = True,
    ) -> None:
        self.engine = engine
        self.blobs = blobs
        self.keyring = keyring
        self.base_url = base_url
        self.max_upload = max_upload
        self.keep_addresses = keep_addresses
        self._rules: dict[Slug, Rules] = {}
        self._rules_version = -1

    # Acts and questions.

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

            def work(tx: Transaction) -> Done[R]:
                if retry is not None and (replay := _replayed(tx, caller, retry)) is not None:
                    return replay
                ctx = self._context(tx, caller, keys, tokens, fetched, staged=staged)
                try:
                    result = action(ctx, asked)
                except Held as held:
                    _name_holder(ctx, held)
                    raise
                if retry is not None:
                    _keep_answer(tx, caller, retry, result)
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
                    lambda tx: query(
                        self._context(tx, caller, keys, tokens, fetched, remembers=not long),
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

    # Bytes.

    async def take_in(
        self, caller: Caller, chunks: AsyncIterator[bytes], *, length: int | None = None
    ) -> Arrived:
        """Hash and encrypt a body as it comes; small ones are kept for the transaction.

        No transaction is open meanwhile. Refuses more than `max_upload`, and a body that ends
        before its announced length.
        """
        if length is not None and length > self.max_upload:
            raise self._too_large()
        small = bytearray()
        async for chunk in chunks:
            small += chunk
            if len(small) > INLINE:
                return await self._take_in_large(caller, small, chunks, length=length)
        _check_length(len(small), length)
        return await self._take_in_small(caller.workspace, bytes(small))

    async def _take_in_small(self, workspace: Slug, data: bytes) -> Arrived:
        keys = await self.keys(workspace)
        if keys is None:
            raise NotFound("There is no such workspace")
        blob = BlobId(_blob_id(self.engine.now()))
        digest = Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")
        inline = encrypt_small(keys.newest, data, context=blob)
        return Arrived(blob=blob, digest=digest, size=len(data), inline=inline)

    async def _take_in_large(
        self,
        caller: Caller,
        first: bytearray,
        chunks: AsyncIterator[bytes],
        *,
        length: int | None,
    ) -> Arrived:
        blob = BlobId(_blob_id(self.engine.now()))

        def expect(tx: Transaction) -> None:
            until = Instant(tx.now + DAY)
            tx.blobs.expect(blob, by=caller.actor.id, until=until)

        await self.engine.write(expect, workspace=caller.workspace)
        upload = await self.blobs.upload(caller.workspace, blob, size_hint=length or 0)
        async with upload:
            size = len(first)
            await upload.write(bytes(first))
            async for chunk in chunks:
                size += len(chunk)
                if size > self.max_upload:
                    raise self._too_large()
                await upload.write(chunk)
            _check_length(size, length)
            stored = await upload.finish()
        return Arrived(blob=blob, digest=stored.digest, size=stored.size)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"A file is at most {self.max_upload} bytes here",
            hint="Split it, or ask the operator to raise --max-upload.",
        )

    async def give_out(
        self, workspace: Slug, blob: BlobRow, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[Bytes]:
        """Yield a blob's bytes from `start` up to `end`; damage ends it, and is remembered."""
        try:
            if blob.is_inline:
                data = await self._inline(workspace, blob)
                yield data[start:end]
            else:
                async for piece in self.blobs.read(workspace, blob.id, start=start, end=end):
                    yield piece
        except (Damaged, NotFound):
            await self._remember_damage(workspace, blob)
            raise

    async def _inline(self, workspace: Slug, blob: BlobRow) -> bytes:
        data = await self.engine.read(lambda tx: tx.blobs.inline(blob.id), workspace=workspace)
        keys = await self.keys(workspace)
        if data is None or keys is None:
            raise Damaged("The bytes of this file are missing")
        return decrypt_small(keys, data, context=blob.id)

    async def _remember_damage(self, workspace: Slug, blob: BlobRow) -> None:

        def work(tx: Transaction) -> None:
            if tx.blobs.mark_damaged(blob.id):
                event = Event(type=Type.FILE_DAMAGED, digest=blob.digest, subject=blob.id)
                tx.record(event, caller=system(workspace))

        await self.engine.write(work, workspace=workspace, background=True)

    async def close(self) -> None:
        """Finish what is under way and let go of everything."""
        await self.engine.close()
        await self.blobs.close()


def _name_holder(ctx: Context, held: Held) -> None:
    """Say who holds it by name too, while the names can be looked up."""
    if isinstance(holder := held.facts.get("holder"), str):
        held.facts["holder_name"] = ctx.actor(ActorId(holder)).name


def _blob_id(now: Instant) -> str:
    return new_id("bl", now)


def _check_length(size: int, length: int | None) -> None:
    if length is not None and size != length:
        raise Invalid(
            f"The body ended after {size} of {length} bytes; nothing was kept",
            code=Code.BODY_INCOMPLETE,
            hint="Send it again.",
        )


def _replayed(tx: Transaction, caller: Caller, retry: Retry) -> Done[Any] | None:
    if caller.role is None and caller.workspace != INSTANCE:
        return None  # who left is told so, whatever they were told before
    known = tx.books.answer(caller.credential.id, retry.route, retry.key)
    if known is None:
        return None
    if known.body_hash != retry.body_hash:
        raise Invalid(
            "This Idempotency-Key was used for another request",
            code=Code.IDEMPOTENCY_MISMATCH,
            hint="Use a fresh key for each request; repeat one only with the same body.",
        )
    if known.body is None:
        raise Conflict(
            "This was done before, and its answer held a secret that is kept nowhere",
            code=Code.REPLAY_HAS_SECRET,
            hint="Rotate the key, or make another.",
        )
    return Done(result=None, replay=known.body, status=known.status)


def _keep_answer(tx: Transaction, caller: Caller, retry: Retry, result: object) -> None:
    if isinstance(result, retry.passing):
        return
    body = None if retry.secret else msgspec.json.encode(result)
    status = 200 if getattr(result, "created", None) is False else retry.status
    answer = Answer(body_hash=retry.body_hash, status=status, body=body)
    tx.books.keep_answer(caller.credential.id, retry.route, retry.key, answer)
