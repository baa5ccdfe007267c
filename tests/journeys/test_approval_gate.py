"""The approval gate: an agent submits and stops; nothing leaves before a person approves."""

import asyncio

from tests.journeys.server import Server

REPORT = b"# Weekly report\n\nAll tables were read.\n"


async def test_work_is_handed_over_approved_on_what_was_seen_and_the_agent_is_told(
    server: Server,
) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben:
        put = await agent.put("files/input/reports/week-47.md", content=REPORT)
        assert put.status_code == 201

        submitted = await agent.post(
            "handoffs",
            json={
                "paths": ["input/reports/week-47.md"],
                "title": "Week 47",
                "summary": "Read **31** tables.",
                "confidence": 0.82,
                "flags": [{"severity": "warning", "message": "One total differs."}],
            },
        )
        handoff = submitted.json()
        assert submitted.status_code == 201
        assert handoff["path"] == "needs-review/reports/week-47.md"
        assert handoff["state"] == "in_review"
        assert handoff["round"] == 1
        assert handoff["verdicts"] == ["approve", "request_changes", "reject"]

        waiting = asyncio.create_task(agent.get(f"handoffs/{handoff['id']}?wait=20"))
        inbox = (await ben.get("handoffs?state=in_review")).json()
        assert [each["title"] for each in inbox["items"]] == ["Week 47"]
        decided = await ben.put(
            f"handoffs/{handoff['id']}/decision",
            json={"verdict": "approve", "digest": handoff["digest"], "round": 1},
        )
        assert decided.status_code == 200, decided.text

        seen = (await waiting).json()
        assert seen["state"] == "approved"
        assert seen["decision"]["by"]["name"] == "Ben"
        assert seen["decision"]["digest"] == handoff["digest"]
        assert seen["path"] == "approved/reports/week-47.md"
        kept = await agent.get("files/approved/reports/week-47.md")
        assert kept.content == REPORT


async def test_what_is_in_review_and_what_is_approved_is_held_still(server: Server) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben:
        handoff = await server.hand_over(agent, "input/plan.txt", b"first")
        path = handoff["path"]

        frozen = await agent.put(f"files/{path}", content=b"second", headers={"If-Match": "*"})
        assert frozen.status_code == 423
        assert frozen.json()["code"] == "frozen"

        decision = {"verdict": "approve", "digest": handoff["digest"], "round": 1}
        address = f"handoffs/{handoff['id']}/decision"
        by_agent = await agent.put(address, json=decision)
        assert by_agent.status_code == 403
        assert by_agent.json()["code"] == "agent_cannot_decide"
        other = await ben.put(address, json={**decision, "digest": "sha256:" + "0" * 64})
        assert other.status_code == 409
        assert other.json()["code"] == "digest_mismatch"
        assert other.json()["digest"] == handoff["digest"]

        first = await ben.put(address, json=decision)
        again = await ben.put(address, json=decision)
        opposite = await ben.put(
            address, json={**decision, "verdict": "reject", "reason": "No."}
        )
        assert first.status_code == again.status_code == 200
        assert again.json()["decision"] == first.json()["decision"]
        assert opposite.status_code == 409
        assert opposite.json()["code"] == "already_decided"

        approved = first.json()["path"]
        late = await ben.put(f"files/{approved}", content=b"later")
        assert late.status_code == 423


async def test_a_person_edits_then_approves_and_the_agent_is_given_the_difference(
    server: Server,
) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben:
        handoff = await server.hand_over(agent, "input/letter.txt", b"Dear Sir\n")

        edited = await ben.put(f"files/{handoff['path']}", content=b"Dear Madam\n")
        assert edited.status_code == 200
        seen = (await ben.get(f"handoffs/{handoff['id']}")).json()
        assert seen["digest"] != handoff["digest"]
        decided = await ben.put(
            f"handoffs/{handoff['id']}/decision",
            json={"verdict": "approve", "digest": seen["digest"], "round": 1},
        )

        assert decided.status_code == 200
        assert decided.json()["decision"]["changed"] is True
        assert decided.json()["submitted_digest"] == handoff["digest"]


async def test_every_step_is_on_the_record_and_the_log_verifies(server: Server) -> None:
    async with server.agent() as agent, server.signed_in("ada") as ada:
        handoff = await server.hand_over(agent, "input/a.txt", b"a")
        await agent.put(
            f"handoffs/{handoff['id']}/decision",
            json={"verdict": "approve", "digest": handoff["digest"]},
        )
        await ada.put(
            f"handoffs/{handoff['id']}/decision",
            json={"verdict": "approve", "digest": handoff["digest"], "round": 1},
        )

        events = (await ada.get("events?after=0&limit=1000")).json()["items"]
        types = [each["type"] for each in events]
        positions = [each["position"] for each in events]
        denied = next(each for each in events if each["type"] == "access.denied")
        report = (await ada.post("audit/verify")).json()

    assert types.index("handoff.opened") < types.index("handoff.approved")
    assert positions == list(range(positions[0], positions[0] + len(positions)))
    assert denied["actor"]["kind"] == "agent"
    assert report["sound"] is True
    assert report["report"]["entries"] == positions[-1]
