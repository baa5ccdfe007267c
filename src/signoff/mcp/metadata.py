"""Where OAuth clients find out who lets them in (RFC 9728), once an issuer is configured."""

import msgspec

from signoff.asgi.answers import JSON, Request, answer
from signoff.asgi.parts import App, Parts, Receive, Scope, Send
from signoff.asgi.problems import encode
from signoff.domain.errors import NotFound

METADATA = "/.well-known/oauth-protected-resource/mcp"
FRESH = (b"cache-control", b"public, max-age=3600")
OPEN = (b"access-control-allow-origin", b"*")
"""Clients in browsers read it before they know anybody here."""


def document(parts: Parts) -> bytes:
    """Return what is said of the protected resource."""
    base = parts.house.base_url
    return msgspec.json.encode(
        {
            "resource": f"{base}/mcp",
            "authorization_servers": [parts.issuer],
            "bearer_methods_supported": ["header"],
            "resource_name": "Signoff",
        }
    )


def page_of(parts: Parts) -> App:
    """Return the door at which the document is read."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if (
            not parts.issuer
            or scope["path"] != METADATA
            or request.method not in ("GET", "HEAD")
        ):
            status, body, headers = encode(
                NotFound(
                    "There is no authorization server to ask",
                    hint="Send an agent's API key as a bearer token.",
                )
            )
            await answer(send, status, body, headers)
            return
        body = b"" if request.method == "HEAD" else document(parts)
        await answer(send, 200, body, [JSON, FRESH, OPEN])

    return page
