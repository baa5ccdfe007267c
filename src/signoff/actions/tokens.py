"""Fresh lock tokens, for locks and for claims alike."""

import uuid

from signoff.domain.ids import LockToken


def new_token() -> LockToken:
    """Return a token that nobody can guess (RFC 4918, section 6.5)."""
    return LockToken(f"opaquelocktoken:{uuid.uuid4()}")
