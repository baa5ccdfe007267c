"""Signing in and out. A link that signs in once is used by a button, never by being opened."""

from contextlib import suppress
from urllib.parse import quote

from signoff.actions import sessions
from signoff.actions.passwords import SignIn
from signoff.actions.sessions import SignedIn
from signoff.asgi.cookies import ended_cookie, is_secure, session_cookie, session_secret
from signoff.asgi.identity import origin
from signoff.asgi.problems import status_of
from signoff.domain.actors import Door
from signoff.domain.errors import Busy, Forbidden, Invalid, NotFound, Unauthenticated
from signoff.web.visits import Visit, own_path

SIGNIN = "/signin"


async def ask(visit: Visit) -> None:
    """Ask for e-mail and password."""
    await _show(visit, to=own_path(visit.query.get("next", "/")))


async def by_password(visit: Visit) -> None:
    """Begin a session for whoever knows the password."""
    form = await visit.form()
    email, to = form.get("email").strip(), own_path(form.get("next"))
    came = origin(visit.request.scope)
    try:
        began = await visit.parts.passwords.sign_in(
            SignIn(email=email, password=form.get("password")),
            door=Door.WEB,
            address=came.address,
            request_id=came.request_id,
        )
    except (Unauthenticated, Busy, Invalid) as refusal:
        words = f"{refusal.message}. {refusal.hint}"
        await _show(visit, to=to, email=email, problem=words, status=status_of(refusal))
    else:
        await _begin(visit, began, to)


async def show_link(visit: Visit) -> None:
    """Show the button that uses the link; a mail program that opens it uses nothing up."""
    await _show(visit, to="/", link=visit.path["link"])


async def by_link(visit: Visit) -> None:
    """Begin a session by a link, which is used up."""
    came = origin(visit.request.scope)
    try:
        began = await visit.parts.passwords.sign_in_by_link(
            visit.path["link"],
            door=Door.WEB,
            address=came.address,
            request_id=came.request_id,
        )
    except (Unauthenticated, Busy) as refusal:
        words = f"{refusal.message}. {refusal.hint}"
        await _show(visit, to="/", problem=words, status=status_of(refusal))
    else:
        await _begin(visit, began, "/")


async def sign_out(visit: Visit) -> None:
    """End the session that asks, and take its cookie away."""
    with suppress(NotFound, Forbidden):  # it had ended: what was asked for is so
        await visit.do(sessions.end, sessions.End())
    cookie = ended_cookie(secure=is_secure(visit.house.base_url))
    await visit.go(SIGNIN, headers=[(b"set-cookie", cookie.encode())])


async def send_there(visit: Visit) -> None:
    """Send somebody who is not known to sign in, and back to where they wanted to go."""
    scope = visit.request.scope
    to = "/"
    if visit.request.method in ("GET", "HEAD"):
        asked = scope.get("query_string", b"").decode("latin-1")
        to = quote(str(scope["path"])) + (f"?{asked}" if asked else "")
    elif "handoff" in visit.path:
        to = f"{visit.root}/handoffs/{quote(visit.path['handoff'])}"
    to = own_path(to)
    await visit.go(SIGNIN if to == "/" else f"{SIGNIN}?next={quote(to, safe='/')}")


async def _begin(visit: Visit, began: SignedIn, to: str) -> None:
    cookie = session_cookie(began.secret, secure=is_secure(visit.house.base_url))
    await visit.go(to, headers=[(b"set-cookie", cookie.encode())])


async def _show(
    visit: Visit,
    *,
    to: str,
    email: str = "",
    problem: str = "",
    link: str = "",
    status: int = 200,
) -> None:
    known = bool(session_secret(visit.request.header(b"cookie")))
    await visit.show(
        "signin.html",
        status=status,
        shell=await visit.shell(),
        host=visit.house.base_url.partition("://")[2],
        email=email,
        problem=problem,
        next=to,
        link=link,
        known=known,
    )
