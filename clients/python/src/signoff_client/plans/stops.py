"""What a framework's run stops for, put in front of people: a tool call, or work.

The same stop is the same handoff, whoever comes to it again, before it is decided and after.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from signoff_client.asking import Patience
from signoff_client.calls import ALL_ANSWERS, Answer, Proposed
from signoff_client.errors import Invalid, Stale
from signoff_client.plans import calls, files, handoffs
from signoff_client.plans.calls import Proposal
from signoff_client.plans.handoffs import Kind
from signoff_client.plans.pages import all_of
from signoff_client.plans.uploads import Wish
from signoff_client.steps import Plan
from signoff_client.views import HandoffView

FOLDER = "runs"
"""The ordinary folder in which files are written that a run carries along."""

MAX_KEY = 255
"""Characters of a dedupe key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCall:
    """A tool call that its run stops for. `key` names both; `said` is as `Said`."""

    key: str
    call_id: str
    name: str
    arguments: Mapping[str, Any]
    allowed: Sequence[Answer] = ALL_ANSWERS
    schema: Mapping[str, Any] | None = None
    said: Mapping[str, Any] = field(default_factory=dict)

    def proposal(self, schema: Mapping[str, Any] | None) -> Proposal:
        """Return what is proposed to people."""
        return Proposal(
            name=self.name,
            arguments=self.arguments,
            call_id=self.call_id,
            allowed=tuple(self.allowed),
            schema=schema,
            said={**self.said, "dedupe_key": _short(self.key)},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldWork:
    """Work that its run stops for: `paths` that are there, or `files` as text by name."""

    key: str
    kind: Kind = "approval"
    paths: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)

    def texts(self) -> Mapping[str, str]:
        """Return the files; a question that comes without any is one."""
        title, needs = self.said.get("title") or "A question", self.said.get("needs", "")
        return self.files or {"question.md": f"# {title}\n\n{needs}\n"}


def propose(held: HeldCall, *, patience: Patience) -> Plan[Proposed]:
    """Propose a call, without its schema if the server cannot hold the call against that.

    A schema may refer to itself or hold a costly pattern, and a framework may take arguments
    that do not quite fit: it still knows what to do with them, and people see them as they
    are. Raise ChangedSince for a call that is not what people saw.
    """
    try:
        return (yield from calls.propose(held.proposal(held.schema), patience=patience))
    except Invalid as refused:
        unusable = str(refused.facts.get("at", "")).startswith("/schemas")
        if not unusable and refused.code != "schema_mismatch":
            raise
    return (yield from calls.propose(held.proposal(None), patience=patience))


def submit(held: HeldWork, *, patience: Patience) -> Plan[HandoffView]:
    """Put work in front of people, unless it is there and was not withdrawn."""
    key = _short(held.key)
    params = {"dedupe_key": key}
    known = yield from all_of("handoffs", HandoffView, patience=patience, params=params)
    for view in known:
        if view.state != "withdrawn":
            return view
    paths = held.paths or [(yield from _written(held, patience))]
    said = {**held.said, "dedupe_key": key}
    return (yield from handoffs.submit(paths, said, kind=held.kind, patience=patience))


def _written(held: HeldWork, patience: Patience) -> Plan[str]:
    """Write the files and return their folder; what is there is from this very stop."""
    folder = f"{FOLDER}/{hashlib.sha256(held.key.encode()).hexdigest()[:24]}"
    for name, text in held.texts().items():
        wish = Wish(path=f"{folder}/{name}", if_none_match="*")
        try:
            yield from files.write(wish, text.encode(), patience=patience)
        except Stale:
            continue
    return folder


def _short(key: str) -> str:
    """Return a key that the server takes, another one for another key."""
    if len(key) <= MAX_KEY:
        return key
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
