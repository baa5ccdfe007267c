"""PROPPATCH: what clients note of a file or folder (RFC 4918, section 9.2)."""

from collections.abc import Iterator
from urllib.parse import quote
from xml.etree.ElementTree import Element

from signoff.actions import properties, resources
from signoff.actions.properties import PatchProperties
from signoff.actions.resources import Look
from signoff.asgi.contents import http_date
from signoff.dav import xml
from signoff.dav.properties import LIVE
from signoff.dav.visit import Visit
from signoff.domain.errors import Malformed
from signoff.domain.properties import LAST_MODIFIED, Change

DONE = "200 OK"
REFUSED = "403 Forbidden"
DEPENDS = "424 Failed Dependency"
AS_SENT = "/%:@!$&'()*+,;=~"
"""What an address may hold besides letters, digits and `-._`; some clients send more."""
MODIFIED = (xml.DAV, "lastmodified")
"""How ownCloud's clients set a file's time: seconds since 1970."""


async def proppatch(visit: Visit) -> None:
    """Set and remove properties, in the order of the document: all of them, or none."""
    asked = changes_of(await visit.body())
    names = dict.fromkeys(change.key for change in asked)
    protected = [name for name in names if name in LIVE]
    if protected:
        await visit.ask_under(resources.look, Look(path=visit.path))
        others = [name for name in names if name not in LIVE]
        stats = _stat(protected, REFUSED, condition="cannot-modify-protected-property")
        await _answer(visit, stats + (_stat(others, DEPENDS) if others else ""))
        return
    changes = tuple(_understood(change) for change in asked)
    await visit.do(properties.patch, PatchProperties(path=visit.path, changes=changes))
    await _answer(visit, _stat(list(names), DONE))


def _stat(names: list[tuple[str, str]], status: str, *, condition: str = "") -> str:
    return xml.propstat([xml.empty(*name) for name in names], status, condition=condition)


async def _answer(visit: Visit, propstats: str) -> None:
    address = quote(visit.request.scope["raw_path"], safe=AS_SENT)
    body = xml.response(xml.text(address), [propstats])
    await visit.answer_xml(207, f"{xml.MULTISTATUS}{body}{xml.MULTISTATUS_END}")


def _understood(change: Change) -> Change:
    """Return ownCloud's way to set a file's time as Windows' way, which is kept."""
    if change.key != MODIFIED or change.value is None or not change.value.strip().isdecimal():
        return change
    namespace, name = LAST_MODIFIED
    said = http_date(min(int(change.value.strip()[:12]), 253_402_300_799))
    return Change(namespace=namespace, name=name, value=said)


def changes_of(body: bytes) -> tuple[Change, ...]:
    """Return what a propertyupdate element asks for (14.19)."""
    root = xml.read(body)
    if root.tag != xml.dav("propertyupdate"):
        raise Malformed("The body is no propertyupdate element", hint="RFC 4918, 14.19.")
    found = tuple(_changes(root))
    if not found:
        raise Malformed("The body changes no property", hint="Set or remove one.")
    return found


def _changes(root: Element) -> Iterator[Change]:
    for step in root:
        sets = step.tag == xml.dav("set")
        if not sets and step.tag != xml.dav("remove"):
            continue
        for prop in step.findall(xml.dav("prop")):
            for each in prop:
                namespace, name = xml.split(each.tag)
                yield Change(
                    namespace=namespace,
                    name=name,
                    value=xml.inside(each) if sets else None,
                    lang=xml.language_of(each, prop, step, root) if sets else "",
                )
