"""What is written straight into `needs-review/`, until it is a handoff (RULES 18)."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from signoff.domain.files import is_litter, is_note
from signoff.domain.ids import Instant, Micros, NodeId
from signoff.domain.sidecars import find, is_sidecar


class Because(StrEnum):
    """Why an arrival opens nothing."""

    PLACE = "place"
    """An empty folder: what is put into it from now on is a package of its own."""
    EMPTY = "empty"
    """Nothing but empty files: they go on arriving, and the next write is judged anew."""
    ORPHAN = "orphan"
    """A sidecar without what it is about: it waits for its file."""
    LITTER = "litter"


class Step(Struct, frozen=True, kw_only=True):
    """A node on the way down from the stage, and whether it was there before the arrival."""

    node: NodeId
    name: str
    is_new: bool


class ArrivedFile(Struct, frozen=True, kw_only=True):
    """A file below the topmost new node, or that node itself; only the name matters."""

    name: str
    size: int


class Arrival(Struct, frozen=True, kw_only=True):
    """The topmost node that did not exist before, and what is known of it.

    `files` are all below a folder, or the file itself; `beside` are the names of the files
    in the folder that holds it. `held` says that something in it is being uploaded or is
    locked. `at_once` says that it came whole: by MOVE, by COPY or by handing it over.
    """

    node: NodeId
    name: str
    is_folder: bool
    files: tuple[ArrivedFile, ...] = ()
    beside: tuple[str, ...] = ()
    fronted: tuple[str, ...] = ()
    """Markdown files beside it whose front matter contains `handoff:`."""
    written_at: Instant
    held: bool = False
    at_once: bool = False


class Waiting(Struct, frozen=True, kw_only=True):
    """It has not settled; judge again at `until`, or when what holds it ends (None)."""

    until: Instant | None


class Opens(Struct, frozen=True, kw_only=True):
    """A handoff is opened with this node as its package."""

    package: NodeId


class Nothing(Struct, frozen=True, kw_only=True):
    """It opens nothing by itself, now or later, unless something is written."""

    because: Because


def topmost_new(chain: Sequence[Step]) -> Step | None:
    """Return the package that a write belongs to: the first step that was not there before.

    `chain` goes down from just below the stage; None when all of it was there.
    """
    return next((step for step in chain if step.is_new), None)


def judge(arrival: Arrival, *, now: Instant, settle: Micros) -> Waiting | Opens | Nothing:
    """Say whether an arrival opens, waits, or is nothing to open (RULES 18)."""
    if arrival.held:
        return Waiting(until=None)
    nothing = _nothing(arrival)
    if nothing is Because.LITTER or nothing is Because.ORPHAN:
        if not arrival.is_folder:
            return Nothing(because=nothing)
    elif nothing is None and (arrival.at_once or _is_complete(arrival)):
        return Opens(package=arrival.node)
    settles_at = Instant(arrival.written_at + settle)
    if now < settles_at and not (arrival.at_once and nothing is not None):
        return Waiting(until=settles_at)
    return Opens(package=arrival.node) if nothing is None else Nothing(because=nothing)


def _nothing(arrival: Arrival) -> Because | None:
    """Return why there is nothing to hand over in it, or None if there is."""
    if is_litter(arrival.name):
        return Because.LITTER
    if not arrival.is_folder and is_sidecar(arrival.name):
        return Because.ORPHAN
    real = [file for file in arrival.files if not is_litter(file.name)]
    if not real:
        return Because.PLACE if not arrival.files else Because.LITTER
    work = [each for each in real if not is_note(each.name) and not is_sidecar(each.name)]
    if not work:
        return Because.ORPHAN
    return None if any(each.size for each in work) else Because.EMPTY


def _is_complete(arrival: Arrival) -> bool:
    """Say whether it is a file whose sidecar is there; of a folder more may follow."""
    if arrival.is_folder:
        return False
    sidecar = find(
        arrival.name,
        is_folder=False,
        names=(*arrival.beside, arrival.name),
        fronted=arrival.fronted,
    )
    return sidecar is not None
