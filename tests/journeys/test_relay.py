"""Relay: the agent did the heavy lifting; the person edits in place and completes."""

from tests.journeys.server import Server


async def test_a_person_takes_over_edits_in_place_and_completes(server: Server) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben:
        await agent.put("files/input/draft.md", content=b"# Draft\n")
        handed = await agent.post(
            "handoffs",
            json={"kind": "relay", "paths": ["input/draft.md"], "title": "Yours to finish"},
        )
        handoff = handed.json()
        taken = await ben.post(f"handoffs/{handoff['id']}/take")
        assert taken.json()["taken_by"]["name"] == "Ben"

        lock = await ben.post("locks", json={"path": handoff["path"], "depth": "0"})
        assert lock.status_code == 201, lock.text
        held = await agent.request("DELETE", f"handoffs/{handoff['id']}")
        assert held.status_code == 423
        token = {"Lock-Token": lock.json()["token"]}
        for text in (b"# Better\n", b"# Best\n"):
            written = await ben.put(f"files/{handoff['path']}", content=text, headers=token)
            assert written.status_code == 200, written.text
        seen = (await ben.get(f"handoffs/{handoff['id']}")).json()
        done = await ben.put(
            f"handoffs/{handoff['id']}/decision",
            json={"verdict": "approve", "digest": seen["digest"], "round": 1},
        )

        assert done.status_code == 200, done.text
        assert done.json()["state"] == "approved"
        final = await agent.get(f"files/{done.json()['path']}")
        assert final.content == b"# Best\n"
        assert (await ben.get(f"locks?path={done.json()['path']}")).json()["items"] == []
