"""A proposed tool call: a package of one file, what people may do with it, what they ruled.

The file may hold other keys than a call's. They are kept and shown, and change nothing of what
runs: a call is its name and its arguments, and no more goes into its fingerprint.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from signoff.domain.documents import read_json
from signoff.domain.errors import Invalid
from signoff.domain.handoffs import Verdict
from signoff.domain.sidecars import TOOL_CALL

FILE = "call.json"
"""The file of the package that is the call: `{"name": …, "arguments": {…}}`."""

ARGUMENTS = "arguments"


class Ruled(StrEnum):
    """What people may do with a call: run it, run it otherwise, not run it, say something."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    RESPOND = "respond"


class ToolCall(Struct, frozen=True, kw_only=True):
    """What would run, and with what."""

    name: str
    arguments: dict[str, Any]


class Proposal(Struct, frozen=True, kw_only=True):
    """A package whose agent says that it is a tool call.

    `id` is what its framework calls the call, `name` and `fingerprint` are of what was
    proposed; each is empty where the agent did not say it.
    `document` is the file as it stands, all keys of it; None where that is no call.
    """

    id: str
    name: str
    fingerprint: str
    schema: Mapping[str, Any]
    allowed: frozenset[str]
    document: Mapping[str, Any] | None

    @property
    def call(self) -> ToolCall | None:
        """Return what would run as the file stands."""
        return _call(self.document)

    @property
    def is_renamed(self) -> bool:
        """Say whether another tool would be called than was proposed."""
        call = self.call
        return bool(self.name) and call is not None and call.name != self.name

    @property
    def may_be_edited(self) -> bool:
        """Say whether its agent runs what people made of it."""
        return Ruled.EDIT in self.allowed


class Ruling(Struct, frozen=True, kw_only=True):
    """What people ruled on a call; `call` is what runs, None where nothing does."""

    ruled: Ruled
    call: ToolCall | None = None
    reason: str = ""


def proposal(extra: Mapping[str, Any], raw: bytes | None) -> Proposal | None:
    """Return what a package proposes by its sidecar's `extra` and its file; None if no call.

    An agent that says nothing of what people may do lets them do everything.
    """
    said = extra.get(TOOL_CALL)
    if not isinstance(said, dict):
        return None
    schema, allowed = said.get("schema"), said.get("allowed")
    return Proposal(
        id=_text(said, "id"),
        name=_text(said, "name"),
        fingerprint=_text(said, "fingerprint"),
        schema=schema if isinstance(schema, dict) else {},
        allowed=frozenset(map(str, allowed if isinstance(allowed, list | tuple) else Ruled)),
        document=_document(raw),
    )


def _text(said: Mapping[str, Any], key: str) -> str:
    found = said.get(key)
    return found if isinstance(found, str) else ""


def _document(raw: bytes | None) -> Mapping[str, Any] | None:
    try:
        found = read_json((raw or b"").decode())
    except (Invalid, UnicodeDecodeError):
        return None
    return found if isinstance(found, dict) and _call(found) is not None else None


def _call(document: Mapping[str, Any] | None) -> ToolCall | None:
    try:
        return msgspec.convert(document, ToolCall)
    except msgspec.ValidationError:
        return None


def fingerprint(call: ToolCall) -> str:
    """Return the SHA-256 of the call as JSON with sorted keys and no spaces: `sha256:<hex>`."""
    said = {ARGUMENTS: call.arguments, "name": call.name}
    return f"sha256:{hashlib.sha256(msgspec.json.encode(said, order='sorted')).hexdigest()}"


def with_arguments(proposed: Proposal, arguments: Mapping[str, Any]) -> bytes:
    """Return the file with other arguments, all else in it as it was, indented for people."""
    document = {**(proposed.document or {}), ARGUMENTS: arguments}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def is_edited(proposed: Proposal, *, changed: bool) -> bool:
    """Say whether what would run is another call than was proposed.

    `changed` says whether the package is; it counts where the agent left no fingerprint.
    """
    call = proposed.call
    if call is None or not proposed.fingerprint:
        return changed
    return fingerprint(call) != proposed.fingerprint


def asked_for(proposed: Proposal, *, changed: bool) -> str:
    """Return the fingerprint of what the agent asked for; empty where nobody knows it."""
    call = proposed.call
    return fingerprint(call) if call is not None and not changed else proposed.fingerprint


def ruling(proposed: Proposal, verdict: Verdict, *, changed: bool, reason: str = "") -> Ruling:
    """Return what a verdict on a package means for its call.

    A file that is no call any more runs nothing, and an edited call only where the agent said
    that one may run. Words in place of a verdict are for an agent that listens to them.
    """
    if verdict is not Verdict.APPROVE:
        spoken = verdict is not Verdict.REJECT and Ruled.RESPOND in proposed.allowed
        return Ruling(ruled=Ruled.RESPOND if spoken else Ruled.REJECT, reason=reason)
    call = proposed.call
    if call is None:
        return _not_run(f"{FILE} is no call that can be read")
    if not is_edited(proposed, changed=changed):
        return Ruling(ruled=Ruled.APPROVE, call=call, reason=reason)
    if not proposed.may_be_edited:
        return _not_run("It was edited, and the agent runs no edited call")
    return Ruling(ruled=Ruled.EDIT, call=call, reason=reason)


def _not_run(reason: str) -> Ruling:
    return Ruling(ruled=Ruled.REJECT, reason=reason)
