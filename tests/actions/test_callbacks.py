"""A handoff's own `callback_url` is told of its decision, and can tell that it was us."""

import json

import pytest
from msgspec.structs import replace

from signoff.actions import agents, callbacks, deliveries
from signoff.actions.deliveries import ListDeliveries
from signoff.actions.sending import Parcel
from signoff.domain.deliveries import Outcome
from signoff.domain.errors import NotFound
from signoff.domain.signatures import genuine, signed_headers
from tests.actions.cast import ADA, BEN, CLERK, MAY, SCRIBE, do, last
from tests.actions.desk import Desk, opened_desk
from tests.actions.hooks import answer, pull

URL = "https://runs.acme.example/resume?run=7"


@pytest.fixture
async def desk(tmp_path):
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def decided(desk: Desk, verdict: str = "approve", url: str = URL) -> str:
    """Have a handoff with a callback decided; return its id."""
    await desk.put(SCRIBE, "input/a.txt")
    seen = await desk.submit(SCRIBE, "input/a.txt", callback_url=url)
    await desk.decide(BEN, seen, verdict, "It is not right")
    return seen.id


def believed(shown: str, parcel: Parcel) -> bool:
    headers = signed_headers(parcel.keys, name="ev", timestamp=1, body=parcel.payload)
    return genuine(
        shown,
        name="ev",
        timestamp=1,
        body=parcel.payload,
        signatures=headers["webhook-signature"],
        now=1,
    )


@pytest.mark.parametrize("verdict", ["approve", "request_changes", "reject"])
async def test_the_url_of_a_handoff_is_told_of_its_decision_and_of_nothing_else(desk, verdict):
    handoff = await decided(desk, verdict)

    parcels = (await pull(desk.house)).parcels

    assert [parcel.url for parcel in parcels] == [URL]
    sent = json.loads(parcels[0].payload)
    assert sent["data"]["handoff"]["id"] == handoff
    assert sent["type"].startswith("handoff.")
    assert sent["data"]["handoff"]["state"] != "in_review"


async def test_it_is_signed_by_the_workspaces_key_that_everybody_may_know(desk):
    await decided(desk)
    parcel = (await pull(desk.house)).parcels[0]

    seen = await do(desk.house, callbacks.read, CLERK, callbacks.Mine())

    assert believed(seen.public_key, parcel)
    assert not seen.has_secret
    assert not seen.secret


async def test_it_is_signed_by_the_agents_secret_too_if_it_asked_for_one(desk):
    first = await do(desk.house, callbacks.rotate, SCRIBE, callbacks.Rotate())
    second = await do(desk.house, callbacks.rotate, SCRIBE, callbacks.Rotate())
    of_another = await do(desk.house, callbacks.rotate, CLERK, callbacks.Rotate())
    await decided(desk)

    parcel = (await pull(desk.house)).parcels[0]

    entry = await last(desk.house)
    assert believed(str(first.secret), parcel)
    assert believed(str(second.secret), parcel)
    assert believed(second.public_key, parcel)
    assert not believed(str(of_another.secret), parcel)
    assert entry["type"] == "handoff.approved"


async def test_making_a_secret_is_on_the_record_without_it(desk):
    made = await do(desk.house, callbacks.rotate, SCRIBE, callbacks.Rotate())

    entry = await last(desk.house)

    assert (entry["type"], entry["subject"]) == ("callback.rotated", "ag_scribe")
    assert str(made.secret) not in json.dumps(entry)


async def test_an_agent_sees_how_its_callbacks_go_and_those_of_no_other(desk):
    await decided(desk)
    await answer(desk.house, Outcome(status=500))

    mine = await do(desk.house, callbacks.read, SCRIBE, callbacks.Mine())
    line = mine.lines[0].id
    page = await desk.house.ask(deliveries.every, SCRIBE, ListDeliveries(endpoint=line))

    assert (mine.lines[0].waiting, page.items[0].state) == (1, "waiting")
    assert (await do(desk.house, callbacks.read, CLERK, callbacks.Mine())).lines == ()
    with pytest.raises(NotFound):
        await desk.house.ask(deliveries.every, CLERK, ListDeliveries(endpoint=line))
    seen = await desk.house.ask(deliveries.every, MAY, ListDeliveries(endpoint=line))
    assert seen.items == page.items


@pytest.mark.parametrize("url", ["https://", "https://ada:x@acme.example/", "http://[::1"])
async def test_a_url_that_cannot_be_called_is_passed_over(desk, url):
    await decided(desk, url=url)

    assert (await pull(desk.house)).parcels == ()


async def test_an_agent_that_is_no_more_is_not_called_back(desk):
    await desk.put(SCRIBE, "input/a.txt")
    seen = await desk.submit(SCRIBE, "input/a.txt", callback_url=URL)
    await do(desk.house, agents.disable, ADA, agents.Of(agent="ag_scribe"))

    await desk.decide(BEN, seen, "approve")

    assert (await pull(desk.house)).parcels == ()


async def test_a_server_that_is_gone_loses_that_callback_alone(desk):
    await decided(desk)
    await answer(desk.house, Outcome(status=410))
    await desk.put(SCRIBE, "input/b.txt")
    seen = await desk.submit(SCRIBE, "input/b.txt", callback_url=URL)

    await desk.decide(BEN, replace(seen), "approve")

    assert len((await pull(desk.house)).parcels) == 1
