"""A folder copied out of sight, in chunks, until one row move publishes it (STORAGE 3)."""

from msgspec.structs import replace

from signoff.actions import noted, reach, sights
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain.errors import Code, Conflict
from signoff.domain.files import Node, Version, join, name_key
from signoff.domain.ids import HOUR, Instant, Micros, NodeId
from signoff.domain.locks import Mode, locked
from signoff.domain.packages import is_covered
from signoff.domain.permissions import Permission
from signoff.domain.stagings import Branch, Staging
from signoff.domain.words import words_of
from signoff.store.files import STAGING

CHUNK = 64
"""So many nodes are copied in one transaction, which is some 6 ms of work (STORAGE 3)."""

STAGED_FOR = Micros(HOUR)
"""So old is what was begun and will not be published any more."""

MOVES = 1000
"""So many moves in the workspace are looked through for one in the folder."""


def first(ctx: Context, source: Place, *, shallow: bool, is_package: bool) -> Staging:
    """Return where the copy of a folder begins; a shallow one has nothing to go through."""
    node = reach.existing(source)
    top = NodeId(ctx.tx.new_id("nd"))
    return Staging(
        source=node.id,
        path=source.path,
        top=top,
        since=ctx.tx.audit.head()[0],
        is_package=is_package,
        branches=() if shallow else (Branch(source=node.id, copy=top),),
    )


def fill(ctx: Context, staging: Staging) -> Staging:
    """Copy the next chunk, as its files stand now; return how far the copy has come.

    Refuses when the folder is not where it was, or holds somebody else's draft. Nothing is
    recorded: what is staged is not there until it is published.
    """
    source = reach.take_hold(ctx, staging.path)[0]
    if source.node is None or source.node.id != staging.source:
        raise _changed(staging)
    _check_drafts(ctx, source, source.node)
    with ctx.tx.off_record():
        grown = _grown(ctx, staging, source.node)
    grown.check_size()
    return grown


def _check_drafts(ctx: Context, source: Place, folder: Node) -> None:
    """Refuse to copy what is unfinished: in somebody else's draft, or with one below it.

    What the caller may not see is not copied, finished or not.
    """
    around = reach.hidden_from(ctx, source)
    drafts = [] if around is None else [around]
    drafts += [
        lock
        for lock in reach.locks_below(ctx, folder.id)
        if lock.mode is Mode.DRAFT
        and lock.holder != ctx.caller.actor.id
        and not sights.hides(ctx, lock.path)
    ]
    if drafts:
        raise locked(*drafts, now=ctx.now)


def _grown(ctx: Context, staging: Staging, source: Node) -> Staging:
    made: list[Node] = []
    pairs: list[tuple[Node, Node]] = []
    files, deepest = staging.files, staging.deepest
    if staging.nodes:
        _check_kept(ctx, staging)
    else:
        made.append(_as_new(ctx, source, staging.top, parent=STAGING, name=staging.top))
        pairs.append((source, made[-1]))
    branches = list(staging.branches)
    left = CHUNK
    while branches and left > 0:
        branch = branches.pop()
        found = ctx.tx.files.page(branch.source, after=branch.after, limit=left)
        if len(found) == left:
            branches.append(replace(branch, after=name_key(found[-1].name)))
        left -= len(found) + 1
        for each in found:
            path = f"{branch.path}/{each.name}".lstrip("/")
            if not _is_copied(ctx, staging, each, path):
                continue
            new = NodeId(ctx.tx.new_id("nd"))
            made.append(_as_new(ctx, each, new, parent=branch.copy, name=each.name))
            pairs.append((each, made[-1]))
            deepest = max(deepest, path.count("/") + 1)
            if each.is_folder:
                branches.append(Branch(source=each.id, copy=new, path=path))
            else:
                files += is_covered(path)
    _add(ctx, made, top=staging.top)
    noted.carry(ctx, *pairs)
    return replace(
        staging,
        branches=tuple(branches),
        nodes=staging.nodes + len(made),
        files=files,
        deepest=deepest,
    )


def _is_copied(ctx: Context, staging: Staging, node: Node, path: str) -> bool:
    """Say whether something goes with its folder: it has contents, and may be read."""
    if not node.is_folder and (node.blob is None or node.digest is None):
        return False
    narrowed = bool(ctx.grants or ctx.caller.credential.paths)
    return not narrowed or ctx.may(Permission.FILE_READ, path=join(staging.path, path))


def _as_new(ctx: Context, node: Node, id_: NodeId, *, parent: NodeId, name: str) -> Node:
    return replace(
        node,
        id=id_,
        parent=parent,
        name=name,
        version=0 if node.is_folder else 1,
        created_at=ctx.now,
        modified_at=ctx.now,
        modified_by=ctx.caller.actor.id,
    )


def _add(ctx: Context, nodes: list[Node], *, top: NodeId) -> None:
    ctx.tx.files.add_many(nodes)
    ctx.tx.versions.add_many([_first_version(each) for each in nodes if not each.is_folder])
    ctx.tx.words.add({each.id: words_of(each.name) for each in nodes if each.id != top})


def _first_version(node: Node) -> Version:
    assert node.blob is not None
    assert node.digest is not None
    return Version(
        node=node.id,
        number=1,
        blob=node.blob,
        digest=node.digest,
        size=node.size,
        media_type=node.media_type,
        author=node.modified_by,
        at=node.modified_at,
    )


def publish(ctx: Context, staging: Staging, *, folder: NodeId, name: str) -> Node:
    """Give what was staged its place in the tree: one row, whatever is below it.

    Refuses what was copied while something in the folder was moved or renamed, since that
    may be in the copy twice, or not at all.
    """
    top = _check_kept(ctx, staging)
    moved = ctx.tx.audit.moved_since(staging.since, limit=MOVES)
    if len(moved) == MOVES or any(_is_below(ctx, node, staging.source) for node in moved):
        raise _changed(staging)
    ctx.tx.files.move(top.id, parent=folder, name=name)
    ctx.tx.words.replace(top.id, words_of(name))
    return replace(top, parent=folder, name=name)


def _is_below(ctx: Context, node: NodeId, folder: NodeId) -> bool:
    return any(step.id == folder for step in ctx.tx.files.chain(node))


def _check_kept(ctx: Context, staging: Staging) -> Node:
    """Return the top of what was staged, which no sweep takes away until this act is done."""
    ctx.tx.guard(exclusive=[staging.top])
    top = ctx.tx.files.by_id(staging.top)
    if top is None or top.created_at < ctx.now - STAGED_FOR:
        raise Conflict(
            "The copy took too long and was given up",
            code=Code.GONE,
            hint="Copy what is in the folder part by part.",
        )
    return top


def _changed(staging: Staging) -> Conflict:
    return Conflict(
        f"“{staging.path}”, or something in it, was moved while it was copied",
        hint="Nothing was copied. Try again.",
    )


def overdue(ctx: Context) -> Node | None:
    """Return something that was staged so long ago that nobody will publish it."""
    for node in ctx.tx.files.page(STAGING, after="", limit=1):
        if node.created_at < Instant(ctx.now - 2 * STAGED_FOR):
            return node
    return None
