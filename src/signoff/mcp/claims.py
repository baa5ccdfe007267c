"""Tools for work under a lease: claim it, keep it, give it back, see what one has."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct

from signoff.actions import claims, handoffs
from signoff.actions.claim_views import ClaimView, FeedbackView
from signoff.asgi.vigils import FREES_WORK, LOOK_AGAIN, News, vigil
from signoff.domain.tokens import tokens_of
from signoff.mcp.tools import Answer, Tool, line, tool
from signoff.mcp.visit import Visit

MOST_WAIT = 50


class ClaimWork(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which work; nothing said means whatever is next."""

    path: Annotated[
        str,
        Meta(
            description="One piece of work, by its path in input/ or feedback/.",
            examples=["feedback/report.md"],
        ),
    ] = ""
    glob: Annotated[
        str, Meta(description="Which paths will do.", examples=["input/invoices/*.pdf"])
    ] = ""
    stage: Annotated[
        Literal["", "input", "feedback"],
        Meta(description="Where to look; by default in feedback/ first, then in input/."),
    ] = ""
    minutes: Annotated[
        int, Meta(ge=0, le=1440, description="How long the lease is; 0 for what policy says.")
    ] = 0
    wait_seconds: Annotated[
        int, Meta(ge=0, le=MOST_WAIT, description="Wait so long when there is no work.")
    ] = 0
    claim: Annotated[
        str,
        Meta(description="Take a claim of yours over again, after a restart (see `my_work`)."),
    ] = ""


class Claimed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The work that you hold; `claim` is null when there is none."""

    claim: str | None
    path: str = ""
    folder: str = ""
    lock_token: str = ""
    expires_at: datetime | None = None
    handoff: str | None = None
    feedback: FeedbackView | None = None
    resume_state: str | None = None


async def claim_work(visit: Visit, asked: ClaimWork) -> Answer:
    """Claim a piece of work: it moves into a folder of yours until you hand it over.

    What people sent back to you comes first, with their feedback. Send `lock_token` with
    everything that you do in `folder`; each write renews the lease. When it lapses, the work
    goes back for another agent.
    """
    if asked.claim:
        view: ClaimView | None = await visit.do(
            claims.takeover, claims.OneClaim(claim=asked.claim)
        )
    else:
        view = await _take(visit, asked)
    if view is None:
        text = "There is no work now. Call claim_work again later, or with wait_seconds."
        return Answer(value=Claimed(claim=None), text=text)
    return Answer(value=_claimed(view), text=_told(view))


async def _take(visit: Visit, asked: ClaimWork) -> ClaimView | None:
    wanted = claims.TakeClaim(
        stage=asked.stage or None,
        path=asked.path.strip("/") or None,
        glob=asked.glob or None,
        lease_seconds=asked.minutes * 60 or None,
    )
    view: ClaimView | None = await visit.do(claims.take, wanted)
    if view is not None or not asked.wait_seconds:
        return view
    async with vigil(visit, seconds=asked.wait_seconds) as waiting:
        news = News(visit, FREES_WORK)
        view = await visit.do(claims.take, wanted)
        while view is None and await waiting.heard(LOOK_AGAIN):
            if await news.worth_a_try():
                view = await visit.do(claims.take, wanted)
    return view


def _claimed(view: ClaimView) -> Claimed:
    return Claimed(
        claim=view.id,
        path=view.path,
        folder=view.folder,
        lock_token=view.lock_token or "",
        expires_at=view.expires_at,
        handoff=None if view.handoff is UNSET else view.handoff,
        feedback=None if view.feedback is UNSET else view.feedback,
        resume_state=None if view.resume_state is UNSET else view.resume_state,
    )


def _told(view: ClaimView) -> str:
    lines = [
        f"You hold {view.path} until {view.expires_at:%Y-%m-%d %H:%M} UTC (claim {view.id}).",
        f"lock_token: {view.lock_token}",
        f"Write your result into {view.folder}/, then hand it over with the lock_token:",
        "submit_for_review, escalate or hand_over.",
    ]
    if isinstance(view.feedback, FeedbackView):
        feedback = view.feedback
        lines.append(f"{feedback.by.name} sent it back: {feedback.reason or 'see answers'}")
        lines += [
            f"- {remark.by.name}: {remark.text}" + (f" ({remark.file})" if remark.file else "")
            for remark in feedback.comments
        ]
        if feedback.answers is not UNSET:
            lines += [f"- answer to {name}: {said}" for name, said in feedback.answers.items()]
        if feedback.note_path:
            lines.append(f"The same stands in {feedback.note_path}.")
    return "\n".join(lines)


class RenewWork(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which claim, and its token."""

    claim: Annotated[str, Meta(description="The claim's id.", examples=["cl_01jx"])]
    lock_token: Annotated[str, Meta(description="The claim's lock_token.")]
    minutes: Annotated[
        int, Meta(ge=0, le=1440, description="Another length; 0 for the one it has.")
    ] = 0


class Renewed(Struct, frozen=True, kw_only=True):
    """Until when you hold it now."""

    claim: str
    expires_at: datetime


async def renew_work(visit: Visit, asked: RenewWork) -> Answer:
    """Begin a claim's lease anew, when work takes long and nothing is written meanwhile."""
    view: ClaimView = await visit.do(
        claims.renew,
        claims.RenewClaim(
            claim=asked.claim,
            lease_seconds=asked.minutes * 60 or None,
        ),
        tokens=tokens_of(asked.lock_token),
    )
    text = f"You hold {view.path} until {view.expires_at:%Y-%m-%d %H:%M} UTC."
    return Answer(value=Renewed(claim=view.id, expires_at=view.expires_at), text=text)


class ReleaseWork(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which claim, and its token."""

    claim: Annotated[str, Meta(description="The claim's id.", examples=["cl_01jx"])]
    lock_token: Annotated[str, Meta(description="The claim's lock_token.")]


async def release_work(visit: Visit, asked: ReleaseWork) -> Answer:
    """Give claimed work back as it was, for another agent; when stuck, better escalate."""
    done: claims.Released = await visit.do(
        claims.release,
        claims.ReleaseClaim(claim=asked.claim),
        tokens=tokens_of(asked.lock_token),
    )
    text = f"It is back at {done.path}." if done.path else "It is gone."
    if done.escalated:
        text += " It was given back too often, so people are asked about it."
    return Answer(value=done, text=text)


class MyWork(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of it."""

    limit: Annotated[int, Meta(ge=1, le=100, description="How many handoffs at most.")] = 20


class MyClaim(Struct, frozen=True, kw_only=True):
    """A claim of yours; claim_work with `claim` gives its token again."""

    claim: str
    path: str
    expires_at: datetime


class MyHandoff(Struct, frozen=True, kw_only=True):
    """A handoff of yours."""

    handoff: str
    state: str
    kind: str
    round: int
    title: str
    path: str


class Mine(Struct, frozen=True, kw_only=True):
    """What you hold, and what you handed over."""

    claims: tuple[MyClaim, ...]
    handoffs: tuple[MyHandoff, ...]


async def my_work(visit: Visit, asked: MyWork) -> Answer:
    """List your live claims and your last handoffs with their states, as after a restart."""
    held = await visit.ask(claims.list_, claims.ListClaims(mine=True))
    handed = await visit.ask(
        handoffs.list_, handoffs.ListHandoffs(agent="me", limit=asked.limit)
    )
    mine = Mine(
        claims=tuple(
            MyClaim(claim=one.id, path=one.path or "", expires_at=one.expires_at)
            for one in held.items
        ),
        handoffs=tuple(
            MyHandoff(
                handoff=one.id,
                state=one.state,
                kind=one.kind,
                round=one.round,
                title=one.title,
                path=one.path or "",
            )
            for one in handed.items
        ),
    )
    lines = [
        f"- you hold {one.path} until {one.expires_at:%H:%M} UTC: claim_work claim={one.claim}"
        " gives its lock_token"
        for one in mine.claims
    ]
    lines += [
        "- " + line(one.handoff, one.state, f"round {one.round}", one.title, one.path)
        for one in mine.handoffs
    ]
    return Answer(value=mine, text="\n".join(lines) or "Nothing. claim_work gives you some.")


TOOLS: tuple[Tool, ...] = (
    tool(
        claim_work,
        ClaimWork,
        Claimed,
        title="Claim work",
        acts=("claim.take", "claim.takeover"),
    ),
    tool(
        renew_work,
        RenewWork,
        Renewed,
        title="Keep claimed work",
        acts=("claim.renew",),
        repeats=True,
    ),
    tool(
        release_work,
        ReleaseWork,
        claims.Released,
        title="Give work back",
        acts=("claim.release",),
    ),
    tool(
        my_work,
        MyWork,
        Mine,
        title="See my work",
        acts=("claim.list", "handoff.list"),
        reads=True,
    ),
)
