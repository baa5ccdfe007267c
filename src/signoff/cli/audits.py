"""`signoff audit …`: the log, and whether it is what it was."""

import asyncio
import sys
from typing import BinaryIO, TextIO

import click

from signoff.actions import seals, verifications
from signoff.actions.house import House
from signoff.cli.operating import (
    as_json,
    in_workspace,
    operating,
    print_json,
    with_house,
)
from signoff.domain.actors import Caller, operator
from signoff.domain.errors import Damaged
from signoff.domain.ids import INSTANCE
from signoff.domain.verification import Report
from signoff.settings import Settings

TAMPERED = 3

against = click.option(
    "--against",
    type=click.File("r"),
    help="A checkpoint that was kept elsewhere: it alone shows a log rewritten as a whole.",
)


@click.group()
def command() -> None:
    """Verify the log, or export it."""


@command.command()
@click.option("--workspace", default="", help="One workspace; every log unless told.")
@click.option("--export", "exported", type=click.File("rb"), help="Verify an exported log.")
@click.option("--key", default="", help="The log's public key, as it was published.")
@against
@as_json
@operating
def verify(
    *,
    settings: Settings,
    workspace: str,
    exported: BinaryIO | None,
    key: str,
    against: TextIO | None,
    as_json: bool,
) -> None:
    """Check every entry, the tree above them and every signed head; exit with 3 on tampering.

    An export is checked without a server and without a database.
    """
    kept = against.read() if against else ""
    if kept and not (workspace or exported):
        raise click.UsageError("--against is of one log: say which --workspace.")
    try:
        if exported is not None:
            reports = [verifications.verify_export(exported, key=key, against=kept)]
        else:
            reports = with_house(settings, lambda house: _verify(house, workspace, kept))
    except Damaged as damage:
        click.echo(f"signoff: {damage.message} ({damage.code})", err=True)
        sys.exit(TAMPERED)
    if as_json:
        print_json({"items": reports})
    else:
        for report in reports:
            _print(report)
    if not all(report.sound for report in reports):
        sys.exit(TAMPERED)


async def _verify(house: House, workspace: str, against: str) -> list[Report]:
    await seals.open_log_key(house)
    if workspace:
        callers = [await in_workspace(house, workspace)]
    else:
        callers = await _all_logs(house)
    return [await verifications.verify(house, caller, against=against) for caller in callers]


async def _all_logs(house: House) -> list[Caller]:
    known = await house.engine.read(lambda tx: tx.workspaces.all(), workspace=INSTANCE)
    return [operator(INSTANCE), *(operator(one.slug) for one in known if not one.destroyed)]


def _print(report: Report) -> None:
    state = "sound" if report.sound else f"{report.fault_count} faults"
    click.echo(
        f"{report.workspace}: {state} (entries {report.entries}, erased {report.erased}, "
        f"checkpoints {report.checkpoints})"
    )
    for fault in report.faults:
        click.echo(f"  entry {fault.position}: {fault.detail} ({fault.code})")


@command.command()
@click.argument("slug")
@click.option("--out", "-o", type=click.File("wb"), default="-", help="Where to; else stdout.")
@operating
def export(*, settings: Settings, slug: str, out: BinaryIO) -> None:
    """Write a workspace's whole log as JSON lines, which `verify --export` checks."""

    async def work(house: House) -> None:
        await seals.open_log_key(house)
        caller = await in_workspace(house, slug)
        async for lines in verifications.export(house, caller):
            await asyncio.to_thread(out.write, lines)
        out.flush()

    with_house(settings, work)
