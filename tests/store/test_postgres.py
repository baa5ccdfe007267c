"""What only the engine of many nodes has to bear: races, deadlocks, lost connections."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

import psycopg
import pytest

from signoff.domain.errors import Busy, Code
from signoff.domain.ids import NodeId
from signoff.store.postgres import ATTEMPTS, Postgres
from signoff.store.transaction import Transaction
from tests.databases import new_database
from tests.store.scenes import ACME, add, happened, names, positions

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
    both = threading.Barrier(2)

    def cross(first: str, second: str, tx: Transaction) -> None:
        tx.books.set_meta(first, b"x")
        with suppress(threading.BrokenBarrierError):  # the one that runs again is alone
            both.wait(1)
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
    both = threading.Barrier(2)
    order: list[str] = []

    def share(tx: Transaction) -> None:
        tx.guard(shared=(NodeId("f"),))
        both.wait(5)
        order.append("shared")

    def alone(tx: Transaction) -> None:
        tx.guard(exclusive=(NodeId("f"),))
        order.append("alone")

    await asyncio.gather(store.write(share, workspace=ACME), store.write(share, workspace=ACME))
    await store.write(alone, workspace=ACME)

    assert order == ["shared", "shared", "alone"]


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
