from datetime import UTC, datetime

import pytest

from signoff.actions import agents
from signoff.actions.credentials import by_key
from signoff.actions.house import House
from signoff.domain.actors import Role, Scope
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from signoff.domain.ids import INSTANCE, Slug
from tests.actions.cast import ACME, ADA, BEN, DAN, MAY, OPERATOR, SCRIBE, at, do, log

ROBOT = agents.Create(name="Robot", owner="ben@acme.example")


async def _opens(house: House, secret: str) -> str:
    proven = await house.engine.read(lambda tx: by_key(tx, secret), workspace=ACME)
    return proven.actor.name


async def test_an_agent_comes_with_a_key_that_is_shown_once(house):
    made = await do(house, agents.create, at(OPERATOR, ACME), ROBOT)

    secret = made.key.secret
    assert secret is not None
    assert secret.startswith("so_acme_")
    assert len(secret) == len("so_acme_") + 43
    assert await _opens(house, secret) == "Robot"
    assert made.agent.owner is not None
    assert made.agent.owner.id == "pe_ben"


async def test_a_key_proves_its_agent_with_its_scopes_and_paths(house):
    asked = agents.Create(name="Robot", scopes=(Scope.READ,), paths=("/reports/",))
    made = await do(house, agents.create, ADA, asked)

    proven = await house.engine.read(
        lambda tx: by_key(tx, made.key.secret or ""), workspace=ACME
    )

    assert proven.role is Role.AGENT
    assert proven.credential.id == made.key.id
    assert proven.credential.scopes == {Scope.READ}
    assert proven.credential.paths == ("reports",)
    assert not proven.credential.decides
    assert proven.actor.owner == "pe_ada"


async def test_an_agent_and_its_key_are_on_the_record(house):
    made = await do(house, agents.create, MAY, ROBOT)

    of_agent, of_key = (await log(house))[-2:]
    assert (of_agent["type"], of_agent["subject"]) == ("agent.created", made.agent.id)
    assert (of_agent["codes"], of_agent["actor"]) == ({"owner": "pe_ben"}, "pe_may")
    assert of_agent["private"]["private"] == {"name": "Robot"}
    assert (of_key["type"], of_key["subject"]) == ("key.created", made.key.id)
    assert of_key["codes"] == {
        "agent": made.agent.id,
        "scopes": "claim+read+submit+write",
    }
    assert str(made.key.secret) not in str(await log(house))


async def test_who_adds_an_agent_owns_it_unless_they_say_otherwise(house):
    by_person = await do(house, agents.create, MAY, agents.Create(name="Robot"))
    by_operator = await do(house, agents.create, at(OPERATOR, ACME), agents.Create(name="R2"))

    assert by_person.agent.owner is not None
    assert by_person.agent.owner.name == "May"
    assert by_operator.agent.owner is None


@pytest.mark.parametrize("name", ["Scribe", "SCRIBE"])
async def test_a_name_is_used_once(house, name):
    with pytest.raises(Conflict) as refused:
        await do(house, agents.create, ADA, agents.Create(name=name))

    assert refused.value.code == Code.EXISTS


@pytest.mark.parametrize(
    "asked",
    [
        agents.Create(name=""),
        agents.Create(name="ag_robot"),
        agents.Create(name="Robot", scopes=()),
        agents.Create(name="Robot", paths=("../etc",)),
        agents.Create(name="Robot", expires_at=datetime(2020, 1, 1, tzinfo=UTC)),
    ],
)
async def test_what_makes_no_sense_leaves_nothing(house, asked):
    before = await log(house)

    with pytest.raises(Invalid):
        await do(house, agents.create, ADA, asked)

    assert await log(house) == before


async def test_an_owner_whom_nobody_knows_is_refused(house):
    with pytest.raises(NotFound):
        await do(house, agents.create, ADA, agents.Create(name="Robot", owner="x@y"))


@pytest.mark.parametrize("caller", [BEN, DAN, SCRIBE])
async def test_only_who_runs_the_workspace_adds_agents(house, caller):
    with pytest.raises(Forbidden):
        await do(house, agents.create, caller, ROBOT)


async def test_a_disabled_agent_is_let_in_no_more(house):
    made = await do(house, agents.create, ADA, ROBOT)

    gone = await do(house, agents.disable, ADA, agents.Of(agent="robot"))

    assert gone.disabled_at is not None
    assert (await log(house))[-1]["type"] == "agent.disabled"
    with pytest.raises(Unauthenticated) as refused:
        await _opens(house, made.key.secret or "")
    assert refused.value.code == Code.CREDENTIAL_EXPIRED
    with pytest.raises(Conflict):
        await do(house, agents.disable, ADA, agents.Of(agent=made.agent.id))


async def test_every_member_sees_the_agents(house):
    page = await house.ask(agents.every, DAN, agents.Every())

    assert [(each.name, each.owner.name) for each in page.items] == [
        ("Clerk", "Ben"),
        ("Scribe", "Ada"),
    ]


async def test_another_workspaces_agents_are_not_seen(house):
    with pytest.raises(NotFound):
        await house.ask(agents.every, at(BEN, Slug("beta")), agents.Every())
    with pytest.raises(NotFound):
        await house.ask(agents.every, at(BEN, INSTANCE), agents.Every())
