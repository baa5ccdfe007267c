import pytest

from signoff.actions import app_passwords, people
from signoff.actions.credentials import by_app_password
from signoff.domain.actors import Role
from signoff.domain.errors import Conflict, Forbidden, NotFound, Unauthenticated
from signoff.domain.ids import INSTANCE
from tests.actions.cast import ACME, ADA, BEN, OPERATOR, SCRIBE, at, by_drive, do, last, log

FOR_BEN = app_passwords.Create(person="ben@acme.example", decides=True)


async def _proven(house, secret, *, email="ben@acme.example"):
    return await house.engine.read(
        lambda tx: by_app_password(tx, email, secret), workspace=ACME
    )


async def test_an_app_password_proves_its_person(house):
    made = await do(house, app_passwords.create, OPERATOR, FOR_BEN)

    proven = await _proven(house, made.secret, email="Ben@ACME.example")

    assert str(made.secret).startswith("sp_")
    assert (proven.actor.name, proven.role) == ("Ben", Role.REVIEWER)
    assert proven.groups == {"legal"}
    assert proven.credential.id == made.id
    assert proven.credential.decides


async def test_it_decides_only_if_that_was_said(house):
    made = await do(
        house, app_passwords.create, at(BEN, INSTANCE), app_passwords.Create(name="laptop")
    )

    assert not (await _proven(house, made.secret)).credential.decides


async def test_it_is_on_the_record_without_its_secret(house):
    made = await do(house, app_passwords.create, OPERATOR, FOR_BEN)

    entry = await last(house, INSTANCE)
    assert (entry["type"], entry["subject"]) == ("app_password.created", made.id)
    assert entry["codes"] == {"person": "pe_ben", "decides": True}
    assert str(made.secret) not in str(await log(house, INSTANCE))


async def test_it_goes_with_its_persons_address_only(house):
    made = await do(house, app_passwords.create, OPERATOR, FOR_BEN)

    with pytest.raises(Unauthenticated):
        await _proven(house, made.secret, email="ada@acme.example")


async def test_nobody_makes_one_for_somebody_else_not_even_an_admin(house):
    with pytest.raises(Forbidden):
        await do(house, app_passwords.create, at(ADA, INSTANCE), FOR_BEN)


@pytest.mark.parametrize("caller", [SCRIBE, by_drive(BEN, decides=True)])
async def test_only_a_browser_makes_one(house, caller):
    with pytest.raises(Forbidden):
        await do(house, app_passwords.create, caller, app_passwords.Create())


async def test_a_revoked_one_opens_nothing(house):
    made = await do(house, app_passwords.create, OPERATOR, FOR_BEN)

    await do(
        house, app_passwords.revoke, at(BEN, INSTANCE), app_passwords.Revoke(password=made.id)
    )

    assert (await last(house, INSTANCE))["type"] == "app_password.revoked"
    with pytest.raises(Unauthenticated):
        await _proven(house, made.secret)
    with pytest.raises(NotFound):
        await do(
            house,
            app_passwords.revoke,
            at(BEN, INSTANCE),
            app_passwords.Revoke(password=made.id),
        )


async def test_it_ends_with_its_person(house):
    made = await do(house, app_passwords.create, OPERATOR, FOR_BEN)
    await do(house, people.disable, OPERATOR, people.Of(person="pe_ben"))

    with pytest.raises(Unauthenticated):
        await _proven(house, made.secret)


async def test_ones_own_are_listed_without_secrets(house):
    await do(house, app_passwords.create, OPERATOR, FOR_BEN)

    mine = await house.ask(app_passwords.every, at(BEN, INSTANCE), app_passwords.Every())
    hers = await house.ask(app_passwords.every, at(ADA, INSTANCE), app_passwords.Every())

    assert [(each.name, each.decides, each.secret) for each in mine.items] == [
        ("drive", True, None)
    ]
    assert hers.items == ()


async def test_the_list_says_when_one_was_last_used(house):
    made = await do(house, app_passwords.create, OPERATOR, FOR_BEN)
    before = await house.ask(app_passwords.every, at(BEN, INSTANCE), app_passwords.Every())

    await house.engine.write(lambda tx: tx.accounts.seen(made.id), workspace=INSTANCE)

    after = await house.ask(app_passwords.every, at(BEN, INSTANCE), app_passwords.Every())
    assert before.items[0].seen_at is None
    assert after.items[0].seen_at >= made.created_at
    assert (await _proven(house, made.secret)).seen_at > 0


async def test_nobody_has_so_many_that_none_is_looked_over(house):
    made = [
        await do(house, app_passwords.create, OPERATOR, FOR_BEN)
        for _ in range(app_passwords.MOST)
    ]

    with pytest.raises(Conflict, match="50 app passwords"):
        await do(house, app_passwords.create, OPERATOR, FOR_BEN)

    gone = app_passwords.Revoke(password=made[0].id, person="ben@acme.example")
    await do(house, app_passwords.revoke, OPERATOR, gone)
    assert (await do(house, app_passwords.create, OPERATOR, FOR_BEN)).secret
