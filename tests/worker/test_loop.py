"""The worker as it runs: under leases, woken by what is recorded, undeterred by refusals."""

import asyncio

from signoff.actions.house import House
from signoff.domain.errors import Busy
from signoff.domain.events import Event, Type
from signoff.worker.duties import Duty
from signoff.worker.loop import Worker
from tests.actions.cast import ACME, BEN


class Counting:
    """A duty that counts how often it was done."""

    def __init__(self, *, fails: bool = False) -> None:
        self.done = 0
        self._fails = fails

    async def __call__(self, _house: House) -> float | None:
        self.done += 1
        if self._fails:
            raise Busy("not now")
        return 0.05


async def test_a_duty_is_done_again_as_soon_as_it_asks(house: House) -> None:
    counting = Counting()
    worker = Worker(house, duties=(Duty(name="count", every=60, run=counting),))
    worker.start()

    await asyncio.sleep(0.4)

    await worker.close()
    assert counting.done >= 3


async def test_a_duty_that_fails_is_tried_again(house: House) -> None:
    counting = Counting(fails=True)
    worker = Worker(house, duties=(Duty(name="count", every=0.05, run=counting),))
    worker.start()

    await asyncio.sleep(0.4)

    await worker.close()
    assert counting.done >= 2


async def test_only_one_of_two_workers_does_a_duty(house: House) -> None:
    first, second = Counting(), Counting()
    one = Worker(house, duties=(Duty(name="count", every=60, run=first),), holder="one")
    two = Worker(house, duties=(Duty(name="count", every=60, run=second),), holder="two")
    await one.take_leases()
    one.start()
    two.start()

    await asyncio.sleep(0.3)

    await one.close()
    await two.close()
    assert first.done >= 2
    assert second.done == 0


async def test_a_worker_that_stops_leaves_its_duties_to_another(house: House) -> None:
    duty = Duty(name="count", every=60, run=Counting())
    one = Worker(house, duties=(duty,), holder="one")
    two = Worker(house, duties=(duty,), holder="two")
    await one.take_leases()
    await two.take_leases()
    before = (one.held, two.held)

    await one.close()

    await two.take_leases()
    assert before == (frozenset({"count"}), frozenset())
    assert two.held == {"count"}
    await two.close()


async def test_what_is_recorded_is_sealed_within_seconds(house: House) -> None:
    worker = Worker(house)
    worker.start()
    await asyncio.sleep(0.2)
    event = Event(type=Type.COMMENT_ADDED)

    _, recorded = await house.engine.write(
        lambda tx: tx.record(event, caller=BEN), workspace=ACME
    )

    async with asyncio.timeout(5):
        while await sealed(house) < recorded[0].position:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await worker.close()
    assert await sealed(house) == recorded[0].position


async def sealed(house: House) -> int:
    return await house.engine.read(lambda tx: tx.trees.edge()[0], workspace=ACME)
