"""The cast of every play: who acts in the workspace Acme, and how to ask what happened."""

import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from signoff.actions import workspaces
from signoff.actions.house import Action, House
from signoff.actions.lock_views import LockView
from signoff.actions.workspaces import keys_of
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey
from signoff.blobs.memory import MemoryStore
from signoff.domain.accounts import Agent, Member, Person
from signoff.domain.actors import (
    Actor,
    Caller,
    Credential,
    CredentialKind,
    Door,
    Kind,
    Role,
    operator,
    system,
)
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, ActorId, CredentialId, Slug
from signoff.store.sqlite import Sqlite
from signoff.store.transaction import Transaction

P = TypeVar("P")
R = TypeVar("R")

ACME = Slug("acme")
OPERATOR = operator(INSTANCE)
"""Whoever runs the server, at the instance; `at(OPERATOR, ACME)` is them in the workspace."""


def _person(
    name: str, role: Role, *, admin: bool = False, groups: tuple[str, ...] = ()
) -> Caller:
    return Caller(
        actor=Actor(id=ActorId(f"pe_{name}"), kind=Kind.PERSON, name=name.title()),
        role=role,
        credential=Credential(
            id=CredentialId(f"se_{name}"), kind=CredentialKind.SESSION, decides=True
        ),
        door=Door.WEB,
        workspace=ACME,
        groups=frozenset(groups),
        admin=admin,
    )


def _agent(name: str, *, owner: Caller) -> Caller:
    return Caller(
        actor=Actor(
            id=ActorId(f"ag_{name}"),
            kind=Kind.AGENT,
            name=name.title(),
            owner=owner.actor.id,
        ),
        role=Role.AGENT,
        credential=Credential(id=CredentialId(f"ky_{name}"), kind=CredentialKind.API_KEY),
        door=Door.REST,
        workspace=ACME,
    )


ADA = _person("ada", Role.OWNER, admin=True)
BEN = _person("ben", Role.REVIEWER, groups=("legal",))
MAY = _person("may", Role.MANAGER)
DAN = _person("dan", Role.CONTRIBUTOR)
RITA = _person("rita", Role.READER)
SCRIBE = _agent("scribe", owner=ADA)
CLERK = _agent("clerk", owner=BEN)
PEOPLE = (ADA, BEN, MAY, DAN, RITA)
AGENTS = (SCRIBE, CLERK)


def at(caller: Caller, workspace: Slug) -> Caller:
    """Return the same caller as another workspace sees them: without a role, if they had one."""
    known = caller.role is Role.SYSTEM
    return msgspec.structs.replace(
        caller,
        workspace=workspace,
        role=caller.role if known else None,
        groups=frozenset(),
    )


def by_drive(caller: Caller, *, decides: bool) -> Caller:
    """Return a person with an app password instead of a browser."""
    credential = Credential(
        id=CredentialId("ap_drive"), kind=CredentialKind.APP_PASSWORD, decides=decides
    )
    return msgspec.structs.replace(caller, credential=credential, door=Door.DAV)


def empty_house(folder: Path) -> House:
    """Open a house in which nothing was founded yet."""
    engine = Sqlite(str(folder / "signoff.db"))
    engine.open()
    store = MemoryStore()
    keyring = Keyring(RootKey(b"k" * 32), keys_of(engine, store))
    return House(engine, Encrypted(store, keyring), keyring, base_url="http://signoff.example")


async def move_in(house: House) -> None:
    """Found Acme and let the cast in."""
    create = workspaces.Create(slug=ACME, name="Acme")
    await house.do(workspaces.create, OPERATOR, create)
    await house.keys(ACME)
    await house.engine.write(_add_cast, workspace=ACME)


def _add_cast(tx: Transaction) -> None:
    for one in PEOPLE:
        assert one.role is not None
        person = Person(
            id=one.actor.id,
            email=f"{one.actor.name.lower()}@acme.example",
            name=one.actor.name,
            admin=one.admin,
            created_at=tx.now,
        )
        tx.accounts.add(person, password="")
        tx.members.set_member(
            Member(person=person.id, role=one.role, groups=tuple(one.groups), since=tx.now)
        )
        tx.record(Event(type=Type.MEMBER_SET, subject=person.id), caller=system(ACME))
    for one in AGENTS:
        agent = Agent(
            id=one.actor.id, name=one.actor.name, owner=one.actor.owner, created_at=tx.now
        )
        tx.members.add_agent(agent)
        tx.record(Event(type=Type.AGENT_CREATED, subject=agent.id), caller=system(ACME))


async def do(house: House, action: Action[P, R], caller: Caller, asked: P, **how: Any) -> R:
    """Have an act done and return its result."""
    done = await house.do(action, caller, asked, **how)
    assert done.result is not None
    return done.result


async def log(house: House, workspace: Slug = ACME) -> list[dict[str, Any]]:
    """Return the entries of a log, each with its private part under `private`."""
    rows = await house.engine.read(
        lambda tx: tx.audit.after(0, limit=10_000), workspace=workspace
    )
    return [
        json.loads(row.leaf) | {"private": json.loads(row.private) if row.private else {}}
        for row in rows
    ]


async def last(house: House, workspace: Slug = ACME) -> dict[str, Any]:
    """Return the last entry of a log."""
    return (await log(house, workspace))[-1]


def held(lock: object) -> str:
    """Return the token of a lock that was taken."""
    assert isinstance(lock, LockView)
    assert isinstance(lock.token, str)
    return lock.token
