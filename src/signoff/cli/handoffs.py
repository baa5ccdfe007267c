"""`submit`, `escalate`, `wait`, `feedback`, `withdraw`: what an agent hands to people."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from signoff.cli.claims import comment_line, forget, remember, seconds
from signoff.cli.prints import as_json, block, decided, fields, handed, print_json, state_of
from signoff.cli.remote import Refused, Remote, an_id, as_anybody, token_option

F = TypeVar("F", bound=Callable[..., Any])

SEVERITIES = ("note", "warning", "critical")
LONGEST = 60


def an_object(raw: str) -> dict[str, Any]:
    """Return a JSON object that was typed, or that the file of `@FILE` holds."""
    try:
        text = Path(raw[1:]).read_bytes() if raw.startswith("@") else raw.encode()
        return msgspec.json.decode(text, type=dict[str, Any])
    except OSError as error:
        raise click.BadParameter(f"{raw[1:]}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise click.BadParameter(f"{raw} is no JSON object: {error}") from None


CONTEXT = (
    click.option("--title", help="What people read first; the first path's name unless told."),
    click.option("--summary", help="What was done and what to look at, in Markdown."),
    click.option("--confidence", type=click.FloatRange(0, 1), help="From 0 to 1."),
    click.option(
        "--flag",
        "flags",
        multiple=True,
        metavar="[SEVERITY:]MESSAGE",
        help=f"Something to look at; the severity is one of {', '.join(SEVERITIES)}.",
    ),
    click.option(
        "--question",
        "questions",
        multiple=True,
        type=an_object,
        metavar="JSON",
        help='{"id": …, "text": …, "schema": …}, or @FILE.',
    ),
    click.option("--reviewer", "reviewers", multiple=True, help="An e-mail, or group:NAME."),
    click.option("--dedupe-key", help="Not again while one with this key is open."),
    click.option(
        "--context", type=an_object, metavar="@FILE", help="More, as a sidecar has it, in JSON."
    ),
    click.option("--quiet", "-q", is_flag=True, help="Print only the handoff's id."),
    token_option,
    as_json,
)


def with_context(command: F) -> F:
    """Give a command the options that say something about what is handed over."""
    wrapped: Any = command
    for option in reversed(CONTEXT):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--kind",
    type=click.Choice(["approval", "escalation", "relay"]),
    help="What is wanted of people; an approval unless told.",
)
@click.option("--needs", help="What you need, in a sentence.")
@with_context
@as_anybody
def submit(*, remote: Remote, paths: tuple[str, ...], **said: Any) -> None:
    """Put one or several paths in front of people, as one package.

    From a work folder this ends the claim; from a claim on feedback it is the next round.
    """
    _hand_over(remote, paths, **said)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--needs", required=True, help="What you need, in a sentence.")
@click.option("--split", is_flag=True, help="Only this item of a claimed batch; it goes on.")
@with_context
@as_anybody
def escalate(*, remote: Remote, paths: tuple[str, ...], split: bool, **said: Any) -> None:
    """Say that you are stuck and what you need; the answer comes back as data."""
    if split and len(paths) > 1:
        raise click.UsageError("One item is split off at a time.")
    _hand_over(remote, paths, kind="escalation", split=split, **said)


def _hand_over(
    remote: Remote,
    paths: tuple[str, ...],
    *,
    context: dict[str, Any] | None,
    flags: tuple[str, ...],
    lock_tokens: tuple[str, ...],
    quiet: bool,
    as_json: bool,
    split: bool = False,
    **said: Any,
) -> None:
    given = {**said, "flags": [_flag(raw) for raw in flags]}
    body = {**(context or {}), **{k: v for k, v in given.items() if v not in (None, (), [])}}
    ending = remote.held_at(*paths)
    tokens = (*lock_tokens, *(held.token for held in ending.values()))
    if split:
        body.pop("kind", None)
        route, body["path"] = "splits", paths[0]
    else:
        route, body["paths"] = "handoffs", list(paths)
    handoff = remote.ask("POST", route, json=body, tokens=tokens)
    if not split:
        forget(*ending)
    if as_json:
        print_json(handoff)
    elif quiet:
        click.echo(handoff["id"])
    else:
        handed(handoff)


def _flag(raw: str) -> dict[str, str]:
    severity, colon, message = raw.partition(":")
    if colon and severity in SEVERITIES:
        return {"severity": severity, "message": message.strip()}
    return {"severity": "warning", "message": raw}


@click.command()
@click.argument("handoff", type=an_id)
@click.option("--timeout", type=seconds, metavar="TIME", help="For ever unless told.")
@click.option(
    "--after-round", type=click.IntRange(0), default=0, help="A decision of a later round."
)
@as_json
@as_anybody
def wait(
    *, remote: Remote, handoff: str, timeout: int | None, after_round: int, as_json: bool
) -> None:
    """Wait until a handoff is decided and print the verdict; exit with 1 when time is over."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = LONGEST if end is None else max(0, round(end - time.monotonic()))
        params = {"wait": min(left, LONGEST), "after_round": after_round}
        seen = remote.patiently(f"handoffs/{handoff}", params=params)
        if seen["state"] != "in_review" and seen["round"] > after_round:
            break
        if end is not None and time.monotonic() >= end:
            raise Refused(
                f"{handoff} is not decided yet: {state_of(seen)}, round {seen['round']}",
                code="still_waiting",
                hint=f"People see it at {seen['url']}",
            )
    if as_json:
        print_json(seen)
    else:
        decided(seen)


@click.command()
@click.argument("handoff", type=an_id)
@as_json
@as_anybody
def feedback(*, remote: Remote, handoff: str, as_json: bool) -> None:
    """Print what people said of a handoff: the decision, the answers, the comments."""
    seen = remote.ask("GET", f"handoffs/{handoff}")
    comments = list(remote.pages(f"handoffs/{handoff}/comments"))
    if as_json:
        print_json({"decision": seen["decision"], "state": seen["state"], "items": comments})
        return
    decided(seen)
    block("Comments", "\n".join(comment_line(one) for one in comments))


@click.command()
@click.argument("handoff", type=an_id)
@click.option("--reason", default="", help="Why.")
@as_json
@as_anybody
def withdraw(*, remote: Remote, handoff: str, reason: str, as_json: bool) -> None:
    """Take a handoff back before it is decided; its agent has a fresh claim on the package."""
    params = {"reason": reason} if reason else {}
    done = remote.ask("DELETE", f"handoffs/{handoff}", params=params)
    claim = done["claim"]
    if claim and claim["lock_token"]:
        remember(remote, {**claim, "handoff": handoff})
    if as_json:
        print_json(done)
        return
    handed(done["handoff"])
    if claim:
        fields((("claim", claim["id"]), ("folder", claim["folder"])))
