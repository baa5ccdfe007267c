"""The words of tus 1.0: what the headers of a request ask for, and those of an answer say."""

import base64
import binascii
import hashlib
import re
from typing import TypeAlias

from signoff.actions.uploads import CreateUpload, UploadView
from signoff.asgi import contents
from signoff.asgi.answers import NO_STORE, Headers, Request
from signoff.domain.errors import Code, Invalid, Malformed
from signoff.rest.tus import ALGORITHMS

MAX_METADATA = 8 * 1024

_NUMBER = re.compile(r"[0-9]{1,15}")
_KEY = re.compile(r"[!-+\--~]{1,128}")
_SECONDS = re.compile(r"(-?[0-9]{1,12})(?:\.[0-9]*)?")
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")

Metadata: TypeAlias = dict[str, str]


# What a request says.


def number(request: Request, name: str) -> int | None:
    """Return what a header counts, None where it is not sent."""
    said = request.header(name.lower().encode())
    if not said:
        return None
    if not _NUMBER.fullmatch(said):
        raise Malformed(f"{name} is a whole number", hint=f"Not “{said[:40]}”.")
    return int(said)


def offset(request: Request) -> int:
    """Return from where on an upload is sent."""
    said = number(request, "Upload-Offset")
    if said is None:
        raise Malformed(
            "It is not said from where on this is sent",
            hint="Send `Upload-Offset`, as HEAD answers it.",
        )
    return said


def length(request: Request) -> int | None:
    """Return how long a new upload will be, None where that comes later."""
    said = number(request, "Upload-Length")
    deferred = request.header(b"upload-defer-length")
    if request.header(b"upload-concat"):
        raise Malformed(
            "Uploads are not joined here",
            hint="Send the file as one upload; it goes on where it broke off.",
        )
    if deferred not in ("", "1") or bool(deferred) == (said is not None):
        raise Malformed(
            "It is not said how long the upload will be",
            hint="Send either `Upload-Length`, or `Upload-Defer-Length: 1`.",
        )
    return said


def checksum(request: Request) -> tuple[str, bytes] | None:
    """Return by which algorithm what is sent must come to what."""
    said = request.header(b"upload-checksum")
    if not said:
        return None
    algorithm, _, value = said.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm).digest_size:
        raise Malformed(
            "This is no checksum that is known here",
            hint=f"Send one of {', '.join(ALGORITHMS)}, a space, and the sum in Base64.",
        )
    return algorithm, digest


def asked(request: Request) -> CreateUpload:
    """Return what an upload is to be, by its metadata and its conditions."""
    raw = request.header(b"upload-metadata")
    said = metadata(raw)
    digest = _SHA256.fullmatch(said.get("sha256", "").lower())
    if said.get("sha256") and digest is None:
        raise Invalid("“sha256” is a digest in hexadecimal", field="sha256")
    mtime = _SECONDS.fullmatch(said.get("mtime", ""))
    if said.get("mtime") and mtime is None:
        raise Invalid("“mtime” is a number of seconds since 1970", field="mtime")
    match = request.header(b"if-match") or said.get("if_match", "")
    none_match = request.header(b"if-none-match") or said.get("if_none_match", "")
    return CreateUpload(
        path=_path(said),
        length=length(request),
        media_type=said.get("filetype", ""),
        if_match=contents.etags(match),
        if_none_match=contents.etags(none_match),
        digest=f"sha256:{digest[1]}" if digest else "",
        mtime_seconds=int(mtime[1]) if mtime else None,
        metadata=raw,
    )


def metadata(raw: str) -> Metadata:
    """Return what a client says of an upload: words, and their values in Base64."""
    if len(raw) > MAX_METADATA:
        raise Invalid(
            f"Upload-Metadata is at most {MAX_METADATA} bytes",
            code=Code.TOO_LONG,
            hint="Keep what is longer in a file beside.",
        )
    said: Metadata = {}
    for pair in raw.split(",") if raw else ():
        key, _, value = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in said:
            raise _unreadable("each pair has a word of its own before its value")
        try:
            said[key] = base64.b64decode(value.strip(" "), validate=True).decode()
        except (binascii.Error, ValueError):
            raise _unreadable(f"the value of “{key}” is no UTF-8 in Base64") from None
    return said


def _path(said: Metadata) -> str:
    """Return where an upload goes: its whole path, or its name in a folder."""
    if said.get("path"):
        return said["path"]
    name = said.get("filename", "")
    if not name or "/" in name:
        raise Invalid(
            "It is not said where the upload goes",
            code=Code.INVALID_PATH,
            hint="Send `path` in Upload-Metadata, or `filename` and its `folder`.",
            field="path",
        )
    folder = said.get("folder", "")
    return f"{folder}/{name}"


def _unreadable(why: str) -> Malformed:
    return Malformed(
        f"Upload-Metadata cannot be read: {why}",
        hint="Write `path aW5wdXQvYS5jc3Y=,filetype dGV4dC9jc3Y=`.",
    )


# What an answer says.


def progress(view: UploadView) -> Headers:
    """Return how far an upload is, until when it is kept, and the file that it became."""
    headers = [
        (b"upload-offset", str(view.offset).encode()),
        (b"upload-expires", contents.http_date(int(view.expires_at.timestamp())).encode()),
        NO_STORE,
    ]
    if view.file is not None:
        headers += [
            (b"etag", view.file.etag.encode()),
            (b"signoff-version", str(view.file.version).encode()),
            (b"signoff-digest", view.file.digest.encode()),
        ]
    return headers


def described(view: UploadView) -> Headers:
    """Return how long an upload will be, and what was said of it."""
    whole = (
        (b"upload-defer-length", b"1")
        if view.length is None
        else (b"upload-length", str(view.length).encode())
    )
    said = [(b"upload-metadata", view.metadata.encode("latin-1"))] if view.metadata else []
    return [whole, *said]
