"""The OpenAPI 3.1 document, made from the table of acts and the routes."""

import re
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from signoff import __version__
from signoff.actions.table import ACTS, Act
from signoff.actions.views import Page
from signoff.asgi import codes, problems
from signoff.domain.errors import Code
from signoff.domain.sidecars import Sidecar
from signoff.rest import described, described_uploads, instance, tus
from signoff.rest.examples import EXAMPLES
from signoff.rest.routes import ROUTES, Route

Json = dict[str, Any]

INSIDE = "/api/v1/workspaces/{workspace}/"
ABOVE = "/api/v1/"
REF = "#/components/schemas/{name}"
HEADERS_ASKED = frozenset({"if_match", "if_none_match"})
"""Fields of an act that come as headers over HTTP."""

INFO: Json = {
    "title": "Signoff",
    "version": __version__,
    "summary": "Where AI agents hand their work to people, and people hand it back.",
    "description": (
        "Agents send `Authorization: Bearer KEY`. People sign in with `POST /api/v1/session` "
        "and keep the cookie; only they can decide. Refusals are `application/problem+json` "
        "with a stable `code`, a sentence in `detail` and a `hint` that works. Times are RFC "
        "3339 in UTC; digests are `sha256:<hex>`. A path below a workspace keeps its slashes; "
        "each segment is percent-encoded as UTF-8."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

TAGS: dict[str, str] = {
    "file": "Files, folders, moves and copies.",
    "upload": "Large files, as tus 1.0 sends them: they go on where they broke off.",
    "folder": "Folders.",
    "version": "Every version of a file.",
    "properties": "What clients note of files and folders beside their bytes.",
    "trash": "What was deleted, for thirty days.",
    "claim": "Work under a lease.",
    "lock": "Locks for every actor, at every door.",
    "handoff": "Packages in front of people, and what they decide.",
    "comment": "Remarks on a handoff, its files, or places in them.",
    "run": "What agents run of what was approved, once for each decision.",
    "event": "What happened, as pages, by waiting, or as a stream.",
    "audit": "The log with its proofs.",
    "session": "Signing in and out.",
    "person": "People of the instance.",
    "app_password": "Passwords for mounted drives.",
    "workspace": "Workspaces.",
    "member": "Who is in the workspace.",
    "agent": "Agents and their keys.",
    "key": "API keys.",
    "grant": "Rights on paths.",
    "away": "Who is away, and who stands in.",
    "policy": "Who must look, by when, what then.",
    "second_look": "What was approved, looked at once more by other eyes.",
    "follower": "Who reads the log, and how far each has come.",
    "endpoint": "Webhooks: where machines are told of what happens, signed.",
    "delivery": "What is in line for an endpoint, and how each try went.",
    "callback": "By which keys the calls to a handoff's `callback_url` are signed.",
    "notification": "What one was told.",
    "preferences": "What one wants to hear, by which way and when.",
    "channel": "Where the workspace is told outside of it.",
}


@cache
def encoded() -> bytes:
    """Return the document as it is served."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=1) + b"\n"


def document() -> Json:
    """Return the document."""
    schemas, components = _schemas()
    paths: Json = {}
    for prefix, routes in ((ABOVE, instance.ROUTES), (INSIDE, ROUTES)):
        for route in routes:
            path = prefix + route.path.replace("*}", "}")
            operation = _operation(route, prefix, schemas, components)
            paths.setdefault(path, {})[route.method.lower()] = operation
    described_uploads.options(paths[INSIDE + tus.NOUN])
    paths.update(_log_paths())
    components["Problem"] = _problem_schema()
    whole: Json = {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {"session": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": _reached(paths, components),
            "securitySchemes": described.SECURITY,
            "responses": described.RESPONSES,
            "headers": described.HEADERS,
        },
    }
    return whole


def _schemas() -> tuple[dict[Any, Json], Json]:
    """Return the schema of every type that is asked or answered, and the named ones."""
    kinds: list[Any] = [Sidecar, *described.TYPES]
    for act in ACTS:
        kinds += [act.asked, act.result, *([act.item] if act.item else [])]
    wanted = [kind for kind in dict.fromkeys(kinds) if kind not in (bytes, Page)]
    found, components = msgspec.json.schema_components(
        wanted, ref_template=REF, schema_hook=_anything
    )
    return dict(zip(wanted, found, strict=True)), components


def _anything(kind: type) -> Json:
    if kind is object:
        return {"description": "Anything."}
    raise TypeError(f"{kind} has no schema")


def _reached(paths: Json, components: Json) -> Json:
    """Return the named schemas that anything refers to."""
    reached: Json = {}
    todo = [msgspec.json.encode(paths), msgspec.json.encode(described.RESPONSES)]
    while todo:
        for name in re.findall(rb'"#/components/schemas/([^"]+)"', todo.pop()):
            key = name.decode()
            if key not in reached:
                reached[key] = components[key]
                todo.append(msgspec.json.encode(components[key]))
    return dict(sorted(reached.items()))


def fields_of(kind: type[Struct], schemas: dict[Any, Json], components: Json) -> Json:
    """Return a struct's own schema, with its fields inline."""
    schema = schemas[kind]
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    return dict(schema)


def _operation(route: Route, prefix: str, schemas: dict[Any, Json], components: Json) -> Json:
    act = route.declared
    asked = fields_of(act.asked, schemas, components)
    names = [name.rstrip("*") for name in re.findall(r"{([^}]+)}", prefix + route.path)]
    properties = {
        name: schema
        for name, schema in asked.get("properties", {}).items()
        if name not in names and name not in HEADERS_ASKED
    }
    required = [name for name in asked.get("required", ()) if name in properties]
    operation: Json = {
        "operationId": operation_id(route, prefix),
        "summary": act.sentence,
        "tags": [act.name.partition(".")[0]],
        "parameters": [_in_path(name, asked) for name in names],
        "responses": _responses(route, act, schemas),
        "x-act": act.name,
    }
    if act.permission is not None:
        operation["x-permission"] = act.permission.value
    if route.method in ("GET", "HEAD", "DELETE"):
        operation["parameters"] += [
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "schema": schema,
            }
            for name, schema in properties.items()
        ]
    elif properties:
        body: Json = {"type": "object", "properties": properties, "additionalProperties": False}
        if required:
            body["required"] = required
        content: Json = {"schema": body}
        if route.act in EXAMPLES:
            content["example"] = EXAMPLES[route.act]
        operation["requestBody"] = {
            "required": bool(required),
            "description": asked.get("description", ""),
            "content": {"application/json": content},
        }
    operation["parameters"] += described.request_headers(route, act)
    described.special(route, operation, schemas)
    return operation


def operation_id(route: Route, prefix: str = INSIDE) -> str:
    """Return a name for client generators: the act's, and more where two routes share it."""
    name = route.act.replace(".", "_")
    if route.method == "HEAD":
        return f"{name}_head"
    if prefix == INSIDE and route.path == "me":
        return "workspace_me"
    if route.path == "session" and route.method == "DELETE":
        return "session_end_own"
    if route.path == "splits":
        return "handoff_split_claimed"
    if route.path == "channels" and route.method == "POST":
        return "channel_add"
    return name


def _in_path(name: str, asked: Json) -> Json:
    schema = asked.get("properties", {}).get(name, {"type": "string"})
    said: Json = {"name": name, "in": "path", "required": True, "schema": schema}
    if name == "workspace":
        said["schema"] = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{1,38}$"}
        said["example"] = "acme"
    elif name == "path":
        said["description"] = "May hold slashes; each segment is percent-encoded by itself."
        said["example"] = "input/report.pdf"
    return said


def _responses(route: Route, act: Act, schemas: dict[Any, Json]) -> Json:
    said: Json = {}
    good: Json = {"description": "Done." if act.writes else "The answer."}
    if act.result is Page:
        item = schemas[act.item]
        schema: Json = {
            "type": "object",
            "description": "`next` is the cursor of the following page, null at the end.",
            "properties": {
                "items": {"type": "array", "items": item},
                "next": {"type": ["string", "null"]},
            },
            "required": ["items", "next"],
        }
        good["content"] = {"application/json": {"schema": schema}}
    elif act.result is not bytes and route.status != 204:  # noqa: PLR2004  No Content
        good["content"] = {"application/json": {"schema": schemas[act.result]}}
    if act.events:
        good["headers"] = {"Signoff-Event": {"$ref": "#/components/headers/Signoff-Event"}}
    said[str(route.status)] = good
    for status in described.refusals(route, act):
        said[str(status)] = {"$ref": f"#/components/responses/{status}"}
    said["default"] = {"$ref": "#/components/responses/default"}
    return said


def _problem_schema() -> Json:
    listed = "\n".join(f"- `{code.value}`: {codes.MEANING[code]}" for code in Code)
    return {
        "type": "object",
        "description": "A refusal (RFC 9457). Facts about it may stand beside these.",
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string", "enum": sorted(set(problems.TITLES.values()))},
            "status": {"type": "integer"},
            "code": {
                "type": "string",
                "enum": [code.value for code in Code],
                "description": f"What a program matches on; stable.\n\n{listed}",
            },
            "detail": {"type": "string", "description": "A sentence to a person."},
            "hint": {"type": "string", "description": "What would work."},
            "instance": {"type": "string"},
        },
        "required": ["type", "title", "status", "code", "detail", "hint"],
    }


def _log_paths() -> Json:
    """Return the paths of the log's tiles, which lie beside the API."""
    slug = {"name": "workspace", "in": "path", "required": True, "schema": described.TEXT}
    tile = {"name": "tile", "in": "path", "required": True, "schema": described.TEXT}
    text = {"text/plain": {"schema": described.TEXT}}

    def get(name: str, summary: str, content: Json, parameters: list[Json]) -> Json:
        responses = {
            "200": {"description": "The answer.", "content": content},
            "401": {"$ref": "#/components/responses/401"},
            "404": {"$ref": "#/components/responses/404"},
        }
        return {
            "get": {
                "operationId": name,
                "summary": summary,
                "tags": ["audit"],
                "parameters": parameters,
                "responses": responses,
            }
        }

    return {
        "/log/{workspace}/checkpoint": get(
            "log_checkpoint", "The signed head (C2SP tlog-checkpoint).", text, [slug]
        ),
        "/log/{workspace}/tile/{tile}": get(
            "log_tile",
            "A tile (C2SP tlog-tiles), such as `0/000`.",
            described.BYTES,
            [slug, tile],
        ),
    }
