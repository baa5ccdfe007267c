"""What a person asks when they decide, and whether it may be asked and makes sense."""

from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.domain.claims import AFTER_LAPSE, Choice
from signoff.domain.errors import Code, Forbidden, Invalid
from signoff.domain.handoffs import FileVerdict, Handoff, Verdict, checked_reason, verdicts_of
from signoff.domain.ids import ActorId
from signoff.domain.reviewers import may_review

MAX_FILES = 500
"""How many files can be decided one by one at a time (RULES 4)."""

NEGATIVE = frozenset({Verdict.REQUEST_CHANGES, Verdict.REJECT})


class Own(StrEnum):
    """What makes work somebody's own."""

    SUBMITTED = "submitted"
    OWNED = "owned"
    WRITTEN = "written"


class Ask(Struct, frozen=True, kw_only=True):
    """What a person asks to be counted; `digest` and `round` as they were rendered.

    `files` are verdicts on single files. `verdict` holds for the files that are not named,
    unless the ask is `partial`: then it speaks of the named ones alone. `by_moving` is a
    verdict that was given by moving the package, whose reason may follow (RULES 30).
    """

    verdict: Verdict
    digest: str
    round: int | None = None
    reason: str = ""
    answers: dict[str, Any] | None = None
    files: tuple[FileVerdict, ...] = ()
    partial: bool = False
    by_moving: bool = False


def check_not_own_work(
    handoff: Handoff, ask: Ask, *, caller: Caller, four_eyes: str, authors: frozenset[ActorId]
) -> None:
    """Refuse a verdict on one's own work (RULES 27).

    Who submitted it gives none at all. The owner of the agent that did may not approve with
    `four_eyes`; with `edits`, neither may who wrote a version in it.
    """
    me = caller.actor.id
    match why_own(handoff, ask, me, four_eyes=four_eyes, authors=authors):
        case Own.SUBMITTED:
            raise _own_work(
                "You submitted this yourself", hint="Withdraw it, or ask a colleague."
            )
        case Own.OWNED:
            raise _own_work(
                "Your own agent submitted this", hint="Ask a colleague to approve it."
            )
        case Own.WRITTEN:
            raise _own_work("You wrote a version in it", hint="Ask a colleague to approve it.")
        case None:
            return


def why_own(
    handoff: Handoff, ask: Ask, person: ActorId, *, four_eyes: str, authors: frozenset[ActorId]
) -> Own | None:
    """Say why a verdict would be one on the person's own work; None if it would not be."""
    if handoff.submitted_by == person:
        return Own.SUBMITTED
    if four_eyes == "off":
        return None
    if Verdict.APPROVE not in (ask.verdict, *(one.verdict for one in ask.files)):
        return None
    if handoff.owner == person:
        return Own.OWNED
    return Own.WRITTEN if four_eyes == "edits" and person in authors else None


def for_others(
    handoff: Handoff, ask: Ask, *, caller: Caller, four_eyes: str, authors: frozenset[ActorId]
) -> Caller:
    """Return the caller without those for whom they may not say this.

    What a person may not say of their own work nobody says for them while they are away.
    """
    left = tuple(
        [
            each
            for each in caller.stands_in_for
            if not why_own(handoff, ask, each.person, four_eyes=four_eyes, authors=authors)
        ]
    )
    if left == caller.stands_in_for:
        return caller
    without = replace(caller, stands_in_for=left)
    if may_review(handoff, caller) and not may_review(handoff, without):
        raise _own_work(
            "You would stand in for somebody whose own work this is",
            hint="Ask a colleague who was asked themselves.",
        )
    return without


def check_ask(handoff: Handoff, ask: Ask, *, files: tuple[str, ...]) -> Ask:
    """Return the ask with its reason made clean, or refuse what makes no sense (422)."""
    if ask.round in (None, handoff.round):
        _check_offered(handoff, ask)
    if ask.files or ask.partial:
        _check_files(handoff, ask, files)
    wanted = ask.verdict in NEGATIVE and not ask.partial and not ask.by_moving
    reason = checked_reason(ask.reason, wanted=wanted)
    own = tuple([_with_reason(one, ask, reason) for one in ask.files])
    if ask.verdict is Verdict.ANSWER:
        _check_answered(handoff, ask, reason)
    return replace(ask, reason=reason, files=own)


def _own_work(message: str, *, hint: str) -> Forbidden:
    return Forbidden(message, code=Code.OWN_WORK, hint=hint)


def _check_offered(handoff: Handoff, ask: Ask) -> None:
    offered = verdicts_of(handoff)
    if ask.verdict in offered and not {one.verdict for one in ask.files}.difference(offered):
        return
    if ask.by_moving:
        raise Forbidden(
            "Moving it cannot say this of a handoff of its kind",
            code=Code.NEEDS_THE_PAGE,
            hint="Decide on the handoff's page.",
            handoff=handoff.id,
        )
    raise Invalid(
        f"Of a handoff for {handoff.kind} one cannot say “{ask.verdict}”",
        code=Code.VERDICT_NOT_OFFERED,
        hint=f"It offers: {', '.join(offered)}.",
        verdicts=[str(verdict) for verdict in offered],
    )


def _check_files(handoff: Handoff, ask: Ask, files: tuple[str, ...]) -> None:
    named = [one.path for one in ask.files]
    if not named:
        raise Invalid("Name the files of which you speak", hint="Send them as `files`.")
    if not handoff.is_folder:
        raise Invalid(
            "It is one file; there are no others to tell apart",
            hint="Leave `files` out.",
        )
    if len(named) > MAX_FILES:
        raise Invalid(
            f"At most {MAX_FILES} files can be decided one by one",
            code=Code.TOO_LONG,
            hint="Decide on the package as a whole, or in parts.",
        )
    if len(set(named)) < len(named):
        raise Invalid("A file is named twice", hint="Say one thing of each file.")
    unknown = sorted(set(named) - set(files))
    if unknown:
        raise Invalid(
            f"The package holds no “{unknown[0]}”",
            hint="Write each path as the handoff's `files` has it.",
        )
    if any(one.verdict is Verdict.ANSWER for one in ask.files):
        raise Invalid(
            "A single file cannot be answered",
            code=Code.VERDICT_NOT_OFFERED,
            hint="Approve, reject, or request changes to it.",
        )


def _with_reason(one: FileVerdict, ask: Ask, reason: str) -> FileVerdict:
    wanted = one.verdict in NEGATIVE and not reason and not ask.by_moving
    return replace(one, reason=checked_reason(one.reason, wanted=wanted))


def _check_answered(handoff: Handoff, ask: Ask, reason: str) -> None:
    answers = ask.answers or {}
    questions = handoff.context.questions
    if handoff.after_lapse and answers.get(AFTER_LAPSE.id) not in list(Choice):
        raise _answer_invalid(AFTER_LAPSE.id, f"Choose one of: {', '.join(Choice)}.")
    if not questions and not answers:
        checked_reason(reason, wanted=True)
        return
    known = {question.id for question in questions}
    if handoff.after_lapse:
        known.add(AFTER_LAPSE.id)
    for unknown in sorted(answers.keys() - known):
        raise _answer_invalid(unknown, "Nobody asked this; leave it out.")
    for question in questions:
        if question.required and question.id not in answers:
            raise _answer_invalid(question.id, "It must be answered.")


def _answer_invalid(question: str, hint: str) -> Invalid:
    return Invalid(
        f"The answer to “{question}” does not do",
        code=Code.ANSWER_INVALID,
        hint=hint,
        question=question,
    )
