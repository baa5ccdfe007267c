"""A credential's space beside the tree: from a path to what lies there, and room for it."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import file_views, media_types, reach
from signoff.actions.context import Context
from signoff.actions.views import when
from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.domain import litter
from signoff.domain.errors import Code, Conflict, NotFound
from signoff.domain.files import Node, base_name, clean_path, join
from signoff.domain.ids import CredentialId, NodeId, Path
from signoff.domain.litter import Litter
from signoff.domain.permissions import Permission, check_open

AT_ONCE = 16
"""So many of the oldest are looked up at a time: mostly one or two are enough."""


class LitterItem(Struct, frozen=True, kw_only=True):
    """What a desktop made for itself, as its own client sees it.

    `created` says that the act made it, or brought it where nothing was.
    """

    id: str
    path: str
    name: str
    type: str
    version: int
    size: int
    media_type: str
    etag: str
    created_at: datetime
    modified_at: datetime
    lock_token: str | UnsetType = UNSET
    locked_until: datetime | UnsetType = UNSET
    created: bool = False


class Lying(Struct, frozen=True, kw_only=True):
    """A path of the caller's litter, and what is there.

    `chain` is what exists from the folder of the tree, `above`, down; `missing` are the
    names that do not.
    """

    path: Path
    above: NodeId
    chain: tuple[Litter, ...]
    missing: tuple[str, ...]

    @property
    def entry(self) -> Litter | None:
        """Return what lies at the path, if anything."""
        return None if self.missing else self.chain[-1]

    @property
    def parent(self) -> NodeId:
        """Return the id of the folder that the path's last name is in."""
        before = self.chain if self.missing else self.chain[:-1]
        return before[-1].id if before else self.above


# Finding.


def find(ctx: Context, raw: str) -> Lying:
    """Return what lies at a path, for reading."""
    path = clean_path(raw)
    top, own = litter.split(path)
    return _descend(ctx, path, folder(ctx, top), own)


def take_hold(ctx: Context, raw: str) -> Lying:
    """Return what lies at a path, for an act: the caller's litter is this act's alone.

    Refuses where there is no folder for it to lie in.
    """
    check_open(ctx.caller)
    guard(ctx, ctx.caller.credential.id)
    path = clean_path(raw)
    top, own = litter.split(path)
    above = _seen(ctx, top)
    if above is None:
        raise _no_folder(top)
    lying = _descend(ctx, path, above, own)
    if not all(step.is_folder for step in lying.chain[: len(own) - 1]) or not above.is_folder:
        raise Conflict(
            f"“{path}” would lie in a file, which holds nothing",
            code=Code.NOT_A_FOLDER,
            hint="Choose another path.",
        )
    if len(lying.missing) > 1:
        raise _no_folder(Path(path.rpartition("/")[0]))
    return lying


def guard(ctx: Context, credential: CredentialId) -> None:
    """Take turns with other acts on a credential's litter, so that its bounds hold."""
    ctx.tx.guard(exclusive=[NodeId(f"litter {credential}")])


def folder(ctx: Context, path: Path) -> Node:
    """Return a folder of the tree that the caller may see, or refuse: there is none."""
    node = _seen(ctx, path)
    if node is None or not node.is_folder:
        raise NotFound(f"There is no folder at “{path}”", hint="Look at the folder above it.")
    return node


def _seen(ctx: Context, path: Path) -> Node | None:
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    if place.node is None:
        return None
    return file_views.as_seen(ctx, place.node, locks=place.locks, chain=place.ids)


def _descend(ctx: Context, path: Path, above: Node, own: tuple[str, ...]) -> Lying:
    me, chain, parent = ctx.caller.credential.id, list[Litter](), above.id
    for name in own:
        step = ctx.tx.litter.child(me, parent, name)
        if step is None:
            break
        chain.append(step)
        parent = step.id
    return Lying(
        path=path, above=above.id, chain=tuple(chain), missing=tuple(own[len(chain) :])
    )


def existing(lying: Lying) -> Litter:
    """Return what lies at a path, or refuse: there is nothing."""
    if lying.entry is None:
        raise NotFound(
            f"There is nothing at “{lying.path}”",
            hint="What a client keeps for itself makes room for newer, and goes in a week.",
            path=lying.path,
        )
    return lying.entry


def _no_folder(path: Path) -> Conflict:
    return Conflict(
        f"There is no folder at “{path}”",
        code=Code.PARENT_MISSING,
        hint="Make the folder first.",
        path=path,
    )


# Keeping.


def put(ctx: Context, lying: Lying, data: bytes, *, media_type: str = "") -> Litter:
    """Keep bytes at a path: of a file that is there, or of a new one."""
    entry, name = lying.entry, base_name(lying.path)
    kind = media_types.media_type_of(name, media_type)
    if entry is None:
        made = new(ctx, parent=lying.parent, name=name, size=len(data), media_type=kind)
    else:
        made = litter.written(entry, size=len(data), media_type=kind, now=ctx.now)
    keep(ctx, made, data)
    return made


def new(
    ctx: Context,
    *,
    parent: NodeId,
    name: str,
    is_folder: bool = False,
    size: int = 0,
    media_type: str = "",
) -> Litter:
    """Return litter of the caller's that was not there before."""
    return Litter(
        id=NodeId(ctx.tx.new_id("li")),
        credential=ctx.caller.credential.id,
        parent=parent,
        name=name,
        is_folder=is_folder,
        size=size,
        media_type=media_type,
        created_at=ctx.now,
        modified_at=ctx.now,
    )


def keep(ctx: Context, entry: Litter, data: bytes | None) -> None:
    """Write a row with its bytes encrypted; the caller's oldest make room for it."""
    assert ctx.keys is not None
    sealed = (
        None if data is None else encrypt_small(ctx.keys.newest, data, context=entry.context)
    )
    ctx.tx.litter.put(entry, sealed)
    _make_room(ctx, entry)


def _make_room(ctx: Context, kept: Litter) -> None:
    rows, entries, size = ctx.tx.litter, *ctx.tx.litter.used(kept.credential)
    while not litter.fits(entries, size):
        for old in rows.oldest(kept.credential, but=kept.id, limit=AT_ONCE):
            if litter.fits(entries, size):
                break
            rows.remove(old)
            entries, size = entries - 1, size - old.size


def bytes_of(ctx: Context, entry: Litter) -> bytes:
    """Return what a file holds; raise Damaged if it is not what was written as this."""
    assert ctx.keys is not None
    return decrypt_small(ctx.keys, ctx.tx.litter.bytes_of(entry), context=entry.context)


# Showing.


def show(ctx: Context, entry: Litter, *, folder: Path, created: bool = False) -> LitterItem:
    """Show litter that lies in the folder at a path."""
    token, until = entry.token, entry.locked_until
    locked = token is not None and until is not None and litter.is_locked(entry, ctx.now)
    return LitterItem(
        id=entry.id,
        path=join(folder, entry.name),
        name=entry.name,
        type="folder" if entry.is_folder else "file",
        version=entry.version,
        size=entry.size,
        media_type=entry.media_type,
        etag=entry.etag,
        created_at=when(entry.created_at),
        modified_at=when(entry.modified_at),
        lock_token=token if locked and token is not None else UNSET,
        locked_until=when(until) if locked and until is not None else UNSET,
        created=created,
    )
