"""The workspace's channels, in which a group or everybody is told: list, set, remove."""

from typing import Annotated

from msgspec import Meta, Struct

from signoff.actions import choices
from signoff.actions.context import Context
from signoff.actions.views import Nothing, Page, Who, who_is
from signoff.domain import preferences
from signoff.domain.accounts import checked_email, checked_group, checked_name
from signoff.domain.channels import PREFIX, WorkspaceChannel
from signoff.domain.errors import Conflict, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.globs import check_glob
from signoff.domain.ids import NodeId
from signoff.domain.messages import ChannelKind
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import KINDS

MOST = 50


class Every(Struct, frozen=True, kw_only=True):
    """The channels of the workspace."""


class Set(Struct, frozen=True, kw_only=True):
    """A channel: a new one, or the one that `channel` names, replaced whole.

    `group` keeps handoffs that ask the group, `handoff_kind` those of a kind, `path` (a glob
    below the stage) those of a place. With `decisions` it hears what was decided, too. An
    address that is left out stays as it was.
    """

    channel: str = ""
    name: str
    kind: ChannelKind
    address: Annotated[str, Meta(max_length=2000)] = ""
    group: str = ""
    handoff_kind: str = ""
    path: Annotated[str, Meta(max_length=1000)] = ""
    decisions: bool = False


class Remove(Struct, frozen=True, kw_only=True):
    """The channel that is told nothing any more."""

    channel: str


class ChannelView(Struct, frozen=True, kw_only=True):
    """A channel of the workspace; of an address that is a secret only the ends are shown."""

    id: str
    name: str
    kind: ChannelKind
    address: str
    group: str
    handoff_kind: str
    path: str
    decisions: bool
    set_by: Who


def every(ctx: Context, asked: Every) -> Page:  # noqa: ARG001  every question is asked something
    """List the channels in which the workspace is told."""
    ctx.permit(Permission.CHANNEL_SET)
    return Page(items=tuple(_view(ctx, each) for each in choices.channels_of(ctx)))


def set(ctx: Context, asked: Set) -> ChannelView:  # noqa: A001  called channels.set
    """Say in which channel the workspace is told, and of what."""
    ctx.permit(Permission.CHANNEL_SET)
    ctx.tx.guard(exclusive=[NodeId("channels")])
    before = _known(ctx, asked.channel) if asked.channel else None
    if before is None and len(choices.channels_of(ctx)) >= MOST:
        raise Conflict(
            f"A workspace has at most {MOST} channels", hint="Remove one that nobody reads."
        )
    kept = before.address if before is not None and before.kind is asked.kind else ""
    channel = WorkspaceChannel(
        id=before.id if before else ctx.tx.new_id(PREFIX),
        name=checked_name(asked.name),
        kind=asked.kind,
        address=_address(asked.kind, asked.address.strip() or kept),
        group=checked_group(asked.group) if asked.group else "",
        handoff_kind=_kind(asked.handoff_kind),
        path=_glob(asked.path),
        decisions=asked.decisions,
        set_by=ctx.caller.actor.id,
    )
    choices.keep_channel(ctx, channel)
    ctx.record(
        Event(
            type=Type.CHANNEL_SET,
            subject=channel.id,
            codes={"kind": channel.kind.value},
            private={"name": channel.name},
        )
    )
    return _view(ctx, channel)


def _address(kind: ChannelKind, address: str) -> str:
    if kind is ChannelKind.EMAIL:
        return checked_email(address)
    preferences.check_address(kind, address)
    return address


def _kind(said: str) -> str:
    if said and said not in KINDS:
        raise Invalid(f"“{said}” is no kind", hint=f"One of {', '.join(KINDS)}.")
    return said


def _glob(said: str) -> str:
    if said:
        check_glob(said)
    return said


def remove(ctx: Context, asked: Remove) -> Nothing:
    """Tell a channel nothing any more."""
    ctx.permit(Permission.CHANNEL_SET)
    channel = _known(ctx, asked.channel)
    ctx.tx.preferences.remove_channel(channel.id)
    event = Event(type=Type.CHANNEL_REMOVED, subject=channel.id)
    return Nothing(event=ctx.record(event))


def _known(ctx: Context, id_: str) -> WorkspaceChannel:
    found = choices.channel_of(ctx, id_)
    if found is None:
        raise NotFound("There is no such channel", hint="GET channels lists them.")
    return found


def _view(ctx: Context, channel: WorkspaceChannel) -> ChannelView:
    return ChannelView(
        id=channel.id,
        name=channel.name,
        kind=channel.kind,
        address=preferences.shown(channel.address),
        group=channel.group,
        handoff_kind=channel.handoff_kind,
        path=channel.path,
        decisions=channel.decisions,
        set_by=who_is(ctx, channel.set_by),
    )
