"""What must be true of a house after any crash: of every row, of all bytes, of the log."""

import hashlib
from typing import Any

from signoff.actions import seals, verifications
from signoff.actions.house import House
from signoff.domain.actors import operator
from signoff.domain.files import Node
from signoff.domain.ids import BlobId, Slug
from signoff.domain.ids import Path as TreePath
from signoff.server import open_house
from signoff.settings import Settings
from signoff.store.transaction import Transaction
from tests.actions.test_every_act_keeps_the_laws import Walk
from tests.journeys.crash.ledger import Fact, Ledger, Value
from tests.journeys.crash.node import WORKSPACE

ACME = Slug(WORKSPACE)
SEEN_AT_ONCE = 1000
"""How many handoffs the check of rows looks at."""


async def inspect(settings: Settings, ledger: Ledger) -> None:
    """Open what a killed server left, as the next one will, and look at all of it."""
    house = open_house(settings)
    try:
        await seals.open_log_key(house)
        await house.engine.read_long(_check_rows, workspace=ACME)
        wrong = await house.engine.read_long(
            lambda tx: _contradictions(tx, ledger), workspace=ACME
        )
        assert wrong == []
        await _read_every_version(house)
        report = await verifications.verify(house, operator(ACME))
        assert report.sound, report.faults
    finally:
        await house.close()


def _check_rows(tx: Transaction) -> None:
    """Hold the rows to the laws, as the long walk over every act does."""
    counted = tx.one("SELECT count(*) FROM handoffs WHERE ws = :ws", ws=ACME)
    assert counted is not None
    assert counted[0] <= SEEN_AT_ONCE, "more handoffs than the check looks at"
    nobody: Any = None  # only its steps need a desk
    Walk(nobody, 0)._check(tx)


def _contradictions(tx: Transaction, ledger: Ledger) -> list[tuple[Fact, set[Value], Value]]:
    """Return what was acknowledged and is not so."""
    found = [(fact, may_be, _look_up(tx, fact)) for fact, may_be in ledger.may_be.items()]
    return [each for each in found if each[2] not in each[1]]


def _look_up(tx: Transaction, fact: Fact) -> Value:
    if fact.kind == "file":
        node = _at(tx, fact.name)
        return node.digest if node else None
    if fact.kind == "lock":
        node = _at(tx, fact.name)
        row = node and tx.one(
            "SELECT token FROM locks WHERE ws = :ws AND node = :node", ws=ACME, node=node.id
        )
        return "held" if row else None
    if fact.kind == "claim":
        row = tx.one("SELECT id FROM claims WHERE ws = :ws AND id = :id", ws=ACME, id=fact.name)
        return "live" if row else None
    row = tx.one(
        "SELECT h.state, r.digest FROM handoffs h JOIN rounds r ON r.ws = h.ws"
        " AND r.handoff = h.id WHERE h.ws = :ws AND h.id = :id AND r.number = 1",
        ws=ACME,
        id=fact.name,
    )
    return None if row is None else str(row[0 if fact.kind == "handoff" else 1])


def _at(tx: Transaction, path: str) -> Node | None:
    chain = tx.files.resolve(TreePath(path))
    return chain[-1] if len(chain) == path.count("/") + 2 else None


async def _read_every_version(house: House) -> None:
    rows = await house.engine.read_long(
        lambda tx: tx.all("SELECT blob, digest FROM versions WHERE ws = :ws", ws=ACME),
        workspace=ACME,
    )
    for blob, digest in rows:
        row = await house.engine.read(
            lambda tx, blob=blob: tx.blobs.by_id(BlobId(blob)),  # type: ignore[misc]
            workspace=ACME,
        )
        assert row is not None, f"version without bytes: {blob}"
        data = b"".join([part async for part in house.bytes.give_out(ACME, row)])
        assert f"sha256:{hashlib.sha256(data).hexdigest()}" == digest
