"""Files as resources: listed by what matters to an agent, read whole up to a size."""

from typing import Any

from mcp_types.jsonrpc import INVALID_PARAMS

from signoff.actions import files, folders, handoffs
from signoff.actions.files import ReadFile
from signoff.domain.errors import Code, Conflict, TooLarge
from signoff.mcp import contents
from signoff.mcp.folders import STAGES, told
from signoff.mcp.messages import Fault, Json
from signoff.mcp.uris import TEMPLATE, path_of, uri_of
from signoff.mcp.visit import Visit

PAGE = 50
MOST = 1024 * 1024
"""A larger resource is read in parts, with the tool `read`."""
LISTING = 1000


async def list_resources(visit: Visit, params: Json) -> Json:
    """List the top folders, then one's own handoffs, the newest first."""
    cursor = params.get("cursor", "")
    if not isinstance(cursor, str):
        raise Fault(INVALID_PARAMS, "A cursor is text")
    found = [] if cursor else await _top(visit)
    page = await visit.ask(
        handoffs.list_, handoffs.ListHandoffs(agent="me", limit=PAGE, cursor=cursor)
    )
    for one in page.items:
        if one.path:
            found.append(
                {
                    "uri": uri_of(visit.workspace, one.path),
                    "name": one.path.rpartition("/")[2],
                    "title": one.title,
                    "description": f"{one.kind}, {one.state.replace('_', ' ')},"
                    f" round {one.round}; handoff {one.id}",
                }
            )
    return {"resources": found, **({"nextCursor": page.next} if page.next else {})}


async def _top(visit: Visit) -> list[Json]:
    page = await visit.ask(folders.list_folder, folders.ListFolder(limit=LISTING))
    return [
        {
            "uri": uri_of(visit.workspace, each.path, is_folder=True),
            "name": each.name,
            "title": f"{each.name}/",
            "description": STAGES.get(each.path, "shared material"),
            "mimeType": "text/plain",
        }
        for each in page.items
        if each.type == "folder"
    ]


async def list_templates(visit: Visit, params: Json) -> Json:  # noqa: ARG001
    """List the one template: any path of the workspace."""
    template = TEMPLATE.replace("{workspace}", visit.workspace)
    said = "Any file, as text or bytes; a folder as the list of what it holds."
    return {
        "resourceTemplates": [
            {
                "uriTemplate": template,
                "name": "path",
                "title": "A file or folder of the workspace",
                "description": said,
            }
        ]
    }


async def read(visit: Visit, params: Json) -> Json:
    """Read a file whole, or list a folder."""
    uri = params.get("uri")
    if not isinstance(uri, str):
        raise Fault(INVALID_PARAMS, "A resource goes by its `uri`")
    path = path_of(uri, workspace=visit.workspace)
    if not path:
        return {"contents": [await _listing(visit, uri, path)]}
    try:
        opened = await visit.ask(files.open_, ReadFile(path=path))
    except Conflict as refusal:
        if refusal.code is not Code.IS_FOLDER:
            raise
        return {"contents": [await _listing(visit, uri, path)]}
    if opened.size > MOST:
        raise TooLarge(
            f"“{path}” has {opened.size} bytes",
            hint="Read it in parts with the tool `read`: path, offset, limit.",
            uri=uri,
        )
    data = await contents.take(visit, opened, start=0, end=opened.size)
    content: dict[str, Any] = {"uri": uri, "mimeType": opened.media_type}
    text = contents.whole_text(data) if contents.is_text(opened, data) else None
    if text is not None and text[1] == len(data):
        content["text"] = text[0]
    else:
        content["blob"] = contents.base64_of(data)
    return {"contents": [content]}


async def _listing(visit: Visit, uri: str, path: str) -> Json:
    wanted = folders.ListFolder(path=path, limit=LISTING)
    page = await visit.ask(folders.list_folder, wanted)
    lines = [told(each) for each in page.items]
    if page.next:
        lines.append("… there is more: the tool `list` goes on from here.")
    return {"uri": uri, "mimeType": "text/plain", "text": "\n".join(lines)}


async def complete(visit: Visit, params: Json) -> Json:
    """Complete a path as it is typed, and the words of a prompt's arguments."""
    reference, argument = params.get("ref"), params.get("argument")
    if not isinstance(reference, dict) or not isinstance(argument, dict):
        raise Fault(INVALID_PARAMS, "A completion has a `ref` and an `argument`")
    value = argument.get("value", "")
    found: list[str] = []
    if isinstance(value, str) and argument.get("name") in ("path", "glob"):
        above, _, beginning = value.rpartition("/")
        wanted = folders.ListFolder(path=above, limit=LISTING)
        page = await visit.ask(folders.list_folder, wanted)
        found = [
            each.path + ("/" if each.type == "folder" else "")
            for each in page.items
            if each.name.startswith(beginning)
        ]
    values, total = found[:100], len(found)
    return {"completion": {"values": values, "total": total, "hasMore": total > len(values)}}
