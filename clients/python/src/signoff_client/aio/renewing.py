"""Renews a lease or a lock in a task while something is done under it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from signoff_client.aio.driver import AsyncDriver
from signoff_client.steps import Plan


@asynccontextmanager
async def renewing(driver: AsyncDriver, plan: Plan[Any]) -> AsyncIterator[None]:
    """Carry a plan out beside the block, and end it with the block."""
    task = asyncio.create_task(driver.run(plan), name="signoff-renewal")
    try:
        yield
    finally:
        task.cancel()
        # Not awaited itself: a block that is cancelled right here is to be cancelled.
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
