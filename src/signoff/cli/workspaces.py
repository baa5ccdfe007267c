"""`signoff workspace …`."""

import click

from signoff.actions import workspaces
from signoff.actions.house import House
from signoff.actions.workspaces import WorkspaceView
from signoff.cli.operating import as_json, ask, operating, print_json, print_rows, with_house
from signoff.domain.actors import operator
from signoff.domain.ids import INSTANCE, Slug
from signoff.settings import Settings


@click.group()
def command() -> None:
    """Make and list workspaces."""


@command.command()
@click.argument("slug")
@click.option("--name", default="", help="What people read; the slug unless told.")
@as_json
@operating
def create(*, settings: Settings, slug: str, name: str, as_json: bool) -> None:
    """Make a workspace; SLUG is its name in URLs, for ever."""

    async def work(house: House) -> WorkspaceView:
        asked = workspaces.Create(slug=slug, name=name)
        done = await house.do(workspaces.create, operator(INSTANCE), asked)
        assert done.result is not None
        await house.keys(Slug(slug))
        return done.result

    made = with_house(settings, work)
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made.slug} is ready at {made.url}")


@command.command("list")
@as_json
@operating
def list_(*, settings: Settings, as_json: bool) -> None:
    """List every workspace."""
    page = ask(settings, workspaces.every, workspaces.Every())
    if as_json:
        print_json(page)
        return
    rows = [(each.slug, each.name, "closed" if each.closed_at else "") for each in page.items]
    print_rows(rows, head=("slug", "name", "state"))
