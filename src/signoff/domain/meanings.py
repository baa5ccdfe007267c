"""What it means to move or write something, for all doors: the table of RULES as data.

A cell of the table holds a `Meaning`, or the `No` with which it is refused.
"""

from enum import StrEnum
from functools import cache

from msgspec import Struct

from signoff.domain.handoffs import Verdict
from signoff.domain.ids import ActorId, HandoffId
from signoff.domain.stages import Stage


class Unit(StrEnum):
    """What the thing is that is moved, deleted or written."""

    PLAIN = "plain"
    """A file or folder that no handoff, claim or foreign lock knows."""
    PACKAGE = "package"
    """What is handed over, whole."""
    PART = "part"
    """A file or folder inside a package."""
    PLACE = "place"
    """A folder that holds packages, claims or others' locks."""


class Spot(StrEnum):
    """Where a thing stands or goes, as the table tells places apart."""

    INPUT = "input"
    PROCESSING = "processing"
    REVIEW = "needs-review"
    FEEDBACK = "feedback"
    APPROVED = "approved"
    REJECTED = "rejected"
    ORDINARY = "ordinary"
    TRASH = "trash"
    """Of a target only; what comes out of the trash is written anew."""


class Meaning(StrEnum):
    """What a move or a write turns out to be."""

    MOVE = "move"
    WRITE = "write"
    CLAIM = "claim"
    TAKE_OFF_QUEUE = "take off queue"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    VERDICT = "verdict"
    FILE_VERDICT = "file verdict"
    EDIT = "edit"
    FIRST_SIDECAR = "first sidecar"
    LOOSE_WORK = "loose work"


class Source(Struct, frozen=True, kw_only=True):
    """What is known of the thing that is moved, or written where it stands.

    `handoff` is that of the package that it is or is part of. `claimed_by` is who holds the
    claim on it or on the work folder around it; `held` says whether the caller proved that
    claim. `own` says that the caller submitted the package, or made the arrival or the loose
    work; it is true of what does not exist yet.
    """

    spot: Spot
    unit: Unit = Unit.PLAIN
    handoff: HandoffId | None = None
    claimed_by: ActorId | None = None
    held: bool = False
    own: bool = False
    last_file: bool = False
    """It is the only file left of its package."""
    first_sidecar: bool = False
    """It is the first sidecar of a package that nobody has reviewed yet (RULES 7)."""


class Target(Struct, frozen=True, kw_only=True):
    """What is known of the place that it goes to.

    `package` is the handoff whose package the target is in, and `claimed_by` the holder of
    the work folder that it is in, if any; `held` as for the source. `whole` says that the
    target is that package itself: then its name is taken.
    """

    spot: Spot
    package: HandoffId | None = None
    whole: bool = False
    claimed_by: ActorId | None = None
    held: bool = False


class MoveMeaning(Struct, frozen=True, kw_only=True):
    """What a move is, and of which handoff."""

    meaning: Meaning
    verdict: Verdict | None = None
    handoff: HandoffId | None = None


class No(StrEnum):
    """A refusal of the table; `moves.refusal` has its code and its words."""

    AGENT_CANNOT_DECIDE = "agent cannot decide"
    BY_DECISION_ONLY = "by decision only"
    NOT_A_MOVE = "not a move"
    NOT_YOURS = "not yours"
    CLAIM_INSTEAD = "claim instead"
    FROZEN = "frozen"
    RECALL_FIRST = "recall first"
    LAST_FILE = "last file"
    CLAIM_FIRST = "claim first"
    CLAIMED = "claimed"
    HOLDS = "holds"
    NESTED = "nested"


Cell = Meaning | No


class Row(Struct, frozen=True, kw_only=True):
    """What a move from one of these spots to one of those is, to an agent and to a person."""

    units: frozenset[Unit]
    source: frozenset[Spot]
    target: frozenset[Spot]
    agent: Cell
    person: Cell


def _row(
    units: set[Unit] | frozenset[Unit],
    source: set[Spot] | frozenset[Spot],
    target: set[Spot] | frozenset[Spot],
    agent: Cell,
    person: Cell | None = None,
) -> Row:
    return Row(
        units=frozenset(units),
        source=frozenset(source),
        target=frozenset(target),
        agent=agent,
        person=agent if person is None else person,
    )


_FREE = frozenset({Spot.INPUT, Spot.ORDINARY})
_DECIDED = frozenset({Spot.APPROVED, Spot.REJECTED})
_ANY = frozenset(Spot)
_ALL = frozenset(Unit)
_VERDICTS = _DECIDED | {Spot.FEEDBACK}
_PLAIN, _PACKAGE, _PART, _PLACE = ({unit} for unit in Unit)

MOVES: tuple[Row, ...] = (
    _row(_ALL, {Spot.APPROVED}, {Spot.REJECTED}, No.BY_DECISION_ONLY),
    _row(_ALL, {Spot.REJECTED}, {Spot.APPROVED}, No.BY_DECISION_ONLY),
    _row(_ALL, _DECIDED, _ANY, No.RECALL_FIRST),
    _row(_PLACE, {Spot.INPUT}, {Spot.INPUT}, Meaning.MOVE),
    _row(_PLACE, {Spot.ORDINARY}, {Spot.ORDINARY}, Meaning.MOVE),
    _row(_PLACE, {Spot.PROCESSING}, {Spot.PROCESSING}, No.NOT_A_MOVE),
    _row(_PLACE, {Spot.REVIEW}, {Spot.REVIEW}, No.NOT_A_MOVE),
    _row(_PLACE, {Spot.FEEDBACK}, {Spot.FEEDBACK}, No.NOT_A_MOVE),
    _row(_PLACE, _ANY, _ANY, No.HOLDS),
    _row(_PACKAGE, {Spot.REVIEW}, {Spot.PROCESSING}, Meaning.WITHDRAW),
    _row(_PACKAGE, {Spot.REVIEW}, _VERDICTS, No.AGENT_CANNOT_DECIDE, Meaning.VERDICT),
    _row(_PACKAGE, {Spot.REVIEW}, _FREE | {Spot.TRASH}, No.FROZEN),
    _row(_PART, {Spot.REVIEW}, _VERDICTS, No.AGENT_CANNOT_DECIDE, Meaning.FILE_VERDICT),
    _row(_PART, {Spot.REVIEW}, {Spot.REVIEW, Spot.TRASH}, No.FROZEN, Meaning.EDIT),
    _row(_PART, {Spot.REVIEW}, _FREE | {Spot.PROCESSING}, No.FROZEN),
    _row(_ALL, _ANY, _DECIDED, No.BY_DECISION_ONLY),
    _row(_PLAIN, {Spot.INPUT}, {Spot.PROCESSING}, Meaning.CLAIM, Meaning.TAKE_OFF_QUEUE),
    _row(
        _PLAIN,
        _FREE | {Spot.PROCESSING, Spot.FEEDBACK},
        {Spot.REVIEW},
        Meaning.SUBMIT,
    ),
    _row(_PACKAGE, {Spot.PROCESSING, Spot.FEEDBACK}, {Spot.REVIEW}, Meaning.SUBMIT),
    _row(_PART, {Spot.PROCESSING}, {Spot.REVIEW}, Meaning.SUBMIT),
    _row(_PART, {Spot.FEEDBACK}, {Spot.FEEDBACK, Spot.TRASH}, No.CLAIM_FIRST, Meaning.EDIT),
    _row(_PART, {Spot.FEEDBACK}, _ANY, No.CLAIM_FIRST, No.NOT_A_MOVE),
    _row(_PLAIN, _FREE, _FREE | {Spot.TRASH}, Meaning.MOVE),
    _row(_PLAIN, {Spot.REVIEW}, _FREE | {Spot.REVIEW, Spot.TRASH}, Meaning.MOVE),
    _row(_PLAIN | _PART, {Spot.PROCESSING}, {Spot.PROCESSING, Spot.TRASH}, Meaning.MOVE),
    _row(_PACKAGE, {Spot.PROCESSING}, {Spot.PROCESSING}, Meaning.MOVE),
    _row(_ALL, _ANY, _ANY, No.NOT_A_MOVE),
)
"""The first row that fits counts; the last one is the table's “anything else”."""

WRITES: tuple[Row, ...] = (
    _row(_ALL, _FREE, _FREE, Meaning.WRITE),
    _row(_PLAIN, {Spot.PROCESSING}, {Spot.PROCESSING}, Meaning.LOOSE_WORK),
    _row(_ALL, {Spot.PROCESSING}, {Spot.PROCESSING}, Meaning.WRITE),
    _row(_PLAIN | _PLACE, {Spot.REVIEW}, {Spot.REVIEW}, Meaning.SUBMIT),
    _row(_PACKAGE | _PART, {Spot.REVIEW}, {Spot.REVIEW}, No.FROZEN, Meaning.EDIT),
    _row(_PACKAGE | _PART, {Spot.FEEDBACK}, {Spot.FEEDBACK}, No.CLAIM_FIRST, Meaning.EDIT),
    _row(_PACKAGE | _PART, _DECIDED, _DECIDED, No.RECALL_FIRST),
    _row(_ALL, _DECIDED, _DECIDED, No.BY_DECISION_ONLY),
    _row(_ALL, _ANY, _ANY, No.NOT_A_MOVE),
)
"""What it is to write at a spot; of a name that is not there yet, what is around it."""

VERDICT_OF: dict[Spot, Verdict] = {
    Spot.APPROVED: Verdict.APPROVE,
    Spot.REJECTED: Verdict.REJECT,
    Spot.FEEDBACK: Verdict.REQUEST_CHANGES,
}
"""What it says of a package in review to move it there."""


_SPOTS = {stage: Spot(str(stage)) for stage in Stage}


def spot_of(stage: Stage | None) -> Spot:
    """Return the table's word for a stage, or for an ordinary folder."""
    return Spot.ORDINARY if stage is None else _SPOTS[stage]


def moving(unit: Unit, source: Spot, target: Spot, *, agent: bool) -> Cell:
    """Return what it is to move something."""
    row = _moves(unit, source, target)
    return row.agent if agent else row.person


def writing(unit: Unit, spot: Spot, *, agent: bool) -> Cell:
    """Return what it is to write something."""
    row = _writes(unit, spot)
    return row.agent if agent else row.person


@cache
def _moves(unit: Unit, source: Spot, target: Spot) -> Row:
    return _first(MOVES, unit, source, target)


@cache
def _writes(unit: Unit, spot: Spot) -> Row:
    return _first(WRITES, unit, spot, spot)


def _first(table: tuple[Row, ...], unit: Unit, source: Spot, target: Spot) -> Row:
    return next(
        row
        for row in table
        if unit in row.units and source in row.source and target in row.target
    )
