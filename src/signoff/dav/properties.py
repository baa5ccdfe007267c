"""Properties of what stands on a drive: which there are, and how they are written.

Live ones are computed (RFC 4918, section 15; RFC 4331), dead ones are kept for clients.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

from signoff.actions.lock_views import LockView
from signoff.actions.noted import NOTHING, Noted
from signoff.asgi.contents import http_date
from signoff.dav import xml
from signoff.dav.addresses import href
from signoff.domain.files import Node
from signoff.domain.ids import SECOND, Path, Slug

Name = tuple[str, str]
"""A namespace and a name in it."""

OWNCLOUD = "http://owncloud.org/ns"
FOUND = "200 OK"
MISSING = "404 Not Found"


class Wanted(Struct, frozen=True):
    """Which properties are asked for: those that are named, all, or only what they are called.

    All are those of RFC 4918 and the dead ones; `names` are those beside them.
    """

    names: tuple[Name, ...] = ()
    everything: bool = False
    only_names: bool = False


class Quota(Struct, frozen=True):
    """How many octets a workspace uses, and how many more it may, where that is known."""

    used: int
    available: int | None


class Facts(Struct, frozen=True, kw_only=True):
    """What is known of one resource, beside its node."""

    workspace: Slug
    locks: tuple[LockView, ...] = ()
    dead: dict[Name, str] = {}
    mtime: int | None = None
    checksum: str = ""
    quota: Quota | None = None


def facts(
    workspace: Slug,
    *,
    locks: tuple[LockView, ...] = (),
    noted: Noted = NOTHING,
    quota: Quota | None = None,
) -> Facts:
    """Return what is known of a resource; nothing is shown under the name of a live one."""
    dead = {
        each.key: xml.filled(each.namespace, each.name, each.value, language=each.lang)
        for each in noted.properties
        if each.key not in LIVE
    }
    return Facts(
        workspace=workspace,
        locks=locks,
        dead=dead,
        mtime=noted.given.mtime_seconds,
        checksum=noted.given.checksum,
        quota=quota,
    )


Value = Callable[[Node], object]
Live = Callable[[Node, Facts], str | None]
"""Returns a property as an element; None where the resource has no such property."""


@lru_cache(maxsize=8192)
def _iso_date(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


VARYING: dict[Name, Value] = {
    (xml.DAV, "creationdate"): lambda node: _iso_date(node.created_at // SECOND),
    (xml.DAV, "displayname"): lambda node: xml.text(node.name),
    (xml.DAV, "getcontentlength"): lambda node: node.size,
    (xml.DAV, "getcontenttype"): lambda node: xml.text(node.media_type),
    (xml.DAV, "getetag"): lambda node: node.etag,
    (xml.DAV, "getlastmodified"): lambda node: http_date(node.modified_at // SECOND),
}
"""What is another in each member of a folder, and follows from its node alone."""

OF_FILES = frozenset(
    (xml.DAV, name) for name in ("getcontentlength", "getcontenttype", "getetag")
)


def _varying(name: Name) -> Live:
    value, local = VARYING[name], name[1]

    def live(node: Node, facts: Facts) -> str | None:  # noqa: ARG001
        if node.is_folder and name in OF_FILES:
            return None
        return f"<D:{local}>{value(node)}</D:{local}>"

    return live


def _display(node: Node, facts: Facts) -> str:
    return f"<D:displayname>{xml.text(node.name or facts.workspace)}</D:displayname>"


def _modified(node: Node, facts: Facts) -> str:
    at = node.modified_at // SECOND if facts.mtime is None else facts.mtime
    return f"<D:getlastmodified>{http_date(at)}</D:getlastmodified>"


def _resource(node: Node, facts: Facts) -> str:  # noqa: ARG001
    if node.is_folder:
        return "<D:resourcetype><D:collection/></D:resourcetype>"
    return "<D:resourcetype/>"


_ENTRY = (
    "<D:lockentry><D:lockscope><D:{}/></D:lockscope>"
    "<D:locktype><D:write/></D:locktype></D:lockentry>"
)
SUPPORTED = (
    f"<D:supportedlock>{_ENTRY.format('exclusive')}{_ENTRY.format('shared')}</D:supportedlock>"
)


def _supported(node: Node, facts: Facts) -> str:  # noqa: ARG001
    return SUPPORTED


def _locks(node: Node, facts: Facts) -> str:  # noqa: ARG001
    if not facts.locks:
        return "<D:lockdiscovery/>"
    return discovery(facts.locks, workspace=facts.workspace)


def discovery(locks: Iterable[LockView], *, workspace: Slug) -> str:
    """Return the locks that cover a resource (RFC 4918, 15.8)."""
    active = "".join(_active(lock, workspace) for lock in locks)
    return f"<D:lockdiscovery>{active}</D:lockdiscovery>"


def _active(lock: LockView, workspace: Slug) -> str:
    """Return one lock: its token and what its client said only to its holder."""
    left = max(0, round((lock.expires_at - datetime.now(UTC)).total_seconds()))
    scope = "shared" if lock.mode == "shared" else "exclusive"
    token = ""
    owner = xml.text(lock.holder.name)
    if isinstance(lock.token, str):
        token = f"<D:locktoken><D:href>{xml.text(lock.token)}</D:href></D:locktoken>"
        if lock.kind == "dav":  # it came as XML; what other doors were told is any text
            owner = lock.owner_text or owner
    root = href(workspace, Path(lock.path), is_folder=False)
    return (
        f"<D:activelock><D:locktype><D:write/></D:locktype>"
        f"<D:lockscope><D:{scope}/></D:lockscope><D:depth>{lock.depth}</D:depth>"
        f"<D:owner>{owner}</D:owner><D:timeout>Second-{left}</D:timeout>{token}"
        f"<D:lockroot><D:href>{root}</D:href></D:lockroot></D:activelock>"
    )


def _used(node: Node, facts: Facts) -> str | None:
    if not node.is_folder or facts.quota is None:
        return None
    return f"<D:quota-used-bytes>{facts.quota.used}</D:quota-used-bytes>"


def _available(node: Node, facts: Facts) -> str | None:
    if not node.is_folder or facts.quota is None or facts.quota.available is None:
        return None
    return f"<D:quota-available-bytes>{facts.quota.available}</D:quota-available-bytes>"


def _checksums(node: Node, facts: Facts) -> str | None:  # noqa: ARG001
    if not facts.checksum:
        return None
    said = xml.text(facts.checksum)
    return f'<o:checksums xmlns:o="{OWNCLOUD}"><o:checksum>{said}</o:checksum></o:checksums>'


STANDARD: dict[Name, Live] = {
    **{name: _varying(name) for name in VARYING},
    (xml.DAV, "displayname"): _display,
    (xml.DAV, "getlastmodified"): _modified,
    (xml.DAV, "lockdiscovery"): _locks,
    (xml.DAV, "resourcetype"): _resource,
    (xml.DAV, "supportedlock"): _supported,
}
"""What a client that asks for all is told."""

LIVE: dict[Name, Live] = STANDARD | {
    (xml.DAV, "quota-available-bytes"): _available,
    (xml.DAV, "quota-used-bytes"): _used,
    (OWNCLOUD, "checksums"): _checksums,
}
"""What there is besides is told only who asks for it by name (RFC 4331, section 3)."""

QUOTA = frozenset({(xml.DAV, "quota-available-bytes"), (xml.DAV, "quota-used-bytes")})


def of_node(wanted: Wanted, node: Node, facts: Facts) -> str:
    """Return what is asked of one resource, as its propstat elements."""
    if wanted.only_names:
        return _named(node, facts)
    found: list[str] = []
    missing: list[str] = []
    everything = (*STANDARD, *facts.dead) if wanted.everything else ()
    for name in dict.fromkeys((*everything, *wanted.names)):
        live = LIVE.get(name)
        element = live(node, facts) if live is not None else facts.dead.get(name)
        if element is not None:
            found.append(element)
        elif name in wanted.names:
            missing.append(xml.empty(*name))
    return propstats(found, missing)


def propstats(found: list[str], missing: list[str]) -> str:
    """Return which of the properties there are, and which there are not."""
    stats = xml.propstat(found, FOUND) if found or not missing else ""
    return stats + xml.propstat(missing, MISSING) if missing else stats


def _named(node: Node, facts: Facts) -> str:
    live = [name for name, live in STANDARD.items() if live(node, facts) is not None]
    return xml.propstat([xml.empty(*name) for name in (*live, *facts.dead)], FOUND)


def of_place(wanted: Wanted, *, name: str) -> str:
    """Return what is asked of a folder that is in no workspace."""
    there = {
        (xml.DAV, "resourcetype"): "<D:resourcetype><D:collection/></D:resourcetype>",
        (xml.DAV, "displayname"): f"<D:displayname>{xml.text(name)}</D:displayname>",
    }
    if wanted.only_names:
        return xml.propstat([xml.empty(*each) for each in there], FOUND)
    if wanted.everything:
        return xml.propstat(there.values(), FOUND)
    found = [there[each] for each in wanted.names if each in there]
    missing = [xml.empty(*each) for each in wanted.names if each not in there]
    return propstats(found, missing)
