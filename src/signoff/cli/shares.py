"""`give-back`, `reassign`, `away`: how people share reviews."""

from datetime import datetime
from typing import Any

import click

from signoff.cli.prints import as_json, handed, moment, name_of, print_json, rows
from signoff.cli.remote import Remote, an_id, as_person

TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.command()
@click.argument("handoff", type=an_id)
@as_json
@as_person
def give_back(*, remote: Remote, handoff: str, as_json: bool) -> None:
    """Give back a review that you took, for others to take."""
    _done(remote.ask("POST", f"handoffs/{handoff}/give-back"), as_json=as_json)


@click.command()
@click.argument("handoff", type=an_id)
@click.argument("to")
@click.option(
    "--from",
    "whose",
    metavar="WHO",
    help="Whose review; yours, or the only one that is asked, unless told.",
)
@click.option("--note", default="", help="What they should know.")
@as_json
@as_person
def reassign(
    *, remote: Remote, handoff: str, to: str, whose: str | None, note: str, as_json: bool
) -> None:
    """Hand a review on TO a person, by e-mail or id, or to a group, as group:NAME."""
    said = {"to": to, "from": whose, "note": note}
    body = {name: value for name, value in said.items() if value}
    _done(remote.ask("POST", f"handoffs/{handoff}/reassign", json=body), as_json=as_json)


def _done(seen: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(seen)
    else:
        handed(seen)


@click.command()
@click.option("--to", metavar="WHO", help="Who stands in, by e-mail or id.")
@click.option("--until", type=TIME, help="When you are back, in this machine's time zone.")
@click.option("--from", "start", type=TIME, help="When you go; now unless told.")
@click.option("--note", default="", help="What others should know.")
@click.option("--back", is_flag=True, help="You are back, or do not go after all.")
@click.option("--person", metavar="WHO", help="Somebody else than you; for managers.")
@as_json
@as_person
def away(
    *,
    remote: Remote,
    to: str | None,
    until: datetime | None,
    start: datetime | None,
    note: str,
    back: bool,
    person: str | None,
    as_json: bool,
) -> None:
    """List who is away; say by --to and --until that you are, by --back that you are not."""
    whose = {"person": person} if person else {}
    if back:
        remote.ask("DELETE", "away", params=whose)
        click.echo("Nobody stands in any more")
        return
    if to is None and until is None:
        _list(remote, as_json=as_json)
        return
    if to is None or until is None:
        raise click.UsageError("Say both: who stands in (--to), and until when (--until).")
    body = {"to": to, "until": until.astimezone().isoformat(), **whose}
    body |= {"from": start.astimezone().isoformat()} if start else {}
    body |= {"note": note} if note else {}
    made = remote.ask("PUT", "away", json=body)
    if as_json:
        print_json(made)
    else:
        click.echo(
            f"{made['to']['name']} stands in for {made['person']['name']},"
            f" from {moment(made['from'])} until {moment(made['until'])}"
        )


def _list(remote: Remote, *, as_json: bool) -> None:
    items = remote.ask("GET", "away")["items"]
    if as_json:
        print_json({"items": items})
    elif not items:
        click.echo("Nobody is away.")
    else:
        rows(
            ("away", "stands in", "from", "until", ""),
            [
                (
                    name_of(one["person"]),
                    name_of(one["to"]),
                    moment(one["from"]),
                    moment(one["until"]),
                    one["note"],
                )
                for one in items
            ],
        )
