"""`approve`, `request-changes`, `reject`, `answer`: a person's verdict on what they were shown.

A verdict names a digest and a round. They are those that `show` last printed to this person,
or come by `--digest`; they are never looked up when deciding, for then one would decide on
bytes that one has not seen. The inbox shows no package, so listing it is not enough.
"""

from typing import Any

import click
import msgspec

from signoff.cli import notebooks
from signoff.cli.desks import key_of
from signoff.cli.prints import as_json, decided, handed, print_json
from signoff.cli.remote import Refused, Remote, an_id, as_person

OPTIONS = (
    click.option("--digest", help="The package that you saw, if not by `show` here."),
    click.option("--round", "round_", type=click.IntRange(1), help="The round of it."),
    as_json,
    as_person,
)


def deciding(command: Any) -> Any:
    """Give a command what every verdict takes."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


reason_option = click.option("--reason", default="", help="Why; the agent is told.")


@click.command()
@click.argument("handoff", type=an_id)
@reason_option
@click.option(
    "--send-back",
    "sent_back",
    multiple=True,
    metavar="FILE=REASON",
    help="Send this file of the package back and approve the rest.",
)
@deciding
def approve(*, handoff: str, sent_back: tuple[str, ...], **rest: Any) -> None:
    """Approve what `show` showed."""
    files = []
    for raw in sent_back:
        path, equals, why = raw.partition("=")
        if not (equals and why.strip()):
            raise click.UsageError(f"Say why: --send-back '{path}=REASON'.")
        files.append({"path": path, "verdict": "request_changes", "reason": why})
    _decide(handoff, "approve", files=files, **rest)


@click.command()
@click.argument("handoff", type=an_id)
@reason_option
@deciding
def request_changes(*, handoff: str, **rest: Any) -> None:
    """Send a handoff back to its agent, which is told what to do differently."""
    _decide(handoff, "request_changes", **rest)


@click.command()
@click.argument("handoff", type=an_id)
@reason_option
@deciding
def reject(*, handoff: str, **rest: Any) -> None:
    """Reject a handoff for good."""
    _decide(handoff, "reject", **rest)


@click.command()
@click.argument("handoff", type=an_id)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    required=True,
    metavar="ID=VALUE",
    help="To a question; ID:=JSON for other than text.",
)
@reason_option
@deciding
def answer(*, handoff: str, answers: tuple[str, ...], **rest: Any) -> None:
    """Answer an agent's questions; the answers come to it as data."""
    _decide(handoff, "answer", answers=answers, **rest)


def _decide(
    handoff: str,
    verdict: str,
    *,
    remote: Remote,
    reason: str,
    digest: str | None,
    round_: int | None,
    as_json: bool,
    answers: tuple[str, ...] = (),
    files: list[dict[str, str]] | None = None,
) -> None:
    shown = notebooks.read().shown.get(key_of(remote, handoff))
    if digest is None:
        if shown is None:
            raise Refused(
                f"{handoff} was not shown to you here",
                code="not_shown",
                hint=f"Look at it: `signoff show {handoff}`; or name what you saw by --digest.",
            )
        digest, round_ = shown.digest, round_ or shown.round
    types = shown.answers if shown is not None else {}
    said = {
        "verdict": verdict,
        "digest": digest,
        "round": round_,
        "reason": reason,
        "answers": dict(_answer(raw, types) for raw in answers),
        "files": files,
    }
    body = {name: value for name, value in said.items() if value}
    seen = remote.ask("PUT", f"handoffs/{handoff}/decision", json=body)
    if as_json:
        print_json(seen)
    elif seen["decision"] is None:
        handed(seen)
        given = sum(1 for one in seen["reviews"] if one["round"] == seen["round"])
        click.echo(f"Your review is counted: {given} of {seen['required']}")
    else:
        decided(seen)


def _answer(raw: str, types: dict[str, str]) -> tuple[str, Any]:
    """Read an answer as its question's schema wants it: text, unless it says otherwise."""
    name, equals, value = raw.partition("=")
    if not equals or not name:
        raise click.UsageError(f"Write --answer ID=VALUE, not {raw}.")
    forced = name.endswith(":")
    name = name.removesuffix(":")
    if not forced and types.get(name, "") in ("", "string"):
        return name, value
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise click.UsageError(f"The answer to {name} is no JSON: {error}") from None
