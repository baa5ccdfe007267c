import pytest

from signoff.actions import members
from signoff.actions.house import House
from signoff.domain.actors import Role
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound
from tests.actions.cast import ACME, ADA, BEN, DAN, MAY, OPERATOR, RITA, SCRIBE, at, do, last


async def _roles(house: House) -> dict[str, str]:
    page = await house.ask(members.every, ADA, members.Every())
    return {each.person.name: each.role for each in page.items}


async def test_a_role_is_given_by_address(house):
    asked = members.Set(person="Rita@acme.example", role=Role.REVIEWER, groups=("tax", "legal"))

    made = await do(house, members.set, MAY, asked)

    assert (made.role, made.groups) == ("reviewer", ("legal", "tax"))
    entry = await last(house)
    assert (entry["type"], entry["subject"]) == ("member.set", "pe_rita")
    assert entry["codes"] == {"role": "reviewer"}
    assert entry["private"]["private"] == {"groups": ["legal", "tax"]}


async def test_groups_stay_when_only_the_role_is_set(house):
    made = await do(house, members.set, MAY, members.Set(person="pe_ben", role=Role.MANAGER))

    assert (made.role, made.groups) == ("manager", ("legal",))


@pytest.mark.parametrize("role", [Role.AGENT, Role.SYSTEM])
async def test_a_person_is_no_agent(house, role):
    with pytest.raises(Invalid):
        await do(house, members.set, ADA, members.Set(person="pe_ben", role=role))


@pytest.mark.parametrize("group", ["", "two words", "group:legal", "x" * 65])
async def test_a_groups_name_is_plain(house, group):
    asked = members.Set(person="pe_ben", role=Role.REVIEWER, groups=(group,))

    with pytest.raises(Invalid):
        await do(house, members.set, ADA, asked)


async def test_whom_nobody_knows_gets_no_role(house):
    with pytest.raises(NotFound):
        await do(house, members.set, ADA, members.Set(person="x@y", role=Role.READER))


@pytest.mark.parametrize("caller", [BEN, DAN, RITA, SCRIBE])
async def test_only_who_runs_the_workspace_gives_roles(house, caller):
    with pytest.raises(Forbidden):
        await do(house, members.set, caller, members.Set(person="pe_ben", role=Role.OWNER))

    assert (await _roles(house))["Ben"] == "reviewer"


async def test_a_manager_makes_no_owner_and_unmakes_none(house):
    with pytest.raises(Forbidden):
        await do(house, members.set, MAY, members.Set(person="pe_may", role=Role.OWNER))
    with pytest.raises(Forbidden):
        await do(house, members.set, MAY, members.Set(person="pe_ada", role=Role.READER))
    with pytest.raises(Forbidden):
        await do(house, members.remove, MAY, members.Remove(person="pe_ada"))


@pytest.mark.parametrize("caller", [ADA, at(OPERATOR, ACME)])
async def test_an_owner_remains(house, caller):
    with pytest.raises(Conflict) as demoted:
        await do(house, members.set, caller, members.Set(person="pe_ada", role=Role.READER))
    with pytest.raises(Conflict) as removed:
        await do(house, members.remove, caller, members.Remove(person="pe_ada"))

    assert demoted.value.code == Code.LAST_OWNER
    assert removed.value.code == Code.LAST_OWNER


async def test_an_owner_may_leave_when_there_is_another(house):
    await do(house, members.set, ADA, members.Set(person="pe_ben", role=Role.OWNER))

    await do(house, members.remove, ADA, members.Remove(person="pe_ada"))

    member = await house.engine.read(lambda tx: tx.members.member(ADA.actor.id), workspace=ACME)
    assert member is None
    assert (await last(house))["type"] == "member.removed"


async def test_a_member_may_leave(house):
    await do(house, members.remove, RITA, members.Remove(person="pe_rita"))

    assert "Rita" not in await _roles(house)


async def test_a_member_removes_nobody_else(house):
    with pytest.raises(Forbidden):
        await do(house, members.remove, RITA, members.Remove(person="pe_dan"))


async def test_who_is_no_member_cannot_be_removed(house):
    await do(house, members.remove, MAY, members.Remove(person="rita@acme.example"))

    with pytest.raises(NotFound):
        await do(house, members.remove, MAY, members.Remove(person="rita@acme.example"))


async def test_agents_know_members_by_name_and_not_by_address(house):
    by_person = await house.ask(members.every, DAN, members.Every())
    by_agent = await house.ask(members.every, SCRIBE, members.Every())

    assert {each.email for each in by_agent.items} == {""}
    assert {each.person.name for each in by_agent.items} == {"Ada", "Ben", "Dan", "May", "Rita"}
    assert "ben@acme.example" in {each.email for each in by_person.items}
