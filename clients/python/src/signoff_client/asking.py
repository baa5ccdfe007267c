"""One request until there is an answer: when it is sent again, and after which pause.

A request is sent again when it was not taken (429, 503), or when nobody knows (a lost
connection, 502, 504) and taking it twice does no harm. A refusal is an answer.
"""

import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec

from signoff_client.errors import Refused, Unreachable, refusal
from signoff_client.steps import Lost, Pause, Plan, Reply, Send

T = TypeVar("T")

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 30.0
LONGEST_ASKED = 120.0
"""The longest Retry-After that is waited for unless patience is endless; seconds."""

_NOT_TAKEN = frozenset({429, 503})
_NOBODY_KNOWS = frozenset({502, 504})


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How often a request is sent, or until when; without either, for as long as it takes."""

    tries: int | None = 8
    until: float | None = None
    """On the clock of `time.monotonic`."""

    def is_over(self, tried: int, pause: float) -> bool:
        """Say whether not to try again after so many tries and such a pause."""
        if self.until is not None and time.monotonic() >= self.until:
            return True
        if self.tries is None:
            return False
        return tried >= self.tries or pause > LONGEST_ASKED


ENDLESS = Patience(tries=None)
ONCE = Patience(tries=1)


def pause_after(tried: int, *, asked: float = 0.0) -> float:
    """Return the seconds before the next try: doubling, and never less than was asked for.

    Half of it is chance, so that many who lost the same server do not come back at once.
    """
    most = min(FIRST_PAUSE * 2.0 ** min(tried - 1, 16), LONGEST_PAUSE)
    return max(asked, most * random.uniform(0.5, 1.0))  # noqa: S311  no secret


def answered(
    request: Send, patience: Patience, *, twice: bool = True, done: tuple[int, ...] = ()
) -> Plan[Reply]:
    """Send a request until it is answered; raise what was refused.

    Unless `twice`, what may have been taken is not sent again: Unreachable says so. `done`
    are refusals that say, at a later try, that an earlier one was taken.
    """
    tried = 0
    while True:
        got: Reply | Lost = yield request
        tried += 1
        if isinstance(got, Reply) and not _again(got):
            if got.status < 300 or (tried > 1 and got.status in done):  # noqa: PLR2004
                return got
            raise _refused(got)
        pause = pause_after(tried, asked=_asked(got))
        unsure = isinstance(got, Lost) or got.status in _NOBODY_KNOWS
        if (unsure and not twice) or patience.is_over(tried, pause):
            raise _no_answer(got, request)
        if patience.until is not None:
            pause = min(pause, max(0.0, patience.until - time.monotonic()))
        yield Pause(pause)


def ask(
    method: str,
    path: str,
    kind: type[T],
    *,
    patience: Patience,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    token: str = "",
    wait: float = 0.0,
) -> Plan[T]:
    """Send JSON until it is answered, and read the answer."""
    reply = yield from tell(
        method, path, patience=patience, params=params, json=json, token=token, wait=wait
    )
    return read(reply, kind)


def tell(
    method: str,
    path: str,
    *,
    patience: Patience,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    token: str = "",
    wait: float = 0.0,
    headers: Mapping[str, str] | None = None,
    done: tuple[int, ...] = (),
) -> Plan[Reply]:
    """Send JSON until it is answered.

    A POST carries an Idempotency-Key of its own, the same at each try, so it acts once.
    """
    said = dict(headers or {})
    if json is not None:
        said["Content-Type"] = "application/json"
    if method == "POST":
        said["Idempotency-Key"] = uuid.uuid4().hex
    if token:
        said["Lock-Token"] = token
    request = Send(
        method=method,
        path=path,
        params=params or {},
        headers=said,
        body=None if json is None else msgspec.json.encode(json),
        wait=wait,
    )
    return (yield from answered(request, patience, done=done))


def read(reply: Reply, kind: type[T]) -> T:
    """Read an answer, which is of this kind or no Signoff's."""
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(
            f"The server's answer cannot be read: {error}",
            code="not_signoff",
            hint="Is this the address of a Signoff server, and is the client up to date?",
            status=reply.status,
        ) from error


def seconds_until(moment: datetime, reply: Reply) -> float:
    """Return the seconds from an answer to a moment that it names.

    They are counted on the server's clock (Date): this machine's may be hours off.
    """
    try:
        now = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        now = datetime.now(UTC)
    return (moment - now).total_seconds()


def _again(reply: Reply) -> bool:
    if reply.status in _NOT_TAKEN or reply.status in _NOBODY_KNOWS:
        return True
    return reply.status == 409 and b'"code":"busy"' in reply.body  # noqa: PLR2004


def _asked(got: Reply | Lost) -> float:
    """Return the seconds of Retry-After (RFC 9110, section 10.2.3), whichever way written."""
    raw = "" if isinstance(got, Lost) else got.headers.get("retry-after", "")
    if raw.isascii() and raw.isdigit():
        return float(raw)
    try:
        return max(0.0, parsedate_to_datetime(raw).timestamp() - time.time()) if raw else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _refused(reply: Reply) -> Refused:
    try:
        problem = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = None
    return refusal(reply.status, problem)


def _no_answer(got: Reply | Lost, request: Send) -> Refused | Unreachable:
    if isinstance(got, Reply) and got.status not in _NOBODY_KNOWS:
        return _refused(got)
    why = got.why if isinstance(got, Lost) else f"what stands before it answered {got.status}"
    return Unreachable(f"{request.method} {request.path.partition('?')[0]}: {why}")
