"""Files and folders: write, read, list, make. Moving is in `moves`, the trash in `trash`."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import reach, tree
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.actions.views import Page, Who, when, who_is
from signoff.domain import drafts
from signoff.domain.actors import Door, Kind
from signoff.domain.errors import Code, Conflict, Invalid, NotFound, Stale, Unconditional
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, check_not_note, clean_path, join, name_key
from signoff.domain.ids import BlobId, Digest, Instant, Path
from signoff.domain.locks import Lock, Mode, Need
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.stages import Stage, check_not_fixed, check_top_level
from signoff.store.blobs import BlobRow
from signoff.store.books import Arriving
from signoff.store.holds import HoldKind

PAGE = 100
MOST = 1000


class HoldView(Struct, frozen=True, kw_only=True):
    """Who holds something still, in a listing: a lock or a claim, and until when."""

    holder: Who
    kind: str
    expires_at: datetime


class TreeItem(Struct, frozen=True, kw_only=True):
    """A file or folder as a listing shows it."""

    name: str
    path: str
    type: str
    version: int
    digest: str | None
    size: int
    media_type: str
    modified_at: datetime
    modified_by: Who
    lock: HoldView | UnsetType = UNSET
    claim: HoldView | UnsetType = UNSET
    handoff: str | UnsetType = UNSET


class FileView(Struct, frozen=True, kw_only=True):
    """A file as a write answers; `etag` is what If-Match wants."""

    path: str
    version: int
    digest: str
    size: int
    media_type: str
    modified_at: datetime
    etag: str
    created: bool
    event: str


class WriteFile(Struct, frozen=True, kw_only=True):
    """Bytes that have arrived, and where they go.

    `if_match` and `if_none_match` are the headers' entity tags, or `*` (RFC 9110, 13.1).
    """

    path: str
    blob: str
    digest: str
    size: int
    inline: bytes | None = None
    media_type: str = ""
    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()


class PathOnly(Struct, frozen=True, kw_only=True):
    """A path from the workspace's root."""

    path: str


class ReadFile(Struct, frozen=True, kw_only=True):
    """A file, or one version of it."""

    path: str
    version: int | None = None


class Opened(Struct, frozen=True, kw_only=True):
    """Where a version's bytes lie, and what to say of them."""

    path: str
    name: str
    blob: BlobRow
    version: int
    digest: str
    size: int
    media_type: str
    modified_at: datetime
    etag: str


class ListFolder(Struct, frozen=True, kw_only=True):
    """A page of a folder; `cursor` is the `next` of the page before."""

    path: str = ""
    limit: int = PAGE
    cursor: str = ""


def write(ctx: Context, asked: WriteFile) -> FileView:
    """Write a file: its first version, or its next."""
    path = clean_path(asked.path)
    if not path:
        raise Invalid("A file needs a name", code=Code.INVALID_PATH)
    check_not_note(path)
    check_top_level(path)
    place = reach.take_hold(ctx, path)[0]
    ctx.permit(Permission.FILE_WRITE, path=path, own=_own(ctx, place))
    if place.node is None or place.node.is_folder:
        check_not_fixed(path)
    check_preconditions(ctx, place, asked)
    meaning = reach.check_write(ctx, place, need=_need(place)).meaning
    if place.node is not None and place.node.is_folder:
        raise is_folder(place)
    folders = tree.make_folders(ctx, place, place.missing[:-1])
    name = place.node.name if place.node else place.missing[-1]
    if not folders[-1].is_folder and place.node is None:
        raise Conflict(f"“{folders[-1].name}” is a file", code=Code.NOT_A_FOLDER)
    blob = tree.keep_blob(
        ctx,
        blob=BlobId(asked.blob),
        digest=Digest(asked.digest),
        size=asked.size,
        inline=asked.inline,
    )
    node = tree.put_version(
        ctx,
        node=place.node,
        parent=folders[-1].id,
        name=name,
        blob=blob,
        digest=Digest(asked.digest),
        size=asked.size,
        media_type=tree.media_type_of(name, asked.media_type),
    )
    reach.touched(ctx, place)
    follow_up(ctx, place, node, folders=folders, meaning=meaning)
    event = ctx.record(
        Event(
            type=Type.FILE_CREATED if place.node is None else Type.FILE_WRITTEN,
            node=node.id,
            path=path,
            version=node.version,
            digest=node.digest,
            size=node.size,
            handoff=place.package.handoff.id if place.package else None,
        )
    )
    return FileView(
        path=path,
        version=node.version,
        digest=asked.digest,
        size=node.size,
        media_type=node.media_type,
        modified_at=when(node.modified_at),
        etag=node.etag,
        created=place.node is None,
        event=event,
    )


def may_write(ctx: Context, asked: WriteFile) -> None:
    """Say whether a large body would be taken, before its first byte; refuse otherwise."""
    path = clean_path(asked.path)
    check_not_note(path)
    check_top_level(path)
    check_not_fixed(path)
    place = reach.find(ctx, path)
    ctx.permit(Permission.FILE_WRITE, path=path, own=_own(ctx, place))
    check_preconditions(ctx, place, asked)
    if place.node is not None and place.node.is_folder:
        raise is_folder(place)


def check_preconditions(ctx: Context, place: Place, asked: WriteFile) -> None:
    """Refuse what is not as the caller saw it; agents must say what they saw (428)."""
    node = place.node
    etag = node.etag if node is not None and not node.is_folder else None
    if asked.if_none_match and (etag in asked.if_none_match or "*" in asked.if_none_match):
        if etag is not None:
            raise Stale(
                f"“{place.path}” exists already",
                hint="Leave If-None-Match out, or write with the If-Match that you saw.",
                etag=etag,
            )
        return
    if asked.if_match:
        if etag is None or not ({etag, "*"} & set(asked.if_match)):
            raise Stale(
                f"“{place.path}” is not as you saw it",
                hint="Read it again, then write with its ETag.",
                etag=etag,
            )
        return
    agent = ctx.caller.actor.kind is Kind.AGENT
    if agent and etag is not None and not ctx.tokens:
        raise Unconditional(
            f"“{place.path}” exists; say which version you overwrite",
            hint="Send If-Match with the ETag that you read, or a lock's or claim's token.",
            etag=etag,
        )


def follow_up(
    ctx: Context,
    place: Place,
    node: Node,
    *,
    folders: tuple[Node, ...],
    meaning: Meaning,
) -> None:
    """After a write: what is new in input/ can be claimed, in needs-review/ it arrives."""
    if place.stage is Stage.INPUT and ctx.caller.door is Door.DAV:
        ctx.tx.claims.dequeue(node.id)
        ctx.tx.claims.queue(node.id, since=Instant(ctx.now + ctx.policy.settle))
    elif place.stage is Stage.INPUT and place.node is None:
        ctx.tx.claims.queue(node.id)
    if meaning is Meaning.SUBMIT:
        arrive(ctx, place, node, folders=folders)


def arrive(ctx: Context, place: Place, node: Node, *, folders: tuple[Node, ...]) -> None:
    """Let what is written straight into needs-review/ settle before it is opened (RULES 18).

    The arrival is the topmost node that did not exist before.
    """
    chain = (*folders, node)
    top = next((step for step in chain if step.id not in set(place.ids)), None)
    if place.arrival is None and top is None:
        return
    depth = chain.index(top) if top is not None else 0
    arriving = place.arrival or Arriving(
        node=chain[depth].id,
        by=ctx.caller.actor.id,
        by_kind=ctx.caller.actor.kind.value,
        credential=ctx.caller.credential.id,
        path=tree.path_of(chain[: depth + 1]),
        since=ctx.now,
        touched_at=ctx.now,
    )
    if place.arrival is None:
        ids = [step.id for step in chain[: depth + 1]]
        ctx.tx.holds.add(HoldKind.ARRIVAL, arriving.node, chain=ids)
    ctx.tx.books.arrive(
        Arriving(
            node=arriving.node,
            by=arriving.by,
            by_kind=arriving.by_kind,
            credential=arriving.credential,
            path=arriving.path,
            since=arriving.since,
            touched_at=ctx.now,
        )
    )


def make_folder(ctx: Context, asked: PathOnly) -> TreeItem:
    """Make a folder, and the ones above it that are missing."""
    path = clean_path(asked.path)
    if not path:
        raise Conflict("The root is there already", code=Code.EXISTS)
    check_not_note(path)
    check_top_level(path)
    place = reach.take_hold(ctx, path)[0]
    ctx.permit(Permission.FOLDER_CREATE, path=path, own=_own(ctx, place))
    if place.node is not None:
        raise Conflict(
            f"“{path}” exists already", code=Code.EXISTS, hint="Choose another name."
        )
    meaning = reach.check_write(ctx, place, need=Need.CREATE).meaning
    chain = tree.make_folders(ctx, place, place.missing)
    reach.touched(ctx, place)
    if meaning is Meaning.SUBMIT:
        arrive(ctx, place, chain[-1], folders=chain[:-1])
    return item(ctx, chain[-1], path=path)


def open_(ctx: Context, asked: ReadFile) -> Opened:
    """Find the bytes of a file, or of one of its versions."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    node = reach.existing(place)
    if node.is_folder:
        raise is_folder(place)
    number = asked.version or visible_number(ctx, place, node)
    version = ctx.tx.files.version(node.id, number) if number else None
    if version is None:
        raise NotFound(f"“{path}” has no version {number}", hint="GET versions lists them.")
    blob = ctx.tx.blobs.by_id(version.blob)
    if blob is None:
        raise NotFound(f"The bytes of version {number} were thinned out")
    return Opened(
        path=path,
        name=node.name,
        blob=blob,
        version=version.number,
        digest=version.digest,
        size=version.size,
        media_type=version.media_type,
        modified_at=when(version.at),
        etag=f'"{node.id}-{version.number}"',
    )


def visible_number(ctx: Context, place: Place, node: Node) -> int | None:
    """Return the version that the caller may see; None while it is a first draft."""
    draft = drafts.draft_on(place.locks, chain=place.ids)
    if draft is None:
        return node.version
    before = None if draft.node == node.id else _version_at(ctx, node, draft)
    return drafts.visible_version(
        draft, version=node.version, before=before, caller=ctx.caller, now=ctx.now
    )


def _version_at(ctx: Context, node: Node, draft: Lock) -> int:
    """Return the last version from before a draft lock was taken, 0 if there was none."""
    for version in ctx.tx.files.versions(node.id, before=node.version + 1, limit=MOST):
        if version.at <= draft.taken_at:
            return version.number
    return 0


def list_folder(ctx: Context, asked: ListFolder) -> Page:
    """List a folder, a page at a time, by name."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    folder = reach.existing(place)
    if not folder.is_folder:
        raise Conflict(
            f"“{path}” is a file",
            code=Code.NOT_A_FOLDER,
            hint="GET files reads it.",
        )
    limit = min(max(asked.limit, 1), MOST)
    nodes = ctx.tx.files.page(folder.id, after=asked.cursor, limit=limit + 1)
    shown = nodes[:limit]
    held = holds_on(ctx, place, shown)
    items = [
        item(ctx, node, path=join(path, node.name), held=held.get(node.id, {}))
        for node in shown
        if ctx.may(Permission.FILE_READ, path=join(path, node.name))
    ]
    hidden = held.get("", {})
    return Page(
        items=tuple(each for each in items if each.name not in hidden),
        next=name_key(shown[-1].name) if len(nodes) > limit else None,
    )


def stat(ctx: Context, asked: PathOnly) -> TreeItem:
    """Show one file or folder as a listing would."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    node = reach.existing(place)
    held = holds_on(ctx, place, [node])
    return item(ctx, node, path=path, held=held.get(node.id, {}))


def holds_on(
    ctx: Context, place: Place, nodes: list[Node]
) -> dict[str, dict[str, HoldView | str]]:
    """Return what holds each of these nodes, by node; under "" the names that are drafts."""
    found: dict[str, dict[str, HoldView | str]] = {}
    if not nodes:
        return found
    for hold in ctx.tx.holds.on(node.id for node in nodes):
        mine = found.setdefault(hold.node, {})
        if hold.kind is HoldKind.PACKAGE:
            mine["handoff"] = hold.ref
        elif hold.kind is HoldKind.LOCK:
            for lock in ctx.tx.locks.by_tokens([hold.ref]):
                mine["lock"] = HoldView(
                    holder=who_is(ctx, lock.holder),
                    kind=lock.mode.value,
                    expires_at=when(lock.expires_at),
                )
                _hide_first_draft(ctx, found, nodes, lock)
        elif hold.kind is HoldKind.CLAIM:
            claim = ctx.tx.claims.by_id(hold.ref)  # type: ignore[arg-type]
            if claim is not None:
                mine["claim"] = HoldView(
                    holder=who_is(ctx, claim.agent),
                    kind="claim",
                    expires_at=when(claim.expires_at),
                )
    del place
    return found


def _hide_first_draft(
    ctx: Context,
    found: dict[str, dict[str, HoldView | str]],
    nodes: list[Node],
    lock: Lock,
) -> None:
    """A draft that never was published is absent from others' listings (RULES 15)."""
    if lock.mode is Mode.DRAFT and lock.holder != ctx.caller.actor.id:
        for node in nodes:
            if node.id == lock.node and not lock.version_before and not node.is_folder:
                found.setdefault("", {})[node.name] = "draft"


def item(
    ctx: Context,
    node: Node,
    *,
    path: Path,
    held: dict[str, HoldView | str] | None = None,
) -> TreeItem:
    """Show a node as a listing does."""
    given = held or {}
    return TreeItem(
        name=node.name,
        path=path,
        type=node.kind.value,
        version=node.version,
        digest=node.digest,
        size=node.size,
        media_type=node.media_type,
        modified_at=when(node.modified_at),
        modified_by=who_is(ctx, node.modified_by),
        lock=given.get("lock", UNSET),  # type: ignore[arg-type]
        claim=given.get("claim", UNSET),  # type: ignore[arg-type]
        handoff=given.get("handoff", UNSET),  # type: ignore[arg-type]
    )


def is_folder(place: Place) -> Conflict:
    """Return the refusal to treat a folder as a file."""
    return Conflict(
        f"“{place.path or '/'}” is a folder",
        code=Code.IS_FOLDER,
        hint="GET tree lists it.",
        path=place.path,
    )


def _need(place: Place) -> Need:
    return Need.CREATE if place.node is None else Need.WRITE


def _own(ctx: Context, place: Place) -> bool:
    """Say whether the place is the caller's: their claim's, loose work or arrival."""
    if place.claim is not None:
        return place.claim.agent == ctx.caller.actor.id
    if place.arrival is not None:
        return place.arrival.by == ctx.caller.actor.id
    return place.node is None or place.node.modified_by == ctx.caller.actor.id
