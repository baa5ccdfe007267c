"""What can go wrong, each with its own name.

SignoffError
├── Refused            the server said no: code, detail, hint, status, facts
│   ├── Unauthenticated    the key is none, has ended or was revoked
│   ├── Forbidden          yours to see, not yours to do
│   ├── NotFound           not there, or not for your eyes
│   ├── Invalid            cannot be read, or makes no sense
│   ├── TooLarge           more than the limit
│   ├── Stale              not as you saw it
│   ├── Held               somebody holds it still: a lock, a claim, a review
│   ├── Conflict           the world has moved on
│   │   └── ClaimLapsed        the claim is over, and what it allowed
│   ├── RateLimited        too many requests, for longer than was waited
│   └── Busy               try again later
├── Unreachable        no answer, after all tries
├── StillWaiting       nobody has decided in the time given
├── ChangedSince       what is about to run is not what was approved
└── AlreadyRun         it ran before, or is running elsewhere
"""

from collections.abc import Mapping
from typing import Any


class SignoffError(Exception):
    """The root of all that this library raises."""


class Refused(SignoffError):
    """The server said no.

    `code` is for programs and never changes its meaning, `detail` is a sentence for people,
    `hint` says what would work, `facts` is what else the server told (who holds it, …).
    """

    def __init__(
        self,
        detail: str,
        *,
        code: str,
        hint: str = "",
        status: int = 0,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.hint = hint
        self.status = status
        self.facts: Mapping[str, Any] = facts or {}

    def __str__(self) -> str:
        said = f"{self.detail} ({self.code})"
        return f"{said}. {self.hint}" if self.hint else said


class Unauthenticated(Refused):
    """The key is none, has ended, or was revoked."""


class Forbidden(Refused):
    """Yours to see, not yours to do. The attempt is on the record."""


class NotFound(Refused):
    """Not there, or not for your eyes."""


class Invalid(Refused):
    """It cannot be read, or makes no sense."""


class TooLarge(Refused):
    """It is more than the limit."""


class Stale(Refused):
    """It is not as you saw it; `facts["etag"]` is what it is now, where there is one."""


class Held(Refused):
    """Somebody holds it still: `facts` says who, how, and for how long."""


class Conflict(Refused):
    """The world has moved on."""


class ClaimLapsed(Conflict):
    """The claim is over: its lease ran out, or it was taken over or given back."""


class RateLimited(Refused):
    """Too many requests, and the server asks for a longer pause than was to be waited."""


class Busy(Refused):
    """The server was busy at every try."""


class Unreachable(SignoffError):
    """There was no answer, after all tries. What was sent may have been done."""


class StillWaiting(SignoffError):
    """Nobody has decided in the time given. Wait again, here or elsewhere, by `handoff`."""

    def __init__(self, handoff: str, url: str) -> None:
        super().__init__(f"{handoff} is not decided yet; people see it at {url}")
        self.handoff = handoff
        """The handoff's id."""
        self.url = url
        """Where people see it."""


class ChangedSince(SignoffError):
    """What is about to run is not what was approved."""


class AlreadyRun(SignoffError):
    """It ran before and kept no result, or another process is running it."""


_BY_STATUS: dict[int, type[Refused]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Conflict,
    412: Stale,
    413: TooLarge,
    415: Invalid,
    416: Invalid,
    422: Invalid,
    423: Held,
    428: Stale,
    429: RateLimited,
    503: Busy,
}

_BY_CODE: dict[str, type[Refused]] = {"claim_lapsed": ClaimLapsed}

_STANDARD = frozenset({"type", "title", "status", "code", "detail", "hint", "instance"})


def refusal(status: int, problem: object) -> Refused:
    """Return what a problem document (RFC 9457) says, as the error of its kind."""
    if not isinstance(problem, dict) or "code" not in problem:
        return _BY_STATUS.get(status, Refused)(
            f"The server answered {status}, which no Signoff says",
            code="not_signoff",
            hint="Is this the address of a Signoff server?",
            status=status,
        )
    code = str(problem["code"])
    kind = _BY_CODE.get(code) or _BY_STATUS.get(status, Refused)
    return kind(
        str(problem.get("detail") or problem.get("title") or ""),
        code=code,
        hint=str(problem.get("hint") or ""),
        status=status,
        facts={name: value for name, value in problem.items() if name not in _STANDARD},
    )
