"""`signoff follower …`: who follows the log, and the way back for one that must read again."""

import click

from signoff.actions import followers
from signoff.cli.operating import act, as_json, ask, operating, print_json
from signoff.settings import Settings


@click.group()
def command() -> None:
    """See who follows a workspace's log, and let one read again."""


@command.command("list")
@click.argument("slug")
@as_json
@operating
def list_(*, settings: Settings, slug: str, as_json: bool) -> None:
    """List who follows the log of workspace SLUG, and how far each has read."""
    found = ask(settings, followers.every, followers.Every(), workspace=slug)
    if as_json:
        print_json(found)
        return
    for one in found.items:
        behind = f"{one.behind} behind" if one.behind else "up to date"
        click.echo(f"{one.name:<15} read up to {one.position}, {behind}")


@command.command()
@click.argument("slug")
@click.argument("name")
@click.argument("position", type=click.IntRange(min=0))
@operating
def rewind(*, settings: Settings, slug: str, name: str, position: int) -> None:
    """Let follower NAME read the log of SLUG again, after entry POSITION; 0 is all of it."""
    asked = followers.Rewind(name=name, position=position)
    made = act(settings, followers.rewind, asked, workspace=slug)
    click.echo(f"{name} reads on after entry {made.position}, {made.behind} to go")
