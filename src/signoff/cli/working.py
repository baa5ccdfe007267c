"""`signoff work`: the acts of time in a process of their own, beside several servers."""

import asyncio
import signal
from contextlib import suppress
from functools import partial

import click

from signoff.actions.house import House
from signoff.actions.seals import open_log_key
from signoff.cli.operating import operating, with_house
from signoff.server import DataLock
from signoff.settings import Settings
from signoff.worker.loop import worker_of


@click.command(epilog="Run `signoff serve --no-worker` on the nodes that serve.")
@operating
def command(*, settings: Settings) -> None:
    """Let leases lapse, seal the log and sweep, until told to stop.

    On SQLite the server does this itself, and a second process is refused beside it.
    """
    lock = DataLock(settings.data)
    if settings.on_sqlite:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.take()
    try:
        with_house(settings, partial(_work, settings=settings), found=True)
    finally:
        lock.release()
    click.echo("Signoff has stopped working")


async def _work(house: House, *, settings: Settings) -> None:
    await open_log_key(house)
    worker = worker_of(
        house,
        ca_bundle=settings.ca_bundle,
        smtp_url=settings.smtp_url,
        notify_hosts=settings.notify_hosts,
    )
    working = asyncio.create_task(worker.run())
    loop = asyncio.get_running_loop()
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, working.cancel)
    click.echo("Signoff is at work")
    with suppress(asyncio.CancelledError):
        await working
