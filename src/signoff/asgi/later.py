"""Doors that most starts do not need at once."""

import asyncio
from collections.abc import Callable

from signoff.asgi.parts import App, Receive, Scope, Send


class Later:
    """A door that is built when somebody first comes to it, so that starting is quick."""

    def __init__(self, make: Callable[[], App]) -> None:
        self._make = make
        self._made: asyncio.Future[App] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; those that come while it is built wait for it."""
        if self._made is None:
            self._made = asyncio.ensure_future(asyncio.to_thread(self._make))
        app = await asyncio.shield(self._made)
        await app(scope, receive, send)
