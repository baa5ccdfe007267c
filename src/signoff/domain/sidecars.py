"""What is said about a package, as a file beside it (JSON Schema: `schema()`)."""

from typing import Any

from msgspec import Struct


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
    extra: dict[str, Any] = {}
