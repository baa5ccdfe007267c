from datetime import UTC, datetime, timedelta

import pytest

from signoff.actions import agents, keys
from signoff.actions.credentials import by_key
from signoff.actions.house import House
from signoff.domain.actors import Scope
from signoff.domain.errors import Code, Conflict, Forbidden, NotFound, Unauthenticated
from signoff.domain.events import Event, Type
from signoff.domain.ids import ActorId
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, BEN, OPERATOR, SCRIBE, at, do, last, log


async def _agent_of(house: House, secret: str | None) -> ActorId:
    assert secret is not None
    proven = await house.engine.read(lambda tx: by_key(tx, secret), workspace=ACME)
    return proven.actor.id


async def _age_keys(house: House, micros: int) -> None:
    def age(tx: Transaction) -> None:
        tx.run("UPDATE keys SET expires_at = expires_at - :much", much=micros)
        tx.record(Event(type=Type.KEY_ROTATED), caller=OPERATOR)

    await house.engine.write(age, workspace=ACME)


async def test_an_agent_may_have_several_keys(house):
    one = await do(house, keys.create, ADA, keys.Create(agent="Scribe"))
    other = await do(house, keys.create, ADA, keys.Create(agent="ag_scribe"))

    assert one.secret != other.secret
    assert await _agent_of(house, one.secret) == "ag_scribe"
    assert await _agent_of(house, other.secret) == "ag_scribe"


async def test_a_rotated_key_and_its_successor_overlap_for_a_day(house):
    old = await do(house, keys.create, ADA, keys.Create(agent="Scribe", scopes=(Scope.READ,)))

    new = await do(house, keys.rotate, ADA, keys.Rotate(key=old.id))

    assert new.scopes == ("read",)
    assert await _agent_of(house, old.secret) == await _agent_of(house, new.secret)
    await _age_keys(house, 86_400_000_001)
    assert await _agent_of(house, new.secret) == "ag_scribe"
    with pytest.raises(Unauthenticated) as refused:
        await _agent_of(house, old.secret)
    assert refused.value.code == Code.CREDENTIAL_EXPIRED


async def test_a_rotation_is_on_the_record(house):
    old = await do(house, keys.create, ADA, keys.Create(agent="Scribe"))

    new = await do(house, keys.rotate, ADA, keys.Rotate(key=old.id, overlap_seconds=0))

    entry = await last(house)
    assert (entry["type"], entry["subject"]) == ("key.rotated", old.id)
    assert entry["codes"]["successor"] == new.id
    assert str(new.secret) not in str(await log(house))
    with pytest.raises(Unauthenticated):
        await _agent_of(house, old.secret)


async def test_a_successor_lasts_as_long_as_its_key_did(house):
    until = datetime.now(UTC) + timedelta(days=30)
    old = await do(house, keys.create, ADA, keys.Create(agent="Scribe", expires_at=until))

    new = await do(house, keys.rotate, ADA, keys.Rotate(key=old.id))

    assert new.expires_at is not None
    assert old.expires_at is not None
    assert new.expires_at - new.created_at == old.expires_at - old.created_at


async def test_a_revoked_key_opens_nothing(house):
    key = await do(house, keys.create, ADA, keys.Create(agent="Scribe"))

    gone = await do(house, keys.revoke, ADA, keys.Revoke(key=key.id))

    assert gone.revoked_at is not None
    assert gone.secret is None
    assert (await last(house))["type"] == "key.revoked"
    with pytest.raises(Unauthenticated):
        await _agent_of(house, key.secret)
    with pytest.raises(Conflict):
        await do(house, keys.revoke, ADA, keys.Revoke(key=key.id))
    with pytest.raises(Conflict):
        await do(house, keys.rotate, ADA, keys.Rotate(key=key.id))


async def test_a_key_ends_when_it_was_said(house):
    until = datetime.now(UTC) + timedelta(hours=1)
    key = await do(house, keys.create, ADA, keys.Create(agent="Scribe", expires_at=until))
    assert await _agent_of(house, key.secret) == "ag_scribe"

    await _age_keys(house, 3_600_000_000)

    with pytest.raises(Unauthenticated):
        await _agent_of(house, key.secret)


async def test_a_disabled_agent_gets_no_key(house):
    await do(house, agents.disable, ADA, agents.Of(agent="Scribe"))

    with pytest.raises(Conflict) as refused:
        await do(house, keys.create, ADA, keys.Create(agent="Scribe"))

    assert refused.value.code == Code.WRONG_STATE


@pytest.mark.parametrize("caller", [BEN, SCRIBE])
async def test_only_who_runs_the_workspace_makes_keys(house, caller):
    with pytest.raises(Forbidden):
        await do(house, keys.create, caller, keys.Create(agent="Scribe"))


async def test_a_key_that_is_not_there_is_refused(house):
    with pytest.raises(NotFound):
        await do(house, keys.revoke, ADA, keys.Revoke(key="ky_nothing"))


async def test_keys_are_listed_without_their_secrets(house):
    await do(house, keys.create, ADA, keys.Create(agent="Scribe", paths=("input",)))
    await do(house, keys.create, ADA, keys.Create(agent="Clerk"))

    of_scribe = await house.ask(keys.every, ADA, keys.Every(agent="Scribe"))
    of_all = await house.ask(keys.every, at(OPERATOR, ACME), keys.Every())

    assert [(each.agent, each.paths, each.secret) for each in of_scribe.items] == [
        ("ag_scribe", ("input",), None)
    ]
    assert [each.agent for each in of_all.items] == ["ag_clerk", "ag_scribe"]
