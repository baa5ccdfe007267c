"""Read the log with its proofs, and erase what may be erased."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import entries, seals
from signoff.actions.context import Context
from signoff.actions.entries import EventView, Told
from signoff.actions.views import when
from signoff.domain import merkle, tiles
from signoff.domain.audit import Private, leaf_index
from signoff.domain.errors import Code, Conflict, Gone, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.files import clean_path
from signoff.domain.handoffs import MANAGING
from signoff.domain.notes import Proof
from signoff.domain.permissions import Permission, acting_role
from signoff.store.trees import Checkpoint

PAGE = 100
MOST = 1000
WINDOW = 20_000
"""So many positions are looked through for one page, however few of them match."""


class EntryView(EventView, frozen=True, kw_only=True,
                rename={"from_path": "from", "to_path": "to"}):  # fmt: skip
    """An entry of the log: the event, the exact bytes that were sealed, what was erased.

    `leaf` is the text whose hash is in the tree; `address` and `private` are for managers.
    """

    leaf: str
    request_id: str | UnsetType = UNSET
    commitment: str | UnsetType = UNSET
    erased: bool = False
    address: str | UnsetType = UNSET
    private: dict[str, object] | UnsetType = UNSET


class FindEntries(Struct, frozen=True, kw_only=True):
    """Which entries to read, in order, after a position.

    `action` is an event's type (`handoff.approved`) or a noun with its dot (`handoff.`); a
    `path` stands for what is at it now.
    """

    after: int = 0
    limit: int = PAGE
    actor: str = ""
    credential_kind: str = ""
    action: str = ""
    path: str = ""
    handoff: str = ""


class EntriesPage(Struct, frozen=True, kw_only=True):
    """Entries in order; `next` is the `after` of the following page, null at the end."""

    items: tuple[EntryView, ...]
    next: int | None


class AtPosition(Struct, frozen=True, kw_only=True):
    """Which entry."""

    position: int


class LatestCheckpoint(Struct, frozen=True, kw_only=True):
    """Nothing to ask: the last signed head."""


class CheckpointView(Struct, frozen=True, kw_only=True):
    """A signed head (C2SP tlog-checkpoint); `note` is what `/log/…/checkpoint` serves.

    Keep `note` and `key` somewhere else: only what the server cannot reach proves anything.
    """

    size: int
    at: datetime
    root: str
    note: str
    key: str


class ProofView(Struct, frozen=True, kw_only=True):
    """That an entry is in the log: `proof` is a `.tlog-proof` file, `leaf` what it proves."""

    position: int
    leaf: str
    proof: str
    key: str


class Erase(Struct, frozen=True, kw_only=True):
    """Whose private part to erase: an entry's. The reason goes on the record."""

    position: int
    reason: str


class Erased(Struct, frozen=True, kw_only=True):
    """The entry whose private part is gone, and the event that says so."""

    position: int
    event: str


class RecordExport(Struct, frozen=True, kw_only=True):
    """Nothing to ask: that the log is exported goes on the record first."""


def find(ctx: Context, asked: FindEntries) -> EntriesPage:
    """Search the log."""
    entries.permit(ctx, Permission.AUDIT_READ)
    if not 1 <= asked.limit <= MOST or asked.after < 0:
        raise Invalid(f"A page has 1 to {MOST} entries", hint=f"Ask for {PAGE}.")
    head, _ = ctx.tx.audit.head()
    node = _node_at(ctx, asked.path)
    indexed = bool(asked.actor or asked.handoff or node)
    until = head if indexed else min(asked.after + WINDOW, head)
    rows = ctx.tx.audit.find(
        after=asked.after,
        until=until,
        limit=asked.limit,
        actor=asked.actor,
        credential_kind=asked.credential_kind,
        type_=asked.action,
        node=node,
        handoff=asked.handoff,
    )
    scanned_to = rows[-1].position if len(rows) == asked.limit else until
    told = entries.read(ctx, rows)
    leaves = {each.entry.position: row.leaf for each, row in zip(told, rows, strict=True)}
    views = (_view(ctx, each, leaves[each.entry.position]) for each in told)
    return EntriesPage(
        items=tuple(view for view in views if view is not None),
        next=scanned_to if scanned_to < head else None,
    )


def _node_at(ctx: Context, path: str) -> str:
    if not path:
        return ""
    clean = clean_path(path)
    chain = ctx.tx.files.resolve(clean)
    if len(chain) != len(clean.split("/")) + 1:
        raise NotFound(
            f"There is nothing at “{path}” now",
            hint="Search by handoff or by actor for what is gone.",
        )
    return chain[-1].id


def _view(ctx: Context, told: Told, leaf: bytes) -> EntryView | None:
    event = entries.shown(told, ctx.caller, ctx.grants)
    if event is None:
        return None
    fields = {name: getattr(event, name) for name in EventView.__struct_fields__}
    private = told.private if told.private is not None and _manages(ctx) else Private()
    return EntryView(
        **fields,
        leaf=leaf.decode(),
        request_id=told.entry.request_id or UNSET,
        commitment=told.entry.commitment or UNSET,
        erased=told.erased,
        address=private.address or UNSET,
        private=private.private or UNSET,
    )


def _manages(ctx: Context) -> bool:
    return entries.sees_all(ctx.caller) or acting_role(ctx.caller) in MANAGING


def entry(ctx: Context, asked: AtPosition) -> EntryView:
    """Read one entry of the log."""
    entries.permit(ctx, Permission.AUDIT_READ)
    view, _ = _entry(ctx, asked.position)
    return view


def _entry(ctx: Context, position: int) -> tuple[EntryView, bytes]:
    row = ctx.tx.audit.at_position(position)
    view = None
    if row is not None:
        view = _view(ctx, entries.read(ctx, (row,))[0], row.leaf)
    if row is None or view is None:
        raise NotFound(
            f"There is no entry {position}", hint="Positions count from 1 without gaps."
        )
    return view, row.leaf


# Proofs.


def prove(ctx: Context, asked: AtPosition) -> ProofView:
    """Prove that an entry is in the log, to be checked without this server.

    The checkpoint in it leaves the house, so it is kept for ever.
    """
    entries.permit(ctx, Permission.AUDIT_READ)
    view, leaf = _entry(ctx, asked.position)
    head = _hand_out(ctx)
    if asked.position > head.size:
        raise Conflict(
            f"Entry {asked.position} is not under a signed head yet",
            code=Code.BUSY,
            hint="Try again in two seconds.",
        )
    index = leaf_index(asked.position)
    subtrees = tiles.subtrees_in(seals.reader(ctx), head.size)
    proof = Proof(
        index=index,
        hashes=merkle.inclusion_proof(index, head.size, subtrees),
        checkpoint=head.note,
    )
    key = seals.verifier_of(ctx, ctx.workspace).text
    return ProofView(position=view.position, leaf=leaf.decode(), proof=proof.text, key=key)


def checkpoint(ctx: Context, asked: LatestCheckpoint) -> CheckpointView:
    """Give out the last signed head of the log; what was given out is kept for ever."""
    del asked
    entries.permit(ctx, Permission.AUDIT_READ)
    head = _hand_out(ctx)
    return CheckpointView(
        size=head.size,
        at=when(head.at),
        root=head.root.hex(),
        note=head.note,
        key=seals.verifier_of(ctx, ctx.workspace).text,
    )


def _hand_out(ctx: Context) -> Checkpoint:
    head = ctx.tx.trees.checkpoint()
    if head is None:
        raise Conflict(
            "The log has no signed head yet", code=Code.BUSY, hint="Try again in two seconds."
        )
    if not head.handed_out:
        ctx.tx.trees.hand_out(head.size)
    return head


# What changes the log's surroundings, never the log.


def erase(ctx: Context, asked: Erase) -> Erased:
    """Erase the private part of an entry for ever: its paths, reason, answers and address.

    The leaf keeps the commitment, so the log verifies as before and says “erased”.
    """
    entries.permit(ctx, Permission.AUDIT_ERASE)
    if not asked.reason.strip():
        raise Invalid(
            "Erasing needs a reason",
            code=Code.REASON_REQUIRED,
            hint="Say who asked for it and why.",
        )
    _entry(ctx, asked.position)
    if not ctx.tx.audit.erase(asked.position):
        raise Gone(f"Entry {asked.position} has no private part, or not any more")
    event = Event(
        type=Type.ENTRY_ERASED,
        subject=str(asked.position),
        codes={"position": asked.position},
        reason=asked.reason,
    )
    return Erased(position=asked.position, event=ctx.record(event))


def record_export(ctx: Context, asked: RecordExport) -> str:
    """Put on the record that the caller exports the log; return the event's id."""
    del asked
    entries.permit(ctx, Permission.AUDIT_EXPORT)
    last, _ = ctx.tx.audit.head()
    event = Event(type=Type.ACCESS_EXPORTED, codes={"what": "log", "position": last})
    return ctx.record(event)
