"""Templates and view values in, pages out."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from jinja2 import Environment, PackageLoader
from msgspec import Struct

from signoff.web import filters, words

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""The headers of every page: nothing but our own script runs in our origin."""

RAW_SECURITY = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""The headers of every file that is served as it is: it is shown, it never runs."""


class Me(Struct, frozen=True, kw_only=True):
    """Who reads the page."""

    id: str
    name: str
    kind: str = "person"


class Link(Struct, frozen=True, kw_only=True):
    """A place to go: in the navigation, in a path, among stages."""

    name: str
    url: str
    icon: str = ""
    count: int | None = None
    most: int = 10**9
    """A count above this is shown as more than this."""
    note: str = ""
    current: bool = False
    depth: int = 0


class Shell(Struct, frozen=True, kw_only=True):
    """What every page is told, whatever it shows.

    `root` is the URL of the workspace's pages, `api` that of its REST resources, both without
    a slash at the end. `theme` is `auto`, `light` or `dark`, from the reader's cookie.
    """

    workspace: str = ""
    root: str = ""
    api: str = ""
    me: Me | None = None
    here: str = ""
    now: datetime
    zone: tzinfo = UTC
    theme: str = "auto"
    waiting: int = 0
    unread: int = 0
    """How much of what the reader was told they have not seen."""
    views: tuple[Link, ...] = ()
    version: str = "0"
    """Part of the URLs of styles and scripts, so that browsers may keep them for ever."""


def environment() -> Environment:
    """Return the templates; they escape everything.

    A field that a value does not have is empty, as optional fields of the JSON shapes are
    left out; a whole value that a view forgot fails where its fields are asked for.
    """
    built = Environment(
        loader=PackageLoader("signoff.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters.install(built)
    built.globals.update(words.table())
    return built


_ENVIRONMENT = environment()


def page(template: str, **view: Any) -> str:
    """Return the page that a template makes of a view."""
    return _ENVIRONMENT.get_template(template).render(view)
