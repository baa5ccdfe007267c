"""What desktops leave behind in a mounted drive: acts of that door, on no record.

Each credential sees its own alone. Whoever may see a folder may keep litter in it, since it
changes nothing for anybody else; nothing it asks for fails because there is too much.
"""

from msgspec import Struct

from signoff.actions import scratch
from signoff.actions.context import Context
from signoff.actions.folder_views import PathOnly
from signoff.actions.scratch import LitterItem, Lying
from signoff.actions.tokens import new_token
from signoff.actions.views import Nothing, Page
from signoff.domain import litter
from signoff.domain.errors import Code, Conflict
from signoff.domain.files import base_name, clean_path, parent_of
from signoff.domain.ids import SECOND, LockToken, Micros, NodeId
from signoff.domain.litter import Litter


class WriteLitter(Struct, frozen=True, kw_only=True):
    """A file of a desktop's own, whole."""

    path: str
    data: bytes
    media_type: str = ""


class MoveLitter(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """From where to where; with `overwrite` it takes the place of what is there."""

    from_: str
    to: str
    overwrite: bool = False


class LockLitter(Struct, frozen=True, kw_only=True):
    """What is locked, and for how long: 180 s to a day, half an hour by default."""

    path: str
    timeout_seconds: int | None = None


class HeldLitter(Struct, frozen=True, kw_only=True):
    """A lock by its path and token, and the time that begins anew where it is refreshed."""

    path: str
    token: str
    timeout_seconds: int | None = None


class LitterFile(Struct, frozen=True, kw_only=True):
    """A file of a desktop's own, and what it holds."""

    item: LitterItem
    data: bytes


# Looking.


def stat(ctx: Context, asked: PathOnly) -> LitterItem:
    """Show one file or folder of the caller's."""
    lying = scratch.find(ctx, asked.path)
    return _shown(ctx, scratch.existing(lying), lying)


def read(ctx: Context, asked: PathOnly) -> LitterFile:
    """Return what a file holds."""
    lying = scratch.find(ctx, asked.path)
    entry = scratch.existing(lying)
    if entry.is_folder:
        raise _is_folder(lying)
    return LitterFile(item=_shown(ctx, entry, lying), data=scratch.bytes_of(ctx, entry))


def list_(ctx: Context, asked: PathOnly) -> Page:
    """List what the caller keeps in a folder, be that of the tree or their own."""
    path = clean_path(asked.path)
    if litter.is_litter(path):
        entry = scratch.existing(scratch.find(ctx, path))
        if not entry.is_folder:
            raise Conflict(f"“{path}” is a file", code=Code.NOT_A_FOLDER)
        folder = entry.id
    else:
        folder = scratch.folder(ctx, path).id
    found = ctx.tx.litter.children(ctx.caller.credential.id, folder)
    return Page(items=tuple(scratch.show(ctx, each, folder=path) for each in found))


# Writing.


def write(ctx: Context, asked: WriteLitter) -> LitterItem:
    """Keep a file, or its next contents, whether a lock holds it or not."""
    litter.check_size(len(asked.data))
    lying = scratch.take_hold(ctx, asked.path)
    if lying.entry is not None and lying.entry.is_folder:
        raise _is_folder(lying)
    kept = scratch.put(ctx, lying, asked.data, media_type=asked.media_type)
    return _shown(ctx, kept, lying, created=lying.entry is None)


def make_folder(ctx: Context, asked: PathOnly) -> LitterItem:
    """Make a folder; the one that it lies in must be there."""
    lying = scratch.take_hold(ctx, asked.path)
    litter.check_free(lying.entry, path=lying.path, overwrite=False)
    name = base_name(lying.path)
    made = scratch.new(ctx, parent=lying.parent, name=name, is_folder=True)
    scratch.keep(ctx, made, None)
    return _shown(ctx, made, lying, created=True)


def remove(ctx: Context, asked: PathOnly) -> Nothing:
    """Forget a file, or a folder with all that is in it; there is no trash for it."""
    lying = scratch.take_hold(ctx, asked.path)
    ctx.tx.litter.remove(scratch.existing(lying))
    return Nothing()


# Moving.


def move(ctx: Context, asked: MoveLitter) -> LitterItem:
    """Move or rename litter, to a name that is litter too."""
    source, to = scratch.take_hold(ctx, asked.from_), scratch.take_hold(ctx, asked.to)
    entry = scratch.existing(source)
    _check_apart(source, to)
    if to.entry is None or to.entry.id != entry.id:
        _clear(ctx, to, overwrite=asked.overwrite)
    moved = litter.moved(entry, parent=to.parent, name=base_name(to.path))
    ctx.tx.litter.place(moved)
    return _shown(ctx, moved, to, created=to.entry is None)


def copy(ctx: Context, asked: MoveLitter) -> LitterItem:
    """Copy litter with all that is in it, to a name that is litter too."""
    source, to = scratch.take_hold(ctx, asked.from_), scratch.take_hold(ctx, asked.to)
    entry = scratch.existing(source)
    _check_apart(source, to)
    if to.entry is not None and to.entry.id == entry.id:
        raise _within(to)
    litter.check_copied(*ctx.tx.litter.extent(entry))
    _clear(ctx, to, overwrite=asked.overwrite)
    return _shown(ctx, _copied(ctx, entry, to), to, created=to.entry is None)


def _copied(ctx: Context, entry: Litter, to: Lying) -> Litter:
    """Copy an entry and what is below it; all is read before anything makes room."""
    copies: dict[NodeId, Litter] = {}
    for each, data in _below(ctx, entry):
        is_top = each.id == entry.id
        made = scratch.new(
            ctx,
            parent=to.parent if is_top else copies[each.parent].id,
            name=base_name(to.path) if is_top else each.name,
            is_folder=each.is_folder,
            size=each.size,
            media_type=each.media_type,
        )
        scratch.keep(ctx, made, data)
        copies[each.id] = made
    return copies[entry.id]


def _below(ctx: Context, entry: Litter) -> list[tuple[Litter, bytes | None]]:
    data = None if entry.is_folder else scratch.bytes_of(ctx, entry)
    found = [(entry, data)]
    for each in ctx.tx.litter.children(entry.credential, entry.id):
        found += _below(ctx, each)
    return found


def _check_apart(source: Lying, to: Lying) -> None:
    """Refuse what would lie in itself, or in the place of what it lies in."""
    inner, outer = source.chain[:-1], to.chain if to.missing else to.chain[:-1]
    if source.path == to.path or scratch.existing(source).id in [each.id for each in outer]:
        raise _within(to)
    if to.entry is not None and to.entry.id in [each.id for each in inner]:
        raise Conflict(f"“{to.path}” holds what would take its place", hint="Choose another.")


def _clear(ctx: Context, to: Lying, *, overwrite: bool) -> None:
    litter.check_free(to.entry, path=to.path, overwrite=overwrite)
    if to.entry is not None:
        ctx.tx.litter.remove(to.entry)


# Locks, so that clients which lock before they write are content.


def lock(ctx: Context, asked: LockLitter) -> LitterItem:
    """Lock a file or folder, or an empty file that is made for it (RFC 4918, section 7.3)."""
    lying = scratch.take_hold(ctx, asked.path)
    locked = litter.lock(
        lying.entry or scratch.put(ctx, lying, b""),
        path=lying.path,
        token=new_token(),
        holder=ctx.caller.actor.id,
        timeout=_micros(asked.timeout_seconds),
        now=ctx.now,
    )
    ctx.tx.litter.place(locked)
    return _shown(ctx, locked, lying, created=lying.entry is None)


def refresh(ctx: Context, asked: HeldLitter) -> LitterItem:
    """Begin a lock's time anew."""
    lying = scratch.take_hold(ctx, asked.path)
    refreshed = litter.refresh(
        scratch.existing(lying),
        token=LockToken(asked.token),
        timeout=_micros(asked.timeout_seconds),
        now=ctx.now,
    )
    ctx.tx.litter.place(refreshed)
    return _shown(ctx, refreshed, lying)


def unlock(ctx: Context, asked: HeldLitter) -> Nothing:
    """End a lock."""
    lying = scratch.take_hold(ctx, asked.path)
    entry = scratch.existing(lying)
    ctx.tx.litter.place(litter.unlock(entry, token=LockToken(asked.token), now=ctx.now))
    return Nothing()


def _micros(seconds: int | None) -> Micros | None:
    return None if seconds is None else Micros(seconds * SECOND)


def _shown(ctx: Context, entry: Litter, lying: Lying, *, created: bool = False) -> LitterItem:
    return scratch.show(ctx, entry, folder=parent_of(lying.path), created=created)


def _is_folder(lying: Lying) -> Conflict:
    return Conflict(f"“{lying.path}” is a folder", code=Code.IS_FOLDER, path=lying.path)


def _within(to: Lying) -> Conflict:
    return Conflict(
        f"It would lie in itself at “{to.path}”", hint="Choose a target outside of it."
    )
