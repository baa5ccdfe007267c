"""DELETE, MKCOL, COPY and MOVE (RFC 4918, sections 9.3 and 9.6 to 9.9)."""

from signoff.actions import copies, folders, moves, trash
from signoff.actions.copies import Copy
from signoff.actions.folder_views import PathOnly
from signoff.actions.moves import Move
from signoff.actions.trash import Delete
from signoff.asgi.answers import Headers
from signoff.asgi.contents import etags
from signoff.dav.visit import Visit
from signoff.domain.errors import Code, Forbidden, Malformed
from signoff.domain.ids import Path
from signoff.domain.litter import is_litter


async def delete(visit: Visit) -> None:
    """Put a file or folder into the trash."""
    _check_whole(visit)
    asked = Delete(path=visit.path, if_match=etags(visit.request.header(b"if-match")))
    done = await visit.do(trash.delete, asked)
    await visit.answer_done(204, done)


async def mkcol(visit: Visit) -> None:
    """Make a folder; the one above it is there already."""
    async for _ in visit.request.chunks():
        raise Malformed(
            "A folder is made without a body",
            code=Code.UNSUPPORTED,
            hint="Send MKCOL with nothing behind it.",
        )
    done = await visit.do(folders.make_folder, PathOnly(path=visit.path))
    await visit.answer_done(201, done)


async def copy(visit: Visit) -> None:
    """Copy a file, or a folder with all that it holds unless Depth is 0."""
    depth = visit.request.header(b"depth").lower() or "infinity"
    if depth not in ("0", "infinity"):
        raise Malformed("A copy's Depth is 0 or infinity", hint="Leave it out.")
    asked = Copy(
        from_=visit.path,
        to=apart(visit),
        overwrite=overwrites(visit),
        shallow=depth == "0",
    )
    done = await visit.do(copies.copy, asked)
    view = done.result
    assert view is not None
    await visit.answer_done(201 if view.created else 204, done, _landed(visit, view.path))


async def move(visit: Visit) -> None:
    """Move or rename; between stages this submits, claims, withdraws or decides."""
    _check_whole(visit)
    asked = Move(from_=visit.path, to=apart(visit), overwrite=overwrites(visit))
    done = await visit.do(moves.move, asked)
    view = done.result
    assert view is not None
    await visit.answer_done(201 if view.created else 204, done, _landed(visit, view.path))


def apart(visit: Visit) -> Path:
    """Return where it goes, which is not where it is (RFC 4918, 9.8.5 and 9.9.4)."""
    to = visit.destination
    if is_litter(to) is not is_litter(visit.path):
        raise Forbidden(
            "What a desktop keeps for itself is no work, and does not become any",
            code=Code.NOT_A_MOVE,
            hint="Write the file under its name.",
        )
    if to == visit.path:
        raise Forbidden(
            "It is there already", code=Code.NOT_A_MOVE, hint="Name another destination."
        )
    return to


def _landed(visit: Visit, path: str) -> Headers:
    """Return where it stands now, if a taken name made it give way (RULES 5)."""
    if path == visit.destination:
        return []
    return [(b"location", visit.href(Path(path), is_folder=False).encode())]


def overwrites(visit: Visit) -> bool:
    """Say whether what is there gives way; it does unless told otherwise (10.6)."""
    said = visit.request.header(b"overwrite").upper() or "T"
    if said not in ("T", "F"):
        raise Malformed("Overwrite is T or F", hint="Leave it out.")
    return said == "T"


def _check_whole(visit: Visit) -> None:
    """Refuse to delete or move a folder without what it holds (RFC 4918, 9.6.1 and 9.9.2)."""
    if visit.request.header(b"depth").lower() not in ("", "infinity"):
        raise Malformed("The Depth of this is infinity", hint="Leave the Depth header out.")
