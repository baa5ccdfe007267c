"""What the policy demands of a package, and when what happens by itself; by whichever act."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.domain import routing, second_looks, timers
from signoff.domain.actors import Actor, Kind
from signoff.domain.clocks import Clock
from signoff.domain.facts import Facts, origin, types_of
from signoff.domain.files import base_name
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import HandoffId, Instant, NodeId, Path
from signoff.domain.packages import FILE
from signoff.domain.policies import Policy
from signoff.domain.routing import Requirements
from signoff.domain.sidecars import Sidecar
from signoff.domain.stages import below_stage
from signoff.store.rounds import ManifestFile


class Package(Struct, frozen=True, kw_only=True):
    """What is known of a package when it comes before people, or came."""

    path: Path
    from_path: Path | None
    kind: str
    by: Actor
    context: Sidecar
    sidecar: NodeId | None
    files: tuple[ManifestFile, ...] = ()


def facts_of(policy: Policy, package: Package) -> Facts:
    """Return what rules may want to know of a package."""
    agent = package.by if package.by.kind is Kind.AGENT else None
    facts = Facts(
        path=below_stage(package.path),
        kind=package.kind,
        stage=origin(package.from_path),
        agent=(agent.id, agent.name) if agent else (),
        confidence=package.context.confidence,
        flags=package.context.flags,
    )
    if not policy.looks_inside:
        return facts
    work = [each for each in package.files if each.node != package.sidecar]
    name = base_name(package.path)
    return replace(
        facts,
        size=sum(each.size for each in work),
        files=len(work),
        types=types_of(
            (name if each.path == FILE else each.path, each.media_type) for each in work
        ),
    )


def facts_of_handoff(ctx: Context, handoff: Handoff, policy: Policy) -> Facts:
    """Return what rules may want to know of a package that was handed over."""
    files: tuple[ManifestFile, ...] = ()
    if policy.looks_inside:
        files = ctx.tx.rounds.manifest(handoff.id, handoff.round)
    return facts_of(
        policy,
        Package(
            path=handoff.submitted_path,
            from_path=handoff.from_path,
            kind=str(handoff.kind),
            by=ctx.actor(handoff.submitted_by),
            context=handoff.context,
            sidecar=handoff.sidecar,
            files=files,
        ),
    )


def demands(ctx: Context, handoff: Handoff) -> Requirements:
    """Return what the policy in force demands of a handoff, whatever its sidecar adds."""
    policy = ctx.policy
    if not policy.rules:
        return routing.route(policy, Facts(path=""))
    return routing.route(policy, facts_of_handoff(ctx, handoff, policy))


def planned(ctx: Context, handoff: Handoff, *, since: Instant) -> Handoff:
    """Set the clock of a round that is opened `since`, without the submission of a package."""
    demanded = demands(ctx, handoff)
    due_at = due(ctx, demanded, handoff.context, since=since)
    clock = plan(ctx, demanded, since=since, due_at=due_at)
    return replace(
        handoff, due_at=due_at, clock=replace(clock, raised=handoff.raised_to is not None)
    )


def due(
    ctx: Context, demanded: Requirements, context: Sidecar, *, since: Instant
) -> Instant | None:
    """Return when something is late that is opened `since`."""
    own = routing.policy_due_at(ctx.policy, demanded, since=since)
    return routing.earlier(own, context, since=since)


def plan(
    ctx: Context, demanded: Requirements, *, since: Instant, due_at: Instant | None
) -> Clock:
    """Return the clock of a round that is opened `since`, by the policy in force."""
    return timers.plan(
        ctx.policy, demanded, number=ctx.policy_number, since=since, due_at=due_at
    )


def replanned(ctx: Context, handoff: Handoff) -> Handoff:
    """Set the clock of an open round anew, by the policy in force.

    Who must look was settled when the round was opened, and stays.
    """
    policy = ctx.policy
    demanded = routing.route(
        policy, facts_of_handoff(ctx, handoff, policy), sidecar=handoff.context
    )
    clocks = []
    for since in (handoff.opened_at, ctx.now):
        own = routing.policy_due_at(policy, demanded, since=since)
        due_at = routing.earlier(own, handoff.context, since=handoff.opened_at)
        clocks.append(plan(ctx, demanded, since=since, due_at=due_at))
    clock = timers.replanned(handoff, clocks[0], again=clocks[1], now=ctx.now)
    due_at = routing.earlier(clock.due_at, handoff.context, since=handoff.opened_at)
    return replace(handoff, clock=clock, due_at=due_at, priority=demanded.priority)


# Under a policy that may be none of ours.


def would_be(
    policy: Policy, demanded: Requirements, context: Sidecar, *, since: Instant
) -> tuple[Instant | None, Clock]:
    """Return when something would be late, and its clock, if it was opened `since`."""
    own = routing.policy_due_at(policy, demanded, since=since)
    due_at = routing.earlier(own, context, since=since)
    return due_at, timers.plan(policy, demanded, number=0, since=since, due_at=due_at)


def is_sampled(handoff: HandoffId, demanded: Requirements, *, number: int) -> bool:
    """Say whether a policy of this number would have a handoff looked at twice."""
    wanted = demanded.second_look
    return wanted is not None and second_looks.sampled(
        handoff, policy=number, share=wanted.share
    )
