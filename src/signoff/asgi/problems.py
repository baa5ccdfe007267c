"""From a refusal to a status and problem details (RFC 9457): the only such table."""

from typing import Any

import msgspec

from signoff.actions.views import when
from signoff.domain.errors import (
    Busy,
    Code,
    Conflict,
    Damaged,
    Forbidden,
    Gone,
    Held,
    Invalid,
    Malformed,
    NotFound,
    Refusal,
    Stale,
    StorageFull,
    TooLarge,
    Unauthenticated,
    Unconditional,
)
from signoff.domain.ids import Instant

STATUS: dict[type[Refusal], int] = {
    Unauthenticated: 401,
    NotFound: 404,
    Forbidden: 403,
    Malformed: 400,
    Invalid: 422,
    TooLarge: 413,
    Stale: 412,
    Unconditional: 428,
    Held: 423,
    Conflict: 409,
    Gone: 410,
    Busy: 503,
    StorageFull: 507,
    Damaged: 500,
    Refusal: 500,
}

BY_CODE: dict[Code, int] = {
    Code.INVALID_PATH: 400,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.BODY_INCOMPLETE: 400,
    Code.RANGE_UNSATISFIABLE: 416,
    Code.TOO_MANY_ATTEMPTS: 429,
    Code.RATE_LIMITED: 429,
    Code.TOO_MANY_UPLOADS: 429,
    Code.UNSUPPORTED: 415,
    Code.CHECKSUM_MISMATCH: 460,
    Code.NOT_ACCEPTABLE: 406,
}
"""Where a code's status is not that of its kind."""

TITLES: dict[int, str] = {
    400: "Bad request",
    401: "Not signed in",
    403: "Refused",
    404: "Not found",
    405: "Not allowed",
    406: "Not to be had so",
    409: "Conflict",
    410: "Gone",
    412: "Not as you saw it",
    413: "Too large",
    415: "Unsupported",
    416: "No such range",
    422: "Makes no sense",
    423: "Held",
    428: "Say what you saw",
    429: "Too many",
    460: "Damaged on the way",
    500: "Our fault",
    503: "Busy",
    507: "No room",
}

PROBLEM_JSON = b"application/problem+json"


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status of a refusal."""
    found = BY_CODE.get(refusal.code)
    if found is not None:
        return found
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def problem_of(refusal: Refusal, *, instance: str = "") -> dict[str, Any]:
    """Return the problem details; the refusal's facts stand beside them."""
    status = status_of(refusal)
    known = {
        "type": f"urn:signoff:problem:{refusal.code}",
        "title": TITLES[status],
        "status": status,
        "code": refusal.code.value,
        "detail": refusal.message,
        "hint": refusal.hint,
    }
    if instance:
        known["instance"] = instance
    facts = {
        name: _shown(name, value) for name, value in refusal.facts.items() if name not in known
    }
    return {**facts, **known}


def _shown(name: str, value: Any) -> Any:
    """Write an instant as every other time is written."""
    return when(Instant(value)) if name.endswith("_at") and isinstance(value, int) else value


def encode(
    refusal: Refusal, *, instance: str = ""
) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Return status, body and headers of a refusal."""
    status = status_of(refusal)
    headers = [(b"content-type", PROBLEM_JSON), (b"cache-control", b"no-store")]
    headers += headers_of(refusal, status)
    return status, msgspec.json.encode(problem_of(refusal, instance=instance)), headers


def headers_of(refusal: Refusal, status: int) -> list[tuple[bytes, bytes]]:
    """Return the headers that a refusal of this status wants."""
    headers: list[tuple[bytes, bytes]] = []
    wait = refusal.facts.get("retry_after")
    if status in (429, 503):
        headers.append((b"retry-after", str(wait or 1).encode()))
    allow = refusal.facts.get("allow")
    if allow:
        headers.append((b"allow", ", ".join(allow).encode()))
    if status == 416:  # noqa: PLR2004
        headers.append((b"content-range", f"bytes */{refusal.facts.get('size', '*')}".encode()))
    if status == 401:  # noqa: PLR2004
        headers.append((b"www-authenticate", b'Bearer realm="signoff"'))
    return headers
