"""The six top-level folders in which work stands, and the names that they keep."""

import unicodedata
from enum import StrEnum

from signoff.domain.errors import Code, Forbidden
from signoff.domain.files import name_key
from signoff.domain.ids import Path


class Stage(StrEnum):
    """A top-level folder that is a step in the life of a handoff."""

    INPUT = "input"
    PROCESSING = "processing"
    NEEDS_REVIEW = "needs-review"
    FEEDBACK = "feedback"
    APPROVED = "approved"
    REJECTED = "rejected"


ARCHIVE = "archive"
"""Reserved too: what a handoff was made from; read-only to all but managers."""

_BY_NAME = {str(stage): stage for stage in Stage}
FIXED = (*(str(stage) for stage in Stage), ARCHIVE)


def stage_of(path: Path) -> Stage | None:
    """Return the stage that a path stands in; None for the root and ordinary folders."""
    return _BY_NAME.get(path.partition("/")[0])


def is_fixed(path: Path) -> bool:
    """Say whether the path is a stage folder itself, or the archive."""
    return path in FIXED


def below_stage(path: Path) -> Path:
    """Return the part of a path that a stage move keeps (RULES 5).

    An ordinary folder is no stage: its path is kept whole.
    """
    top, _, rest = path.partition("/")
    return Path(rest) if top in FIXED else path


def look(name: str) -> str:
    """Return what a name looks like: without case, width, unseen marks and trailing dots."""
    plain = unicodedata.normalize("NFKC", name)
    seen = "".join(each for each in plain if unicodedata.category(each) != "Cf")
    return name_key(seen).strip(" ").rstrip(". ")


def check_top_level(path: Path) -> None:
    """Refuse a top-level name that could be taken for a stage (RULES 3)."""
    top = path.partition("/")[0]
    if top in FIXED:
        return
    if look(top) in FIXED:
        raise Forbidden(
            f"“{top}” looks like the folder “{look(top)}”",
            code=Code.RESERVED_NAME,
            hint="Choose a name that nobody can mistake for a stage.",
        )


def check_not_fixed(path: Path) -> None:
    """Refuse to move, delete, replace or lock a stage folder (RULES 3)."""
    if not path or is_fixed(path):
        raise Forbidden(
            f"“{path or '/'}” is of the house: nobody moves, deletes, replaces or locks it",
            code=Code.STAGE_FIXED,
            hint="Act on what is in it.",
        )
