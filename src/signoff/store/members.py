"""Who is what to a workspace: members, agents, keys, grants, the policy."""

from typing import Any

from msgspec import Struct

from signoff.domain.accounts import Agent, ApiKey, Member, Person
from signoff.domain.actors import Role, Scope
from signoff.domain.files import name_key
from signoff.domain.ids import ActorId, CredentialId, Instant, Slug
from signoff.store.rows import Rows, from_body, to_body

_KEY = "k.id, k.agent, k.scopes, k.paths, k.created_at, k.expires_at, k.revoked_at"
_CLOSED = "EXISTS (SELECT 1 FROM workspaces w WHERE w.slug = :ws AND w.closed_at IS NOT NULL)"
_AGENT = "a.id, a.name, a.owner, a.created_at, a.disabled_at"


def _key(row: tuple[Any, ...]) -> ApiKey:
    return ApiKey(
        id=row[0],
        agent=row[1],
        scopes=frozenset(Scope(scope) for scope in row[2].split()),
        paths=from_body(row[3], tuple[str, ...]),
        created_at=row[4],
        expires_at=row[5],
        revoked_at=row[6],
    )


def _agent(row: tuple[Any, ...]) -> Agent:
    return Agent(id=row[0], name=row[1], owner=row[2], created_at=row[3], disabled_at=row[4])


def _member(row: tuple[Any, ...]) -> Member:
    return Member(
        person=row[0],
        role=Role(row[1]),
        groups=from_body(row[2], tuple[str, ...]),
        since=row[3],
    )


class PolicyRow(Struct, frozen=True, kw_only=True):
    """A policy that was set: which, by whom, when."""

    number: int
    body: bytes
    at: Instant
    by: ActorId


class Members(Rows):
    """Roles, agents, keys, grants and policies of one workspace."""

    __slots__ = ()

    def member(self, person: ActorId) -> Member | None:
        """Return a person's membership."""
        row = self.tx.one(
            "SELECT person, role, groups, since FROM members"
            " WHERE ws = :ws AND person = :person",
            ws=self.ws,
            person=person,
        )
        return _member(row) if row else None

    def standing(self, person: ActorId) -> tuple[Member, bool] | None:
        """Return a person's membership, and whether the workspace is closed."""
        row = self.tx.one(
            f"SELECT person, role, groups, since, {_CLOSED} FROM members"
            " WHERE ws = :ws AND person = :person",
            ws=self.ws,
            person=person,
        )
        return (_member(row[:4]), bool(row[4])) if row else None

    def all_members(self) -> list[Member]:
        """Return every member."""
        rows = self.tx.all(
            "SELECT person, role, groups, since FROM members WHERE ws = :ws ORDER BY since",
            ws=self.ws,
        )
        return [_member(row) for row in rows]

    def people(self) -> list[tuple[Member, Person]]:
        """Return every member who can sign in, with the person that they are."""
        rows = self.tx.all(
            "SELECT m.person, m.role, m.groups, m.since, p.email, p.name, p.created_at"
            " FROM members m JOIN people p ON p.id = m.person AND p.disabled_at IS NULL"
            " WHERE m.ws = :ws ORDER BY m.since",
            ws=self.ws,
        )
        return [
            (
                _member(row[:4]),
                Person(id=row[0], email=row[4], name=row[5], created_at=row[6]),
            )
            for row in rows
        ]

    def of_person(self, person: ActorId) -> list[tuple[Slug, Role]]:
        """Return the workspaces of a person and their role in each."""
        rows = self.tx.all(
            "SELECT ws, role FROM members WHERE person = :person ORDER BY ws", person=person
        )
        return [(Slug(row[0]), Role(row[1])) for row in rows]

    def set_member(self, member: Member) -> None:
        """Give a person a role and groups."""
        self.tx.run(
            "INSERT INTO members (ws, person, role, groups, since)"
            " VALUES (:ws, :person, :role, :groups, :since) ON CONFLICT (ws, person)"
            " DO UPDATE SET role = excluded.role, groups = excluded.groups",
            ws=self.ws,
            person=member.person,
            role=member.role.value,
            groups=to_body(member.groups),
            since=member.since,
        )

    def remove_member(self, person: ActorId) -> bool:
        """Take a person out of the workspace."""
        return (
            self.tx.changed(
                "DELETE FROM members WHERE ws = :ws AND person = :person",
                ws=self.ws,
                person=person,
            )
            == 1
        )

    # Agents and their keys.

    def add_agent(self, agent: Agent) -> None:
        """Add an agent."""
        self.tx.run(
            "INSERT INTO agents (ws, id, name, name_key, owner, created_at)"
            " VALUES (:ws, :id, :name, :key, :owner, :created_at)",
            ws=self.ws,
            id=agent.id,
            name=agent.name,
            key=name_key(agent.name),
            owner=agent.owner,
            created_at=agent.created_at,
        )

    def agent(self, agent: ActorId) -> Agent | None:
        """Return an agent."""
        row = self.tx.one(
            f"SELECT {_AGENT} FROM agents a WHERE a.ws = :ws AND a.id = :id",
            ws=self.ws,
            id=agent,
        )
        return _agent(row) if row else None

    def agent_named(self, name: str) -> Agent | None:
        """Return the agent of a name, whatever its case."""
        row = self.tx.one(
            f"SELECT {_AGENT} FROM agents a WHERE a.ws = :ws AND a.name_key = :key",
            ws=self.ws,
            key=name_key(name),
        )
        return _agent(row) if row else None

    def all_agents(self) -> list[Agent]:
        """Return every agent."""
        rows = self.tx.all(
            f"SELECT {_AGENT} FROM agents a WHERE a.ws = :ws ORDER BY a.name_key", ws=self.ws
        )
        return [_agent(row) for row in rows]

    def disable_agent(self, agent: ActorId) -> bool:
        """Keep an agent from acting; say whether it could."""
        return (
            self.tx.changed(
                "UPDATE agents SET disabled_at = :now"
                " WHERE ws = :ws AND id = :id AND disabled_at IS NULL",
                ws=self.ws,
                id=agent,
                now=self.tx.now,
            )
            == 1
        )

    def add_key(self, key: ApiKey, *, hash_: bytes) -> None:
        """Add an API key."""
        self.tx.run(
            "INSERT INTO keys (ws, id, agent, hash, scopes, paths, created_at, expires_at)"
            " VALUES (:ws, :id, :agent, :hash, :scopes, :paths, :created_at, :expires_at)",
            ws=self.ws,
            id=key.id,
            agent=key.agent,
            hash=hash_,
            scopes=" ".join(sorted(key.scopes)),
            paths=to_body(key.paths),
            created_at=key.created_at,
            expires_at=key.expires_at,
        )

    def key_by_hash(self, hash_: bytes) -> tuple[ApiKey, Agent, bool] | None:
        """Return a key and its agent, alive or not, and whether the workspace is closed."""
        row = self.tx.one(
            f"SELECT {_KEY}, {_AGENT}, {_CLOSED} FROM keys k JOIN agents a"
            " ON a.ws = k.ws AND a.id = k.agent WHERE k.ws = :ws AND k.hash = :hash",
            ws=self.ws,
            hash=hash_,
        )
        return (_key(row[:7]), _agent(row[7:12]), bool(row[12])) if row else None

    def key(self, key: CredentialId) -> ApiKey | None:
        """Return a key."""
        row = self.tx.one(
            f"SELECT {_KEY} FROM keys k WHERE k.ws = :ws AND k.id = :id", ws=self.ws, id=key
        )
        return _key(row) if row else None

    def keys_of(self, agent: ActorId) -> list[ApiKey]:
        """Return an agent's keys."""
        rows = self.tx.all(
            f"SELECT {_KEY} FROM keys k WHERE k.ws = :ws AND k.agent = :agent ORDER BY k.id",
            ws=self.ws,
            agent=agent,
        )
        return [_key(row) for row in rows]

    def end_key(self, key: CredentialId, *, at: Instant) -> None:
        """Give a key an end: the overlap of a rotation."""
        self.tx.run(
            "UPDATE keys SET expires_at = :at WHERE ws = :ws AND id = :id"
            " AND (expires_at IS NULL OR expires_at > :at)",
            ws=self.ws,
            id=key,
            at=at,
        )

    def revoke_key(self, key: CredentialId) -> bool:
        """Revoke a key; say whether it was not revoked before."""
        return (
            self.tx.changed(
                "UPDATE keys SET revoked_at = :now"
                " WHERE ws = :ws AND id = :id AND revoked_at IS NULL",
                ws=self.ws,
                id=key,
                now=self.tx.now,
            )
            == 1
        )

    # Grants: rights on a path that differ from the role's.

    def grants(self) -> list[tuple[str, str, str, frozenset[str]]]:
        """Return every grant: id, subject, path, rights."""
        rows = self.tx.all(
            "SELECT path, subject, id, rights FROM grants WHERE ws = :ws", ws=self.ws
        )
        return [(row[2], row[1], row[0], frozenset(row[3].split())) for row in sorted(rows)]

    def set_grant(self, grant: str, *, subject: str, path: str, rights: frozenset[str]) -> None:
        """Set what a subject may do on a path and below."""
        self.tx.run(
            "INSERT INTO grants (ws, id, subject, path, rights, set_at)"
            " VALUES (:ws, :id, :subject, :path, :rights, :now)"
            " ON CONFLICT (ws, subject, path)"
            " DO UPDATE SET rights = excluded.rights, set_at = excluded.set_at",
            ws=self.ws,
            id=grant,
            subject=subject,
            path=path,
            rights=" ".join(sorted(rights)),
            now=self.tx.now,
        )

    def remove_grant(self, grant: str) -> bool:
        """Remove a grant; say whether there was one."""
        return (
            self.tx.changed(
                "DELETE FROM grants WHERE ws = :ws AND id = :id", ws=self.ws, id=grant
            )
            == 1
        )

    # The policy. Every one that ever held is kept.

    def policy(self) -> tuple[int, bytes] | None:
        """Return the number and body of the policy in force."""
        row = self.tx.one(
            "SELECT number, body FROM policies WHERE ws = :ws ORDER BY number DESC LIMIT 1",
            ws=self.ws,
        )
        return (row[0], bytes(row[1])) if row else None

    def policies(self, *, before: int, limit: int) -> list[PolicyRow]:
        """Return policies that were ever set, the newest first."""
        rows = self.tx.all(
            "SELECT number, body, set_at, set_by FROM policies"
            " WHERE ws = :ws AND number < :before ORDER BY number DESC LIMIT :limit",
            ws=self.ws,
            before=before,
            limit=limit,
        )
        return [
            PolicyRow(number=row[0], body=bytes(row[1]), at=Instant(row[2]), by=row[3])
            for row in rows
        ]

    def set_policy(self, number: int, body: bytes, *, by: ActorId) -> None:
        """Add the next policy."""
        self.tx.run(
            "INSERT INTO policies (ws, number, body, set_at, set_by)"
            " VALUES (:ws, :number, :body, :now, :by)",
            ws=self.ws,
            number=number,
            body=body,
            now=self.tx.now,
            by=by,
        )
