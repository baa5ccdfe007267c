"""Who is let in, and from where: an agent's key alone, and no page of another site."""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from signoff.asgi.answers import Request
from signoff.asgi.parts import Parts
from signoff.domain.actors import Caller, Door, Kind
from signoff.domain.errors import Code, Forbidden, Unauthenticated


async def admit(parts: Parts, request: Request) -> Caller:
    """Return the agent whose key was shown; a person's session or password opens nothing here.

    A key acts as its agent, whoever owns that (RULES 23).
    """
    scheme = request.header(b"authorization").partition(" ")[0].lower()
    if scheme != "bearer":
        raise Unauthenticated(
            "Only an agent's API key is let in here",
            hint="Send `Authorization: Bearer` with a key; `signoff agent create` prints one.",
        )
    caller = await parts.identity.caller(request.scope, None, door=Door.MCP)
    if caller.actor.kind is not Kind.AGENT or caller.role is None:
        raise Unauthenticated("Only an agent's API key is let in here")
    return caller


def check_site(parts: Parts, request: Request) -> None:
    """Refuse a page of another site, and a name that was made to point here (DNS rebinding).

    A name is no proof of where a browser's page came from, an address is: whoever is named
    by an address was not reached through a name that changed its meaning.
    """
    host = request.header(b"host")
    public = urlsplit(parts.house.base_url).netloc
    if host != public and not _is_plain(host):
        raise Forbidden(
            f"Nothing here goes by the name “{host[:80]}”",
            code=Code.CROSS_SITE,
            hint="Use the server's own address; `serve --public-url` says which that is.",
        )
    parts.identity.check_same_site(request.scope)


@lru_cache(maxsize=256)
def _is_plain(host: str) -> bool:
    """Say whether a host is this machine, or an address."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
