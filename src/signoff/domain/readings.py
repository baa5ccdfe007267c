"""The generous reading of a sidecar in any accepted form (RULES 7).

A key that the format knows must make sense, or the reading says where it does not; a key
that is only like one of them is understood where it can be and kept in `extra` otherwise.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from signoff.domain.documents import front_matter, read_json, read_yaml
from signoff.domain.documents import text_of as decoded
from signoff.domain.files import name_key
from signoff.domain.ids import Instant
from signoff.domain.pointers import (
    Field,
    Object,
    at_key,
    invalid,
    list_of,
    number_of,
    text_of,
    whole_of,
)
from signoff.domain.remarks import flag, line, questions, schemas, source, web_url
from signoff.domain.schemas import check_together
from signoff.domain.sidecars import (
    KINDS,
    SCHEMA_ID,
    VERSION,
    AgentInfo,
    Sidecar,
)

MAX_ITEMS = 500
MAX_TITLE = 300
MAX_REQUIRED = 50
MAX_PRIORITY = 100

PRIORITY_WORDS = {"low": -1, "normal": 0, "medium": 0, "high": 1, "urgent": 2, "critical": 2}


def parse(name: str, raw: bytes) -> Sidecar:
    """Return what a sidecar file says; raise Invalid with a sentence that says where not."""
    text = decoded(raw)
    if not name_key(name).endswith(".md"):
        return read(read_json(text))
    parts = front_matter(text)
    if parts is None:
        return Sidecar(summary=text.strip())
    head, body = read_yaml(parts[0]), parts[1].strip()
    head = {} if head is None else head
    if not isinstance(head, dict):
        raise invalid("", "the front matter must be keys and values")
    return _with_body(read(_flat(head)), body)


def is_fronted(raw: bytes) -> bool:
    """Say whether Markdown is a sidecar: its front matter contains `handoff:` (RULES 7)."""
    parts = front_matter(raw[: 2 * 65536].decode("utf-8-sig", errors="replace"))
    return parts is not None and re.search(r"(?m)^handoff\s*:", parts[0]) is not None


def _flat(head: dict[str, Any]) -> dict[str, Any]:
    """Return front matter with what stands under `handoff:` over what stands beside it."""
    beside = {key: value for key, value in head.items() if key != "handoff"}
    match head.get("handoff"):
        case dict() as inner:
            return beside | inner
        case None | bool():
            return beside
        case str() as kind:
            return beside | {"kind": kind}
        case _:
            raise invalid("/handoff", "this must be keys and values, or a kind")


def _with_body(sidecar: Sidecar, body: str) -> Sidecar:
    if not body:
        return sidecar
    extra = sidecar.extra | ({"summary": sidecar.summary} if sidecar.summary else {})
    return msgspec.structs.replace(sidecar, summary=body, extra=extra)


def read(value: Any) -> Sidecar:
    """Return what a JSON object says of a package, in the one form that the house uses."""
    of = Object(value, "")
    _check_version(of)
    kind, title = _kind(of), _title(of)
    said = of.fields(_FIELDS)
    check_together(_schemas(said))
    extra = of.own("extra")
    return Sidecar(kind=kind, title=title, **said, extra={**of.rest(), **extra})


def _schemas(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what questions and files are held against."""
    yield from (each.schema for each in said.get("questions") or () if each.schema)
    yield from (said.get("schemas") or {}).values()


def due_instant(due_at: str) -> Instant:
    """Return the moment that a sidecar's `due_at` names."""
    moment = datetime.fromisoformat(due_at)
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MICRO
    return Instant(micros)


_MICRO = datetime.resolution


def _check_version(of: Object) -> None:
    if of.peek("$schema") != SCHEMA_ID:
        return
    of.take("$schema")
    version = of.take("version")
    if version not in (None, VERSION):
        raise invalid("/version", f"this server reads version {VERSION} of the format")


def _kind(of: Object) -> str | None:
    kind = of.text("kind")
    if kind is None:
        like = of.peek("type")
        return of.take("type") if like in KINDS else None
    if kind.strip().lower() not in KINDS:
        raise invalid("/kind", f"“{kind[:40]}” is none of {', '.join(KINDS)}")
    return kind.strip().lower()


def _title(of: Object) -> str | None:
    title = of.text("title", "subject", "headline")
    if title is None:
        return None
    if not title.isprintable():
        title = "".join([c if c.isprintable() else " " for c in title])
    title = " ".join(title.split())
    if len(title) > MAX_TITLE:
        raise invalid("/title", f"a title has {MAX_TITLE} characters at most")
    return title or None


def _confidence(value: Any, at: str) -> float:
    """Read 0 to 1, per cent, or the `score` of an object that says more."""
    if isinstance(value, dict):
        of = Object(value, at)
        for key in ("overall", "score", "value"):
            if (inner := of.peek(key)) is not None:
                return _confidence(inner, at_key(at, key))
        raise invalid(at, "there is no number in it; write one from 0 to 1")
    text = value.strip() if isinstance(value, str) else ""
    per_cent = text.endswith("%")
    number = number_of(text.rstrip("% ") if text else value, at)
    if per_cent or 1 < number <= 100:  # noqa: PLR2004 - nobody is 200 per cent sure
        number /= 100
    if not 0 <= number <= 1:
        raise invalid(at, "confidence goes from 0 to 1, or from 0% to 100%")
    return float(number)


def _needs(value: Any, at: str) -> str:
    if isinstance(value, list):
        return "\n".join(f"- {line(each, at_key(at, n))}" for n, each in enumerate(value))
    return text_of(value, at)


def _reviewer(value: Any, at: str) -> str:
    if isinstance(value, dict):
        value = Object(value, at).text("email", "id", "group", "name")
    name = text_of(value, at, most=200).strip()
    if not name:
        raise invalid(at, "a reviewer is an e-mail address or `group:NAME`")
    return name


def _priority(value: Any, at: str) -> int:
    if isinstance(value, str) and value.strip().lower() in PRIORITY_WORDS:
        return PRIORITY_WORDS[value.strip().lower()]
    number = number_of(value, at)
    if number != int(number) or abs(number) > MAX_PRIORITY:
        raise invalid(at, f"a priority is a whole number up to {MAX_PRIORITY}, or a word")
    return int(number)


def _due(value: Any, at: str) -> str:
    """Read RFC 3339; without a zone it is UTC, without a time the end of the day."""
    text = text_of(value, at, most=64).strip()
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            moment = moment.replace(hour=23, minute=59, second=59)
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError) as broken:
        raise invalid(at, "a time is written like 2030-01-31T17:00:00Z") from broken


def _agent(value: Any, at: str) -> AgentInfo | None:
    if isinstance(value, str):
        return AgentInfo(name=value) if value else None
    of = Object(value, at)
    trace = of.take("trace_url", "trace")
    info = AgentInfo(
        name=of.text("name", "id"),
        version=of.text("version"),
        model=of.text("model"),
        run_id=of.text("run_id", "run"),
        trace_url=None if trace is None else web_url(trace, at_key(at, "trace_url")),
    )
    return None if info == AgentInfo() else info


_FIELDS: tuple[Field, ...] = (
    ("summary", text_of, ("summary", "description", "abstract", "message")),
    ("confidence", _confidence, ("confidence", "confidence_score")),
    (
        "flags",
        list_of(flag, most=MAX_ITEMS),
        ("flags", "warnings", "issues", "concerns"),
    ),
    ("needs", _needs, ("needs", "needs_input", "blocked_on")),
    ("questions", questions, ("questions",)),
    ("checklist", list_of(line, most=MAX_ITEMS), ("checklist", "to_check")),
    ("actions", list_of(line, most=MAX_ITEMS), ("actions", "actions_taken", "steps")),
    ("sources", list_of(source, most=MAX_ITEMS), ("sources", "inputs", "references")),
    (
        "reviewers",
        list_of(_reviewer, most=MAX_REQUIRED),
        ("reviewers", "reviewer", "assignees"),
    ),
    (
        "required",
        whole_of(least=1, most=MAX_REQUIRED),
        ("required", "required_approvals", "quorum"),
    ),
    ("priority", _priority, ("priority", "urgency")),
    ("due_at", _due, ("due_at", "due", "due_date", "deadline")),
    ("agent", _agent, ("agent", "agent_name", "generated_by")),
    ("callback_url", web_url, ("callback_url", "callback")),
    ("correlation", line, ("correlation", "correlation_id")),
    ("schemas", schemas, ("schemas",)),
)
"""What a sidecar says, in the order in which it is read: the first refusal is the one told."""
