"""`signoff user …`: people, whatever their roles."""

import sys

import click

from signoff.actions import people
from signoff.actions.house import House
from signoff.actions.passwords import NewPerson, Passwords
from signoff.actions.people import PersonView
from signoff.cli.operating import (
    act,
    as_json,
    ask,
    operating,
    print_json,
    print_rows,
    public_url,
    with_house,
)
from signoff.domain.actors import operator
from signoff.domain.ids import INSTANCE
from signoff.settings import Settings

from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


@click.group()
def command() -> None:
    """Add people and let them in."""


@command.command()
@click.argument("email")
@click.option("--name", required=True, help="How others see them.")
@from_stdin
@public_url
@as_json
@operating
def create(
    *,
    settings: Settings,
    email: str,
    name: str,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Add a person; without a password, print a link that signs them in once."""
    password = _read_password() if password_stdin else None

    async def work(house: House) -> PersonView:
        asked = NewPerson(email=email, name=name, password=password)
        done = await Passwords(house).create_person(operator(INSTANCE), asked)
        assert done.result is not None
        return done.result

    made = with_house(settings, work, found=True)
    if as_json:
        print_json(made)
    else:
        click.echo(made.signin_url or f"{made.email} can sign in")


@command.command("list")
@as_json
@operating
def list_(*, settings: Settings, as_json: bool) -> None:
    """List people."""
    found: list[PersonView] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask(settings, people.every, people.Every(cursor=cursor, limit=1000))
        found += page.items
        cursor = page.next
    if as_json:
        print_json({"items": found})
        return
    rows = [(each.id, each.email, each.name, _state(each)) for each in found]
    print_rows(rows, head=("id", "email", "name", "state"))


def _state(person: PersonView) -> str:
    if person.disabled_at:
        return "disabled"
    return "admin" if person.admin else ""


@command.command()
@click.argument("email")
@public_url
@as_json
@operating
def link(*, settings: Settings, email: str, as_json: bool) -> None:
    """Print a link that signs a person in once, within a day."""
    made = act(settings, people.link, people.Of(person=email))
    if as_json:
        print_json(made)
    else:
        click.echo(made.url)


@command.command()
@click.argument("email")
@operating
def password(*, settings: Settings, email: str) -> None:
    """Set a person's password, read from standard input; their sessions end."""
    given = _read_password()

    async def work(house: House) -> None:
        await Passwords(house).reset(operator(INSTANCE), email, given)

    with_house(settings, work)
    click.echo(f"{email} has a new password")


@command.command()
@click.argument("email")
@operating
def disable(*, settings: Settings, email: str) -> None:
    """Keep a person from signing in."""
    gone = act(settings, people.disable, people.Of(person=email))
    click.echo(f"{gone.email} is disabled")
