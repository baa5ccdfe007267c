"""What is not below a workspace: signing in and out, who one is, people, workspaces."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from signoff.actions.passwords import NewPassword, NewPerson, SignIn
from signoff.actions.sessions import SignedIn
from signoff.actions.table import BY_NAME
from signoff.actions.views import Who
from signoff.asgi.answers import Headers
from signoff.asgi.cookies import ended_cookie, is_secure, session_cookie
from signoff.asgi.identity import origin
from signoff.domain.actors import Door
from signoff.rest import binding
from signoff.rest.exchange import Exchange
from signoff.rest.routes import Route


class ByLink(Struct, frozen=True, kw_only=True):
    """The secret of a one-time sign-in link."""

    link: str


class SessionStarted(Struct, frozen=True, kw_only=True):
    """A session, without its secret: that is in the cookie alone."""

    session: str
    person: Who
    email: str
    expires_at: Any


def _route(method: str, path: str, act: str, status: int = 200, *, by: str = "") -> Route:
    return Route(method=method, path=path, act=act, status=status, by=by)


ROUTES: tuple[Route, ...] = (
    _route("POST", "session", "session.begin", 201, by="sign_in"),
    _route("DELETE", "session", "session.end", 204, by="sign_out"),
    _route("GET", "sessions", "session.list"),
    _route("DELETE", "sessions/{session}", "session.end", 204),
    _route("GET", "me", "person.me"),
    _route("PUT", "me/password", "person.set_password", by="change_password"),
    _route("GET", "me/app-passwords", "app_password.list"),
    _route("POST", "me/app-passwords", "app_password.create", 201),
    _route("DELETE", "me/app-passwords/{password}", "app_password.revoke", 204),
    _route("GET", "people", "person.list"),
    _route("POST", "people", "person.create", 201, by="create_person"),
    _route("POST", "people/{person}/link", "person.link", 201),
    _route("DELETE", "people/{person}", "person.disable"),
    _route("GET", "workspaces", "workspace.list"),
    _route("POST", "workspaces", "workspace.create", 201, by="found"),
)

OPEN = frozenset({"sign_in"})
"""What nobody needs to be known for."""


async def sign_in(exchange: Exchange) -> None:
    """Begin a browser's session, by password or by a one-time link."""
    exchange.parts.identity.check_same_site(exchange.request.scope)
    came = origin(exchange.request.scope)
    said = binding.read_object(await exchange.body())
    passwords = exchange.parts.passwords
    began: SignedIn
    if "link" in said:
        link = binding.convert(ByLink, said)
        assert isinstance(link, ByLink)
        began = await passwords.sign_in_by_link(
            link.link, door=Door.REST, address=came.address, request_id=came.request_id
        )
    else:
        asked = binding.convert(SignIn, said)
        assert isinstance(asked, SignIn)
        began = await passwords.sign_in(
            asked, door=Door.REST, address=came.address, request_id=came.request_id
        )
    shown = SessionStarted(
        session=began.session,
        person=began.person,
        email=began.email,
        expires_at=began.expires_at,
    )
    secure = is_secure(exchange.house.base_url)
    cookie = session_cookie(began.secret, secure=secure)
    await exchange.send_json(201, shown, [(b"set-cookie", cookie.encode())])


async def sign_out(exchange: Exchange) -> None:
    """End the session that asks, and take its cookie away."""
    act = BY_NAME["session.end"]
    await exchange.do(act, act.asked(), body=b"")
    cookie = ended_cookie(secure=is_secure(exchange.house.base_url))
    headers: Headers = [(b"set-cookie", cookie.encode())]
    await exchange.send_json(200, {}, headers)


async def change_password(exchange: Exchange) -> None:
    """Change one's own password."""
    asked = binding.convert(NewPassword, binding.read_object(await exchange.body()))
    assert isinstance(asked, NewPassword)
    done = await exchange.parts.passwords.change(exchange.caller, asked)
    await exchange.send_done(done)


async def create_person(exchange: Exchange) -> None:
    """Add a person to the instance."""
    asked = binding.convert(NewPerson, binding.read_object(await exchange.body()))
    assert isinstance(asked, NewPerson)
    done = await exchange.parts.passwords.create_person(exchange.caller, asked)
    await exchange.send_done(done)


async def found(exchange: Exchange) -> None:
    """Make a workspace, and found its tree and log at once, so that its owner can enter.

    Should the second step be cut off, it is done for whoever next comes in.
    """
    act = exchange.route.declared
    body = await exchange.body()
    said = binding.gather(exchange.path, exchange.request.query, body)
    done = await exchange.do(act, binding.convert(act.asked, said), body=body)
    if done.result is not None:
        await exchange.house.keys(done.result.slug)
    await exchange.send_done(done)


HANDLERS: dict[str, Callable[[Exchange], Awaitable[None]]] = {
    "sign_in": sign_in,
    "sign_out": sign_out,
    "change_password": change_password,
    "create_person": create_person,
    "found": found,
}
