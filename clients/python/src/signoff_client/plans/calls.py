"""Proposed tool calls: a package of one file, ruled on by people.

An approval binds bytes, so what runs is read from the bytes that were approved.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from signoff_client.asking import Patience
from signoff_client.calls import (
    ALL_ANSWERS,
    FILE,
    FOLDER,
    Answer,
    Proposed,
    Ruled,
    fingerprint,
    written,
)
from signoff_client.decisions import Decision
from signoff_client.errors import (
    ChangedSince,
    Held,
    Invalid,
    NotFound,
    Refused,
    Stale,
)
from signoff_client.plans import files, handoffs
from signoff_client.plans.pages import all_of
from signoff_client.plans.uploads import Wish
from signoff_client.rendering import rendered
from signoff_client.steps import Plan
from signoff_client.views import HandoffView

MOVES = 3
"""How often a package is looked for where it went."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What an agent wants to call, and what people may do with that."""

    name: str
    arguments: Mapping[str, Any]
    call_id: str = ""
    """What the agent's framework calls it."""
    allowed: tuple[Answer, ...] = ALL_ANSWERS
    schema: Mapping[str, Any] | None = None
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The dedupe key, if there is one."""
        return str(self.said.get("dedupe_key") or "")

    def folder(self) -> str:
        """Return where the call is written; the same for the same key."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")[:60] or "call"
        ending = _short(self.key) if self.key else uuid.uuid4().hex[:12]
        return f"{FOLDER}/{plain}-{ending}"

    def context(self) -> dict[str, Any]:
        """Return what people are told of the call."""
        noted: dict[str, Any] = {
            "name": self.name,
            "schema": self.schema,
            "allowed": self.allowed,
            "fingerprint": fingerprint(self.name, self.arguments),
        }
        context: dict[str, Any] = {
            "title": self.name,
            "summary": rendered(self.name, self.arguments, self.allowed),
            **self.said,
        }
        if self.call_id:
            noted["id"] = self.call_id
            context.setdefault("correlation", self.call_id)
        context["extra"] = {**(self.said.get("extra") or {}), "tool_call": noted}
        if self.schema is not None:
            context["schemas"] = {FILE: _file_schema(self.name, self.schema)}
        return context


def propose(proposal: Proposal, *, patience: Patience) -> Plan[Proposed]:
    """Put a call in front of people; with a dedupe key the same one, decided or not.

    Raise ChangedSince if it is another call that is known under the key.
    """
    known = (yield from _known(proposal, patience)) if proposal.key else None
    if known is None:
        known = yield from _submit(proposal, patience)
    return _same(proposal, (yield from _proposed(known, patience)))


def _same(proposal: Proposal, found: Proposed) -> Proposed:
    asked = fingerprint(proposal.name, proposal.arguments)
    if asked != fingerprint(found.name, found.arguments):
        raise ChangedSince(
            f"“{proposal.name}” with these arguments is not what people saw in {found.view.id}"
        )
    return found


def _submit(proposal: Proposal, patience: Patience) -> Plan[HandoffView]:
    folder = proposal.folder()
    context = proposal.context()
    if proposal.key:
        try:  # one that is open under the key is returned before anything is looked at
            return (
                yield from handoffs.submit(folder, context, kind="approval", patience=patience)
            )
        except Refused as refused:
            if refused.code not in ("not_found", "no_files"):
                raise
    yield from _write(f"{folder}/{FILE}", proposal, patience)
    return (yield from handoffs.submit(folder, context, kind="approval", patience=patience))


def _write(path: str, proposal: Proposal, patience: Patience) -> Plan[None]:
    """Write the call; a copy of this agent that proposes the same at once may be first."""
    data = written(proposal.name, proposal.arguments)
    wish = Wish(path=path, if_none_match="*", content_type="application/json")
    try:
        yield from files.write(wish, data, patience=patience)
    except (Stale, Held):
        if not proposal.key:
            raise


def _known(proposal: Proposal, patience: Patience) -> Plan[HandoffView | None]:
    """Return what was proposed under the key, as the server knows it: others cannot say it."""
    params = {"dedupe_key": proposal.key}
    found = yield from all_of("handoffs", HandoffView, patience=patience, params=params)
    if not found:
        return None
    return (yield from handoffs.show(found[0].id, patience=patience))


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def find(handoff: str, *, patience: Patience) -> Plan[Proposed]:
    """Return a call that was proposed, by its handoff's id."""
    view = yield from handoffs.show(handoff, patience=patience)
    return (yield from _proposed(view, patience))


def _proposed(view: HandoffView, patience: Patience) -> Plan[Proposed]:
    """Read the call as it was proposed: the first version of its file, wherever that is now."""
    noted = view.extra.get("tool_call")
    if not isinstance(noted, dict):
        raise Invalid(
            f"{view.id} is no proposed tool call",
            code="invalid",
            hint="Wait for its decision with `handoff(id)`.",
        )
    call = _read(view.id, (yield from _first_version(view, patience)))
    if fingerprint(call.name, call.arguments) != noted.get("fingerprint"):
        raise ChangedSince(f"The first {FILE} of {view.id} is not what was proposed")
    return Proposed(
        view=view,
        name=call.name,
        arguments=call.arguments,
        allowed=tuple(noted.get("allowed") or ALL_ANSWERS),
    )


def _first_version(view: HandoffView, patience: Patience) -> Plan[bytes]:
    """Return the file as it was proposed; a decision may move it while it is looked for."""
    for _ in range(MOVES):
        path = f"{view.path}/{FILE}"
        try:
            return (yield from files.content(path, version=1, patience=patience))
        except NotFound:
            view = yield from handoffs.show(view.id, patience=patience)
            if path == f"{view.path}/{FILE}":
                raise
    return (yield from files.content(f"{view.path}/{FILE}", version=1, patience=patience))


# What people say of it.


def ruling(call: Proposed, *, timeout: float | None, patience: Patience) -> Plan[Ruled]:
    """Wait for the decision, and return what it means for the call."""
    decision = yield from handoffs.wait(call.view, timeout=timeout, after_round=None)
    if not decision.approved:
        return _not_run(call, decision)
    name, arguments = yield from _approved(call.view.id, decision, patience)
    same = fingerprint(name, arguments) == fingerprint(call.name, call.arguments)
    if not same and "edit" not in call.allowed:
        return Ruled(
            decision=decision,
            kind="reject",
            name=call.name,
            message="The arguments were edited, which this call does not allow.",
        )
    return Ruled(
        decision=decision,
        kind="approve" if same else "edit",
        name=name,
        arguments=arguments,
        message=decision.feedback,
    )


def _not_run(call: Proposed, decision: Decision) -> Ruled:
    spoken = decision.changes_requested or decision.answered
    respond = spoken and "respond" in call.allowed
    said = decision.feedback
    if decision.state == "withdrawn":
        said = said or "It was withdrawn."
    return Ruled(
        decision=decision,
        kind="respond" if respond else "reject",
        name=call.name,
        message=said,
    )


def _approved(
    handoff: str, decision: Decision, patience: Patience
) -> Plan[tuple[str, dict[str, Any]]]:
    """Read the approved call, and hold its bytes against what the decision names."""
    covered = yield from handoffs.files(handoff, patience=patience)
    named = {each.path: each.digest for each in covered}
    if package_digest(named) != decision.digest or FILE not in named:
        raise ChangedSince(f"The package of {handoff} is not what was approved")
    data = yield from files.content(f"{decision.path}/{FILE}", patience=patience)
    if f"sha256:{hashlib.sha256(data).hexdigest()}" != named[FILE]:
        raise ChangedSince(f"{FILE} of {handoff} is not what was approved")
    call = _read(handoff, data)
    return call.name, call.arguments


def _read(handoff: str, data: bytes) -> "_Call":
    try:
        return msgspec.json.decode(data, type=_Call)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChangedSince(f"{FILE} of {handoff} is no call: {error}") from error


class _Call(msgspec.Struct, frozen=True):
    """What would run. Other keys of the file are kept in it and say nothing.

    The server reads it likewise: neither what runs nor its fingerprint depends on them.
    """

    name: str
    arguments: dict[str, Any]


def _file_schema(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": dict(schema)},
        "required": ["name", "arguments"],
    }


def package_digest(digests: Mapping[str, str]) -> str:
    """Return the digest of a package by those of its files, by path.

    It is what `sha256sum` prints for each file, sorted by bytes, hashed once more.
    """
    lines = sorted(
        f"{each.removeprefix('sha256:')}  {path}\n" for path, each in digests.items()
    )
    return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"
