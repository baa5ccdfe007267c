"""Ports for servers that are killed and started again: no connection of another test takes one."""

import itertools
import os
import random
import socket

FIRST = 20_000
EACH = 1_500
"""The systems hand out ports for outgoing connections from 32,768 (Linux) or 49,152 (RFC 6335,
section 6); these lie below, so a port stays free while its server is down."""

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
_numbers = itertools.count(random.randrange(EACH))  # noqa: S311  apart from another checkout's


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on and nobody will be given."""
    for number in itertools.islice(_numbers, EACH):
        port = FIRST + _worker * EACH + number % EACH
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")
