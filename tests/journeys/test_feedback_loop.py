"""The feedback loop: sent back with a reason, claimed, done differently, shown as round two."""

from tests.journeys.server import Server


async def test_changes_are_requested_and_the_next_round_shows_what_changed(
    server: Server,
) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben:
        handoff = await server.hand_over(agent, "input/total.txt", b"total 1284.50\n")
        address = f"handoffs/{handoff['id']}/decision"
        said = {"verdict": "request_changes", "digest": handoff["digest"], "round": 1}

        silent = await ben.put(address, json=said)
        assert silent.status_code == 422
        assert silent.json()["code"] == "reason_required"
        await ben.post(
            f"handoffs/{handoff['id']}/comments",
            json={"text": "The statement says 1248.50.", "file": "file", "anchor": {"line": 1}},
        )
        sent_back = await ben.put(address, json={**said, "reason": "Check the total."})
        assert sent_back.json()["state"] == "changes_requested"
        note = await agent.get("files/feedback/total.txt.feedback.md")
        assert "Check the total." in note.text
        assert "The statement says 1248.50." in note.text

        unclaimed = await agent.put(
            "files/feedback/total.txt", content=b"x", headers={"If-Match": "*"}
        )
        assert unclaimed.json()["code"] == "claim_first"
        claim = (await agent.post("claims", json={})).json()
        assert claim["feedback"]["reason"] == "Check the total."
        assert claim["feedback"]["comments"][0]["text"] == "The statement says 1248.50."
        token = {"Lock-Token": claim["lock_token"]}
        fixed = await agent.put(
            f"files/{claim['path']}", content=b"total 1248.50\n", headers=token
        )
        assert fixed.status_code == 200, fixed.text
        resubmitted = await agent.post(
            "handoffs", headers=token, json={"paths": [claim["path"]]}
        )

        assert resubmitted.status_code == 200, resubmitted.text
        second = resubmitted.json()
        assert second["id"] == handoff["id"]
        assert second["round"] == 2
        assert second["path"] == "needs-review/total.txt"
        names = [each["name"] for each in (await ben.get("tree/needs-review")).json()["items"]]
        assert "total.txt.feedback.md" not in names
        approved = await ben.put(
            address, json={"verdict": "approve", "digest": second["digest"], "round": 2}
        )
        assert approved.json()["state"] == "approved"


async def test_a_claim_that_lapses_refuses_its_token_and_the_work_goes_back(
    server: Server,
) -> None:
    async with server.agent() as agent:
        await agent.put("files/input/a.txt", content=b"a")
        claim = (await agent.post("claims", json={"lease_seconds": 60})).json()

        released = await agent.request(
            "DELETE", f"claims/{claim['id']}", headers={"Lock-Token": claim["lock_token"]}
        )
        late = await agent.put(
            f"files/{claim['folder']}/b.txt",
            content=b"late",
            headers={"Lock-Token": claim["lock_token"]},
        )

        assert released.status_code == 204
        assert late.status_code == 409
        assert late.json()["code"] == "claim_lapsed"
        back = await agent.get("files/input/a.txt")
        assert back.content == b"a"
