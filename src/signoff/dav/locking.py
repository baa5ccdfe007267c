"""LOCK and UNLOCK (RFC 4918, sections 9.10 and 9.11), over the one table of locks."""

import re
from xml.etree.ElementTree import Element

from msgspec import Struct

from signoff.actions import locks
from signoff.actions.lines import TicketView
from signoff.actions.lock_views import LockView
from signoff.actions.locks import OneLock, RefreshLock, TakeLock
from signoff.asgi.answers import Headers
from signoff.dav import properties, xml
from signoff.dav.visit import Visit
from signoff.domain.errors import Invalid, Malformed
from signoff.domain.ids import LockToken

MAX_OWNER = 1000
_SECONDS = re.compile(r"second-(\d{1,12})", re.IGNORECASE)


class Asked(Struct, frozen=True):
    """What a LOCK's body asks for."""

    mode: str
    owner: str


async def lock(visit: Visit) -> None:
    """Lock something, or a name that is not there yet; without a body, begin its time anew."""
    body = await visit.body()
    if not body.strip():
        await _refresh(visit)
        return
    asked = lockinfo(body)
    done = await visit.do(
        locks.take,
        TakeLock(
            path=visit.path,
            mode=asked.mode,
            depth=_depth(visit.request.header(b"depth")),
            timeout_seconds=timeout_of(visit.request.header(b"timeout")),
            owner_text=asked.owner,
        ),
    )
    view = done.result
    assert isinstance(view, LockView)
    headers: Headers = [(b"lock-token", f"<{view.token}>".encode())]
    await answer_lock(visit, 201 if view.reserved is True else 200, view, headers)


async def _refresh(visit: Visit) -> None:
    """Begin a lock's time anew; the If header names its token, alone (9.10.2)."""
    token = only_token(visit)
    timeout = timeout_of(visit.request.header(b"timeout"))
    done = await visit.do(
        locks.refresh, RefreshLock(token=token, path=visit.path, timeout_seconds=timeout)
    )
    view = done.result
    assert not isinstance(view, TicketView | None)
    await answer_lock(visit, 200, view, [])


async def answer_lock(visit: Visit, status: int, view: LockView, headers: Headers) -> None:
    """Answer with a lock as it stands."""
    found = properties.discovery([view], workspace=visit.workspace)
    body = f'{xml.HEAD}<D:prop xmlns:D="DAV:">{found}</D:prop>'
    await visit.answer_xml(status, body, headers)


async def unlock(visit: Visit) -> None:
    """End one's own lock; some Windows clients leave the angle brackets away."""
    token = token_of(visit)
    done = await visit.do(locks.release, OneLock(token=token, path=visit.path))
    await visit.answer_done(204, done)


def token_of(visit: Visit) -> str:
    """Return the token that an UNLOCK names."""
    token = visit.request.header(b"lock-token").strip().removeprefix("<").removesuffix(">")
    if not token:
        raise Malformed("Which lock is meant is not said", hint="Send a Lock-Token header.")
    return token


def only_token(visit: Visit) -> LockToken:
    """Return the one token that a refresh submits."""
    if len(visit.tokens) != 1:
        raise Malformed(
            "Which lock is meant is not said",
            hint="Send If with its token, or a lockinfo element as the body.",
        )
    (token,) = visit.tokens
    return token


def lockinfo(body: bytes) -> Asked:
    """Return what a lockinfo element asks for (14.11); refuse anything but a write lock."""
    root = xml.read(body)
    scope, kind = xml.child(root, "lockscope"), xml.child(root, "locktype")
    if root.tag != xml.dav("lockinfo") or scope is None or kind is None:
        raise Malformed("The body is no lockinfo element", hint="RFC 4918, section 14.11.")
    if xml.child(kind, "write") is None:
        raise Invalid("There are only write locks", hint="Send <locktype><write/></locktype>.")
    shared, exclusive = xml.child(scope, "shared"), xml.child(scope, "exclusive")
    if (shared is None) == (exclusive is None):
        raise Malformed("A lock is either exclusive or shared")
    mode = "exclusive" if shared is None else "shared"
    return Asked(mode=mode, owner=_owner(xml.child(root, "owner")))


def _owner(element: Element | None) -> str:
    """Return what a client says of its owner, as it is given back to it: XML, and not long."""
    if element is None:
        return ""
    inner = xml.inside(element).strip()
    if len(inner) <= MAX_OWNER:
        return inner
    return xml.text("".join(element.itertext()).strip()[: MAX_OWNER // 5])


def _depth(said: str) -> str:
    depth = said.lower() or "infinity"
    if depth not in ("0", "infinity"):
        raise Malformed("A lock's Depth is 0 or infinity", hint="Leave it out for infinity.")
    return depth


def timeout_of(said: str) -> int | None:
    """Return the first time of the list that is understood, in seconds (10.7).

    The longest lock is a day, for whoever wants it for ever, too.
    """
    for each in said.split(","):
        word = each.strip()
        found = _SECONDS.fullmatch(word)
        if found:
            return min(int(found.group(1)), _LONGEST)
        if word.lower() == "infinite":
            return _LONGEST
    return None


_LONGEST = 24 * 60 * 60
