"""What must hold when several nodes change people, keys and rights at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest

from signoff.actions import members, people, policies, workspaces
from signoff.actions.house import House
from signoff.actions.passwords import Passwords, SignIn
from signoff.actions.workspaces import keys_of
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey
from signoff.blobs.memory import MemoryStore
from signoff.domain.actors import Door, Role
from signoff.domain.errors import Refusal
from signoff.domain.ids import INSTANCE, Slug
from tests.actions.cast import ACME, ADA, OPERATOR, at, do, log, move_in
from tests.databases import KINDS, engine


@pytest.fixture(params=KINDS)
async def bare(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    kind = str(request.param)
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    store = MemoryStore()
    opened = engine(kind, folder=tmp_path, postgres_url=url)
    keyring = Keyring(RootKey(b"k" * 32), keys_of(opened, store))
    house = House(opened, Encrypted(store, keyring), keyring, base_url="http://signoff.example")
    yield house
    await house.close()


@pytest.fixture
async def acme(bare: House) -> House:
    await move_in(bare)
    return bare


async def _code(act: Awaitable[object]) -> str:
    """Return how an act ended: its refusal's code, or `done`."""
    try:
        await act
    except Refusal as refusal:
        return str(refusal.code)
    return "done"


async def test_of_those_who_come_first_one_is_the_admin(bare):
    made = await asyncio.gather(
        *(
            do(
                bare,
                people.create,
                OPERATOR,
                people.Create(email=f"p{n}@acme.example", name=f"Person {n}"),
            )
            for n in range(6)
        )
    )

    assert [person.admin for person in made].count(True) == 1


async def test_a_slug_that_is_raced_for_is_given_once(bare):
    ended = await asyncio.gather(
        *(
            _code(do(bare, workspaces.create, OPERATOR, workspaces.Create(slug="acme")))
            for _ in range(4)
        )
    )

    assert sorted(ended) == ["done", "exists", "exists", "exists"]


async def test_a_workspace_is_founded_once_however_many_find_it_missing(bare):
    await do(bare, workspaces.create, OPERATOR, workspaces.Create(slug="acme"))
    fetch = keys_of(bare.engine, bare.blobs.store)

    await asyncio.gather(*(fetch(Slug("acme")) for _ in range(6)))

    assert [entry["type"] for entry in await log(bare)] == ["workspace.created"]


async def test_two_owners_cannot_both_leave(acme):
    await do(acme, members.set, ADA, members.Set(person="pe_ben", role=Role.OWNER))
    operator = at(OPERATOR, ACME)

    ended = await asyncio.gather(
        _code(do(acme, members.remove, operator, members.Remove(person="pe_ada"))),
        _code(do(acme, members.remove, operator, members.Remove(person="pe_ben"))),
    )

    assert sorted(ended) == ["done", "last_owner"]


async def test_policies_that_are_set_at_once_each_get_a_number(acme):
    made = await asyncio.gather(
        *(
            do(acme, policies.set, ADA, policies.Set(policy={"required": n}))
            for n in range(1, 6)
        )
    )

    assert sorted(each.number for each in made) == [1, 2, 3, 4, 5]


async def test_guesses_that_come_at_once_are_all_counted(acme):
    passwords = Passwords(acme)
    await passwords.reset(OPERATOR, "pe_ben", "correct horse")
    wrong = SignIn(email="ben@acme.example", password="wrong horse")

    ended = await asyncio.gather(
        *(_code(passwords.sign_in(wrong, door=Door.WEB)) for _ in range(8))
    )

    assert sorted(ended) == ["too_many_attempts"] * 3 + ["wrong_password"] * 5


async def test_a_link_that_is_raced_for_signs_in_once(acme):
    link = await do(acme, people.link, OPERATOR, people.Of(person="pe_ben"))
    secret = link.url.rpartition("/")[2]
    passwords = Passwords(acme)

    ended = await asyncio.gather(
        *(_code(passwords.sign_in_by_link(secret, door=Door.WEB)) for _ in range(4))
    )

    assert sorted(ended) == ["credential_expired"] * 3 + ["done"]
    started = [e for e in await log(acme, INSTANCE) if e["type"] == "session.started"]
    assert len(started) == 1
