"""Copy: the same bytes under another name, with a history of their own."""

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from signoff.actions import (
    arriving,
    empties,
    landings,
    lockables,
    noted,
    obstacles,
    preconditions,
    reach,
    saves,
    stagings,
    tree,
)
from signoff.actions.context import Context, NeedsStaging
from signoff.actions.reach import Place
from signoff.domain.errors import Code, Conflict, TooLarge
from signoff.domain.events import Event, Type
from signoff.domain.files import (
    MAX_DEPTH,
    Node,
    check_not_note,
    clean_path,
    is_note,
    names,
)
from signoff.domain.ids import Path
from signoff.domain.locks import Need
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.stages import check_not_fixed, check_top_level


class Copy(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """From where to where; missing folders are made. `depth` 0 copies a folder without members.

    With `overwrite` a file that is there gets its next version, and a folder that is there
    goes to the trash. `if_match` is the entity tag of the file that is overwritten.
    """

    from_: str
    to: str
    if_match: tuple[str, ...] = ()
    overwrite: bool = False
    shallow: bool = False


class CopyView(Struct, frozen=True, kw_only=True, rename={"from_path": "from"}):
    """Where the copy stands, and how many files and folders it is."""

    path: str
    from_path: str
    type: str
    version: int
    etag: str | None
    nodes: int
    created: bool
    handoff: str | UnsetType = UNSET
    event: str = ""


def copy(ctx: Context, asked: Copy) -> CopyView:
    """Copy a file or folder; into needs-review/ this submits the copy."""
    from_path, to_path = clean_path(asked.from_), clean_path(asked.to)
    check_not_fixed(to_path)
    check_top_level(to_path)
    if not is_note(names(from_path)[-1] if from_path else ""):
        check_not_note(to_path)
    to, source = reach.take_hold(ctx, to_path, read=[from_path])
    to = lockables.drafts_ended(ctx, to)
    ctx.permit(Permission.FILE_READ, path=from_path, own=reach.is_own(ctx, source))
    reach.permit(ctx, Permission.FILE_COPY, to)
    node = _visible(ctx, source)
    if to.node is not None and not to.node.is_folder and not node.is_folder:
        preconditions.check(ctx, to, if_match=asked.if_match)
    need = Need.CREATE if to.node is None else Need.WRITE
    meaning = obstacles.check_write(ctx, to, need=need).meaning
    _check_free(source, to, node, overwrite=asked.overwrite)
    created = to.node is None
    if to.node is not None and (to.node.is_folder or node.is_folder):
        to = landings.cleared(ctx, to)
    if node.is_folder:
        view = _folder(ctx, source, to, meaning, shallow=asked.shallow)
    else:
        view = _file(ctx, source, to, node, meaning)
    return replace(view, created=created)


def _visible(ctx: Context, source: Place) -> Node:
    """Return what is copied, as the caller sees it: of another's draft the version before."""
    node = reach.existing(source)
    draft = reach.hidden_from(ctx, source)
    if draft is None or node.is_folder:
        return node
    version = ctx.tx.versions.by_number(node.id, draft.version_before or 0)
    if version is None:
        raise reach.nothing_at(source)
    return replace(
        node,
        version=version.number,
        digest=version.digest,
        size=version.size,
        media_type=version.media_type,
        blob=version.blob,
    )


def _check_free(source: Place, to: Place, node: Node, *, overwrite: bool) -> None:
    if source.path == to.path:
        raise Conflict("It cannot be copied onto itself", hint="Choose another path.")
    if node.is_folder and node.id in to.ids:
        raise Conflict(
            "A folder cannot be copied into itself", hint="Choose a target outside of it."
        )
    if to.node is not None and to.node.id in source.ids:
        raise Conflict(f"“{to.path}” holds what would take its place", hint="Choose another.")
    if to.node is not None and not overwrite:
        raise Conflict(
            f"“{to.path}” exists already",
            code=Code.EXISTS,
            hint="Choose another name, or send overwrite.",
            path=to.path,
        )


def _file(ctx: Context, source: Place, to: Place, node: Node, meaning: Meaning) -> CopyView:
    node = empties.as_empty(ctx, node)
    if node.blob is None or node.digest is None:
        raise Conflict(f"“{source.path}” has no contents yet", hint="Write it first.")
    to = saves.revived(ctx, to)
    folders = tree.make_folders(ctx, to, to.missing[:-1]) if to.missing else to.chain[:-1]
    name = to.node.name if to.node else to.missing[-1]
    copied = tree.put_version(
        ctx,
        node=to.node,
        parent=folders[-1].id,
        name=name,
        blob=node.blob,
        digest=node.digest,
        size=node.size,
        media_type=node.media_type,
    )
    noted.replace(ctx, node, copied)
    reach.touched(ctx, to)
    event = _record(ctx, source.path, to, copied, nodes=1)
    _follow_up(ctx, to, copied, folders=folders, meaning=meaning)
    handoff = _opened(ctx, to, copied, folders=folders, meaning=meaning)
    return _view(source.path, to, copied, nodes=1, event=event, handoff=handoff)


def _folder(
    ctx: Context, source: Place, to: Place, meaning: Meaning, *, shallow: bool
) -> CopyView:
    """Copy a folder; what is more than a chunk was staged before, or asks for it."""
    node = reach.existing(source)
    first = stagings.first(
        ctx, source, shallow=shallow, is_package=meaning is Meaning.SUBMIT and not to.arrival
    )
    staged = ctx.staged.get(node.id) or stagings.fill(ctx, first)
    if not staged.whole:
        raise NeedsStaging(stagings.fill, first)
    if len(names(to.path)) + staged.deepest > MAX_DEPTH:
        raise TooLarge(f"The copy would be more than {MAX_DEPTH} folders deep")
    folders = tree.make_folders(ctx, to, to.missing[:-1])
    top = stagings.publish(ctx, staged, folder=folders[-1].id, name=to.missing[-1])
    reach.touched(ctx, to)
    event = _record(ctx, source.path, to, top, nodes=staged.nodes)
    _follow_up(ctx, to, top, folders=folders, meaning=meaning)
    handoff = _opened(ctx, to, top, folders=folders, meaning=meaning)
    return _view(source.path, to, top, nodes=staged.nodes, event=event, handoff=handoff)


def _record(ctx: Context, from_path: Path, to: Place, node: Node, *, nodes: int) -> str:
    return ctx.record(
        Event(
            type=Type.FILE_COPIED,
            node=node.id,
            path=to.path,
            from_path=from_path,
            to_path=to.path,
            version=node.version or None,
            digest=node.digest,
            size=node.size or None,
            handoff=to.package.handoff.id if to.package else None,
            codes={"nodes": nodes},
        )
    )


def _follow_up(
    ctx: Context, to: Place, node: Node, *, folders: tuple[Node, ...], meaning: Meaning
) -> None:
    if meaning is not Meaning.SUBMIT:
        arriving.follow_up(ctx, to, node, folders=folders, meaning=meaning)


def _opened(
    ctx: Context, to: Place, node: Node, *, folders: tuple[Node, ...], meaning: Meaning
) -> str | UnsetType:
    """Put a copy before people at once, as it came whole (RULES 18)."""
    if meaning is not Meaning.SUBMIT:
        return UNSET
    opened = arriving.open_whole(ctx, to, node, folders=folders)
    return opened.id if opened else UNSET


def _view(
    from_path: Path,
    to: Place,
    node: Node,
    *,
    nodes: int,
    event: str,
    handoff: str | UnsetType,
) -> CopyView:
    return CopyView(
        path=to.path,
        from_path=from_path,
        type=node.kind.value,
        version=node.version,
        etag=None if node.is_folder else node.etag,
        nodes=nodes,
        created=True,
        handoff=handoff,
        event=event,
    )
