"""`signoff workspace …`."""

import click

from signoff.actions import workspaces
from signoff.actions.house import House
from signoff.actions.workspaces import WorkspaceView
from signoff.cli.operating import (
    act,
    as_json,
    ask,
    operating,
    print_json,
    print_rows,
    with_house,
)
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

    made = with_house(settings, work, found=True)
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
    rows = [(each.slug, each.name, _state(each)) for each in page.items]
    print_rows(rows, head=("slug", "name", "state"))


def _state(workspace: WorkspaceView) -> str:
    if workspace.ends_at is None:
        return ""
    if not workspace.name:
        return "destroyed"
    return f"closed, destroyed after {workspace.ends_at:%Y-%m-%d}"


@command.command()
@click.argument("slug")
@click.option("--again", prompt="Repeat its slug", help="The slug once more, to be sure.")
@operating
def close(*, settings: Settings, slug: str, again: str) -> None:
    """Make a workspace read-only; after thirty days it is destroyed."""
    closed = act(settings, workspaces.close, workspaces.Close(slug=again), workspace=slug)
    click.echo(
        f"{slug} can only be read now, and is destroyed after {closed.ends_at:%Y-%m-%d}."
        f" Until then `signoff workspace reopen {slug}` takes it back."
    )


@command.command()
@click.argument("slug")
@operating
def reopen(*, settings: Settings, slug: str) -> None:
    """Reopen a workspace that was closed less than thirty days ago."""
    reopened = act(settings, workspaces.reopen, workspaces.Reopen(slug=slug))
    click.echo(f"{reopened.slug} is open again at {reopened.url}")
