"""The directory's workspaces."""

from typing import Any

from signoff.domain.accounts import Workspace
from signoff.domain.ids import Instant, Slug
from signoff.store.rows import Rows

_COLUMNS = "slug, name, created_at, created_by, closed_at, keys"


def _workspace(row: tuple[Any, ...]) -> Workspace:
    return Workspace(
        slug=row[0],
        name=row[1],
        created_at=row[2],
        created_by=row[3],
        closed_at=row[4],
        keys=bytes(row[5]),
    )


class Workspaces(Rows):
    """Every workspace of the instance."""

    __slots__ = ()

    def add(self, workspace: Workspace) -> None:
        """Add a workspace; its slug was never used before."""
        self.tx.run(
            "INSERT INTO workspaces (slug, name, keys, created_at, created_by)"
            " VALUES (:slug, :name, :keys, :created_at, :created_by)",
            slug=workspace.slug,
            name=workspace.name,
            keys=workspace.keys,
            created_at=workspace.created_at,
            created_by=workspace.created_by,
        )

    def by_slug(self, slug: Slug) -> Workspace | None:
        """Return a workspace."""
        row = self.tx.one(f"SELECT {_COLUMNS} FROM workspaces WHERE slug = :slug", slug=slug)
        return _workspace(row) if row else None

    def all(self) -> list[Workspace]:
        """Return every workspace, closed ones too."""
        return [
            _workspace(row)
            for row in self.tx.all(f"SELECT {_COLUMNS} FROM workspaces ORDER BY slug")
        ]

    def set_keys(self, slug: Slug, keys: bytes) -> None:
        """Replace the wrapped keys: a rotation."""
        self.tx.run(
            "UPDATE workspaces SET keys = :keys WHERE slug = :slug", slug=slug, keys=keys
        )

    def reopen(self, slug: Slug) -> bool:
        """Let a workspace be written again; say whether it was closed, and has its keys."""
        sql = (
            "UPDATE workspaces SET closed_at = NULL"
            " WHERE slug = :slug AND closed_at IS NOT NULL AND keys <> :none"
        )
        return self.tx.changed(sql, slug=slug, none=b"") == 1

    def destroy_keys(self, slug: Slug, closed_at: Instant) -> bool:
        """Forget the keys of what was closed then; False if it was reopened, or has none."""
        sql = (
            "UPDATE workspaces SET keys = :none"
            " WHERE slug = :slug AND closed_at = :closed_at AND keys <> :none"
        )
        return self.tx.changed(sql, slug=slug, closed_at=closed_at, none=b"") == 1

    def forget_name(self, slug: Slug) -> None:
        """Leave nothing of a workspace but its slug."""
        self.tx.run("UPDATE workspaces SET name = '' WHERE slug = :slug", slug=slug)

    def close(self, slug: Slug) -> bool:
        """Make a workspace read-only; say whether it was open."""
        return (
            self.tx.changed(
                "UPDATE workspaces SET closed_at = :now"
                " WHERE slug = :slug AND closed_at IS NULL",
                slug=slug,
                now=self.tx.now,
            )
            == 1
        )
