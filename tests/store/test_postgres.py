"""What only the engine of many nodes has to bear: races, deadlocks, lost connections."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from functools import partial

import psycopg
import pytest

from signoff.domain.audit import read_leaf
from signoff.domain.errors import Busy, Code
from signoff.domain.events import Event, Type
from signoff.domain.ids import NodeId, Path
from signoff.store.pipeline import MOST_PREPARED
from signoff.store.postgres import ATTEMPTS, Postgres
from signoff.store.transaction import Transaction
from tests.databases import new_database
from tests.store.scenes import ACME, HOUSE, add, happened, names, positions

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{}'; END $$"


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Postgres]:
    opened = Postgres(new_database(postgres_url))
    opened.open()
    yield opened
    await opened.close()


class LosesAtFirst:
    """An act that loses its race as often as it is told."""

    def __init__(self, code: str, *, times: int) -> None:
        self.tries = 0
        self._code = code
        self._times = times

    def __call__(self, tx: Transaction) -> None:
        self.tries += 1
        add(tx, f"try {self.tries}")
        happened(tx)
        if self.tries <= self._times:
            tx.run(RAISE.format(self._code))


@pytest.mark.parametrize("code", ["40001", "40P01", "23505"])
async def test_an_act_that_lost_a_race_runs_again(store: Postgres, code: str) -> None:
    act = LosesAtFirst(code, times=2)

    _, recorded = await store.write(act, workspace=ACME)

    assert act.tries == 3
    assert await names(store) == {"try 3"}
    assert [entry.position for entry in recorded] == [1]


async def test_an_act_that_always_loses_is_refused(store: Postgres) -> None:
    act = LosesAtFirst("40001", times=100)

    with pytest.raises(Busy):
        await store.write(act, workspace=ACME)

    assert act.tries == ATTEMPTS
    assert await names(store) == set()


async def test_two_acts_that_block_each_other_both_succeed(store: Postgres) -> None:
    def prepare(tx: Transaction) -> None:
        tx.books.set_meta("a", b"")
        tx.books.set_meta("b", b"")

    await store.write(prepare, workspace=ACME)

    def cross(first: str, second: str, tx: Transaction) -> None:
        tx.books.set_meta(first, b"x")
        tx.one("SELECT pg_sleep(0.2)")
        tx.books.set_meta(second, b"x")
        happened(tx)

    await asyncio.gather(
        store.write(partial(cross, "a", "b"), workspace=ACME),
        store.write(partial(cross, "b", "a"), workspace=ACME),
    )

    assert await positions(store) == [1, 2]


async def test_what_is_guarded_is_changed_by_one_at_a_time(store: Postgres) -> None:
    await store.write(lambda tx: tx.books.set_meta("n", b"0"), workspace=ACME)

    def add_one(tx: Transaction) -> None:
        tx.guard(exclusive=(NodeId("n"),))
        value = int(tx.books.meta("n") or b"0")
        tx.books.set_meta("n", str(value + 1).encode())
        happened(tx)

    await asyncio.gather(*(store.write(add_one, workspace=ACME) for _ in range(60)))

    assert await store.read(lambda tx: tx.books.meta("n"), workspace=ACME) == b"60"


async def test_a_shared_guard_lets_others_share_and_keeps_the_lonely_out(
    store: Postgres,
) -> None:
    order: list[str] = []

    def share(tx: Transaction) -> None:
        tx.guard(shared=(NodeId("f"),))
        tx.one("SELECT pg_sleep(0.2)")
        order.append("shared")

    def alone(tx: Transaction) -> None:
        tx.guard(exclusive=(NodeId("f"),))
        tx.one("SELECT 1")
        order.append("alone")

    began = time.perf_counter()
    await asyncio.gather(store.write(share, workspace=ACME), store.write(share, workspace=ACME))
    both = time.perf_counter() - began
    sharing = asyncio.create_task(store.write(share, workspace=ACME))
    await asyncio.sleep(0.05)
    await store.write(alone, workspace=ACME)
    await sharing

    assert both < 0.4
    assert order == ["shared", "shared", "shared", "alone"]


async def test_the_time_is_the_databases_and_read_after_the_guard(store: Postgres) -> None:
    def work(tx: Transaction) -> tuple[int, int]:
        before = tx.now
        tx.guard(exclusive=(NodeId("n"),))
        return before, tx.now

    (before, after), _ = await store.write(work, workspace=ACME)

    assert after > before


async def test_a_connection_that_was_cut_is_replaced(store: Postgres) -> None:
    await asyncio.gather(*(store.write(happened, workspace=ACME) for _ in range(8)))
    with psycopg.connect(store.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    seen = await positions(store)
    results = await asyncio.gather(
        *(store.write(happened, workspace=ACME) for _ in range(40)), return_exceptions=True
    )
    _, recorded = await store.write(happened, workspace=ACME)

    assert seen == list(range(1, 9))
    assert {type(each) for each in results if isinstance(each, BaseException)} <= {Busy}
    assert recorded[0].position == len(await positions(store))


async def test_a_connection_cut_in_the_act_undoes_it(store: Postgres) -> None:
    def cut(tx: Transaction) -> None:
        add(tx, "half")
        happened(tx)
        tx.run("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Busy) as refusal:
        await store.write(cut, workspace=ACME)

    assert refusal.value.code is Code.BUSY
    assert await names(store) == set()
    assert await positions(store) == []


async def test_what_is_refused_late_fails_the_act_and_leaves_nothing(store: Postgres) -> None:
    def work(tx: Transaction) -> None:
        add(tx, "half")
        tx.run("INSERT INTO nodes (ws) VALUES (NULL)")  # refused when the next one is read
        happened(tx)

    with pytest.raises(psycopg.errors.NotNullViolation):
        await store.write(work, workspace=ACME)
    _, recorded = await store.write(happened, workspace=ACME)

    assert await names(store) == set()
    assert recorded[0].position == 1


async def test_an_act_that_hides_a_failure_is_not_committed(store: Postgres) -> None:
    def work(tx: Transaction) -> None:
        with pytest.raises(psycopg.errors.DivisionByZero):
            tx.one("SELECT 1 / 0")
        happened(tx)

    with pytest.raises(psycopg.Error):
        await store.write(work, workspace=ACME)

    assert await positions(store) == []


async def test_a_statement_first_met_behind_a_failure_runs_the_next_time(
    store: Postgres,
) -> None:
    def fail(tx: Transaction) -> None:
        tx.run(RAISE.format("22012"))
        tx.run("INSERT INTO meta (key, value) VALUES ('late', :value)", value=b"v")

    with pytest.raises(psycopg.Error):
        await store.write(fail, workspace=ACME)

    def again(tx: Transaction) -> None:
        tx.run("INSERT INTO meta (key, value) VALUES ('late', :value)", value=b"v")

    await store.write(again, workspace=ACME)

    assert await store.read(lambda tx: tx.books.meta("late"), workspace=ACME) == b"v"


async def test_a_statement_first_met_behind_a_failure_nobody_saw_runs_the_next_time(
    store: Postgres,
) -> None:
    def refuse(tx: Transaction) -> None:
        tx.run(RAISE.format("22012"))
        tx.run("INSERT INTO meta (key, value) VALUES ('late', :value)", value=b"v")
        raise Busy("no")

    with pytest.raises(Busy):
        await store.write(refuse, workspace=ACME)

    def again(tx: Transaction) -> None:
        tx.run("INSERT INTO meta (key, value) VALUES ('late', :value)", value=b"v")

    await store.write(again, workspace=ACME)

    assert await store.read(lambda tx: tx.books.meta("late"), workspace=ACME) == b"v"


async def test_an_act_of_many_and_of_large_statements_is_whole(store: Postgres) -> None:
    large = b"x" * 3_000_000

    def work(tx: Transaction) -> None:
        for number in range(500):
            tx.books.set_meta(f"k{number}", b"v")
        tx.books.set_meta("large", large)
        happened(tx)

    await store.write(work, workspace=ACME)

    count = await store.read(
        lambda tx: tx.one("SELECT count(*) FROM meta WHERE key LIKE 'k%'"), workspace=ACME
    )
    assert count == (500,)
    assert await store.read(lambda tx: tx.books.meta("large"), workspace=ACME) == large


async def test_more_statements_than_are_kept_prepared_still_run(store: Postgres) -> None:
    def work(tx: Transaction) -> int:
        return sum(int((tx.one(f"SELECT {n}") or (0,))[0]) for n in range(MOST_PREPARED + 50))

    total = await store.read(work, workspace=ACME)

    assert total == sum(range(MOST_PREPARED + 50))


async def test_a_connection_cut_at_the_commit_leaves_the_outcome_unknown(
    store: Postgres,
) -> None:
    def prepare(tx: Transaction) -> None:
        tx.run("CREATE TABLE late (n int)")
        tx.run(
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1);"
            " RETURN NULL; END $$"
        )
        tx.run(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON late"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()"
        )

    await store.write(prepare, workspace=ACME)

    def work(tx: Transaction) -> None:
        tx.run("INSERT INTO late (n) VALUES (1)")
        happened(tx)

    with pytest.raises(Busy) as refusal:
        await store.write(work, workspace=ACME)

    assert refusal.value.code is Code.OUTCOME_UNKNOWN
    assert await positions(store) == []


async def test_a_node_sees_rights_that_another_one_changed(store: Postgres) -> None:
    other = Postgres(store.url)
    other.open()
    await store.look_at_rights()
    before = store.rights_version()

    def grant(tx: Transaction) -> None:
        tx.run(
            "INSERT INTO grants (ws, id, subject, path, rights, set_at)"
            " VALUES ('acme', 'g', 's', 'p', 'read', 1)"
        )
        happened(tx)

    await other.write(grant, workspace=ACME)
    await asyncio.gather(*(store.look_at_rights() for _ in range(50)))
    after = store.rights_version()
    await other.write(happened, workspace=ACME)
    await store.look_at_rights()

    assert before is not None
    assert after not in {None, before}
    assert store.rights_version() == after
    await other.close()


async def test_a_step_down_the_tree_uses_its_index_before_there_are_rows(
    store: Postgres,
) -> None:
    def explain(tx: Transaction) -> list[str]:
        tx.run(
            "PREPARE step AS SELECT id FROM nodes"
            " WHERE ws = $1 AND parent = $2 AND name_key = $3"
        )
        tx.run("PREPARE look AS SELECT name FROM nodes WHERE ws = $1 AND id = $2")
        step = tx.all("EXPLAIN EXECUTE step ('acme', 'x', 'y')")
        return [row[0].strip() for row in step + tx.all("EXPLAIN EXECUTE look ('acme', 'x')")]

    plans = await store.read(explain, workspace=ACME)

    assert [line for line in plans if line.startswith("Index Cond")] == [
        "Index Cond: ((ws = $1) AND (parent = $2) AND (name_key = $3))",
        "Index Cond: ((ws = $1) AND (id = $2))",
    ]


async def test_entries_of_one_act_are_what_their_leaves_say(store: Postgres) -> None:
    def work(tx: Transaction) -> None:
        happened(tx, number=1)
        event = Event(type=Type.FOLDER_CREATED, path=Path("reports/ä.txt"))
        tx.record(event, caller=HOUSE)
        happened(tx, number=3)

    _, recorded = await store.write(work, workspace=ACME)
    rows = await store.read(lambda tx: tx.audit.after(0, limit=10), workspace=ACME)

    assert [(entry.id, entry.position) for entry in recorded] == [
        (read_leaf(row.leaf).id, read_leaf(row.leaf).position) for row in rows
    ]
    assert [read_leaf(row.leaf).codes for row in rows] == [{"number": 1}, {}, {"number": 3}]
    assert [row.leaf_hash for row in rows] == [
        hashlib.sha256(b"\x00" + row.leaf).digest() for row in rows
    ]
    assert [row.private is None for row in rows] == [True, False, True]


async def test_a_database_that_forgets_is_refused(postgres_url: str) -> None:
    url = new_database(postgres_url)
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())

    with pytest.raises(RuntimeError, match="synchronous_commit=off"):
        Postgres(url).open()


async def test_two_nodes_may_start_on_an_empty_database_at_once(postgres_url: str) -> None:
    url = new_database(postgres_url)
    nodes = [Postgres(url) for _ in range(4)]

    await asyncio.gather(*(asyncio.to_thread(node.open) for node in nodes))

    for node in nodes:
        await node.write(happened, workspace=ACME)
    assert await positions(nodes[0]) == [1, 2, 3, 4]
    for node in nodes:
        await node.close()
