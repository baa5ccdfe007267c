"""The feed under concurrent writers: no gap, no repetition, in the order of commits."""

import asyncio
import random
from contextlib import suppress

import psycopg
import pytest

from signoff.domain.errors import Refusal
from signoff.store.engine import Engine
from signoff.store.postgres import Postgres
from signoff.store.transaction import Transaction
from tests.databases import new_database
from tests.store.scenes import ACME, add, happened, positions

NODES = 3
WRITERS = 18
ACTS = 25


class FailedError(Exception):
    """An act that changed its mind."""


async def follow(store: Engine, *, until: asyncio.Event) -> list[int]:
    """Read by cursor, in small pages, until the writers are done and nothing is left."""
    cursor, got = 0, []
    while True:
        done = until.is_set()
        rows = await read_after(store, cursor)
        got += rows
        if rows:
            cursor = rows[-1]
        elif done:
            return got
        else:
            await asyncio.sleep(0.002)


class Act:
    """One to three entries and a row, of which now and then nothing is to remain."""

    def __init__(self, writer: int, number: int, dice: random.Random) -> None:
        self._name = f"{writer}-{number}"
        self._entries = dice.randint(1, 3)
        self._fails = dice.random() < 0.2

    def __call__(self, tx: Transaction) -> None:
        add(tx, f"{self._name}-{tx.new_id('x')}")
        for _ in range(self._entries):
            happened(tx)
        if self._fails:
            raise FailedError


async def write_some(store: Engine, writer: int) -> list[int]:
    """Do acts, of which some fail; return the acknowledged positions."""
    dice = random.Random(writer)  # noqa: S311
    mine: list[int] = []
    for number in range(ACTS):
        with suppress(FailedError):
            _, recorded = await store.write(Act(writer, number, dice), workspace=ACME)
            mine += [entry.position for entry in recorded]
    return mine


async def read_after(store: Engine, cursor: int, *, limit: int = 7) -> list[int]:
    rows = await store.read(lambda tx: tx.audit.after(cursor, limit=limit), workspace=ACME)
    return [row.position for row in rows]


async def test_followers_never_skip_and_never_repeat(store: Engine) -> None:
    done = asyncio.Event()
    followers = [asyncio.create_task(follow(store, until=done)) for _ in range(3)]

    written = await asyncio.gather(*(write_some(store, n) for n in range(WRITERS)))
    done.set()
    followed = await asyncio.gather(*followers)

    acknowledged = sorted(position for mine in written for position in mine)
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    for got in followed:
        assert got == acknowledged


@pytest.fixture
def nodes(postgres_url: str) -> list[Postgres]:
    url = new_database(postgres_url)
    opened = [Postgres(url) for _ in range(NODES)]
    for node in opened:
        node.open()
    return opened


async def test_many_nodes_on_one_database_make_one_feed(nodes: list[Postgres]) -> None:
    done = asyncio.Event()
    followers = [asyncio.create_task(follow(node, until=done)) for node in nodes]

    written = await asyncio.gather(*(write_some(nodes[n % NODES], n) for n in range(WRITERS)))
    done.set()
    followed = await asyncio.gather(*followers)

    acknowledged = sorted(position for mine in written for position in mine)
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    assert len(acknowledged) > WRITERS * ACTS
    for got in followed:
        assert got == acknowledged
    for node in nodes:
        await node.close()


async def test_each_follower_sees_only_whole_prefixes(nodes: list[Postgres]) -> None:
    """Whatever moment one looks at, the positions are 1 … n without a hole."""
    done = asyncio.Event()
    holes: list[list[int]] = []

    async def look() -> None:
        while not done.is_set():
            seen = await positions(nodes[0])
            if seen != list(range(1, len(seen) + 1)):
                holes.append(seen)

    looking = asyncio.create_task(look())
    await asyncio.gather(*(write_some(nodes[n % NODES], n) for n in range(WRITERS)))
    done.set()
    await looking

    assert holes == []
    for node in nodes:
        await node.close()


async def test_killed_transactions_leave_no_gap(nodes: list[Postgres]) -> None:
    done = asyncio.Event()
    killed = 0

    def kill() -> int:
        with psycopg.connect(nodes[0].url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND state IN ('active', 'idle in transaction') AND query NOT LIKE 'LISTEN%'"
                " ORDER BY random() LIMIT 2) AS picked"
            ).fetchone()
        return int(found[0]) if found else 0

    async def keep_killing() -> None:
        nonlocal killed
        while not done.is_set():
            killed += await asyncio.to_thread(kill)
            await asyncio.sleep(0.01)

    async def write(node: Postgres, writer: int) -> list[int]:
        mine: list[int] = []
        for _ in range(ACTS):
            with suppress(Refusal):
                _, recorded = await node.write(
                    lambda tx: happened(tx, writer=writer), workspace=ACME
                )
                mine += [entry.position for entry in recorded]
        return mine

    killing = asyncio.create_task(keep_killing())
    written = await asyncio.gather(*(write(nodes[n % NODES], n) for n in range(WRITERS)))
    done.set()
    await killing

    got = await follow(nodes[1], until=done)
    acknowledged = {position for mine in written for position in mine}
    assert killed > 0
    assert got == list(range(1, len(got) + 1))
    assert acknowledged <= set(got)
    for node in nodes:
        await node.close()


async def test_a_node_hears_what_another_one_committed(nodes: list[Postgres]) -> None:
    one, two, _ = nodes
    heard = asyncio.Event()
    two.listen(lambda _workspace: heard.set())
    await two.read(lambda tx: tx.one("SELECT 1"), workspace=ACME)

    async with asyncio.timeout(10):
        while not heard.is_set():
            await one.write(happened, workspace=ACME)
            await asyncio.sleep(0.05)

    assert heard.is_set()
    for node in nodes:
        await node.close()
