"""The threads that hash, encrypt and decrypt."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from signoff.blobs.cobblestone import CHUNK

_INLINE = 8 * CHUNK
"""Up to here the work costs no more than handing it to a thread."""
_T = TypeVar("_T")


class Workers:
    """Some threads; both hashing and encrypting free the interpreter, so they run at once."""

    def __init__(self) -> None:
        threads = min(max(os.cpu_count() or 2, 2), 8)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encrypt")

    async def do(self, work: Callable[[memoryview], _T], piece: memoryview) -> _T:
        """Work on a piece: a small one at once, a large one in a thread."""
        if len(piece) <= _INLINE:
            return work(piece)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, piece)

    async def close(self) -> None:
        """End the threads when their work is done."""
        await asyncio.to_thread(self._pool.shutdown)
