"""tus 1.0 (tus.io/protocols/resumable-upload): what all its requests and answers share."""

from starlette.types import Message, Scope, Send

from signoff.asgi.answers import Request, answer
from signoff.domain.errors import Code, Malformed, Stale

VERSION = "1.0.0"
EXTENSIONS = (
    "creation",
    "creation-with-upload",
    "creation-defer-length",
    "expiration",
    "checksum",
    "termination",
)
ALGORITHMS = ("sha256", "sha1", "md5")
OFFSETS = "application/offset+octet-stream"
NOUN = "uploads"

SPOKEN = [(b"tus-resumable", VERSION.encode()), (b"tus-version", VERSION.encode())]
_OVERRIDING = frozenset({b"PATCH", b"DELETE"})
_NOUN_AT = 5
"""Where the noun stands in `/api/v1/workspaces/acme/uploads`."""


def concerns(scope: Scope) -> bool:
    """Say whether a request is about uploads."""
    path = str(scope["path"])
    return NOUN in path and path.split("/")[_NOUN_AT : _NOUN_AT + 1] == [NOUN]


def meant(scope: Scope) -> Scope:
    """Return the request with the method that it means: some proxies let only POST pass."""
    if scope["method"] != "POST":
        return scope
    said = dict(scope["headers"]).get(b"x-http-method-override", b"").upper()
    return {**scope, "method": said.decode()} if said in _OVERRIDING else scope


def speaking(send: Send) -> Send:
    """Return a `send` whose answers name the version, refusals too."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *SPOKEN]
        await send(message)

    return sending


async def tell(send: Send, *, most: int) -> None:
    """Answer OPTIONS with what is spoken here; it needs nobody to be known."""
    headers = [
        (b"tus-extension", ",".join(EXTENSIONS).encode()),
        (b"tus-max-size", str(most).encode()),
        (b"tus-checksum-algorithm", ",".join(ALGORITHMS).encode()),
    ]
    await answer(send, 204, b"", headers)


def check_version(request: Request) -> None:
    """Refuse whoever speaks another version, or none."""
    said = request.header(b"tus-resumable")
    if said != VERSION:
        raise Stale(
            f"Uploads are spoken to in tus {VERSION}",
            code=Code.PROTOCOL_VERSION,
            hint=f"Send `Tus-Resumable: {VERSION}`.",
        )


def check_type(request: Request) -> None:
    """Refuse bytes that are not announced as an upload's."""
    if request.header(b"content-type").partition(";")[0].strip().lower() != OFFSETS:
        raise Malformed(
            "This is no piece of an upload",
            code=Code.UNSUPPORTED,
            hint=f"Send `Content-Type: {OFFSETS}`.",
        )
