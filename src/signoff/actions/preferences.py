"""What one wants to hear, by which way and when: look at it, choose, or stop by a link."""

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from signoff.actions import choices, entries, stops
from signoff.actions.context import Context
from signoff.domain import preferences as law
from signoff.domain.actors import Kind
from signoff.domain.errors import Forbidden
from signoff.domain.events import Event, Type
from signoff.domain.ids import ActorId
from signoff.domain.messages import ChannelKind
from signoff.domain.permissions import Permission, check_open
from signoff.domain.preferences import Choice, Pace, Preferences, Quiet, Wall
from signoff.domain.topics import MEANING, Topic


class Read(Struct, frozen=True, kw_only=True):
    """One's own choices in this workspace."""


class Set(Struct, frozen=True, kw_only=True):
    """What is to change; what is not named stays.

    A topic or an address that is null is as it was without a choice; so is `quiet`.
    `addresses` are those of `slack` and `apprise`; mail goes to the account's.
    """

    zone: str | UnsetType = UNSET
    digest_at: Wall | UnsetType = UNSET
    quiet: Quiet | UnsetType | None = UNSET
    choices: dict[Topic, Choice | None] = {}
    addresses: dict[ChannelKind, str | None] = {}


class OneLink(Struct, frozen=True, kw_only=True):
    """The last part of a link that ends messages."""

    word: str


class TopicView(Struct, frozen=True, kw_only=True):
    """How one is told of a topic; `chosen` says that it is not the default."""

    topic: str
    sentence: str
    inbox: bool
    channels: tuple[ChannelKind, ...]
    pace: Pace
    chosen: bool


class PreferencesView(Struct, frozen=True, kw_only=True):
    """What one chose. Of addresses that are secrets only the ends are shown.

    `failing` says why the last message by a channel did not reach one.
    """

    zone: str
    digest_at: str
    quiet: Quiet | None
    topics: tuple[TopicView, ...]
    addresses: dict[ChannelKind, str]
    failing: dict[ChannelKind, str] = {}


class StopView(Struct, frozen=True, kw_only=True):
    """Which messages a link ends."""

    channel: ChannelKind
    sentences: tuple[str, ...]


def read(ctx: Context, asked: Read) -> PreferencesView:  # noqa: ARG001  every question is asked something
    """Show what one wants to hear, and how."""
    me = _me(ctx)
    return _view(ctx, me, choices.preferences_of(ctx, me))


def set(ctx: Context, asked: Set) -> PreferencesView:  # noqa: A001  called preferences.set
    """Choose what one wants to hear, by which way and when."""
    me = _me(ctx)
    check_open(ctx.caller)
    before = choices.preferences_of(ctx, me)
    after = law.checked(_changed(before, asked))
    if after != before:
        _keep(ctx, me, after, by="person")
    return _view(ctx, me, after)


def _changed(before: Preferences, asked: Set) -> Preferences:
    chosen = {**before.choices, **asked.choices}
    addresses = {**before.addresses, **asked.addresses}
    return replace(
        before,
        zone=before.zone if asked.zone is UNSET else asked.zone,
        digest_at=before.digest_at if asked.digest_at is UNSET else asked.digest_at,
        quiet=before.quiet if asked.quiet is UNSET else asked.quiet,
        choices={
            topic: choice
            for topic, choice in chosen.items()
            if choice is not None and choice != law.DEFAULTS[topic]
        },
        addresses={kind: text.strip() for kind, text in addresses.items() if text is not None},
    )


def look(ctx: Context, asked: OneLink) -> StopView:
    """Say which messages a link would end."""
    entries.permit_house(ctx)
    stop = stops.read(ctx, asked.word)
    return _stop_view(stop)


def stop(ctx: Context, asked: OneLink) -> StopView:
    """End the messages of a kind for whom the link was made (RFC 8058)."""
    entries.permit_house(ctx)
    stop = stops.read(ctx, asked.word)
    before = choices.preferences_of(ctx, stop.person)
    quieter = {}
    for topic in stop.topics:
        choice = before.choice(topic)
        channels = tuple(each for each in choice.channels if each is not stop.channel)
        quieter[topic] = replace(choice, channels=channels)
    after = replace(before, choices={**before.choices, **quieter})
    if after != before:
        _keep(ctx, stop.person, after, by="link")
    return _stop_view(stop)


def _stop_view(stop: stops.Stop) -> StopView:
    return StopView(
        channel=stop.channel, sentences=tuple(MEANING[topic] for topic in stop.topics)
    )


def _me(ctx: Context) -> ActorId:
    ctx.permit(Permission.WORKSPACE_READ)
    if ctx.caller.actor.kind is not Kind.PERSON:
        raise Forbidden(
            "Only people choose what they are told",
            hint="An agent hears of its work by waiting, by events or by a webhook.",
        )
    return ctx.caller.actor.id


def _keep(ctx: Context, person: ActorId, preferences: Preferences, *, by: str) -> None:
    choices.keep_preferences(ctx, person, preferences)
    ctx.record(Event(type=Type.PREFERENCES_SET, subject=person, codes={"by": by}))


def _view(ctx: Context, person: ActorId, preferences: Preferences) -> PreferencesView:
    account = ctx.tx.accounts.by_id(person)
    addresses = {
        kind: law.shown(address) for kind, address in sorted(preferences.addresses.items())
    }
    if account is not None:
        addresses = {ChannelKind.EMAIL: account.email, **addresses}
    return PreferencesView(
        zone=preferences.zone,
        digest_at=preferences.digest_at,
        quiet=preferences.quiet,
        topics=tuple(_topic(preferences, topic) for topic in MEANING),
        addresses=addresses,
        failing={
            kind: reason
            for kind in addresses
            if (reason := ctx.tx.outbox.failing(person, kind))
        },
    )


def _topic(preferences: Preferences, topic: Topic) -> TopicView:
    choice = preferences.choice(topic)
    return TopicView(
        topic=topic.value,
        sentence=MEANING[topic],
        inbox=choice.inbox,
        channels=choice.channels,
        pace=choice.pace,
        chosen=topic in preferences.choices,
    )
