"""`signoff agent …`: programs that work in a workspace."""

from datetime import UTC, datetime

import click

from signoff.actions import agents
from signoff.cli.operating import act, as_json, ask, operating, print_json, print_rows
from signoff.domain.actors import Scope
from signoff.settings import Settings

scopes = click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What the key may be used for; everything unless told.",
)
paths = click.option("--path", "paths", multiple=True, help="A path that the key is kept to.")
expires = click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"]),
    help="When the key ends, in UTC.",
)


def in_utc(time: datetime | None) -> datetime | None:
    """Return a time that was typed without a zone as the UTC that it is."""
    return None if time is None else time.replace(tzinfo=UTC)


@click.group()
def command() -> None:
    """Add agents and list them."""


@command.command()
@click.argument("slug")
@click.argument("name")
@click.option("--owner", metavar="EMAIL", help="The person who answers for the agent.")
@expires
@scopes
@paths
@as_json
@operating
def create(
    *,
    settings: Settings,
    slug: str,
    name: str,
    owner: str | None,
    expires: datetime | None,
    scopes: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add an agent to a workspace and print its API key, which is shown this once."""
    asked = agents.Create(
        name=name,
        owner=owner,
        scopes=tuple(Scope(scope) for scope in scopes) or tuple(Scope),
        paths=paths,
        expires_at=in_utc(expires),
    )
    made = act(settings, agents.create, asked, workspace=slug)
    if as_json:
        print_json(made)
    else:
        click.echo(made.key.secret)


@command.command("list")
@click.argument("slug")
@as_json
@operating
def list_(*, settings: Settings, slug: str, as_json: bool) -> None:
    """List a workspace's agents."""
    page = ask(settings, agents.every, agents.Every(), workspace=slug)
    if as_json:
        print_json(page)
        return
    rows = [
        (
            one.id,
            one.name,
            one.owner.name if one.owner else "",
            "disabled" if one.disabled_at else "",
        )
        for one in page.items
    ]
    print_rows(rows, head=("id", "name", "owner", "state"))


@command.command()
@click.argument("slug")
@click.argument("agent")
@operating
def disable(*, settings: Settings, slug: str, agent: str) -> None:
    """Keep an agent, by name or id, from acting."""
    gone = act(settings, agents.disable, agents.Of(agent=agent), workspace=slug)
    click.echo(f"{gone.name} is disabled")
