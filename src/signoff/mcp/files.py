"""Tools for files: read one or a part of it, write one, see what it was before."""

import base64
import binascii
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from signoff.actions import files
from signoff.actions.file_views import FileView
from signoff.actions.files import Opened, ReadFile, WriteFile
from signoff.asgi.uploads import is_large
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.tokens import tokens_of
from signoff.mcp import contents
from signoff.mcp.tools import Answer, Tool, line, tool
from signoff.mcp.uris import uri_of
from signoff.mcp.visit import Visit

USUAL = 32 * 1024
MOST = 256 * 1024


class Read(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which file, and which part of it."""

    path: Annotated[
        str, Meta(description="The file.", examples=["processing/cl_01jx/report.md"])
    ]
    offset: Annotated[
        int, Meta(ge=0, description="The first byte; the `next_offset` of the part before.")
    ] = 0
    limit: Annotated[int, Meta(ge=1, le=MOST, description="How many bytes at most.")] = USUAL
    encoding: Annotated[
        Literal["auto", "text", "base64"],
        Meta(description="`auto` shows text and pictures; `base64` gives any bytes exactly."),
    ] = "auto"
    version: Annotated[int | None, Meta(description="An earlier version, from `history`.")] = (
        None
    )


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a file. `etag` is what `write` wants as `if_match`."""

    path: str
    version: int
    etag: str
    digest: str
    size: int
    media_type: str
    uri: str
    offset: int = 0
    next_offset: int | None = None
    text: str | None = None
    base64: str | None = None


async def read(visit: Visit, asked: Read) -> Answer:
    """Read a file: text as text, a picture as a picture, any bytes as base64.

    A long file comes in parts: read again with `offset` = `next_offset`. Remember `etag`:
    `write` wants it as `if_match` when you overwrite a file that you hold no claim on.
    """
    opened = await visit.ask(
        files.open_, ReadFile(path=asked.path, version=asked.version or None)
    )
    if asked.offset and asked.offset >= opened.size:
        raise Conflict(
            f"The file has {opened.size} bytes",
            code=Code.RANGE_UNSATISFIABLE,
            hint="Send an `offset` below its `size`.",
            size=opened.size,
        )
    end = min(asked.offset + asked.limit, opened.size)
    if (
        asked.encoding == "auto"
        and asked.offset == 0
        and opened.media_type in contents.PICTURES
        and opened.size <= contents.MOST_PICTURE
    ):
        data = await contents.take(visit, opened, start=0, end=opened.size)
        text = f"{opened.path} is the picture above ({_about(opened)})."
        more = (contents.picture(opened, data),)
        return Answer(value=_part(visit, opened), text=text, more=more)
    data = await contents.take(visit, opened, start=asked.offset, end=end)
    if asked.encoding == "base64":
        return _as_base64(visit, opened, data, asked.offset)
    if asked.encoding == "auto" and not contents.is_text(opened, data):
        return _unshown(visit, opened)
    return _as_text(visit, opened, data, asked.offset)


def _as_text(visit: Visit, opened: Opened, data: bytes, offset: int) -> Answer:
    found = contents.whole_text(data)
    notes = []
    if found is None:
        text, taken = data.decode("utf-8", "replace"), len(data)
        notes.append("It is not UTF-8: what cannot be read is shown as “\ufffd”.")
    else:
        text, taken = found
    after = offset + (taken or len(data))
    value = _part(visit, opened, offset=offset, after=after, text=text)
    if value.next_offset is not None:
        notes.append(_rest(opened, offset, after))
    told = [f"{opened.path} ({_about(opened)})", *notes]
    return Answer(value=value, text="\n".join(told), more=({"type": "text", "text": text},))


def _as_base64(visit: Visit, opened: Opened, data: bytes, offset: int) -> Answer:
    after = offset + len(data)
    said = contents.base64_of(data)
    value = _part(visit, opened, offset=offset, after=after, base64=said)
    told = [f"{opened.path} ({_about(opened)}) as base64"]
    if value.next_offset is not None:
        told.append(_rest(opened, offset, after))
    return Answer(value=value, text="\n".join(told), more=({"type": "text", "text": said},))


def _unshown(visit: Visit, opened: Opened) -> Answer:
    text = (
        f"{opened.path} is no text ({_about(opened)}). To have its bytes, read it with"
        f' encoding="base64", {MOST} at a time; a client can fetch it as'
        f" {uri_of(visit.workspace, opened.path)}."
    )
    return Answer(value=_part(visit, opened), text=text)


def _part(
    visit: Visit,
    opened: Opened,
    *,
    offset: int = 0,
    after: int | None = None,
    text: str | None = None,
    base64: str | None = None,
) -> Part:
    return Part(
        path=opened.path,
        version=opened.version,
        etag=opened.etag,
        digest=opened.digest,
        size=opened.size,
        media_type=opened.media_type,
        uri=uri_of(visit.workspace, opened.path),
        offset=offset,
        next_offset=after if after is not None and after < opened.size else None,
        text=text,
        base64=base64,
    )


def _about(opened: Opened) -> str:
    return line(
        f"{opened.size} bytes",
        opened.media_type,
        f"version {opened.version}",
        f"etag {opened.etag}",
    )


def _rest(opened: Opened, offset: int, after: int) -> str:
    return f"These are bytes {offset} to {after} of {opened.size}. Read on with offset={after}."


class Write(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to, and what: `text`, or any bytes as `base64`."""

    path: Annotated[
        str,
        Meta(
            description="The file; missing folders are made.",
            examples=["processing/cl_01jx/report.md", "notes/plan.md"],
        ),
    ]
    text: Annotated[str | UnsetType, Meta(description="The whole content, as text.")] = UNSET
    base64: Annotated[
        str | UnsetType, Meta(description="The whole content as base64, for what is no text.")
    ] = UNSET
    lock_token: Annotated[
        str, Meta(description="The token of your claim or lock, when you write in one.")
    ] = ""
    if_match: Annotated[
        str,
        Meta(description="The `etag` that `read` gave, to overwrite without a claim."),
    ] = ""
    only_new: Annotated[bool, Meta(description="Refuse when a file is there already.")] = False
    media_type: Annotated[
        str, Meta(description="Left out, it is told by the name.", examples=["text/csv"])
    ] = ""


async def write(visit: Visit, asked: Write) -> Answer:
    """Write a file whole: a new one, or the next version of one that is there.

    You may write in your claim's folder (send its lock_token), in input/ and in ordinary
    folders. What is in review or approved stands still. To overwrite outside of a claim, read
    the file first and send its `etag` as `if_match`. A call has 4 MB at most, so about 3 MB as
    base64: larger files go through the HTTP API.
    """
    data = _bytes_of(asked)
    tokens = tokens_of(asked.lock_token)
    where = WriteFile(
        path=asked.path.strip("/"),
        blob="",
        digest="",
        size=0,
        media_type=asked.media_type,
        if_match=(asked.if_match,) if asked.if_match else (),
        if_none_match=("*",) if asked.only_new else (),
    )
    if is_large(len(data)):
        await visit.ask(files.may_write, where, tokens=tokens)
    arrived = await visit.parts.house.bytes.take_in(visit.caller, _once(data), length=len(data))
    written: FileView = await visit.do(
        files.write,
        WriteFile(
            path=where.path,
            blob=arrived.blob,
            digest=arrived.digest,
            size=arrived.size,
            inline=arrived.inline,
            media_type=where.media_type,
            if_match=where.if_match,
            if_none_match=where.if_none_match,
        ),
        tokens=tokens,
    )
    did = "Made" if written.created else f"Wrote version {written.version} of"
    text = f"{did} {written.path} ({line(f'{written.size} bytes', f'etag {written.etag}')})."
    return Answer(value=written, text=text)


def _bytes_of(asked: Write) -> bytes:
    if isinstance(asked.text, str) == isinstance(asked.base64, str):
        raise Invalid("A file is written as text or as base64", hint="Send one of the two.")
    if isinstance(asked.text, str):
        return asked.text.encode()
    try:
        return base64.b64decode(str(asked.base64), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("This is not base64", hint="Send text as `text`.") from None


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


TOOLS: tuple[Tool, ...] = (
    tool(read, Read, Part, title="Read a file", acts=("file.read",), reads=True),
    tool(write, Write, FileView, title="Write a file", acts=("file.write",), destroys=True),
)
