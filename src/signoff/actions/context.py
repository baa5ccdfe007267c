"""Who acts, in which transaction: what every action is given first."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.blobs.keys import WorkspaceKeys
from signoff.domain import permissions, policies, policy_readings, urls
from signoff.domain.actors import OPERATOR, SYSTEM, Absent, Actor, Caller, Kind
from signoff.domain.delegations import stood_in_for
from signoff.domain.events import Event
from signoff.domain.ids import ActorId, BlobId, Digest, Instant, LockToken, NodeId, Path, Slug
from signoff.domain.permissions import Access, Grant, Permission
from signoff.domain.reviewers import REVIEWING
from signoff.domain.stagings import Staging
from signoff.store.blobs import BlobRow
from signoff.store.delegations import Away
from signoff.store.transaction import Transaction

REMEMBERED = 10_000
"""So many actors of a workspace are remembered at a time."""


class NeedsBytes(Exception):
    """An action needs bytes that are not in the database."""

    def __init__(self, blob: BlobId, size: int) -> None:
        super().__init__(blob)
        self.blob = blob
        self.size = size


class NeedsStaging(Exception):
    """An action is too much for one transaction; `step` does it beforehand, out of sight.

    It is called with `first`, then with what it returned, until that is whole.
    """

    def __init__(self, step: "Callable[[Context, Staging], Staging]", first: Staging) -> None:
        super().__init__(first.source)
        self.step = step
        self.first = first


class Rules:
    """A workspace's grants, policy and actors, read once and good until rights change.

    What an act reads after it changed them itself is not kept: it may yet be undone.
    """

    __slots__ = ("actors", "away", "grants", "policy")

    def __init__(self) -> None:
        self.grants: tuple[Grant, ...] | None = None
        self.policy: tuple[int, policies.Policy] | None = None
        self.away: tuple[Away, ...] | None = None
        self.actors: dict[str, Actor] = {}


class Context:
    """The caller, the open transaction, the keys of the workspace.

    An action's first argument. Nothing else tells it who acts, or when.
    """

    __slots__ = (
        "_reviewer",
        "_rules",
        "base_url",
        "caller",
        "draw_keys",
        "fetched",
        "keys",
        "reach",
        "staged",
        "tokens",
        "tx",
    )

    def __init__(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        keys: WorkspaceKeys | None,
        tokens: frozenset[LockToken] = frozenset(),
        fetched: dict[BlobId, bytes] | None = None,
        staged: dict[NodeId, Staging] | None = None,
        base_url: str = "",
        draw_keys: Callable[[Slug], bytes] | None = None,
        rules: Rules | None = None,
        reach: urls.Allowed = urls.NOTHING,
    ) -> None:
        self.tx = tx
        self.caller = caller
        self.keys = keys
        self.tokens = tokens
        self.fetched = fetched or {}
        self.staged = staged or {}
        self.base_url = base_url
        self.draw_keys = draw_keys
        self.reach = reach
        self._rules = rules or Rules()
        self._reviewer: Caller | None = None

    @property
    def now(self) -> Instant:
        """Return the one time of this transaction."""
        return self.tx.now

    @property
    def workspace(self) -> Slug:
        """Return the workspace that is acted upon."""
        return self.caller.workspace

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Return the workspace's path grants."""
        known = self._rules.grants
        if known is None:
            known = tuple(
                Grant(subject=subject, path=Path(path), access=Access(next(iter(rights))))
                for _, subject, path, rights in self.tx.members.grants()
            )
            if not self.tx.touched_rights:
                self._rules.grants = known
        return known

    @property
    def policy(self) -> policies.Policy:
        """Return the workspace's policy, or the defaults."""
        return self._policy[1]

    @property
    def policy_number(self) -> int:
        """Return the number of the workspace's policy; 0 is what holds without one."""
        return self._policy[0]

    def look_again(self) -> None:
        """Read grants and policy anew: what is remembered may be a second old."""
        self._rules = Rules()

    @property
    def _policy(self) -> tuple[int, policies.Policy]:
        known = self._rules.policy
        if known is None:
            found = self.tx.members.policy()
            known = (found[0], _parsed(found[1])) if found else (0, policies.Policy())
            if not self.tx.touched_rights:
                self._rules.policy = known
        return known

    @property
    def away(self) -> tuple[Away, ...]:
        """Return who is away, or will be, and who stands in."""
        known = self._rules.away
        if known is None:
            known = tuple(self.tx.delegations.after(self.now))
            if not self.tx.touched_rights:
                self._rules.away = known
        return known

    @property
    def reviewer(self) -> Caller:
        """Return the caller with those who are away now and for whom they stand in."""
        if self._reviewer is None:
            self._reviewer = self.standing_in(self.caller)
        return self._reviewer

    def standing_in(self, caller: Caller) -> Caller:
        """Return a member with those who are away now and for whom they stand in."""
        if caller.actor.kind is not Kind.PERSON or caller.role not in REVIEWING:
            return caller
        asked = {each.delegation.person: each for each in self.away if each.role in REVIEWING}
        if not asked:
            return caller
        every = [each.delegation for each in asked.values()]
        absent = tuple(
            Absent(person=person, groups=frozenset(asked[person].groups))
            for person in stood_in_for(every, caller.actor.id, now=self.now)
        )
        return replace(caller, stands_in_for=absent) if absent else caller

    def permit(
        self, permission: Permission, *, path: Path | None = None, own: bool = False
    ) -> None:
        """Refuse what the caller may not do."""
        permissions.permit(self.caller, permission, path=path, grants=self.grants, own=own)

    def may(
        self, permission: Permission, *, path: Path | None = None, own: bool = False
    ) -> bool:
        """Say whether the caller may."""
        return permissions.allowed(
            self.caller, permission, path=path, grants=self.grants, own=own
        )

    def record(self, event: Event) -> str:
        """Put on the record what happened; return the event's id."""
        return self.tx.record(event, caller=self.caller)

    def actor(self, actor: ActorId) -> Actor:
        """Return who an id is; somebody who was forgotten has no name."""
        if actor == self.caller.actor.id:
            return self.caller.actor
        actors = self._rules.actors
        known = actors.get(actor)
        if known is None:
            known = self._look_up(actor)
            if len(actors) >= REMEMBERED:
                actors.clear()
            if not self.tx.touched_rights:
                actors[actor] = known
        return known

    def _look_up(self, actor: ActorId) -> Actor:
        if actor.startswith("ag_"):
            agent = self.tx.members.agent(actor)
            return agent.actor if agent else Actor(id=actor, kind=Kind.AGENT)
        if actor.startswith("pe_"):
            person = self.tx.accounts.by_id(actor)
            return person.actor if person else Actor(id=actor, kind=Kind.PERSON)
        if actor.startswith("gu_"):
            return Actor(id=actor, kind=Kind.GUEST)
        return OPERATOR if actor == OPERATOR.id else SYSTEM

    # Small bytes: what the server itself reads and writes in the tree.

    def keep(self, data: bytes, digest: Digest) -> BlobId:
        """Keep small bytes in the database, encrypted; return the blob that holds them."""
        known = self.tx.blobs.by_digest(digest)
        if known is not None and not known.damaged:
            return known.id
        blob = BlobId(self.tx.new_id("bl"))
        assert self.keys is not None
        self.tx.blobs.add(BlobRow(id=blob, digest=digest, size=len(data), is_inline=True))
        self.tx.blobs.keep_inline(blob, encrypt_small(self.keys.newest, data, context=blob))
        return blob

    def bytes_of(self, blob: BlobId) -> bytes:
        """Return a blob's bytes; raise NeedsBytes when they must be fetched first."""
        if blob in self.fetched:
            return self.fetched[blob]
        row = self.tx.blobs.by_id(blob)
        if row is not None and not row.is_inline:
            raise NeedsBytes(blob, row.size)
        inline = self.tx.blobs.inline(blob)
        assert inline is not None
        assert self.keys is not None
        return decrypt_small(self.keys, inline, context=blob)


@lru_cache(maxsize=256)
def _parsed(body: bytes) -> policies.Policy:
    return policy_readings.parse(body)


Result = Any
