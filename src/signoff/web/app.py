"""The pages as an ASGI application: find the page, say who asks, answer, or say why not."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from signoff.asgi.answering import answered
from signoff.asgi.answers import Request, started
from signoff.asgi.parts import Parts
from signoff.domain.accounts import is_slug
from signoff.domain.actors import Door
from signoff.domain.errors import Code, Malformed, NotFound, Refusal, Unauthenticated
from signoff.domain.ids import Slug
from signoff.web import (
    activity,
    app_passwords,
    appearance,
    assets,
    changes,
    channels,
    desk,
    drives,
    edits,
    followers,
    hearing,
    inbox,
    news,
    particulars,
    pdfs,
    policy,
    problems,
    raw,
    settings,
    shares,
    signin,
    stopping,
    trash,
    uploads,
    verdicts,
    you,
)
from signoff.web.visits import Visit

AT_ONCE = 2
"""A preview takes a core for a moment; more at once would starve the acts."""

Page = Callable[[Visit], Awaitable[None]]


class Way(Struct, frozen=True, kw_only=True):
    """A method on a path: `{name}` is a segment, `{name*}` all that follow.

    `is_open` says that nobody needs to be known for it.
    """

    method: str
    pattern: tuple[str, ...]
    page: Page
    is_open: bool = False


def _way(method: str, path: str, page: Page, *, is_open: bool = False) -> Way:
    return Way(method=method, pattern=tuple(path.split("/")), page=page, is_open=is_open)


WAYS: tuple[Way, ...] = (
    _way("GET", "static/{path*}", assets.serve, is_open=True),
    _way("GET", "favicon.ico", assets.favicon, is_open=True),
    _way("GET", "", inbox.home),
    _way("GET", "signin", signin.ask, is_open=True),
    _way("POST", "signin", signin.by_password, is_open=True),
    _way("GET", "signin/{link}", signin.show_link, is_open=True),
    _way("POST", "signin/{link}", signin.by_link, is_open=True),
    _way("POST", "signout", signin.sign_out),
    _way("POST", "appearance", appearance.choose, is_open=True),
    _way("GET", "stop/{slug}/{word}", stopping.ask, is_open=True),
    _way("POST", "stop/{slug}/{word}", stopping.stop, is_open=True),
    _way("GET", "w/{workspace}", inbox.enter),
    _way("GET", "w/{workspace}/inbox", inbox.show),
    _way("POST", "w/{workspace}/decisions", verdicts.approve_several),
    _way("GET", "w/{workspace}/handoffs/{handoff}", desk.show),
    _way("GET", "w/{workspace}/handoffs/{handoff}/raw/{digest}/{path*}", raw.of_handoff),
    _way(
        "GET",
        "w/{workspace}/handoffs/{handoff}/pages/{digest}/{number}/{path*}",
        pdfs.of_handoff,
    ),
    _way("GET", "w/{workspace}/pages/{number}/{path*}", pdfs.of_file),
    _way("GET", "w/{workspace}/you", you.show),
    _way("POST", "w/{workspace}/you/away", you.go_away),
    _way("POST", "w/{workspace}/you/away/end", shares.come_back),
    _way("GET", "w/{workspace}/you/notifications", hearing.show),
    _way("POST", "w/{workspace}/you/notifications", hearing.choose),
    _way("GET", "w/{workspace}/you/passwords", app_passwords.show),
    _way("POST", "w/{workspace}/you/passwords", app_passwords.make),
    _way("POST", "w/{workspace}/you/passwords/{password}/revoke", app_passwords.revoke),
    _way("POST", "w/{workspace}/handoffs/{handoff}/decision", verdicts.decide),
    _way("POST", "w/{workspace}/handoffs/{handoff}/call", edits.save_call),
    _way("POST", "w/{workspace}/handoffs/{handoff}/comments", verdicts.comment),
    _way("POST", "w/{workspace}/handoffs/{handoff}/take", verdicts.take),
    _way("POST", "w/{workspace}/handoffs/{handoff}/give-back", verdicts.give_back),
    _way("POST", "w/{workspace}/handoffs/{handoff}/recall", verdicts.recall),
    _way("POST", "w/{workspace}/handoffs/{handoff}/reassign", shares.reassign),
    _way("POST", "w/{workspace}/handoffs/{handoff}/read", news.read_handoff),
    _way("GET", "w/{workspace}/news", news.show),
    _way("POST", "w/{workspace}/news", news.read),
    _way("GET", "w/{workspace}/files", particulars.show_either),
    _way("GET", "w/{workspace}/files/{path*}", particulars.show_either),
    _way("POST", "w/{workspace}/folders", changes.make_folder),
    _way("POST", "w/{workspace}/uploads", uploads.upload),
    _way("POST", "w/{workspace}/versions", changes.restore_version),
    _way("GET", "w/{workspace}/raw/{path*}", raw.of_file),
    _way("GET", "w/{workspace}/drive", drives.show),
    _way("GET", "w/{workspace}/drive/{path*}", drives.show),
    _way("GET", "w/{workspace}/activity", activity.show),
    _way("GET", "w/{workspace}/settings", settings.enter),
    _way("GET", "w/{workspace}/settings/policy", policy.show),
    _way("POST", "w/{workspace}/settings/policy", policy.change),
    _way("POST", "w/{workspace}/settings/policy/restore", policy.restore),
    _way("GET", "w/{workspace}/settings/followers", followers.show),
    _way("POST", "w/{workspace}/settings/followers/{name}", followers.rewind),
    _way("GET", "w/{workspace}/settings/channels", channels.show),
    _way("POST", "w/{workspace}/settings/channels", channels.set_one),
    _way("POST", "w/{workspace}/settings/channels/{channel}", channels.set_one),
    _way("POST", "w/{workspace}/settings/channels/{channel}/remove", channels.remove),
    _way("GET", "w/{workspace}/trash", trash.show),
    _way("POST", "w/{workspace}/trash", changes.throw_away),
    _way("POST", "w/{workspace}/trash/{deletion}/restore", trash.restore),
)


class WebApp:
    """Every path that no other door has."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a refusal becomes a page that says why and what next."""
        # Pages are for browsers: nobody is let in here by a key.
        headers = [each for each in scope["headers"] if each[0] != b"authorization"]
        request = Request({**scope, "headers": headers}, receive)
        told = started(send)
        visit = Visit(self.parts, request, told, turns=self._turns)

        async def refuse(refusal: Refusal) -> None:
            await self._refuse(visit, refusal)

        await answered(request, told, self._answer(visit), refuse, fault=problems.FAULTY)

    async def _answer(self, visit: Visit) -> None:
        request = visit.request
        way, visit.path = find(request.method, request.segments())
        slug = visit.path.get("workspace")
        if slug is not None and not is_slug(slug):
            raise NotFound("There is no such workspace", hint="Look at the address.")
        if request.method == "POST":
            self.parts.identity.check_same_site(request.scope)
        if not way.is_open:
            visit.known = await self.parts.identity.caller(
                request.scope, Slug(slug) if slug else None, door=Door.WEB
            )
        await way.page(visit)

    async def _refuse(self, visit: Visit, refusal: Refusal) -> None:
        self.parts.metrics.refused(refusal.code)
        if isinstance(refusal, Unauthenticated) and visit.known is None:
            await signin.send_there(visit)
        else:
            await problems.show(visit, refusal)


def find(method: str, segments: list[str]) -> tuple[Way, dict[str, str]]:
    """Return the page that a request means, and what its path says."""
    wanted = "GET" if method == "HEAD" else method
    while len(segments) > 1 and not segments[-1]:
        segments = segments[:-1]
    allowed: list[str] = []
    for way in WAYS:
        said = _fit(way.pattern, segments)
        if said is None:
            continue
        if way.method == wanted:
            return way, said
        allowed.append(way.method)
    if allowed:
        raise Malformed(
            f"{method} means nothing here",
            code=Code.METHOD_NOT_ALLOWED,
            hint="Go back and use the buttons of the page.",
            allow=sorted(set(allowed)),
        )
    raise NotFound("There is nothing at this address", hint="Look at the address again.")


def _fit(pattern: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    said: dict[str, str] = {}
    for index, part in enumerate(pattern):
        if part.endswith("*}"):
            said[part[1:-2]] = "/".join(segments[index:])
            return said if len(segments) > index else None
        if index >= len(segments):
            return None
        if part.startswith("{"):
            if not segments[index]:
                return None
            said[part[1:-1]] = segments[index]
        elif part != segments[index]:
            return None
    return said if len(segments) == len(pattern) else None
