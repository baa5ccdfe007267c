"""Claims: take work, renew the lease, give it back, take it over, look at what one holds."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import candidates, claim_views, endings, freedoms, leases, reach, releases
from signoff.actions.candidates import Pick
from signoff.actions.claim_views import ClaimView
from signoff.actions.context import Context
from signoff.actions.tokens import new_token
from signoff.actions.views import Page
from signoff.domain import claims, routing
from signoff.domain.claims import Claim
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.events import Event
from signoff.domain.files import clean_path
from signoff.domain.globs import check_glob, matches
from signoff.domain.handoffs import checked_reason
from signoff.domain.ids import SECOND, ClaimId, Instant, Micros, NodeId, Path
from signoff.domain.permissions import Permission
from signoff.domain.stages import Stage, below_stage, check_not_fixed
from signoff.store.holds import HoldKind

PAGE = 100
MOST = 1000


class TakeClaim(Struct, frozen=True, kw_only=True):
    """Which work is wanted: any at all, one stage's, what a pattern means, or one path.

    Without `lease_seconds` the lease is the policy's; it is a minute at least, a day at most.
    A proposed tool call that was sent back is had by its path alone.
    """

    stage: str | None = None
    path: str | None = None
    glob: str | None = None
    lease_seconds: int | None = None


class OneClaim(Struct, frozen=True, kw_only=True):
    """A claim by its id."""

    claim: str


class RenewClaim(Struct, frozen=True, kw_only=True):
    """A claim whose lease begins anew, with another length if one is given."""

    claim: str
    lease_seconds: int | None = None


class ReleaseClaim(Struct, frozen=True, kw_only=True):
    """A claim that ends; a manager who forces it says why."""

    claim: str
    reason: str = ""


class ListClaims(Struct, frozen=True, kw_only=True):
    """The claims of the caller, or with `mine` false everybody's."""

    mine: bool = True
    limit: int = PAGE
    cursor: str = ""


class Released(Struct, frozen=True, kw_only=True):
    """Where the work stands now that its claim has ended; null if it is gone."""

    path: str | None
    attempts: int
    escalated: bool
    event: str


# Taking.


def take(ctx: Context, asked: TakeClaim) -> ClaimView | None:
    """Claim a piece of work: it moves to a work folder of yours; null when there is none."""
    ctx.permit(Permission.CLAIM_TAKE)
    stage = _stage(asked.stage)
    glob = asked.glob or ""
    if glob:
        check_glob(glob)
    lease = None if asked.lease_seconds is None else Micros(asked.lease_seconds * SECOND)
    if asked.path is None:
        pick = candidates.next_pick(ctx, stage=stage, glob=glob)
    else:
        pick = _named(ctx, clean_path(asked.path), stage=stage, glob=glob)
    if pick is None:
        return None
    _end_own_locks(ctx, pick)
    return claim_views.show(ctx, leases.begin(ctx, pick, lease=lease), pick.stored)


def _stage(said: str | None) -> Stage | None:
    if said in (None, Stage.INPUT, Stage.FEEDBACK):
        return Stage(said) if said is not None else None
    raise Invalid(
        f"Nothing is claimed from “{said}”",
        hint="The stage is `input` or `feedback`; without one both are looked at.",
    )


def _named(ctx: Context, path: Path, *, stage: Stage | None, glob: str) -> Pick | None:
    """Return the one piece of work that a path names, or say why it is not to be had."""
    check_not_fixed(path)
    place = reach.take_hold(ctx, alone=[path])[0]
    ctx.permit(Permission.CLAIM_TAKE, path=path)
    node = reach.existing(place)
    if (stage is not None and place.stage is not stage) or (glob and not matches(glob, path)):
        return None
    if place.claim is not None:
        raise claims.claimed(place.claim, ctx.now)
    stored = place.package
    if place.stage is Stage.FEEDBACK and stored is not None:
        ctx.tx.guard(exclusive=[stored.handoff.node])
        chain = ctx.tx.files.chain(stored.handoff.node)
        pick = candidates.package_pick(ctx, stored, chain)
    elif place.stage is Stage.INPUT:
        chain = place.chain
        settles = ctx.tx.claims.queued_since(node.id) or Instant(0)
        free = settles <= ctx.now and (node.is_folder or node.version > 0)
        pick = candidates.item_pick(ctx, chain, since=node.created_at, free=free)
        _check_below(ctx, pick)
    else:
        raise Conflict(
            f"“{path}” is not work that waits for an agent",
            code=Code.WRONG_STAGE,
            hint="Claim from input/, or a package that was sent back to feedback/.",
            path=path,
        )
    freedoms.check_locks(ctx, chain)
    freedoms.check_uploads(ctx, chain)
    return pick


def _check_below(ctx: Context, pick: Pick) -> None:
    """Refuse a whole folder while something in it is claimed, handed over or arriving."""
    kinds = (HoldKind.CLAIM, HoldKind.PACKAGE, HoldKind.ARRIVAL)
    if pick.node.is_folder and ctx.tx.holds.below(pick.node.id, *kinds, limit=1):
        raise Conflict(
            "Something in this folder is claimed or handed over",
            code=Code.HOLDS_HANDOFFS,
            hint="Claim its files one by one.",
        )


def _end_own_locks(ctx: Context, pick: Pick) -> None:
    """The caller's own locks on the work end with its claim (RULES 16)."""
    for lock in freedoms.check_locks(ctx, (*pick.chain, pick.node)):
        endings.end_with_act(ctx, lock)


# Holding.


def renew(ctx: Context, asked: RenewClaim) -> ClaimView:
    """Begin a claim's lease anew."""
    ctx.permit(Permission.CLAIM_RENEW)
    claim = _held(ctx, asked.claim)
    lease = None if asked.lease_seconds is None else Micros(asked.lease_seconds * SECOND)
    renewed = claims.renew(
        claim, caller=ctx.caller, tokens=ctx.tokens, lease=lease, now=ctx.now
    )
    ctx.tx.claims.renew(renewed)
    return claim_views.again(ctx, renewed)


def takeover(ctx: Context, asked: OneClaim) -> ClaimView:
    """Take over a claim of the same agent, as after a restart: the old token is dead."""
    ctx.permit(Permission.CLAIM_TAKEOVER)
    claim = _held(ctx, asked.claim)
    taken, event = claims.takeover(claim, caller=ctx.caller, token=new_token(), now=ctx.now)
    ctx.tx.claims.save(taken)
    return replace(claim_views.again(ctx, taken), event=ctx.record(event))


def list_(ctx: Context, asked: ListClaims) -> Page:
    """List live claims, in the order in which they were taken; without their tokens."""
    ctx.permit(Permission.FILE_READ)
    limit = min(max(asked.limit, 1), MOST)
    found = (
        ctx.tx.claims.of_agent(ctx.caller.actor.id, after=asked.cursor, limit=limit + 1)
        if asked.mine
        else ctx.tx.claims.page(after=asked.cursor, limit=limit + 1)
    )
    shown = found[:limit]
    return Page(
        items=tuple(
            claim_views.item(ctx, one) for one in shown if not claims.lapsed(one, ctx.now)
        ),
        next=shown[-1].id if len(found) > limit else None,
    )


def _held(ctx: Context, claim: str) -> Claim:
    """Return a claim that no other act changes meanwhile; one that is no more has lapsed."""
    ctx.tx.guard(exclusive=[NodeId(claim)])
    found = ctx.tx.claims.by_id(ClaimId(claim))
    if found is None:
        raise claims.gone()
    return found


# Ending.


def release(ctx: Context, asked: ReleaseClaim) -> Released:
    """Give work back as it was claimed; a manager may force that, with a reason."""
    claim = _held(ctx, asked.claim)
    forced = claim.agent != ctx.caller.actor.id
    ctx.permit(Permission.CLAIM_FORCE if forced else Permission.CLAIM_RELEASE)
    reason = checked_reason(asked.reason, wanted=forced)
    claim = releases.hold(ctx, claim)
    after, event = claims.release(
        claim,
        caller=ctx.caller,
        tokens=ctx.tokens,
        max_attempts=_max_attempts(ctx, claim),
        now=ctx.now,
    )
    return _ended(ctx, claim, after, replace(event, reason=reason or None))


def lapse(ctx: Context, asked: OneClaim) -> Released:
    """End a claim whose lease has run out; the worker asks for it."""
    ctx.permit(Permission.CLAIM_FORCE)
    claim = _held(ctx, asked.claim)
    claim = releases.hold(ctx, claim)
    after, event = claims.lapse(claim, max_attempts=_max_attempts(ctx, claim), now=ctx.now)
    return _ended(ctx, claim, after, event)


def _max_attempts(ctx: Context, claim: Claim) -> int:
    agent = (claim.agent, ctx.actor(claim.agent).name)
    return routing.max_attempts(ctx.policy, below_stage(claim.from_path), agent)


def _ended(ctx: Context, claim: Claim, after: claims.After, event: Event) -> Released:
    path = releases.end(ctx, claim, after)
    told = ctx.record(replace(event, from_path=claim.from_path, to_path=path))
    return Released(
        path=path,
        attempts=after.attempts,
        escalated=isinstance(after, claims.Escalate),
        event=told,
    )
