"""What the table cannot say of a route: bytes, headers, waiting, examples, problems."""

from typing import Any

from signoff.actions.lines import TicketView
from signoff.actions.passwords import NewPassword, NewPerson, SignIn
from signoff.actions.table import Act
from signoff.asgi import problems
from signoff.domain.permissions import Permission
from signoff.domain.rights import PLACED
from signoff.domain.sidecars import Sidecar
from signoff.rest import described_uploads, interrupts
from signoff.rest.instance import OPEN, ByLink, SessionStarted
from signoff.rest.interrupts import Interrupted
from signoff.rest.records import Verified
from signoff.rest.routes import Route

Json = dict[str, Any]

TYPES = (
    TicketView,
    NewPassword,
    NewPerson,
    SignIn,
    ByLink,
    SessionStarted,
    Verified,
    Interrupted,
)

SECURITY: Json = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An agent's API key; it begins with `so_` and opens one workspace.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "signoff_session",
        "description": "A person's browser session, from `POST /api/v1/session`.",
    },
}

HEADERS: Json = {
    "Signoff-Event": {
        "description": "The last event that the act recorded: its id, and its position.",
        "schema": {"type": "string"},
        "example": "ev_01jx; position=42",
    },
    "ETag": {
        "description": "The file's version, for If-Match.",
        "schema": {"type": "string"},
        "example": '"nd_01jx-3"',
    },
}

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

RESPONSES: Json = {
    **{
        str(status): {"description": title, "content": _PROBLEM}
        for status, title in problems.TITLES.items()
    },
    "default": {"description": "Another refusal.", "content": _PROBLEM},
}


def _parameter(name: str, text: str, *, where: str = "header", schema: Json) -> Json:
    return {"name": name, "in": where, "description": text, "schema": schema}


TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer", "minimum": 0}
WAIT: Json = {"type": "integer", "minimum": 0, "maximum": 60, "default": 0}
TOKENS = _parameter(
    "Lock-Token", "Tokens of claims and locks, separated by commas.", schema=TEXT
)
RETRY = _parameter(
    "Idempotency-Key",
    "The same request under the same key is answered as before, for a day.",
    schema={"type": "string", "maxLength": 255},
)
IF_MATCH = _parameter("If-Match", "The ETag that was seen; `*` for any.", schema=TEXT)
IF_NONE = _parameter("If-None-Match", "`*`: only if there is no such file yet.", schema=TEXT)


def request_headers(route: Route, act: Act) -> list[Json]:
    """Return the headers that a route listens to."""
    headers = []
    if act.writes and (act.permission in PLACED or act.name.startswith(("claim.", "handoff."))):
        headers.append(TOKENS)
    if "if_match" in act.asked.__struct_fields__:
        headers.append(IF_MATCH)
    if route.method == "POST" and act.writes and route.by not in _OWN_HANDLING:
        headers.append(RETRY)
    return headers


_OWN_HANDLING = frozenset({"sign_in", "change_password", "create_person"})


def refusals(route: Route, act: Act) -> list[int]:
    """Return the statuses by which a route is known to refuse."""
    found = {400, 401, 422, 429, 503}
    if route.by not in OPEN:
        found |= {403, 404}
    if act.writes:
        found |= {409, 413}
    if act.permission in PLACED or act.name.startswith(("claim.", "handoff.", "lock.")):
        found |= {409, 412, 423} if act.writes else set()
    if "if_match" in act.asked.__struct_fields__:
        found |= {412, 428, 507}
    if act.permission is Permission.FILE_READ and route.by == "read":
        found |= {409, 412, 416}
    return sorted(found)


# Routes with a handler of their own.


def special(route: Route, operation: Json, schemas: dict[Any, Json]) -> None:
    """Describe what bytes, waiting and generous bodies add to a route."""
    change = _SPECIAL.get(route.by)
    if change is not None:
        change(operation, schemas)


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


def _write(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    operation["requestBody"] = {"required": True, "content": BYTES}
    digest = "The digest of the body (RFC 9530): `sha-256=:<base64>:`; damage is refused."
    operation["parameters"] += [IF_NONE, _parameter("Repr-Digest", digest, schema=TEXT)]
    created = operation["responses"]["201"]
    created["description"] = "The file is new."
    created["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
    operation["responses"]["200"] = {**created, "description": "The file's next version."}


def _read(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    operation["parameters"] += [
        _parameter("download", "As an attachment.", where="query", schema=TEXT),
        _parameter("Range", "One range of bytes.", schema=TEXT),
        _parameter("If-Range", "The ETag that the range is of.", schema=TEXT),
        IF_MATCH,
        _parameter("If-None-Match", "The ETag that one has already.", schema=TEXT),
        _parameter("If-Modified-Since", "When one last had it.", schema=TEXT),
    ]
    etag = {"ETag": {"$ref": "#/components/headers/ETag"}}
    whole = {"description": "The bytes.", "content": BYTES, "headers": etag}
    operation["responses"]["200"] = whole
    operation["responses"]["206"] = {**whole, "description": "The range."}
    operation["responses"]["304"] = {"description": "It is as you know it.", "headers": etag}


def _context(operation: Json, schemas: dict[Any, Json], *, required: list[str]) -> None:
    content = operation["requestBody"]["content"]["application/json"]
    properties = content["schema"]["properties"]
    properties.pop("context", None)
    content["schema"] = {
        "description": "What is asked, and what is said about it (the sidecar's fields).",
        "allOf": [
            {"type": "object", "properties": properties, "required": required},
            schemas[Sidecar],
        ],
    }


def _submit(operation: Json, schemas: dict[Any, Json]) -> None:
    _context(operation, schemas, required=["paths"])
    again = operation["responses"]["201"]
    operation["responses"]["200"] = {**again, "description": "The next round, or the same."}


def _split(operation: Json, schemas: dict[Any, Json]) -> None:
    _context(operation, schemas, required=["path"])


def _policy(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    operation["requestBody"] = {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}, "example": {"required": 2}},
            "text/plain": {"schema": TEXT},
        },
    }


def _wait(operation: Json, text: str) -> None:
    operation["parameters"].append(_parameter("wait", text, where="query", schema=WAIT))


def _handoff(operation: Json, schemas: dict[Any, Json]) -> None:
    content = operation["responses"]["200"]["content"]
    content[interrupts.MEDIA_TYPE] = {"schema": schemas[Interrupted]}
    _wait(operation, "Seconds to wait for a decision; then the handoff as it is.")
    text = "Only a decision of a later round ends the wait."
    operation["parameters"].append(_parameter("after_round", text, where="query", schema=WHOLE))


def _events(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    _wait(operation, "Seconds to wait for the first event.")
    text = "Where a stream goes on; it is the last `id` that was seen."
    operation["parameters"].append(_parameter("Last-Event-ID", text, schema=WHOLE))
    stream = "Each event with its `id`; comments as a heartbeat; `event: bye` at the end."
    operation["responses"]["200"]["content"]["text/event-stream"] = {
        "schema": {"type": "string", "description": stream}
    }


def _claim(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["wait"] = {**WAIT, "description": "Seconds to wait for work."}
    operation["responses"]["204"] = {"description": "There is nothing to do."}


def _lock(operation: Json, schemas: dict[Any, Json]) -> None:
    operation["responses"]["202"] = {
        "description": "A place in the line: send the ticket again.",
        "content": _json(schemas[TicketView]),
    }


def _verify(operation: Json, schemas: dict[Any, Json]) -> None:
    operation["responses"]["200"]["content"] = _json(schemas[Verified])


def _export(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    lines = {"application/jsonl": {"schema": TEXT}}
    operation["responses"]["200"] = {"description": "One JSON object a line.", "content": lines}


def _sign_in(operation: Json, schemas: dict[Any, Json]) -> None:
    operation["security"] = []
    either = {"anyOf": [schemas[SignIn], schemas[ByLink]]}
    operation["requestBody"] = {"required": True, "content": _json(either)}
    cookie = {"Set-Cookie": {"schema": TEXT, "description": "The session."}}
    operation["responses"]["201"] = {
        "description": "Signed in.",
        "content": _json(schemas[SessionStarted]),
        "headers": cookie,
    }


def _sign_out(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    operation["parameters"] = []
    operation["responses"].pop("204")
    operation["responses"]["200"] = {"description": "Signed out; the cookie is gone."}


def _change_password(operation: Json, schemas: dict[Any, Json]) -> None:
    operation["requestBody"] = {"required": True, "content": _json(schemas[NewPassword])}


def _create_person(operation: Json, schemas: dict[Any, Json]) -> None:
    operation["requestBody"] = {"required": True, "content": _json(schemas[NewPerson])}


_SPECIAL = {
    **described_uploads.SPECIAL,
    "write": _write,
    "read": _read,
    "submit": _submit,
    "split": _split,
    "policy": _policy,
    "handoff": _handoff,
    "events": _events,
    "claim": _claim,
    "lock": _lock,
    "verify": _verify,
    "export": _export,
    "sign_in": _sign_in,
    "sign_out": _sign_out,
    "change_password": _change_password,
    "create_person": _create_person,
}
