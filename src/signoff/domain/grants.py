"""Rights on paths, beside those of roles."""

from enum import StrEnum

from msgspec import Struct

from signoff.domain.ids import Path


class Access(StrEnum):
    """What a grant gives on a path and everything below it."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


class Grant(Struct, frozen=True, kw_only=True):
    """A right on a path for an actor or a `group:NAME`; the longest path that fits counts.

    It narrows or widens what the role may read and write, never who may decide.
    """

    subject: str
    path: Path
    access: Access
