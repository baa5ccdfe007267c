"""`signoff key …`: agents' API keys, by their ids."""

from datetime import datetime

import click

from signoff.actions import key_views, keys
from signoff.cli.agents import expires, in_utc, paths, scopes
from signoff.cli.operating import act, as_json, ask, operating, print_json, print_rows
from signoff.domain.accounts import KEY_OVERLAP
from signoff.domain.actors import Scope
from signoff.domain.ids import HOUR
from signoff.settings import Settings


@click.group()
def command() -> None:
    """Make, rotate and revoke agents' API keys."""


@command.command()
@click.argument("slug")
@click.argument("agent")
@expires
@scopes
@paths
@as_json
@operating
def create(
    *,
    settings: Settings,
    slug: str,
    agent: str,
    expires: datetime | None,
    scopes: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make a further key for an agent, by name or id, and print it."""
    asked = keys.Create(
        agent=agent,
        scopes=tuple(Scope(scope) for scope in scopes) or tuple(Scope),
        paths=paths,
        expires_at=in_utc(expires),
    )
    _print_secret(act(settings, keys.create, asked, workspace=slug), as_json=as_json)


@command.command("list")
@click.argument("slug")
@click.option("--agent", default="", help="Of one agent, by name or id.")
@as_json
@operating
def list_(*, settings: Settings, slug: str, agent: str, as_json: bool) -> None:
    """List keys, without their secrets."""
    page = ask(settings, keys.every, keys.Every(agent=agent), workspace=slug)
    if as_json:
        print_json(page)
        return
    rows = [(one.id, one.agent, " ".join(one.scopes), _state(one)) for one in page.items]
    print_rows(rows, head=("id", "agent", "scopes", "state"))


def _state(key: key_views.KeyView) -> str:
    if key.revoked_at:
        return "revoked"
    return f"ends {key.expires_at:%Y-%m-%d %H:%M}Z" if key.expires_at else ""


@command.command()
@click.argument("slug")
@click.argument("key")
@click.option(
    "--overlap",
    type=click.IntRange(0, 30 * 24),
    default=KEY_OVERLAP // HOUR,
    show_default=True,
    help="Hours in which the old key is good, too.",
)
@as_json
@operating
def rotate(
    *,
    settings: Settings,
    slug: str,
    key: str,
    overlap: int,
    as_json: bool,
) -> None:
    """Print a new key with the rights of KEY, which ends after the overlap."""
    asked = keys.Rotate(key=key, overlap_seconds=overlap * 3600)
    _print_secret(act(settings, keys.rotate, asked, workspace=slug), as_json=as_json)


@command.command()
@click.argument("slug")
@click.argument("key")
@operating
def revoke(*, settings: Settings, slug: str, key: str) -> None:
    """End a key at once."""
    act(settings, keys.revoke, keys.Revoke(key=key), workspace=slug)
    click.echo(f"{key} is revoked")


def _print_secret(key: key_views.KeyView, *, as_json: bool) -> None:
    if as_json:
        print_json(key)
    else:
        click.echo(key.secret)
