"""The members of a workspace as those whom something may be told, and what each may see."""

from signoff.actions.context import Context
from signoff.domain import permissions
from signoff.domain.accounts import Member, Person
from signoff.domain.actors import Caller, Credential, CredentialKind, Door
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import ActorId, CredentialId
from signoff.domain.notifications import Sees, Someone
from signoff.domain.permissions import Permission

_NO_CREDENTIAL = Credential(id=CredentialId(""), kind=CredentialKind.SYSTEM)


def people_of(ctx: Context) -> dict[ActorId, Someone]:
    """Return the members who can sign in, by id."""
    return {
        person.id: _someone(ctx, member, person) for member, person in ctx.tx.members.people()
    }


def someone_of(ctx: Context, person: ActorId) -> Someone | None:
    """Return one member; None who is none any more, or cannot sign in."""
    member, known = ctx.tx.members.member(person), ctx.tx.accounts.by_id(person)
    if member is None or known is None or known.disabled_at is not None:
        return None
    return _someone(ctx, member, known)


def _someone(ctx: Context, member: Member, person: Person) -> Someone:
    """Return a member as the law of telling sees them: nothing proves them, they do nothing."""
    caller = Caller(
        actor=person.actor,
        role=member.role,
        credential=_NO_CREDENTIAL,
        door=Door.WORKER,
        workspace=ctx.workspace,
        groups=frozenset(member.groups),
    )
    return Someone(caller=ctx.standing_in(caller), email=person.email)


def seers_of(ctx: Context, handoff: Handoff | None) -> Sees:
    """Return who may see what is told of a handoff, as each of them would be let in."""
    if handoff is None:
        return lambda _caller: True
    path = ctx.tx.files.path_of(handoff.node) or handoff.submitted_path

    def sees(caller: Caller) -> bool:
        if not permissions.narrowed(caller, ctx.grants):
            return True
        return permissions.allowed(
            caller,
            Permission.FILE_READ,
            path=path,
            grants=ctx.grants,
            own=handoff.submitted_by == caller.actor.id,
        )

    return sees
