"""Files: to read them, in pieces if they are large, and to write them once."""

import base64
import hashlib
import re
from typing import Any

import msgspec

from signoff_client.asking import Patience, answered, ask, pause_after, read, tell
from signoff_client.errors import Conflict, NotFound, Refused, Unreachable
from signoff_client.place import quoted
from signoff_client.plans.uploads import PIECE, Wish, upload
from signoff_client.sources import AsyncData, source_of
from signoff_client.steps import Flow, Give, Pause, Plan, Read, Send
from signoff_client.views import Entry, File, Moved, Version

_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")


def content(
    path: str,
    *,
    patience: Patience,
    version: int | None = None,
    span: tuple[int, int] | None = None,
    token: str = "",
) -> Plan[bytes]:
    """Return a file's bytes, or those from the first to before the last of a span."""
    headers = {} if span is None else {"Range": f"bytes={span[0]}-{span[1] - 1}"}
    reply = yield from tell(
        "GET",
        f"files/{quoted(path)}",
        patience=patience,
        params={} if version is None else {"version": version},
        headers=headers,
        token=token,
    )
    return reply.body


def pieces(path: str, *, version: int | None, patience: Patience) -> Flow[bytes]:
    """Give a file's bytes a piece at a time, all of one version, going on after breaks."""
    where = f"files/{quoted(path)}"
    params = {} if version is None else {"version": version}
    headers: dict[str, str] = {}
    at, total = 0, 1
    while at < total:
        headers["Range"] = f"bytes={at}-{at + PIECE - 1}"
        try:
            reply = yield from tell(
                "GET", where, patience=patience, params=params, headers=headers
            )
        except Refused as refused:
            if refused.code == "range_unsatisfiable" and at == 0:
                return  # an empty file has no first byte
            raise
        headers["If-Match"] = reply.headers.get("etag", "*")
        found = _TOTAL.fullmatch(reply.headers.get("content-range", ""))
        at += len(reply.body)
        total = int(found[1]) if found else at
        yield Give(reply.body)


def write(wish: Wish, data: AsyncData, *, patience: Patience) -> Plan[File]:
    """Write a file: at once if it is small, else as an upload that is resumed."""
    source = source_of(data)
    try:
        first: bytes = yield Read(source, PIECE + 1)
        if len(first) > PIECE:
            digest = yield from upload(wish, source, first, patience=patience)
            there = yield from _standing(wish.path, digest, patience)
            if there is None:
                raise Conflict(
                    f"“{wish.path}” was written again at once",
                    code="conflict",
                    hint="Its versions show by whom; yours is among them.",
                )
            return there
        return (yield from _put(wish, first, patience))
    finally:
        source.close()


def _put(wish: Wish, body: bytes, patience: Patience) -> Plan[File]:
    """Write by PUT. After a lost answer it is looked first whether the bytes are there."""
    digest = hashlib.sha256(body)
    headers = {
        **wish.headers(),
        "Content-Type": wish.content_type or "application/octet-stream",
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
    }
    request = Send(method="PUT", path=f"files/{quoted(wish.path)}", headers=headers, body=body)
    tried = 0
    while True:
        tried += 1
        try:
            reply = yield from answered(request, patience, twice=False)
        except Unreachable:
            pause = pause_after(tried)
            if patience.is_over(tried, pause):
                raise
            yield Pause(pause)
            there = yield from _standing(wish.path, f"sha256:{digest.hexdigest()}", patience)
            if there is not None:
                return there
        else:
            wish.tell(len(body), len(body))
            return read(reply, File)


class _Versions(msgspec.Struct, frozen=True):
    items: tuple[Version, ...]


def _standing(path: str, digest: str, patience: Patience) -> Plan[File | None]:
    """Return the file at a path if its bytes are these."""
    newest = f"versions/{quoted(path)}"
    try:
        found = yield from ask("GET", newest, _Versions, patience=patience, params={"limit": 1})
    except NotFound:
        return None
    version = found.items[0]
    if version.digest != digest:
        return None
    return File(
        path=path.strip("/"),
        version=version.version,
        digest=version.digest,
        size=version.size,
        media_type=version.media_type,
        modified_at=version.at,
        etag=version.etag,
    )


def is_folder(path: str, *, patience: Patience) -> Plan[bool]:
    """Say whether there is a folder at a path."""
    try:
        yield from tell("GET", f"tree/{quoted(path)}", patience=patience, params={"limit": 1})
    except Refused as refused:
        if refused.code in ("not_a_folder", "not_found"):
            return False
        raise
    return True


def transfer(
    noun: str, source: str, target: str, *, overwrite: bool, token: str, patience: Patience
) -> Plan[Moved]:
    """Move or copy (`moves`, `copies`) something to a path whose folders are made."""
    body: dict[str, Any] = {"from": source.strip("/"), "to": target.strip("/")}
    if overwrite:
        body["overwrite"] = True
    return (yield from ask("POST", noun, Moved, patience=patience, json=body, token=token))


def make_folder(path: str, *, token: str, patience: Patience) -> Plan[None]:
    """Make a folder and those above it, unless it is there."""
    try:
        yield from tell(
            "POST", "folders", patience=patience, json={"path": path.strip("/")}, token=token
        )
    except Conflict as refused:
        if refused.code != "exists":
            raise


def delete(path: str, *, if_match: str, token: str, patience: Patience) -> Plan[None]:
    """Put a file or folder into the trash."""
    headers = {"If-Match": if_match} if if_match else {}
    where = f"files/{quoted(path)}"
    yield from tell(
        "DELETE", where, patience=patience, headers=headers, token=token, done=(404,)
    )


def find(words: str, *, limit: int, patience: Patience) -> Plan[tuple[Entry, ...]]:
    """Find files and folders by the words of their names."""
    params = {"q": words, "limit": limit}
    found = yield from ask("GET", "find", _Entries, patience=patience, params=params)
    return found.items


class _Entries(msgspec.Struct, frozen=True):
    items: tuple[Entry, ...]
