"""The story of a handoff, from its events: who did what, the newest first."""

from typing import Any

from msgspec import UNSET

from signoff.actions.entries import EventView
from signoff.domain.events import Type
from signoff.web.words import did, plural

STRONG: dict[str, str] = {
    Type.HANDOFF_APPROVED: "Approved",
    Type.HANDOFF_CHANGES_REQUESTED: "Asked for changes",
    Type.HANDOFF_REJECTED: "Rejected",
    Type.HANDOFF_ANSWERED: "Answered",
    Type.HANDOFF_WITHDRAWN: "Withdrawn",
    Type.HANDOFF_RECALLED: "Recalled",
    Type.HANDOFF_RAISED: "Raised",
    Type.HANDOFF_REVIEWED: "Gave a verdict",
}
"""What counts, by event."""

CALM: dict[str, str] = {
    Type.HANDOFF_TAKEN: "Took the review",
    Type.HANDOFF_REASSIGNED: "Handed the review on",
    Type.HANDOFF_GIVEN_BACK: "Gave the review back",
    Type.HANDOFF_CHANGED: "Changed it in review",
    Type.HANDOFF_OFFERED: "Offered it to other agents",
    Type.HANDOFF_REMINDED: "Reminded",
    Type.HANDOFF_REPLANNED: "Set another time",
    Type.HANDOFF_SECOND_LOOK_ASKED: "Asked for a second look",
    Type.HANDOFF_SECOND_LOOK_GIVEN: "Gave a second look",
    Type.HANDOFF_SPLIT: "Split it",
    Type.CLAIM_TAKEN: "Claimed it",
    Type.CLAIM_RELEASED: "Ended its claim",
    Type.CLAIM_LAPSED: "The lease lapsed",
    Type.COMMENT_ADDED: "Commented",
    Type.COMMENT_RESOLVED: "Settled a comment",
    Type.RUN_BEGUN: "Began to run it",
}

RAN: dict[Any, str] = {"done": "Ran it", "failed": "Ran it, which failed"}
"""How a run ended, by its outcome."""

OPENING = frozenset({Type.HANDOFF_OPENED, Type.HANDOFF_RESUBMITTED})
FILES = frozenset({Type.FILE_WRITTEN, Type.FILE_CREATED, Type.FILE_DELETED, Type.FILE_MOVED})


def steps(events: tuple[EventView, ...]) -> list[dict[str, Any]]:
    """Return events as steps; what happened to several files at once is one step."""
    told: list[dict[str, Any]] = []
    for event in events:
        step = _step(event)
        last = told[-1] if told else None
        if last and step["files"] and last["files"] and last["by"].id == step["by"].id:
            last["files"] += step["files"]
            last["words"] = f"Changed {plural(last['files'], 'file')}"
        else:
            told.append(step)
    return told


def _step(event: EventView) -> dict[str, Any]:
    strong, words, files = "", "", 0
    round_ = 1 if event.round is UNSET else event.round
    if event.type in OPENING:
        strong = f"Round {round_} handed over"
    elif event.type in STRONG:
        strong = STRONG[event.type]
    elif event.type == Type.RUN_ENDED and event.codes is not UNSET:
        words = RAN[event.codes["outcome"]]
    elif event.type in FILES:
        name = "" if event.path is UNSET else event.path.rpartition("/")[2]
        words, files = f"{did(event.type).capitalize()} {name}".strip(), 1
    else:
        words = CALM.get(event.type, did(event.type).capitalize())
    return {"by": event.actor, "at": event.at, "strong": strong, "words": words, "files": files}
