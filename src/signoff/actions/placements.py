"""Where a package goes, what travels with it, and what is left behind."""

from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import packaging, tree
from signoff.actions.context import Context
from signoff.actions.reach import STAGE_DEPTH, Place
from signoff.domain import packages
from signoff.domain.companions import renamed_companion
from signoff.domain.files import (
    NOTE_ENDINGS,
    Node,
    name_key,
    names,
    note_name,
)
from signoff.domain.ids import HandoffId, NodeId, Path
from signoff.domain.stages import ARCHIVE, Stage
from signoff.store.holds import HoldKind

_TAKEN = frozenset({HoldKind.PACKAGE, HoldKind.ARRIVAL, HoldKind.CLAIM})


class Moved(Struct, frozen=True, kw_only=True):
    """Where a package went."""

    node: Node
    path: Path
    chain: tuple[Node, ...]


def place_at(ctx: Context, path: Path) -> tuple[Node, ...]:
    """Return the chain of a place in a stage, making what it lacks.

    A name that a file has, or a package or an arrival of somebody, gives way to `name (2)`:
    packages never nest, and nothing is ever put into one (RULES 4, 5).
    """
    chain = ctx.tx.files.resolve(path, as_place=True)
    parts = names(path)
    if len(chain) == STAGE_DEPTH == len(parts) + 1:  # the stage itself
        return chain
    deeper = [node.id for node in chain[STAGE_DEPTH:]]
    taken = _TAKEN & {hold.kind for hold in ctx.tx.holds.on(deeper)} if deeper else ()
    if not taken and all(node.is_folder for node in chain):
        missing = parts[len(chain) - 1 :]
        return tree.make_folders(ctx, Place(path=path, chain=chain, missing=()), missing)
    chain = chain[:STAGE_DEPTH]
    for wanted in parts[1:]:
        name = packages.vacant(
            wanted,
            is_taken=partial(_is_taken, ctx, chain[-1].id),
            is_folder=True,
        ).name
        chain = tree.folder_at(ctx, tree.path_of(chain, name))
    return chain


def _is_taken(ctx: Context, folder: NodeId, name: str) -> bool:
    """Say whether a name of a folder is no place that a package can be put into."""
    node = ctx.tx.files.child(folder, name)
    if node is None:
        return False
    return not node.is_folder or any(hold.kind in _TAKEN for hold in ctx.tx.holds.on([node.id]))


def move_package(
    ctx: Context,
    package: Node,
    *,
    chain: tuple[Node, ...],
    target: Path,
    companions: tuple[Node, ...] = (),
    unlocked: bool = False,
) -> Moved:
    """Move a package and what travels with it; a taken name gives way on all alike (RULES 5).

    `chain` leads to the folder that holds it now. `unlocked` says that no lock is on what
    moves. The event is the act's.
    """
    above, _, name = target.rpartition("/")
    is_work = above.partition("/")[0] == Stage.PROCESSING
    folder = (tree.folder_at if is_work else place_at)(ctx, Path(above))
    if package.name == name and tree.bring(
        ctx, package, *companions, old=chain, new=folder, unlocked=unlocked
    ):
        moved = replace(package, parent=folder[-1].id)
        return Moved(node=moved, path=tree.path_of(folder, name), chain=folder)
    naming = tree.free_name(
        ctx,
        folder[-1].id,
        name,
        is_folder=package.is_folder,
        beside=tuple(
            renamed_companion(each.name, package=package.name, to=name) for each in companions
        ),
    )
    moved = tree.relocate(
        ctx,
        package,
        old=chain,
        new=folder,
        name=naming.name,
        beside=tuple(zip(companions, naming.beside, strict=True)),
    )
    return Moved(node=moved, path=tree.path_of(folder, naming.name), chain=folder)


def travelling(
    ctx: Context, package: Node, *, folder: NodeId, sidecar: Node | None, notes: bool
) -> tuple[Node, ...]:
    """Return what stands beside a file package and moves with it: sidecar, and notes."""
    if package.is_folder:
        return ()
    others = packaging.beside(ctx, folder, package.name)
    return tuple(
        node
        for node in others.values()
        if (sidecar is not None and node.id == sidecar.id)
        or (notes and node.name in _notes_of(package.name))
    )


def _notes_of(package: str) -> frozenset[str]:
    """Return the names that the server's notes on a file package have."""
    return frozenset(note_name(package, ending) for ending in NOTE_ENDINGS)


def take_notes_away(
    ctx: Context, package: Node, *, folder: NodeId, chain: tuple[Node, ...]
) -> None:
    """Take the server's notes out of the tree; they are in the round's record (RULES 8)."""
    if package.is_folder:
        keys = [name_key("handoff" + ending) for ending in NOTE_ENDINGS]
        found = ctx.tx.files.children(package.id, keys)
        above = (*chain, package)
    else:
        found = ctx.tx.files.children(
            folder, [name_key(each) for each in _notes_of(package.name)]
        )
        above = chain
    for note in found:
        tree.throw_away(ctx, note, chain=above, path=tree.path_of(above, note.name))


def archive(ctx: Context, node: Node, *, chain: tuple[Node, ...], handoff: HandoffId) -> Path:
    """Move what a handoff was made from to `archive/<handoff id>/` (RULES 10)."""
    folder = tree.folder_at(ctx, Path(f"{ARCHIVE}/{handoff}"))
    naming = tree.free_name(ctx, folder[-1].id, node.name, is_folder=node.is_folder)
    tree.relocate(ctx, node, old=chain, new=folder, name=naming.name)
    return tree.path_of(folder, naming.name)


def review_path(path: Path, *, claimed_from: Path | None) -> Path:
    """Return where something handed over from `path` lands in needs-review/."""
    return packages.landing(path, Stage.NEEDS_REVIEW, claimed=claimed_from)


def hold(ctx: Context, handoff: HandoffId, moved: Moved, *, sidecar: NodeId | None) -> None:
    """Hold a package for its handoff, with the sidecar of a file (RULES 6)."""
    nodes = [moved.node.id]
    if sidecar is not None and not moved.node.is_folder:
        nodes.append(sidecar)
    folder = [step.id for step in moved.chain]
    ctx.tx.holds.add_beside(HoldKind.PACKAGE, handoff, folder=folder, nodes=nodes)
