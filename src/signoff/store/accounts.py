"""People, their sessions, sign-in links and app passwords: the directory's credentials."""

from typing import Any

from signoff.domain.accounts import AppPassword, Person, Session, email_key
from signoff.domain.ids import ActorId, CredentialId, Instant
from signoff.store.rows import Rows

_PERSON = "id, email, name, admin, created_at, disabled_at, password <> ''"
_APP = (
    "SELECT a.id, a.person, a.name, a.decides, a.created_at, a.expires_at, a.revoked_at, u.at"
    " FROM app_passwords a LEFT JOIN last_used u ON u.ws = '' AND u.credential = a.id"
)


def _person(row: tuple[Any, ...]) -> Person:
    return Person(
        id=row[0],
        email=row[1],
        name=row[2],
        admin=bool(row[3]),
        created_at=row[4],
        disabled_at=row[5],
        has_password=bool(row[6]),
    )


def _session(row: tuple[Any, ...]) -> Session:
    return Session(
        id=row[0], person=row[1], created_at=row[2], expires_at=row[3], seen_at=row[4]
    )


def _app_password(row: tuple[Any, ...]) -> AppPassword:
    return AppPassword(
        id=row[0],
        person=row[1],
        name=row[2],
        decides=bool(row[3]),
        created_at=row[4],
        expires_at=row[5],
        revoked_at=row[6],
        seen_at=row[7],
    )


class Accounts(Rows):
    """The directory's people."""

    __slots__ = ()

    def add(self, person: Person, *, password: str) -> None:
        """Add a person; `password` is the encoded hash, or empty."""
        self.tx.run(
            "INSERT INTO people (id, email, email_key, name, password, admin, created_at)"
            " VALUES (:id, :email, :key, :name, :password, :admin, :created_at)",
            id=person.id,
            email=person.email,
            key=email_key(person.email),
            name=person.name,
            password=password,
            admin=int(person.admin),
            created_at=person.created_at,
        )

    def by_id(self, person: ActorId) -> Person | None:
        """Return a person."""
        row = self.tx.one(f"SELECT {_PERSON} FROM people WHERE id = :id", id=person)
        return _person(row) if row else None

    def by_email(self, email: str) -> Person | None:
        """Return the person with an address, whatever its case."""
        row = self.tx.one(
            f"SELECT {_PERSON} FROM people WHERE email_key = :key", key=email_key(email)
        )
        return _person(row) if row else None

    def anybody(self) -> bool:
        """Say whether there is anybody yet; the first becomes the admin."""
        return self.tx.one("SELECT 1 FROM people LIMIT 1") is not None

    def names(self, ids: set[ActorId]) -> dict[ActorId, str]:
        """Return the names of people, by id; those who are gone are left out."""
        found = {}
        for person in ids:
            row = self.tx.one("SELECT name FROM people WHERE id = :id", id=person)
            if row:
                found[person] = str(row[0])
        return found

    def page(self, *, after: str, limit: int) -> list[Person]:
        """Return people in the order of their addresses."""
        rows = self.tx.all(
            f"SELECT {_PERSON} FROM people WHERE email_key > :after"
            " ORDER BY email_key LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [_person(row) for row in rows]

    def password(self, person: ActorId) -> str:
        """Return the encoded hash of a person's password; empty if there is none."""
        row = self.tx.one("SELECT password FROM people WHERE id = :id", id=person)
        return str(row[0]) if row else ""

    def set_password(self, person: ActorId, password: str) -> None:
        """Replace a person's password."""
        self.tx.run(
            "UPDATE people SET password = :password WHERE id = :id",
            id=person,
            password=password,
        )

    def disable(self, person: ActorId) -> None:
        """Keep a person from signing in."""
        self.tx.run(
            "UPDATE people SET disabled_at = :now WHERE id = :id", id=person, now=self.tx.now
        )

    # Sessions.

    def add_session(self, session: Session, *, hash_: bytes) -> None:
        """Add a session."""
        self.tx.run(
            "INSERT INTO sessions (id, hash, person, created_at, expires_at)"
            " VALUES (:id, :hash, :person, :created_at, :expires_at)",
            id=session.id,
            hash=hash_,
            person=session.person,
            created_at=session.created_at,
            expires_at=session.expires_at,
        )

    def session(self, hash_: bytes) -> tuple[Session, Person] | None:
        """Return a live session and its person by the secret's hash."""
        row = self.tx.one(
            "SELECT s.id, s.person, s.created_at, s.expires_at, coalesce(u.at, s.created_at),"
            " p.id, p.email, p.name, p.admin, p.created_at, p.disabled_at, p.password <> ''"
            " FROM sessions s JOIN people p ON p.id = s.person"
            " LEFT JOIN last_used u ON u.ws = '' AND u.credential = s.id"
            " WHERE s.hash = :hash AND s.ended_at IS NULL AND s.expires_at > :now"
            " AND p.disabled_at IS NULL",
            hash=hash_,
            now=self.tx.now,
        )
        if row is None:
            return None
        return _session(row[:5]), _person(row[5:])

    def end_session(self, session: CredentialId) -> bool:
        """End a session; say whether it was live."""
        return (
            self.tx.changed(
                "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL",
                id=session,
                now=self.tx.now,
            )
            == 1
        )

    def sessions_of(self, person: ActorId) -> list[Session]:
        """Return a person's live sessions, the newest first."""
        rows = self.tx.all(
            "SELECT s.id, s.person, s.created_at, s.expires_at, coalesce(u.at, s.created_at)"
            " FROM sessions s LEFT JOIN last_used u ON u.ws = '' AND u.credential = s.id"
            " WHERE s.person = :person AND s.ended_at IS NULL AND s.expires_at > :now"
            " ORDER BY s.created_at DESC, s.id DESC",
            person=person,
            now=self.tx.now,
        )
        return [_session(row) for row in rows]

    def end_sessions_of(self, person: ActorId, *, but: CredentialId | None = None) -> int:
        """End a person's sessions, all or all but one."""
        return self.tx.changed(
            "UPDATE sessions SET ended_at = :now"
            " WHERE person = :person AND id <> :but AND ended_at IS NULL",
            person=person,
            but=but or "",
            now=self.tx.now,
        )

    def over(self, *, idle_before: Instant, limit: int) -> list[tuple[CredentialId, ActorId]]:
        """Return live sessions whose time, or idle time, is over."""
        rows = self.tx.all(
            "SELECT s.id, s.person FROM sessions s"
            " LEFT JOIN last_used u ON u.ws = '' AND u.credential = s.id"
            " WHERE s.ended_at IS NULL AND (s.expires_at <= :now"
            " OR coalesce(u.at, s.created_at) <= :idle) LIMIT :limit",
            now=self.tx.now,
            idle=idle_before,
            limit=limit,
        )
        return [(CredentialId(row[0]), ActorId(row[1])) for row in rows]

    def seen(self, credential: CredentialId, *, workspace: str = "") -> None:
        """Remember that a credential was used; called every five minutes at most."""
        self.tx.run(
            "INSERT INTO last_used (ws, credential, at) VALUES (:ws, :credential, :now)"
            " ON CONFLICT (ws, credential) DO UPDATE SET at = excluded.at",
            ws=workspace,
            credential=credential,
            now=self.tx.now,
        )

    # Sign-in links.

    def add_link(self, person: ActorId, *, hash_: bytes, expires_at: Instant) -> None:
        """Add a link that signs a person in once."""
        self.tx.run(
            "INSERT INTO signin_links (hash, person, expires_at)"
            " VALUES (:hash, :person, :expires_at)",
            hash=hash_,
            person=person,
            expires_at=expires_at,
        )

    def use_link(self, hash_: bytes) -> Person | None:
        """Use a link up; return whom it signs in, if it was live."""
        row = self.tx.one(
            "UPDATE signin_links SET used_at = :now WHERE hash = :hash AND used_at IS NULL"
            " AND expires_at > :now RETURNING person",
            hash=hash_,
            now=self.tx.now,
        )
        return self.by_id(ActorId(row[0])) if row else None

    # App passwords.

    def add_app_password(self, password: AppPassword, *, hash_: bytes) -> None:
        """Add an app password."""
        self.tx.run(
            "INSERT INTO app_passwords (id, hash, person, name, decides, created_at,"
            " expires_at) VALUES (:id, :hash, :person, :name, :decides, :created_at,"
            " :expires_at)",
            id=password.id,
            hash=hash_,
            person=password.person,
            name=password.name,
            decides=int(password.decides),
            created_at=password.created_at,
            expires_at=password.expires_at,
        )

    def app_password(self, hash_: bytes) -> tuple[AppPassword, Person] | None:
        """Return a live app password and its person by the secret's hash."""
        row = self.tx.one(
            f"{_APP} WHERE a.hash = :hash AND a.revoked_at IS NULL"
            " AND (a.expires_at IS NULL OR a.expires_at > :now)",
            hash=hash_,
            now=self.tx.now,
        )
        if row is None:
            return None
        password = _app_password(row)
        person = self.by_id(password.person)
        if person is None or person.disabled_at is not None:
            return None
        return password, person

    def app_passwords(self, person: ActorId) -> list[AppPassword]:
        """Return a person's app passwords."""
        rows = self.tx.all(f"{_APP} WHERE a.person = :person ORDER BY a.id", person=person)
        return [_app_password(row) for row in rows]

    def revoke_app_password(self, password: CredentialId, *, person: ActorId) -> bool:
        """Revoke an app password; say whether it was live."""
        return (
            self.tx.changed(
                "UPDATE app_passwords SET revoked_at = :now WHERE id = :id"
                " AND person = :person AND revoked_at IS NULL",
                id=password,
                person=person,
                now=self.tx.now,
            )
            == 1
        )
