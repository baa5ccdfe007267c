"""Handoffs: to put a package in front of people, and to wait for what they say."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict

from signoff_client.asking import Patience, ask, pause_after
from signoff_client.decisions import Change, Decision
from signoff_client.errors import StillWaiting, Unreachable
from signoff_client.place import quoted
from signoff_client.plans.changes import changes
from signoff_client.plans.claims import InHand
from signoff_client.plans.items import locate
from signoff_client.plans.pages import all_of
from signoff_client.steps import Pause, Plan
from signoff_client.views import (
    Feedback,
    Flag,
    HandoffView,
    PackageFile,
    Question,
    Remark,
    Withdrawn,
)

LONGEST_WAIT = 60
"""Seconds for which the server lets a request for a decision wait."""

IN_REVIEW = "in_review"


class Said(TypedDict, total=False):
    """What is said about a package, and to the server about the submission.

    `flags` and `questions` may be plain dictionaries. `confidence` is from 0 to 1.
    `reviewers` are e-mails or `group:NAME`, `required` of whom must approve. `extra` is kept
    and shown as it is. With a `dedupe_key` the same open handoff is returned and not another.
    `resume_state` (64 KiB) is given back to the submitter alone. `handoff` insists that this
    is its next round. `schemas` are JSON Schemas for files of the package, by their path.
    """

    title: str
    summary: str
    confidence: float
    flags: Sequence[Flag | Mapping[str, Any]]
    needs: str
    questions: Sequence[Question | Mapping[str, Any]]
    checklist: Sequence[str]
    actions: Sequence[str]
    sources: Sequence[Mapping[str, Any]]
    reviewers: Sequence[str]
    required: int
    priority: int
    due_at: datetime | str
    agent: Mapping[str, Any]
    callback_url: str
    correlation: str
    extra: Mapping[str, Any]
    dedupe_key: str
    resume_state: str
    handoff: str
    schemas: Mapping[str, Any]


Kind = Literal["approval", "escalation", "relay"]


def submit(
    paths: str | Sequence[str],
    said: Mapping[str, Any],
    *,
    kind: Kind,
    patience: Patience,
    token: str = "",
) -> Plan[HandoffView]:
    """Put paths in front of people as one package."""
    named = [paths] if isinstance(paths, str) else list(paths)
    given = {name: value for name, value in said.items() if value is not None}
    body = {**given, "kind": kind, "paths": [path.strip("/") for path in named]}
    return (
        yield from ask(
            "POST", "handoffs", HandoffView, patience=patience, json=body, token=token
        )
    )


def submit_held(
    held: InHand,
    names: Sequence[str],
    said: Mapping[str, Any],
    *,
    kind: Kind,
    patience: Patience,
) -> Plan[HandoffView]:
    """Submit from a claim, which ends with it: the work itself unless files are named."""
    held.check()
    paths = [held.view.path]
    if names:
        paths = []
        for name in names:
            paths.append((yield from locate(held, name, patience=patience)))
    view = yield from submit(paths, said, kind=kind, patience=patience, token=held.token)
    held.submitted = held.ended = True
    return view


def show(handoff: str, *, patience: Patience) -> Plan[HandoffView]:
    """Show a handoff whole."""
    path = f"handoffs/{quoted(handoff)}"
    return (yield from ask("GET", path, HandoffView, patience=patience))


def wait(
    handoff: HandoffView, *, timeout: float | None, after_round: int | None
) -> Plan[Decision]:
    """Wait until a handoff is decided, for days if need be, or raise StillWaiting.

    Servers that are restarted and networks that are gone are waited for; a refusal, such as
    of a key that was revoked, is raised at once.
    """
    after = handoff.round - 1 if after_round is None else after_round
    until = None if timeout is None else time.monotonic() + timeout
    quick = 0
    while True:
        began = time.monotonic()
        left = LONGEST_WAIT if until is None else max(0, round(until - began))
        step = min(LONGEST_WAIT, left)
        try:
            view = yield from _look(handoff.id, after, step, until)
        except Unreachable as error:
            raise StillWaiting(handoff.id, handoff.url) from error
        if is_settled(view, after):
            return (yield from decided(view))
        if until is not None and time.monotonic() >= until:
            raise StillWaiting(handoff.id, handoff.url)
        quick = quick + 1 if time.monotonic() - began < min(1, step) else 0
        if quick:
            yield Pause(pause_after(quick))  # a server that stops answers whoever waits
        elif step == 0:
            yield Pause(0.2)


def _look(handoff: str, after: int, step: int, until: float | None) -> Plan[HandoffView]:
    params = {"wait": step, "after_round": max(0, after)}
    patience = Patience(tries=None, until=until)
    path = f"handoffs/{quoted(handoff)}"
    return (
        yield from ask("GET", path, HandoffView, patience=patience, params=params, wait=step)
    )


def is_settled(view: HandoffView, after_round: int) -> bool:
    """Say whether it is decided in a later round, and all of it was said.

    A verdict that was given by moving files waits for its reason for a while.
    """
    return view.state != IN_REVIEW and not view.reason_due_at and view.round > after_round


def decided(view: HandoffView) -> Plan[Decision]:
    """Return what was decided, with what people changed in the package."""
    found: tuple[Change, ...] = ()
    if view.decision is not None and view.decision.changed:
        found = yield from changes(view)
    return Decision.of(view, changes=found)


def withdraw(handoff: str, *, reason: str, patience: Patience) -> Plan[HandoffView]:
    """Take a handoff back before it is decided."""
    path = f"handoffs/{quoted(handoff)}"
    params = {"reason": reason} if reason else {}
    done = yield from ask("DELETE", path, Withdrawn, patience=patience, params=params)
    return done.handoff


def files(handoff: str, *, patience: Patience) -> Plan[tuple[PackageFile, ...]]:
    """List every file that a handoff's digest covers."""
    path = f"handoffs/{quoted(handoff)}/files"
    return (yield from all_of(path, PackageFile, patience=patience))


def feedback(handoff: str, *, patience: Patience) -> Plan[Feedback | None]:
    """Return what people said of a handoff; None while nothing was."""
    view = yield from show(handoff, patience=patience)
    path = f"handoffs/{quoted(handoff)}/comments"
    comments = yield from all_of(path, Remark, patience=patience)
    decision = view.decision
    if decision is None and not comments:
        return None
    return Feedback(
        reason=decision.reason if decision else "",
        comments=comments,
        by=decision.by if decision else None,
        round=decision.round if decision else view.round,
        answers=(decision.answers if decision else None) or {},
        files=decision.files if decision else (),
    )
