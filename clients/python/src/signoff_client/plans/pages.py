"""Lists, page after page."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from signoff_client.asking import Patience, read, tell
from signoff_client.steps import Flow, Give, Plan

T = TypeVar("T")


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[msgspec.Raw, ...]
    next: str | None = None


def pages(
    path: str, kind: type[T], *, patience: Patience, params: Mapping[str, Any] | None = None
) -> Flow[T]:
    """Give every item of a list; pages are asked for as they are wanted."""
    cursor: str | None = ""
    while cursor is not None:
        items, cursor = yield from _page(path, kind, patience, params or {}, cursor)
        for item in items:
            yield Give(item)


def all_of(
    path: str, kind: type[T], *, patience: Patience, params: Mapping[str, Any] | None = None
) -> Plan[tuple[T, ...]]:
    """Return every item of a list."""
    found: list[T] = []
    cursor: str | None = ""
    while cursor is not None:
        items, cursor = yield from _page(path, kind, patience, params or {}, cursor)
        found.extend(items)
    return tuple(found)


def _page(
    path: str, kind: type[T], patience: Patience, params: Mapping[str, Any], cursor: str
) -> Plan[tuple[tuple[T, ...], str | None]]:
    asked = {**params, "cursor": cursor} if cursor else params
    reply = yield from tell("GET", path, patience=patience, params=asked)
    page = read(reply, _Page)
    return tuple(msgspec.json.decode(raw, type=kind) for raw in page.items), page.next
