"""What is said of a package, by its sidecar, the call and the policy, before people see it."""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import clocks, media_types, packaging, tree
from signoff.actions.clocks import Package
from signoff.actions.context import Context
from signoff.actions.packaging import Contents, Said
from signoff.actions.placements import Moved
from signoff.domain import answers, fits, readings, routing, sidecars
from signoff.domain.actors import Actor
from signoff.domain.errors import Invalid
from signoff.domain.files import Node
from signoff.domain.handoffs import Handoff, Kind, Step, Submission
from signoff.domain.ids import HandoffId, Path
from signoff.domain.routing import Requirements
from signoff.domain.sidecars import Flag, Sidecar
from signoff.store.handoffs import Stored

IN_FOLDER = "handoff.json"
NOTHING = Sidecar()


class Opening(Struct, frozen=True, kw_only=True):
    """A package that stands in needs-review/, and what is known of how it got there.

    `previous` is the handoff whose next round this is; `id` that of the handoff either way.
    """

    id: HandoffId
    moved: Moved
    by: Actor
    call: Sidecar
    sidecar: Node | None
    from_path: Path | None
    previous: Stored | None = None
    parent: HandoffId | None = None
    dedupe_key: str | None = None
    resume_state: bytes | None = None
    after_lapse: bool = False
    successor_of: Handoff | None = None


def checked_call(said: Sidecar | dict[str, Any]) -> Sidecar:
    """Return what a call says of a package, held against the rules that a sidecar keeps."""
    if said in (NOTHING, {}):
        return NOTHING
    call = readings.read(said if isinstance(said, dict) else msgspec.to_builtins(said))
    if call.kind == Kind.ESCALATION and not call.needs and not call.questions:
        raise Invalid(
            "An escalation says what it needs",
            hint="Send `needs` (a sentence), or `questions` that a person can answer.",
        )
    fits.check_schemas(call.schemas)
    return call


def described(ctx: Context, opening: Opening) -> Said:
    """Return what is said of the package, with the call merged into its sidecar.

    What was said by the call becomes bytes before the digest is taken, so that the screen
    is always made of digested bytes (RULES 7).
    """
    said = packaging.read_sidecar(ctx, opening.sidecar)
    if opening.call == NOTHING:
        return said
    merged = opening.call
    if said.node is not None:
        known = said.context if said.raw is None else Sidecar()
        if _is_of_last_round(ctx, opening, said.node):
            known = _lasting(known)
        merged = sidecars.merge(known, opening.call)
    node = _written(ctx, opening, said, merged)
    unusable = answers.check_questions(merged.questions) if merged.questions else ()
    unusable += fits.unusable(merged.schemas)
    if unusable:
        merged = replace(merged, flags=(*merged.flags, *unusable))
    if said.raw is not None:
        merged = replace(merged, flags=(*said.context.flags, *merged.flags))
    return Said(node=node, context=merged, raw=said.raw)


def _written(ctx: Context, opening: Opening, said: Said, merged: Sidecar) -> Node:
    """Write the sidecar under the name that counts first; a file has one and no second."""
    package, chain, is_folder = opening.moved.node, opening.moved.chain, False
    if package.is_folder:
        chain, is_folder = (*chain, package), True
    name = IN_FOLDER if is_folder else packaging.sidecar_name(package.name)
    if said.node is not None and not is_folder and said.node.name != name:
        tree.relocate(ctx, said.node, old=chain, new=chain, name=name)
    return tree.write_small(
        ctx,
        folder=chain[-1].id,
        name=name,
        data=sidecars.render(merged),
        media_type=media_types.JSON,
        is_new=said.node is None and not is_folder,
    )


def _is_of_last_round(ctx: Context, opening: Opening, sidecar: Node) -> bool:
    """Say whether a sidecar is the very one of the round before."""
    if opening.previous is None:
        return False
    before = opening.previous.handoff
    return any(
        (each.node, each.version) == (sidecar.id, sidecar.version)
        for each in ctx.tx.rounds.manifest(before.id, before.round)
    )


def _lasting(context: Sidecar) -> Sidecar:
    """Return what a sidecar says of the work, without what it said of the last round."""
    return Sidecar(
        title=context.title,
        sources=context.sources,
        reviewers=context.reviewers,
        required=context.required,
        priority=context.priority,
        agent=context.agent,
        callback_url=context.callback_url,
        correlation=context.correlation,
        schemas=context.schemas,
        extra=context.extra,
    )


def submission(ctx: Context, opening: Opening, said: Said, contents: Contents) -> Submission:
    """Return what is submitted, with what the policy demands of its review."""
    context = said.context
    moved = opening.moved
    kind = Kind(context.kind or Kind.APPROVAL)
    unknown = _strangers(ctx, context) if context.reviewers else ()
    if unknown:
        known = tuple(name for name in context.reviewers if name not in unknown)
        context = replace(context, reviewers=known)
    demanded = _demanded(ctx, opening, said, contents, context=context)
    due_at = clocks.due(ctx, demanded, context, since=ctx.now)
    if unknown:
        flags = tuple(
            Flag(severity="warning", message=f"No reviewer is known as “{each}”.")
            for each in unknown
        )
        context = replace(context, flags=(*context.flags, *flags))
    steps = demanded.steps and tuple(
        Step(reviewers=by_id(ctx, step.reviewers), required=step.required, each=step.each)
        for step in demanded.steps
    )
    return Submission(
        kind=kind,
        node=moved.node.id,
        is_folder=moved.node.is_folder,
        path=moved.path,
        from_path=opening.from_path,
        sidecar=said.node.id if said.node else None,
        digest=contents.digest,
        revision=opening.previous.handoff.revision if opening.previous else 0,
        context=context,
        title=context.title or moved.node.name,
        required=demanded.required,
        reviewers=demanded.reviewers and by_id(ctx, demanded.reviewers),
        steps=steps,
        priority=demanded.priority,
        due_at=due_at,
        clock=clocks.plan(ctx, demanded, since=ctx.now, due_at=due_at),
        dedupe_key=opening.dedupe_key,
        after_lapse=opening.after_lapse,
    )


def _demanded(
    ctx: Context, opening: Opening, said: Said, contents: Contents, *, context: Sidecar
) -> Requirements:
    package = Package(
        path=opening.moved.path,
        from_path=opening.from_path,
        kind=context.kind or Kind.APPROVAL,
        by=opening.by,
        context=context,
        sidecar=said.node.id if said.node else None,
        files=contents.files,
    )
    facts = clocks.facts_of(ctx.policy, package)
    return routing.route(ctx.policy, facts, sidecar=context)


def _strangers(ctx: Context, context: Sidecar) -> tuple[str, ...]:
    """Return whom a sidecar asks who is no member.

    A stranger whom an agent names would raise `required` beyond what anybody could meet.
    """
    return tuple(
        name for name in context.reviewers if "@" in name and not _is_member(ctx, name)
    )


def _is_member(ctx: Context, email: str) -> bool:
    """Say whether an address is a member's; of the instance's others nobody is told."""
    person = ctx.tx.accounts.by_email(email)
    return person is not None and ctx.tx.members.member(person.id) is not None


def by_id(ctx: Context, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return reviewers by id. A name that nobody goes by stays: it must not open the gate."""
    found: list[str] = []
    for name in named:
        person = ctx.tx.accounts.by_email(name) if "@" in name else None
        found.append(person.id if person else name)
    return tuple(dict.fromkeys(found))
