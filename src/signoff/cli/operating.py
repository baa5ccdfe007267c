"""What the operator's commands share: their options, the house they open, what they print."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from signoff.actions.house import Action, House
from signoff.cli import prints
from signoff.domain.accounts import checked_slug
from signoff.domain.actors import Caller, operator
from signoff.domain.errors import NotFound
from signoff.domain.ids import INSTANCE
from signoff.server import DATABASE, open_house
from signoff.settings import Settings, from_environment

P = TypeVar("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

WHERE = (
    click.option("--data", type=click.Path(path_type=Path), help="The data directory."),
    click.option("--database-url", help="postgresql://…, if not SQLite in the data directory."),
    click.option("--blob-url", help="s3://…, if not the disk."),
    click.option("--root-key-file", help="The file that holds the root key."),
)
"""Where everything lies: options of every command, each also `SIGNOFF_<NAME>`."""


def operating(command: F) -> F:
    """Give a command the options that say where the data is, as one `settings`."""

    @wraps(command)
    def with_settings(
        *,
        data: Path | None,
        database_url: str | None,
        blob_url: str | None,
        root_key_file: str | None,
        public_url: str | None = None,
        **rest: Any,
    ) -> Any:
        settings = from_environment(
            data=data,
            database_url=database_url,
            blob_url=blob_url,
            root_key_file=root_key_file,
            public_url=public_url,
        )
        return command(settings=settings, **rest)

    wrapped: Any = with_settings
    for option in WHERE:
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


as_json = prints.as_json
print_json = prints.print_json
public_url = click.option("--public-url", help="What links begin with.")


def with_house(
    settings: Settings, work: Callable[[House], Awaitable[R]], *, found: bool = False
) -> R:
    """Open the house, do the work, close it; the server may be running meanwhile.

    Only what founds something, or runs as a server does, makes data where there is none.
    """
    if not found:
        _check_there(settings)

    async def run() -> R:
        house = open_house(settings)
        try:
            return await work(house)
        finally:
            await house.close()

    return asyncio.run(run())


def _check_there(settings: Settings) -> None:
    if settings.on_sqlite and not (settings.data / DATABASE).exists():
        raise NotFound(
            f"There is no data of Signoff's in “{settings.data}”",
            hint="Say where it is with --data or SIGNOFF_DATA; `signoff workspace create`"
            " and `signoff user create` begin anew.",
        )


def act(settings: Settings, action: Action[P, R], asked: P, *, workspace: str = "") -> R:
    """Have one act done as the operator, in a workspace or at the instance."""

    async def work(house: House) -> R:
        done = await house.do(action, await in_workspace(house, workspace), asked)
        assert done.result is not None
        return done.result

    return with_house(settings, work)


def ask(settings: Settings, query: Action[P, R], asked: P, *, workspace: str = "") -> R:
    """Have one question answered as the operator."""

    async def work(house: House) -> R:
        return await house.ask(query, await in_workspace(house, workspace), asked)

    return with_house(settings, work)


async def in_workspace(house: House, workspace: str) -> Caller:
    """Return the operator in a workspace that exists; they may do anything, even in none."""
    if not workspace:
        return operator(INSTANCE)
    slug = checked_slug(workspace)
    if await house.keys(slug) is None:
        raise NotFound(
            f"There is no workspace “{slug}”", hint="`signoff workspace list` shows them."
        )
    return operator(slug)


def print_rows(rows: Sequence[tuple[str, ...]], *, head: tuple[str, ...]) -> None:
    """Print a table whose columns are as wide as they must be."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
