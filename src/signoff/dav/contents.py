"""GET, HEAD and PUT: a file's bytes out and in (RFC 4918, sections 9.4 and 9.7)."""

import hashlib
import re
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Protocol

from msgspec.structs import replace

from signoff.actions import files, resources
from signoff.actions.files import Opened, ReadFile, WriteFile
from signoff.actions.resources import Look
from signoff.asgi import contents
from signoff.asgi.answers import Headers, answer
from signoff.asgi.contents import SAFE, etags
from signoff.asgi.uploads import check_not_code, is_large
from signoff.dav.visit import Visit
from signoff.domain.errors import Code, Conflict, Invalid, Malformed, NotFound

_MTIME = re.compile(r"\s*(\d{1,12})(?:\.\d*)?\s*")


async def get(visit: Visit) -> None:
    """Give a file out; tell what a folder is to who asks for its bytes."""
    check_not_code(visit.request)
    try:
        opened = _as_given(await visit.ask_under(files.open_, ReadFile(path=visit.path)))
    except (NotFound, Conflict) as refusal:
        if not await _bare(visit, refusal):
            raise
        return
    await contents.give(
        visit.house,
        visit.request,
        visit.send,
        opened,
        workspace=visit.workspace,
        headers=contents.described(opened) + _given(opened),
    )


def _as_given(opened: Opened) -> Opened:
    """Return a file with the time that its client gave it, if it did."""
    seconds = opened.given.mtime_seconds
    if seconds is None:
        return opened
    return replace(opened, modified_at=datetime.fromtimestamp(seconds, UTC))


def _given(opened: Opened) -> Headers:
    checksum = opened.given.checksum
    return [(b"oc-checksum", checksum.encode())] if checksum else []


async def _bare(visit: Visit, refusal: NotFound | Conflict) -> bool:
    """Answer for what stands there and has no bytes: a folder, or a name that was locked."""
    if isinstance(refusal, Conflict) and refusal.code is not Code.IS_FOLDER:
        return False
    node = (await visit.ask(resources.look, Look(path=visit.path))).node
    if node.is_folder:
        where = f"{visit.house.base_url}/w/{visit.workspace}/files/{visit.path}"
        text = f"This is a folder of a WebDAV drive; in a browser it is at {where}\n"
        body = b"" if visit.request.method == "HEAD" else text.encode()
        headers: Headers = [(b"content-type", b"text/plain; charset=utf-8"), *SAFE]
        await answer(visit.send, 200, body, headers)
        return True
    if node.version:
        return False
    await answer(visit.send, 200, b"", [(b"etag", node.etag.encode()), *SAFE])
    return True


async def put(visit: Visit) -> None:
    """Take a file in: hash and encrypt as it comes, then name it in one transaction."""
    request, house = visit.request, visit.house
    if request.header(b"content-range"):
        raise Malformed(
            "A part of a file cannot be written",
            hint="Send the whole file.",
        )
    checksum = Checksum(request.header(b"oc-checksum"))
    mtime = _mtime(request.header(b"x-oc-mtime"))
    asked = WriteFile(
        path=visit.path,
        blob="",
        digest="",
        size=0,
        media_type=request.header(b"content-type"),
        if_match=etags(request.header(b"if-match")),
        if_none_match=etags(request.header(b"if-none-match")),
        mtime_seconds=mtime,
        checksum=checksum.text,
    )
    length = request.length
    if is_large(length):
        await visit.ask_under(files.may_write, asked)
    chunks = checksum.over(request.chunks())
    arrived = await house.bytes.take_in(visit.caller, chunks, length=length)
    checksum.check()
    done = await visit.do(
        files.write,
        replace(
            asked,
            blob=arrived.blob,
            digest=arrived.digest,
            size=arrived.size,
            inline=arrived.inline,
        ),
    )
    view = done.result
    assert view is not None
    headers: Headers = [(b"etag", view.etag.encode()), (b"oc-etag", view.etag.encode())]
    if mtime is not None:
        headers.append((b"x-oc-mtime", b"accepted"))
    await visit.answer_done(201 if view.created else 204, done, headers)


def _mtime(said: str) -> int | None:
    """Return the time of a file in whole seconds, as its client knows it."""
    found = _MTIME.fullmatch(said)
    return int(found.group(1)) if found else None


class Hash(Protocol):
    """What hashlib's hashes have in common."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes in."""

    def hexdigest(self) -> str:
        """Return what the bytes come to."""


class Adler:
    """Adler-32 (RFC 1950, section 8.2), which ownCloud's clients may send."""

    def __init__(self) -> None:
        self._sum = 1

    def update(self, data: bytes) -> None:
        """Take more bytes in."""
        self._sum = zlib.adler32(data, self._sum)

    def hexdigest(self) -> str:
        """Return what the bytes come to."""
        return f"{self._sum:08x}"


class Checksum:
    """What a client says its bytes come to: `SHA1:…`, `MD5:…`, `SHA256:…`, `ADLER32:…`."""

    def __init__(self, said: str) -> None:
        kind, _, self._wanted = said.strip().partition(":")
        self._hash = _hash(kind.upper())
        self.text = f"{kind.upper()}:{self._wanted.lower()}" if self._hash else ""

    async def over(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the bytes, and add them up on their way."""
        async for chunk in chunks:
            if self._hash is not None:
                self._hash.update(chunk)
            yield chunk

    def check(self) -> None:
        """Refuse bytes that are not what the client meant to send."""
        if self._hash is not None and self._hash.hexdigest() != self._wanted.lower():
            raise Invalid(
                "The body is not what its OC-Checksum says",
                code=Code.DIGEST_MISMATCH,
                hint="It was damaged on the way; send it again.",
            )


def _hash(kind: str) -> Hash | None:
    match kind:
        case "SHA1":
            return hashlib.sha1(usedforsecurity=False)
        case "MD5":
            return hashlib.md5(usedforsecurity=False)
        case "SHA256":
            return hashlib.sha256()
        case "ADLER32":
            return Adler()
    return None
