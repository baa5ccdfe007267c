"""Editing on the desk: the reviewer's own version of what a tool would be called with."""

from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import replace

from signoff.actions import files, handoff_files
from signoff.actions.files import ReadFile, WriteFile
from signoff.actions.handoff_files import Desk, LookAt
from signoff.asgi.problems import status_of
from signoff.domain import fits, tool_calls
from signoff.domain.documents import read_json
from signoff.domain.errors import Code, Conflict, Invalid, NotFound, Refusal
from signoff.domain.tool_calls import ARGUMENTS, FILE
from signoff.web import calls, desk, problems
from signoff.web.calls import Proposed
from signoff.web.visits import Form, Visit

TEXT = "text"


async def save_call(visit: Visit) -> None:
    """Write the arguments that were edited as the reviewer's version; the desk shows it.

    It is held against its schema first, so that what cannot be approved is not saved either.
    A refusal shows the page again, with what was typed kept.
    """
    form = await visit.form()
    looked = await visit.ask(handoff_files.desk, LookAt(handoff=visit.path["handoff"]))
    call = await calls.proposed(visit, looked)
    if call is None:
        raise NotFound("This is no tool call", hint="Open the handoff again.")
    given = calls.Given(text=form.get(TEXT)) if _is_text(form) else calls.Given()
    try:
        arguments = _arguments(call, form)
        given = replace(given, arguments=arguments)
        await _save(visit, looked, call, arguments, seen=form.get("digest"))
    except Refusal as refusal:
        if status_of(refusal) in (401, 404):
            raise
        await desk.put_up(visit, _kept(given, refusal))
    else:
        await visit.go(desk.url_of(visit))


def _is_text(form: Form) -> bool:
    return any(name == TEXT for name, _ in form.pairs)


def _arguments(call: Proposed, form: Form) -> dict[str, Any]:
    if not _is_text(form):
        return calls.read(call, form.pairs)
    try:
        said = read_json(form.get(TEXT))
    except Invalid as broken:
        raise Invalid(broken.message, hint="Look for the missing mark.") from None
    if not isinstance(said, dict):
        raise Invalid("Arguments are an object", hint="Begin with { and end with }.")
    return said


async def _save(
    visit: Visit, looked: Desk, call: Proposed, arguments: dict[str, Any], *, seen: str
) -> None:
    if not call.proposal.may_be_edited:
        raise Conflict("Its arguments are not to be changed", hint="Approve or reject it.")
    path = f"{looked.handoff.path}/{FILE}"
    opened = await visit.ask(files.open_, ReadFile(path=path))
    if seen != opened.digest:
        raise Conflict(
            "Somebody else has changed the arguments since",
            code=Code.DIGEST_MISMATCH,
            hint="What you typed is kept; look at theirs first.",
        )
    raw = tool_calls.with_arguments(call.proposal, arguments)
    if raw == tool_calls.with_arguments(call.proposal, call.arguments):
        return  # compared as written: 1 and true are equal, and not the same
    schema = looked.handoff.schemas.get(FILE)
    found = fits.misfits(FILE, schema, raw) if schema is not None else ()
    if found:
        raise fits.mismatch(found, hint="Nothing was saved.")
    arrived = await visit.house.bytes.take_in(visit.caller, _pieces(raw))
    asked = WriteFile(
        path=path,
        blob=arrived.blob,
        digest=arrived.digest,
        size=arrived.size,
        inline=arrived.inline,
        media_type=opened.media_type,
        if_match=(opened.etag,),
    )
    await visit.do(files.write, asked)


async def _pieces(raw: bytes) -> AsyncIterator[bytes]:
    yield raw


def _kept(given: calls.Given, refusal: Refusal) -> desk.Given:
    """Return what was typed with why it was not saved."""
    places = tuple(
        f"{str(each['at']).removeprefix(f'/{ARGUMENTS}').lstrip('/') or ARGUMENTS}: "
        f"{problems.sentence(str(each['message']))}"
        for each in refusal.facts.get("problems", ())
    )
    words = "It does not fit what the tool takes." if places else refusal.message
    hint = problems.problem_of(refusal)["hint"]
    call = replace(given, problem=f"{problems.sentence(words)} {hint}".strip(), places=places)
    return desk.Given(call=call, status=status_of(refusal))
