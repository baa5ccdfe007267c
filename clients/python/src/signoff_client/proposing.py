"""Calls that a framework holds back, put in front of people together, ruled one by one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signoff_client.aio.calls import AsyncRuling, AsyncToolCall
from signoff_client.aio.client import AsyncSignoff
from signoff_client.calls import ALL_ANSWERS, Answer, fingerprint
from signoff_client.errors import ChangedSince, Invalid


@dataclass(frozen=True, kw_only=True)
class HeldBack:
    """A call that waits for people. `run` names the run that it belongs to."""

    run: str
    call_id: str
    name: str
    arguments: Mapping[str, Any]
    schema: Mapping[str, Any] | None = None
    summary: str = ""
    allowed: Sequence[Answer] = ALL_ANSWERS

    @property
    def key(self) -> str:
        """What makes the same call the same handoff."""
        return f"{self.run}:{self.call_id}"[-255:]


async def rulings(
    signoff: AsyncSignoff, calls: Sequence[HeldBack], *, timeout: float | None
) -> dict[str, AsyncRuling]:
    """Return what people rule on each call, by its id; StillWaiting after `timeout` seconds.

    All are proposed before any is waited for. Raise ChangedSince for a call that is not what
    people saw under its id.
    """
    proposed = [await _proposed(signoff, call) for call in calls]
    ruled = await asyncio.gather(*(each.wait(timeout) for each in proposed))
    return {call.call_id: ruling for call, ruling in zip(calls, ruled, strict=True)}


async def _proposed(signoff: AsyncSignoff, call: HeldBack) -> AsyncToolCall:
    """Propose a call, without its schema if the server cannot hold anything against that."""
    said: dict[str, Any] = {
        "allowed": call.allowed,
        "dedupe_key": call.key,
        "correlation": call.call_id,
    }
    if call.summary:
        said["summary"] = call.summary
    try:
        found = await signoff.propose(call.name, call.arguments, schema=call.schema, **said)
    except Invalid as refused:
        if not is_about_schema(refused):
            raise
        found = await signoff.propose(call.name, call.arguments, **said)
    check_same(found, call.name, call.arguments)
    return found


def is_about_schema(refused: Invalid) -> bool:
    """Say whether a proposal was refused for a schema that the server cannot use.

    It may refer to itself, or hold a costly pattern: the framework still knows what to do.
    """
    return str(refused.facts.get("at", "")).startswith("/schemas")


def check_same(call: AsyncToolCall, name: str, arguments: Mapping[str, Any]) -> None:
    """Raise ChangedSince unless a call is the one that people saw."""
    if fingerprint(name, arguments) != fingerprint(call.name, call.arguments):
        raise ChangedSince(f"“{name}” is not what people saw in {call.handoff.id}")
