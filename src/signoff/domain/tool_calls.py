"""A proposed tool call as a package: the file it lies in, and the print of what would run."""

import hashlib
from typing import Any

import msgspec
from msgspec import Struct

CALL = "call.json"
"""The file of the package that is the call: `{"name": …, "arguments": {…}}`."""

SAID = "tool_call"
"""The key of a sidecar's `extra` under which the agent says that its package is one."""


class ToolCall(Struct, frozen=True, kw_only=True):
    """What would run, and with what."""

    name: str
    arguments: dict[str, Any]


def read(raw: bytes) -> ToolCall | None:
    """Return the call that a file is, or None; other keys say nothing."""
    try:
        return msgspec.json.decode(raw, type=ToolCall)
    except msgspec.DecodeError:
        return None


def fingerprint(call: ToolCall) -> str:
    """Return the SHA-256 of the call as JSON with sorted keys and no spaces: `sha256:<hex>`."""
    said = {"arguments": call.arguments, "name": call.name}
    return f"sha256:{hashlib.sha256(msgspec.json.encode(said, order='sorted')).hexdigest()}"


def refused(said: Any, call: ToolCall | None, *, changed: bool) -> str:
    """Return why an approved package does not let its call run; empty where it does.

    `said` is what the agent said of its call, if the package is one: a file that is no call
    any more runs nothing, and an edit only where the agent said that one may run.
    """
    if not isinstance(said, dict):
        return ""
    if call is None:
        return f"{CALL} is no call that can be read"
    proposed = said.get("fingerprint")
    edited = fingerprint(call) != proposed if isinstance(proposed, str) else changed
    allowed = said.get("allowed")
    if edited and isinstance(allowed, list | tuple) and "edit" not in allowed:
        return "It was edited, and the agent runs no edited call"
    return ""
