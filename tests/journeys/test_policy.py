"""A policy at work: reminded, raised, rejected in the end, while nobody looks; then a new one."""

from signoff.domain.ids import HOUR
from signoff.worker import duties
from tests.journeys.server import Server
from tests.worker.aging import age

POLICY = """
due_in: 10h
reminders: [4h before]
raise_to: ada@example.org
on_timeout: reject
timeout_after: 10h
"""
TEXT = {"Content-Type": "text/yaml"}


async def test_an_agent_does_not_wait_for_ever(server: Server) -> None:
    house = server.parts.house
    async with server.agent() as agent, server.signed_in("ada") as ada:
        set_ = await ada.put("policy", content=POLICY.encode(), headers=TEXT)
        assert set_.status_code == 200, set_.text
        handoff = await server.hand_over(agent, "input/late.txt", b"late\n")
        told = []

        for _ in range(3):
            await age(house, handoff["id"], 7 * HOUR)
            await duties.keep_time(house)
            events = (await ada.get(f"audit?handoff={handoff['id']}&limit=200")).json()
            told.append([entry["type"] for entry in events["items"]])
        ended = (await agent.get(f"handoffs/{handoff['id']}?wait=5")).json()

    assert "handoff.reminded" in told[0]
    assert "handoff.raised" in told[1]
    assert "handoff.raised" not in told[0]
    assert ended["state"] == "rejected"
    assert ended["decision"]["by"]["kind"] == "system"
    assert "policy" in ended["decision"]["reason"]


async def test_more_time_by_a_new_policy_reaches_what_is_open(server: Server) -> None:
    house = server.parts.house
    async with server.agent() as agent, server.signed_in("ada") as ada:
        await ada.put("policy", content=POLICY.encode(), headers=TEXT)
        handoff = await server.hand_over(agent, "input/open.txt", b"open\n")
        await age(house, handoff["id"], 19 * HOUR)

        await ada.put("policy", json={"due_in": "2d"})
        await duties.replan(house)
        await age(house, handoff["id"], 19 * HOUR)
        await duties.keep_time(house)
        open_ = (await ada.get(f"handoffs/{handoff['id']}")).json()
        verdict = {"verdict": "approve", "digest": open_["digest"], "round": 1}
        decided = await ada.put(f"handoffs/{handoff['id']}/decision", json=verdict)

    assert open_["state"] == "in_review"
    assert decided.json()["decision"]["by"]["name"] == "Ada"
