"""How far a copy has come that is made out of sight, chunk by chunk (STORAGE 3)."""

from msgspec import Struct

from signoff.domain.errors import TooLarge
from signoff.domain.ids import NodeId, Path
from signoff.domain.packages import MAX_FILES, check_count

MOST = 100_000
"""So many files and folders are copied by one act."""


class Branch(Struct, frozen=True, kw_only=True):
    """A folder to go through: its copy, its path below the top, and after which name."""

    source: NodeId
    copy: NodeId
    path: str = ""
    after: str = ""


class Staging(Struct, frozen=True, kw_only=True):
    """A copy of the folder `source`, which stands at `path`, under the node `top`.

    `since` is where the log stood when it began, `branches` are the folders still to go
    through, the next one last. `deepest` counts the folders down to what lies deepest.
    """

    source: NodeId
    path: Path
    top: NodeId
    since: int
    is_package: bool
    branches: tuple[Branch, ...]
    nodes: int = 0
    files: int = 0
    deepest: int = 0

    @property
    def whole(self) -> bool:
        """Say whether all of it is there."""
        return bool(self.nodes) and not self.branches

    def check_size(self) -> None:
        """Refuse more than an act copies, or than a package may hold."""
        if self.is_package and self.files > MAX_FILES:
            check_count(self.files)
        if self.nodes > MOST:
            raise TooLarge(
                f"At most {MOST:,} files and folders are copied at a time",
                hint="Copy what is in the folder part by part.",
            )
