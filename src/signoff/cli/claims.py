"""`claim`, `renew`, `release`: an agent's leases on work, whose lock tokens are remembered."""

import re
from datetime import datetime
from typing import Any

import click

from signoff.cli import notebooks
from signoff.cli.notebooks import Held
from signoff.cli.prints import as_json, block, fields, moment, name_of, print_json
from signoff.cli.remote import Refused, Remote, an_id, as_anybody, token_option

LONGEST = 60
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def seconds(raw: str) -> int:
    """Return the seconds of a time that was typed: 90, 10m or 2h."""
    found = re.fullmatch(r"([0-9]{1,6})([smh]?)", str(raw))
    if found is None:
        raise click.BadParameter(f"{raw} is no time: write 90, 10m or 2h.")
    return int(found[1]) * UNITS[found[2]]


lease_option = click.option("--lease", type=seconds, metavar="TIME", help="E.g. 10m, 2h.")


@click.command()
@click.option("--stage", type=click.Choice(["input", "feedback"]), help="Both unless told.")
@click.option("--path", help="This piece of work and no other.")
@click.option("--glob", help="Whose path fits: *.csv, or input/**/*.csv for new work alone.")
@lease_option
@click.option(
    "--wait", type=seconds, default=0, metavar="TIME", help="How long to wait for work."
)
@click.option("--quiet", "-q", is_flag=True, help="Print only the path of the work.")
@as_json
@as_anybody
def claim(
    *,
    remote: Remote,
    stage: str | None,
    path: str | None,
    glob: str | None,
    lease: int | None,
    wait: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Claim a piece of work: it moves to a work folder that nobody else writes to.

    What was sent back to you comes first. Without work the exit code is 1. The lock token is
    remembered, so that put, submit and the rest work in the folder.
    """
    said = {"stage": stage, "path": path, "glob": glob, "lease_seconds": lease}
    body = {name: value for name, value in said.items() if value is not None}
    taken = None
    while taken is None:
        step = min(wait, LONGEST)
        taken = remote.ask("POST", "claims", json={**body, "wait": step} if step else body)
        wait -= step
        if taken is None and wait <= 0:
            raise Refused(
                "There is nothing to do",
                code="no_work",
                hint="--wait 60 waits for work; `signoff ls input` shows what is there.",
            )
    remember(remote, taken)
    if as_json:
        print_json(taken)
    elif quiet:
        click.echo(taken["path"])
    else:
        _print(taken)


def remember(remote: Remote, taken: dict[str, Any]) -> None:
    """Keep a claim's token; a lease that was renewed keeps its folder."""
    with notebooks.changing() as notebook:
        notebook.claims[taken["id"]] = Held(
            place=remote.place,
            folder=taken["folder"],
            path=taken["path"],
            token=taken["lock_token"],
            until=datetime.fromisoformat(taken["expires_at"]).timestamp(),
            handoff=taken.get("handoff", ""),
        )


def forget(*claims: str) -> None:
    """Forget claims that have ended."""
    with notebooks.changing() as notebook:
        for name in claims:
            notebook.claims.pop(name, None)


def _print(taken: dict[str, Any]) -> None:
    fields(
        (
            ("claim", taken["id"]),
            ("path", taken["path"]),
            ("folder", taken["folder"]),
            ("until", moment(taken["expires_at"])),
            ("handoff", taken.get("handoff")),
        )
    )
    print_feedback(taken.get("feedback"))


def print_feedback(feedback: dict[str, Any] | None) -> None:
    """Print what people said when they sent a package back."""
    if not feedback:
        return
    block(f"{name_of(feedback['by'])} in round {feedback['round']}", feedback["reason"])
    block("Comments", "\n".join(comment_line(one) for one in feedback["comments"]))
    answers = feedback.get("answers") or {}
    block("Answers", "\n".join(f"{name}: {value}" for name, value in answers.items()))


def comment_line(comment: dict[str, Any]) -> str:
    """Return a comment with the place that it is about."""
    anchor = comment["anchor"] or {}
    where = [comment["file"] or "", *(f"{name} {value}" for name, value in anchor.items())]
    place = " ".join(part for part in where if part)
    text = f"{comment['by']['name']}: {comment['text']}"
    return f"{place}: {text}" if place else text


def the_claim(remote: Remote, claim: str | None, given: tuple[str, ...]) -> tuple[str, Any]:
    """Return which claim is meant, and its tokens; the only one unless told."""
    kept = remote.claims()
    if claim is None:
        if len(kept) != 1:
            raise click.UsageError(
                f"Say which CLAIM: {', '.join(kept) or 'none is kept here'}."
            )
        claim = next(iter(kept))
    tokens = given or ((kept[claim].token,) if claim in kept else ())
    return claim, tokens


@click.command()
@click.argument("claim", type=an_id, required=False)
@lease_option
@token_option
@as_json
@as_anybody
def renew(
    *,
    remote: Remote,
    claim: str | None,
    lease: int | None,
    lock_tokens: tuple[str, ...],
    as_json: bool,
) -> None:
    """Begin a claim's lease anew; the only claim's unless told."""
    name, tokens = the_claim(remote, claim, lock_tokens)
    body = {} if lease is None else {"lease_seconds": lease}
    renewed = remote.ask("POST", f"claims/{name}/renew", json=body, tokens=tokens)
    if renewed.get("lock_token"):
        remember(remote, renewed)
    if as_json:
        print_json(renewed)
    else:
        click.echo(f"{name} is yours until {moment(renewed['expires_at'])}")


@click.command()
@click.argument("claim", type=an_id, required=False)
@token_option
@as_anybody
def release(*, remote: Remote, claim: str | None, lock_tokens: tuple[str, ...]) -> None:
    """Give work back as it was when it was claimed."""
    name, tokens = the_claim(remote, claim, lock_tokens)
    remote.ask("DELETE", f"claims/{name}", tokens=tokens)
    forget(name)
    click.echo(f"{name} is given back")
