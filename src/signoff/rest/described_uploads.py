"""What the table cannot say of uploads: tus says it in headers."""

from typing import Any

from signoff.asgi import problems
from signoff.rest import tus

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_VERSION: Json = {"type": "string", "const": tus.VERSION}
_ONE: Json = {"type": "string", "const": "1"}

ASKED: dict[str, tuple[str, Json]] = {
    "Tus-Resumable": ("The version that is spoken; another is 412.", _VERSION),
    "Upload-Length": ("How many bytes the upload will have; said once.", _COUNT),
    "Upload-Defer-Length": ("`1`: the length is said by a later PATCH.", _ONE),
    "Upload-Offset": (
        "From where on this is sent; another place than the upload's is 409.",
        _COUNT,
    ),
    "Upload-Checksum": (
        (
            f"One of {', '.join(tus.ALGORITHMS)}, a space, and the sum of this body in Base64;"
            " what does not come to it is 460, and is not kept."
        ),
        _TEXT,
    ),
    "Upload-Metadata": (
        (
            "Words with values in Base64, separated by commas. `path`, or `filename` and"
            " `folder`, say where it goes; `filetype` is the media type, `mtime` the seconds"
            " since 1970, `sha256` the digest that all must come to, `if_match` and"
            " `if_none_match` are conditions. Others are kept, and shown again."
        ),
        _TEXT,
    ),
    "If-Match": ("The ETag that was seen; `*` for any.", _TEXT),
    "If-None-Match": ("`*`: only if there is no such file yet.", _TEXT),
    "Lock-Token": ("Tokens of claims and locks, separated by commas.", _TEXT),
}
"""Headers of requests."""

_SAID: dict[str, tuple[str, Json]] = {
    "Location": ("Where the upload is.", _TEXT),
    "Upload-Offset": ("How much is durable.", _COUNT),
    "Upload-Length": ("How much it will be.", _COUNT),
    "Upload-Defer-Length": ("`1` while the length is not known.", _ONE),
    "Upload-Metadata": ("What was said at the beginning, word for word.", _TEXT),
    "Upload-Expires": ("Until when it is kept if nothing more comes.", _TEXT),
    "Tus-Version": ("The versions that are spoken.", _TEXT),
    "Tus-Extension": ("The extensions that are spoken.", _TEXT),
    "Tus-Max-Size": ("The largest file.", _COUNT),
    "Tus-Checksum-Algorithm": ("The algorithms that are known.", _TEXT),
    "Signoff-Version": ("The file's version, once it is named.", _COUNT),
    "Signoff-Digest": ("The file's digest, once it is named.", _TEXT),
}
_WRITTEN = ("ETag", "Signoff-Version", "Signoff-Digest")
_SHARED: Json = {
    name: {"$ref": f"#/components/headers/{name}"} for name in ("ETag", "Signoff-Event")
}
_BODY: Json = {"content": {tus.OFFSETS: {"schema": {"type": "string", "format": "binary"}}}}


def _asks(operation: Json, *names: str, needs: tuple[str, ...] = ()) -> None:
    kept = [one for one in operation["parameters"] if one["name"] not in names]
    operation["parameters"] = kept + [
        {
            "name": name,
            "in": "header",
            "description": ASKED[name][0],
            "required": name in needs or name == "Tus-Resumable",
            "schema": ASKED[name][1],
        }
        for name in ("Tus-Resumable", *names)
    ]


def _says(text: str, *names: str) -> Json:
    found: Json = {
        name: _SHARED.get(name) or {"description": _SAID[name][0], "schema": _SAID[name][1]}
        for name in names
    }
    return {"description": text, "headers": found}


def _refuses(operation: Json, *statuses: int) -> None:
    responses = operation["responses"]
    for status in statuses:
        assert status in problems.TITLES
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}


def _create(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    _asks(
        operation,
        "Upload-Length",
        "Upload-Defer-Length",
        "Upload-Metadata",
        "Upload-Checksum",
        "If-Match",
        "If-None-Match",
        "Lock-Token",
        needs=("Upload-Metadata",),
    )
    operation["requestBody"] = {
        "required": False,
        "description": "The first of its bytes, or all.",
        **_BODY,
    }
    operation["responses"]["201"] = _says(
        "It is begun. Where all of it came along, the file is written.",
        "Location",
        "Upload-Offset",
        "Upload-Expires",
        *_WRITTEN,
        "Signoff-Event",
    )
    _refuses(operation, 412, 415, 423, 428, 460, 507)


def _append(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    _asks(
        operation,
        "Upload-Offset",
        "Upload-Length",
        "Upload-Checksum",
        "If-Match",
        "If-None-Match",
        "Lock-Token",
        needs=("Upload-Offset",),
    )
    operation["requestBody"] = {
        "required": True,
        "description": "What comes next; nothing, to try once more to name what is whole.",
        **_BODY,
    }
    operation["responses"]["204"] = _says(
        "What came is durable. With the last of it the file is written, and is named here.",
        "Upload-Offset",
        "Upload-Expires",
        *_WRITTEN,
        "Signoff-Event",
    )
    _refuses(operation, 410, 412, 415, 423, 428, 460, 507)


def _look(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    _asks(operation)
    operation["responses"]["200"] = _says(
        "How far it is.",
        "Upload-Offset",
        "Upload-Length",
        "Upload-Defer-Length",
        "Upload-Metadata",
        "Upload-Expires",
        *_WRITTEN,
    )
    _refuses(operation, 410, 412, 423)


def _cancel(operation: Json, schemas: dict[Any, Json]) -> None:
    del schemas
    _asks(operation)
    _refuses(operation, 410, 412, 423)


SPECIAL = {"upload": _create, "append": _append, "look": _look, "cancel": _cancel}
"""By the handler's word in `routes`."""


def options(methods: Json) -> None:
    """Add to the address of uploads what OPTIONS answers there, to anybody."""
    methods["options"] = {
        "operationId": "upload_options",
        "summary": "Say what is spoken here of tus.",
        "tags": ["upload"],
        "security": [],
        "parameters": [one for one in methods["post"]["parameters"] if one["in"] == "path"],
        "responses": {
            "204": _says(
                "The protocol as it is spoken here.",
                "Tus-Version",
                "Tus-Extension",
                "Tus-Max-Size",
                "Tus-Checksum-Algorithm",
            ),
            "default": {"$ref": "#/components/responses/default"},
        },
    }
