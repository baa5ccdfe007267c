"""`signoff endpoint …`: which systems are told, and what to do about one that was not."""

import click

from signoff.actions import endpoints
from signoff.cli.operating import act, as_json, ask, operating, print_json, print_rows
from signoff.settings import Settings


@click.group()
def command() -> None:
    """See which endpoints of webhooks a workspace has, ping one, tell one again."""


@command.command("list")
@click.argument("slug")
@as_json
@operating
def list_(*, settings: Settings, slug: str, as_json: bool) -> None:
    """List the endpoints of workspace SLUG, and how each is doing."""
    found = ask(settings, endpoints.every, endpoints.Every(), workspace=slug)
    if as_json:
        print_json(found)
        return
    rows = [
        (one.id, one.state, str(one.waiting), ",".join(one.events), one.url)
        for one in found.items
    ]
    print_rows(rows, head=("id", "state", "waiting", "events", "url"))


@command.command()
@click.argument("slug")
@click.argument("endpoint")
@operating
def ping(*, settings: Settings, slug: str, endpoint: str) -> None:
    """Have ENDPOINT of workspace SLUG told that it is heard."""
    act(settings, endpoints.ping, endpoints.One(endpoint=endpoint), workspace=slug)
    click.echo(f"{endpoint} will be told; its deliveries say whether it heard")


@command.command()
@click.argument("slug")
@click.argument("endpoint")
@click.argument("after", type=click.IntRange(min=0))
@click.option("--until", type=click.IntRange(min=0), help="Up to this position, not the end.")
@click.option("--missed-only", is_flag=True, help="Leave out what arrived.")
@operating
def replay(
    *,
    settings: Settings,
    slug: str,
    endpoint: str,
    after: int,
    until: int | None,
    missed_only: bool,
) -> None:
    """Tell ENDPOINT of SLUG again what happened after position AFTER; 0 is all of it."""
    asked = endpoints.Replay(
        endpoint=endpoint, after=after, until=until, missed_only=missed_only
    )
    act(settings, endpoints.replay, asked, workspace=slug)
    click.echo(f"{endpoint} is told again what happened after {after}")


@command.command()
@click.argument("slug")
@click.argument("endpoint")
@operating
def enable(*, settings: Settings, slug: str, endpoint: str) -> None:
    """Let ENDPOINT of workspace SLUG go on after it ended or was paused."""
    asked = endpoints.Change(endpoint=endpoint, enabled=True)
    made = act(settings, endpoints.change, asked, workspace=slug)
    click.echo(f"{endpoint} goes on, {made.waiting} waiting")
