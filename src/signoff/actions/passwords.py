"""Passwords: hashed and compared in a thread, outside any transaction, two at a time."""

import asyncio
import secrets
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from signoff.actions import people, sessions
from signoff.actions.house import House
from signoff.actions.people import PersonView
from signoff.actions.retries import Done
from signoff.actions.sessions import SignedIn
from signoff.domain.accounts import (
    MAX_NAME,
    MAX_PASSWORD,
    checked_email,
    checked_name,
    checked_password,
)
from signoff.domain.actors import Caller, Door, Kind, system
from signoff.domain.errors import Code, Unauthenticated
from signoff.domain.ids import INSTANCE
from signoff.domain.permissions import Permission, allowed

if TYPE_CHECKING:
    from argon2 import PasswordHasher

AT_ONCE = 2
"""A hash takes 64 MiB and a core for a while; more at once would starve the acts."""


class NewPerson(Struct, frozen=True, kw_only=True):
    """A new person; without a password they get a link that signs them in once."""

    email: str
    name: str
    password: str | None = None


class NewPassword(Struct, frozen=True, kw_only=True):
    """One's new password, with the one before it if there was one."""

    new: str
    current: str = ""


class SignIn(Struct, frozen=True, kw_only=True):
    """What a person types in."""

    email: str
    password: str


class Passwords:
    """The acts that hash. Each costs tens of milliseconds, and no transaction waits for it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._hasher: PasswordHasher | None = None
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of a password that is long enough."""
        checked = checked_password(password)
        async with self._turns:
            return await asyncio.to_thread(self._argon().hash, checked)

    async def matches(self, encoded: str, password: str) -> bool:
        """Say whether the password is right; takes as long when there is nothing to match."""
        async with self._turns:
            return await asyncio.to_thread(self._verify, encoded, password)

    async def create_person(self, caller: Caller, asked: NewPerson) -> Done[PersonView]:
        """Add a person, with a password or with a link that signs them in once."""
        email, name = checked_email(asked.email), checked_name(asked.name)
        encoded = ""
        if asked.password is not None and allowed(caller, Permission.PERSON_CREATE):
            encoded = await self.hash(asked.password)  # who may not is refused by the act
        wanted = people.Create(email=email, name=name, encoded=encoded)
        return await self.house.do(people.create, caller, wanted)

    async def reset(self, caller: Caller, person: str, password: str) -> Done[PersonView]:
        """Set somebody's password, as an admin or the operator."""
        encoded = await self.hash(password)
        wanted = people.SetPassword(person=person, encoded=encoded)
        return await self.house.do(people.set_password, caller, wanted)

    async def change(self, caller: Caller, asked: NewPassword) -> Done[PersonView]:
        """Change one's own password; the one before it is asked for, guesses are counted."""
        person = await self.house.engine.read(
            lambda tx: tx.accounts.by_id(caller.actor.id), workspace=INSTANCE
        )
        if person is not None and person.has_password:
            await self._check(caller, SignIn(email=person.email, password=asked.current))
        return await self.reset(caller, caller.actor.id, asked.new)

    async def sign_in(
        self, asked: SignIn, *, door: Door, address: str = "", request_id: str = ""
    ) -> SignedIn:
        """Begin a session for whoever knows the password."""
        caller = msgspec.structs.replace(
            system(INSTANCE, door=door), address=address, request_id=request_id
        )
        if len(asked.email) > MAX_NAME or len(asked.password) > MAX_PASSWORD:
            raise _wrong()  # nobody's, and too long to be counted by
        attempt = await self._check(caller, asked)
        assert attempt.person is not None
        begin = sessions.Begin(person=attempt.person, attempt=attempt)
        done = await self.house.do(sessions.begin, self._for_the_log(caller), begin)
        assert done.result is not None
        return done.result

    async def sign_in_by_link(
        self, secret: str, *, door: Door, address: str = "", request_id: str = ""
    ) -> SignedIn:
        """Begin a session for whoever has a live link, which is used up."""
        caller = msgspec.structs.replace(
            system(INSTANCE, door=door), address=address, request_id=request_id
        )
        begin = sessions.BeginByLink(secret=secret)
        done = await self.house.do(sessions.begin_by_link, self._for_the_log(caller), begin)
        assert done.result is not None
        return done.result

    def _for_the_log(self, caller: Caller) -> Caller:
        if self.house.keep_addresses:
            return caller
        return msgspec.structs.replace(caller, address="")

    async def _check(self, caller: Caller, asked: SignIn) -> sessions.Attempted:
        done = await self.house.do(
            sessions.attempt, caller, sessions.Attempt(email=asked.email)
        )
        attempt = done.result
        assert attempt is not None
        right = await self.matches(attempt.encoded, asked.password)
        if not right or attempt.person is None:
            raise _wrong()
        if caller.actor.kind is Kind.PERSON:
            forgiven = sessions.Forgive(attempt=attempt)
            await self.house.do(sessions.forgive, caller, forgiven)
        return attempt

    def _argon(self) -> "PasswordHasher":
        if self._hasher is None:
            from argon2 import PasswordHasher  # noqa: PLC0415  start-up need not wait for it

            self._hasher = PasswordHasher()
        return self._hasher

    def _verify(self, encoded: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

        hasher = self._argon()
        if not self._nobody:
            self._nobody = hasher.hash(secrets.token_urlsafe(16))
        try:
            return hasher.verify(encoded or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False


def _wrong() -> Unauthenticated:
    return Unauthenticated(
        "The e-mail address or the password is wrong",
        code=Code.WRONG_PASSWORD,
        hint="Try again, or ask an admin for a sign-in link.",
    )
