"""The trash: what was deleted, by whom, and how long it can come back."""

from urllib.parse import urlencode

from signoff.actions import trash
from signoff.actions.tree import TRASH_FOR
from signoff.domain.ids import DAY
from signoff.web import places
from signoff.web.visits import Visit


async def show(visit: Visit) -> None:
    """Show what is in the trash, the last first."""
    asked = trash.ListTrash(cursor=visit.query.get("cursor", ""))
    page = await visit.ask(trash.list_, asked)
    shell = await visit.shell("files")
    await visit.show(
        "trash.html",
        shell=shell,
        days=TRASH_FOR // DAY,
        deleted=[
            {
                "id": each.id,
                "name": each.path.rpartition("/")[2],
                "path": each.path.rpartition("/")[0],
                "type": each.type,
                "size": each.size if each.type == "file" else None,
                "deleted_at": each.deleted_at,
                "deleted_by": each.deleted_by,
                "gone_at": each.expires_at,
                "may_restore": each.expires_at > shell.now,
            }
            for each in page.items
        ],
        next_url=f"?{urlencode({'cursor': page.next})}" if page.next else "",
    )


async def restore(visit: Visit) -> None:
    """Bring something back to where it was, and show it there."""
    done = await visit.do(trash.restore, trash.Restore(id=visit.path["deletion"]))
    assert done.result is not None
    await visit.go(places.files_url(visit, done.result.path))
