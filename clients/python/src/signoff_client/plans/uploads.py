"""Large files: tus 1.0, a piece at a time, resumed where it broke off.

An upload is made with its path and its conditions, and each PATCH says from which byte on it
goes. After a lost answer a HEAD tells how much is there, and the rest of the piece in hand is
sent. So no more than two pieces are kept in memory, and an iterator is enough as a source.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from signoff_client.asking import Patience, answered, pause_after, tell
from signoff_client.errors import Conflict, Held, Invalid, Unreachable
from signoff_client.place import quoted
from signoff_client.sources import Source
from signoff_client.steps import Pause, Plan, Read, Reply, Send

PIECE = 4 * 1024 * 1024
"""Bytes that are sent at a time. What is not longer is sent at once."""

_TUS = {"Tus-Resumable": "1.0.0"}
_ELSEWHERE = frozenset({"offset_mismatch", "upload_busy"})
"""Codes of an upload that is further than we know, or whose end is being stored."""

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the bytes that arrived and all there are, None while nobody knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Where bytes go, and on which conditions: both entity tags as the server gave them."""

    path: str
    if_match: str = ""
    if_none_match: str = ""
    content_type: str = ""
    token: str = ""
    progress: Progress | None = None

    def headers(self) -> dict[str, str]:
        """Return what goes with each request of the write."""
        said = {
            "If-Match": self.if_match,
            "If-None-Match": self.if_none_match,
            "Lock-Token": self.token,
        }
        return {name: value for name, value in said.items() if value}

    def metadata(self) -> str:
        """Return the path and the media type as tus has it: words, and values in Base64."""
        said = {
            "path": self.path.strip("/"),
            "filetype": self.content_type,
            "if_match": self.if_match,
            "if_none_match": self.if_none_match,
        }
        return ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}"
            for name, value in said.items()
            if value
        )

    def tell(self, done: int, size: int | None) -> None:
        """Tell whoever wants to know how far it is."""
        if self.progress is not None:
            self.progress(done, size)


@dataclass(slots=True)
class _Standing:
    """How far an upload is."""

    url: str
    offset: int = 0


def upload(wish: Wish, source: Source, first: bytes, *, patience: Patience) -> Plan[str]:
    """Send a source piece by piece, its first piece read already; return the digest of all.

    The last piece is known by being read past, so that its PATCH can say the length.
    """
    size = source.size
    at = yield from _create(wish, size, patience)
    hashed = hashlib.sha256()
    piece, rest = first[:PIECE], first[PIECE:]
    while True:
        following: bytes = rest + (yield Read(source, PIECE + 1 - len(rest)))
        hashed.update(piece)
        last = not following
        if last and size is not None and at.offset + len(piece) != size:
            raise _changed(wish, size, at.offset + len(piece))
        yield from _append(wish, at, piece, patience, last=last, say_length=size is None)
        wish.tell(at.offset, at.offset if last else size)
        if last:
            return f"sha256:{hashed.hexdigest()}"
        piece, rest = following[:PIECE], following[PIECE:]


def _create(wish: Wish, size: int | None, patience: Patience) -> Plan[_Standing]:
    length = {"Upload-Defer-Length": "1"} if size is None else {"Upload-Length": str(size)}
    headers = {**_TUS, **length, "Upload-Metadata": wish.metadata()}
    reply = yield from tell(
        "POST", "uploads", patience=patience, headers=headers, token=wish.token
    )
    where = reply.headers["location"]
    return _Standing(url=quoted(where.partition("/uploads/")[2]))


def _changed(wish: Wish, size: int, found: int) -> Invalid:
    return Invalid(
        f"What is written to “{wish.path}” had {size} bytes at first and has {found} now",
        code="body_incomplete",
        hint="Write it when nobody changes it.",
    )


def _append(
    wish: Wish, at: _Standing, piece: bytes, patience: Patience, *, last: bool, say_length: bool
) -> Plan[None]:
    """Send a piece until all of it is durable, beginning where the server says it ends."""
    end = at.offset + len(piece)
    length = end if last and say_length else None
    tried = 0
    while True:
        tried += 1
        rest = piece[len(piece) - (end - at.offset) :]
        try:
            reply = yield from answered(_patch(wish, at, rest, length), patience, twice=False)
        except (Unreachable, Conflict, Held) as error:
            pause = pause_after(tried)
            if patience.is_over(tried, pause) or not _is_worth_a_look(error):
                raise
        else:
            at.offset = int(reply.headers["upload-offset"])
            return
        yield Pause(pause)
        try:
            there = yield from _look(at, patience)
        except Held as held:
            if held.code in _ELSEWHERE:
                continue
            raise
        at.offset = int(there.headers["upload-offset"])
        if at.offset == end and (not last or "signoff-version" in there.headers):
            return


def _is_worth_a_look(error: Unreachable | Conflict | Held) -> bool:
    """Say whether another part of the upload arrived than we know, or nobody knows."""
    return isinstance(error, Unreachable) or error.code in _ELSEWHERE


def _look(at: _Standing, patience: Patience) -> Plan[Reply]:
    request = Send(method="HEAD", path=f"uploads/{at.url}", headers=_TUS)
    return (yield from answered(request, patience))


def _patch(wish: Wish, at: _Standing, body: bytes, length: int | None) -> Send:
    headers = {
        **_TUS,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(at.offset),
    }
    if wish.token:
        headers["Lock-Token"] = wish.token
    if length is not None:
        headers["Upload-Length"] = str(length)
    return Send(method="PATCH", path=f"uploads/{at.url}", headers=headers, body=body)
