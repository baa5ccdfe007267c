"""The review desk: one handoff, what it is made of, and what a person may say of it."""

from typing import Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import asdict

from signoff.actions import comments, events, handoff_files, inboxes
from signoff.actions.comments import CommentView, ListComments
from signoff.actions.handoff_files import Desk, LookAt
from signoff.actions.handoff_views import HandoffView
from signoff.actions.inboxes import EVERYTHING, MINE, Beside, Neighbours
from signoff.asgi.answers import Headers
from signoff.domain.handoffs import Kind
from signoff.domain.sidecars import TOOL_CALL, Flag
from signoff.web import answers, calls, evidence, handing, news, previews, timeline
from signoff.web.evidence import Shown
from signoff.web.previews import documents
from signoff.web.visits import Visit

STORY = 40
"""So many events of a handoff are told on its page; the activity page has them all."""


class Given(Struct, frozen=True, kw_only=True):
    """What somebody had said when their verdict was refused: it is kept on the page."""

    reason: str = ""
    answers: dict[str, Any] = {}
    problem: dict[str, Any] | None = None
    answer_problems: dict[str, str] = {}
    call: calls.Given = calls.NOTHING
    status: int = 200


NOTHING = Given()


async def show(visit: Visit) -> None:
    """Show a handoff."""
    await put_up(visit, NOTHING)


async def put_up(visit: Visit, given: Given, *, headers: Headers | None = None) -> None:
    """Put a handoff on the desk, with what was said before and why it was refused."""
    name = visit.path["handoff"]
    desk = await visit.ask(handoff_files.desk, LookAt(handoff=name))
    head = await visit.ask(events.head, events.Head())
    said = await visit.ask(comments.list_, ListComments(handoff=name))
    story = await visit.ask(events.recent, events.Recent(handoff=name, limit=STORY))
    shown = await evidence.show(visit, desk)
    position = await _position(visit, name)
    handoff = desk.handoff
    call = await calls.show(visit, desk, given.call)
    sharing = await handing.choices(visit, desk)
    await visit.show(
        "handoff.html",
        status=given.status,
        headers=headers,
        shell=await visit.shell("inbox"),
        handoff=asdict(handoff) | {"url": url_of(visit)},
        summary=_prose(handoff.summary if call is None else call.summary),
        needs=_prose(handoff.needs or ""),
        flags=[
            _flag(visit, desk, shown, number, flag)
            for number, flag in enumerate(handoff.flags, start=1)
        ],
        track=None,
        low=False,
        unread=await news.unread_of(visit, name),
        position=position,
        looking=(),
        lock=_lock(visit, desk),
        taken=_taken(visit, handoff),
        may_take=desk.may_take,
        **sharing,
        may_decide=not desk.why_not,
        may_recall=desk.may_recall,
        why_not=desk.why_not,
        files=shown.files,
        preview=shown.preview,
        raw_url=shown.raw_url,
        download_url=shown.download_url,
        since=shown.since,
        sources=[_source(visit, desk, source) for source in handoff.sources],
        comments=[_comment(desk, comment) for comment in said.items],
        timeline=timeline.steps(story.items),
        story_url=f"{visit.root}/activity?handoff={quote(name, safe='')}",
        fields=[(question.id, answers.field_of(question)) for question in handoff.questions],
        call=call,
        extra=_extra(handoff),
        given={"reason": given.reason, "answers": given.answers},
        answer_problems=given.answer_problems,
        problem=given.problem,
        next=_next(handoff),
        live_url=f"{visit.api}/events?handoff={quote(name, safe='')}&after={head.position}",
    )


def url_of(visit: Visit) -> str:
    """Return the URL of the handoff's page."""
    return f"{visit.root}/handoffs/{quote(visit.path['handoff'], safe='')}"


def _prose(text: str) -> Markup:
    return documents.render(text, anchored=False) if text.strip() else Markup()


def _flag(visit: Visit, desk: Desk, shown: Shown, number: int, flag: Flag) -> dict[str, Any]:
    file = evidence.place_of(desk, flag.file)
    words = (file.name if file else flag.file or "", previews.place(flag.anchor))
    url = f"{evidence.tab_url(file)}#flag-{number}" if file else "#evidence"
    return {
        "number": number,
        "severity": previews.severity_of(flag),
        "message": flag.message,
        "place": ", ".join(word for word in words if word) or "the whole package",
        "url": url,
        "current": visit.query.get("flag") == str(number) and bool(shown.files),
    }


async def _position(visit: Visit, name: str) -> dict[str, Any]:
    """Return where it stands in the list that it is read from: one's own, or everybody's."""
    found = await visit.ask(inboxes.beside, Beside(handoff=name, view=MINE))
    words, view = "Mine", ""
    if not found.index:
        everybody = await visit.ask(inboxes.beside, Beside(handoff=name, view=EVERYTHING))
        if everybody.index:
            found, words, view = everybody, "Everything", f"?view={EVERYTHING}"
    return {
        "index": found.index,
        "of": found.of if found.of < inboxes.FEW else f"{inboxes.FEW - 1}+",
        "list": words,
        "list_url": f"{visit.root}/inbox{view}",
        **_neighbours(visit, found),
    }


def _neighbours(visit: Visit, found: Neighbours) -> dict[str, str]:
    return {
        "previous_url": f"{visit.root}/handoffs/{found.previous}" if found.previous else "",
        "next_url": f"{visit.root}/handoffs/{found.next}" if found.next else "",
    }


def _lock(visit: Visit, desk: Desk) -> dict[str, Any] | None:
    if desk.lock is None:
        return None
    mine = desk.lock.holder.id == visit.caller.actor.id
    return {"mine": mine, "holder": desk.lock.holder, "until": desk.lock.until}


def _taken(visit: Visit, handoff: HandoffView) -> dict[str, Any] | None:
    if handoff.taken_by is None:
        return None
    mine = handoff.taken_by.id == visit.caller.actor.id
    return {"mine": mine, "by": handoff.taken_by}


def _source(visit: Visit, desk: Desk, source: Any) -> dict[str, Any]:
    file = evidence.place_of(desk, source.path) if source.path else None
    url = ""
    if file is not None:
        url = evidence.tab_url(file)
    elif source.path:
        url = f"{visit.root}/files/{quote(source.path)}"
    elif (source.url or "").startswith(("https://", "http://")):
        url = source.url
    words = source.path or source.url or "something without a name"
    return {"words": words, "url": url, "digest": source.digest or ""}


def _comment(desk: Desk, comment: CommentView) -> dict[str, Any]:
    file = evidence.place_of(desk, comment.file) if comment.file else None
    words = (file.name if file else comment.file or "", previews.place(comment.anchor))
    url = f"{evidence.tab_url(file)}{previews.target(comment.anchor)}" if file else "#evidence"
    return {
        "id": comment.id,
        "by": comment.by,
        "at": comment.at,
        "round": comment.round,
        "text": comment.text,
        "place": ", ".join(word for word in words if word),
        "url": url,
        "resolved": comment.resolved_at is not None,
    }


def _extra(handoff: HandoffView) -> str:
    """Return what the agent said that no part of the page is made for."""
    if handoff.raw_sidecar is not None:
        return handoff.raw_sidecar
    said: dict[str, Any] = dict(handoff.extra)
    if handoff.schemas:
        said["schemas"] = handoff.schemas
    if handoff.agent is not None and (about := msgspec.to_builtins(handoff.agent)):
        said["agent"] = about
    if not said:
        return ""
    return msgspec.json.format(msgspec.json.encode(said), indent=2).decode()


def _next(handoff: HandoffView) -> dict[str, str]:
    """Say what happens after each verdict."""
    agent = handoff.submitted_by.name or "the agent"
    sent_back = f"Goes back to {agent}, which starts round {handoff.round + 1}."
    if TOOL_CALL in handoff.extra:
        sent_back = f"The call does not run. {agent} is told what you say instead."
    done = {
        Kind.RELAY: "Your version is what is approved.",
        Kind.ESCALATION: f"{agent} is told that you finished it yourself.",
    }
    return {
        "approve": done.get(Kind(handoff.kind), "Moves to approved."),
        "request_changes": sent_back,
        "reject": f"Moves to rejected. {agent} is told why and stops. You can recall it.",
        "answer": "Your answers go back as data, with your note.",
    }
