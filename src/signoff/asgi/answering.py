"""How every HTTP door answers: the answer, or a refusal in the door's own form."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from signoff.asgi.answers import Disconnected, Request, Started
from signoff.domain.errors import Code, Refusal

_LOG = logging.getLogger(__name__)

Refuse = Callable[[Refusal], Awaitable[None]]

FAULT = Refusal(
    "Something went wrong on our side; nothing was changed",
    code=Code.INTERNAL,
    hint="Try again; if it stays so, tell the operator the time and the address.",
)


async def answered(
    request: Request,
    told: Started,
    work: Coroutine[Any, Any, None],
    refuse: Refuse,
    *,
    fault: Refusal = FAULT,
) -> None:
    """Do what answers a request; tell a refusal with `refuse`, and a fault of ours as one.

    Once an answer has begun neither can be told any more: what was raised ends the
    connection, so that a bad chunk is never a short 200 (STORAGE 21).
    """
    try:
        await work
    except Disconnected:
        return
    except Refusal as refusal:
        if told.begun:
            raise
        await refuse(refusal)
    except Exception:
        if told.begun:
            raise
        _LOG.exception("%s %s failed", request.method, request.scope["path"])
        await refuse(fault)
