"""Renews a lease or a lock in a thread while something is done under it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from signoff_client.steps import Plan
from signoff_client.sync.driver import Driver, Stopped

LONGEST_END = 5.0
"""Seconds for which the end of a block waits for a renewal that is on its way."""


@contextmanager
def renewing(driver: Driver, plan: Plan[Any]) -> Iterator[None]:
    """Carry a plan out beside the block, and end it with the block.

    A renewal whose answer does not come is left behind: its thread ends with its request,
    and keeps no process alive.
    """
    stop = threading.Event()

    def keep() -> None:
        try:
            driver.run(plan, stop=stop)
        except Stopped:
            return

    thread = threading.Thread(target=keep, name="signoff-renewal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread is not threading.current_thread():  # which may collect a forgotten block
            thread.join(LONGEST_END)
