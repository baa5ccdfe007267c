"""Agents: programs that work in one workspace, each with one owner or none."""

from datetime import datetime

from msgspec import Struct

from signoff.actions.context import Context
from signoff.actions.issuing import make_key
from signoff.actions.key_views import KeyView, Time, key_view
from signoff.actions.subjects import agent_of, future, person_of
from signoff.actions.views import Page, Who, when, when_or_none, who_is
from signoff.domain.accounts import Agent, checked_name
from signoff.domain.actors import Kind, Scope
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.events import Event, Type
from signoff.domain.ids import ActorId, NodeId
from signoff.domain.permissions import Permission


class Create(Struct, frozen=True, kw_only=True):
    """A new agent with its first key.

    `owner` is a person by e-mail or id; without it, the person who asks.
    """

    name: str
    owner: str | None = None
    scopes: tuple[Scope, ...] = tuple(Scope)
    paths: tuple[str, ...] = ()
    expires_at: Time | None = None


class Of(Struct, frozen=True, kw_only=True):
    """An agent, by id or name."""

    agent: str


class Every(Struct, frozen=True, kw_only=True):
    """The workspace's agents."""


class AgentView(Struct, frozen=True, kw_only=True):
    """An agent."""

    id: str
    name: str
    owner: Who | None
    created_at: datetime
    disabled_at: datetime | None = None


class NewAgentView(Struct, frozen=True, kw_only=True):
    """An agent and its first key, whose secret is shown this once."""

    agent: AgentView
    key: KeyView


def _view(ctx: Context, agent: Agent) -> AgentView:
    return AgentView(
        id=agent.id,
        name=agent.name,
        owner=who_is(ctx, agent.owner) if agent.owner else None,
        created_at=when(agent.created_at),
        disabled_at=when_or_none(agent.disabled_at),
    )


def create(ctx: Context, asked: Create) -> NewAgentView:
    """Add an agent and make its first key."""
    ctx.permit(Permission.AGENT_CREATE)
    name, until = checked_name(asked.name), future(ctx, asked.expires_at)
    if name.startswith("ag_"):
        raise Invalid("A name that begins with ag_ looks like an id", hint="Choose another.")
    ctx.tx.guard(exclusive=[NodeId("agents")])
    if ctx.tx.members.agent_named(name) is not None:
        raise Conflict(
            f"There is, or was, an agent called “{name}”",
            code=Code.EXISTS,
            hint="Choose another name, or make a further key for that agent.",
        )
    agent = Agent(
        id=ActorId(ctx.tx.new_id("ag")),
        name=name,
        owner=_owner(ctx, asked.owner),
        created_at=ctx.now,
    )
    ctx.tx.members.add_agent(agent)
    ctx.record(
        Event(
            type=Type.AGENT_CREATED,
            subject=agent.id,
            codes={"owner": agent.owner} if agent.owner else {},
            private={"name": name},
        )
    )
    key, secret = make_key(
        ctx, agent.id, scopes=asked.scopes, paths=asked.paths, expires_at=until
    )
    return NewAgentView(agent=_view(ctx, agent), key=key_view(key, secret))


def _owner(ctx: Context, said: str | None) -> ActorId | None:
    if said is not None:
        return person_of(ctx, said).id
    return ctx.caller.actor.id if ctx.caller.actor.kind is Kind.PERSON else None


def disable(ctx: Context, asked: Of) -> AgentView:
    """Keep an agent from acting; its keys open nothing from now on."""
    ctx.permit(Permission.AGENT_CREATE)
    agent = agent_of(ctx, asked.agent)
    if not ctx.tx.members.disable_agent(agent.id):
        raise Conflict(f"{agent.name} is disabled already", code=Code.WRONG_STATE)
    ctx.record(Event(type=Type.AGENT_DISABLED, subject=agent.id))
    return _view(ctx, agent_of(ctx, agent.id))


def every(ctx: Context, asked: Every) -> Page:  # noqa: ARG001  every question is asked something
    """List the workspace's agents."""
    ctx.permit(Permission.MEMBER_READ)
    return Page(items=tuple(_view(ctx, agent) for agent in ctx.tx.members.all_agents()))
