"""What is not in a workspace: the list of drives, and what a client asks before all else."""

from signoff.actions import workspaces
from signoff.asgi.answers import answer
from signoff.asgi.contents import SAFE
from signoff.dav import properties, xml
from signoff.dav.addresses import DRIVES, href
from signoff.dav.depths import depth_of, wanted
from signoff.dav.visit import Visit
from signoff.domain.ids import Path, Slug

ALLOWED = (
    b"OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, PROPFIND, PROPPATCH, LOCK, UNLOCK"
)
AT_THE_TOP = b"OPTIONS, GET, HEAD, PROPFIND"


async def options(visit: Visit) -> None:
    """Say what may be asked here (RFC 4918, section 18; `MS-Author-Via` is for Office)."""
    allowed = ALLOWED if visit.address.workspace else AT_THE_TOP
    await visit.answer(
        200, [(b"dav", b"1, 2, 3"), (b"allow", allowed), (b"ms-author-via", b"DAV")]
    )


async def get(visit: Visit) -> None:
    """Tell a person with a browser what this is."""
    text = (
        "This is a WebDAV drive. Mount it in Finder, Explorer, Nautilus or rclone;\n"
        f"in a browser the same files are at {visit.house.base_url}/\n"
    )
    body = b"" if visit.request.method == "HEAD" else text.encode()
    await answer(
        visit.send, 200, body, [(b"content-type", b"text/plain; charset=utf-8"), *SAFE]
    )


async def propfind(visit: Visit) -> None:
    """List the workspaces that one may see, as folders; at `/` only where they are."""
    asked = wanted(await visit.body())
    depth = depth_of(visit.request)
    at_drives = visit.request.scope["path"].startswith(DRIVES.rstrip("/"))
    here = DRIVES if at_drives else "/"
    parts = [xml.MULTISTATUS, xml.response(here, properties.of_place(asked, name="Signoff"))]
    if depth == 1 and at_drives:
        found = await visit.ask(workspaces.every, workspaces.Every())
        for each in found.items:
            address = href(Slug(each.slug), Path(""))
            parts.append(xml.response(address, properties.of_place(asked, name=each.slug)))
    elif depth == 1:
        parts.append(xml.response(DRIVES, properties.of_place(asked, name="dav")))
    parts.append(xml.MULTISTATUS_END)
    await visit.answer_xml(207, "".join(parts))
