"""What one wants to hear, by which way and when: choices, quiet hours, digests, zones."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, field

from signoff.domain.errors import Invalid
from signoff.domain.ids import HOUR, SECOND, Instant, Micros
from signoff.domain.messages import ChannelKind
from signoff.domain.topics import Topic

Wall = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
"""A time on the wall's clock, `HH:MM`."""

QUIET_FOR = Micros(10 * SECOND)
"""A message waits until nothing more has come for so long …"""
AT_MOST = Micros(60 * SECOND)
"""… but never longer than this."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Pace(StrEnum):
    """How soon one is told outside of the inbox."""

    NOW = "now"
    HOURLY = "hourly"
    DAILY = "daily"


class Choice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one is told of a topic: whether it is unread in the inbox, and what goes out."""

    inbox: bool = True
    channels: tuple[ChannelKind, ...] = ()
    pace: Pace = Pace.NOW


class Quiet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours in which nothing goes out; `from` may come after `to`, over midnight."""

    from_: Wall = field(name="from")
    to: Wall


class Preferences(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person chose in a workspace; topics without a choice are as `DEFAULTS` says.

    `addresses` are those that are not the account's: of Slack, and of apprise.
    """

    zone: str = "UTC"
    digest_at: Wall = "08:00"
    quiet: Quiet | None = None
    choices: dict[Topic, Choice] = {}
    addresses: dict[ChannelKind, str] = {}

    def choice(self, topic: Topic) -> Choice:
        """Return how the person is told of a topic."""
        return self.choices.get(topic) or DEFAULTS[topic]


_MAIL = (ChannelKind.EMAIL,)

DEFAULTS: Mapping[Topic, Choice] = {
    Topic.ASKED: Choice(channels=_MAIL),
    Topic.REASSIGNED: Choice(channels=_MAIL),
    Topic.RAISED: Choice(channels=_MAIL),
    Topic.REMINDED: Choice(channels=_MAIL),
    Topic.NEXT_ROUND: Choice(channels=_MAIL),
    Topic.SECOND_LOOK: Choice(channels=_MAIL, pace=Pace.DAILY),
    Topic.OPEN: Choice(channels=_MAIL, pace=Pace.DAILY),
    Topic.MENTIONED: Choice(channels=_MAIL),
    Topic.DECIDED: Choice(channels=_MAIL),
    Topic.COMMENTED: Choice(channels=_MAIL, pace=Pace.HOURLY),
    Topic.AGENT_DECIDED: Choice(inbox=False),
    Topic.ENDPOINT: Choice(channels=_MAIL),
    Topic.SETTLED: Choice(channels=_MAIL),
}
"""What holds without a choice: at once what one is named for, once a day what is anybody's."""

LONGEST = 2000


def checked(preferences: Preferences) -> Preferences:
    """Return preferences that can be kept, or refuse a zone or an address that is none."""
    zone_of(preferences.zone)
    quiet = preferences.quiet
    if quiet is not None and quiet.from_ == quiet.to:
        raise Invalid(
            "Quiet hours that end when they begin hold no time, or all of it",
            hint="Give two different times, such as 22:00 and 07:00, or none.",
            field="quiet",
        )
    for kind, address in preferences.addresses.items():
        check_address(kind, address)
    return preferences


def check_address(kind: ChannelKind, address: str) -> None:
    """Refuse what cannot be an address of one's own."""
    if kind is ChannelKind.EMAIL:
        raise Invalid(
            "Mail goes to the address that one signs in with",
            hint="Leave the e-mail address out.",
            field="addresses",
        )
    if not address or len(address) > LONGEST or not address.isprintable() or " " in address:
        raise Invalid(
            f"This is no address for {kind}",
            hint="Paste it whole: it has no blanks.",
            field="addresses",
        )


def shown(address: str) -> str:
    """Return what may be seen of an address that is a secret: its scheme and its last signs.

    A web address shows its host, too; other schemes have tokens in that place.
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    if scheme not in ("http", "https"):
        return f"{scheme}://…{address[-4:]}"
    host = rest.partition("/")[0].rpartition("@")[2]
    return f"{scheme}://{host}/…{address[-4:]}"


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name in the IANA database, or refuse."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            f"There is no time zone “{name[:64]}”",
            hint="Write it like Europe/Berlin or UTC.",
            field="zone",
        ) from None


# When.


def due_at(preferences: Preferences, pace: Pace, now: Instant, *, since: Instant) -> Instant:
    """Return when what has gathered since `since`, last added to now, is to go out."""
    match pace:
        case Pace.NOW:
            moment = Instant(min(now + QUIET_FOR, max(now, since + AT_MOST)))
        case Pace.HOURLY:
            moment = next_hour(now)
        case Pace.DAILY:
            moment = next_at(preferences.zone, preferences.digest_at, now)
    return not_quiet(preferences, moment)


def not_quiet(preferences: Preferences, moment: Instant) -> Instant:
    """Return the moment, or the end of the quiet hours in which it lies."""
    quiet = preferences.quiet
    if quiet is None or not _within(preferences.zone, quiet, moment):
        return moment
    return next_at(preferences.zone, quiet.to, moment)


def _within(zone: str, quiet: Quiet, moment: Instant) -> bool:
    """Say whether the clock on the wall shows a quiet hour."""
    shows = _at(zone, moment).strftime("%H:%M")
    if quiet.from_ < quiet.to:
        return quiet.from_ <= shows < quiet.to
    return shows >= quiet.from_ or shows < quiet.to


def next_hour(now: Instant) -> Instant:
    """Return the next full hour."""
    return Instant((now // HOUR + 1) * HOUR)


def next_at(zone: str, wall: Wall, after: Instant) -> Instant:
    """Return when the wall's clock shows a time next, after a moment.

    A time that the clock skips in spring is that much later; of one that it shows twice in
    autumn, the first counts.
    """
    day = _at(zone, after).date() - _DAY
    while True:
        moment = _moment(zone, day, wall)
        if moment > after:
            return moment
        day += _DAY


def _moment(zone: str, day: date, wall: Wall) -> Instant:
    local = datetime.combine(day, time.fromisoformat(wall), tzinfo=ZoneInfo(zone))
    return Instant((local.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1))


def _at(zone: str, moment: Instant) -> datetime:
    return (_EPOCH + timedelta(microseconds=moment)).astimezone(ZoneInfo(zone))


def clock(zone: str, moment: Instant) -> str:
    """Return a moment as a person in a zone reads it, to the minute."""
    local = _at(zone, moment)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {local.tzname()}"
