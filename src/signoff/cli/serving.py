"""`signoff serve`: the whole system in one process."""

import asyncio
import gc
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import click
import msgspec
import uvicorn

from signoff.asgi.wire import Wire
from signoff.domain.errors import Code, Conflict
from signoff.server import Application, build
from signoff.settings import Settings, from_environment

GRACE = 20
"""Seconds that a request under way is given when the server was told to stop."""
BACKLOG = 2048


class Server(uvicorn.Server):
    """uvicorn, telling open event streams to end as soon as it is told to stop.

    Without that it would wait for streams that never end by themselves.
    """

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End in peace; a second interrupt ends at once. The exit code stays 0."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._application.closing.set)
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Open the socket, or refuse a port that is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Conflict(
            f"Nobody can listen on {host} port {port}: {reason}",
            code=Code.ADDRESS_IN_USE,
            hint="Choose another --port, or stop what listens there.",
        ) from error


def open_many() -> None:
    """Let this process open as many files as the system allows it: each waiter is one.

    A soft limit is there for programs that use select(2); this one does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):  # macOS names a hard limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


COLLECT = (20_000, 20, 50)
"""An act makes hundreds of short-lived values and hardly a circle."""


def serve(settings: Settings) -> None:
    """Run the server in this process until it is told to stop."""
    open_many()
    listening = listen(settings.host, settings.port)
    settings = msgspec.structs.replace(settings, port=listening.getsockname()[1])
    application = build(settings)
    application.open()  # whatever is wrong is said here, in a sentence
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=Wire,
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    click.echo(f"Signoff is at {settings.base_url}, its data in {settings.data}")
    gc.freeze()  # what was imported is never garbage: the collector need not look at it
    gc.set_threshold(*COLLECT)
    server = Server(config, application)
    server.run(sockets=[listening])
    if not server.started:
        sys.exit(1)
    click.echo("Signoff has stopped")


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="The data directory.")
@click.option("--host", help="Where to listen; 127.0.0.1 unless told.")
@click.option("--port", type=click.IntRange(0, 65535), help="8484 unless told; 0 for any.")
@click.option("--database-url", help="postgresql://…, if not SQLite in the data directory.")
@click.option("--blob-url", help="s3://…, if not the disk.")
@click.option("--public-url", help="What links begin with, as browsers reach the server.")
@click.option("--root-key-file", help="The file that holds the root key.")
@click.option("--smtp-url", help="Where mail goes out.")
@click.option("--notify-hosts", help="Hosts of your own that messages may go to.")
@click.option("--max-upload", type=click.IntRange(1), help="The largest file, in bytes.")
@click.option("--max-body", type=click.IntRange(1024), help="The largest JSON body, in bytes.")
@click.option("--keep-addresses/--no-keep-addresses", default=None, help="In the log.")
@click.option("--worker/--no-worker", default=None, help="Whether to do the acts of time, too.")
@click.option("--oauth-issuer", help="The authorization server that MCP clients are told of.")
@click.option("--allow-inside", help="Hosts and networks inside that may be called.")
@click.option("--ca-bundle", help="The authorities that servers outside are trusted by.")
@click.option(
    "--allow-unsafe-database",
    is_flag=True,
    default=None,
    help="Run on a PostgreSQL that may lose what was answered.",
)
def command(**given: Any) -> None:
    """Run the server."""
    serve(from_environment(**given))
