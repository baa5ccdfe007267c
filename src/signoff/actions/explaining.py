"""Why a package was sent back or rejected by moving it: the note says so, later (RULES 30)."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import notes, packaging, subjects, tree
from signoff.actions.context import Context
from signoff.actions.placements import Moved
from signoff.domain import outcomes
from signoff.domain.actors import Door, Kind
from signoff.domain.errors import Code, Conflict
from signoff.domain.files import NOTE_ENDINGS, Node, base_name, check_not_note, cut, is_note
from signoff.domain.handoffs import MAX_REASON_BYTES, Handoff
from signoff.domain.ids import HandoffId, Path
from signoff.domain.permissions import Permission
from signoff.domain.reviewers import manages
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind

FOLDER_NOTE = "handoff" + NOTE_ENDINGS[0]
SILENT = "none given"


class Unexplained(Struct, frozen=True, kw_only=True):
    """Ask for what was decided by moving and never explained."""

    limit: int = 20


class Explained(Struct, frozen=True, kw_only=True):
    """The handoffs whose decision was told without a reason, and whether more wait."""

    handoffs: tuple[str, ...]
    more: bool


def give_up_waiting(ctx: Context, asked: Unexplained) -> Explained:
    """Tell decisions whose reason did not come within ten minutes; the worker asks for it."""
    ctx.permit(Permission.CLAIM_FORCE)
    late = ctx.tx.handoffs.unexplained(limit=asked.limit)
    told = []
    for each in late:
        stored = subjects.handoff_held(ctx, each.handoff.id)
        due = stored.handoff.reason_due_at
        if due is None or due > ctx.now:
            continue
        explain(ctx, stored, reason="", writes_note=True)
        told.append(stored.handoff.id)
    return Explained(handoffs=tuple(told), more=len(late) >= asked.limit)


def explain(ctx: Context, stored: Stored, *, reason: str, writes_note: bool = False) -> Handoff:
    """Give a decision that was taken by moving its reason, and tell it."""
    text = cut(reason.strip(), MAX_REASON_BYTES)
    handoff, event = outcomes.explained(stored.handoff, reason=text or SILENT)
    ctx.tx.handoffs.save(handoff)
    decision = handoff.decision
    assert decision is not None
    kept = ctx.tx.rounds.by_number(handoff.id, decision.round)
    if kept is not None:
        kept = replace(kept, decision=decision, note=decision.reason)
        ctx.tx.rounds.save(handoff.id, kept)
    chain = ctx.tx.files.chain(handoff.node)
    path = tree.path_of(chain)
    if writes_note and len(chain) > 1:
        notes.write(ctx, handoff, decision, Moved(node=chain[-1], path=path, chain=chain[:-1]))
    ctx.record(replace(event, path=path, to_path=path))
    return handoff


# The note that a person writes beside what they moved.


def gives_reason(ctx: Context, path: Path) -> bool:
    """Say whether a person writes the note of what they moved; refuse every other note."""
    if not is_note(path):
        return False
    stored = waiting_for(ctx, path) if ctx.caller.actor.kind is Kind.PERSON else None
    if stored is not None and _is_theirs(ctx, stored):
        return True
    check_not_note(path)
    return False


def _is_theirs(ctx: Context, stored: Stored) -> bool:
    """Say whether the caller decided it, or manages: a reason is in the name of who decided."""
    decision = stored.handoff.decision
    decided = decision is not None and decision.by == ctx.caller.actor.id
    return ctx.caller.door is not Door.MCP and (decided or manages(ctx.caller))


def waiting_for(ctx: Context, note: Path) -> Stored | None:
    """Return the handoff, decided by moving, whose reason this note would give."""
    chain = ctx.tx.files.resolve(Path(note.rpartition("/")[0]))
    name = base_name(note)
    if name == FOLDER_NOTE:
        package: Node | None = chain[-1]
    elif name.endswith(NOTE_ENDINGS[0]):
        package = ctx.tx.files.child(chain[-1].id, name.removesuffix(NOTE_ENDINGS[0]))
    else:
        return None
    if package is None:
        return None
    for hold in ctx.tx.holds.on([package.id]):
        if hold.kind is HoldKind.PACKAGE:
            stored = ctx.tx.handoffs.by_id(HandoffId(hold.ref))
            if stored is not None and stored.handoff.reason_due_at is not None:
                return stored
    return None


def note_written(ctx: Context, path: Path, node: Node) -> None:
    """After a person wrote a note: it is the reason of the decision that waits for one."""
    stored = waiting_for(ctx, path)
    if stored is None or node.blob is None:
        return
    if node.size > packaging.SHOWN_RAW:
        raise Conflict(
            "The note is too long to be a reason",
            code=Code.TOO_LONG,
            hint="Write the reason in a few sentences.",
        )
    explain(ctx, stored, reason=ctx.bytes_of(node.blob).decode("utf-8", "replace"))
