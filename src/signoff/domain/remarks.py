"""What a sidecar lists: flags and their anchors, questions, sources and single lines.

Read with the same generosity as the rest of it (`readings.py`).
"""

import re
from typing import Any

import msgspec

from signoff.domain.pointers import Object, at_key, invalid, list_of, number_of, text_of
from signoff.domain.sidecars import Anchor, Flag, Question, Source

MAX_QUESTIONS = 50
MAX_SCHEMAS = 20

SEVERITY_WORDS = {
    "": "note", "info": "note", "information": "note", "low": "note", "minor": "note",
    "notice": "note", "warn": "warning", "medium": "warning", "moderate": "warning",
    "error": "critical", "high": "critical", "severe": "critical", "major": "critical",
    "blocker": "critical", "fatal": "critical",
}  # fmt: skip


def flag(value: Any, at: str) -> Flag:
    """Read a flag: a sentence, or an object with its place in a file."""
    if isinstance(value, str):
        return Flag(message=value)
    of = Object(value, at)
    word = (of.text("severity", "level") or "").strip().lower()
    message = of.text("message", "text", "description", "detail", "reason", "title", "code")
    if not message:
        raise invalid(at_key(at, "message"), "a flag needs a sentence")
    file = of.text("file", "path", "filename")
    where = of.take("anchor", "locator", "location")
    if isinstance(where, str):
        where = {"quote": where}
    keys = ("line", "end_line", "row", "column", "page", "region", "quote")
    where = {key: each for key in keys if (each := of.take(key)) is not None} | (where or {})
    anchor = _anchor(where, at_key(at, "anchor")) if where else None
    return Flag(
        severity=SEVERITY_WORDS.get(word, word[:40]), message=message, file=file, anchor=anchor
    )


def _anchor(value: Any, at: str) -> Anchor | None:
    of = Object(value, at)
    column = of.take("column", "col")
    region = of.take("region", "bbox")
    anchor = Anchor(
        line=of.whole("line", "start_line"),
        end_line=of.whole("end_line"),
        row=of.whole("row"),
        column=None if column is None else text_of(column, at_key(at, "column")),
        page=of.whole("page"),
        region=None if region is None else _region(region, at_key(at, "region")),
        quote=of.text("quote", "text"),
    )
    return None if anchor == Anchor() else anchor


def _region(value: Any, at: str) -> tuple[float, float, float, float]:
    if not isinstance(value, list) or len(value) != 4:  # noqa: PLR2004 - x, y, width, height
        raise invalid(at, "a region is x, y, width and height")
    x, y, width, height = (number_of(each, at_key(at, n)) for n, each in enumerate(value))
    if min(x, y, width, height) < 0 or max(x, y, width, height) > 1:
        raise invalid(at, "a region is given in parts of the page, from 0 to 1")
    return x, y, width, height


def questions(value: Any, at: str) -> tuple[Question, ...]:
    """Read the questions; one without an id is numbered, two with the same are refused."""
    named: dict[str, Question] = {}
    for n, each in enumerate(_questions(value, at)):
        asked = each if each.id else msgspec.structs.replace(each, id=f"q{n + 1}")
        if asked.id in named:
            raise invalid(f"{at}/{n}/id", f"another question is “{asked.id[:80]}” too")
        named[asked.id] = asked
    return tuple(named.values())


def _question(value: Any, at: str) -> Question:
    if isinstance(value, str):
        return Question(id="", text=value)
    of = Object(value, at)
    text = of.text("text", "question", "prompt", "message")
    if not text:
        raise invalid(at_key(at, "text"), "a question needs a text")
    name = of.take("id", "key", "name")
    schema = of.take("schema", "response_schema", "responseSchema")
    options = of.take("options", "choices", "enum")
    if schema is None and isinstance(options, list) and options:
        schema = {"enum": options}
    if schema is not None and not isinstance(schema, dict):
        raise invalid(at_key(at, "schema"), "this must be a JSON Schema")
    required = of.take("required")
    if required is not None and not isinstance(required, bool):
        raise invalid(at_key(at, "required"), "this must be true or false")
    return Question(
        id="" if name is None else text_of(name, at_key(at, "id"), most=100),
        text=text,
        schema=schema,
        required=required is not False,
    )


_questions = list_of(_question, most=MAX_QUESTIONS)


def schemas(value: Any, at: str) -> dict[str, dict[str, Any]]:
    """Read the JSON Schemas of files, by their paths in the package."""
    said = Object(value, at).rest()
    if len(said) > MAX_SCHEMAS:
        raise invalid(at, f"there are {len(said):,} schemas; {MAX_SCHEMAS} is the most")
    for path, schema in said.items():
        if not isinstance(schema, dict):
            raise invalid(at_key(at, path), "this must be a JSON Schema")
    return said


def source(value: Any, at: str) -> Source:
    """Read a source: a path or an address, or an object with its digest."""
    if isinstance(value, str):
        is_url = "://" in value
        return Source(url=_url(value, at)) if is_url else Source(path=value)
    of = Object(value, at)
    url, digest = of.text("url", "uri", "link"), of.text("digest", "sha256")
    path = of.text("path", "file", "filename", "name")
    if url is None and path is None:
        raise invalid(at, "a source needs a path or a url")
    return Source(
        path=path,
        url=None if url is None else _url(url, at_key(at, "url")),
        digest=None if digest is None else _digest(digest, at_key(at, "digest")),
    )


def _digest(value: str, at: str) -> str:
    found = re.fullmatch(r"(?:sha256:)?([0-9a-f]{64})", value.strip().lower(), re.ASCII)
    if not found:
        raise invalid(at, "a digest is `sha256:` and 64 hexadecimal digits")
    return f"sha256:{found[1]}"


def _url(value: Any, at: str) -> str:
    """Refuse what would run when a person clicks on it."""
    url = text_of(value, at, most=2000).strip()
    scheme = "".join(c for c in url.partition(":")[0].lower() if c.isalnum())
    if scheme in {"javascript", "data", "vbscript", "blob"} or not url.isprintable():
        raise invalid(at, "this is no address that may be followed")
    return url


def web_url(value: Any, at: str) -> str:
    """Read an address of the web."""
    url = _url(value, at)
    if not url.lower().startswith(("https://", "http://")):
        raise invalid(at, "this must begin with https:// or http://")
    return url


def line(value: Any, at: str) -> str:
    """Read one line of a list: text, or an object of which the telling key is taken."""
    if not isinstance(value, dict):
        return text_of(value, at)
    for key in ("text", "item", "label", "action", "description", "title", "message", "name"):
        if isinstance(found := value.get(key), str) and found:
            return found
    return msgspec.json.encode(value).decode()
