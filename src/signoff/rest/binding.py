"""From a request to what an act is asked: path, query and body into one typed value."""

import hashlib
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from signoff.actions.retries import Retry
from signoff.asgi import contents
from signoff.asgi.answers import Request
from signoff.domain.errors import Code, Invalid, Malformed
from signoff.domain.ids import LockToken
from signoff.domain.tokens import tokens_of

MAX_KEY = 255
MAX_NUMBER = 2**53
"""What every JSON reader takes for a whole number (RFC 8259, section 6)."""


@lru_cache(maxsize=512)
def _fields(kind: type[Struct]) -> frozenset[str]:
    return frozenset(kind.__struct_encode_fields__)


def bind(
    kind: type[Struct], *, path: dict[str, str], query: dict[str, str], body: bytes
) -> Struct:
    """Return what an act is asked; refuse what it does not know.

    A name in the path wins; a query is as good as a body for what is plain text or a number.
    """
    return convert(kind, gather(path, query, body))


def gather(path: dict[str, str], query: dict[str, str], body: bytes) -> dict[str, Any]:
    """Return all that a request says, by name."""
    return {**query, **read_object(body), **path}


def read_object(body: bytes) -> dict[str, Any]:
    """Return a JSON body's object; an absent body says nothing."""
    if not body:
        return {}
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Malformed(f"The body is not JSON: {broken}", hint="Send a JSON object.") from None
    if not isinstance(value, dict):
        raise Malformed("The body is JSON, and no object", hint="Send {…}.")
    return value


def convert(kind: type[Struct], said: dict[str, Any]) -> Struct:
    """Return the typed value of what was said."""
    unknown = said.keys() - _fields(kind)
    if unknown:
        name = min(unknown)
        raise Invalid(
            f"“{name[:80]}” is not known here",
            hint=f"Known are {', '.join(sorted(_fields(kind)))}.",
            field=name[:80],
        )
    try:
        return _bounded(msgspec.convert(said, kind, strict=False))
    except msgspec.ValidationError as broken:
        message = str(broken)
        where = message.rpartition(" - at `$.")[2].rstrip("`") if " - at `$" in message else ""
        raise Invalid(
            f"The request makes no sense: {message}",
            hint="The reference says what is expected: /openapi.json.",
            field=where,
        ) from None


def _bounded(asked: Struct) -> Struct:
    """Refuse numbers that JSON cannot say exactly, and that no database holds."""
    for name in asked.__struct_fields__:
        value = getattr(asked, name)
        if isinstance(value, int) and not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise Invalid(
                f"“{name}” is too large a number", hint="Send a smaller one.", field=name
            )
    return asked


def conditions(request: Request, kind: type[Struct]) -> dict[str, Any]:
    """Return what If-Match says, for acts that want to know what the caller saw."""
    raw = request.header(b"if-match") if "if_match" in _fields(kind) else ""
    return {"if_match": contents.etags(raw)} if raw else {}


def tokens(request: Request) -> frozenset[LockToken]:
    """Return the lock tokens of the `Lock-Token` header, several separated by commas."""
    raw = request.header(b"lock-token")
    return tokens_of(raw) if raw else frozenset()


def retry(
    request: Request,
    *,
    route: str,
    body: bytes,
    status: int,
    secret: bool,
    passing: tuple[type, ...] = (),
) -> Retry | None:
    """Return the request's Idempotency-Key with what it was sent with, if there is one.

    The header is a structured-field string; an unquoted one is taken, too.
    """
    raw = request.header(b"idempotency-key")
    if not raw:
        return None
    key = raw[1:-1] if len(raw) > 1 and raw[0] == raw[-1] == '"' else raw
    if len(key) > MAX_KEY:
        raise Invalid(f"An Idempotency-Key is at most {MAX_KEY} characters", code=Code.TOO_LONG)
    method_and_path = f"{request.method} {route}"
    return Retry(
        key=key,
        route=method_and_path,
        body_hash=hashlib.sha256(body).digest(),
        status=status,
        secret=secret,
        passing=(*passing, type(None)),
    )
