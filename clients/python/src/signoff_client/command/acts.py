"""What each word of the command does."""

import sys
import unicodedata
from argparse import Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import msgspec

from signoff_client.decisions import Decision
from signoff_client.errors import Conflict
from signoff_client.plans.handoffs import Said
from signoff_client.sync.client import Signoff
from signoff_client.sync.handoffs import Handoff
from signoff_client.sync.items import Item
from signoff_client.views import Feedback

SAID = ("title", "summary", "confidence", "needs", "flags", "questions", "reviewers")


def claim(signoff: Signoff, said: Namespace) -> int:
    """Claim a piece of work and print where it is."""
    item = signoff.claim(
        said.glob, stage=said.stage, path=said.path, lease_seconds=said.lease, wait=said.wait
    )
    if item is None:
        print("signoff-agent: There is nothing to do (no_work)", file=sys.stderr)
        return 1
    if said.json:
        _print_json(item.held.view)
    elif said.quiet:
        print(item.path)
    else:
        _print_fields(claim=item.id, path=item.path, folder=item.folder, until=item.expires_at)
        _print_feedback(item.feedback)
    return 0


def renew(signoff: Signoff, said: Namespace) -> int:
    """Begin a lease anew."""
    item = _the_claim(signoff, said.claim)
    item.renew()
    _print_fields(claim=item.id, until=item.expires_at)
    return 0


def release(signoff: Signoff, said: Namespace) -> int:
    """Give work back."""
    item = _the_claim(signoff, said.claim)
    item.release()
    print(f"{item.id} is given back")
    return 0


def read(signoff: Signoff, said: Namespace) -> int:
    """Read a file out, or into a file that is there whole or not."""
    pieces = signoff.stream(said.path, version=said.version)
    if said.out == "-":
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return 0
    target = Path(said.out)
    if target.is_dir():
        target /= said.path.rstrip("/").rpartition("/")[2]
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return 0


def put(signoff: Signoff, said: Namespace) -> int:
    """Write a file."""
    item = _claim_of(signoff, (said.path,))
    written = signoff.write(
        said.path,
        sys.stdin.buffer if said.file == "-" else Path(said.file),
        if_match=said.if_match or ("*" if said.overwrite else ""),
        if_none_match="*" if said.new else "",
        lock=item.token if item else "",
    )
    if said.json:
        _print_json(written)
    else:
        print(f"{written.path}  version {written.version}, {written.size} bytes")
    return 0


def submit(signoff: Signoff, said: Namespace) -> int:
    """Hand paths over; from a work folder this ends its claim."""
    named = {name: getattr(said, name) for name in SAID}
    given = {name: value for name, value in named.items() if value is not None}
    if said.dedupe_key:
        given["dedupe_key"] = said.dedupe_key
    item = _claim_of(signoff, said.paths)
    by = _ways(item or signoff)[said.act]
    handoff: Handoff
    context = cast("Said", {**said.context, **given})
    handoff = by(*said.paths, **context) if item else by(said.paths, **context)
    if said.json:
        _print_json(handoff.view)
    elif said.quiet:
        print(handoff.id)
    else:
        _print_handoff(handoff)
    return 0


def _ways(by: Item | Signoff) -> dict[str, Callable[..., Handoff]]:
    return {"submit": by.submit, "escalate": by.escalate, "hand-over": by.hand_over}


def wait(signoff: Signoff, said: Namespace) -> int:
    """Wait for a decision and print it."""
    handoff = signoff.handoff(said.handoff)
    decision = handoff.wait(said.timeout, after_round=said.after_round)
    if said.json:
        _print_json({**msgspec.to_builtins(decision), "feedback": decision.feedback})
    else:
        _print_decision(decision)
    return 0


def feedback(signoff: Signoff, said: Namespace) -> int:
    """Print what people said of a handoff."""
    found = signoff.handoff(said.handoff).feedback()
    if said.json:
        _print_json(found)
    else:
        _print_feedback(found)
    return 0 if found is not None else 1


def events(signoff: Signoff, said: Namespace) -> int:
    """Print events as they happen, until interrupted."""
    for event in signoff.follow(said.after, types=said.types):
        _print_json(event)
        sys.stdout.flush()
    return 0


ACTS: dict[str, Callable[[Signoff, Namespace], int]] = {
    "claim": claim,
    "renew": renew,
    "release": release,
    "read": read,
    "put": put,
    "submit": submit,
    "escalate": submit,
    "hand-over": submit,
    "wait": wait,
    "feedback": feedback,
    "events": events,
}


# Whose work a path is.


def _claim_of(signoff: Signoff, paths: Iterable[str]) -> Item | None:
    """Return the claim in whose work folder all the paths lie, with a token of ours."""
    inside = [f"{path.strip('/')}/" for path in paths]
    if not all(path.startswith("processing/") for path in inside):
        return None
    for each in signoff.claims():
        if each.folder and all(path.startswith(f"{each.folder}/") for path in inside):
            return signoff.takeover(each.id)
    return None


def _the_claim(signoff: Signoff, name: str) -> Item:
    if "/" not in name:
        return signoff.takeover(name)
    item = _claim_of(signoff, (name,))
    if item is None:
        raise Conflict(
            f"“{name}” is in no claim of yours",
            code="claim_lapsed",
            hint="Claim again to go on with it.",
        )
    return item


# What is printed.


def shown(value: object) -> str:
    """Return what others wrote as a terminal may have it: nothing in it gives it orders."""
    return "".join(
        each if each in "\n\t" or unicodedata.category(each) != "Cc" else f"\\x{ord(each):02x}"
        for each in str(value)
    )


def _print_json(value: Any) -> None:
    print(msgspec.json.encode(value).decode())


def _print_fields(**fields: object) -> None:
    for name, value in fields.items():
        if value not in (None, ""):
            print(f"{name + ':':<10} {shown(value)}")


def _print_handoff(handoff: Handoff) -> None:
    _print_fields(
        handoff=handoff.id,
        state=handoff.state,
        round=handoff.round,
        path=handoff.path,
        url=handoff.url,
    )


def _print_decision(decision: Decision) -> None:
    _print_fields(
        state=decision.state,
        by=decision.by.name if decision.by else None,
        round=decision.round,
        path=decision.path,
        edited="yes" if decision.edited else None,
        reason=decision.feedback,
        **decision.answers,
    )


def _print_feedback(feedback: Feedback | None) -> None:
    if feedback is None:
        return
    _print_fields(reason=feedback.reason, **feedback.answers)
    for remark in feedback.comments:
        print(shown(f"{remark.by.name}: {remark.text}"))
