"""One's own notifications: which topics, by which way and when; quiet hours and addresses."""

from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from signoff.actions import preferences
from signoff.actions.preferences import PreferencesView, Read, Set, TopicView
from signoff.asgi.problems import status_of
from signoff.domain.errors import Invalid
from signoff.domain.messages import ChannelKind
from signoff.domain.preferences import Choice, Pace, Quiet
from signoff.domain.topics import Topic
from signoff.web import problems, settings
from signoff.web.visits import Form, Visit, cookies_of, zone_said

PATH = "you/notifications"
CHANNELS: dict[ChannelKind, str] = {
    ChannelKind.EMAIL: "E-mail",
    ChannelKind.SLACK: "Slack",
    ChannelKind.APPRISE: "Other",
}
PACES: dict[Pace, str] = {
    Pace.NOW: "at once",
    Pace.HOURLY: "every hour",
    Pace.DAILY: "once a day",
}
OWN = (ChannelKind.SLACK, ChannelKind.APPRISE)
"""The channels whose addresses are not the account's."""
GROUPS: tuple[tuple[str, tuple[Topic, ...]], ...] = (
    (
        "Asked of you",
        (
            Topic.ASKED,
            Topic.REASSIGNED,
            Topic.RAISED,
            Topic.REMINDED,
            Topic.NEXT_ROUND,
            Topic.SECOND_LOOK,
            Topic.OPEN,
        ),
    ),
    ("Said to you", (Topic.MENTIONED, Topic.COMMENTED)),
    (
        "Became of it",
        (Topic.DECIDED, Topic.AGENT_DECIDED, Topic.SETTLED, Topic.ENDPOINT),
    ),
)


class Row(Struct, frozen=True, kw_only=True):
    """A topic as the page shows it."""

    topic: str
    sentence: str
    inbox: bool
    pace: str
    ways: tuple[tuple[str, str, bool], ...]
    """Each channel that has an address: its value, its name, whether it is chosen."""


async def show(visit: Visit) -> None:
    """Show what one chose."""
    await _put_up(visit)


async def choose(visit: Visit) -> None:
    """Keep what one chose, and show it."""
    form = await visit.form()
    asked: Set | None = None
    try:
        asked = _asked(form)
        await visit.do(preferences.set, asked)
    except Invalid as refusal:
        await _put_up(visit, refusal=refusal, asked=asked)
    else:
        await visit.go(f"{visit.root}/{PATH}?kept=1")


def _asked(form: Form) -> Set:
    """Return what a form asks for; an address field that is left empty changes nothing."""
    quiet: Quiet | None = None
    if form.get("quiet") == "1":
        quiet = Quiet(from_=_wall(form, "quiet_from"), to=_wall(form, "quiet_to"))
    return Set(
        zone=form.get("zone"),
        digest_at=_wall(form, "digest_at"),
        quiet=quiet,
        choices={topic: _choice(form, topic) for topic in Topic},
        addresses=_addresses(form),
    )


def _choice(form: Form, topic: Topic) -> Choice:
    said = form.all(topic.value)
    try:
        pace = Pace(form.get(f"{topic}_pace"))
    except ValueError:
        raise Invalid("That is no pace", hint="Choose one of the list.") from None
    return Choice(
        inbox="inbox" in said,
        channels=tuple(kind for kind in CHANNELS if kind.value in said),
        pace=pace,
    )


def _addresses(form: Form) -> dict[ChannelKind, str | None]:
    found: dict[ChannelKind, str | None] = {}
    for kind in OWN:
        if form.get(f"{kind}_gone") == "1":
            found[kind] = None
        elif given := form.get(f"{kind}_address").strip():
            found[kind] = given
    return found


def _wall(form: Form, name: str) -> str:
    """Return a time of day as HH:MM; some browsers send its seconds, too."""
    said = form.get(name)[:5]
    hour, mark, minute = said.partition(":")
    right = mark and len(said) == len("00:00") and hour.isdecimal() and minute.isdecimal()
    if not right or int(hour) > 23 or int(minute) > 59:  # noqa: PLR2004  a day's hours
        raise Invalid("A time is written as 08:00", hint="Give hours and minutes.", field=name)
    return said


async def _put_up(
    visit: Visit, *, refusal: Invalid | None = None, asked: Set | None = None
) -> None:
    view = await visit.ask(preferences.read, Read())
    if asked is not None:
        view = _as_asked(view, asked)
    here = zone_said(cookies_of(visit.request)) or "UTC"
    await visit.show(
        "hearing.html",
        status=status_of(refusal) if refusal else 200,
        shell=await visit.shell("settings"),
        side=settings.side(visit, PATH),
        problem=problems.problem_of(refusal) if refusal else None,
        kept=visit.query.get("kept") == "1" and refusal is None,
        here=f"{visit.root}/{PATH}",
        **fields(view, zone_here=here if here != view.zone else ""),
    )


def fields(view: PreferencesView, *, zone_here: str) -> dict[str, Any]:
    """Return what the page shows of one's choices; `zone_here` is the browser's, if another."""
    return {
        "zone": view.zone,
        "zone_here": zone_here,
        "digest_at": view.digest_at,
        "quiet": view.quiet,
        "groups": _groups(view),
        "paces": [(pace.value, words) for pace, words in PACES.items()],
        "failing": [
            {"name": CHANNELS[kind], "reason": reason} for kind, reason in view.failing.items()
        ],
        "email": view.addresses.get(ChannelKind.EMAIL, ""),
        "own": [
            {
                "kind": kind.value,
                "name": CHANNELS[kind],
                "shown": view.addresses.get(kind, ""),
                "help": HELP[kind],
            }
            for kind in OWN
        ],
    }


HELP = {
    ChannelKind.SLACK: "An incoming webhook that leads to you.",
    ChannelKind.APPRISE: "Teams, Discord, Telegram, ntfy: the address as apprise writes it.",
}


def _as_asked(view: PreferencesView, asked: Set) -> PreferencesView:
    """Return what was asked for and refused, to be mended; addresses are as they are kept."""
    return replace(
        view,
        zone=view.zone if asked.zone is UNSET else asked.zone,
        digest_at=view.digest_at if asked.digest_at is UNSET else asked.digest_at,
        quiet=view.quiet if asked.quiet is UNSET else asked.quiet,
        topics=tuple(
            replace(one, inbox=choice.inbox, channels=choice.channels, pace=choice.pace)
            for one in view.topics
            if (choice := asked.choices.get(Topic(one.topic)))
        ),
    )


def _groups(view: PreferencesView) -> list[dict[str, Any]]:
    by_topic = {one.topic: one for one in view.topics}
    return [
        {"name": name, "rows": [_row(view, by_topic[topic]) for topic in topics]}
        for name, topics in GROUPS
    ]


def _row(view: PreferencesView, one: TopicView) -> Row:
    return Row(
        topic=one.topic,
        sentence=one.sentence,
        inbox=one.inbox,
        pace=one.pace.value,
        ways=tuple(
            (kind.value, CHANNELS[kind], kind in one.channels)
            for kind in CHANNELS
            if kind in view.addresses
        ),
    )
