"""What desktops left in a package, which nobody saw and no digest covers."""

from signoff.actions import tree
from signoff.actions.context import Context
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, is_note
from signoff.domain.packages import MAX_FILES, is_covered


def throw_away(ctx: Context, package: Node) -> None:
    """Put what the digest leaves out into the trash, but for the server's own notes.

    A verdict binds the bytes that were seen (DESIGN 1), so no others come to approved/.
    """
    if not package.is_folder:
        return
    found = ctx.tx.files.contents_below(package.id, limit=4 * MAX_FILES)
    for path, id_, *_ in found:
        node = None if is_covered(path) or is_note(path) else ctx.tx.files.by_id(id_)
        if node is None:
            continue
        above = ctx.tx.files.chain(node.id)[:-1]
        where = tree.path_of(above, node.name)
        tree.throw_away(ctx, node, chain=above, path=where)
        ctx.record(Event(type=Type.FILE_DELETED, node=node.id, path=where))
