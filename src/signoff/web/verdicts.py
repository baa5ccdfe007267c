"""What people do on the desk: decide, comment, take, give back, recall."""

import re
from typing import Any
from urllib.parse import urlencode

import msgspec

from signoff.actions import batches, comments, deciding, handoff_files, handoffs
from signoff.actions.batches import DecidedSeveral, DecideSeveral, OneDone, OneOfSeveral
from signoff.actions.comments import AddComment
from signoff.actions.deciding import Decide, FileVerdictAsked, Recall
from signoff.actions.handoff_files import LookAt
from signoff.actions.handoffs import One
from signoff.asgi.problems import status_of
from signoff.domain.errors import Code, Invalid, Malformed, Refusal
from signoff.domain.handoffs import Verdict
from signoff.domain.sidecars import Anchor
from signoff.web import answers, desk, inbox, problems
from signoff.web.desk import Given
from signoff.web.visits import Form, Visit

MOVED_ON = frozenset({Code.DIGEST_MISMATCH, Code.ALREADY_DECIDED, Code.WRONG_STATE})
MOST_PICKED = 50
_FILE = re.compile(r"files\[(\d{1,4})\]\[(path|verdict|reason)\]")


async def decide(visit: Visit) -> None:
    """Give the verdict that was pressed, on the digest and the round that were on the page.

    A refusal shows the page again, with what was written kept.
    """
    form = await visit.form()
    given = Given(reason=form.get("reason"))
    try:
        asked, given = await _asked(visit, form)
        await visit.do(deciding.decide, asked)
    except Refusal as refusal:
        if status_of(refusal) in (401, 404):
            raise
        await desk.put_up(visit, _kept(visit, given, refusal))
    else:
        await visit.go(desk.url_of(visit))


async def _asked(visit: Visit, form: Form) -> tuple[Decide, Given]:
    verdict = form.get("verdict")
    said: dict[str, Any] | None = None
    if any(name.startswith("answers[") for name, _ in form.pairs):
        looked = await visit.ask(handoff_files.desk, LookAt(handoff=visit.path["handoff"]))
        said = answers.read(looked.handoff.questions, form.pairs)
    round_ = form.get("round")
    asked = Decide(
        handoff=visit.path["handoff"],
        verdict=verdict,
        digest=form.get("digest"),
        round=int(round_) if round_.isdecimal() and len(round_) < 10 else None,  # noqa: PLR2004
        reason=form.get("reason").strip(),
        answers=said if verdict == Verdict.ANSWER else None,
        files=_files(form),
    )
    return asked, Given(reason=form.get("reason"), answers=said or {})


def _files(form: Form) -> tuple[FileVerdictAsked, ...]:
    """Return the verdicts on single files; those without one go as the whole."""
    said: dict[str, dict[str, str]] = {}
    for name, value in form.pairs:
        found = _FILE.fullmatch(name)
        if found:
            said.setdefault(found.group(1), {})[found.group(2)] = value
    return tuple(
        FileVerdictAsked(
            path=one["path"], verdict=one["verdict"], reason=one.get("reason", "").strip()
        )
        for one in said.values()
        if one.get("path") and one.get("verdict")
    )


def _kept(visit: Visit, given: Given, refusal: Refusal) -> Given:
    """Return what was said with why it was refused."""
    problem = problems.problem_of(refusal)
    if refusal.code in MOVED_ON:
        problem |= {
            "title": "This has changed since you opened it.",
            "hint": "What you see now is how it stands. Your note is kept.",
            "url": desk.url_of(visit),
        }
    elif refusal.code is Code.REASON_REQUIRED:
        problem |= {"title": "A reason is needed.", "hint": "The agent reads it word for word."}
    elif refusal.code is Code.ANSWER_INVALID:
        problem |= {"title": "An answer cannot be taken.", "detail": "", "hint": "See below."}
    wrong = {
        str(each["question"]): problems.sentence(str(each["message"]))
        for each in reversed(refusal.facts.get("problems", ()))
        if isinstance(each, dict) and "question" in each
    }
    return msgspec.structs.replace(
        given, problem=problem, answer_problems=wrong, status=status_of(refusal)
    )


async def approve_several(visit: Visit) -> None:
    """Approve what was picked in the list, each bound to what it was when it was shown."""
    form = await visit.form()
    picked = {each.split(" ", 1)[0]: each for each in form.all("pick")[:MOST_PICKED]}
    items = tuple(_picked(each) for each in picked.values())
    if not items:
        notice = {"good": False, "title": "Nothing was picked.", "detail": "", "left": ()}
        await inbox.put_up(visit, notice=notice)
        return
    asked = DecideSeveral(items=items)
    done = (await batches.decide_several(visit.house, visit.caller, asked)).result
    assert done is not None
    left = [await _left_out(visit, one) for one in done.items if one.problem]
    await inbox.put_up(visit, notice=_outcome(done, left))


def _picked(said: str) -> OneOfSeveral:
    """Return what a row that was picked stands for; what cannot be read decides nothing."""
    name, _, bound = said.partition(" ")
    number, _, digest = bound.partition(" ")
    if not (number.isascii() and number.isdecimal() and 0 < len(number) < 10):  # noqa: PLR2004
        raise Malformed("A row that was picked cannot be read", hint="Open the inbox again.")
    return OneOfSeveral(
        handoff=name, verdict=Verdict.APPROVE, digest=digest, round=max(1, int(number))
    )


async def _left_out(visit: Visit, one: OneDone) -> dict[str, str]:
    """Say of one that was not approved which it is, if it may be seen, and why."""
    assert one.problem
    why = problems.sentence(one.problem.detail)
    try:
        seen = await visit.ask(handoffs.read, One(handoff=one.handoff))
    except Refusal:
        return {"title": "Something that is not there any more", "url": "", "why": why}
    return {"title": seen.title, "url": f"{visit.root}/handoffs/{seen.id}", "why": why}


def _outcome(done: DecidedSeveral, left: list[dict[str, str]]) -> dict[str, Any]:
    said = [f"{done.decided} approved."] if done.decided else []
    said += [f"{done.counted} counted, and more must approve."] if done.counted else []
    return {
        "good": not left,
        "title": " ".join(said) or "Nothing was approved.",
        "detail": f"{len(left)} left out:" if left else "",
        "left": left,
    }


async def comment(visit: Visit) -> None:
    """Write a comment, on the whole or on a place in a file."""
    form = await visit.form()
    file = form.get("file")
    anchor = _anchor(form.get("anchor"))
    await visit.do(
        comments.add,
        AddComment(
            handoff=visit.path["handoff"],
            text=form.get("text"),
            file=file if file and anchor is not None else None,
            anchor=anchor,
        ),
    )
    query = f"?{urlencode({'file': file})}" if file else ""
    await visit.go(f"{desk.url_of(visit)}{query}#talk")


def _anchor(said: str) -> Anchor | None:
    if not said.strip():
        return None
    try:
        return msgspec.json.decode(said, type=Anchor)
    except (msgspec.ValidationError, msgspec.DecodeError):
        raise Invalid("The place cannot be read", hint="Click on the row again.") from None


async def take(visit: Visit) -> None:
    """Take the review on oneself."""
    await visit.do(handoffs.take, One(handoff=visit.path["handoff"]))
    await visit.go(desk.url_of(visit))


async def give_back(visit: Visit) -> None:
    """Give the review back for others to take."""
    await visit.do(handoffs.give_back, One(handoff=visit.path["handoff"]))
    await visit.go(desk.url_of(visit))


async def recall(visit: Visit) -> None:
    """Take what was decided back into review."""
    form = await visit.form()
    asked = Recall(handoff=visit.path["handoff"], reason=form.get("reason").strip())
    try:
        await visit.do(deciding.recall, asked)
    except Refusal as refusal:
        if status_of(refusal) in (401, 404):
            raise
        await desk.put_up(visit, _kept(visit, Given(reason=asked.reason), refusal))
    else:
        await visit.go(desk.url_of(visit))
