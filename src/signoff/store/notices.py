"""Telling other nodes of commits, and hearing of theirs (STORAGE 10)."""

import threading
from collections.abc import Callable

import psycopg

from signoff.domain.ids import Slug
from signoff.store.transaction import Row

NOTIFY_EVERY = 0.02
"""The first word goes out at once; those that follow close behind share one."""
LISTEN_AGAIN = 0.5
CHANNEL = "signoff_log"


class Notices:
    """Two threads, a connection each; a word that is lost is only late, since nodes poll."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[Row]], heard: Callable[[Slug], None]
    ) -> None:
        self._connect = connect
        self._heard = heard
        self._to_tell: set[Slug] = set()
        self._telling = threading.Event()
        self._closing = threading.Event()
        self._own = 0
        """The server's process that tells for this node, whose own words are no news to it."""
        self._threads = [
            threading.Thread(target=each, name=name, daemon=True)
            for name, each in (("signoff-notify", self._tell), ("signoff-listen", self._listen))
        ]

    def start(self) -> None:
        """Begin to listen, and to tell what is to be told."""
        for thread in self._threads:
            thread.start()

    def tell(self, workspace: Slug) -> None:
        """Tell the other nodes, in a moment, that a workspace's log grew."""
        self._to_tell.add(workspace)
        self._telling.set()

    def close(self) -> None:
        """Stop, and wait until both have stopped."""
        self._closing.set()
        self._telling.set()
        for thread in self._threads:
            thread.join()

    def _tell(self) -> None:
        connection: psycopg.Connection[Row] | None = None
        while not self._closing.is_set():
            self._telling.wait()
            self._telling.clear()
            names = [self._to_tell.pop() for _ in range(len(self._to_tell))]
            try:
                connection = connection or self._connect()
                self._own = connection.info.backend_pid
                connection.execute(
                    "SELECT pg_notify(%s, name) FROM unnest(%s::text[]) AS grown (name)",
                    (CHANNEL, names),
                )
            except psycopg.Error:
                connection = None
            self._closing.wait(NOTIFY_EVERY)
        if connection is not None:
            connection.close()

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}".encode())
                    while not self._closing.is_set():
                        for said in connection.notifies(timeout=LISTEN_AGAIN):
                            if said.pid != self._own:
                                self._heard(Slug(said.payload))
            except psycopg.Error:
                self._closing.wait(LISTEN_AGAIN)
