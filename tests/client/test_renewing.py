"""What renews a lease ends with its block, and never at the block's expense."""

import asyncio

import httpx
import pytest

from signoff_client import AsyncSignoff
from signoff_client.aio.renewing import renewing
from signoff_client.asking import ONCE, tell


async def test_a_block_that_is_cancelled_at_its_very_end_is_cancelled() -> None:
    asked, ending = asyncio.Event(), asyncio.Event()

    async def answered(_: httpx.Request) -> httpx.Response:
        asked.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ending.set()
            await asyncio.sleep(0.2)
            raise
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answered)) as http:
        signoff = AsyncSignoff("http://there", "so_acme_secret", http=http)

        async def block() -> None:
            async with renewing(signoff._driver, tell("POST", "renew", patience=ONCE)):
                await asyncio.wait_for(asked.wait(), 10)

        working = asyncio.create_task(block())
        await asyncio.wait_for(ending.wait(), 10)
        working.cancel()

        with pytest.raises(asyncio.CancelledError):
            await working
