"""One request for a page: who asks, what was sent, and the ways to answer."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace
from starlette.types import Send

from signoff.actions import inboxes
from signoff.actions.house import Action, House
from signoff.actions.inboxes import Counted, CountThrough
from signoff.actions.retries import Done
from signoff.actions.views import when
from signoff.asgi.answers import NO_STORE, Headers, Request, answer
from signoff.asgi.parts import Parts
from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Malformed
from signoff.domain.ids import Slug
from signoff.web import statics
from signoff.web.pages import SECURITY, Link, Me, Shell, page

P = TypeVar("P")
R = TypeVar("R")

HTML = (b"content-type", b"text/html; charset=utf-8")
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 5000
THEMES = frozenset({"light", "dark"})
FAR = 99
_SECURITY: Headers = [(name.lower().encode(), said.encode()) for name, said in SECURITY.items()]


class Form:
    """What a form posted, in its order."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)

    def get(self, name: str) -> str:
        """Return the last value of a field; empty if there is none."""
        return next((value for key, value in reversed(self.pairs) if key == name), "")

    def all(self, name: str) -> list[str]:
        """Return every value of a field."""
        return [value for key, value in self.pairs if key == name]


class Visit:
    """A request that has found its page, its caller, and where to answer."""

    def __init__(
        self,
        parts: Parts,
        request: Request,
        send: Send,
        *,
        turns: asyncio.Semaphore,
    ) -> None:
        self.parts = parts
        self.request = request
        self.send = send
        self.path: dict[str, str] = {}
        self.known: Caller | None = None
        self.turns = turns

    @property
    def house(self) -> House:
        """Return the house."""
        return self.parts.house

    @property
    def caller(self) -> Caller:
        """Return who asks."""
        assert self.known is not None
        return self.known

    @property
    def workspace(self) -> Slug:
        """Return the workspace that the page is of."""
        return self.caller.workspace

    @property
    def root(self) -> str:
        """Return the URL of the workspace's pages."""
        return f"/w/{self.path['workspace']}"

    @property
    def api(self) -> str:
        """Return the URL of the workspace's REST resources."""
        return f"/api/v1/workspaces/{self.path['workspace']}"

    @property
    def query(self) -> dict[str, str]:
        """Return the query's parameters."""
        return self.request.query

    async def ask(self, query: Action[P, R], asked: P) -> R:
        """Answer a question."""
        return await self.house.ask(query, self.caller, asked)

    async def do(self, action: Action[P, R], asked: P) -> Done[R]:
        """Do an act."""
        return await self.house.do(action, self.caller, asked)

    async def in_turn(self, work: Callable[..., R], *args: Any, **named: Any) -> R:
        """Do work that takes a core in a thread, a few at a time."""
        async with self.turns:
            return await asyncio.to_thread(work, *args, **named)

    async def form(self) -> Form:
        """Return the form that was posted."""
        kind = self.request.header(b"content-type").partition(";")[0].strip().lower()
        if kind != FORM:
            raise Malformed("This is no form", code=Code.UNSUPPORTED, hint=f"Post {FORM}.")
        body = await self.request.body(limit=self.parts.max_body)
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except (UnicodeDecodeError, ValueError) as broken:
            raise Malformed("The form cannot be read", hint="Send it again.") from broken
        return Form((key, value.replace("\r\n", "\n")) for key, value in pairs)

    # Answers.

    async def shell(self, here: str = "", view: str = "") -> Shell:
        """Return what every page is told; `view` names the part of the inbox that is shown."""
        cookies = cookies_of(self.request)
        shell = Shell(
            now=when(self.house.engine.now()),
            zone=_zone(zone_said(cookies)),
            theme=theme_of(cookies),
            version=statics.load().version,
            here=here,
        )
        if self.known is None:
            return shell
        actor = self.known.actor
        me = Me(id=actor.id, name=actor.name, kind=actor.kind.value)
        if "workspace" not in self.path or self.known.role is None:
            return replace(shell, me=me)
        counted = await self.ask(inboxes.count, CountThrough())
        return replace(
            shell,
            me=me,
            workspace=self.workspace,
            root=self.root,
            api=self.api,
            waiting=counted.mine,
            unread=counted.unread,
            views=self._views(counted, view),
        )

    def _views(self, counted: Counted, view: str) -> tuple[Link, ...]:
        inbox = f"{self.root}/inbox"
        groups = tuple(
            Link(
                name=name.removeprefix("group:"),
                url=f"{inbox}?view={name}",
                icon="group",
                count=number,
                most=counted.most - 1,
                current=view == name,
            )
            for name, number in counted.groups.items()
        )
        return (
            Link(
                name="Mine",
                url=inbox,
                icon="me",
                count=counted.mine,
                most=FAR,
                current=view == inboxes.MINE,
            ),
            *groups,
            Link(
                name="Everything",
                url=f"{inbox}?view={inboxes.EVERYTHING}",
                icon="all",
                count=counted.everything,
                most=inboxes.SCANNED - 1,
                current=view == inboxes.EVERYTHING,
            ),
        )

    async def show(
        self, template: str, *, status: int = 200, headers: Headers | None = None, **view: Any
    ) -> None:
        """Answer with a page; no page is kept by anybody."""
        body = page(template, **view).encode()
        every = [HTML, NO_STORE, *_SECURITY, *(headers or [])]
        await answer(self.send, status, b"" if self.is_head else body, every)

    @property
    def is_head(self) -> bool:
        """Say whether only the headers are wanted."""
        return self.request.method == "HEAD"

    async def go(self, to: str, *, headers: Headers | None = None) -> None:
        """Send the browser to another page of ours (303: it asks with GET)."""
        every = [(b"location", to.encode("latin-1")), NO_STORE, *_SECURITY, *(headers or [])]
        await answer(self.send, 303, b"", every)


def cookies_of(request: Request) -> dict[str, str]:
    """Return the cookies of a request; of one that came twice the first counts."""
    found: dict[str, str] = {}
    for part in request.header(b"cookie").replace(",", ";").split(";"):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, value)
    return found


def theme_of(cookies: dict[str, str]) -> str:
    """Return the reader's theme."""
    theme = cookies.get("theme", "")
    return theme if theme in THEMES else "auto"


def zone_said(cookies: dict[str, str]) -> str:
    """Return the name of the time zone that the reader's browser said it is in."""
    return unquote(cookies.get("zone", ""))


def _zone(said: str) -> tzinfo:
    try:
        return ZoneInfo(said) if said else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def own_path(said: str, default: str = "/") -> str:
    """Return a path of our own to go to; anything that could lead elsewhere is not taken."""
    plain = said.isascii() and said.isprintable() and "\\" not in said
    return said if plain and said.startswith("/") and not said.startswith("//") else default
