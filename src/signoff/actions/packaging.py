"""A package as it stands in the tree: files, sidecar, digest, and what travels with it."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import endings, tree
from signoff.actions.context import Context
from signoff.domain import answers, fits, locks, packages, readings, sidecars
from signoff.domain.companions import companion_keys
from signoff.domain.errors import Refusal
from signoff.domain.files import (
    Node,
    name_key,
    note_name,
    stem_and_extension,
)
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import Digest, NodeId, Path
from signoff.domain.packages import FILE, MAX_FILES, SIDECAR
from signoff.domain.sidecars import Flag, Sidecar
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind
from signoff.store.rounds import ManifestFile, Round

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


class Standing(Struct, frozen=True, kw_only=True):
    """Where a package stands: the chain down to it, its path, and the sidecar that it has."""

    chain: tuple[Node, ...]
    path: Path
    sidecar: Node | None = None


def beside(ctx: Context, folder: NodeId, name: str) -> dict[str, Node]:
    """Return what may belong to a file package, or claim its sidecar too, by name.

    These are the names that its sidecars and notes may have, and the files with its stem.
    """
    stem = name_key(stem_and_extension(name)[0])
    found = ctx.tx.files.children(folder, companion_keys(name), stem=stem)
    return {node.name: node for node in found if node.name != name}


def sidecar_of(ctx: Context, package: Node, *, others: dict[str, Node]) -> Node | None:
    """Return the package's sidecar among what stands beside it, or in it (RULES 7)."""
    if package.is_folder:
        keys = [name_key(each) for each in sidecars.IN_FOLDER]
        others = {node.name: node for node in ctx.tx.files.children(package.id, keys)}
    if not others:
        return None
    listed = (*others, package.name)
    for name in sidecars.candidates(package.name, is_folder=package.is_folder, names=listed):
        node = others.get(name)
        if node is None or node.is_folder or node.blob is None or not node.version:
            continue
        if sidecars.is_sidecar(name) or fronts(ctx, node):
            return node
    return None


def fronts(ctx: Context, node: Node) -> bool:
    """Say whether a file is Markdown whose front matter contains `handoff:`."""
    if node.blob is None or node.size > sidecars.MAX_BYTES:
        return False
    return name_key(node.name).endswith(".md") and readings.is_fronted(ctx.bytes_of(node.blob))


def read_sidecar(ctx: Context, node: Node | None) -> Said:
    """Read a sidecar; one that is not valid is flagged and kept raw, and refuses nothing."""
    if node is None or node.blob is None:
        return Said(context=Sidecar())
    if node.size > sidecars.MAX_BYTES:
        return _invalid(node, "The sidecar is too large and was not read.", raw=b"")
    raw = ctx.bytes_of(node.blob)
    try:
        context = readings.parse(node.name, raw)
    except Refusal as refusal:
        words = f"The sidecar is not valid and is shown as it is. {refusal.message}"
        return _invalid(node, words, raw=raw[:SHOWN_RAW])
    unusable = answers.check_questions(context.questions) + fits.unusable(context.schemas)
    if unusable:
        context = replace(context, flags=(*context.flags, *unusable))
    return Said(node=node, context=context)


def _invalid(node: Node, words: str, *, raw: bytes) -> Said:
    flag = Flag(severity="warning", message=words, file=node.name)
    return Said(node=node, context=Sidecar(flags=(flag,)), raw=raw)


def contents_of(ctx: Context, package: Node, *, sidecar: Node | None) -> Contents:
    """Return what the package is made of at this moment (RULES 6)."""
    if package.is_folder:
        return _contents_below(ctx, package, sidecar=sidecar)
    if package.digest is None:
        packages.check_count(0)
    files = [_manifest(package, FILE)]
    if sidecar is not None:
        files.append(_manifest(sidecar, SIDECAR))
    digest = packages.digest_of([(each.path, each.digest) for each in files])
    return Contents(files=tuple(files), digest=digest)


def _contents_below(ctx: Context, package: Node, *, sidecar: Node | None) -> Contents:
    found = ctx.tx.files.contents_below(package.id, limit=2 * MAX_FILES + 1)
    rows = [row for row in sorted(found) if packages.is_covered(row[0])]
    files = msgspec.convert(rows, tuple[ManifestFile, ...])
    packages.check_count(len(files) - (sidecar is not None and len(files) == 1))
    digest = packages.digest_of((each.path, each.digest) for each in files)
    return Contents(files=files, digest=digest)


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
    before = submitted_files(kept, ctx.tx.rounds.manifest(handoff.id, handoff.round))
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


def end_locks(ctx: Context, handoff: Handoff) -> Standing:
    """Refuse while somebody else holds a lock in a package; one's own end (RULES 16).

    Return where it stands.
    """
    chain, sidecar = ctx.tx.files.chain_and(handoff.node, handoff.sidecar)
    ids = [node.id for node in chain]
    held = ctx.tx.holds.on([*ids, handoff.sidecar] if handoff.sidecar else ids)
    tokens = {hold.ref for hold in held if hold.kind is HoldKind.LOCK}
    if handoff.is_folder:
        tokens |= {hold.ref for hold in ctx.tx.holds.each_below(handoff.node, HoldKind.LOCK)}
    if tokens:
        _end_locks(ctx, handoff, ids, tokens)
    return Standing(chain=chain, path=tree.path_of(chain), sidecar=sidecar)


def _end_locks(ctx: Context, handoff: Handoff, ids: list[NodeId], tokens: set[str]) -> None:
    every = ctx.tx.locks.by_tokens(sorted(tokens))
    for node in {handoff.node, handoff.sidecar or handoff.node}:
        steps = (*ids[:-1], node)
        locks.check_others(every, chain=steps, caller=ctx.caller, now=ctx.now)
    package = {handoff.node, handoff.sidecar}
    for lock in every:
        inside = lock.node in package or handoff.node in lock.ancestors
        if inside and (lock.holder == ctx.caller.actor.id or locks.expired(lock, ctx.now)):
            endings.end_with_act(ctx, lock)


def sidecar_name(package: str) -> str:
    """Return the name under which the server writes a file package's sidecar."""
    return note_name(package, sidecars.ENDINGS[0])
