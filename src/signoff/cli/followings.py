"""`events`: what happens in a workspace, as it happens."""

from typing import Any

import click
import msgspec

from signoff.cli.prints import moment, name_of, plain
from signoff.cli.remote import Remote, as_anybody

LAST = 50
LONGEST = 60


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Go on printing what happens.")
@click.option("--after", type=click.IntRange(0), help="From this position on.")
@click.option("--type", "type_", help="E.g. handoff.approved, or handoff. for all of a noun.")
@click.option("--handoff", help="Of one handoff.")
@click.option("--path", help="At or below a path.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one event a line.")
@as_anybody
def events(
    *,
    remote: Remote,
    follow: bool,
    after: int | None,
    type_: str | None,
    handoff: str | None,
    path: str | None,
    as_json: bool,
) -> None:
    """Print the last events, all after a position, or with --follow what comes from now on."""
    wanted = {"type": type_, "handoff": handoff, "path": path}
    asked = {name: value for name, value in wanted.items() if value}
    if after is None:
        head = remote.ask("GET", "events/head")["position"]
        after = head if follow else max(0, head - LAST)
    end = None if follow else remote.ask("GET", "events/head")["position"]
    while end is None or after < end:
        params = {**asked, "after": after, "limit": 1000} | ({} if end else {"wait": LONGEST})
        page = remote.patiently("events", params=params)
        for event in page["items"]:
            _print(event, as_json=as_json)
        if end is not None and page["next"] <= after:
            break
        after = page["next"]


def _print(event: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(event))
        return
    path = event.get("to") or event.get("path") or ""
    what = (event.get("handoff", ""), path, event.get("reason", ""))
    said = "  ".join(plain(part) for part in what if part)
    who = plain(name_of(event["actor"]))
    line = f"{event['position']:>6}  {moment(event['at'])}  {event['type']:<26}  {who:<16}"
    click.echo(f"{line}  {said}".rstrip())
