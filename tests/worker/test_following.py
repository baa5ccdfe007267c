"""Followers as the worker runs them: soon, by one worker at a time, each log by itself."""

import asyncio
from collections.abc import Callable

import pytest

from signoff.actions import workspaces
from signoff.actions.context import Context
from signoff.actions.followers import Follower
from signoff.actions.house import House
from signoff.domain.actors import system
from signoff.domain.events import Event, Type
from signoff.domain.ids import Slug
from signoff.store.audit import LogRow
from signoff.worker.duties import Duty
from signoff.worker.loop import Worker
from tests.actions.cast import ACME, OPERATOR

OTHER = Slug("other")


class Reader:
    """A follower that remembers what it was given, and fails where it is told to."""

    def __init__(self, *, fails_in: Slug | None = None) -> None:
        self.seen: list[tuple[Slug, int]] = []
        self._fails_in = fails_in
        self.follower = Follower(name="reader", sentence="Reads.", take=self.take, settle=0.01)

    def take(self, ctx: Context, rows: tuple[LogRow, ...]) -> None:
        if ctx.workspace == self._fails_in:
            raise ValueError("this log cannot be read")
        self.seen += [(ctx.workspace, row.position) for row in rows]

    def of(self, workspace: Slug) -> list[int]:
        return [position for where, position in self.seen if where == workspace]


async def happens(house: House, workspace: Slug = ACME) -> int:
    def work(tx):
        tx.record(Event(type=Type.COMMENT_ADDED), caller=system(workspace))

    _, recorded = await house.engine.write(work, workspace=workspace)
    return recorded[0].position


async def until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not there():  # noqa: ASYNC110  what is looked at tells nobody
            await asyncio.sleep(0.01)


async def test_what_happens_is_read_at_once(house: House) -> None:
    reader = Reader()
    worker = Worker(house, duties=(), followers=(reader.follower,))
    worker.start()
    await until(lambda: bool(reader.seen))

    position = await happens(house)

    await until(lambda: position in reader.of(ACME))
    await worker.close()
    assert reader.of(ACME) == list(range(1, position + 1))


async def test_another_worker_goes_on_where_one_stopped(house: House) -> None:
    first, second = Reader(), Reader()
    one = Worker(house, duties=(), followers=(first.follower,), holder="one")
    two = Worker(house, duties=(), followers=(second.follower,), holder="two")
    await one.take_leases()
    await two.take_leases()
    await one.follow()
    await two.follow()
    before = list(second.seen)

    await one.close()
    position = await happens(house)
    await two.take_leases()
    await two.follow()

    await two.close()
    assert before == []
    assert first.of(ACME) + second.of(ACME) == list(range(1, position + 1))


async def test_a_worker_that_lost_its_lease_writes_nothing(house: House) -> None:
    old, new = Reader(), Reader()
    one = Worker(house, duties=(), followers=(old.follower,), holder="one")
    await one.take_leases()
    await one.follow()
    await house.engine.write(
        lambda tx: tx.books.let_go("follower:reader", holder="one"), workspace=ACME
    )
    two = Worker(house, duties=(), followers=(new.follower,), holder="two")
    await two.take_leases()
    position = await happens(house)
    await two.follow()
    later = await happens(house)

    await one.follow()

    stands = await house.engine.read(lambda tx: tx.books.cursor("reader"), workspace=ACME)
    await two.follow()
    assert stands == (position, 2)
    assert new.of(ACME) == [position, later]


async def test_a_log_that_cannot_be_read_keeps_no_other_waiting(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.do(workspaces.create, OPERATOR, workspaces.Create(slug=OTHER, name="Other"))
    await house.keys(OTHER)
    reader = Reader(fails_in=ACME)
    worker = Worker(house, duties=(), followers=(reader.follower,))
    await worker.take_leases()

    await worker.follow()

    await worker.close()
    assert reader.of(OTHER)
    assert "this log cannot be read" in capsys.readouterr().err


async def test_a_duty_may_hear_of_what_a_follower_took_in(house: House) -> None:
    reader, heard = Reader(), asyncio.Event()

    async def run(_house: House) -> float | None:
        if reader.of(ACME):
            heard.set()
        return None

    duty = Duty(name="sends", every=60, run=run, hears="reader", settle=0)
    worker = Worker(house, duties=(duty,), followers=(reader.follower,))
    worker.start()

    async with asyncio.timeout(5):
        await heard.wait()

    await worker.close()
