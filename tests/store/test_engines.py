"""What both engines promise: one transaction for an act, a record for each, nothing half done."""

import asyncio
from functools import partial

import pytest

from signoff.domain.errors import Code
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, Instant, Slug
from signoff.store.engine import Engine
from signoff.store.transaction import Transaction, Unrecorded
from tests.store.scenes import ACME, HOUSE, add, add_root, happened, names, positions


async def test_an_act_is_answered_with_its_entries(store: Engine) -> None:
    def work(tx: Transaction) -> str:
        happened(tx)
        happened(tx)
        return "done"

    result, recorded = await store.write(work, workspace=ACME)

    assert result == "done"
    assert [entry.position for entry in recorded] == [1, 2]
    assert await positions(store) == [1, 2]


async def test_rows_that_change_without_an_event_are_rolled_back(store: Engine) -> None:
    with pytest.raises(Unrecorded) as refusal:
        await store.write(lambda tx: add(tx, "silent.txt"), workspace=ACME)

    assert refusal.value.code is Code.UNRECORDED
    assert await names(store) == set()


async def test_bookkeeping_needs_no_event(store: Engine) -> None:
    await store.write(lambda tx: tx.books.set_meta("k", b"v"), workspace=ACME)

    assert await store.read(lambda tx: tx.books.meta("k"), workspace=ACME) == b"v"


async def test_of_many_acts_at_once_only_the_failing_ones_are_undone(store: Engine) -> None:
    def work(number: int, tx: Transaction) -> None:
        add(tx, f"{number}.txt")
        happened(tx, number=number)
        if number % 3 == 0:
            raise ValueError(number)

    results = await asyncio.gather(
        *(store.write(partial(work, number), workspace=ACME) for number in range(30)),
        return_exceptions=True,
    )

    failed = {number for number, each in enumerate(results) if isinstance(each, ValueError)}
    assert failed == {number for number in range(30) if number % 3 == 0}
    assert await names(store) == {f"{n}.txt" for n in range(30) if n % 3}
    assert await positions(store) == list(range(1, 21))


async def test_a_failing_act_leaves_no_position_behind(store: Engine) -> None:
    def fail(tx: Transaction) -> None:
        happened(tx)
        raise ValueError

    with pytest.raises(ValueError):
        await store.write(fail, workspace=ACME)
    _, recorded = await store.write(happened, workspace=ACME)

    assert recorded[0].position == 1


async def test_an_entry_that_cannot_be_sealed_undoes_the_act(store: Engine) -> None:
    def work(tx: Transaction) -> None:
        add(tx, "a.txt")
        tx.record(Event(type=Type.FILE_CREATED, codes={"name": "not plain"}), caller=HOUSE)

    with pytest.raises(Exception, match="plain"):
        await store.write(work, workspace=ACME)

    assert await names(store) == set()


async def test_each_log_counts_for_itself(store: Engine) -> None:
    other = Slug("other")

    def work(tx: Transaction) -> None:
        happened(tx)
        event = Event(type=Type.WORKSPACE_CREATED)
        tx.record(event, caller=HOUSE, workspace=INSTANCE)

    await store.write(work, workspace=ACME)
    _, recorded = await store.write(work, workspace=other)

    assert [(entry.workspace, entry.position) for entry in recorded] == [
        (other, 1),
        (INSTANCE, 2),
    ]


async def test_whoever_listens_is_told_of_every_log_that_grew(store: Engine) -> None:
    heard: set[str] = set()
    stop = store.listen(heard.add)

    def work(tx: Transaction) -> None:
        happened(tx)
        tx.record(Event(type=Type.WORKSPACE_CREATED), caller=HOUSE, workspace=INSTANCE)

    await store.write(work, workspace=ACME)
    await asyncio.sleep(0.05)
    first = set(heard)
    stop()
    heard.clear()
    await store.write(work, workspace=ACME)

    assert first == {ACME, INSTANCE}
    assert heard == set()


async def test_nobody_is_told_of_what_recorded_nothing(store: Engine) -> None:
    heard: list[str] = []
    store.listen(heard.append)

    await store.write(lambda tx: tx.books.set_meta("k", b"v"), workspace=ACME)

    assert heard == []


async def test_an_act_whose_caller_went_away_is_still_whole(store: Engine) -> None:
    acts = [asyncio.create_task(store.write(_act, workspace=ACME)) for _ in range(20)]
    await asyncio.sleep(0)
    for act in acts[::2]:
        act.cancel()
    await asyncio.gather(*acts, return_exceptions=True)
    await asyncio.sleep(0.3)

    _, recorded = await store.write(happened, workspace=ACME)

    count = len(await names(store))
    assert count >= 10
    assert recorded[0].position == count + 1
    assert await positions(store) == list(range(1, count + 2))


def _act(tx: Transaction) -> None:
    add(tx, tx.new_id("x"))
    happened(tx)


async def test_the_time_of_entries_never_goes_back(store: Engine) -> None:
    await store.write(happened, workspace=ACME)
    ahead = await store.read(lambda tx: tx.audit.head()[1] + 3_600_000_000, workspace=ACME)
    await store.write(lambda tx: tx.run("UPDATE heads SET at = :at", at=ahead), workspace=ACME)

    await store.write(happened, workspace=ACME)

    head = await store.read(lambda tx: tx.audit.head(), workspace=ACME)
    assert head == (2, Instant(ahead))


async def test_a_transaction_has_one_time(store: Engine) -> None:
    def work(tx: Transaction) -> tuple[int, int]:
        first = tx.now
        tx.one("SELECT 1")
        return first, tx.now

    (first, second), _ = await store.write(work, workspace=ACME)

    assert first == second


async def test_a_twin_by_case_is_refused_by_the_table_itself(store: Engine) -> None:
    def work(tx: Transaction) -> None:
        add_root(tx)
        add(tx, "Straße.txt")

    await store.write(work, workspace=ACME)

    def twin(tx: Transaction) -> None:
        add(tx, "STRASSE.TXT")
        happened(tx)

    with pytest.raises(Exception, match=r"UNIQUE|again and again"):
        await store.write(twin, workspace=ACME)
    assert await names(store) == {"", "Straße.txt"}


async def test_reads_see_what_was_acknowledged(store: Engine) -> None:
    for number in range(5):
        await store.write(happened, workspace=ACME)

        assert await positions(store) == list(range(1, number + 2))


async def test_a_read_that_fails_spoils_no_later_one(store: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        await store.read(lambda _tx: 1 // 0, workspace=ACME)
    with pytest.raises(ZeroDivisionError):
        await store.read_long(lambda _tx: 1 // 0, workspace=ACME)

    assert await store.read(lambda tx: tx.one("SELECT 1"), workspace=ACME) == (1,)
    assert await store.read_long(lambda tx: tx.one("SELECT 2"), workspace=ACME) == (2,)


async def test_background_work_is_done_beside_requests(store: Engine) -> None:
    acts = [
        store.write(happened, workspace=ACME, background=number % 2 == 0)
        for number in range(40)
    ]

    await asyncio.gather(*acts)

    assert await positions(store) == list(range(1, 41))
