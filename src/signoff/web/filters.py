"""How a page says times, sizes, parts and digests: Jinja filters without a clock.

Times come as aware datetimes, RFC 3339 strings or instants (microseconds). What time it is,
and in which zone the reader lives, the view's `shell` says.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from signoff.web.answers import as_text
from signoff.web.words import did, plural

Moment = datetime | str | int

WEEK = 7
KILO = 1000
UNITS = ("KB", "MB", "GB", "TB")


def moment(value: Moment) -> datetime:
    """Return the aware datetime that a value of a view stands for."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, int):
        return datetime.fromtimestamp(value / 1_000_000, UTC)
    return datetime.fromisoformat(value)


def span(length: timedelta) -> str:
    """Say a length of time as a person would: `38 min`, `1 h 12`, `2 days`."""
    length = abs(length)
    minutes = length // timedelta(minutes=1)
    if length < timedelta(minutes=1):
        return "a moment"
    if length < timedelta(hours=1):
        return f"{minutes} min"
    if length < timedelta(hours=4) and minutes % 60:
        return f"{minutes // 60} h {minutes % 60:02d}"
    if length < timedelta(days=1):
        return f"{minutes // 60} h"
    return "1 day" if length.days == 1 else f"{length.days} days"


@pass_context
def ago(context: Context, value: Moment) -> str:
    """Say how long something has lasted until now, without a preposition."""
    return span(now_of(context) - moment(value))


@pass_context
def due(context: Context, value: Moment) -> str:
    """Say how far off a time is: `in 1 h 20`, or `20 min late`."""
    left = moment(value) - now_of(context)
    return f"in {span(left)}" if left >= timedelta() else f"{span(left)} late"


@pass_context
def late(context: Context, value: Moment) -> bool:
    """Say whether a time has passed."""
    return moment(value) < now_of(context)


@pass_context
def soon(context: Context, value: Moment) -> bool:
    """Say whether a time is less than three hours off."""
    return moment(value) - now_of(context) < timedelta(hours=3)


@pass_context
def when(context: Context, value: Moment) -> str:
    """Say a time as short as today allows: `14:00`, `yesterday 16:20`, `Mon 16:24`."""
    zone = zone_of(context)
    at, now = moment(value).astimezone(zone), now_of(context).astimezone(zone)
    days = (at.date() - now.date()).days
    clock = f"{at:%H:%M}"
    if days == 0:
        return clock
    if days in {-1, 1}:
        return f"{'tomorrow' if days == 1 else 'yesterday'} {clock}"
    if abs(days) < WEEK:
        return f"{at:%a} {clock}"
    return f"{at.day} {at:%b}" + ("" if at.year == now.year else f" {at.year}")


@pass_context
def day(context: Context, value: Moment) -> str:
    """Name the day of a time: `Today, 18 November`."""
    zone = zone_of(context)
    at, now = moment(value).astimezone(zone), now_of(context).astimezone(zone)
    named = {0: "Today, ", -1: "Yesterday, "}.get((at.date() - now.date()).days, f"{at:%A}, ")
    return f"{named}{at.day} {at:%B}" + ("" if at.year == now.year else f" {at.year}")


@pass_context
def clock(context: Context, value: Moment) -> str:
    """Say the time of day to the second."""
    return f"{moment(value).astimezone(zone_of(context)):%H:%M:%S}"


@pass_context
def by_day(context: Context, entries: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Group entries that are in order of time under the names of their days."""
    environment = context.environment
    for name, group in groupby(entries, lambda e: day(context, environment.getattr(e, "at"))):
        yield name, list(group)


def rfc3339(value: Moment) -> str:
    """Write a time for machines (RFC 3339)."""
    return moment(value).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def now_of(context: Context) -> datetime:
    """Return the time at which the page is made."""
    return moment(context["shell"].now)


def zone_of(context: Context) -> tzinfo:
    """Return the reader's time zone."""
    zone: tzinfo = context["shell"].zone
    return zone


def size(value: int) -> str:
    """Say a number of bytes: `812 bytes`, `38 KB`, `1.2 MB`, in powers of 1000."""
    if value < KILO:
        return "1 byte" if value == 1 else f"{value} bytes"
    amount, unit = value / KILO, 0
    while amount >= KILO - 0.5 and unit < len(UNITS) - 1:
        amount /= KILO
        unit += 1
    digits = 1 if unit and amount < 10 - 0.05 else 0
    return f"{amount:.{digits}f} {UNITS[unit]}"


def percent(value: float) -> str:
    """Say a part of one: `82%`. Never rounds up to certainty or down to none."""
    rounded = round(value * 100)
    if 0 < value < 1:
        rounded = min(99, max(1, rounded))
    return f"{rounded}%"


def number(value: int) -> str:
    """Write a count with its thousands apart."""
    return f"{value:,}"


def capped(value: int, most: int) -> str:
    """Write a count that was not taken further than some number: `99+`."""
    return number(value) if value <= most else f"{number(most)}+"


def initials(name: str, kind: str) -> str:
    """Return the letters in an actor's shape: one for people, two for agents."""
    letters = [c for c in name if c.isalnum()]
    if not letters:
        return "?"
    return "".join(letters[:2]).lower() if kind == "agent" else letters[0].upper()


def seal(digest: str) -> Markup:
    """Draw a digest so that it can be recognised: twelve bars and two groups of four digits.

    A memory aid, no proof: the whole digest is in the title.
    """
    digits = digest.removeprefix("sha256:").lower()
    digits = "".join(c for c in digits if c in "0123456789abcdef").ljust(12, "0")
    bars = Markup("").join(
        Markup('<rect x="{}" y="{}" width="1.7" height="{}" rx="0.5"/>').format(
            f"{i * 2.7:.1f}",
            f"{13 - int(c, 16) * 13 / 15:.1f}",
            f"{3 + int(c, 16) * 13 / 15:.1f}",
        )
        for i, c in enumerate(digits[:12])
    )
    return Markup(
        '<span class="seal" title="Fingerprint of these bytes: {}">'
        '<svg viewBox="0 0 32 16" aria-hidden="true">{}</svg>'
        "<span>{} {}</span></span>"
    ).format(digest, bars, digits[:4], digits[4:8])


def install(environment: Environment) -> None:
    """Give the templates their filters."""
    for pure in (as_text, capped, did, initials, number, percent, plural, rfc3339, seal, size):
        environment.filters[pure.__name__] = pure
    for told in (ago, by_day, clock, day, due, when):
        environment.filters[told.__name__] = told
    environment.tests.update({"late": late, "soon": soon})
