"""People and what proves them; agents and their keys; who is what to a workspace."""

import re
from hashlib import sha256

from msgspec import Struct

from signoff.domain.actors import ALL_SCOPES, Actor, Kind, Role, Scope
from signoff.domain.errors import Code, Conflict, Gone, Invalid
from signoff.domain.files import name_key
from signoff.domain.ids import DAY, HOUR, MINUTE, ActorId, CredentialId, Instant, Slug

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,38}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_GROUP = re.compile(r"[\w.-]{1,64}")
_KEY = re.compile(r"so_([a-z0-9][a-z0-9-]{1,38})_[A-Za-z0-9_-]{43}")
MAX_NAME = 200
MIN_PASSWORD = 8
MAX_PASSWORD = 1024

SESSION_LIFE = 14 * DAY
SESSION_IDLE = 12 * HOUR
LINK_LIFE = 1 * DAY
CLOSED_FOR = 30 * DAY
"""So long a closed workspace can be read, and reopened (RULES, Rights)."""
KEY_OVERLAP = 24 * HOUR
SEEN_EVERY = 5 * MINUTE
"""How exactly it is known when a credential was last used (STORAGE 27)."""

MAX_FAILURES = 5
FAILURE_WINDOW = 15 * MINUTE

APP_PASSWORD = "sp_"  # noqa: S105
"""What app passwords begin with, so that one is known wherever it is found."""


class Person(Struct, frozen=True, kw_only=True):
    """A person of the instance; `admin` is the first, and whom an admin makes one."""

    id: ActorId
    email: str
    name: str
    admin: bool = False
    created_at: Instant
    disabled_at: Instant | None = None
    has_password: bool = False

    @property
    def actor(self) -> Actor:
        """Return the person as one who acts."""
        return Actor(id=self.id, kind=Kind.PERSON, name=self.name)


class Session(Struct, frozen=True, kw_only=True):
    """A browser that signed in."""

    id: CredentialId
    person: ActorId
    created_at: Instant
    expires_at: Instant
    seen_at: Instant


class AppPassword(Struct, frozen=True, kw_only=True):
    """A password for a mounted drive; `decides` says whether moving may decide."""

    id: CredentialId
    person: ActorId
    name: str
    decides: bool
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None
    seen_at: Instant | None = None
    """When it was last used, to within five minutes; None before the first time."""

    def alive(self, now: Instant) -> bool:
        """Say whether it still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Workspace(Struct, frozen=True, kw_only=True):
    """The shared place and the tenant boundary; `keys` are wrapped by the root key."""

    slug: Slug
    name: str
    created_at: Instant
    created_by: ActorId = ActorId("system")
    closed_at: Instant | None = None
    keys: bytes = b""

    @property
    def destroyed(self) -> bool:
        """Say whether it is being destroyed, or is: nothing of it can be decrypted."""
        return not self.keys

    @property
    def ends_at(self) -> Instant | None:
        """Return when it is destroyed, if it is closed; until then it can be reopened."""
        return None if self.closed_at is None else Instant(self.closed_at + CLOSED_FOR)

    def overdue(self, now: Instant) -> bool:
        """Say whether it is to be destroyed; of one that is, the directory keeps no name."""
        return self.ends_at is not None and self.ends_at <= now and bool(self.name)


def check_overdue(workspace: Workspace, now: Instant) -> None:
    """Refuse to destroy what is open, or has time left."""
    if not workspace.overdue(now):
        raise Conflict(
            f"“{workspace.slug}” is not to be destroyed now",
            code=Code.WRONG_STATE,
            hint="A workspace is destroyed thirty days after it was closed.",
        )


def check_reopens(workspace: Workspace, now: Instant) -> None:
    """Refuse to reopen what is open, or what there is nothing left of."""
    if workspace.closed_at is None:
        raise Conflict(
            "The workspace is open",
            hint="Nothing needs doing; only a closed one is reopened.",
            code=Code.WRONG_STATE,
        )
    if workspace.destroyed or workspace.overdue(now):
        raise Gone(
            "The workspace is destroyed, or is being destroyed",
            hint="Restore a backup, or make a workspace with another slug.",
        )


class Member(Struct, frozen=True, kw_only=True):
    """A person's role in a workspace, and the groups that reviews can be asked of."""

    person: ActorId
    role: Role
    groups: tuple[str, ...] = ()
    since: Instant = Instant(0)


class Agent(Struct, frozen=True, kw_only=True):
    """A program that works in one workspace; it has one owner, or none."""

    id: ActorId
    name: str
    owner: ActorId | None = None
    created_at: Instant
    disabled_at: Instant | None = None

    @property
    def actor(self) -> Actor:
        """Return the agent as one who acts."""
        return Actor(id=self.id, kind=Kind.AGENT, name=self.name, owner=self.owner)


class ApiKey(Struct, frozen=True, kw_only=True):
    """An agent's key, without its secret."""

    id: CredentialId
    agent: ActorId
    scopes: frozenset[Scope] = ALL_SCOPES
    paths: tuple[str, ...] = ()
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None

    def alive(self, now: Instant) -> bool:
        """Say whether the key still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def is_slug(raw: str) -> bool:
    """Say whether a workspace may be called so in URLs."""
    return _SLUG.fullmatch(raw) is not None


def checked_slug(raw: str) -> Slug:
    """Return a workspace's slug, or refuse it."""
    if not is_slug(raw):
        raise Invalid(
            f"“{raw}” cannot be a workspace's name in URLs",
            hint="Use 2 to 39 lower-case letters, digits and hyphens, no hyphen first.",
        )
    return Slug(raw)


def checked_email(raw: str) -> str:
    """Return an e-mail address without blanks around it, or refuse it."""
    text = raw.strip()
    if not _EMAIL.fullmatch(text) or len(text) > MAX_NAME:
        raise Invalid(f"“{raw}” is not an e-mail address", hint="Write it as name@host.")
    return text


def email_key(email: str) -> str:
    """Return what two people's addresses must not share."""
    return name_key(email.strip())


def checked_name(raw: str) -> str:
    """Return a display name, or refuse it."""
    text = " ".join(raw.split())
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise Invalid("A name has 1 to 200 printable characters", hint="Choose another name.")
    return text


def checked_password(raw: str) -> str:
    """Return a password that is long enough, or refuse it (NIST SP 800-63B, 5.1.1.2)."""
    if not MIN_PASSWORD <= len(raw) <= MAX_PASSWORD:
        raise Invalid(
            f"A password has at least {MIN_PASSWORD} characters",
            hint="A few words that belong together only for you are good.",
        )
    return raw


def checked_group(raw: str) -> str:
    """Return a group's name, or refuse it."""
    if not _GROUP.fullmatch(raw):
        raise Invalid(
            f"“{raw}” cannot be the name of a group",
            hint="Use up to 64 letters, digits, dots, hyphens and underscores.",
        )
    return raw


def workspace_of_key(secret: str) -> Slug | None:
    """Return the workspace that an API key names (STORAGE 26); None if it is no key."""
    found = _KEY.fullmatch(secret)
    return Slug(found.group(1)) if found else None


def idle(session: Session, now: Instant) -> bool:
    """Say whether a session ended for not being used."""
    return now - session.seen_at > SESSION_IDLE


def digest_of_secret(secret: str) -> bytes:
    """Return what is kept of a random secret: 256 random bits need no slow hash."""
    return sha256(secret.encode()).digest()
