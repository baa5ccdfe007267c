"""Choose how pages look: a cookie, so that the first frame is painted right."""

from signoff.asgi.cookies import is_secure
from signoff.web.visits import THEMES, Visit, own_path

YEAR = 365 * 24 * 3600


async def choose(visit: Visit) -> None:
    """Remember the theme, and show the page again on which it was chosen."""
    said = (await visit.form()).get("theme")
    theme = said if said in THEMES else "auto"
    parts = [f"theme={theme}", "Path=/", f"Max-Age={YEAR}", "SameSite=Lax"]
    if is_secure(visit.house.base_url):
        parts.append("Secure")
    await visit.go(came_from(visit), headers=[(b"set-cookie", "; ".join(parts).encode())])


def came_from(visit: Visit) -> str:
    """Return the page of ours on which a form was sent; the first page if it is not known."""
    scheme, mark, rest = visit.request.header(b"referer").partition("://")
    host, _, path = rest.partition("/")
    ours = host == visit.request.header(b"host") and scheme in ("http", "https")
    return own_path(f"/{path}") if mark and ours else "/"
