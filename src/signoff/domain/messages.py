"""What a person is told outside of the pages, before a channel gives it a form.

A message says who did what, how sure they are, what is asked, by when, and where to look. Its
link leads to a page; nothing in it ever decides anything.
"""

from enum import StrEnum

from msgspec import Struct

from signoff.domain.ids import HandoffId, Instant, Slug


class ChannelKind(StrEnum):
    """By what way a message goes out."""

    EMAIL = "email"
    SLACK = "slack"
    APPRISE = "apprise"
    """Any service that apprise knows: Teams, Discord, Telegram, ntfy and the rest."""


class Fact(Struct, frozen=True, kw_only=True):
    """One thing worth knowing at a glance, such as “How sure” and “82 %”."""

    label: str
    value: str


class Item(Struct, frozen=True, kw_only=True):
    """One of several things that one message tells of."""

    headline: str
    url: str
    facts: tuple[Fact, ...] = ()


class Message(Struct, frozen=True, kw_only=True):
    """What is told, as plain text: a channel escapes it as its form wants.

    `id` is the message's own and never used again; `handoff` is what it belongs to, so that a
    channel can keep what was said of one handoff together. `headline` is one line. `body` is
    an excerpt of the summary, a reason or a comment, of at most 1,000 characters. `items` are
    given where several things are told at once, in a burst or a digest. `closes` says that
    nothing is asked of the reader any more: a decision was made. `stop_url` ends such messages
    by a POST (RFC 8058), `settings_url` is the page where one chooses.
    """

    id: str
    workspace: Slug
    handoff: HandoffId | None = None
    at: Instant
    headline: str
    facts: tuple[Fact, ...] = ()
    body: str = ""
    items: tuple[Item, ...] = ()
    url: str
    link_text: str = "Open it"
    closes: bool = False
    stop_url: str = ""
    settings_url: str = ""
