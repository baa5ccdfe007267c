"""What only the engine on one file has to bear: other processes, a full disk, a kill."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import apsw
import pytest

from signoff.domain.errors import Busy, Code, Invalid, StorageFull
from signoff.domain.events import Event, Type
from signoff.domain.ids import Slug
from signoff.store.dialects import SQLITE, ddl
from signoff.store.migrations import all_migrations
from signoff.store.sqlite import QUEUE, REMEMBERED, Sqlite
from signoff.store.transaction import Transaction
from tests.store.scenes import ACME, HOUSE, add, happened, names, positions

HOLD = """
import sys, time, apsw
db = apsw.Connection(sys.argv[1])
db.set_busy_timeout(5000)
db.execute("BEGIN IMMEDIATE")
db.execute("INSERT INTO meta (key, value) VALUES ('held', X'00')")
print("held", flush=True)
time.sleep(0.4)
db.execute("COMMIT")
"""

WRITE_FOR_EVER = """
import asyncio, sys
from signoff.store.sqlite import Sqlite
from tests.store.scenes import ACME, happened

async def main():
    store = Sqlite(sys.argv[1])
    store.open()
    async def write():
        while True:
            _, recorded = await store.write(happened, workspace=ACME)
            print(recorded[0].position, flush=True)
    await asyncio.gather(*(write() for _ in range(8)))

asyncio.run(main())
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Sqlite]:
    opened = Sqlite(str(tmp_path / "signoff.db"))
    opened.open()
    yield opened
    await opened.close()


def test_every_commit_is_synced(tmp_path: Path) -> None:
    store = Sqlite(str(tmp_path / "signoff.db"))
    store.open()

    assert store._writer.raw.pragma("synchronous") == 2
    assert store._writer.raw.pragma("journal_mode") == "wal"
    assert store._writer.raw.pragma("mmap_size") == 0
    asyncio.run(store.close())


async def test_a_file_that_another_process_holds_is_waited_for_without_blocking(
    store: Sqlite,
) -> None:
    command = [sys.executable, "-c", HOLD, store.path]
    other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603, ASYNC220
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    started = time.monotonic()
    ticks = 0

    writing = asyncio.create_task(store.write(happened, workspace=ACME))
    while not writing.done():
        await asyncio.sleep(0.005)
        ticks += 1

    assert (await writing)[1][0].position == 1
    assert time.monotonic() - started > 0.2
    assert ticks > 20
    assert await store.read(lambda tx: tx.books.meta("held"), workspace=ACME) == b"\0"
    other.wait(10)
    other.stdout.close()


async def test_a_full_disk_refuses_the_one_act_and_the_store_goes_on(store: Sqlite) -> None:
    raw = store._writer.raw
    pages = int(raw.pragma("page_count"))
    raw.execute(f"PRAGMA max_page_count = {pages + 40}")

    def large(tx: Transaction) -> None:
        add(tx, "large")
        tx.books.set_meta("large", b"x" * 1_000_000)
        happened(tx)

    def small(number: int, tx: Transaction) -> None:
        add(tx, f"small {number}")
        happened(tx)

    results = await asyncio.gather(
        *(store.write(partial(small, n), workspace=ACME) for n in range(4)),
        store.write(large, workspace=ACME),
        *(store.write(partial(small, n), workspace=ACME) for n in range(4, 8)),
        return_exceptions=True,
    )

    refused = [each for each in results if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [StorageFull]
    assert await names(store) == {f"small {n}" for n in range(8)}
    assert await positions(store) == list(range(1, 9))
    raw.execute("PRAGMA max_page_count = 1000000")
    await store.write(large, workspace=ACME)
    assert "large" in await names(store)


async def test_a_process_that_is_killed_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "signoff.db"
    command = [sys.executable, "-c", WRITE_FOR_EVER, str(path)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603, ASYNC220
    assert writer.stdout is not None
    acknowledged = [int(writer.stdout.readline()) for _ in range(200)]

    writer.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    writer.wait(10)
    writer.stdout.close()

    store = Sqlite(str(path))
    store.open()
    kept = await positions(store)
    assert kept == list(range(1, len(kept) + 1))
    assert set(acknowledged) <= set(kept)
    assert store._writer.raw.pragma("integrity_check") == "ok"
    await store.close()


async def test_more_than_can_be_done_in_a_second_is_refused(store: Sqlite) -> None:
    acts = [
        asyncio.create_task(store.write(happened, workspace=ACME)) for _ in range(QUEUE + 9)
    ]

    results = await asyncio.gather(*acts, return_exceptions=True)

    refused = [each for each in results if isinstance(each, BaseException)]
    assert refused
    assert {type(each) for each in refused} == {Busy}
    assert await positions(store) == list(range(1, len(acts) - len(refused) + 1))


async def test_one_failing_commit_is_told_to_all_and_ends_nothing(store: Sqlite) -> None:
    store._writer.raw.set_commit_hook(lambda: True)  # SQLite's own way to refuse a COMMIT

    refused = await asyncio.gather(
        *(store.write(happened, workspace=ACME) for _ in range(3)), return_exceptions=True
    )
    store._writer.raw.set_commit_hook(None)
    _, recorded = await store.write(happened, workspace=ACME)

    assert [each.code for each in refused if isinstance(each, Busy)] == [
        Code.OUTCOME_UNKNOWN
    ] * 3
    assert recorded[0].position == 1


@pytest.mark.parametrize(("written", "runs"), [(0, [1, 1, 1]), (1, [2, 2, 1])])
async def test_acts_run_again_only_when_one_beside_them_failed_with_rows_written(
    store: Sqlite, written: int, runs: list[int]
) -> None:
    ran = [0, 0, 0]

    def act(tx: Transaction, number: int) -> None:
        ran[number] += 1
        if number == 1:
            for _ in range(written):
                add(tx, "half done")
            raise Busy("no")
        add(tx, f"whole {number}")
        happened(tx)

    done = await asyncio.gather(
        *(store.write(partial(act, number=n), workspace=ACME) for n in range(3)),
        return_exceptions=True,
    )

    assert [isinstance(each, Busy) for each in done] == [False, True, False]
    assert ran == runs
    assert await names(store) == {"whole 0", "whole 2"}
    assert await positions(store) == [1, 2]


async def test_an_act_reads_what_those_before_it_in_the_same_commit_recorded(
    store: Sqlite,
) -> None:
    def read(tx: Transaction) -> tuple[list[int], int]:
        found = [row.position for row in tx.audit.after(0, limit=10)], tx.audit.head()[0]
        happened(tx)
        return found

    def record(tx: Transaction) -> tuple[list[int], int]:
        happened(tx)
        return [], 0

    acts = (record, record, read, record, read)

    done = await asyncio.gather(*(store.write(act, workspace=ACME) for act in acts))

    assert [result for result, _ in done] == [
        ([], 0),
        ([], 0),
        ([1, 2], 2),
        ([], 0),
        ([1, 2, 3, 4], 4),
    ]
    assert [recorded[0].position for _, recorded in done] == [1, 2, 3, 4, 5]
    assert await positions(store) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("writes", [False, True])
async def test_an_entry_that_is_refused_leaves_no_gap_in_the_log(
    store: Sqlite, *, writes: bool
) -> None:
    def refused(tx: Transaction) -> None:
        if writes:
            add(tx, "half done")
        happened(tx)
        tx.record(Event(type=Type.FOLDER_CREATED, reason="x" * 5000), caller=HOUSE)

    done = await asyncio.gather(
        *(store.write(act, workspace=ACME) for act in (happened, refused, happened)),
        return_exceptions=True,
    )

    assert isinstance(done[1], Invalid)
    assert await names(store) == set()
    assert await positions(store) == [1, 2]
    assert (await store.read(lambda tx: tx.audit.head(), workspace=ACME))[0] == 2


async def test_entries_that_cannot_be_written_fail_the_one_act_whose_they_are(
    store: Sqlite,
) -> None:
    def taken(tx: Transaction) -> None:
        add(tx, "half done")
        happened(tx)
        tx.run(
            "INSERT INTO privates (ws, position, salt, body) VALUES (:ws, 2, :x, :x)",
            ws=ACME,
            x=b"in the way of the next entry's",
        )

    def private(tx: Transaction) -> None:
        tx.record(Event(type=Type.FOLDER_CREATED, path="input/a"), caller=HOUSE)

    done = await asyncio.gather(
        *(store.write(act, workspace=ACME) for act in (taken, private, happened)),
        return_exceptions=True,
    )

    assert [isinstance(each, apsw.ConstraintError) for each in done] == [False, True, False]
    assert await positions(store) == [1, 2]


async def test_what_another_process_wrote_is_seen_by_the_next_read(store: Sqlite) -> None:
    await store.write(happened, workspace=ACME)
    other = Sqlite(store.path)
    other.open()

    await other.write(happened, workspace=ACME)

    assert await positions(store) == [1, 2]
    await other.close()


async def test_rights_that_another_process_changed_are_seen_while_a_commit_is_under_way(
    store: Sqlite,
) -> None:
    before = store.rights_version()
    await asyncio.sleep(0)  # the loop turns, and nobody looks
    other = apsw.Connection(store.path)
    other.execute("INSERT INTO meta (key, value) VALUES ('revoked', X'00')")
    other.close()
    seen: list[int | None] = []

    def look(*_: object) -> bool:
        seen.append(store.rights_version())
        return False

    store._writer.raw.set_commit_hook(look)
    await store.write(lambda tx: tx.books.set_meta("k", b"v"), workspace=ACME)
    store._writer.raw.set_commit_hook(None)

    assert before is not None
    assert len(seen) == 1
    assert seen[0] is not None
    assert seen[0] > before


def count(tx: Transaction) -> int:
    """Return how many answers were found rather than remembered, so far."""
    found.append(1)
    return len(found)


found: list[int] = []


async def ask(store: Sqlite, workspace: Slug = ACME) -> int:
    return await store.read(
        lambda tx: tx.recall(("count",), lambda: count(tx)), workspace=workspace
    )


def remember(number: int, tx: Transaction) -> int:
    return tx.recall((number,), lambda: number)


async def test_what_a_read_found_is_remembered_until_the_next_commit(store: Sqlite) -> None:
    first = await ask(store)
    again = await ask(store)
    await store.write(happened, workspace=ACME)
    after = await ask(store)

    assert again == first
    assert after == first + 1
    assert await ask(store) == after


async def test_what_is_remembered_is_of_one_workspace(store: Sqlite) -> None:
    assert await ask(store) != await ask(store, Slug("other"))


async def test_what_is_remembered_ends_with_another_process_s_commit(store: Sqlite) -> None:
    first = await ask(store)
    other = apsw.Connection(store.path)
    other.execute("INSERT INTO meta (key, value) VALUES ('else', X'00')")
    other.close()
    await asyncio.sleep(0)

    assert await ask(store) == first + 1


async def test_nothing_is_remembered_while_a_commit_is_under_way(store: Sqlite) -> None:
    first = await ask(store)
    writing = [asyncio.create_task(store.write(happened, workspace=ACME)) for _ in range(50)]
    found_then = set()
    while not all(task.done() for task in writing):
        if store._commit_done.locked():
            found_then.add(await ask(store))
        await asyncio.sleep(0)

    assert first not in found_then
    assert await ask(store) > max(found_then, default=first)


async def test_an_act_remembers_nothing(store: Sqlite) -> None:
    first = await ask(store)

    def act(tx: Transaction) -> tuple[int, int]:
        happened(tx)
        return tx.recall(("count",), lambda: count(tx)), tx.recall(
            ("count",), lambda: count(tx)
        )

    done, _ = await store.write(act, workspace=ACME)

    assert done == (first + 1, first + 2)


async def test_so_much_is_remembered_and_no_more(store: Sqlite) -> None:
    for n in range(3 * REMEMBERED):
        await store.read(partial(remember, n), workspace=ACME)

    assert len(store._memory) <= REMEMBERED + 1


async def test_reads_go_on_while_a_commit_is_under_way(store: Sqlite) -> None:
    writing = [asyncio.create_task(store.write(happened, workspace=ACME)) for _ in range(300)]
    seen = set()
    while not all(task.done() for task in writing):
        seen.add(len(await positions(store)))
        await asyncio.sleep(0)

    assert len(seen) > 1
    assert await positions(store) == list(range(1, 301))


async def test_a_long_write_ahead_log_is_folded_back(store: Sqlite) -> None:
    await store.write(lambda tx: tx.books.set_meta("k", b"x" * 500_000), workspace=ACME)
    await store.checkpoint()
    untouched = store._log_size()
    store.wal_limit = 100_000

    await store.checkpoint()

    assert untouched > 400_000
    assert store._log_size() == 0


def schema_of(path: Path) -> list[tuple[str, str]]:
    connection = apsw.Connection(str(path))
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        " AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    connection.close()
    return [(str(row[0]), str(row[1])) for row in rows]


@pytest.mark.parametrize("known", range(1, len(all_migrations()) + 1))
async def test_a_schema_that_was_migrated_is_the_one_made_from_scratch(
    tmp_path: Path, known: int
) -> None:
    fresh, old = tmp_path / "fresh.db", tmp_path / "old.db"
    connection = apsw.Connection(str(old))
    for step in all_migrations()[:known]:
        for statement in step.statements:
            connection.execute(ddl(statement, SQLITE))
    connection.execute("INSERT INTO meta VALUES ('schema', ?)", (str(known).encode(),))
    connection.close()

    for path in (fresh, old):
        store = Sqlite(str(path))
        store.open()
        await store.close()

    assert schema_of(old) == schema_of(fresh)


async def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    path = tmp_path / "signoff.db"
    for _ in range(2):
        store = Sqlite(str(path))
        store.open()
        number = store._reader.rows("SELECT value FROM meta WHERE key = 'schema'", {})
        await store.close()

    assert number == [(str(len(all_migrations())).encode(),)]


async def test_batches_are_short_while_reads_are_asked_for(store: Sqlite) -> None:
    def slow(tx: Transaction) -> None:
        time.sleep(0.002)
        happened(tx)

    writing = [asyncio.create_task(store.write(slow, workspace=ACME)) for _ in range(12)]
    while not all(task.done() for task in writing):
        await names(store)
        await asyncio.sleep(0)

    assert store.figures()["commits_total"] >= 12 / 3  # 5 ms, where 10 would do with less
