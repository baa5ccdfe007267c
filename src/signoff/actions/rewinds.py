"""Files put back as they were at a moment; what was written since stays in their history."""

from signoff.actions import tree
from signoff.actions.context import Context
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, base_name, join, parent_of
from signoff.domain.ids import Instant, NodeId, Path
from signoff.domain.packages import MAX_FILES
from signoff.store.trash import Deletion

LOOKED_BACK = 100


def to_version(ctx: Context, node: Node, number: int, *, path: Path) -> Node:
    """Make a version of a file the current one again; later ones stay in its history."""
    version = ctx.tx.versions.by_number(node.id, number) if number != node.version else None
    if version is None:
        return node
    ctx.tx.files.point_to(version)
    ctx.record(
        Event(
            type=Type.FILE_RESTORED,
            node=node.id,
            path=path,
            version=number,
            digest=version.digest,
            size=version.size,
        )
    )
    found = ctx.tx.files.by_id(node.id)
    assert found is not None
    return found


def number_at(ctx: Context, node: Node, at: Instant) -> int:
    """Return the version that a file had at a moment, 0 if it had none."""
    before = node.version + 1
    while True:
        versions = ctx.tx.versions.page(node.id, before=before, limit=LOOKED_BACK)
        for version in versions:
            if version.at <= at:
                return version.number
        if len(versions) < LOOKED_BACK:
            return 0
        before = versions[-1].number


def file_to(ctx: Context, node: Node, at: Instant, *, chain: tuple[Node, ...]) -> None:
    """Put a file back as it was; one that was not there goes to the trash.

    `chain` leads to the folder that holds it.
    """
    if node.modified_at <= at:
        return
    path = tree.path_of(chain, node.name)
    number = number_at(ctx, node, at)
    if number:
        to_version(ctx, node, number, path=path)
    elif node.version:
        tree.throw_away(ctx, node, chain=chain, path=path)
        ctx.record(Event(type=Type.FILE_DELETED, node=node.id, path=path))
    else:
        ctx.tx.claims.dequeue(node.id)
        ctx.tx.files.remove(node.id)


def below_to(ctx: Context, chain: tuple[Node, ...], at: Instant) -> None:
    """Put every file below a folder back as it was; folders made since go if they are empty.

    `chain` ends in the folder. A file that was renamed keeps its new name.
    """
    found = ctx.tx.files.below(chain[-1].id, limit=2 * MAX_FILES)
    for node, _ in found:
        if not node.is_folder and node.modified_at > at:
            file_to(ctx, node, at, chain=ctx.tx.files.chain(node.id)[:-1])
    made = [(node, path) for node, path in found if node.is_folder and node.created_at > at]
    for node, _ in sorted(made, key=lambda each: -each[1].count("/")):
        if ctx.tx.files.is_empty(node.id):
            ctx.tx.files.remove(node.id)


def undelete(ctx: Context, *, below: Path, since: Instant) -> None:
    """Take out of the trash what was deleted below a path since a moment, and was older."""
    before = "tr_\U0010ffff"
    while True:
        deletions = ctx.tx.trash.page(before=before, limit=LOOKED_BACK)
        for deletion in deletions:
            if deletion.at < since:
                return
            if deletion.from_path.startswith(f"{below}/"):
                _put_back(ctx, deletion, since=since)
        if len(deletions) < LOOKED_BACK:
            return
        before = deletions[-1].id


def _put_back(ctx: Context, deletion: Deletion, *, since: Instant) -> None:
    node = ctx.tx.files.by_id(deletion.node)
    if node is None or node.created_at > since:
        return
    parent = parent_of(deletion.from_path)
    if not ctx.tx.files.resolve(parent)[-1].is_folder:
        return
    folder = tree.folder_at(ctx, parent)
    naming = tree.free_name(
        ctx, folder[-1].id, base_name(deletion.from_path), is_folder=node.is_folder
    )
    out_of_trash(ctx, deletion, node, folder=folder, name=naming.name)
    path = join(tree.path_of(folder), naming.name)
    ctx.record(Event(type=Type.FILE_RESTORED, node=node.id, path=path))


def out_of_trash(
    ctx: Context, deletion: Deletion, node: Node, *, folder: tuple[Node, ...], name: str
) -> Node:
    """Move what was deleted to a folder; its deletion is forgotten."""
    hidden = ctx.tx.files.chain(node.id)[:-1]
    moved = tree.relocate(ctx, node, old=hidden, new=folder, name=name)
    if deletion.node == node.id:
        ctx.tx.trash.remove(deletion.id)
        ctx.tx.files.remove(NodeId(deletion.id))
    return moved
