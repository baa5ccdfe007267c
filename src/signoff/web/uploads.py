"""Uploads by a plain form, for browsers without a script; with one, each file is a PUT."""

from signoff.actions import files
from signoff.actions.files import WriteFile
from signoff.asgi.problems import status_of
from signoff.domain.errors import Code, Malformed, Refusal, Stale
from signoff.domain.files import clean_path, join
from signoff.domain.ids import Path
from signoff.web import places, problems
from signoff.web.multipart import Multipart, Part
from signoff.web.visits import Visit

FORM = "multipart/form-data"


async def upload(visit: Visit) -> None:
    """Take in the files of a form, each in an act of its own; a taken name is not overwritten.

    The first refusal ends it and is shown; what came before it stays.
    """
    content_type = visit.request.header(b"content-type")
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise Malformed("This is no upload", code=Code.UNSUPPORTED, hint=f"Post {FORM}.")
    form = Multipart(content_type, visit.request.chunks())
    into = Path("")
    refused: Refusal | None = None
    async for part in form.parts():
        if part.name == "into":
            into = clean_path(await form.text())
        elif part.name == "file" and part.filename and refused is None:
            try:
                await _take_in(visit, form, part, into)
            except Refusal as refusal:
                refused = refusal
    if refused is None:
        await visit.go(places.files_url(visit, into))
        return
    problem = problems.problem_of(refused)
    if isinstance(refused, Stale):
        problem |= {
            "title": "A file of this name is here already.",
            "detail": problems.sentence(refused.message),
            "hint": "Rename yours, or put the other one in the trash first.",
        }
    await places.put_up(visit, into, problem=problem, status=status_of(refused))


async def _take_in(visit: Visit, form: Multipart, part: Part, into: Path) -> None:
    asked = WriteFile(
        path=join(into, part.filename or ""),
        blob="",
        digest="",
        size=0,
        media_type=part.media_type,
        if_none_match=("*",),
    )
    await visit.ask(files.may_write, asked)
    arrived = await visit.house.bytes.take_in(visit.caller, form.data())
    await visit.do(
        files.write,
        WriteFile(
            path=asked.path,
            blob=arrived.blob,
            digest=arrived.digest,
            size=arrived.size,
            inline=arrived.inline,
            media_type=asked.media_type,
            if_none_match=asked.if_none_match,
        ),
    )
