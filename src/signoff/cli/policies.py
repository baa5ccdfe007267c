"""`signoff policy …`: who must look at what, by when."""

from typing import BinaryIO

import click

from signoff.actions import policies
from signoff.cli.operating import act, as_json, ask, operating, print_json
from signoff.domain.documents import text_of
from signoff.domain.errors import Code
from signoff.domain.policies import render
from signoff.settings import Settings


@click.group()
def command() -> None:
    """Read and set a workspace's policy."""


@command.command("set")
@click.argument("slug")
@click.argument("file", type=click.File("rb"))
@operating
def set_(*, settings: Settings, slug: str, file: BinaryIO) -> None:
    """Replace a workspace's policy by FILE, in YAML or JSON; - is standard input."""
    text = text_of(file.read(), code=Code.POLICY_INVALID)
    made = act(settings, policies.set, policies.Set(policy=text), workspace=slug)
    click.echo(f"{slug} has policy number {made.number}")


@command.command()
@click.argument("slug")
@as_json
@operating
def show(*, settings: Settings, slug: str, as_json: bool) -> None:
    """Print a workspace's policy; what is the default is left out."""
    found = ask(settings, policies.get, policies.Get(), workspace=slug)
    if as_json:
        print_json(found)
    else:
        click.echo(render(found.policy), nl=False)
