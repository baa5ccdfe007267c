"""`signoff blob …`: stored bytes, by the root key alone."""

import asyncio
import os
import sys
from contextlib import suppress
from typing import BinaryIO

import click

from signoff.blobs import open_store
from signoff.blobs.encrypted import open_blob
from signoff.cli.operating import operating
from signoff.server import BLOBS, root_key
from signoff.settings import Settings


@click.group()
def command() -> None:
    """Open stored bytes without the database."""


@command.command("open")
@click.argument("name")
@click.option("--out", "-o", type=click.File("wb"), default="-", help="Where to; else stdout.")
@operating
def open_(*, settings: Settings, name: str, out: BinaryIO) -> None:
    """Decrypt the stored object NAME, `blobs/WORKSPACE/ID`, with nothing but the root key."""
    root = root_key(settings, create=False)

    async def copy() -> None:
        store = open_store(settings.blob_url or str(settings.data / BLOBS))
        try:
            async for piece in open_blob(store, root, name):
                out.write(piece)
            out.flush()
        finally:
            await store.close()

    try:
        asyncio.run(copy())
    except BrokenPipeError:  # whoever read it has read enough
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
