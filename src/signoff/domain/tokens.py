"""The lock tokens that come with a write: all must be alive, be they of locks or of claims."""

from collections.abc import Iterable

from signoff.domain.claims import Claim, lapsed
from signoff.domain.errors import Stale
from signoff.domain.ids import Instant, LockToken
from signoff.domain.locks import Lock, expired


def token_of(said: str) -> LockToken:
    """Return a token as it was given out, without the brackets of a Coded-URL (RFC 4918)."""
    return LockToken(said.strip().strip("<>"))


def tokens_of(said: str) -> frozenset[LockToken]:
    """Return the tokens of a header or an argument; several are separated by commas."""
    return frozenset(token for part in said.split(",") if (token := token_of(part)))


def check_tokens(
    tokens: frozenset[LockToken],
    *,
    locks: Iterable[Lock] = (),
    claims: Iterable[Claim] = (),
    now: Instant,
) -> None:
    """Refuse a write that names a lock which is no more; it creates nothing (RULES 16).

    For the work folder of a claim `claims.check` says more, and comes first.
    """
    alive = {lock.token for lock in locks if not expired(lock, now)}
    alive |= {claim.token for claim in claims if claim.token and not lapsed(claim, now)}
    if tokens - alive:
        raise Stale(
            "A lock that you name has ended",
            hint="Look at the file as it stands, lock it again, then write.",
        )
