"""What the log says, as it is told to those who may see it (RULES, “Shapes”)."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.actions.views import CredentialView, Who, when
from signoff.domain import audit
from signoff.domain.actors import Caller, CredentialKind, Kind
from signoff.domain.audit import Entry, Private
from signoff.domain.drafts import draft_on
from signoff.domain.errors import Forbidden, NotFound
from signoff.domain.handoffs import MANAGING
from signoff.domain.ids import INSTANCE, ActorId, NodeId, Path
from signoff.domain.permissions import (
    Grant,
    Permission,
    acting_role,
    allowed,
    below,
    narrowed,
)
from signoff.store.audit import LogRow
from signoff.store.holds import HoldKind

GUARDED = frozenset(
    {
        "access",
        "app_password",
        "callback",
        "endpoint",
        "grant",
        "key",
        "member",
        "person",
        "session",
    }
)
"""Nouns whose events concern managers, and whom they happened to."""

PLACED = frozenset({"file", "folder", "claim", "lock", "handoff", "comment", "run"})
"""Nouns whose events happened at a place, so that only who may see it is told."""


class EventView(Struct, frozen=True, kw_only=True,
                rename={"from_path": "from", "to_path": "to"}):  # fmt: skip
    """One thing that happened. Fields that do not apply are left out.

    `position` counts from 1 without gaps; names are those that the ids have now.
    """

    position: int
    id: str
    type: str
    at: datetime
    actor: Who
    credential: CredentialView
    door: str
    path: str | UnsetType = UNSET
    from_path: str | UnsetType = UNSET
    to_path: str | UnsetType = UNSET
    version: int | UnsetType = UNSET
    digest: str | UnsetType = UNSET
    size: int | UnsetType = UNSET
    handoff: str | UnsetType = UNSET
    round: int | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    node: str | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    codes: dict[str, str | int | bool] | UnsetType = UNSET


class Told(Struct, frozen=True, kw_only=True):
    """An entry with all that decides who may see it.

    `where` are the places it happened at: those that it names, or where its node stands now.
    `draft_of` is whose unfinished work it was about.
    """

    entry: Entry
    event: EventView
    private: Private | None = None
    erased: bool = False
    where: tuple[Path, ...] = ()
    draft_of: ActorId | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """Which entries to keep; empty fields keep all. A path keeps what is below it, too."""

    type: str = ""
    actor: str = ""
    handoff: str = ""
    path: str = ""


def keeps(wanted: Wanted, told: Told) -> bool:
    """Say whether an entry is wanted."""
    entry = told.entry
    if wanted.type.endswith("."):
        right_type = entry.type.startswith(wanted.type)
    else:
        right_type = wanted.type in {"", entry.type}
    return (
        right_type
        and wanted.actor in {"", entry.actor}
        and wanted.handoff in {"", entry.handoff}
        and (not wanted.path or any(below(path, wanted.path) for path in told.where))
    )


# Reading.


def read(ctx: Context, rows: Iterable[LogRow]) -> tuple[Told, ...]:
    """Return what rows of the log tell, with names and places looked up once for all."""
    reader = _Reader(ctx)
    return tuple(reader.told(row) for row in rows)


class _Reader:
    """One page's look-ups, each made once."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.paths: dict[NodeId, Path | None] = {}
        self.drafts: dict[NodeId, tuple[ActorId, int] | None] = {}
        self.any_lock: bool | None = None

    def told(self, row: LogRow) -> Told:
        entry = audit.read_leaf(row.leaf)
        private = None if row.private is None else audit.read_private(row.private)
        return Told(
            entry=entry,
            event=self._event(entry, private or Private()),
            private=private,
            erased=private is None and entry.commitment is not None,
            where=self._where(entry, private or Private()),
            draft_of=self._draft_of(entry),
        )

    def _event(self, entry: Entry, private: Private) -> EventView:
        name = self.ctx.actor(entry.actor).name
        return EventView(
            position=entry.position,
            id=entry.id,
            type=entry.type.value,
            at=when(entry.at),
            actor=Who(id=entry.actor, kind=entry.actor_kind.value, name=name),
            credential=CredentialView(id=entry.credential, kind=entry.credential_kind.value),
            door=entry.door.value,
            path=private.path or UNSET,
            from_path=private.from_path or UNSET,
            to_path=private.to_path or UNSET,
            version=UNSET if entry.version is None else entry.version,
            digest=entry.digest or UNSET,
            size=UNSET if entry.size is None else entry.size,
            handoff=entry.handoff or UNSET,
            round=UNSET if entry.round is None else entry.round,
            reason=private.reason or UNSET,
            node=entry.node or UNSET,
            subject=entry.subject or UNSET,
            codes=entry.codes or UNSET,
        )

    def _where(self, entry: Entry, private: Private) -> tuple[Path, ...]:
        named = (private.path, private.from_path, private.to_path)
        found = tuple(Path(path) for path in named if path)
        if found:
            return found
        node = entry.node
        if node is None and entry.handoff is not None:
            stored = self.ctx.tx.handoffs.by_id(entry.handoff)
            node = stored.handoff.node if stored else None
        if node is None:
            return ()
        if node not in self.paths:
            self.paths[node] = self.ctx.tx.files.path_of(node)
        path = self.paths[node]
        return () if path is None else (path,)

    def _draft_of(self, entry: Entry) -> ActorId | None:
        """Return whose draft an event of a file is about, while the draft lasts (RULES 15)."""
        if entry.node is None or not entry.type.startswith("file."):
            return None
        if self.any_lock is None:
            self.any_lock = self.ctx.tx.locks.any_taken()
        if not self.any_lock:
            return None
        if entry.node not in self.drafts:
            self.drafts[entry.node] = self._draft_on(entry.node)
        draft = self.drafts[entry.node]
        return draft[0] if draft is not None and entry.at >= draft[1] else None

    def _draft_on(self, node: NodeId) -> tuple[ActorId, int] | None:
        chain = tuple(step.id for step in self.ctx.tx.files.chain(node))
        if not chain:
            return None
        held = self.ctx.tx.holds.on(chain)
        tokens = [hold.ref for hold in held if hold.kind is HoldKind.LOCK]
        draft = draft_on(self.ctx.tx.locks.by_tokens(tokens), chain=chain)
        return None if draft is None else (draft.holder, draft.taken_at)


# Who is told.


def shown(told: Told, caller: Caller, grants: Iterable[Grant]) -> EventView | None:
    """Return the event as this caller may see it; None if they may not see it at all.

    Of a move between a place that they see and one that they do not, they see the one end.
    """
    noun = told.entry.type.partition(".")[0]
    me = caller.actor.id
    if sees_all(caller):
        return told.event
    if noun in GUARDED and me not in {told.entry.actor, told.entry.subject}:
        return told.event if acting_role(caller) in MANAGING else None
    if told.draft_of not in {None, me}:
        return None
    if noun not in PLACED:
        return told.event
    grants = tuple(grants)
    if not told.where:
        return None if narrowed(caller, grants) else told.event
    seen = {
        path
        for path in told.where
        if allowed(caller, Permission.FILE_READ, path=path, grants=grants)
    }
    if not seen:
        return None
    if len(seen) == len(set(told.where)):
        return told.event
    event = told.event
    return replace(
        event,
        path=event.path if event.path in seen else UNSET,
        from_path=event.from_path if event.from_path in seen else UNSET,
        to_path=event.to_path if event.to_path in seen else UNSET,
    )


def sees_all(caller: Caller) -> bool:
    """Say whether a caller runs the instance: the system, or the operator at the machine."""
    return caller.actor.kind is Kind.SYSTEM or caller.credential.kind is CredentialKind.OPERATOR


def permit(ctx: Context, permission: Permission) -> None:
    """Refuse who may not look into this log; the instance's own is its admins' business."""
    if ctx.workspace != INSTANCE:
        if not sees_all(ctx.caller):
            ctx.permit(permission)
        return
    if not (ctx.caller.admin or sees_all(ctx.caller)):
        raise NotFound("There is nothing here", hint="Look at the workspace's name.")


def permit_house(ctx: Context) -> None:
    """Refuse everybody but the house itself: what follows the log, seals it, sweeps it."""
    if not sees_all(ctx.caller):
        raise Forbidden("Only the server itself does this", hint="It happens by itself.")
