"""Unfinished content: what others see of a file while somebody holds a draft lock on it."""

from collections.abc import Iterable

from signoff.domain.actors import Caller
from signoff.domain.ids import Instant
from signoff.domain.locks import Chain, Lock, Mode, covers, expired


def draft_on(held: Iterable[Lock], *, chain: Chain) -> Lock | None:
    """Return the draft lock that hides the node's contents, be its time over or not.

    One whose time is over hides them still, until its end has put the version before it
    back: expiry publishes nothing (RULES 15).
    """
    for lock in held:
        if lock.mode is Mode.DRAFT and covers(lock, chain):
            return lock
    return None


def visible_version(
    draft: Lock | None, *, version: int, before: int | None = None, caller: Caller, now: Instant
) -> int | None:
    """Return the version that the caller may see; None when there is none (a 404).

    `before` is the last version from before the lock was taken, for a file below a locked
    folder; a lock on the file itself knows its own.
    """
    if draft is None:
        return version
    if draft.holder == caller.actor.id and not expired(draft, now):
        return version
    return (draft.version_before if before is None else before) or None
