"""A package as it stands in the tree: files, sidecar, digest, and what travels with it."""

from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import endings, tree
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain import answers, locks, packages, readings, sidecars
from signoff.domain.errors import Refusal
from signoff.domain.files import (
    NOTE_ENDINGS,
    Node,
    name_key,
    names,
    note_name,
    stem_and_extension,
)
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import Digest, HandoffId, NodeId, Path
from signoff.domain.packages import FILE, MAX_FILES, SIDECAR
from signoff.domain.sidecars import Flag, Sidecar
from signoff.domain.stages import ARCHIVE, Stage
from signoff.store.handoffs import ManifestFile, Round, Stored
from signoff.store.holds import HoldKind

SHOWN_RAW = 64 * 1024


class Said(Struct, frozen=True, kw_only=True):
    """What a sidecar says; `raw` are its bytes when they could not be read."""

    node: Node | None = None
    context: Sidecar
    raw: bytes | None = None


class Contents(Struct, frozen=True, kw_only=True):
    """The files that a package's digest covers, in its order, and the digest."""

    files: tuple[ManifestFile, ...]
    digest: Digest


def beside(ctx: Context, folder: NodeId, name: str) -> dict[str, Node]:
    """Return what may belong to a file package, or claim its sidecar too, by name.

    These are the names that its sidecars and notes may have, and the files with its stem.
    """
    wanted = [name_key(each) for each in packages.companions(name)]
    stem = name_key(stem_and_extension(name)[0])
    found = ctx.tx.files.children(folder, wanted, stem=stem)
    return {node.name: node for node in found if node.name != name}


def sidecar_of(ctx: Context, package: Node, *, others: dict[str, Node]) -> Node | None:
    """Return the package's sidecar among what stands beside it, or in it (RULES 7)."""
    if package.is_folder:
        keys = [name_key(each) for each in sidecars.IN_FOLDER]
        others = {node.name: node for node in ctx.tx.files.children(package.id, keys)}
    listed = (*others, package.name)
    for name in sidecars.candidates(package.name, is_folder=package.is_folder, names=listed):
        node = others.get(name)
        if node is None or node.is_folder or node.blob is None or not node.version:
            continue
        if sidecars.is_sidecar(name) or readings.is_fronted(ctx.bytes_of(node.blob)):
            return node
    return None


def read_sidecar(ctx: Context, node: Node | None) -> Said:
    """Read a sidecar; one that is not valid is flagged and kept raw, and refuses nothing."""
    if node is None or node.blob is None:
        return Said(context=Sidecar())
    raw = ctx.bytes_of(node.blob)
    try:
        context = readings.parse(node.name, raw)
    except Refusal as refusal:
        flag = Flag(
            severity="warning",
            message=f"The sidecar is not valid and is shown as it is. {refusal.message}",
            file=node.name,
        )
        return Said(node=node, context=Sidecar(flags=(flag,)), raw=raw[:SHOWN_RAW])
    unusable = answers.check_questions(context.questions)
    if unusable:
        context = replace(context, flags=(*context.flags, *unusable))
    return Said(node=node, context=context)


def contents_of(ctx: Context, package: Node, *, sidecar: Node | None) -> Contents:
    """Return what the package is made of at this moment (RULES 6)."""
    if not package.is_folder:
        packages.check_count(1 if package.digest else 0)
        files = [_manifest(package, FILE)]
        if sidecar is not None:
            files.append(_manifest(sidecar, SIDECAR))
    else:
        found = ctx.tx.files.contents_below(package.id, limit=2 * MAX_FILES + 1)
        files = [
            ManifestFile(
                path=path,
                node=node,
                version=version,
                digest=digest,
                size=size,
                media_type=media_type,
            )
            for path, node, version, digest, size, media_type in sorted(found)
            if packages.is_covered(path)
        ]
        packages.check_count(len(files) - (sidecar is not None and len(files) == 1))
    digest = packages.digest_of((each.path, each.digest) for each in files)
    return Contents(files=tuple(files), digest=digest)


def _manifest(node: Node, path: str) -> ManifestFile:
    assert node.digest is not None
    return ManifestFile(
        path=path,
        node=node.id,
        version=node.version,
        digest=node.digest,
        size=node.size,
        media_type=node.media_type,
    )


def current(ctx: Context, stored: Stored) -> tuple[Handoff, Contents | None]:
    """Return the handoff with the digest and context of its package as it stands.

    The contents are None when nothing was written since the digest was taken.
    """
    handoff = stored.handoff
    if not stored.digest_stale:
        return handoff, None
    package = ctx.tx.files.by_id(handoff.node)
    if package is None or package.parent is None:
        return handoff, None
    sidecar = _standing_sidecar(ctx, handoff, package)
    said = read_sidecar(ctx, sidecar)
    contents = contents_of(ctx, package, sidecar=sidecar)
    return (
        replace(
            handoff,
            digest=contents.digest,
            context=said.context,
            sidecar=sidecar.id if sidecar else None,
        ),
        contents,
    )


def _standing_sidecar(ctx: Context, handoff: Handoff, package: Node) -> Node | None:
    """Return the sidecar of a package that is a handoff already.

    That of a file is the one that it was opened with, whatever has come beside it since.
    """
    if package.is_folder:
        return sidecar_of(ctx, package, others={})
    sidecar = ctx.tx.files.by_id(handoff.sidecar) if handoff.sidecar else None
    return sidecar if sidecar is not None and sidecar.parent == package.parent else None


def submitted_files(
    kept: Round, manifest: tuple[ManifestFile, ...]
) -> tuple[ManifestFile, ...]:
    """Return the files of a round as they were submitted, before people edited them."""
    if not kept.was and not kept.added:
        return manifest
    other = {each.path for each in kept.was} | set(kept.added)
    same = (each for each in manifest if each.path not in other)
    return tuple(sorted((*same, *kept.was), key=lambda each: each.path))


def edited_round(
    ctx: Context, handoff: Handoff, kept: Round, contents: Contents
) -> tuple[Round, tuple[ManifestFile, ...]]:
    """Return the round with the package as it stands, and with what it was submitted as."""
    before = submitted_files(kept, ctx.tx.handoffs.manifest(handoff.id, handoff.round))
    now = {each.path: each for each in contents.files}
    submitted = {each.path for each in before}
    return (
        replace(
            kept,
            digest=contents.digest,
            was=tuple(each for each in before if now.get(each.path) != each),
            added=tuple(path for path in now if path not in submitted),
        ),
        contents.files,
    )


def end_locks(ctx: Context, handoff: Handoff) -> tuple[Node, ...]:
    """Refuse while somebody else holds a lock in a package; one's own end (RULES 16).

    Return the chain down to the package.
    """
    chain = ctx.tx.files.chain(handoff.node)
    ids = [node.id for node in chain]
    held = ctx.tx.holds.on([*ids, handoff.sidecar] if handoff.sidecar else ids)
    tokens = {hold.ref for hold in held if hold.kind is HoldKind.LOCK}
    if handoff.is_folder:
        tokens |= {hold.ref for hold in ctx.tx.holds.below(handoff.node, HoldKind.LOCK)}
    if not tokens:
        return chain
    every = ctx.tx.locks.by_tokens(sorted(tokens))
    for node in {handoff.node, handoff.sidecar or handoff.node}:
        steps = (*ids[:-1], node)
        locks.check_others(every, chain=steps, caller=ctx.caller, now=ctx.now)
    package = {handoff.node, handoff.sidecar}
    for lock in every:
        inside = lock.node in package or handoff.node in lock.ancestors
        if inside and (lock.holder == ctx.caller.actor.id or locks.expired(lock, ctx.now)):
            endings.end_with_act(ctx, lock)
    return chain


def hold(ctx: Context, handoff: HandoffId, moved: "Moved", *, sidecar: NodeId | None) -> None:
    """Hold a package for its handoff, with the sidecar of a file (RULES 6)."""
    package = moved.node
    alone = package.is_folder or sidecar is None
    ctx.tx.holds.add_beside(
        HoldKind.PACKAGE,
        handoff,
        folder=[step.id for step in moved.chain],
        nodes=[package.id] if alone or sidecar is None else [package.id, sidecar],
    )


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
    chain = ctx.tx.files.resolve(path)
    deeper = [node.id for node in chain[2:]]
    taken = _TAKEN & {hold.kind for hold in ctx.tx.holds.on(deeper)} if deeper else ()
    if not taken and all(node.is_folder for node in chain):
        missing = names(path)[len(chain) - 1 :]
        return tree.make_folders(ctx, Place(path=path, chain=chain, missing=()), missing)
    chain = chain[:2]
    for wanted in names(path)[1:]:
        name = packages.vacant(
            wanted,
            is_taken=partial(_is_taken, ctx, chain[-1].id),
            is_folder=True,
        ).name
        chain = tree.folder_at(ctx, tree.path_of(chain, name))
    return chain


_TAKEN = frozenset({HoldKind.PACKAGE, HoldKind.ARRIVAL, HoldKind.CLAIM})


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
) -> Moved:
    """Move a package and what travels with it; a taken name gives way on all alike (RULES 5).

    `chain` leads to the folder that holds it now. The event is the act's.
    """
    above = Path("/".join(names(target)[:-1]))
    is_work = names(target)[0] == Stage.PROCESSING
    folder = tree.folder_at(ctx, above) if is_work else place_at(ctx, above)
    naming = tree.free_name(
        ctx,
        folder[-1].id,
        names(target)[-1],
        is_folder=package.is_folder,
        beside=tuple(
            packages.renamed_companion(each.name, package=package.name, to=names(target)[-1])
            for each in companions
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
    others = beside(ctx, folder, package.name)
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


def sidecar_name(package: str) -> str:
    """Return the name under which the server writes a file package's sidecar."""
    return note_name(package, sidecars.ENDINGS[0])


def review_path(path: Path, *, claimed_from: Path | None) -> Path:
    """Return where something handed over from `path` lands in needs-review/."""
    return packages.landing(path, Stage.NEEDS_REVIEW, claimed=claimed_from)
