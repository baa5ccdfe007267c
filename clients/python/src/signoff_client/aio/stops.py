"""What a framework's run stops for, put in front of people on an event loop."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from signoff_client.aio.calls import AsyncRuling, AsyncToolCall
from signoff_client.aio.client import AsyncSignoff
from signoff_client.aio.handoffs import AsyncHandoff
from signoff_client.plans import stops
from signoff_client.plans.stops import HeldCall, HeldWork

T = TypeVar("T")


async def propose(signoff: AsyncSignoff, held: HeldCall) -> AsyncToolCall:
    """Put a call in front of people; see `plans.stops.propose`."""
    driver, patience = signoff._driver, signoff._patience
    call = await driver.run(stops.propose(held, patience=patience))
    return AsyncToolCall(call, driver, patience)


async def submit(signoff: AsyncSignoff, held: HeldWork) -> AsyncHandoff:
    """Put work in front of people; see `plans.stops.submit`."""
    driver, patience = signoff._driver, signoff._patience
    view = await driver.run(stops.submit(held, patience=patience))
    return AsyncHandoff(view, driver, patience)


async def rulings(
    signoff: AsyncSignoff, calls: Sequence[HeldCall], *, timeout: float | None
) -> dict[str, AsyncRuling]:
    """Return what people rule on each call, by its id; StillWaiting after `timeout` seconds.

    All are proposed before any is waited for.
    """
    proposed = [await propose(signoff, call) for call in calls]
    ruled = await together([each.wait(timeout) for each in proposed])
    return {call.call_id: ruling for call, ruling in zip(calls, ruled, strict=True)}


async def together(waits: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Wait for all at once, and for none of them any longer once one has raised."""
    tasks = [asyncio.create_task(each) for each in waits]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
