"""Which people of the workspace may review a handoff: the law, asked of each member."""

from collections.abc import Iterable

from signoff.actions import clocks
from signoff.actions.context import Context
from signoff.domain.accounts import Member
from signoff.domain.actors import Actor, Caller, Credential, CredentialKind, Door, Kind
from signoff.domain.asks import Ask, why_own
from signoff.domain.handoffs import Handoff, Verdict
from signoff.domain.ids import ActorId, CredentialId
from signoff.domain.permissions import Permission, allowed
from signoff.domain.policies import FourEyes
from signoff.domain.reviewers import REVIEWING, names


def able(ctx: Context, handoff: Handoff, asked: Iterable[str]) -> dict[str, frozenset[ActorId]]:
    """Return for each id or `group:NAME` which people it means who may approve this."""
    eyes = clocks.demands(ctx, handoff).four_eyes
    people = [
        each
        for each in ctx.tx.members.all_members()
        if _may(ctx, handoff, each, four_eyes=eyes)
    ]
    return {
        name: frozenset(
            one.person for one in people if names((name,), one.person, frozenset(one.groups))
        )
        for name in asked
    }


def _may(ctx: Context, handoff: Handoff, member: Member, *, four_eyes: FourEyes) -> bool:
    """Say whether a member could approve: by role, by sight, and as other eyes (RULES 27)."""
    if member.role not in REVIEWING:
        return False
    person = ctx.tx.accounts.by_id(member.person)
    if person is None or person.disabled_at is not None:
        return False
    ask = Ask(verdict=Verdict.APPROVE, digest=handoff.digest)
    own = why_own(
        handoff,
        ask,
        member.person,
        four_eyes=four_eyes.value,
        authors=frozenset(),
    )
    return own is None and _sees(ctx, handoff, member)


def _sees(ctx: Context, handoff: Handoff, member: Member) -> bool:
    caller = Caller(
        actor=Actor(id=member.person, kind=Kind.PERSON),
        role=member.role,
        credential=Credential(id=CredentialId(""), kind=CredentialKind.SESSION),
        door=Door.WEB,
        workspace=ctx.workspace,
        groups=frozenset(member.groups),
    )
    path = ctx.tx.files.path_of(handoff.node) or handoff.submitted_path
    return allowed(caller, Permission.FILE_READ, path=path, grants=ctx.grants)
