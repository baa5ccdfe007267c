"""A proposed tool call on the desk: what would run, its arguments, and the form to change them.

What is shown is `call.json`, whose bytes are decided on, never what the sidecar repeats of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import overviews
from signoff.actions.folder_views import PathOnly
from signoff.actions.handoff_files import Desk, DeskFile
from signoff.domain import tool_calls
from signoff.domain.documents import MAX_BYTES
from signoff.domain.errors import Refusal
from signoff.domain.handoffs import State
from signoff.domain.sidecars import TOOL_CALL, Question
from signoff.domain.tool_calls import ARGUMENTS, FILE, Proposal, ToolCall
from signoff.web import answers, evidence, repeats
from signoff.web.answers import Field
from signoff.web.previews.texts import visible
from signoff.web.visits import Visit

LONG = 100
"""A text that is longer, or has lines, is given room of its own."""

PLAIN = frozenset({"choice", "boolean", "number", "integer", "line", "text", *answers.FORMATS})
"""The fields in which a single value can be changed and stays what it was if it is not."""

EMPTIED = frozenset({"date", "date-time", "time"})
"""Fields that a browser shows and posts empty unless their text is just as it writes it."""


class Given(Struct, frozen=True, kw_only=True):
    """What somebody had changed when it was refused: it is kept on the page."""

    arguments: dict[str, Any] | None = None
    text: str | None = None
    problem: str = ""
    places: tuple[str, ...] = ()


NOTHING = Given()


class Row(Struct, frozen=True, kw_only=True):
    """An argument: a value in words, or one that needs room: a text, or JSON."""

    name: str
    value: str
    type: str
    """`text`, `number`, `yes or no`, `nothing`, `list` or `object`."""
    is_long: bool = False
    about: str = ""


class Proposed(Struct, frozen=True, kw_only=True):
    """A tool call as it lies in its package, and the file that it lies in."""

    file: DeskFile
    proposal: Proposal
    call: ToolCall

    @property
    def arguments(self) -> dict[str, Any]:
        """Return what it would be called with."""
        return self.call.arguments

    @property
    def schema(self) -> Mapping[str, Any]:
        """Return what its agent says that the arguments are."""
        return self.proposal.schema


class Call(Struct, frozen=True, kw_only=True):
    """A tool call as the page shows it. `fields` is empty where only text can be edited."""

    name: str
    summary: str
    """What the agent says beside the arguments, which are shown."""
    rows: tuple[Row, ...]
    path: str
    digest: str
    edited: bool
    may_edit: bool
    fields: tuple[Field, ...]
    given: dict[str, Any]
    text: str
    problem: str = ""
    places: tuple[str, ...] = ()


async def proposed(visit: Visit, desk: Desk) -> Proposed | None:
    """Return the tool call that a package is, if it is one that can be read."""
    file = next((each for each in desk.files if each.path == FILE), None)
    if TOOL_CALL not in desk.handoff.extra or file is None or file.size > MAX_BYTES:
        return None
    data = await evidence.bytes_of(visit, file, most=MAX_BYTES)
    proposal = tool_calls.proposal(desk.handoff.extra, data)
    call = proposal.call if proposal is not None else None
    if proposal is None or call is None:
        return None
    return Proposed(file=file, proposal=proposal, call=call)


async def show(visit: Visit, desk: Desk, given: Given) -> Call | None:
    """Show the tool call that a package is, with the form for whoever may change it."""
    call = await proposed(visit, desk)
    if call is None:
        return None
    arguments = call.arguments if given.arguments is None else given.arguments
    return Call(
        name=visible(call.call.name),
        summary=repeats.left_out(desk.handoff.summary, call.arguments),
        rows=rows(call),
        path=call.file.path,
        digest=call.file.digest,
        edited=tool_calls.is_edited(call.proposal, changed=desk.handoff.is_changed),
        may_edit=await _may_edit(visit, desk, call),
        fields=fields_of(call) if given.text is None else (),
        given=arguments,
        text=_json(arguments) if given.text is None else given.text,
        problem=given.problem,
        places=given.places,
    )


async def _may_edit(visit: Visit, desk: Desk, call: Proposed) -> bool:
    handoff = desk.handoff
    if handoff.state != State.IN_REVIEW or desk.why_not or not call.proposal.may_be_edited:
        return False
    try:
        asked = PathOnly(path=f"{handoff.path}/{FILE}")
        return await visit.ask(overviews.may_edit, asked)
    except Refusal:
        return False


def rows(call: Proposed) -> tuple[Row, ...]:
    """Return the arguments as they are, in their order."""
    return tuple(_row(name, value, call.schema) for name, value in call.arguments.items())


def _row(name: str, value: Any, schema: Mapping[str, Any]) -> Row:
    type_, words = _words(value)
    properties = schema.get("properties")
    said = properties.get(name) if isinstance(properties, dict) else None
    about = said.get("description") if isinstance(said, dict) else None
    return Row(
        name=visible(name),
        value=visible(words),
        type=type_,
        is_long=type_ in ("list", "object") or len(words) > LONG or "\n" in words,
        about=about if isinstance(about, str) else "",
    )


def _words(value: Any) -> tuple[str, str]:
    match value:
        case None:
            return "nothing", ""
        case bool():
            return "yes or no", "yes" if value else "no"
        case int() | float():
            return "number", msgspec.json.encode(value).decode()
        case str():
            return "text", value
        case list():
            simple = all(isinstance(each, str | int | float) for each in value)
            words = "\n".join(answers.as_text(each) for each in value)
            return "list", words if simple else _json(value)
        case _:
            return "object", _json(value)


def fields_of(call: Proposed) -> tuple[Field, ...]:
    """Return the fields of a form that changes nothing by itself, or none.

    The schema comes from an agent, and may speak of other things than what is there.
    """
    question = Question(id=ARGUMENTS, text="Arguments", schema=dict(call.schema))
    fields = answers.field_of(question).fields
    by_name = {_key(field): field for field in fields}
    for name, value in call.arguments.items():
        field = by_name.get(name)
        if field is None or "[" in name or "]" in name or not _is_kept(field, value):
            return ()
    return tuple(_roomy(field, call.arguments.get(_key(field))) for field in fields)


def _key(field: Field) -> str:
    return field.name.rpartition("[")[2].removesuffix("]")


def _is_kept(field: Field, value: Any) -> bool:
    """Say whether a field that shows a value posts the same one."""
    if field.kind not in PLAIN or not isinstance(value, str | int | float):
        return False
    text = answers.as_text(value)
    if field.kind == "choice" and all(option.value != text for option in field.options):
        return False
    posted = answers.typed(field, text)
    return _survives(text) and type(posted) is type(value) and bool(posted == value)


def _survives(text: str) -> bool:
    """Say whether a browser posts a text as it was given one (HTML, 4.10.5.1 and 13.2.5).

    It drops a line break at the beginning, and space around an address, writes others for
    line breaks of its own, and may have no control characters. An empty text is kept in `read`.
    """
    plain = all(each in "\n\t" or each >= " " for each in text)
    return plain and text == text.strip()


def _roomy(field: Field, value: Any) -> Field:
    if field.kind in EMPTIED:
        return replace(field, kind="line")
    roomy = isinstance(value, str) and (len(value) > LONG or "\n" in value)
    return replace(field, kind="text") if roomy and field.kind == "line" else field


def read(call: Proposed, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the arguments as the form has them; what was empty and stays so is kept."""
    question = Question(id=ARGUMENTS, text="Arguments", schema=dict(call.schema))
    said = answers.read([question], pairs).get(ARGUMENTS, {})
    old = call.arguments
    kept = {
        name: said.get(name, "") for name, value in old.items() if name in said or value == ""
    }
    new = {name: each for name, each in said.items() if name not in old and each is not False}
    return kept | new


def _json(value: Any) -> str:
    text: str = msgspec.json.format(msgspec.json.encode(value).decode(), indent=2)
    return text
