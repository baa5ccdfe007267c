"""Whom and what a request means: a person, an agent, a group, a handoff."""

from datetime import datetime

from signoff.actions import sights
from signoff.actions.context import Context
from signoff.actions.views import instant_of
from signoff.domain.accounts import Agent, Member, Person, checked_group
from signoff.domain.errors import Invalid, NotFound
from signoff.domain.ids import ActorId, HandoffId, Instant
from signoff.store.handoffs import Looked, Stored

GROUP = "group:"


def person_of(ctx: Context, said: str) -> Person:
    """Return the person that an id or an e-mail address names, or refuse."""
    accounts = ctx.tx.accounts
    found = accounts.by_email(said) if "@" in said else accounts.by_id(ActorId(said))
    if found is None:
        raise NotFound(
            f"Nobody here is known as “{said}”",
            hint="Name a person by e-mail or id; `signoff user create` adds one.",
        )
    return found


def agent_of(ctx: Context, said: str) -> Agent:
    """Return the workspace's agent that an id or a name means, or refuse."""
    members = ctx.tx.members
    found = members.agent(ActorId(said)) or members.agent_named(said)
    if found is None:
        raise NotFound(
            f"No agent of this workspace is called “{said}”",
            hint="`signoff agent list` shows the agents.",
        )
    return found


def subject_of(ctx: Context, said: str) -> str:
    """Return the id that a grant is kept under: a person's, an agent's or `group:NAME`."""
    if said.startswith(GROUP):
        return GROUP + checked_group(said.removeprefix(GROUP))
    if "@" in said or said.startswith("pe_"):
        return person_of(ctx, said).id
    return agent_of(ctx, said).id


def asked_by_name(ctx: Context, said: str) -> str:
    """Return the member's id or the group that is meant; others are not told of (DESIGN 8)."""
    if said.startswith(GROUP):
        return GROUP + checked_group(said.removeprefix(GROUP))
    return member_named(ctx, said).person


def member_named(ctx: Context, said: str) -> Member:
    """Return the member of an id or an e-mail address; of others nothing is told."""
    accounts = ctx.tx.accounts
    person = accounts.by_email(said) if "@" in said else accounts.by_id(ActorId(said))
    member = ctx.tx.members.member(person.id) if person else None
    if member is None:
        raise NotFound("No member goes by this name", hint="GET members lists them.")
    return member


def future(ctx: Context, time: datetime | None) -> Instant | None:
    """Return when something is to end, or refuse a time that has passed."""
    if time is None:
        return None
    instant = instant_of(time)
    if instant <= ctx.now:
        raise Invalid("It would have ended already", hint="Give an `expires_at` to come.")
    return instant


def handoff_of(ctx: Context, handoff: str) -> Stored:
    """Return a handoff, or refuse: there is none, or none for the caller's eyes."""
    stored = ctx.tx.handoffs.by_id(HandoffId(handoff))
    if stored is None or not sights.sees(ctx, stored.handoff):
        raise _no_handoff()
    return stored


def handoff_looked_at(ctx: Context, handoff: str) -> Looked:
    """Return a handoff with all that is shown of it, or refuse like `handoff_of`."""
    looked = ctx.tx.handoffs.look(HandoffId(handoff), viewer=ctx.caller.actor.id)
    if looked is None or not sights.sees(ctx, looked.stored.handoff):
        raise _no_handoff()
    return looked


def _no_handoff() -> NotFound:
    return NotFound("There is no such handoff", hint="GET handoffs lists them.")


def handoff_held(ctx: Context, handoff: str) -> Stored:
    """Return a handoff that no other act touches until this one is done (STORAGE 8)."""
    stored = handoff_of(ctx, handoff)
    if ctx.tx.dialect.name == "sqlite":
        return stored
    ctx.tx.guard(exclusive=[stored.handoff.node])
    return handoff_of(ctx, handoff)
