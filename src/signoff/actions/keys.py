"""API keys: what an agent shows at the door of its one workspace."""

from typing import Annotated

from msgspec import Meta, Struct

from signoff.actions import issuing, key_views
from signoff.actions.context import Context
from signoff.actions.key_views import KeyView, Time
from signoff.actions.subjects import agent_of, future
from signoff.actions.views import Page
from signoff.domain.accounts import KEY_OVERLAP, Agent, ApiKey
from signoff.domain.actors import Scope
from signoff.domain.errors import Code, Conflict, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import SECOND, CredentialId, Instant, NodeId
from signoff.domain.permissions import Permission


class Create(Struct, frozen=True, kw_only=True):
    """A further key for an agent, by id or name.

    `scopes` and `paths` narrow what it may be used for; without `expires_at` it lasts until
    it is revoked.
    """

    agent: str
    scopes: tuple[Scope, ...] = tuple(Scope)
    paths: tuple[str, ...] = ()
    expires_at: Time | None = None


class Rotate(Struct, frozen=True, kw_only=True):
    """The key that gets a successor, and how long both are good."""

    key: str
    overlap_seconds: Annotated[int, Meta(ge=0, le=30 * 86_400)] = KEY_OVERLAP // SECOND


class Revoke(Struct, frozen=True, kw_only=True):
    """The key that is good for nothing from now on."""

    key: str


class Every(Struct, frozen=True, kw_only=True):
    """The keys of one agent, by id or name, or of all of them."""

    agent: str = ""


def create(ctx: Context, asked: Create) -> KeyView:
    """Make an API key; its secret is shown this once."""
    ctx.permit(Permission.KEY_CREATE)
    agent = agent_of(ctx, asked.agent)
    _check_enabled(agent)
    until = future(ctx, asked.expires_at)
    key, secret = issuing.make_key(
        ctx, agent.id, scopes=asked.scopes, paths=asked.paths, expires_at=until
    )
    return key_views.key_view(key, secret)


def rotate(ctx: Context, asked: Rotate) -> KeyView:
    """Give a key a successor with the same rights, and an end after the overlap."""
    ctx.permit(Permission.KEY_CREATE)
    ctx.tx.guard(exclusive=[NodeId(f"key {asked.key}")])
    old = _live(ctx, asked.key)
    lasts = None if old.expires_at is None else old.expires_at - old.created_at
    new, secret = issuing.make_key(
        ctx,
        old.agent,
        scopes=tuple(old.scopes),
        paths=old.paths,
        expires_at=None if lasts is None else Instant(ctx.now + lasts),
    )
    until = Instant(ctx.now + asked.overlap_seconds * SECOND)
    ctx.tx.members.end_key(old.id, at=until)
    ctx.record(
        Event(
            type=Type.KEY_ROTATED,
            subject=old.id,
            codes={"agent": old.agent, "successor": new.id, "until": until},
        )
    )
    return key_views.key_view(new, secret)


def revoke(ctx: Context, asked: Revoke) -> KeyView:
    """End a key at once."""
    ctx.permit(Permission.KEY_CREATE)
    key = _known(ctx, asked.key)
    if not ctx.tx.members.revoke_key(key.id):
        raise Conflict("This key is revoked already", code=Code.WRONG_STATE)
    ctx.record(Event(type=Type.KEY_REVOKED, subject=key.id, codes={"agent": key.agent}))
    return key_views.key_view(_known(ctx, asked.key))


def every(ctx: Context, asked: Every) -> Page:
    """List API keys, without their secrets."""
    ctx.permit(Permission.KEY_CREATE)
    members = ctx.tx.members
    agents = [agent_of(ctx, asked.agent)] if asked.agent else members.all_agents()
    return Page(
        items=tuple(
            key_views.key_view(key) for agent in agents for key in members.keys_of(agent.id)
        )
    )


def _known(ctx: Context, id_: str) -> ApiKey:
    key = ctx.tx.members.key(CredentialId(id_))
    if key is None:
        raise NotFound("There is no such key", hint="Name it by its id, `ky_…`.")
    return key


def _live(ctx: Context, id_: str) -> ApiKey:
    key = _known(ctx, id_)
    if not key.alive(ctx.now):
        raise Conflict(
            "This key has ended, so nothing can succeed it",
            code=Code.WRONG_STATE,
            hint="Make another key for the agent.",
        )
    agent = ctx.tx.members.agent(key.agent)
    assert agent is not None
    _check_enabled(agent)
    return key


def _check_enabled(agent: Agent) -> None:
    if agent.disabled_at is not None:
        raise Conflict(
            f"{agent.name} is disabled", code=Code.WRONG_STATE, hint="Add another agent."
        )
