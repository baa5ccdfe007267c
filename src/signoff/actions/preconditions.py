"""What a caller says that they saw, held against what stands there (RFC 9110, 13)."""

from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain.actors import Door, Kind
from signoff.domain.errors import Code, Conflict, Stale, Unconditional


def check(
    ctx: Context,
    place: Place,
    *,
    if_match: tuple[str, ...] = (),
    if_none_match: tuple[str, ...] = (),
) -> None:
    """Refuse what is not as the caller saw it; agents must say what they saw (428).

    Not so over WebDAV, whose clients know no such demand.
    """
    node = place.node
    etag = node.etag if node is not None and not node.is_folder else None
    if if_none_match and (etag in if_none_match or "*" in if_none_match):
        if etag is not None:
            raise Stale(
                f"“{place.path}” exists already",
                hint="Leave If-None-Match out, or write with the If-Match that you saw.",
                etag=etag,
            )
        return
    if if_match:
        if etag is None or not ({etag, "*"} & set(if_match)):
            raise Stale(
                f"“{place.path}” is not as you saw it",
                hint="Read it again, then write with its ETag.",
                etag=etag,
            )
        return
    agent = ctx.caller.actor.kind is Kind.AGENT and ctx.caller.door is not Door.DAV
    if agent and etag is not None and not ctx.tokens:
        raise Unconditional(
            f"“{place.path}” exists; say which version you overwrite",
            hint="Send If-Match with the ETag that you read, or a lock's or claim's token.",
            etag=etag,
        )


def is_file(place: Place) -> Conflict:
    """Return the refusal to treat a file as a folder."""
    return Conflict(
        f"“{place.path}” is a file",
        code=Code.NOT_A_FOLDER,
        hint="GET files reads it.",
    )


def is_folder(place: Place) -> Conflict:
    """Return the refusal to treat a folder as a file."""
    return Conflict(
        f"“{place.path or '/'}” is a folder",
        code=Code.IS_FOLDER,
        hint="GET tree lists it.",
        path=place.path,
    )
