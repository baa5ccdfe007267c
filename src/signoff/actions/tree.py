"""What acts do to the tree: make folders, put versions, move nodes, throw away."""

import hashlib
from collections.abc import Collection, Iterable

from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain import packages
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.events import Event, Type
from signoff.domain.files import (
    MAX_DEPTH,
    Node,
    NodeKind,
    Version,
    join,
    name_key,
    names,
)
from signoff.domain.ids import DAY, BlobId, Digest, Instant, NodeId, Path
from signoff.domain.packages import Naming
from signoff.domain.stages import FIXED, Stage
from signoff.store.blobs import BlobRow
from signoff.store.files import TRASH
from signoff.store.trash import Deletion

TRASH_FOR = 30 * DAY


def make_folders(ctx: Context, place: Place, missing: Iterable[str]) -> tuple[Node, ...]:
    """Make the folders that a path lacks; return the chain down to the last of them."""
    missing = tuple(missing)
    if not missing:
        return place.chain
    chain = list(place.chain)
    path = Path("/".join(node.name for node in chain[1:]))
    for name in missing:
        if not chain[-1].is_folder:
            raise Conflict(
                f"“{path}” is a file, so it holds nothing",
                code=Code.NOT_A_FOLDER,
                hint="Choose another path.",
            )
        path = join(path, name)
        node = Node(
            id=NodeId(ctx.tx.new_id("nd")),
            parent=chain[-1].id,
            name=name,
            kind=NodeKind.FOLDER,
            created_at=ctx.now,
            modified_at=ctx.now,
            modified_by=ctx.caller.actor.id,
        )
        ctx.tx.files.add(node)
        ctx.record(Event(type=Type.FOLDER_CREATED, node=node.id, path=path))
        chain.append(node)
    return tuple(chain)


def folder_at(ctx: Context, path: Path) -> tuple[Node, ...]:
    """Return the chain of a folder, making what it lacks: for the server's own moves."""
    chain = ctx.tx.files.resolve(path, as_place=True)
    place = Place(path=path, chain=chain, missing=())
    return make_folders(ctx, place, names(path)[len(chain) - 1 :])


def put_version(
    ctx: Context,
    *,
    node: Node | None,
    parent: NodeId,
    name: str,
    blob: BlobId,
    digest: Digest,
    size: int,
    media_type: str,
) -> Node:
    """Give a file its next version, or make it with its first; return it as it stands."""
    now, author = ctx.now, ctx.caller.actor.id
    number = 1 if node is None else ctx.tx.versions.last_number(node.id) + 1
    made = Node(
        id=NodeId(ctx.tx.new_id("nd")) if node is None else node.id,
        parent=parent if node is None else node.parent,
        name=name if node is None else node.name,
        kind=NodeKind.FILE,
        version=number,
        digest=digest,
        size=size,
        media_type=media_type,
        blob=blob,
        created_at=now if node is None else node.created_at,
        modified_at=now,
        modified_by=author,
    )
    version = Version(
        node=made.id,
        number=number,
        blob=blob,
        digest=digest,
        size=size,
        media_type=media_type,
        author=author,
        at=now,
    )
    if node is None:
        ctx.tx.files.add(made)
    else:
        ctx.tx.files.point_to(version)
    ctx.tx.versions.add(version)
    return made


def keep_blob(
    ctx: Context, *, blob: BlobId, digest: Digest, size: int, inline: bytes | None
) -> BlobId:
    """Give arrived bytes their row; return the blob that holds them (STORAGE 17).

    Bytes that the workspace has already are not kept twice: the new copy is left to the
    sweep. A copy of damaged bytes heals what named them (STORAGE 21).
    """
    if inline is None and not ctx.tx.blobs.arrived(blob):
        raise Conflict(
            "The upload took too long and was given up",
            code=Code.GONE,
            hint="Send the file again.",
        )
    known = ctx.tx.blobs.by_digest(digest)
    if known is not None and not known.damaged:
        return known.id
    ctx.tx.blobs.add(BlobRow(id=blob, digest=digest, size=size, is_inline=inline is not None))
    if inline is not None:
        ctx.tx.blobs.keep_inline(blob, inline)
    if known is not None:
        ctx.tx.blobs.heal(digest, by=blob)
    return blob


def write_small(
    ctx: Context,
    *,
    folder: NodeId,
    name: str,
    data: bytes,
    media_type: str,
    is_new: bool = False,
) -> Node:
    """Write a file of the server's own (a sidecar, a note); its event is the act's.

    `is_new` says that the folder is known not to have the name.
    """
    digest = Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")
    return put_version(
        ctx,
        node=None if is_new else ctx.tx.files.child(folder, name),
        parent=folder,
        name=name,
        blob=ctx.keep(data, digest),
        digest=digest,
        size=len(data),
        media_type=media_type,
    )


def free_name(
    ctx: Context,
    folder: NodeId,
    name: str,
    *,
    is_folder: bool = False,
    beside: Collection[str] = (),
) -> Naming:
    """Return the first of `name`, `name (2)`, … that a folder does not have (RULES 5)."""
    first = {name_key(each) for each in (name, *beside)}
    taken = {name_key(node.name) for node in ctx.tx.files.children(folder, first)}
    if not taken:
        return Naming(name=name, beside=tuple(beside))

    def is_taken(tried: str) -> bool:
        key = name_key(tried)
        return key in taken if key in first else ctx.tx.files.child(folder, tried) is not None

    return packages.vacant(name, is_taken=is_taken, is_folder=is_folder, beside=beside)


def relocate(
    ctx: Context,
    node: Node,
    *,
    old: tuple[Node, ...],
    new: tuple[Node, ...],
    name: str,
    beside: tuple[tuple[Node, str], ...] = (),
) -> Node:
    """Move a node: one row, whatever is below. `old` and `new` are its folders' chains.

    What holds it, or anything below it, follows; so do the files `beside` it, each with its
    new name. The event is the act's.
    """
    _check_fits(node, new)
    for each, called in ((node, name), *beside):
        ctx.tx.files.move(each.id, parent=new[-1].id, name=called)
    _followed(ctx, (node, *[each for each, _ in beside]), old=old, new=new)
    return replace(node, parent=new[-1].id, name=name)


def bring(
    ctx: Context,
    *nodes: Node,
    old: tuple[Node, ...],
    new: tuple[Node, ...],
    unlocked: bool = False,
) -> bool:
    """Move nodes of one folder to another, as `relocate`, if their names are free there.

    Say whether they were: otherwise nothing moved. `unlocked` says that no lock is on them.
    """
    _check_fits(nodes[0], new)
    if not ctx.tx.files.bring(nodes, to=new[-1].id):
        return False
    _followed(ctx, nodes, old=old, new=new, unlocked=unlocked)
    return True


def _check_fits(node: Node, new: tuple[Node, ...]) -> None:
    if node.is_folder and any(step.id == node.id for step in new):
        raise Conflict(
            "A folder cannot be moved into itself",
            code=Code.CONFLICT,
            hint="Choose a target outside of it.",
        )
    if len(new) > MAX_DEPTH:
        raise Invalid(f"At most {MAX_DEPTH} folders deep", code=Code.INVALID_PATH)


def _followed(
    ctx: Context,
    nodes: tuple[Node, ...],
    *,
    old: tuple[Node, ...],
    new: tuple[Node, ...],
    unlocked: bool = False,
) -> None:
    """Let the index of what is held, and the queue, follow nodes that moved."""
    alone = not [node for node in nodes if node.is_folder]
    stages = old[-1].id in FIXED and new[-1].id in FIXED  # below them locks alone are known
    if old[-1].id != new[-1].id and not (alone and unlocked and stages):
        ctx.tx.holds.moved(
            *[node.id for node in nodes],
            old=[step.id for step in old],
            new=[step.id for step in new],
            alone=alone,
        )
    was_queued = _is_input(old)
    if was_queued is _is_input(new):
        return
    for node in nodes:
        if was_queued:
            ctx.tx.claims.dequeue(node.id)
        else:
            ctx.tx.claims.queue(node.id)


def _is_input(chain: tuple[Node, ...]) -> bool:
    return len(chain) > 1 and chain[1].name == Stage.INPUT


def path_of(chain: tuple[Node, ...], name: str = "") -> Path:
    """Return the path of a chain of nodes, or of a name below it."""
    steps = [step.name for step in chain[1:]]
    if name:
        steps.append(name)
    return Path("/".join(steps))


def throw_away(ctx: Context, node: Node, *, chain: tuple[Node, ...], path: Path) -> Deletion:
    """Put a node into the trash, in a hidden folder of its own; the event is the act's."""
    deletion = Deletion(
        id=ctx.tx.new_id("tr"),
        node=node.id,
        from_path=path,
        by=ctx.caller.actor.id,
        at=ctx.now,
        expires_at=Instant(ctx.now + TRASH_FOR),
    )
    hidden = Node(
        id=NodeId(deletion.id),
        parent=TRASH,
        name=deletion.id,
        kind=NodeKind.FOLDER,
        created_at=ctx.now,
        modified_at=ctx.now,
        modified_by=ctx.caller.actor.id,
    )
    ctx.tx.files.add(hidden)
    ctx.tx.trash.add(deletion)
    trash = Node(id=TRASH, parent=None, name="", kind=NodeKind.FOLDER)
    relocate(ctx, node, old=chain, new=(trash, hidden), name=node.name)
    return deletion
