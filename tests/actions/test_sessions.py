import msgspec
import pytest

from signoff.actions import people, sessions
from signoff.actions.credentials import by_session
from signoff.actions.house import House
from signoff.actions.passwords import NewPassword, NewPerson, Passwords, SignIn
from signoff.domain.accounts import digest_of_secret
from signoff.domain.actors import Credential, CredentialKind, Door
from signoff.domain.errors import Busy, Code, Forbidden, NotFound, Unauthenticated
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, CredentialId
from signoff.store.transaction import Transaction
from tests.actions.cast import BEN, OPERATOR, SCRIBE, at, do, last, log

RIGHT = SignIn(email="eve@acme.example", password="correct horse")
WRONG = SignIn(email="eve@acme.example", password="wrong horse")


@pytest.fixture
async def passwords(house: House) -> Passwords:
    made = Passwords(house)
    asked = NewPerson(email="eve@acme.example", name="Eve", password="correct horse")
    await made.create_person(OPERATOR, asked)
    return made


async def _person_of(house: House, secret: str) -> str:
    proven = await house.engine.read(lambda tx: by_session(tx, secret), workspace=INSTANCE)
    return proven.actor.name


async def _wrong(passwords: Passwords, times: int, **given) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            await passwords.sign_in(WRONG, door=Door.WEB, **given)


def _with_session(caller, session: str):
    credential = Credential(id=CredentialId(session), kind=CredentialKind.SESSION, decides=True)
    return msgspec.structs.replace(at(caller, INSTANCE), credential=credential)


async def test_the_right_password_begins_a_session(passwords):
    signed_in = await passwords.sign_in(RIGHT, door=Door.WEB, address="192.0.2.7")

    assert await _person_of(passwords.house, signed_in.secret) == "Eve"
    entry = await last(passwords.house, INSTANCE)
    assert (entry["type"], entry["subject"]) == ("session.started", signed_in.session)
    assert (entry["actor"], entry["credential"]) == (signed_in.person.id, signed_in.session)
    assert entry["codes"] == {"by": "password"}
    assert entry["private"]["address"] == "192.0.2.7"


async def test_of_a_secret_only_its_hash_is_kept(passwords):
    signed_in = await passwords.sign_in(RIGHT, door=Door.WEB)

    rows = await passwords.house.engine.read(
        lambda tx: tx.all("SELECT hash FROM sessions"), workspace=INSTANCE
    )
    assert [bytes(row[0]) for row in rows] == [digest_of_secret(signed_in.secret)]
    assert len(signed_in.secret) == 43


async def test_a_wrong_password_and_an_unknown_address_are_refused_alike(passwords):
    refusals = []
    for email in ("eve@acme.example", "nobody@acme.example"):
        asked = SignIn(email=email, password="wrong horse")
        with pytest.raises(Unauthenticated) as refused:
            await passwords.sign_in(asked, door=Door.WEB)
        refusals.append((refused.value.code, refused.value.message))

    assert refusals[0] == refusals[1]
    assert refusals[0][0] == Code.WRONG_PASSWORD


async def test_the_sixth_guess_waits_even_if_it_is_right(passwords):
    await _wrong(passwords, 5)

    with pytest.raises(Busy) as refused:
        await passwords.sign_in(RIGHT, door=Door.WEB)

    assert refused.value.code == Code.TOO_MANY_ATTEMPTS
    assert 0 < refused.value.facts["retry_after"] <= 900


async def test_guesses_are_counted_for_an_address_on_the_net_too(passwords):
    for n in range(5):
        asked = SignIn(email=f"guess{n}@acme.example", password="wrong horse")
        with pytest.raises(Unauthenticated):
            await passwords.sign_in(asked, door=Door.WEB, address="192.0.2.7")

    with pytest.raises(Busy):
        await passwords.sign_in(RIGHT, door=Door.WEB, address="192.0.2.7")
    assert await passwords.sign_in(RIGHT, door=Door.WEB, address="192.0.2.8")


async def test_a_right_password_is_not_counted(passwords):
    for _ in range(7):
        await passwords.sign_in(RIGHT, door=Door.WEB, address="192.0.2.7")

    await _wrong(passwords, 5, address="192.0.2.7")


async def test_guesses_are_forgotten_after_a_quarter_of_an_hour(passwords):
    await _wrong(passwords, 5)

    def age(tx: Transaction) -> None:
        tx.run("UPDATE signin_failures SET at = at - :much", much=900_000_001)

    await passwords.house.engine.write(age, workspace=INSTANCE)

    assert await passwords.sign_in(RIGHT, door=Door.WEB)


async def test_who_is_disabled_does_not_sign_in(passwords):
    signed_in = await passwords.sign_in(RIGHT, door=Door.WEB)
    await do(passwords.house, people.disable, OPERATOR, people.Of(person=RIGHT.email))

    with pytest.raises(Unauthenticated):
        await passwords.sign_in(RIGHT, door=Door.WEB)
    with pytest.raises(Unauthenticated):
        await _person_of(passwords.house, signed_in.secret)


async def test_a_link_signs_in_once(house):
    made = await do(house, people.link, OPERATOR, people.Of(person="pe_ben"))
    secret = made.url.rpartition("/")[2]
    passwords = Passwords(house)

    signed_in = await passwords.sign_in_by_link(secret, door=Door.WEB)

    assert await _person_of(house, signed_in.secret) == "Ben"
    assert (await last(house, INSTANCE))["codes"] == {"by": "link"}
    with pytest.raises(Unauthenticated) as refused:
        await passwords.sign_in_by_link(secret, door=Door.WEB)
    assert refused.value.code == Code.CREDENTIAL_EXPIRED


async def test_a_link_lasts_a_day(house):
    made = await do(house, people.link, OPERATOR, people.Of(person="pe_ben"))

    def age(tx: Transaction) -> None:
        tx.run("UPDATE signin_links SET expires_at = expires_at - :day", day=86_400_000_000)
        tx.record(Event(type=Type.PERSON_CHANGED), caller=OPERATOR)

    await house.engine.write(age, workspace=INSTANCE)

    secret = made.url.rpartition("/")[2]
    with pytest.raises(Unauthenticated):
        await Passwords(house).sign_in_by_link(secret, door=Door.WEB)


async def test_a_session_ends_when_it_was_idle_for_half_a_day(passwords):
    signed_in = await passwords.sign_in(RIGHT, door=Door.WEB)

    def age(tx: Transaction) -> None:
        tx.run("UPDATE sessions SET created_at = created_at - :much", much=43_200_000_001)
        tx.record(Event(type=Type.PERSON_CHANGED), caller=OPERATOR)

    await passwords.house.engine.write(age, workspace=INSTANCE)

    with pytest.raises(Unauthenticated) as refused:
        await _person_of(passwords.house, signed_in.secret)
    assert refused.value.code == Code.CREDENTIAL_EXPIRED


async def test_signing_out_ends_the_session(passwords):
    signed_in = await passwords.sign_in(RIGHT, door=Door.WEB)
    person = msgspec.structs.replace(
        _with_session(BEN, signed_in.session),
        actor=msgspec.structs.replace(BEN.actor, id=signed_in.person.id),
    )

    await do(passwords.house, sessions.end, person, sessions.End())

    assert (await last(passwords.house, INSTANCE))["type"] == "session.ended"
    with pytest.raises(Unauthenticated):
        await _person_of(passwords.house, signed_in.secret)


async def test_nobody_ends_anothers_session(passwords):
    signed_in = await passwords.sign_in(RIGHT, door=Door.WEB)

    asked = sessions.End(session=signed_in.session)
    with pytest.raises(NotFound):
        await do(passwords.house, sessions.end, at(BEN, INSTANCE), asked)
    with pytest.raises(Forbidden):
        await do(passwords.house, sessions.end, SCRIBE, sessions.End())


async def test_one_sees_ones_own_sessions(passwords):
    await passwords.sign_in(RIGHT, door=Door.WEB)
    here = await passwords.sign_in(RIGHT, door=Door.WEB)
    person = msgspec.structs.replace(
        _with_session(BEN, here.session),
        actor=msgspec.structs.replace(BEN.actor, id=here.person.id),
    )

    page = await passwords.house.ask(sessions.every, person, sessions.Every())

    assert [(each.id == here.session, each.current) for each in page.items] == [
        (True, True),
        (False, False),
    ]


async def test_a_new_password_ends_the_other_sessions(passwords):
    before = await passwords.sign_in(RIGHT, door=Door.WEB)
    here = await passwords.sign_in(RIGHT, door=Door.WEB)
    person = msgspec.structs.replace(
        _with_session(BEN, here.session),
        actor=msgspec.structs.replace(BEN.actor, id=here.person.id),
    )

    asked = NewPassword(current="correct horse", new="battery staple")
    await passwords.change(person, asked)

    assert await _person_of(passwords.house, here.secret) == "Eve"
    with pytest.raises(Unauthenticated):
        await _person_of(passwords.house, before.secret)
    with pytest.raises(Unauthenticated):
        await passwords.sign_in(RIGHT, door=Door.WEB)
    assert await passwords.sign_in(
        SignIn(email=RIGHT.email, password="battery staple"), door=Door.WEB
    )


async def test_a_new_password_needs_the_old_one(passwords):
    here = await passwords.sign_in(RIGHT, door=Door.WEB)
    person = msgspec.structs.replace(
        _with_session(BEN, here.session),
        actor=msgspec.structs.replace(BEN.actor, id=here.person.id),
    )
    before = await log(passwords.house, INSTANCE)

    asked = NewPassword(current="wrong horse", new="battery staple")
    with pytest.raises(Unauthenticated):
        await passwords.change(person, asked)

    assert await log(passwords.house, INSTANCE) == before
