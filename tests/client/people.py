"""What people do with what the client handed over."""

from typing import Any

import httpx

from tests.hosts import Workspace


async def decide(
    workspace: Workspace,
    handoff: str,
    said: str,
    *,
    edit: dict[str, bytes] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Give a verdict, and return what it decided."""
    answer = await verdict(workspace, handoff, said, edit=edit, **more)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def verdict(
    workspace: Workspace,
    handoff: str,
    said: str,
    *,
    edit: dict[str, bytes] | None = None,
    **more: Any,
) -> httpx.Response:
    """Look at a handoff as Ben does, edit files of it, and give a verdict."""
    async with workspace.signed_in("ben") as ben:
        for name, data in (edit or {}).items():
            seen = (await ben.get(f"handoffs/{handoff}")).json()
            path = f"{seen['path']}/{name}" if name else seen["path"]
            there = (await ben.head(f"files/{path}")).is_success
            headers = {"If-Match": "*"} if there else {}
            put = await ben.put(f"files/{path}", content=data, headers=headers)
            assert put.is_success, put.text
        seen = (await ben.get(f"handoffs/{handoff}")).json()
        body = {"verdict": said, "digest": seen["digest"], "round": seen["round"], **more}
        return await ben.put(f"handoffs/{handoff}/decision", json=body)
