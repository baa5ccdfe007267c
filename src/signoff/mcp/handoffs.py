"""Tools that hand work to people: for review, as a question, or to be finished by them."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct

from signoff.actions import splitting, submitting, withdrawing
from signoff.actions.handoff_views import HandoffView
from signoff.domain import readings
from signoff.domain.errors import Invalid
from signoff.domain.tokens import tokens_of
from signoff.mcp import contexts
from signoff.mcp.contexts import Lines, Needs, Package, Questions
from signoff.mcp.tools import Answer, Tool, tool
from signoff.mcp.visit import Visit


class HandedOver(Struct, frozen=True, kw_only=True):
    """A handoff in front of people; `url` is the page on which they look at it."""

    handoff: str
    kind: str
    state: str
    round: int
    title: str
    path: str
    digest: str
    url: str
    created: bool


class Submission(Package, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Finished work, and what is said of it."""

    checklist: Lines = UNSET
    questions: Questions = UNSET


async def submit_for_review(visit: Visit, asked: Submission) -> Answer:
    """Submit finished work: a person approves it, asks for changes, or rejects it.

    It moves to needs-review/ and stands still; your claim on it ends. What was sent back to
    you and is submitted again from its claim is the next round of the same handoff.
    """
    return await _submit(visit, asked, "approval")


class Escalation(Package, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Work that you cannot finish, and what you need for it."""

    needs: Needs = UNSET
    questions: Questions = UNSET
    keep_rest: Annotated[
        bool,
        Meta(
            description="Hand over only this one item of a folder that you claimed, and go on"
            " with the rest."
        ),
    ] = False


async def escalate(visit: Visit, asked: Escalation) -> Answer:
    """Escalate: say that you are stuck, and what you need from a person to go on.

    Send `needs`, and `questions` with a schema when you want the answers as data. Guessing is
    worse than asking. The answer comes back with `read_feedback` and with your next claim.
    """
    if not asked.needs and not asked.questions:
        raise Invalid(
            "An escalation says what it needs",
            hint="Send `needs`, a sentence, or `questions`.",
        )
    if asked.keep_rest:
        return await _split(visit, asked)
    return await _submit(visit, asked, "escalation")


class Relay(Package, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Work that a person finishes."""

    checklist: Lines = UNSET
    needs: Needs = UNSET


async def hand_over(visit: Visit, asked: Relay) -> Answer:
    """Hand work over to a person who finishes it: they edit the files and complete them.

    Do the heavy lifting first, and say in `summary` what is done and what is left.
    """
    return await _submit(visit, asked, "relay")


async def _submit(visit: Visit, asked: Package, kind: str) -> Answer:
    wanted = submitting.Submit(
        paths=_paths(asked),
        said=contexts.said_in(asked, kind),
        handoff=asked.handoff or None,
        dedupe_key=asked.dedupe_key or None,
        resume_state=asked.resume_state or None,
    )
    tokens = tokens_of(asked.lock_token)
    return _told(await visit.do(submitting.submit, wanted, tokens=tokens))


async def _split(visit: Visit, asked: Escalation) -> Answer:
    paths = _paths(asked)
    if len(paths) != 1:
        raise Invalid("One item is split off at a time", hint="Send one path.")
    wanted = splitting.Split(
        path=paths[0],
        context=readings.read(contexts.said_in(asked, "escalation")),
        handoff=asked.handoff or None,
        dedupe_key=asked.dedupe_key or None,
    )
    tokens = tokens_of(asked.lock_token)
    return _told(await visit.do(splitting.split, wanted, tokens=tokens))


def _paths(asked: Package) -> tuple[str, ...]:
    paths = (asked.paths,) if isinstance(asked.paths, str) else asked.paths
    return tuple(path.strip("/") for path in paths)


def _told(view: HandoffView) -> Answer:
    is_new = view.created is not False
    value = HandedOver(
        handoff=view.id,
        kind=view.kind,
        state=view.state,
        round=view.round,
        title=view.title,
        path=view.path or "",
        digest=view.digest,
        url=view.url,
        created=is_new,
    )
    did = "People look at" if is_new or view.round > 1 else "People were given before:"
    text = (
        f"{did} “{view.title}” now ({view.kind}, round {view.round}, {value.path}).\n"
        f"handoff: {view.id}\nTheir page: {view.url}\n"
        f"Call wait_for_decision with handoff={view.id}, or come back to it later."
    )
    return Answer(value=value, text=text)


class Withdraw(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which handoff, and why."""

    handoff: Annotated[str, Meta(description="The handoff.", examples=["ho_01jx"])]
    reason: Annotated[str, Meta(description="Why; people are told.")] = ""


class Withdrawn(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It is yours again; work in the claim's folder."""

    handoff: str
    state: str
    claim: str = ""
    path: str = ""
    lock_token: str = ""


async def withdraw(visit: Visit, asked: Withdraw) -> Answer:
    """Take a handoff of yours back before it is decided, as when you found a mistake in it.

    You get a fresh claim on the files.
    """
    done: withdrawing.WithdrawnView = await visit.do(
        withdrawing.withdraw,
        withdrawing.Withdraw(handoff=asked.handoff, reason=asked.reason),
    )
    claim = done.claim
    value = Withdrawn(
        handoff=done.handoff.id,
        state=done.handoff.state,
        claim=claim.id if claim else "",
        path=claim.path if claim else "",
        lock_token=(claim.lock_token or "") if claim else "",
    )
    text = f"{value.handoff} is withdrawn."
    if claim:
        text += f" You hold {value.path} (claim {claim.id}).\nlock_token: {claim.lock_token}"
    return Answer(value=value, text=text)


TOOLS: tuple[Tool, ...] = (
    tool(
        submit_for_review,
        Submission,
        HandedOver,
        title="Submit for review",
        acts=("handoff.submit",),
    ),
    tool(
        escalate,
        Escalation,
        HandedOver,
        title="Escalate",
        acts=("handoff.submit", "handoff.split"),
    ),
    tool(hand_over, Relay, HandedOver, title="Hand over", acts=("handoff.submit",)),
    tool(withdraw, Withdraw, Withdrawn, title="Withdraw", acts=("handoff.withdraw",)),
)
