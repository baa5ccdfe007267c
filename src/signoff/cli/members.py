"""`signoff member …`: who is what to a workspace."""

import click

from signoff.actions import members
from signoff.cli.operating import act, as_json, ask, operating, print_json, print_rows
from signoff.domain.actors import Role
from signoff.settings import Settings

ROLES = [role.value for role in Role if role in members.FOR_PEOPLE]


@click.group()
def command() -> None:
    """Give people roles in a workspace."""


@command.command("set")
@click.argument("slug")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--group", "groups", multiple=True, help="A group that reviews can be asked of.")
@as_json
@operating
def set_(
    *,
    settings: Settings,
    slug: str,
    email: str,
    role: str,
    groups: tuple[str, ...],
    as_json: bool,
) -> None:
    """Give a person a role in a workspace."""
    asked = members.Set(person=email, role=Role(role), groups=groups or None)
    made = act(settings, members.set, asked, workspace=slug)
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made.email} is {made.role} in {slug}")


@command.command()
@click.argument("slug")
@click.argument("email")
@operating
def remove(*, settings: Settings, slug: str, email: str) -> None:
    """Take a person out of a workspace."""
    act(settings, members.remove, members.Remove(person=email), workspace=slug)
    click.echo(f"{email} is no longer in {slug}")


@command.command("list")
@click.argument("slug")
@as_json
@operating
def list_(*, settings: Settings, slug: str, as_json: bool) -> None:
    """List a workspace's members."""
    page = ask(settings, members.every, members.Every(), workspace=slug)
    if as_json:
        print_json(page)
        return
    rows = [(one.email, one.person.name, one.role, " ".join(one.groups)) for one in page.items]
    print_rows(rows, head=("email", "name", "role", "groups"))
