"""The sender at work: what happens arrives, signed, whatever the receivers do."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from signoff.actions import deliveries, endpoints
from signoff.actions.deliveries import DeliveryView, OneDelivery
from signoff.actions.endpoint_views import EndpointView
from signoff.actions.endpoints import Create, One, Replay
from signoff.actions.followers import FOLLOWERS
from signoff.actions.house import House
from signoff.domain.ids import MINUTE
from signoff.domain.signatures import genuine
from signoff.domain.urls import parse_allowed
from signoff.worker import outside, sender
from signoff.worker.loop import Worker
from signoff.worker.outside import Outside
from tests.actions.cast import DAN, MAY, do
from tests.actions.works import later, put
from tests.webhooks.receivers import (
    Receiver,
    answering,
    dropping,
    flooding,
    hanging,
    in_turn,
    raw,
    receiver,
)

LOOPBACK = parse_allowed("127.0.0.1")
ANNOUNCER = tuple(each for each in FOLLOWERS if each.name == "webhooks")


@pytest.fixture
async def working(house: House) -> AsyncIterator[House]:
    """Acme, with a worker that only tells endpoints."""
    house.reach = LOOPBACK
    worker = Worker(house, duties=(), followers=ANNOUNCER, outside=Outside(reach=LOOPBACK))
    worker.start()
    yield house
    await worker.close()


async def endpoint(house: House, there: Receiver, **said: Any) -> EndpointView:
    asked = {"events": ("file.*",)} | said
    return await do(house, endpoints.create, MAY, Create(url=there.url, **asked))


async def seen(house: House, made: EndpointView, there: Receiver, at: int = 0) -> DeliveryView:
    """Return a delivery that came, once how it went is kept."""
    position = json.loads(there.came[at].body)["data"]["position"]
    asked = OneDelivery(endpoint=made.id, position=position)
    async with asyncio.timeout(5):
        while True:
            found = await house.ask(deliveries.read, MAY, asked)
            if len(found.attempts) > at:
                return found
            await asyncio.sleep(0.01)


async def test_what_happens_arrives_at_once_and_can_be_believed(working):
    async with receiver() as there:
        made = await endpoint(working, there)
        began = asyncio.get_running_loop().time()
        await put(working, DAN, "shared/a.txt")
        await there.until(1)

        came = there.came[0]
        told = await seen(working, made, there)

    assert came.at - began < 1
    assert genuine(
        str(made.secret),
        name=came.headers["webhook-id"],
        timestamp=int(came.headers["webhook-timestamp"]),
        body=came.body,
        signatures=came.headers["webhook-signature"],
        now=int(came.headers["webhook-timestamp"]),
    )
    assert came.headers["content-type"] == "application/json"
    assert json.loads(came.body)["type"] == "file.created"
    assert came.headers["webhook-id"] == told.id
    assert (told.state, told.attempts[0].status) == ("delivered", 204)
    assert str(made.secret) not in json.dumps(told.attempts[0].request)


@pytest.mark.parametrize(
    "behave",
    [
        dropping,
        flooding,
        answering(500, body=b"it broke"),
        answering(302, {"location": "http://127.0.0.1/"}),
        raw(b"not HTTP at all\r\n", and_end=True),
    ],
)
async def test_what_failed_is_tried_again_under_the_same_id(working, behave, monkeypatch):
    monkeypatch.setattr("signoff.domain.deliveries.SCHEDULE", (50_000,) * 9)
    async with receiver(in_turn(behave, answering(204))) as there:
        made = await endpoint(working, there)
        await put(working, DAN, "shared/a.txt")
        if behave is flooding:  # its status is 200, and so much of it is enough
            await there.until(1)
            assert (await seen(working, made, there)).state == "delivered"
            return
        await there.until(2)
        told = await seen(working, made, there, at=1)

    assert len(set(there.ids())) == 1
    stamps = [each.headers["webhook-timestamp"] for each in there.came]
    assert stamps == sorted(stamps)
    assert (told.state, told.tries) == ("delivered", 2)
    assert told.attempts[0].failure or told.attempts[0].status in {500, 302}


async def test_an_answer_is_kept_only_so_far_and_without_cookies(working):
    said = {"set-cookie": "session=secret", "x-long": "y" * 3000}
    async with receiver(answering(500, said, b"\xff\x00" + b"x" * 9000)) as there:
        made = await endpoint(working, there)
        await put(working, DAN, "shared/a.txt")
        await there.until(1)
        told = await seen(working, made, there)

    attempt = told.attempts[0]
    assert isinstance(attempt.response, dict)
    assert attempt.response["set-cookie"] == "…"
    assert len(attempt.response["x-long"]) == 200
    assert len(str(attempt.excerpt)) == 1000


async def test_410_ends_the_endpoint(working):
    async with receiver(answering(410)) as there:
        made = await endpoint(working, there)
        await put(working, DAN, "shared/a.txt")
        await there.until(1)
        told = await seen(working, made, there)
        await put(working, DAN, "shared/b.txt")
        await asyncio.sleep(0.1)

    assert told.state == "dead"
    assert (await working.ask(endpoints.read, MAY, One(endpoint=made.id))).state == "gone"
    assert len(there.came) == 1


async def test_one_of_fifty_that_hangs_delays_no_other(working):
    async with receiver(hanging) as dead, receiver() as there:
        hung = await endpoint(working, dead)
        for _ in range(49):
            await endpoint(working, there)
        for n in range(10):
            await put(working, DAN, f"shared/{n}.txt")
        began = asyncio.get_running_loop().time()

        await there.until(490, seconds=14)

        took = asyncio.get_running_loop().time() - began
        waiting = await working.ask(endpoints.read, MAY, One(endpoint=hung.id))
    assert took < outside.TIMEOUT - 1
    assert waiting.waiting == 10
    assert sorted(there.ids()) == sorted(id_ for id_ in set(there.ids()) for _ in range(49))


async def test_no_line_has_more_under_way_than_its_share(working, monkeypatch):
    monkeypatch.setattr(sender, "EACH", 3)
    async with receiver(hanging) as there:
        await endpoint(working, there)
        for n in range(8):
            await put(working, DAN, f"shared/{n}.txt")
        await there.until(3)
        await asyncio.sleep(0.3)

    assert len(there.came) == 3


async def test_a_long_line_is_sent_to_its_end(working, monkeypatch):
    monkeypatch.setattr(sender, "EACH", 2)
    async with receiver() as there:
        await endpoint(working, there)
        for n in range(25):
            await put(working, DAN, f"shared/{n}.txt")
        await there.until(25)

    assert len(set(there.ids())) == 25
    assert there.connections <= 3


async def test_a_replay_is_sent_under_the_old_ids(working):
    async with receiver() as there:
        made = await endpoint(working, there)
        for n in range(5):
            await put(working, DAN, f"shared/{n}.txt")
        await there.until(5)
        await seen(working, made, there, at=0)
        await _all_kept(working, made)
        before = there.ids()

        await do(working, endpoints.replay, MAY, Replay(endpoint=made.id, after=0))
        await there.until(10)

    assert sorted(there.ids()[5:]) == sorted(before)


async def _all_kept(house: House, made: EndpointView) -> None:
    async with asyncio.timeout(5):
        while (await house.ask(endpoints.read, MAY, One(endpoint=made.id))).waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_ping_arrives(working):
    async with receiver() as there:
        made = await endpoint(working, there, events=("handoff.approved",))
        await do(working, endpoints.ping, MAY, One(endpoint=made.id))
        await there.until(1)

    sent = json.loads(there.came[0].body)
    assert (sent["type"], sent["data"]["subject"]) == ("endpoint.pinged", made.id)


async def test_an_address_inside_is_never_called(house):
    async with receiver() as there:
        house.reach = LOOPBACK
        made = await endpoint(house, there)
        worker = Worker(house, duties=(), followers=ANNOUNCER, outside=Outside())
        worker.start()
        await put(house, DAN, "shared/a.txt")
        async with asyncio.timeout(5):
            while True:
                page = await house.ask(
                    deliveries.every, MAY, deliveries.ListDeliveries(endpoint=made.id)
                )
                if page.items and page.items[0].tries:
                    break
                await asyncio.sleep(0.01)
        await worker.close()
        told = await house.ask(
            deliveries.read,
            MAY,
            OneDelivery(endpoint=made.id, position=page.items[0].position),
        )

    assert there.connections == 0
    assert told.attempts[0].failure == "The address is inside the network"


async def test_another_worker_sends_what_one_did_not(house):
    house.reach = LOOPBACK
    async with receiver() as there:
        await endpoint(house, there)
        first = Worker(house, duties=(), followers=ANNOUNCER, outside=Outside(), holder="one")
        await first.take_leases()
        await put(house, DAN, "shared/a.txt")
        await first.follow()  # it puts in line, and dies before it sends
        later(house, MINUTE)

        second = Worker(
            house,
            duties=(),
            followers=ANNOUNCER,
            outside=Outside(reach=LOOPBACK),
            holder="two",
        )
        second.start()
        await there.until(1)
        await second.close()
        await first.close()

    assert len(there.came) == 1


async def test_a_sender_has_no_lease_of_its_own_but_its_followers(house):
    one = Worker(house, duties=(), followers=ANNOUNCER, outside=Outside(), holder="one")
    two = Worker(house, duties=(), followers=ANNOUNCER, outside=Outside(), holder="two")
    await one.take_leases()
    await two.take_leases()

    assert [sorted(each.held) for each in (one, two)] == [["webhooks"], []]
    await one.close()
    await two.close()


async def test_what_arrived_is_kept_when_the_worker_is_told_to_stop(house, monkeypatch):
    monkeypatch.setattr(sender, "GAP", 30.0)
    house.reach = LOOPBACK
    async with receiver() as there:
        made = await endpoint(house, there)
        worker = Worker(house, duties=(), followers=ANNOUNCER, outside=Outside(reach=LOOPBACK))
        worker.start()
        await put(house, DAN, "shared/a.txt")
        await there.until(1)
        await asyncio.sleep(0.1)
        await worker.close()

        assert (await seen(house, made, there)).state == "delivered"
