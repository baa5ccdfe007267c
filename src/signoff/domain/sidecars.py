"""What is said about a package, as a file beside it (JSON Schema: `schemas.SIDECAR`)."""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct

from signoff.domain.files import (
    is_litter,
    is_note,
    name_key,
    note_name,
    stem_and_extension,
)


class Anchor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place in a file: a line, a cell, a page, a region of a page, or a column."""

    line: int | None = None
    end_line: int | None = None
    row: int | None = None
    column: str | None = None
    page: int | None = None
    region: tuple[float, float, float, float] | None = None
    """x, y, width, height as parts of the page, each from 0 to 1."""
    quote: str | None = None


class Flag(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a person should look at."""

    severity: str = "note"
    message: str = ""
    file: str | None = None
    anchor: Anchor | None = None


class Question(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that the agent needs to know; `schema` is the answer's JSON Schema."""

    id: str
    text: str
    schema: dict[str, Any] | None = None
    required: bool = True


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the package was made from."""

    path: str | None = None
    url: str | None = None
    digest: str | None = None


class AgentInfo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the agent says of itself."""

    name: str | None = None
    version: str | None = None
    model: str | None = None
    run_id: str | None = None
    trace_url: str | None = None


class Sidecar(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The context of a handoff. `extra` keeps every key that the format does not know."""

    kind: str | None = None
    title: str | None = None
    summary: str = ""
    confidence: float | None = None
    flags: tuple[Flag, ...] = ()
    needs: str | None = None
    questions: tuple[Question, ...] = ()
    checklist: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    reviewers: tuple[str, ...] = ()
    required: int | None = None
    priority: int | None = None
    due_at: str | None = None
    agent: AgentInfo | None = None
    callback_url: str | None = None
    correlation: str | None = None
    schemas: dict[str, dict[str, Any]] = {}
    """The JSON Schemas of files of the package, by path in it (`fits.py`)."""
    extra: dict[str, Any] = {}

    @property
    def is_call(self) -> bool:
        """Say whether the package is a tool call that its agent proposes (`tool_calls.py`)."""
        return isinstance(self.extra.get(TOOL_CALL), dict)


TOOL_CALL = "tool_call"
"""The key of `extra` under which an agent says that its package is a proposed call."""
KINDS = ("approval", "escalation", "relay")
SEVERITIES = ("note", "warning", "critical")
"""From what may be passed over to what may not."""

SCHEMA_ID = "urn:signoff:sidecar:1"
VERSION = 1

MAX_BYTES = 1024 * 1024
"""A larger sidecar is not read; larger Markdown is work, whatever its front matter says."""

ENDINGS = (".handoff.json", ".handoff.md")
STEM_ENDINGS = ("-metadata.json", ".md")
IN_FOLDER = ("handoff.json", "handoff.md", "report-metadata.json")


def candidates(package: str, *, is_folder: bool, names: Collection[str]) -> tuple[str, ...]:
    """Return the names that may be the package's sidecar, the first to count first (RULES 7).

    `names` are the files beside a file package, or those in a folder package. The last may
    be Markdown with the same stem, which is a sidecar only if its front matter says so.
    """
    by_key = {name_key(name): name for name in sorted(names, reverse=True)}
    if is_folder:
        wanted: tuple[str, ...] = IN_FOLDER
    else:
        stem, _ = stem_and_extension(package)
        wanted = tuple(note_name(package, ending) for ending in ENDINGS)
        if _stands_alone(package, stem=stem, metadata=True, names=names):
            wanted += (note_name(stem, STEM_ENDINGS[0]),)
        if _stands_alone(package, stem=stem, metadata=False, names=names):
            wanted += (note_name(stem, STEM_ENDINGS[1]),)
    found = (by_key.get(name_key(name)) for name in wanted)
    return tuple(name for name in found if name and name_key(name) != name_key(package))


def _stands_alone(package: str, *, stem: str, metadata: bool, names: Collection[str]) -> bool:
    """Say whether the package is the only file with its stem, but for the sidecar itself."""
    sidecar = name_key(stem + STEM_ENDINGS[0 if metadata else 1])
    wanted = name_key(stem)
    others = {
        name_key(name)
        for name in names
        if name_key(stem_and_extension(name)[0]) == wanted
        and not is_note(name)
        and not is_litter(name)
    }
    return others - {sidecar} <= {name_key(package)} and sidecar != name_key(package)


def find(
    package: str,
    *,
    is_folder: bool,
    names: Collection[str],
    fronted: Collection[str] = (),
) -> str | None:
    """Return the name of the package's sidecar among `names`, or None (RULES 7).

    `fronted` are the Markdown files among them whose front matter contains `handoff:`.
    """
    for name in candidates(package, is_folder=is_folder, names=names):
        if is_sidecar(name) or name in fronted:
            return name
    return None


def is_sidecar(name: str) -> bool:
    """Say whether a name alone tells that the file is about another one.

    Such a file opens nothing when it arrives without what it is about.
    """
    key = name_key(name)
    return key in IN_FOLDER or key.endswith((*ENDINGS, STEM_ENDINGS[0]))


def merge(sidecar: Sidecar, call: Sidecar) -> Sidecar:
    """Return the sidecar with what a call says in place of what it says itself (RULES 7)."""
    said = {
        name: value
        for name in Sidecar.__struct_fields__
        if (value := getattr(call, name)) not in (None, "", (), {})
    }
    if sidecar.agent and call.agent:
        old, new = msgspec.to_builtins(sidecar.agent), msgspec.to_builtins(call.agent)
        said["agent"] = AgentInfo(**(old | new))
    if sidecar.extra and call.extra:
        said["extra"] = sidecar.extra | call.extra
    if sidecar.schemas and call.schemas:
        said["schemas"] = sidecar.schemas | call.schemas
    return msgspec.structs.replace(sidecar, **said)


def render(sidecar: Sidecar) -> bytes:
    """Return the sidecar as the server writes it: JSON for people and for `SIDECAR`."""
    said = msgspec.to_builtins(sidecar)
    document = {"$schema": SCHEMA_ID, "version": VERSION, **said}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
