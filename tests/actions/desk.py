"""A desk at which handoffs are played through: put, hand over, decide, and move the clock."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from signoff.actions import claims, deciding, files, handoffs, submitting
from signoff.actions.claim_views import ClaimView
from signoff.actions.deciding import Decide, FileVerdictAsked
from signoff.actions.file_views import FileView
from signoff.actions.files import WriteFile
from signoff.actions.handoff_views import HandoffView
from signoff.actions.house import Action, House
from signoff.actions.policies import Set as SetPolicy
from signoff.actions.policies import set as set_policy
from signoff.actions.submitting import Submit
from signoff.actions.workspaces import keys_of
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey
from signoff.blobs.memory import MemoryStore
from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Refusal
from signoff.domain.ids import SECOND, HandoffId, Instant, LockToken, NodeId
from signoff.domain.ids import Path as TreePath
from signoff.domain.sidecars import Sidecar
from signoff.store.handoffs import Stored
from signoff.store.sqlite import Sqlite
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, do, log, move_in

P = TypeVar("P")
R = TypeVar("R")

DIGEST_OF_NOTHING = f"sha256:{hashlib.sha256(b'').hexdigest()}"


class Clocked(Sqlite):
    """SQLite whose clock can be put forward."""

    ahead = 0

    def now(self) -> Instant:
        return Instant(super().now() + self.ahead)


class Desk:
    """A house, and short words for what people and agents do in it."""

    def __init__(self, house: House, engine: Clocked) -> None:
        self.house = house
        self.engine = engine

    def wait(self, seconds: float) -> None:
        self.engine.ahead += int(seconds * SECOND)

    async def do(
        self, action: Action[P, R], caller: Caller, asked: P, *tokens: str | None
    ) -> R:
        given = frozenset(LockToken(token) for token in tokens if token)
        return await do(self.house, action, caller, asked, tokens=given)

    async def put(
        self, caller: Caller, path: str, data: bytes | str = b"a,b\n1,2\n", *tokens: str | None
    ) -> FileView:
        raw = data.encode() if isinstance(data, str) else data

        async def body() -> AsyncIterator[bytes]:
            yield raw

        arrived = await self.house.bytes.take_in(caller, body())
        asked = WriteFile(
            path=path,
            blob=arrived.blob,
            digest=arrived.digest,
            size=arrived.size,
            inline=arrived.inline,
            if_match=() if tokens else ("*",) if await self.there(path) else (),
        )
        return await self.do(files.write, caller, asked, *tokens)

    async def submit(
        self,
        caller: Caller,
        *paths: str,
        token: str | None = None,
        handoff: str | None = None,
        dedupe_key: str | None = None,
        resume_state: str | None = None,
        **context: Any,
    ) -> HandoffView:
        asked = Submit(
            paths=paths,
            context=Sidecar(**context),
            handoff=handoff,
            dedupe_key=dedupe_key,
            resume_state=resume_state,
        )
        return await self.do(submitting.submit, caller, asked, token)

    async def decide(
        self,
        caller: Caller,
        seen: HandoffView,
        verdict: str,
        reason: str = "",
        *,
        files: dict[str, str] | None = None,
        **how: Any,
    ) -> HandoffView:
        given: dict[str, Any] = {"digest": seen.digest, "round": seen.round} | how
        asked = Decide(
            handoff=seen.id,
            verdict=verdict,
            reason=reason,
            files=tuple(
                FileVerdictAsked(path=path, verdict=said)
                for path, said in (files or {}).items()
            ),
            **given,
        )
        return await self.do(deciding.decide, caller, asked)

    async def read(self, caller: Caller, handoff: str) -> HandoffView:
        return await self.house.ask(handoffs.read, caller, handoffs.One(handoff=handoff))

    async def claim(self, caller: Caller, path: str | None = None) -> ClaimView:
        taken = await self.do(claims.take, caller, claims.TakeClaim(path=path))
        assert taken is not None
        return taken

    async def policy(self, body: str) -> None:
        await self.do(set_policy, ADA, SetPolicy(policy=body))

    # Looking behind the curtain.

    async def look(self, work: Any) -> Any:
        return await self.house.engine.read(work, workspace=ACME)

    async def there(self, path: str) -> bool:
        return path in await self.tree()

    async def tree(self) -> dict[str, str]:
        """Return every file by path, with its bytes as text; the trash is not in it."""

        def paths(tx: Transaction) -> list[tuple[str, Any, Any]]:
            below = tx.files.below(NodeId("root"), limit=100_000)
            return [
                (path, node, tx.blobs.by_id(node.blob) if node.blob else None)
                for node, path in below
                if not node.is_folder
            ]

        found = {}
        for path, _, blob in await self.look(paths):
            parts = (
                [] if blob is None else [p async for p in self.house.bytes.give_out(ACME, blob)]
            )
            found[path] = b"".join(parts).decode()
        return found

    async def paths(self) -> set[str]:
        return set(await self.tree())

    async def stored(self, handoff: str) -> Stored:
        found = await self.look(lambda tx: tx.handoffs.by_id(HandoffId(handoff)))
        assert isinstance(found, Stored)
        return found

    async def node_at(self, path: str) -> str:
        chain = await self.look(lambda tx: tx.files.resolve(TreePath(path)))
        return str(chain[-1].id)

    async def types(self, since: int = 0) -> list[str]:
        """Return the types of the log's entries after a position."""
        return [entry["type"] for entry in (await log(self.house))[since:]]

    async def mark(self) -> int:
        return len(await log(self.house))


@contextmanager
def refused(code: Code) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """Expect a refusal with this code."""
    with pytest.raises(Refusal) as info:
        yield info
    assert info.value.code == code, f"{info.value.code}: {info.value.message}"


async def opened_desk(folder: Path) -> Desk:
    """Open Acme on SQLite with a clock that can be moved."""
    engine = Clocked(str(folder / "signoff.db"))
    engine.open()
    store = MemoryStore()
    keyring = Keyring(RootKey(b"k" * 32), keys_of(engine, store))
    house = House(engine, Encrypted(store, keyring), keyring, base_url="http://signoff.example")
    await move_in(house)
    return Desk(house, engine)
