"""PROPFIND: what stands at a place, and in it (RFC 4918, section 9.1)."""

from signoff.actions import resources
from signoff.actions.noted import NOTHING
from signoff.actions.resources import Look, Members, MembersView, Resource
from signoff.dav import litter, properties, xml
from signoff.dav.depths import depth_of, wanted
from signoff.dav.members import Writer
from signoff.dav.properties import QUOTA, Facts, Quota, Wanted
from signoff.dav.visit import Visit
from signoff.domain.ids import NodeId


async def propfind(visit: Visit) -> None:
    """Show something, and with depth 1 what it holds, a page at a time."""
    asked = wanted(await visit.body())
    depth = depth_of(visit.request)
    resource = await visit.ask_under(resources.look, Look(path=visit.path))
    wants_quota = resource.sees_all and not QUOTA.isdisjoint(asked.names)
    quota = await _quota(visit) if wants_quota else None
    head = xml.MULTISTATUS + _self(visit, asked, resource, quota)
    if depth == 0 or not resource.node.is_folder:
        await visit.answer_xml(207, head + xml.MULTISTATUS_END)
        return
    head += await litter.in_folder(visit, asked)
    page = await visit.ask(resources.members, Members(path=visit.path))
    head += _page(visit, asked, page)
    if page.next is None:
        await visit.answer_xml(207, head + xml.MULTISTATUS_END)
        return
    await _stream(visit, asked, head, page.next)


async def _stream(visit: Visit, asked: Wanted, head: str, cursor: str | None) -> None:
    """Send a long folder as it is read, so that it is never held whole."""
    headers = [xml.CONTENT_TYPE, (b"cache-control", b"no-store")]
    await visit.send({"type": "http.response.start", "status": 207, "headers": headers})
    await _send(visit, head)
    while cursor is not None:
        page = await visit.ask(resources.members, Members(path=visit.path, cursor=cursor))
        cursor = page.next
        await _send(visit, _page(visit, asked, page))
    await visit.send({"type": "http.response.body", "body": xml.MULTISTATUS_END.encode()})


async def _send(visit: Visit, text: str) -> None:
    message = {"type": "http.response.body", "body": text.encode(), "more_body": True}
    await visit.send(message)


async def _quota(visit: Visit) -> Quota:
    """Return what the workspace takes up, which tells of all that is in it."""
    room = await visit.house.rooms.of(visit.workspace)
    return Quota(used=room.used, available=room.left)


def _self(visit: Visit, asked: Wanted, resource: Resource, quota: Quota | None) -> str:
    facts = properties.facts(
        visit.workspace, locks=resource.locks, noted=resource.noted, quota=quota
    )
    address = visit.href(visit.path, is_folder=resource.node.is_folder)
    return xml.response(address, properties.of_node(asked, resource.node, facts))


def _page(visit: Visit, asked: Wanted, page: MembersView) -> str:
    plain = Facts(workspace=visit.workspace, locks=page.above)
    writer = Writer(asked, visit.href(visit.path), plain)
    if not page.locks and not page.noted:
        return "".join([writer.member(node) for node in page.nodes])
    return "".join([writer.member(node, _own(visit, page, node.id)) for node in page.nodes])


def _own(visit: Visit, page: MembersView, node: NodeId) -> Facts | None:
    """Return what is known of one member alone, if anything is."""
    locks, noted = page.locks.get(node, ()), page.noted.get(node)
    if not locks and noted is None:
        return None
    return properties.facts(
        visit.workspace, locks=(*page.above, *locks), noted=noted or NOTHING
    )
