"""Links that end messages of a kind; what they say is encrypted, so nobody can make one up."""

import base64
import binascii

import msgspec
from msgspec import Struct

from signoff.actions.context import Context
from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.domain.errors import Damaged, NotFound
from signoff.domain.ids import ActorId
from signoff.domain.messages import ChannelKind
from signoff.domain.topics import Topic

_CONTEXT = "stop"


class Stop(Struct, frozen=True, array_like=True):
    """Who wants no more messages of which topics by which channel."""

    person: ActorId
    channel: ChannelKind
    topics: tuple[Topic, ...]


def url(ctx: Context, person: ActorId, channel: ChannelKind, topics: tuple[Topic, ...]) -> str:
    """Return the URL to which a POST ends such messages (RFC 8058)."""
    assert ctx.keys is not None
    said = msgspec.json.encode(Stop(person, channel, topics))
    sealed = encrypt_small(ctx.keys.newest, said, context=_CONTEXT)
    word = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    return f"{ctx.base_url}/stop/{ctx.workspace}/{word}"


def read(ctx: Context, word: str) -> Stop:
    """Return what a link says, or refuse one that was not made here."""
    if ctx.keys is None:
        raise _unknown()
    try:
        sealed = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        plain = decrypt_small(ctx.keys, sealed, context=_CONTEXT)
        return msgspec.json.decode(plain, type=Stop)
    except (binascii.Error, ValueError, Damaged, msgspec.DecodeError):
        raise _unknown() from None


def _unknown() -> NotFound:
    return NotFound(
        "This link ends nothing",
        hint="Copy it whole from the message, or sign in and choose under Notifications.",
    )
