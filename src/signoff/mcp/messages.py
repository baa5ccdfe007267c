"""Messages of JSON-RPC 2.0 as they come in and go out, one at a time."""

from typing import Any, TypeAlias

import msgspec
from mcp_types.jsonrpc import INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR
from msgspec import Struct

Json: TypeAlias = dict[str, Any]
Id: TypeAlias = str | int

_ENCODER = msgspec.json.Encoder()


class Fault(Exception):
    """What is wrong with the protocol, never with what a tool was asked to do.

    A tool's refusal is a result, which a model reads; this is for whoever wrote the client.
    """

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class Message(Struct, frozen=True, kw_only=True):
    """A request, or a notification, which has no id and is owed no answer."""

    method: str
    params: Json
    body: Json
    id: Id | None = None

    @property
    def meta(self) -> Json:
        """Return what stands in `_meta`."""
        found = self.params.get("_meta")
        return found if isinstance(found, dict) else {}


FETCHED = Message(method="", params={}, body={})
"""What a GET says, which asks nothing and goes on listening."""


def read(raw: bytes) -> Message | None:
    """Return the one message of a body; None for an answer, which nobody here waits for."""
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Fault(PARSE_ERROR, f"The body is not JSON: {broken}") from None
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0":
        raise Fault(INVALID_REQUEST, "The body is one object of JSON-RPC 2.0")
    method = body.get("method")
    if method is None and ("result" in body or "error" in body):
        return None
    if not isinstance(method, str) or not _is_id(body):
        raise Fault(INVALID_REQUEST, "A message has a method, and an id of text or a number")
    params = body.get("params", {})
    if not isinstance(params, dict):
        raise Fault(INVALID_PARAMS, "The params are an object")
    return Message(method=method, params=params, body=body, id=body.get("id"))


def _is_id(body: Json) -> bool:
    if "id" not in body:
        return True
    return isinstance(body["id"], str | int) and not isinstance(body["id"], bool)


def result(name: Id | None, value: Any) -> bytes:
    """Write an answer."""
    return _ENCODER.encode({"jsonrpc": "2.0", "id": name, "result": value})


def error(name: Id | None, fault: Fault) -> bytes:
    """Write what was wrong."""
    said: Json = {"code": fault.code, "message": fault.message}
    if fault.data is not None:
        said["data"] = fault.data
    return _ENCODER.encode({"jsonrpc": "2.0", "id": name, "error": said})


def notification(method: str, params: Json) -> bytes:
    """Write what is told without being asked."""
    return _ENCODER.encode({"jsonrpc": "2.0", "method": method, "params": params})
