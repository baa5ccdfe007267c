"""What people do with what the client handed over."""

from typing import Any

from tests.journeys.server import Server


async def decide(
    server: Server,
    handoff: str,
    verdict: str,
    *,
    edit: dict[str, bytes] | None = None,
    **said: Any,
) -> dict[str, Any]:
    """Look at a handoff as Ben does, edit files of it, and give a verdict."""
    async with server.signed_in("ben") as ben:
        for name, data in (edit or {}).items():
            seen = (await ben.get(f"handoffs/{handoff}")).json()
            path = f"{seen['path']}/{name}" if name else seen["path"]
            there = (await ben.head(f"files/{path}")).is_success
            headers = {"If-Match": "*"} if there else {}
            put = await ben.put(f"files/{path}", content=data, headers=headers)
            assert put.is_success, put.text
        seen = (await ben.get(f"handoffs/{handoff}")).json()
        body = {"verdict": verdict, "digest": seen["digest"], "round": seen["round"], **said}
        answer = await ben.put(f"handoffs/{handoff}/decision", json=body)
        assert answer.is_success, answer.text
        decided: dict[str, Any] = answer.json()
        return decided
