import pytest

from signoff.actions import people
from signoff.actions.passwords import NewPerson, Passwords
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound
from signoff.domain.ids import INSTANCE
from tests.actions.cast import ACME, ADA, BEN, MAY, OPERATOR, SCRIBE, at, do, last, log

EVE = people.Create(email="Eve@Acme.example", name="Eve", encoded="$argon2id$made-elsewhere")


async def test_the_first_person_becomes_the_admin(bare_house):
    first = await do(bare_house, people.create, OPERATOR, EVE)
    second = await do(
        bare_house, people.create, OPERATOR, people.Create(email="gil@acme.example", name="Gil")
    )

    assert (first.admin, second.admin) == (True, False)


async def test_a_new_person_is_on_the_instances_record_without_their_name(bare_house):
    made = await do(bare_house, people.create, OPERATOR, EVE)

    entry = await last(bare_house, INSTANCE)
    assert (entry["type"], entry["subject"]) == ("person.created", made.id)
    assert entry["private"]["private"] == {"email": "Eve@Acme.example", "name": "Eve"}
    del entry["private"]
    assert "Eve" not in str(entry)


async def test_a_person_without_a_password_gets_a_link(bare_house):
    asked = people.Create(email="gil@acme.example", name="Gil")

    made = await do(bare_house, people.create, OPERATOR, asked)

    assert made.signin_url is not None
    assert made.signin_url.startswith("http://signoff.example/signin/")
    assert len(made.signin_url.rpartition("/")[2]) == 43
    assert not made.has_password
    assert [entry["type"] for entry in await log(bare_house, INSTANCE)] == [
        "person.created",
        "signin_link.created",
    ]


async def test_a_person_with_a_password_gets_no_link(bare_house):
    made = await do(bare_house, people.create, OPERATOR, EVE)

    assert made.signin_url is None
    assert made.has_password


async def test_an_address_belongs_to_one_person_whatever_its_case(house):
    again = people.Create(email="BEN@acme.EXAMPLE", name="Ben the other")

    with pytest.raises(Conflict) as refused:
        await do(house, people.create, OPERATOR, again)

    assert refused.value.code == Code.EXISTS


@pytest.mark.parametrize(("email", "name"), [("eve", "Eve"), ("a@b", ""), ("a b@c", "Eve")])
async def test_an_address_or_name_that_is_none_is_refused(house, email, name):
    with pytest.raises(Invalid):
        await do(house, people.create, OPERATOR, people.Create(email=email, name=name))


@pytest.mark.parametrize("caller", [BEN, MAY, SCRIBE, at(BEN, INSTANCE)])
async def test_only_admins_and_the_operator_add_people(house, caller):
    with pytest.raises(Forbidden):
        await do(house, people.create, caller, EVE)


async def test_an_admin_adds_people(house):
    made = await do(house, people.create, at(ADA, INSTANCE), EVE)

    assert made.email == "Eve@Acme.example"
    assert (await last(house, INSTANCE))["actor"] == "pe_ada"


async def test_a_password_that_is_too_short_is_refused(bare_house):
    asked = NewPerson(email="eve@acme.example", name="Eve", password="short")

    with pytest.raises(Invalid):
        await Passwords(bare_house).create_person(OPERATOR, asked)

    assert await log(bare_house, INSTANCE) == []


async def test_the_log_and_the_rows_hold_no_password(bare_house):
    asked = NewPerson(email="eve@acme.example", name="Eve", password="correct horse")

    done = await Passwords(bare_house).create_person(OPERATOR, asked)

    assert done.result is not None
    person = done.result.id
    kept = await bare_house.engine.read(
        lambda tx: tx.accounts.password(person), workspace=INSTANCE
    )
    assert kept.startswith("$argon2id$")
    assert "horse" not in str(await log(bare_house, INSTANCE))


async def test_who_is_disabled_is_so_once(house):
    gone = await do(house, people.disable, OPERATOR, people.Of(person="ben@acme.example"))

    assert gone.disabled_at is not None
    assert (await last(house, INSTANCE))["type"] == "person.disabled"
    with pytest.raises(Conflict) as refused:
        await do(house, people.disable, OPERATOR, people.Of(person="pe_ben"))
    assert refused.value.code == Code.WRONG_STATE


async def test_no_admin_disables_themselves(house):
    with pytest.raises(Conflict):
        await do(house, people.disable, at(ADA, INSTANCE), people.Of(person="pe_ada"))


async def test_a_link_for_nobody_is_refused(house):
    with pytest.raises(NotFound):
        await do(house, people.link, OPERATOR, people.Of(person="nobody@acme.example"))


async def test_nobody_sets_anothers_password_but_an_admin(house):
    asked = people.SetPassword(person="pe_ada", encoded="$argon2id$x")

    with pytest.raises(Forbidden):
        await do(house, people.set_password, at(BEN, INSTANCE), asked)


async def test_people_are_listed_by_address_a_page_at_a_time(house):
    first = await house.ask(people.every, OPERATOR, people.Every(limit=3))
    rest = await house.ask(people.every, OPERATOR, people.Every(limit=3, cursor=first.next))

    assert [each.name for each in first.items] == ["Ada", "Ben", "Dan"]
    assert [each.name for each in rest.items] == ["May", "Rita"]
    assert rest.next is None


async def test_the_caller_is_told_who_they_are(house):
    person = await house.ask(people.me, BEN, people.Me())
    agent = await house.ask(people.me, SCRIBE, people.Me())

    assert (person.email, person.role, person.groups) == (
        "ben@acme.example",
        "reviewer",
        ("legal",),
    )
    assert person.decides
    assert (agent.actor.kind, agent.workspace, agent.decides) == ("agent", "acme", False)
    assert agent.owner is not None
    assert agent.owner.name == "Ada"


async def test_who_is_no_member_sees_no_workspace(house):
    with pytest.raises(NotFound):
        await house.ask(people.me, at(at(BEN, INSTANCE), ACME), people.Me())
