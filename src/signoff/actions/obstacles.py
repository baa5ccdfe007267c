"""What stands in the way of a write or a move: claims, locks, reviews (RULES 17)."""

from collections.abc import Iterable

from signoff.actions import reach
from signoff.actions.context import Context
from signoff.actions.reach import STAGE_DEPTH, WORK_FOLDER, Place
from signoff.domain import claims, locks, moves
from signoff.domain.actors import Door
from signoff.domain.errors import Code, Conflict, Forbidden, Refusal
from signoff.domain.files import Node, names
from signoff.domain.ids import LockToken
from signoff.domain.locks import Lock, Need, expired
from signoff.domain.meanings import MoveMeaning, Source, Unit
from signoff.domain.sidecars import is_sidecar
from signoff.domain.stages import Stage
from signoff.domain.tokens import check_tokens
from signoff.store.holds import Hold, HoldKind


def check_write(ctx: Context, place: Place, *, need: Need) -> MoveMeaning:
    """Refuse what `foresee_write` refuses; a web checkout that yields ends (RULES 14)."""
    verdict = foresee_write(ctx, place, need=need)
    check_locks(ctx, place, need=need)
    return verdict


def foresee_write(ctx: Context, place: Place, *, need: Need) -> MoveMeaning:
    """Refuse what locks, claims and reviews forbid at a path, in the order of RULES 17.

    It changes nothing, so that it can be asked before a body has come. The caller has been
    permitted, and preconditions were held, before.
    """
    check_work_folder(ctx, place)
    verdict = judged(ctx, place)
    check_alive(ctx, place)
    _yielding(ctx, place, need=need)
    check_arrival(ctx, place)
    if isinstance(verdict, Refusal):
        raise verdict
    reach.check_twin(ctx, place)
    check_holds_members(place)
    check_parent(ctx, place)
    return verdict


def check_work_folder(ctx: Context, place: Place) -> None:
    """Refuse to write under a claim that has ended; no path is made again (RULES 12)."""
    if place.stage is not Stage.PROCESSING:
        return
    top = names(place.path)[1] if len(names(place.path)) > 1 else ""
    if place.claim is not None:
        if ctx.tokens or claims.lapsed(place.claim, ctx.now):
            claims.check(place.claim, caller=ctx.caller, tokens=ctx.tokens, now=ctx.now)
    elif top.startswith(WORK_FOLDER) and len(place.chain) == STAGE_DEPTH:
        raise claims.gone()


def judged(ctx: Context, place: Place) -> MoveMeaning | Refusal:
    """Judge a write at a path; a refusal of right is raised at once (RULES 17)."""
    try:
        return moves.judge_write(ctx.caller, source_of(ctx, place))
    except Forbidden:
        raise
    except Refusal as refusal:
        if refusal.code is Code.CLAIMED and place.claim is not None:
            return claims.claimed(place.claim, ctx.now)
        return refusal


def source_of(
    ctx: Context,
    place: Place,
    *,
    last_file: bool = False,
    below: Iterable[Hold] = (),
) -> Source:
    """Return what the table of moves wants to know of a thing."""
    unit = Unit.PLAIN
    node = place.node
    if place.package is not None:
        unit = Unit.PACKAGE if place.whole else Unit.PART
    elif node is not None and _is_foreign_below(ctx, node, below):
        unit = Unit.PLACE
    handoff = place.package.handoff if place.package is not None else None
    return Source(
        spot=place.spot,
        unit=unit,
        handoff=handoff.id if handoff else None,
        claimed_by=place.claim.agent if place.claim else None,
        held=reach.holds_claim(ctx, place.claim),
        own=_is_writers(ctx, place),
        last_file=last_file,
        first_sidecar=_first_sidecar(place),
    )


def _is_foreign_below(ctx: Context, node: Node, below: Iterable[Hold]) -> bool:
    """Say whether a folder holds more than the caller's own locks and arrivals."""
    mine = ctx.caller.actor.id
    for hold in below:
        if hold.node == node.id:
            continue
        lock = None
        if hold.kind is HoldKind.LOCK:
            lock = ctx.tx.locks.by_token(LockToken(hold.ref))
        elif hold.kind is HoldKind.ARRIVAL:
            arriving = ctx.tx.books.arriving(hold.node)
            if arriving is not None and arriving.by == mine:
                continue
        if lock is None or (lock.holder != mine and not expired(lock, ctx.now)):
            return True
    return False


def _is_writers(ctx: Context, place: Place) -> bool:
    me = ctx.caller.actor.id
    if place.package is not None:
        return place.package.handoff.submitted_by == me
    if place.arrival is not None:
        return place.arrival.by == me
    return place.node is None or place.node.modified_by == me


def _first_sidecar(place: Place) -> bool:
    """Say whether it would be the first sidecar of a package not reviewed yet (RULES 7)."""
    if place.package is None or place.node is not None or not place.missing:
        return False
    handoff = place.package.handoff
    return handoff.sidecar is None and not handoff.reviews and is_sidecar(place.missing[-1])


def check_alive(ctx: Context, place: Place) -> None:
    """Refuse a write that names a lock or claim which is no more.

    Over WebDAV its If header says whether that matters: it may name a token to say that it
    is none (RFC 4918, section 10.4).
    """
    if not ctx.tokens or ctx.caller.door is Door.DAV:
        return
    known_claims = [place.claim] if place.claim is not None else []
    missing = ctx.tokens - {lock.token for lock in place.locks}
    missing -= {claim.token for claim in known_claims if claim.token}
    others = ctx.tx.locks.by_tokens(missing) if missing else []
    check_tokens(
        ctx.tokens,
        locks=(*place.locks, *others, *_claim_locks(ctx, missing)),
        claims=known_claims,
        now=ctx.now,
    )


def _claim_locks(ctx: Context, tokens: Iterable[LockToken]) -> list[Lock]:
    """Return nothing yet but the caller's own claims' tokens, seen as locks that live."""
    mine = ctx.tx.claims.of_agent(ctx.caller.actor.id) if tokens else []
    return [
        Lock(
            token=claim.token,
            node=claim.folder,
            path=claim.from_path,
            holder=claim.agent,
            credential=claim.credential,
            taken_at=claim.taken_at,
            expires_at=claim.expires_at,
        )
        for claim in mine
        if claim.token is not None
    ]


def check_locks(ctx: Context, place: Place, *, need: Need) -> None:
    """Refuse what a lock forbids; a web checkout that yields ends (RULES 14)."""
    for lock in _yielding(ctx, place, need=need):
        ctx.tx.locks.remove(lock.token)
        ctx.tx.holds.drop(lock.token)
        ctx.record(locks.release(lock, caller=ctx.caller, now=ctx.now))


def _yielding(ctx: Context, place: Place, *, need: Need) -> tuple[Lock, ...]:
    """Refuse what a lock forbids; return the web checkouts that yield."""
    held: list[Lock] = list(place.locks)
    if need is Need.REMOVE and place.node is not None:
        known = {lock.token for lock in held}
        held += [
            lock for lock in reach.locks_below(ctx, place.node.id) if lock.token not in known
        ]
    if not held:
        return ()
    return locks.may_write(
        held, chain=place.ids, need=need, caller=ctx.caller, tokens=ctx.tokens, now=ctx.now
    )


def check_arrival(ctx: Context, place: Place) -> None:
    """Refuse to touch what somebody else is still writing into needs-review/ (RULES 18)."""
    if place.arrival is not None and place.arrival.by != ctx.caller.actor.id:
        raise Conflict(
            "Somebody is still writing this",
            code=Code.CONFLICT,
            hint="Wait until it has settled.",
        )


def check_parent(ctx: Context, place: Place) -> None:
    """Refuse over WebDAV what other doors make: the folders above (RFC 4918, 9.3.1, 9.7.1)."""
    if len(place.missing) > 1 and ctx.caller.door is Door.DAV:
        raise Conflict(
            f"The folder of “{place.path}” is missing",
            code=Code.PARENT_MISSING,
            hint="Make it first, with MKCOL.",
        )


def check_holds_members(place: Place) -> None:
    """Refuse to put something below a file."""
    if place.missing and not place.deepest.is_folder:
        raise Conflict(
            f"“{place.deepest.name}” is a file, so it holds nothing",
            code=Code.NOT_A_FOLDER,
            hint="Choose another path.",
        )
