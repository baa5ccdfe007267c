"""Endpoints: who may have them, what each is told, and what stays secret."""

import json

import pytest
from msgspec.structs import replace

from signoff.actions import endpoints, followers, grants, keys, locks, members, sending
from signoff.actions.endpoint_views import EndpointView
from signoff.actions.endpoints import Change, Create, Every, One, Replay, Rotate
from signoff.actions.followers import Rewind
from signoff.actions.locks import TakeLock
from signoff.domain.actors import Caller
from signoff.domain.deliveries import Outcome
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound
from signoff.domain.ids import CredentialId, EndpointId
from signoff.domain.locks import Mode
from signoff.domain.permissions import Access
from signoff.domain.signatures import Scheme, genuine, signed_headers
from tests.actions.cast import ACME, ADA, BEN, DAN, MAY, RITA, SCRIBE, do, held, last, log
from tests.actions.desk import opened_desk
from tests.actions.hooks import (
    CLOCK,
    announce,
    answer,
    endpoint,
    in_line,
    pull,
    settle,
    tried,
    types,
)
from tests.actions.works import put

GOOD, BROKEN = Outcome(status=204), Outcome(status=500)


@pytest.fixture
async def desk(tmp_path):
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def with_key(house, agent: Caller, *paths: str) -> Caller:
    """Return an agent that has a key, as the key lets it in."""
    made = await do(house, keys.create, ADA, keys.Create(agent=agent.actor.id, paths=paths))
    credential = replace(agent.credential, id=CredentialId(made.id), paths=paths)
    return replace(agent, credential=credential)


async def test_an_endpoint_is_made_with_a_secret_that_is_shown_once(house):
    made = await do(house, endpoints.create, MAY, Create(url="https://flows.acme.example/hook"))

    assert str(made.secret).startswith("whsec_")
    assert (made.state, made.events, made.by.id) == ("on", ("handoff.*",), "pe_may")
    again = await house.ask(endpoints.read, MAY, One(endpoint=made.id))
    listed = await house.ask(endpoints.every, MAY, Every())
    assert not again.secret
    assert listed.items == (again,)


async def test_neither_secret_nor_address_stands_in_the_log_or_the_rows(house):
    made = await do(house, endpoints.create, MAY, Create(url="https://flows.acme.example/hook"))

    entry = await last(house)
    assert (entry["type"], entry["subject"]) == ("endpoint.created", made.id)
    assert entry["codes"] == {"by": "pe_may", "state": "on"}
    assert entry["private"]["private"]["url"] == "https://flows.acme.example/hook"
    assert str(made.secret) not in json.dumps(await log(house))
    row = await house.engine.read(
        lambda tx: tx.endpoints.by_id(EndpointId(made.id)), workspace=ACME
    )
    assert row is not None
    assert str(made.secret).removeprefix("whsec_").encode() not in row.sealed


async def test_of_ed25519_the_public_key_is_always_shown(house):
    made = await endpoint(house, signature=Scheme.ED25519)

    again = await house.ask(endpoints.read, MAY, One(endpoint=made.id))

    assert str(again.public_key).startswith("whpk_")
    assert not made.secret


@pytest.mark.parametrize("caller", [BEN, DAN, RITA])
async def test_people_below_a_manager_have_no_endpoints(house, caller):
    with pytest.raises(Forbidden):
        await do(house, endpoints.create, caller, Create(url="https://acme.example/"))
    with pytest.raises(Forbidden):
        await house.ask(endpoints.every, caller, Every())


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "http://acme.example/", "https://10.0.0.8/"]
)
async def test_an_address_inside_is_refused_at_once(house, url):
    with pytest.raises(Invalid):
        await do(house, endpoints.create, MAY, Create(url=url))


async def test_an_agent_has_endpoints_of_its_own_and_sees_no_others(house):
    scribe = await with_key(house, SCRIBE)
    mine = await endpoint(house, scribe)
    others = await endpoint(house, MAY)

    listed = await house.ask(endpoints.every, scribe, Every())

    assert [each.id for each in listed.items] == [mine.id]
    with pytest.raises(NotFound):
        await do(house, endpoints.remove, scribe, One(endpoint=others.id))
    seen = await house.ask(endpoints.every, MAY, Every())
    assert {each.id for each in seen.items} == {mine.id, others.id}


async def test_an_endpoint_is_told_what_it_wants_and_nothing_else(desk):
    made = await endpoint(desk.house, events=("handoff.opened",), path="**/contracts/**")
    await desk.put(DAN, "shared/a.txt")
    await desk.put(SCRIBE, "input/contracts/a.txt")
    await desk.put(SCRIBE, "input/bills/b.txt")
    seen = await desk.submit(SCRIBE, "input/contracts/a.txt")
    await desk.submit(SCRIBE, "input/bills/b.txt")
    await desk.decide(BEN, seen, "approve")

    told = await in_line(desk.house, made.id)

    assert [each.delivery.type for each in told] == ["handoff.opened"]
    data = json.loads(told[0].payload)["data"]
    assert data["handoff"]["id"] == seen.id
    assert data["handoff"]["digest"] == seen.digest
    assert data["handoff"]["state"] == "in_review"


async def test_what_is_told_has_no_names_no_paths_and_no_contents(desk):
    made = await endpoint(desk.house, events=("*",))
    await desk.put(SCRIBE, "input/Ada Lovelace.txt", "secret figures")
    seen = await desk.submit(SCRIBE, "input/Ada Lovelace.txt", title="For Ada")
    await desk.decide(BEN, seen, "reject", "Dear Ada, no")

    told = await in_line(desk.house, made.id)

    assert len(told) >= 3
    for each in told:
        assert b"Ada" not in each.payload
        assert b"figures" not in each.payload
        assert len(each.payload) < 20_000


async def test_an_event_is_put_in_line_once_however_often_it_is_read(desk):
    made = await endpoint(desk.house)
    await desk.put(SCRIBE, "input/a.txt")
    await desk.submit(SCRIBE, "input/a.txt")
    await answer(desk.house, GOOD)

    await do(desk.house, followers.rewind, MAY, Rewind(name="webhooks", position=0))
    await announce(desk.house)

    told = await in_line(desk.house, made.id)
    assert [(each.delivery.state, each.delivery.tries) for each in told] == [("delivered", 1)]


async def test_what_its_creator_may_not_see_an_endpoint_is_not_told(desk):
    scribe = await with_key(desk.house, SCRIBE, "input")
    made = await endpoint(desk.house, scribe, events=("file.*",))
    await desk.put(DAN, "shared/a.txt")
    await desk.put(DAN, "input/b.txt")

    told = await in_line(desk.house, made.id)

    assert [json.loads(each.payload)["data"]["actor"]["id"] for each in told] == ["pe_dan"]


async def test_a_draft_is_told_to_nobody_else(house):
    made = await endpoint(house, MAY, events=("file.*",))
    await put(house, DAN, "shared/a.txt")
    before = await types(house, made.id)
    lock = await do(house, locks.take, DAN, TakeLock(path="shared/a.txt", mode=Mode.DRAFT))
    await put(house, DAN, "shared/a.txt", "unfinished", held(lock))

    assert await types(house, made.id) == before == ["file.created"]


async def test_a_path_that_is_hidden_from_the_creator_is_hidden_from_the_endpoint(house):
    made = await endpoint(house, MAY, events=("file.*",))
    await do(
        house,
        grants.set,
        ADA,
        grants.Set(subject="pe_may", path="shared/board", access=Access.NONE),
    )

    await put(house, ADA, "shared/board/a.txt")

    assert await types(house, made.id) == []


async def test_when_its_creator_leaves_an_endpoint_ends_on_the_record(house):
    made = await endpoint(house, MAY, events=("*",))

    await do(house, members.remove, ADA, members.Remove(person="pe_may"))
    await announce(house)

    assert (await last(house))["codes"] == {"reason": "creator_left", "by": "pe_may"}
    seen = await house.ask(endpoints.read, ADA, One(endpoint=made.id))
    assert seen.state == "creator_left"
    assert await in_line(house, made.id) == []


async def test_who_lets_it_go_on_lends_it_their_eyes(house):
    made = await endpoint(house, MAY, events=("file.*",))
    await do(house, members.remove, ADA, members.Remove(person="pe_may"))
    await announce(house)

    seen = await do(house, endpoints.change, ADA, Change(endpoint=made.id, enabled=True))

    assert (seen.state, seen.by.id) == ("on", "pe_ada")
    await put(house, DAN, "shared/a.txt")
    assert await types(house, made.id) == ["file.created"]


async def test_an_agents_endpoint_outlives_the_rotation_of_its_key_not_its_revocation(house):
    scribe = await with_key(house, SCRIBE)
    made = await endpoint(house, scribe, events=("file.*",))
    new = await do(
        house,
        keys.rotate,
        ADA,
        keys.Rotate(key=scribe.credential.id, overlap_seconds=0),
    )
    await put(house, DAN, "shared/a.txt")
    told = await types(house, made.id)

    await do(house, keys.revoke, ADA, keys.Revoke(key=new.id))
    await put(house, DAN, "shared/b.txt")
    await announce(house)

    assert told == ["file.created"]
    assert (await house.ask(endpoints.read, MAY, One(endpoint=made.id))).state == "creator_left"
    assert len(await in_line(house, made.id)) == 1


async def test_a_ping_is_told_to_its_endpoint_alone(house):
    made = await endpoint(house, events=("handoff.approved",))
    other = await endpoint(house, events=("*",))

    await do(house, endpoints.ping, MAY, One(endpoint=made.id))

    assert await types(house, made.id) == ["endpoint.pinged"]
    assert await types(house, other.id) == []


async def test_while_a_secret_is_rotated_both_sign(house):
    made = await endpoint(house, events=("file.*",))
    rotated = await do(house, endpoints.rotate, MAY, Rotate(endpoint=made.id))
    await put(house, DAN, "shared/a.txt")

    parcel = (await pull(house)).parcels[0]

    headers = signed_headers(parcel.keys, name="ev_1", timestamp=1, body=parcel.payload)
    for secret in (made.secret, rotated.secret):
        assert genuine(
            str(secret),
            name="ev_1",
            timestamp=1,
            body=parcel.payload,
            signatures=headers["webhook-signature"],
            now=1,
        )
    assert made.secret != rotated.secret
    assert rotated.old_secret_until
    assert (await last(house))["type"] == "file.created"


async def test_a_paused_endpoint_is_told_nothing_and_goes_on_with_what_waited(house):
    made = await endpoint(house, events=("file.*",))
    await put(house, DAN, "shared/a.txt")
    await announce(house)
    paused = await do(house, endpoints.change, MAY, Change(endpoint=made.id, enabled=False))
    await put(house, DAN, "shared/missed.txt")

    nothing = await pull(house)
    await do(house, endpoints.change, MAY, Change(endpoint=made.id, enabled=True))
    waited = await pull(house)

    assert (paused.state, nothing.parcels) == ("paused", ())
    assert isinstance(paused.stopped_at, int)
    assert len(waited.parcels) == 1
    assert [e["type"] for e in (await log(house))[-3:]] == [
        "endpoint.disabled",
        "file.created",
        "endpoint.changed",
    ]


async def test_what_was_missed_comes_back_by_a_replay_from_where_it_stopped(house):
    made = await endpoint(house, events=("file.*",))
    await put(house, DAN, "shared/a.txt")
    await answer(house, GOOD)
    paused = await do(house, endpoints.change, MAY, Change(endpoint=made.id, enabled=False))
    await put(house, DAN, "shared/missed.txt")
    await do(house, endpoints.change, MAY, Change(endpoint=made.id, enabled=True))

    asked = Replay(endpoint=made.id, after=stopped_at(paused), missed_only=True)
    await do(house, endpoints.replay, MAY, asked)
    await _replayed(house, made.id)

    told = await in_line(house, made.id)
    assert [each.delivery.state for each in told] == ["delivered", "waiting"]


async def test_everything_is_told_again_under_the_ids_that_it_had(house):
    made = await endpoint(house, events=("file.*",))
    for n in range(3):
        await put(house, DAN, f"shared/{n}.txt")
    before = [each.delivery.id for each in await in_line(house, made.id)]
    await answer(house, GOOD)

    await do(house, endpoints.replay, MAY, Replay(endpoint=made.id, after=0))
    await _replayed(house, made.id)

    again = await pull(house)
    assert [each.delivery.id for each in again.parcels] == before
    assert (await last(house))["type"] == "endpoint.replayed"


async def test_only_a_range_is_told_again_if_only_that_is_asked_for(house):
    made = await endpoint(house, events=("file.*",))
    for n in range(3):
        await put(house, DAN, f"shared/{n}.txt")
    told = await in_line(house, made.id)
    await answer(house, GOOD)
    second = told[1].delivery.position

    asked = Replay(endpoint=made.id, after=second - 1, until=second)
    await do(house, endpoints.replay, MAY, asked)
    await _replayed(house, made.id)

    assert [each.delivery.position for each in (await pull(house)).parcels] == [second]


async def test_a_replay_of_nothing_and_a_second_one_meanwhile_are_refused(house):
    made = await endpoint(house)
    await do(house, endpoints.replay, MAY, Replay(endpoint=made.id, after=0))

    with pytest.raises(Conflict) as refused:
        await do(house, endpoints.replay, MAY, Replay(endpoint=made.id, after=0))
    assert refused.value.code is Code.WRONG_STATE
    with pytest.raises(Invalid):
        await do(house, endpoints.replay, MAY, Replay(endpoint=made.id, after=10_000))


async def test_410_ends_an_endpoint_and_tells_its_creator(house):
    made = await endpoint(house, events=("file.*",))
    await put(house, DAN, "shared/a.txt")

    await answer(house, Outcome(status=410))

    assert (await last(house))["type"] == "endpoint.disabled"
    assert (await last(house))["codes"] == {"reason": "gone", "by": "pe_may"}
    assert (await house.ask(endpoints.read, MAY, One(endpoint=made.id))).state == "gone"
    await put(house, DAN, "shared/b.txt")
    assert len(await in_line(house, made.id)) == 1


async def test_three_days_of_failure_end_an_endpoint(desk):
    made = await endpoint(desk.house, events=("file.*",))
    await desk.put(DAN, "shared/a.txt")
    for _ in range(10):
        assert len((await answer(desk.house, BROKEN)).parcels) == 1
        desk.wait(27 * 3600)

    seen = await desk.house.ask(endpoints.read, MAY, One(endpoint=made.id))

    assert seen.state == "failing"
    assert [each.delivery.state for each in await in_line(desk.house, made.id)] == ["dead"]
    assert (await last(desk.house))["codes"] == {"reason": "failing", "by": "pe_may"}


async def test_an_endpoint_that_fails_gets_one_thing_at_a_time_after_a_rest(desk):
    made = await endpoint(desk.house, events=("file.*",))
    for n in range(8):
        await desk.put(DAN, f"shared/{n}.txt")
    first = await answer(desk.house, BROKEN)
    resting = await pull(desk.house)
    await desk.put(DAN, "shared/more.txt")
    desk.wait(20)

    after = await pull(desk.house)

    assert len(first.parcels) == 8
    assert resting.parcels == ()
    assert (len(after.parcels), list(after.alone)) == (1, [made.id])


async def test_removed_endpoints_leave_no_line_and_a_late_result_brings_none_back(house):
    made = await endpoint(house, events=("file.*",))
    await put(house, DAN, "shared/a.txt")
    parcel = (await pull(house)).parcels[0]

    await do(house, endpoints.remove, MAY, One(endpoint=made.id))
    await settle(house, tried(parcel, BROKEN))

    assert (await last(house))["type"] == "endpoint.removed"
    rows = await house.engine.read(
        lambda tx: tx.all("SELECT endpoint FROM delivery_lines"), workspace=ACME
    )
    assert rows == []
    with pytest.raises(NotFound):
        await house.ask(endpoints.read, MAY, One(endpoint=made.id))


async def test_nobody_but_the_house_sends(house):
    with pytest.raises(Forbidden):
        await house.ask(sending.pull, ADA, sending.Pull(wanted={}))
    with pytest.raises(Forbidden):
        await do(house, sending.settle, ADA, sending.Settle(results=()))


def stopped_at(seen: EndpointView) -> int:
    assert isinstance(seen.stopped_at, int)
    return seen.stopped_at


async def _replayed(house, line: str) -> None:
    more = True
    while more:
        done = await house.do(
            sending.go_on_replaying, CLOCK, sending.Replaying(endpoint=EndpointId(line))
        )
        more = bool(done.result)
