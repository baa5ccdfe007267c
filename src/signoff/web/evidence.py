"""The files on the desk: tabs, the preview of one of them, and what changed in it."""

from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup
from msgspec import Struct

from signoff.actions import handoff_files
from signoff.actions.handoff_files import Desk, DeskFile, OpenedFile, OpenFile
from signoff.domain.errors import NotFound
from signoff.domain.sidecars import Flag
from signoff.web import pdfs, previews, raw
from signoff.web.previews import Difference, Preview, Subject
from signoff.web.visits import Visit


class Shown(Struct, frozen=True, kw_only=True):
    """What the desk shows of a package, as its template wants it."""

    files: list[dict[str, Any]]
    preview: Preview | None = None
    raw_url: str = ""
    download_url: str = ""
    since: dict[str, Any] | None = None


def url_of(visit: Visit, file: DeskFile, *, query: str = "") -> str:
    """Return the URL of exactly these bytes of a handoff."""
    return f"{_handoff(visit)}/raw/{_hexdigest(file)}/{quote(file.path)}{query}"


def page_url(visit: Visit, file: DeskFile, number: int) -> str:
    """Return the URL of a page of these bytes."""
    return f"{_handoff(visit)}/pages/{_hexdigest(file)}/{number}/{quote(file.path)}"


def _handoff(visit: Visit) -> str:
    return f"{visit.root}/handoffs/{quote(visit.path['handoff'], safe='')}"


def _hexdigest(file: DeskFile) -> str:
    return file.digest.removeprefix("sha256:")


def place_of(desk: Desk, name: str | None) -> DeskFile | None:
    """Return the file that a flag or a comment means by a name.

    One that names none means the only file that there is beside the sidecar.
    """
    if name is None:
        own = [file for file in desk.files if file.path != desk.sidecar]
        return own[0] if len(own) == 1 else None
    wanted = name.removeprefix("./")
    return next((file for file in desk.files if wanted in (file.path, file.name)), None)


async def show(visit: Visit, desk: Desk) -> Shown:
    """Show one file of the package: the one asked for, the first flagged, or the first."""
    current = _current(visit, desk)
    flags = desk.handoff.flags
    if current is None:
        return Shown(files=[])
    opened = await _open(visit, current)
    if opened is None:
        return Shown(
            files=_tabs(desk, current),
            preview=_gone(),
        )
    data = await raw.first_bytes(visit, opened.blob, most=previews.READ_LIMIT)
    marks = previews.marks_in(_renamed(desk, flags), current.path)
    subject = Subject(
        name=current.name,
        media_type=current.media_type,
        size=current.size,
        digest=current.digest,
        url=url_of(visit, current),
        leaves=await pdfs.leaves(
            visit, opened.blob, data, lambda number: page_url(visit, current, number)
        ),
    )
    preview = await visit.in_turn(
        previews.show, subject, data, marks, resolve=_Resolver(visit, desk, current)
    )
    inline = raw.shown_as(current.name, current.media_type) in raw.INLINE
    return Shown(
        files=_tabs(desk, current),
        preview=preview,
        raw_url=url_of(visit, current) if inline else "",
        download_url=url_of(visit, current, query="?download=1"),
        since=await _since(visit, desk, current, data, preview),
    )


def _current(visit: Visit, desk: Desk) -> DeskFile | None:
    asked = visit.query.get("file")
    if asked:
        found = place_of(desk, asked)
        if found is None:
            raise NotFound(f"There is no “{asked}” in this package", hint="Choose another tab.")
        return found
    flagged = (place_of(desk, flag.file) for flag in desk.handoff.flags if flag.file)
    own = (file for file in desk.files if file.path != desk.sidecar)
    wanted = (*(file for file in flagged if file), *own, *desk.files)
    return next(iter(wanted), None)


async def _open(visit: Visit, file: DeskFile) -> OpenedFile | None:
    asked = OpenFile(handoff=visit.path["handoff"], path=file.path, digest=file.digest)
    try:
        return await visit.ask(handoff_files.open_, asked)
    except NotFound:
        return None


async def bytes_of(visit: Visit, file: DeskFile, *, most: int) -> bytes | None:
    """Return the first bytes of a file on the desk; None if they may not be seen."""
    opened = await _open(visit, file)
    return None if opened is None else await raw.first_bytes(visit, opened.blob, most=most)


def _gone() -> Preview:
    words = "You may not see this file, or its bytes are not kept any more."
    html = Markup('<p class="nothing">{}</p>').format(words)
    return Preview(kind=previews.Kind.OTHER, html=html)


def _renamed(desk: Desk, flags: tuple[Flag, ...]) -> list[Flag]:
    """Return the flags with the files that they mean, as the digest names them."""
    renamed = []
    for flag in flags:
        file = place_of(desk, flag.file)
        path = file.path if file else flag.file
        renamed.append(
            Flag(severity=flag.severity, message=flag.message, file=path, anchor=flag.anchor)
        )
    return renamed


class _Resolver:
    """From a path in a Markdown file to the URL of that file in the same package."""

    def __init__(self, visit: Visit, desk: Desk, current: DeskFile) -> None:
        folder = current.path.rpartition("/")[0]
        prefix = f"{folder}/" if folder else ""
        self._urls = {file.path: url_of(visit, file) for file in desk.files}
        self._prefix = prefix

    def __call__(self, path: str) -> str | None:
        plain = path.partition("#")[0].removeprefix("./")
        return self._urls.get(f"{self._prefix}{plain}") or self._urls.get(plain)


# Tabs.


def tab_url(file: DeskFile, **more: str) -> str:
    """Return the URL of the desk with a file shown."""
    return "?" + urlencode({"file": file.path, **more})


def _tabs(desk: Desk, current: DeskFile) -> list[dict[str, Any]]:
    """Return the tabs; the context comes last, as the page tells it already."""
    ordered = sorted(desk.files, key=lambda file: file.path == desk.sidecar)
    return [_tab(desk, file, current) for file in ordered]


def _tab(desk: Desk, file: DeskFile, current: DeskFile) -> dict[str, Any]:
    count = sum(place_of(desk, flag.file) is file for flag in desk.handoff.flags)
    kind = previews.kind_of(file.name, file.media_type, b"text")
    return {
        "path": file.path,
        "name": file.name,
        "icon": "pdf" if file.media_type == "application/pdf" else previews.ICONS[kind],
        "url": tab_url(file),
        "current": file is current,
        "flags": count,
        "changed": _changed(desk, file),
        "size": file.size,
        "version": file.version,
        "digest": file.digest,
        "role": _role(desk, file),
    }


def _changed(desk: Desk, file: DeskFile) -> str:
    if desk.before is None:
        return ""
    old = next((each for each in desk.before.files if each.path == file.path), None)
    if old is None:
        return "new"
    return "" if old.digest == file.digest else "changed"


def _role(desk: Desk, file: DeskFile) -> str:
    if file.path == desk.sidecar:
        return "context"
    sources = {source.path for source in desk.handoff.sources if source.path}
    return "source" if file.path in sources else ""


# What changed.


async def _since(
    visit: Visit, desk: Desk, current: DeskFile, data: bytes, preview: Preview
) -> dict[str, Any] | None:
    """Return the difference of a file to what it was before, if there is one."""
    before = desk.before
    if before is None:
        return None
    old = next((each for each in before.files if each.path == current.path), None)
    if old is None or old.digest == current.digest:
        return None
    opened = await _open(visit, old)
    if opened is None:
        return None
    was = await raw.first_bytes(visit, opened.blob, most=previews.READ_LIMIT)
    difference: Difference = await visit.in_turn(
        previews.since, current.name, preview.kind, was, data
    )
    label = "Since it was submitted" if before.as_submitted else f"Since round {before.round}"
    return {
        "label": label,
        "count": difference.count,
        "words": difference.words,
        "url": tab_url(current, since="1"),
        "result_url": tab_url(current),
        "showing": visit.query.get("since") == "1",
        "html": difference.html,
    }
