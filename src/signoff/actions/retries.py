"""The same request under the same Idempotency-Key acts once, and gets the same answer."""

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.ids import INSTANCE
from signoff.store.books import Answer
from signoff.store.transaction import Recorded, Transaction

R = TypeVar("R")


class Retry(Struct, frozen=True, kw_only=True):
    """An Idempotency-Key with what the request was; `secret` says the answer holds one.

    Results of a kind in `passing` settle nothing yet (no work, a place in a line), so the
    next request under the key is a new try.
    """

    key: str
    route: str
    body_hash: bytes
    status: int = 200
    secret: bool = False
    passing: tuple[type, ...] = (type(None),)


class Done(Struct, Generic[R], frozen=True, kw_only=True):
    """An act's result, or the bytes that were answered to the same request before."""

    result: R | None
    events: tuple[Recorded, ...] = ()
    replay: bytes | None = None
    status: int = 0


def replayed(tx: Transaction, caller: Caller, retry: Retry) -> Done[Any] | None:
    """Return what was answered to this request before; refuse another one under its key."""
    if caller.role is None and caller.workspace != INSTANCE:
        return None  # who left is told so, whatever they were told before
    known = tx.books.answer(caller.credential.id, retry.route, retry.key)
    if known is None:
        return None
    if known.body_hash != retry.body_hash:
        raise Invalid(
            "This Idempotency-Key was used for another request",
            code=Code.IDEMPOTENCY_MISMATCH,
            hint="Use a fresh key for each request; repeat one only with the same body.",
        )
    if known.body is None:
        raise Conflict(
            "This was done before, and its answer held a secret that is kept nowhere",
            code=Code.REPLAY_HAS_SECRET,
            hint="Rotate the key, or make another.",
        )
    return Done(result=None, replay=known.body, status=known.status)


def keep_answer(tx: Transaction, caller: Caller, retry: Retry, result: object) -> None:
    """Remember what is answered, so that the request may be sent again."""
    if isinstance(result, retry.passing):
        return
    body = None if retry.secret else msgspec.json.encode(result)
    status = 200 if getattr(result, "created", None) is False else retry.status
    answer = Answer(body_hash=retry.body_hash, status=status, body=body)
    tx.books.keep_answer(caller.credential.id, retry.route, retry.key, answer)
