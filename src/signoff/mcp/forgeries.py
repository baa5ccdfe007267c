"""Calls of tools that there cannot be: who tries to decide is refused, on the record."""

import re

from signoff.actions import deciding
from signoff.mcp.visit import Visit

VERDICTS = frozenset(
    {
        "accept",
        "answer",
        "approval",
        "approve",
        "decide",
        "decision",
        "recall",
        "reject",
        "request_changes",
        "sign_off",
        "verdict",
    }
)
"""Words of a name that means a verdict, or the taking back of one."""


async def check(visit: Visit, name: str) -> None:
    """Refuse a call that means to decide, and put it on the record (RULES 17, 23, 32)."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    plain = re.sub(r"[^a-z]+", "_", apart.lower()).strip("_")
    words = set(plain.split("_"))
    if words & VERDICTS or any(verdict in plain for verdict in VERDICTS if "_" in verdict):
        await visit.parts.house.check_decides(deciding.decide, visit.caller)
