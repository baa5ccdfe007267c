"""What stands in a folder as a listing shows it, and what holds it still."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.actions.views import Who, when, who_is
from signoff.domain.files import Node
from signoff.domain.ids import Path
from signoff.domain.locks import Lock, Mode
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
