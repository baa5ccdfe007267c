"""The six top-level folders in which work stands, and the names that they keep to themselves."""

from enum import StrEnum

from signoff.domain.errors import Code, Forbidden
from signoff.domain.files import name_key, names
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

FIXED = (*(str(stage) for stage in Stage), ARCHIVE)


def stage_of(path: Path) -> Stage | None:
    """Return the stage that a path stands in; None for the root and ordinary folders."""
    top = path.partition("/")[0]
    try:
        return Stage(top)
    except ValueError:
        return None


def is_fixed(path: Path) -> bool:
    """Say whether the path is a stage folder itself, or the archive."""
    return path in FIXED


def below_stage(path: Path) -> Path:
    """Return the part of a path that a stage move keeps (RULES 5)."""
    return Path(path.partition("/")[2])


def check_top_level(path: Path) -> None:
    """Refuse a top-level name that could be taken for a stage (RULES 3)."""
    top = names(path)[0] if path else ""
    if top in FIXED:
        return
    if name_key(top).rstrip(". ") in FIXED:
        raise Forbidden(
            f"“{top}” looks like the folder “{name_key(top).rstrip('. ')}”",
            code=Code.RESERVED_NAME,
            hint="Choose a name that nobody can mistake for a stage.",
        )


def check_not_fixed(path: Path) -> None:
    """Refuse to move, delete, replace or deeply lock a stage folder (RULES 3)."""
    if not path or is_fixed(path):
        raise Forbidden(
            f"“{path or '/'}” is part of the house: it cannot be moved, deleted or replaced",
            code=Code.STAGE_FIXED,
            hint="Act on what is in it.",
        )
