"""One file: what is in it, its versions, and what can be done with it."""

from typing import Any
from urllib.parse import quote, urlencode

from signoff.actions import files, folders, overviews, versions
from signoff.actions.files import ReadFile
from signoff.actions.folder_views import PathOnly, TreeItem
from signoff.actions.overviews import PlaceView
from signoff.actions.versions import ListVersions, VersionView
from signoff.asgi.answers import query_int
from signoff.domain.files import clean_path
from signoff.domain.ids import Path
from signoff.web import (
    app_passwords,
    applications,
    drives,
    pdfs,
    places,
    previews,
    raw,
)
from signoff.web.previews import Preview, Subject
from signoff.web.visits import Visit

MOST_VERSIONS = 20


async def show(visit: Visit, path: Path, item: TreeItem) -> None:
    """Show a file, or an earlier version of it."""
    version = query_int(visit.query, "version", 0) or None
    opened = await visit.ask(files.open_, ReadFile(path=path, version=version))
    around = await places.look_around(visit, Path(path.rpartition("/")[0]))
    place = await visit.ask(overviews.place, PathOnly(path=path))
    data = await raw.first_bytes(visit, opened.blob, most=previews.READ_LIMIT)
    url = f"{visit.root}/raw/{quote(path)}?version={opened.version}"
    subject = Subject(
        name=opened.name,
        media_type=opened.media_type,
        size=opened.size,
        digest=opened.digest,
        url=url,
        leaves=await pdfs.leaves(
            visit,
            opened.blob,
            data,
            lambda number: (
                f"{visit.root}/pages/{number}/{quote(path)}?version={opened.version}"
            ),
        ),
    )
    preview: Preview = await visit.in_turn(previews.show, subject, data)
    frame = await places.frame(visit, around)
    inline = raw.shown_as(opened.name, opened.media_type) in raw.INLINE
    row = places.row(visit, item, place)
    selected = row | {
        "version": opened.version,
        "newest": item.version,
        "handoff": {"url": f"{visit.root}/handoffs/{place.handoff}", "title": place.title}
        if place.handoff
        else None,
        "digest": opened.digest,
        "size": opened.size,
        "raw_url": url if inline else "",
        "download_url": f"{url}&download=1",
        "kind": opened.media_type,
        **await _programs(visit, path, item, shown=opened.version),
        "acts": _acts(visit, path, item, opened.version, place),
        **await _history(visit, path, shown=opened.version, newest=item.version),
    }
    await visit.show(
        "files.html",
        **frame
        | {
            "crumbs": places.crumbs(visit, path),
            "upload": {"into": around.path, "allowed": False, "why": ""},
            "may_create": False,
        },
        listing=(),
        next_url="",
        selected=selected,
        preview=preview,
        problem=None,
    )


async def _programs(visit: Visit, path: Path, item: TreeItem, *, shown: int) -> dict[str, Any]:
    """Return the programs that open the file in the drive, where its newest version is."""
    browser = visit.request.header(b"user-agent")
    if shown != item.version or drives.is_phone(browser):
        return {"starts": ()}
    system = drives.system_of(browser)
    may_edit = await visit.ask(overviews.may_edit, PathOnly(path=path))
    starts = applications.starts(
        drives.address(visit, path),
        item.media_type,
        name=item.name,
        may_edit=may_edit,
        has_office=system is not drives.System.LINUX,
    )
    folder = places.drive_url(visit, path.rpartition("/")[0])
    is_refused = system is drives.System.WINDOWS and len(starts) > 1
    return {
        "starts": starts,
        "asks": {
            "passwords_url": app_passwords.url(visit),
            "help_url": f"{folder}?on={system}#office" if is_refused else "",
        },
    }


async def _history(visit: Visit, path: Path, *, shown: int, newest: int) -> dict[str, Any]:
    """Return a page of the versions that are kept, the newest first."""
    asked = ListVersions(path=path, limit=MOST_VERSIONS, cursor=visit.query.get("before", ""))
    kept = await visit.ask(versions.list_, asked)
    return {
        "versions": [_version(visit, path, each, shown, newest) for each in kept.items],
        "versions_next_url": f"?{urlencode({'before': kept.next})}" if kept.next else "",
    }


def _version(
    visit: Visit, path: Path, version: VersionView, shown: int, newest: int
) -> dict[str, Any]:
    return {
        "version": version.version,
        "at": version.at,
        "by": version.author,
        "size": version.size,
        "digest": version.digest,
        "url": f"{places.files_url(visit, path)}?version={version.version}",
        "note": "shown here" if version.version == shown and shown != newest else "",
    }


def _acts(
    visit: Visit, path: Path, item: TreeItem, shown: int, place: PlaceView
) -> list[dict[str, Any]]:
    """Return what can be done with the file: what is not offered would be refused."""
    if not place.may_write:
        return []
    where = {"name": "path", "value": path}
    acts = []
    if shown != item.version:
        acts.append(
            {
                "label": f"Make version {shown} the newest",
                "url": f"{visit.root}/versions",
                "icon": "up",
                "fields": [where, {"name": "version", "value": shown}],
                "stop": False,
            }
        )
    return [
        *acts,
        {
            "label": "Put in the trash",
            "url": f"{visit.root}/trash",
            "icon": "trash",
            "fields": [where],
            "stop": True,
        },
    ]


async def show_either(visit: Visit) -> None:
    """Show a folder's listing, or a file with its versions."""
    path = clean_path(visit.path.get("path", ""))
    item = await visit.ask(folders.stat, PathOnly(path=path)) if path else None
    if item is None or item.type == "folder":
        await places.put_up(visit, path)
    else:
        await show(visit, path, item)
