"""The secrets that sign what is sent: drawn, kept encrypted, brought when they are needed."""

import os

import msgspec

from signoff.actions.context import Context
from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.domain.ids import SECOND, EndpointId, Instant
from signoff.domain.signatures import SECRET_BYTES, Scheme, SigningKey, live, rotated

OVERLAP = 24 * 3600
MAX_OVERLAP = 30 * 86_400
CALLBACKS = EndpointId("cb_")
"""What the ids of callbacks begin with."""

Keys = tuple[SigningKey, ...]
_decode = msgspec.json.Decoder(Keys).decode


def draw(scheme: Scheme) -> SigningKey:
    """Return a fresh secret."""
    return SigningKey(scheme=scheme, secret=os.urandom(SECRET_BYTES))


def successor(ctx: Context, keys: Keys, fresh: SigningKey, *, overlap: int) -> Keys:
    """Put a fresh secret before the one that signs now, which ends so many seconds later."""
    return rotated(keys, fresh, now=ctx.now, until=Instant(ctx.now + overlap * SECOND))


def seal(ctx: Context, owner: str, keys: Keys) -> bytes:
    """Return secrets as they are kept: under the workspace's key, for this owner alone."""
    assert ctx.keys is not None
    return encrypt_small(ctx.keys.newest, msgspec.json.encode(keys), context=owner)


def unseal(ctx: Context, owner: str, sealed: bytes) -> Keys:
    """Return secrets as they were kept."""
    assert ctx.keys is not None
    return _decode(decrypt_small(ctx.keys, sealed, context=owner))


def workspace_key(ctx: Context) -> SigningKey | None:
    """Return the key that signs every callback of the workspace, if one was drawn."""
    sealed = ctx.tx.endpoints.callback_keys("")
    return None if sealed is None else unseal(ctx, CALLBACKS, sealed)[0]


def draw_workspace_key(ctx: Context) -> SigningKey:
    """Return the key that signs every callback of the workspace; draw it at the first call.

    It is on no record: nobody did it, and nobody is shown more of it than its public part.
    """
    known = workspace_key(ctx)
    if known is not None:
        return known
    key = draw(Scheme.ED25519)
    with ctx.tx.off_record():
        ctx.tx.endpoints.save_callback_keys("", seal(ctx, CALLBACKS, (key,)))
    return key


def agent_keys(ctx: Context, agent: str) -> Keys:
    """Return the secrets of an agent's callbacks; none if it never asked for one."""
    sealed = ctx.tx.endpoints.callback_keys(agent)
    return () if sealed is None else unseal(ctx, CALLBACKS + agent, sealed)


def callback_keys(ctx: Context, agent: str) -> Keys:
    """Return all that signs a callback of an agent's handoff now."""
    own = workspace_key(ctx)
    keys = agent_keys(ctx, agent)
    return live(keys if own is None else (*keys, own), ctx.now)
