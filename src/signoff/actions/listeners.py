"""Whose eyes an endpoint sees with: its creator's, as they are at this moment."""

from signoff.actions.context import Context
from signoff.domain.actors import (
    Actor,
    Caller,
    Credential,
    CredentialKind,
    Door,
    Kind,
    Role,
    Scope,
    operator,
)
from signoff.domain.endpoints import Endpoint
from signoff.domain.ids import ActorId, CredentialId
from signoff.domain.permissions import Permission, allowed

_NOT_SHOWN = CredentialId("")
"""Nobody is at the door: it is judged what they could see if they were."""


def listener(ctx: Context, endpoint: Endpoint) -> Caller | None:
    """Return who an endpoint's creator is here now; None if they may have none any more."""
    match endpoint.by_kind:
        case Kind.PERSON:
            found = _person(ctx, endpoint)
        case Kind.AGENT:
            found = _agent(ctx, endpoint)
        case Kind.SYSTEM:
            return operator(ctx.workspace)
        case Kind.GUEST:
            return None
    if found is None or not allowed(found, Permission.ENDPOINT_SET):
        return None
    return found


def submitter(ctx: Context, agent: ActorId) -> Caller | None:
    """Return an agent or a person, to whose handoff somebody is called back."""
    if agent.startswith("ag_"):
        known = ctx.tx.members.agent(agent)
        if known is None or known.disabled_at is not None:
            return None
        return _caller(ctx, known.actor, Role.AGENT, CredentialKind.API_KEY)
    return _member(ctx, agent)


def _person(ctx: Context, endpoint: Endpoint) -> Caller | None:
    return _member(ctx, endpoint.by)


def _member(ctx: Context, id_: ActorId) -> Caller | None:
    person = ctx.tx.accounts.by_id(id_)
    member = ctx.tx.members.member(id_)
    if person is None or person.disabled_at is not None or member is None:
        return None
    return _caller(
        ctx,
        person.actor,
        member.role,
        CredentialKind.SESSION,
        groups=frozenset(member.groups),
    )


def _agent(ctx: Context, endpoint: Endpoint) -> Caller | None:
    """Return an agent that still has a key which opens as much as the one that it used.

    So an endpoint outlives the rotation of a key, and does not outlive its revocation.
    """
    found = submitter(ctx, endpoint.by)
    keys = ctx.tx.members.keys_of(endpoint.by)
    good = any(
        key.alive(ctx.now) and Scope.READ in key.scopes and key.paths == endpoint.narrowed_to
        for key in keys
    )
    if found is None or not good:
        return None
    return _caller(
        ctx,
        found.actor,
        Role.AGENT,
        CredentialKind.API_KEY,
        paths=endpoint.narrowed_to,
    )


def _caller(
    ctx: Context,
    actor: Actor,
    role: Role,
    kind: CredentialKind,
    *,
    groups: frozenset[str] = frozenset(),
    paths: tuple[str, ...] = (),
) -> Caller:
    return Caller(
        actor=actor,
        role=role,
        credential=Credential(id=_NOT_SHOWN, kind=kind, paths=paths),
        door=Door.WORKER,
        workspace=ctx.workspace,
        groups=groups,
    )
