"""Files: where each lies, who holds it, which versions there are, and what is in it."""

from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct, UnsetType

from signoff.actions import folders, overviews
from signoff.actions.folder_views import HoldView, PathOnly, TreeItem
from signoff.actions.folders import ListFolder
from signoff.actions.overviews import LookAround, PlaceView
from signoff.domain.ids import Path
from signoff.domain.stages import FIXED, Stage
from signoff.web import previews
from signoff.web.pages import Link
from signoff.web.visits import Visit

PAGE = 200
BRANCHES = 60
"""So many folders of one folder are listed beside the files."""
ICONS: dict[str, str] = {
    Stage.INPUT: "input",
    Stage.PROCESSING: "processing",
    Stage.NEEDS_REVIEW: "needs-review",
    Stage.FEEDBACK: "feedback",
    Stage.APPROVED: "approved",
    Stage.REJECTED: "rejected",
}
NOTES: dict[str, str] = {
    Stage.INPUT: "for agents to claim",
    Stage.PROCESSING: "being worked on",
    Stage.NEEDS_REVIEW: "waits for people",
    Stage.FEEDBACK: "sent back, or answered",
    Stage.APPROVED: "signed off",
    Stage.REJECTED: "not wanted",
}


class Around(Struct, frozen=True, kw_only=True):
    """A folder, and what the caller may put into it."""

    path: Path
    place: PlaceView
    items: tuple[TreeItem, ...]
    next: str | None


async def put_up(
    visit: Visit, path: Path, *, problem: dict[str, Any] | None = None, status: int = 200
) -> None:
    """Put up a folder; `problem` says why the last act in it was refused."""
    around = await look_around(visit, path, cursor=visit.query.get("cursor", ""))
    here = f"{files_url(visit, path)}?{urlencode({'cursor': around.next})}"
    await visit.show(
        "files.html",
        status=status,
        **await frame(visit, around),
        listing=[row(visit, item, around.place) for item in around.items],
        next_url=here if around.next else "",
        selected=None,
        preview=None,
        problem=problem,
    )


async def look_around(visit: Visit, path: Path, *, cursor: str = "") -> Around:
    """Look at a page of a folder, and at what may be put into it."""
    page = await visit.ask(
        folders.list_folder, ListFolder(path=path, limit=PAGE, cursor=cursor)
    )
    place = await visit.ask(overviews.place, PathOnly(path=path))
    return Around(path=path, place=place, items=page.items, next=page.next)


async def frame(visit: Visit, around: Around) -> dict[str, Any]:
    """Return what stands around a listing or a file: stages, tree, crumbs, uploads."""
    path, place = around.path, around.place
    stages = await visit.ask(overviews.stages, LookAround())
    top = path.partition("/")[0]
    return {
        "shell": await visit.shell("files"),
        "path": path,
        "stages": [
            Link(
                name=stage.name,
                url=files_url(visit, stage.name),
                icon=ICONS[stage.name],
                count=stage.count,
                most=stage.most,
                note=NOTES[stage.name],
                current=stage.name == top,
            )
            for stage in stages
        ],
        "folders": await _tree(visit, around),
        "crumbs": crumbs(visit, path),
        "mount_url": drive_url(visit, path),
        "upload": {"into": path, "allowed": place.may_write, "why": place.why},
        "may_create": place.may_make_folder,
        "around": {
            "handoff": f"{visit.root}/handoffs/{place.handoff}" if place.handoff else "",
            "title": place.title,
        },
    }


def files_url(visit: Visit, path: str) -> str:
    """Return the URL of the page of a file or folder."""
    return f"{visit.root}/files" + (f"/{quote(path)}" if path else "")


def drive_url(visit: Visit, path: str) -> str:
    """Return the URL of the page that says how a folder is mounted."""
    return f"{visit.root}/drive" + (f"/{quote(path)}" if path else "")


def crumbs(visit: Visit, path: Path) -> list[dict[str, str]]:
    """Return the way from the root to a path."""
    names = path.split("/") if path else []
    return [
        {"name": "all files", "url": files_url(visit, "")},
        *(
            {"name": name, "url": files_url(visit, "/".join(names[: index + 1]))}
            for index, name in enumerate(names)
        ),
    ]


async def _tree(visit: Visit, around: Around) -> list[Link]:
    """Return the open part of the tree: the top, and the way down to the folder shown."""
    root = ListFolder(path="", limit=PAGE)
    top = (await visit.ask(folders.list_folder, root)).items if around.path else around.items
    names = around.path.split("/") if around.path else []
    stages = [item for name in FIXED for item in top if item.name == name]
    others = [item for item in top if item.name not in FIXED and item.type == "folder"]
    links: list[Link] = []
    for item in [*stages, *others][:BRANCHES]:
        links.append(_branch(visit, item.path, depth=0, current=item.path == around.path))
        if names and item.name == names[0]:
            links += _below(visit, around, names)
    return links


def _below(visit: Visit, around: Around, names: list[str]) -> list[Link]:
    way = ["/".join(names[: depth + 1]) for depth in range(1, len(names))]
    found = [
        _branch(visit, path, depth=depth, current=path == around.path)
        for depth, path in enumerate(way, start=1)
    ]
    inside = (item for item in around.items if item.type == "folder")
    return found + [
        _branch(visit, item.path, depth=len(names), current=False)
        for _, item in zip(range(BRANCHES), inside, strict=False)
    ]


def _branch(visit: Visit, path: str, *, depth: int, current: bool) -> Link:
    return Link(
        name=path.rpartition("/")[2],
        url=files_url(visit, path),
        icon=ICONS.get(path, "folder"),
        depth=depth,
        current=current,
    )


def row(visit: Visit, item: TreeItem, place: PlaceView | None) -> dict[str, Any]:
    """Return a file or folder as a row of the listing."""
    kind = previews.kind_of(item.name, item.media_type, b"text")
    is_pdf = item.media_type == "application/pdf"
    handoff = None if isinstance(item.handoff, UnsetType) else item.handoff
    around = place.handoff if place else None
    return {
        "name": item.name,
        "path": item.path,
        "type": item.type,
        "url": files_url(visit, item.path),
        "icon": "pdf" if is_pdf else previews.ICONS[kind],
        "version": item.version,
        "size": item.size,
        "modified_at": item.modified_at,
        "modified_by": item.modified_by,
        "media_type": item.media_type,
        "lock": _held(visit, item.lock),
        "claim": _held(visit, item.claim),
        "handoff": {"id": handoff, "url": f"{visit.root}/handoffs/{handoff}"}
        if handoff
        else None,
        "frozen": bool(handoff or around) and item.path.startswith(f"{Stage.NEEDS_REVIEW}/"),
        "role": "",
        "selected": False,
    }


def _held(visit: Visit, hold: HoldView | UnsetType) -> dict[str, Any] | None:
    if isinstance(hold, UnsetType):
        return None
    mine = hold.holder.id == visit.caller.actor.id
    return {"mine": mine, "holder": hold.holder, "until": hold.expires_at}
