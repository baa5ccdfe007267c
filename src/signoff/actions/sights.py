"""What grants and narrowed keys leave of handoffs, and of folders that are to be taken away."""

from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.domain import permissions
from signoff.domain.actors import ALL_SCOPES
from signoff.domain.errors import Forbidden, NotFound, Refusal
from signoff.domain.files import names
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import Path
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


def hides(ctx: Context, path: Path) -> bool:
    """Say whether a grant or a narrowed key hides a path, as if nothing were there."""
    try:
        ctx.permit(Permission.FILE_READ, path=path)
    except NotFound:
        return True
    except Refusal:  # it may be seen, and this key is not for reading
        return False
    return False


def check_whole(ctx: Context, path: Path, *, standing: bool = True) -> None:
    """Refuse to take or lock a folder with what the caller may not see, or not change, in it.

    Grants lie on paths: elsewhere they would hold no longer. `standing` says that the folder
    is in the tree, so that only what is there counts.
    """
    for inner in permissions.withheld_below(ctx.caller, path, ctx.grants):
        if not standing or len(ctx.tx.files.resolve(inner)) == len(names(inner)) + 1:
            raise Forbidden(
                f"Not all that is below “{path}” is yours to move or lock",
                hint="Take what is yours out of it, or ask a manager.",
                path=path,
            )


def is_whole(ctx: Context, path: Path) -> bool:
    """Say whether nothing below a path is kept from the caller."""
    return next(permissions.withheld_below(ctx.caller, path, ctx.grants), None) is None
