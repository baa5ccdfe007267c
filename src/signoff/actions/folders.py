"""Folders: list one, look at one thing in it, make one."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import arriving, reach, tree
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.actions.views import Page, Who, when, who_is
from signoff.domain.errors import Code, Conflict
from signoff.domain.files import Node, check_not_note, clean_path, join, name_key
from signoff.domain.ids import Path
from signoff.domain.locks import Lock, Mode, Need
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.stages import check_top_level
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


class PathOnly(Struct, frozen=True, kw_only=True):
    """A path from the workspace's root."""

    path: str


class ListFolder(Struct, frozen=True, kw_only=True):
    """A page of a folder; `cursor` is the `next` of the page before."""

    path: str = ""
    limit: int = PAGE
    cursor: str = ""


def make_folder(ctx: Context, asked: PathOnly) -> TreeItem:
    """Make a folder, and the ones above it that are missing."""
    path = clean_path(asked.path)
    if not path:
        raise Conflict("The root is there already", code=Code.EXISTS)
    check_not_note(path)
    check_top_level(path)
    place = reach.take_hold(ctx, path)[0]
    reach.permit(ctx, Permission.FOLDER_CREATE, place)
    if place.node is not None:
        raise Conflict(
            f"“{path}” exists already", code=Code.EXISTS, hint="Choose another name."
        )
    meaning = reach.check_write(ctx, place, need=Need.CREATE).meaning
    chain = tree.make_folders(ctx, place, place.missing)
    reach.touched(ctx, place)
    if meaning is Meaning.SUBMIT:
        arriving.arrive(ctx, place, chain[-1], folders=chain[:-1])
    return item(ctx, chain[-1], path=path)


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
