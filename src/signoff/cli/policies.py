"""`signoff policy …`: who must look at what, by when."""

from typing import BinaryIO

import click

from signoff.actions import forecasts, policies, trials
from signoff.cli.operating import act, as_json, ask, operating, print_json, print_rows
from signoff.domain.documents import text_of
from signoff.domain.errors import Code
from signoff.domain.policy_readings import parse, render
from signoff.domain.policy_schemas import schema as schema_of
from signoff.settings import Settings


@click.group()
def command() -> None:
    """Read, check, try and set a workspace's policy."""


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
@click.option("--number", type=int, help="An earlier policy, as `history` numbers them.")
@as_json
@operating
def show(*, settings: Settings, slug: str, number: int | None, as_json: bool) -> None:
    """Print a workspace's policy; what is the default is left out."""
    found = ask(settings, policies.get, policies.Get(number=number), workspace=slug)
    if as_json:
        print_json(found)
    else:
        click.echo(render(found.policy), nl=False)


@command.command()
@click.argument("file", type=click.File("rb"))
def check(*, file: BinaryIO) -> None:
    """Say whether FILE is a policy that can be followed; it is set nowhere."""
    policy = parse(file.read())
    rules = len(policy.rules)
    click.echo(f"It can be followed: {rules} rule{'' if rules == 1 else 's'}.")


@command.command("try")
@click.argument("slug")
@click.argument("file", type=click.File("rb"))
@click.option("--last", type=click.IntRange(1, 500), default=100, help="How many handoffs.")
@as_json
@operating
def try_(*, settings: Settings, slug: str, file: BinaryIO, last: int, as_json: bool) -> None:
    """Say how the last handoffs would have fared under the policy in FILE."""
    text = text_of(file.read(), code=Code.POLICY_INVALID)
    found = ask(settings, trials.try_, trials.Try(policy=text, last=last), workspace=slug)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found.differ} of {found.looked_at} would have fared otherwise")
    rows = [
        (item.handoff, item.title, " ".join(map(str, item.rules)), " ".join(item.differs))
        for item in found.items
        if item.differs
    ]
    if rows:
        print_rows(rows, head=("handoff", "title", "rules", "differs in"))


@command.command()
@click.argument("slug")
@click.argument("handoff")
@operating
def explain(*, settings: Settings, slug: str, handoff: str) -> None:
    """Say which rules HANDOFF meets and what they demand, as JSON."""
    print_json(
        ask(settings, forecasts.explain, forecasts.Explain(handoff=handoff), workspace=slug)
    )


@command.command()
@click.argument("slug")
@as_json
@operating
def history(*, settings: Settings, slug: str, as_json: bool) -> None:
    """List the policies that were set, the newest first."""
    found = ask(settings, policies.history, policies.History(), workspace=slug)
    if as_json:
        print_json(found)
        return
    rows = [
        (str(item.number), f"{item.at:%Y-%m-%d %H:%M}", item.by.name, " ".join(item.changed))
        for item in found.items
    ]
    print_rows(rows, head=("number", "set at", "by", "changed"))


@command.command()
def schema() -> None:
    """Print the JSON Schema of policies, for editors that complete and check."""
    print_json(schema_of())
