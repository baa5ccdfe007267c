"""What stands in a folder as a listing shows it, and what holds it still."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import file_views
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.actions.views import Who, when, who_is
from signoff.domain.files import Node, join
from signoff.domain.ids import ActorId, Instant, Path
from signoff.domain.locks import Lock
from signoff.domain.permissions import Permission
from signoff.store.holds import HoldKind


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


Held = dict[str, dict[str, HoldView | str]]


def holds_on(ctx: Context, nodes: list[Node]) -> tuple[Held, dict[str, list[Lock]]]:
    """Return what holds each of these nodes, and the locks on them, by node."""
    found: Held = {}
    locks: dict[str, list[Lock]] = {}
    if not nodes:
        return found, locks
    for hold in ctx.tx.holds.on(node.id for node in nodes):
        mine = found.setdefault(hold.node, {})
        if hold.kind is HoldKind.PACKAGE:
            mine["handoff"] = hold.ref
        elif hold.kind is HoldKind.LOCK:
            for lock in ctx.tx.locks.by_tokens([hold.ref]):
                locks.setdefault(hold.node, []).append(lock)
                mine["lock"] = _held(ctx, lock.holder, lock.mode.value, lock.expires_at)
        elif hold.kind is HoldKind.CLAIM:
            claim = ctx.tx.claims.by_id(hold.ref)  # type: ignore[arg-type]
            if claim is not None:
                mine["claim"] = _held(ctx, claim.agent, "claim", claim.expires_at)
    return found, locks


def seen_in(
    ctx: Context, place: Place, nodes: Iterable[Node], *, locks: Mapping[str, list[Lock]]
) -> Iterator[Node]:
    """Go through what a folder holds as the caller may see it; `locks` are those on it."""
    for node in nodes:
        if not ctx.may(Permission.FILE_READ, path=join(place.path, node.name)):
            continue
        shown = file_views.as_seen(
            ctx,
            node,
            locks=(*locks.get(node.id, ()), *place.locks),
            chain=(*place.ids, node.id),
        )
        if shown is not None:
            yield shown


def _held(ctx: Context, holder: ActorId, kind: str, expires_at: Instant) -> HoldView:
    return HoldView(holder=who_is(ctx, holder), kind=kind, expires_at=when(expires_at))


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
