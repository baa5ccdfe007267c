"""The methods for what desktops leave behind: it lies beside the tree, each client's own."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import UnsetType

from signoff.actions import litter
from signoff.actions.context import Context
from signoff.actions.folder_views import PathOnly
from signoff.actions.litter import HeldLitter, LockLitter, MoveLitter, WriteLitter
from signoff.actions.lock_views import LockView
from signoff.actions.retries import Done
from signoff.actions.scratch import LitterItem
from signoff.actions.views import Who, instant_of
from signoff.asgi.answers import Headers, answer
from signoff.asgi.contents import SAFE, http_date
from signoff.asgi.uploads import check_not_code
from signoff.dav import locking, properties, roots, xml
from signoff.dav.depths import depth_of, wanted
from signoff.dav.folders import apart, overwrites
from signoff.dav.properties import Facts, Wanted
from signoff.dav.proppatch import changes_of
from signoff.dav.visit import Handler, Visit
from signoff.domain.errors import Code, Malformed
from signoff.domain.files import Node, NodeKind
from signoff.domain.ids import NodeId, Path
from signoff.domain.litter import MAX_FILE_BYTES
from signoff.domain.properties import QUIET

P = TypeVar("P")
R = TypeVar("R")


async def get(visit: Visit) -> None:
    """Give a file out; a folder has no bytes."""
    check_not_code(visit.request)
    item = await visit.ask(litter.stat, PathOnly(path=visit.path))
    data = b""
    if item.type == "file":
        data = (await visit.ask(litter.read, PathOnly(path=visit.path))).data
    headers: Headers = [
        (b"content-type", item.media_type.encode("latin-1", "replace")),
        (b"etag", item.etag.encode()),
        (b"last-modified", http_date(int(item.modified_at.timestamp())).encode()),
        *SAFE,
    ]
    if visit.request.method == "HEAD":
        headers.append((b"content-length", str(item.size).encode()))
        await visit.send({"type": "http.response.start", "status": 200, "headers": headers})
        await visit.send({"type": "http.response.body", "body": b""})
        return
    await answer(visit.send, 200, data, headers)


async def put(visit: Visit) -> None:
    """Keep a file."""
    data = await visit.request.body(limit=MAX_FILE_BYTES)
    asked = WriteLitter(
        path=visit.path, data=data, media_type=visit.request.header(b"content-type")
    )
    done = await _do(visit, litter.write, asked)
    item = done.result
    assert item is not None
    await visit.answer(201 if item.created else 204, [(b"etag", item.etag.encode())])


async def delete(visit: Visit) -> None:
    """Forget a file or folder."""
    await _do(visit, litter.remove, PathOnly(path=visit.path))
    await visit.answer(204)


async def mkcol(visit: Visit) -> None:
    """Make a folder."""
    if await visit.body():
        raise Malformed("A folder is made without a body", code=Code.UNSUPPORTED)
    await _do(visit, litter.make_folder, PathOnly(path=visit.path))
    await visit.answer(201)


async def copy(visit: Visit) -> None:
    """Copy to another name that is litter."""
    done = await _do(visit, litter.copy, _apart(visit))
    assert done.result is not None
    await visit.answer(201 if done.result.created else 204)


async def move(visit: Visit) -> None:
    """Move to another name that is litter."""
    done = await _do(visit, litter.move, _apart(visit))
    assert done.result is not None
    await visit.answer(201 if done.result.created else 204)


def _apart(visit: Visit) -> MoveLitter:
    return MoveLitter(from_=visit.path, to=apart(visit), overwrite=overwrites(visit))


async def lock(visit: Visit) -> None:
    """Lock a name, which keeps nobody out: the space is the client's own."""
    body = await visit.body()
    timeout = locking.timeout_of(visit.request.header(b"timeout"))
    if body.strip():
        asked = locking.lockinfo(body)
        wanted_lock = LockLitter(path=visit.path, timeout_seconds=timeout)
        item = (await _do(visit, litter.lock, wanted_lock)).result
        owner = asked.owner
    else:
        token = locking.only_token(visit)
        held = HeldLitter(path=visit.path, token=token, timeout_seconds=timeout)
        item = (await _do(visit, litter.refresh, held)).result
        owner = ""
    assert item is not None
    headers: Headers = [(b"lock-token", f"<{item.lock_token}>".encode())] if body else []
    view = _lock_of(visit, item, owner)
    await locking.answer_lock(visit, 201 if item.created else 200, view, headers)


def _lock_of(visit: Visit, item: LitterItem, owner: str) -> LockView:
    actor = visit.caller.actor
    assert not isinstance(item.locked_until, UnsetType)
    return LockView(
        path=item.path,
        mode="exclusive",
        depth="0",
        kind="dav",
        holder=Who(id=actor.id, kind=actor.kind.value, name=actor.name),
        taken_at=item.modified_at,
        expires_at=item.locked_until,
        owner_text=owner,
        token=item.lock_token,
    )


async def unlock(visit: Visit) -> None:
    """End a lock."""
    token = locking.token_of(visit)
    await _do(visit, litter.unlock, HeldLitter(path=visit.path, token=token))
    await visit.answer(204)


async def proppatch(visit: Visit) -> None:
    """Let Windows note what it notes of every file; nothing of it is kept."""
    changed = changes_of(await visit.body())
    names = dict.fromkeys(change.key for change in changed)
    stats = "".join(
        xml.propstat([xml.empty(*name)], "200 OK" if name in QUIET else "403 Forbidden")
        for name in names
    )
    body = xml.response(visit.href(visit.path, is_folder=False), [stats])
    await visit.answer_xml(207, f"{xml.MULTISTATUS}{body}{xml.MULTISTATUS_END}")


async def _do(visit: Visit, action: Callable[[Context, P], R], asked: P) -> Done[R]:
    """Do an act on the client's own space, where no lock of the tree reaches."""
    return await visit.house.do(action, visit.caller, asked)


async def propfind(visit: Visit) -> None:
    """Show a file or folder, and what is in it."""
    asked = wanted(await visit.body())
    depth = depth_of(visit.request)
    item = await visit.ask(litter.stat, PathOnly(path=visit.path))
    parts = [xml.MULTISTATUS, written(visit, asked, item)]
    if depth == 1 and item.type == "folder":
        parts.append(await in_folder(visit, asked))
    parts.append(xml.MULTISTATUS_END)
    await visit.answer_xml(207, "".join(parts))


async def in_folder(visit: Visit, asked: Wanted) -> str:
    """Return what a client keeps in the folder that it asks for."""
    page = await visit.ask(litter.list_, PathOnly(path=visit.path))
    return "".join(written(visit, asked, item) for item in page.items)


def written(visit: Visit, asked: Wanted, item: LitterItem) -> str:
    """Return one response element."""
    node = Node(
        id=NodeId(item.id),
        parent=None,
        name=item.name,
        kind=NodeKind(item.type),
        version=item.version,
        size=item.size,
        media_type=item.media_type,
        created_at=instant_of(item.created_at),
        modified_at=instant_of(item.modified_at),
    )
    facts = Facts(workspace=visit.workspace)
    address = visit.href(Path(item.path), is_folder=node.is_folder)
    return xml.response(address, [properties.of_node(asked, node, facts)])


METHODS: dict[str, Handler] = {
    "OPTIONS": roots.options,
    "GET": get,
    "HEAD": get,
    "PUT": put,
    "DELETE": delete,
    "MKCOL": mkcol,
    "COPY": copy,
    "MOVE": move,
    "PROPFIND": propfind,
    "PROPPATCH": proppatch,
    "LOCK": lock,
    "UNLOCK": unlock,
}
