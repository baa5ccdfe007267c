"""`signoff app-password …`: what people type into mounted drives."""

import click

from signoff.actions import app_passwords
from signoff.cli.operating import act, as_json, ask, operating, print_json, print_rows
from signoff.settings import Settings


@click.group()
def command() -> None:
    """Make passwords for mounted drives."""


@command.command()
@click.argument("email")
@click.option("--decide", is_flag=True, help="Moving packages with it may decide on them.")
@click.option("--name", default="drive", show_default=True, help="What it is for.")
@as_json
@operating
def create(
    *,
    settings: Settings,
    email: str,
    decide: bool,
    name: str,
    as_json: bool,
) -> None:
    """Print a new app password for a person, which is shown this once."""
    asked = app_passwords.Create(person=email, name=name, decides=decide)
    made = act(settings, app_passwords.create, asked)
    if as_json:
        print_json(made)
    else:
        click.echo(made.secret)


@command.command("list")
@click.argument("email")
@as_json
@operating
def list_(*, settings: Settings, email: str, as_json: bool) -> None:
    """List a person's app passwords, without the secrets."""
    page = ask(settings, app_passwords.every, app_passwords.Every(person=email))
    if as_json:
        print_json(page)
        return
    rows = [
        (
            one.id,
            one.name,
            "decides" if one.decides else "",
            "revoked" if one.revoked_at else "",
        )
        for one in page.items
    ]
    print_rows(rows, head=("id", "name", "right", "state"))


@command.command()
@click.argument("email")
@click.argument("password")
@operating
def revoke(*, settings: Settings, email: str, password: str) -> None:
    """End an app password, by its id."""
    asked = app_passwords.Revoke(person=email, password=password)
    act(settings, app_passwords.revoke, asked)
    click.echo(f"{password} is revoked")
