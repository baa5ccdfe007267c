"""Who acts, with which credential, through which door."""

from enum import StrEnum

from msgspec import Struct

from signoff.domain.ids import ActorId, CredentialId, Slug


class Kind(StrEnum):
    """What sort of being an actor is. The kind is looked at before any role."""

    PERSON = "person"
    AGENT = "agent"
    GUEST = "guest"
    SYSTEM = "system"


class Role(StrEnum):
    """What an actor is to a workspace."""

    OWNER = "owner"
    MANAGER = "manager"
    REVIEWER = "reviewer"
    CONTRIBUTOR = "contributor"
    READER = "reader"
    AGENT = "agent"
    SYSTEM = "system"


class CredentialKind(StrEnum):
    """What proves an actor. Recorded with every act."""

    SESSION = "session"
    API_KEY = "api_key"
    APP_PASSWORD = "app_password"  # noqa: S105
    PORTAL_LINK = "portal_link"
    OPERATOR = "operator"
    SYSTEM = "system"


class Scope(StrEnum):
    """What an API key may be used for."""

    READ = "read"
    WRITE = "write"
    SUBMIT = "submit"
    CLAIM = "claim"


ALL_SCOPES = frozenset(Scope)


class Door(StrEnum):
    """The way by which an act came in."""

    REST = "rest"
    DAV = "dav"
    MCP = "mcp"
    WEB = "web"
    PORTAL = "portal"
    CLI = "cli"
    WORKER = "worker"


class Actor(Struct, frozen=True, kw_only=True):
    """A person, an agent, a guest or the system; `owner` is an agent's one owner."""

    id: ActorId
    kind: Kind
    name: str = ""
    owner: ActorId | None = None


class Credential(Struct, frozen=True, kw_only=True):
    """What was shown at the door.

    `decides` is true for browser sessions and for app passwords that were given the right.
    `paths` are the prefixes that narrow an API key; empty means no narrowing.
    """

    id: CredentialId
    kind: CredentialKind
    scopes: frozenset[Scope] = ALL_SCOPES
    decides: bool = False
    paths: tuple[str, ...] = ()


class Absent(Struct, frozen=True, kw_only=True):
    """A person who is away, and the groups in which they would have been asked."""

    person: ActorId
    groups: frozenset[str] = frozenset()


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks for what follows: the actor as seen by one workspace, on one request.

    `role` is None for an actor who is no member of `workspace`. In one that is `closed`
    everybody is a reader. `stands_in_for` are those who are away and delegated to the actor.
    """

    actor: Actor
    role: Role | None
    credential: Credential
    door: Door
    workspace: Slug
    groups: frozenset[str] = frozenset()
    admin: bool = False
    closed: bool = False
    stands_in_for: tuple[Absent, ...] = ()
    request_id: str = ""
    address: str = ""


SYSTEM = Actor(id=ActorId("system"), kind=Kind.SYSTEM, name="Signoff")


OPERATOR = Actor(id=ActorId("operator"), kind=Kind.SYSTEM, name="The operator")
"""Whoever has a shell on the server: they may do what the system may, so never decide."""


def operator(workspace: Slug) -> Caller:
    """Return the caller for the commands of whoever runs the server."""
    return Caller(
        actor=OPERATOR,
        role=Role.SYSTEM,
        credential=Credential(id=CredentialId("operator"), kind=CredentialKind.OPERATOR),
        door=Door.CLI,
        workspace=workspace,
    )


def system(workspace: Slug, *, door: Door = Door.WORKER) -> Caller:
    """Return the caller for acts of time, which nobody asked for."""
    return Caller(
        actor=SYSTEM,
        role=Role.SYSTEM,
        credential=Credential(id=CredentialId("system"), kind=CredentialKind.SYSTEM),
        door=door,
        workspace=workspace,
    )
