"""Which handoffs are there for the caller's eyes: those whose place they may see."""

from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.domain import permissions
from signoff.domain.actors import ALL_SCOPES
from signoff.domain.handoffs import Handoff
from signoff.domain.permissions import Permission


def sees(ctx: Context, handoff: Handoff) -> bool:
    """Say whether no grant and no narrowed key hides where a handoff's package stands.

    What one submitted oneself is seen wherever it stands. Scopes say what may be done, not
    what is there.
    """
    if not permissions.narrowed(ctx.caller, ctx.grants):
        return True
    wide = replace(ctx.caller.credential, scopes=ALL_SCOPES)
    return permissions.allowed(
        replace(ctx.caller, credential=wide),
        Permission.FILE_READ,
        path=ctx.tx.files.path_of(handoff.node) or handoff.submitted_path,
        grants=ctx.grants,
        own=handoff.submitted_by == ctx.caller.actor.id,
    )
