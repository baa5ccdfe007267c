"""An approved call is run by one process, whichever of them asks first."""

import asyncio

from tests.journeys.server import Server


async def test_one_of_many_processes_runs_what_was_approved(server: Server) -> None:
    async with server.agent() as scribe, server.signed_in("ada") as ada:
        handoff = await server.hand_over(scribe, "calls/refund/call.json", b"{}")
        named = {"round": handoff["round"], "digest": handoff["digest"]}
        decision = f"handoffs/{handoff['id']}/decision"
        decided = await ada.put(decision, json={"verdict": "approve", **named})
        assert decided.status_code == 200, decided.text
        runs = f"handoffs/{handoff['id']}/runs"

        asked = await asyncio.gather(*(scribe.post(runs, json=named) for _ in range(8)))
        first = next(each.json() for each in asked if each.status_code == 201)
        ended = await scribe.put(
            f"{runs}/{first['id']}", json={"outcome": "done", "result": "paid"}
        )
        late = await scribe.post(runs, json=named)

    assert sorted(each.status_code for each in asked) == [201] + [409] * 7
    assert ended.status_code == 200, ended.text
    assert (late.status_code, late.json()["result"]) == (409, "paid")
