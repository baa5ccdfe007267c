"""What a page, a claim, the inbox and a path cost among many rows: a look into an index.

Ten thousand rows of each are written straight into the tables, and each question's statements
are explained: SQLite's by plan, PostgreSQL's by the rows that each step of it touched.
"""

import json
import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest_asyncio

from signoff.domain.actors import Kind as ActorKind
from signoff.domain.files import Node, NodeKind
from signoff.domain.handoffs import Handoff, Kind, State
from signoff.domain.ids import (
    ROOT,
    ActorId,
    CredentialId,
    Digest,
    HandoffId,
    Instant,
    NodeId,
    Path,
    UploadId,
)
from signoff.domain.sidecars import Sidecar
from signoff.store.engine import Engine
from signoff.store.holds import HoldKind
from signoff.store.rows import to_body
from signoff.store.transaction import Connection, Row, Transaction
from tests.store.scenes import ACME, add_root, happened

MANY = 10_000
LEAST = 300
"""More rows than any of these questions needs to look at."""
SCANNED = re.compile(
    r"SCAN (?!f\b|w\b|walk\b|json_each\b|CONSTANT)|\(ws=\?\)$|TEMP B-TREE FOR ORDER BY"
)

_COUNT = f"""WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {MANY})
    INSERT INTO """
_GROW = (
    """nodes (ws, id, parent, name, name_key, kind, version, digest, size, media_type, blob,
        created_at, modified_at, modified_by)
        SELECT 'acme', 'nd_' || (10000000 + i), 'nd_many', 'n' || (10000000 + i),
        'n' || (10000000 + i), 'file', 1, 'sha256:00', 1, 'text/plain', 'bl_1', i, i, 'ag_1'
        FROM c""",
    """nodes (ws, id, parent, name, name_key, kind, version, size, media_type, created_at,
        modified_at, modified_by)
        SELECT 'acme', 'nd_f' || i, 'root', 'f' || i, 'f' || i, 'folder', 0, 0, '', i, i,
        'ag_1' FROM c WHERE i <= 1000""",
    """nodes (ws, id, parent, name, name_key, kind, version, digest, size, media_type, blob,
        created_at, modified_at, modified_by)
        SELECT 'acme', 'nd_' || (20000000 + i), 'nd_f' || (1 + i % 1000), 'm' || i, 'm' || i,
        'file', 1, 'sha256:00', 1, 'text/plain', 'bl_1', i, i, 'ag_1' FROM c""",
    """versions (ws, node, number, blob, digest, size, media_type, author, at)
        SELECT 'acme', 'nd_' || (10000000 + i), 1, 'bl_' || i, 'sha256:00', 1, 'text/plain',
        'ag_1', i FROM c""",
    """properties (ws, node, namespace, name, version, lang, value)
        SELECT 'acme', 'nd_' || (10000000 + i), 'x', 'a', 0, '', '1' FROM c""",
    """queue (ws, node, priority, since)
        SELECT 'acme', 'nd_' || (10000000 + i), 0, i FROM c""",
    """handoffs (ws, id, kind, state, node, submitted_by, submitted_path, priority, due_at,
        opened_at, offered, revision, digest_revision, body, timer_at)
        SELECT 'acme', 'ho_' || (10000000 + i), 'approval', 'in_review',
        'nd_' || (10000000 + i), 'ag_1', 'many/n' || (10000000 + i), 0, 4611686018427387904,
        i, 0, 0, 0, :body, 4611686018427387904 FROM c""",
    """handoffs (ws, id, kind, state, node, submitted_by, submitted_path, priority, due_at,
        opened_at, offered, is_call, revision, digest_revision, body, timer_at)
        SELECT 'acme', 'hc_' || (10000000 + i), 'approval', 'changes_requested',
        'nc_' || (10000000 + i), 'ag_1', 'calls/n' || (10000000 + i), 0, 4611686018427387904,
        i, 0, 1, 0, 0, :body, 4611686018427387904 FROM c""",
    """reviewer_index (ws, reviewer, opened_at, handoff)
        SELECT 'acme', '*', i, 'ho_' || (10000000 + i) FROM c""",
    """holds (ws, node, ancestor, kind, ref)
        SELECT 'acme', 'nd_' || (10000000 + i), above, 'package', 'ho_' || (10000000 + i)
        FROM c, (SELECT 'nd_many' AS above UNION ALL SELECT 'root') AS chain""",
    """litter (ws, id, credential, parent, name, name_key, is_folder, version, size, media_type,
        created_at, modified_at)
        SELECT 'acme', 'li_' || i, 'ap_' || i % 100, 'nd_f' || i % 10, 'l' || i, 'l' || i, 0, 1,
        1, '', i, i FROM c""",
    """uploads (ws, id, by_actor, path_key, is_open, expires_at, body)
        SELECT 'acme', 'up_' || i, 'ag_' || i % 100, 'many/n' || (10000000 + i), 1,
        4611686018427387904, :body FROM c""",
    """expected (ws, blob, by_actor, started_at, expires_at, upload, start, size)
        SELECT 'acme', 'bl_' || i, 'ag_1', i, 4611686018427387904, 'up_' || i % 1000, i, 1
        FROM c""",
)

BODY = to_body(
    Handoff(
        id=HandoffId("ho_1"),
        kind=Kind.APPROVAL,
        state=State.IN_REVIEW,
        round=1,
        node=NodeId("nd_1"),
        is_folder=False,
        submitted_path=Path("many/n"),
        submitted_by=ActorId("ag_1"),
        submitted_kind=ActorKind.AGENT,
        digest=Digest("sha256:00"),
        submitted_digest=Digest("sha256:00"),
        context=Sidecar(),
        title="One of many",
        opened_at=Instant(1),
    )
)
ONE = NodeId("nd_10005000")
DRIVE = CredentialId("ap_7")
QUESTIONS: dict[str, Callable[[Transaction], object]] = {
    "a page of a folder": lambda tx: tx.files.page(
        NodeId("nd_many"), after="n10005000", limit=100
    ),
    "a path": lambda tx: tx.files.resolve(Path("many/n10005000")),
    "the way up": lambda tx: tx.files.chain(ONE),
    "names of a folder": lambda tx: tx.files.children(
        NodeId("nd_many"), ["n10005000"], stem="n10005000"
    ),
    "the files of a small folder": lambda tx: tx.files.contents_below(
        NodeId("nd_few"), limit=20_001
    ),
    "who wrote below a small folder": lambda tx: tx.versions.authors_since(
        NodeId("nd_few"), after=tx.now
    ),
    "versions of a file": lambda tx: tx.versions.page(ONE, before=9, limit=10),
    "properties of a file": lambda tx: tx.properties.of(ONE),
    "properties of a page": lambda tx: tx.properties.of_many(
        [NodeId(f"nd_{10_005_000 + n}") for n in range(100)]
    ),
    "the next of the queue": lambda tx: tx.claims.next_queued(after=None, limit=10),
    "what is held on a path": lambda tx: tx.holds.on([ROOT, NodeId("nd_many"), ONE]),
    "what is held below": lambda tx: tx.holds.below(
        NodeId("nd_many"), HoldKind.PACKAGE, limit=100
    ),
    "what is held below, all of it": lambda tx: list(
        islice(tx.holds.each_below(NodeId("nd_many")), 300)
    ),
    "the inbox": lambda tx: tx.handoffs.waiting(after=None, limit=50),
    "a page of the inbox": lambda tx: tx.handoffs.waiting(
        after=(2**62, 0, 5000, "ho_"), limit=50
    ),
    "handoffs, newest first": lambda tx: tx.handoffs.page(
        state=State.IN_REVIEW, before=(5000, "ho_"), limit=50
    ),
    "an agent's handoffs": lambda tx: tx.handoffs.page(agent=ActorId("ag_1"), limit=50),
    "what a reviewer was asked": lambda tx: tx.handoffs.of_reviewer("*", before=None, limit=50),
    "a handoff whole": lambda tx: tx.handoffs.look(
        HandoffId("ho_10005000"), viewer=ActorId("ag_1")
    ),
    "what happens by itself": lambda tx: tx.handoffs.timed(limit=50),
    "where something happens by itself": lambda tx: tx.books.due("handoffs"),
    "what is open, by its opening": lambda tx: tx.handoffs.open_after(5000, "ho_", limit=50),
    "what a desktop keeps in a folder": lambda tx: (
        tx.litter.child(DRIVE, NodeId("nd_f7"), "l107"),
        tx.litter.children(DRIVE, NodeId("nd_f7")),
    ),
    "how much a desktop keeps": lambda tx: tx.litter.used(DRIVE),
    "the oldest that a desktop keeps": lambda tx: tx.litter.oldest(
        DRIVE, but=NodeId("li_107"), limit=100
    ),
    "what desktops left too long ago": lambda tx: tx.litter.overdue(before=Instant(5)),
    "what is being uploaded below a folder": lambda tx: (
        tx.uploads.ask_below(Path("many/n10005000"))(),
        tx.uploads.ask_below(Path("many/few"), by=ActorId("ag_1"))(),
        tx.uploads.ask_below(Path("many/few"), but=ActorId("ag_1"))(),
    ),
    "how many uploads an actor has": lambda tx: tx.uploads.open_of(ActorId("ag_7")),
    "what is stored of an upload": lambda tx: (
        tx.uploads.parts(UploadId("up_7")),
        tx.uploads.count_parts(UploadId("up_7")),
    ),
    "what was sent back": lambda tx: tx.handoffs.sent_back(ActorId("ag_1"), limit=50),
}


LEFT_TO_THE_PLANNER = {("who wrote below a small folder", "postgres")}
"""PostgreSQL takes a walk for ten times longer than it is, and rather reads all versions."""


class Noting:
    """A connection that keeps what it was asked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def run(self, sql: str, parameters: dict[str, Any]) -> None:
        self._connection.run(sql, parameters)

    def changed(self, sql: str, parameters: dict[str, Any]) -> int:
        return self._connection.changed(sql, parameters)

    def ask(self, sql: str, parameters: dict[str, Any]) -> Callable[[], list[Row]]:
        self.asked.append((sql, parameters))
        return self._connection.ask(sql, parameters)

    def rows(self, sql: str, parameters: dict[str, Any]) -> list[Row]:
        self.asked.append((sql, parameters))
        return self._connection.rows(sql, parameters)


def grow(tx: Transaction) -> None:
    add_root(tx)
    for name in ("many", "few"):
        tx.files.add(
            Node(id=NodeId(f"nd_{name}"), parent=ROOT, name=name, kind=NodeKind.FOLDER)
        )
    for statement in _GROW:
        bound = {"body": BODY} if ":body" in statement else {}
        tx.connection.run(_COUNT + statement, bound)
    if tx.dialect.name == "postgres":
        tx.connection.run("ANALYZE", {})
    happened(tx)


def most_touched(plan: dict[str, Any]) -> float:
    """Return the most rows that a step of PostgreSQL's plan read, kept or not."""
    loops = plan["Actual Loops"]
    touched = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    touched += plan.get("Rows Removed by Index Recheck", 0)
    return max([float(touched * loops), *map(most_touched, plan.get("Plans", ()))])


def explain(tx: Transaction, sql: str, bound: dict[str, Any]) -> list[str]:
    """Return what is wrong with a statement's plan: nothing, if it looks into indices."""
    if tx.dialect.name == "sqlite":
        steps = [row[3] for row in tx.connection.rows(f"EXPLAIN QUERY PLAN {sql}", bound)]
        return [step for step in steps if SCANNED.search(step)]
    # Of few rows it may rather read all; what is asked is whether there is a way by indices.
    for way in ("seqscan", "hashjoin", "mergejoin"):
        tx.connection.run(f"SET LOCAL enable_{way} = off", {})
    (told,) = tx.connection.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", bound)
    plan = told[0] if isinstance(told[0], list) else json.loads(told[0])
    touched = most_touched(plan[0]["Plan"])
    return [f"{touched} rows"] if touched > LEAST else []


@pytest_asyncio.fixture
async def grown(store: Engine) -> Engine:
    """A store with ten thousand rows of each."""
    await store.write(grow, workspace=ACME)
    return store


async def test_no_question_looks_at_all_there_is(grown: Engine) -> None:
    def look(tx: Transaction) -> dict[str, list[str]]:
        found = {}
        for name, question in QUESTIONS.items():
            if (name, tx.dialect.name) in LEFT_TO_THE_PLANNER:
                continue
            plain, noting = tx.connection, Noting(tx.connection)
            tx.connection = noting
            question(tx)
            tx.connection = plain
            assert noting.asked
            found[name] = [fault for each in noting.asked for fault in explain(tx, *each)]
        return found

    found = await grown.read_long(look, workspace=ACME)

    assert {name: faults for name, faults in found.items() if faults} == {}
