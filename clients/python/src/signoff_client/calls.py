"""A proposed tool call as a value: its name, its arguments, and what became of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import msgspec

from signoff_client.decisions import Decision
from signoff_client.errors import ChangedSince
from signoff_client.views import HandoffView

Answer: TypeAlias = Literal["approve", "edit", "reject", "respond"]
"""What people may do with a call: run it, run it otherwise, not run it, say something."""

ALL_ANSWERS: tuple[Answer, ...] = ("approve", "edit", "reject", "respond")

FOLDER = "calls"
"""The ordinary folder in which calls are written."""

FILE = "call.json"
"""The package's one file: what people read, edit and approve."""


def fingerprint(name: str, arguments: Mapping[str, Any]) -> str:
    """Return the digest of a call, whatever the order of its arguments."""
    call = {"name": name, "arguments": arguments}
    return f"sha256:{hashlib.sha256(msgspec.json.encode(call, order='sorted')).hexdigest()}"


def written(name: str, arguments: Mapping[str, Any]) -> bytes:
    """Return a call as its file has it: the name first, indented for people."""
    plain = msgspec.json.encode({"name": name, "arguments": arguments})
    return msgspec.json.format(plain, indent=2) + b"\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposed:
    """A call as it was proposed, and the handoff in which people see it."""

    view: HandoffView
    name: str
    arguments: Mapping[str, Any]
    allowed: tuple[Answer, ...] = ALL_ANSWERS


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """What people ruled on a call.

    `arguments` are those that are approved, read from the approved bytes and held against
    the decision's digest; without an approval there are none. `message` is what people said.
    """

    decision: Decision
    kind: Answer
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def may_run(self) -> bool:
        """Whether the call may run, as it was proposed or as it was edited."""
        return self.kind in ("approve", "edit")

    def check(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Raise ChangedSince unless this very call is what was approved."""
        if not self.may_run:
            raise ChangedSince(f"“{name}” was not approved: {self.message or self.kind}")
        if fingerprint(name, arguments) != fingerprint(self.name, self.arguments):
            raise ChangedSince(
                f"“{name}” with these arguments is not what was approved in"
                f" {self.decision.handoff}: propose it again"
            )
