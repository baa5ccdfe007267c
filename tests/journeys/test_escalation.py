"""Exception escalation: the agent is stuck, asks, and gets the answer as data."""

import asyncio

from tests.journeys.server import Server

QUESTION = {
    "id": "order",
    "text": "Is 03/04 the third of April or the fourth of March?",
    "schema": {"type": "string", "enum": ["day first", "month first"]},
}


async def test_an_agent_asks_a_person_answers_and_the_agent_goes_on(server: Server) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben:
        await agent.put("files/input/dates.csv", content=b"when\n03/04/2025\n")
        claim = (await agent.post("claims", json={})).json()
        token = {"Lock-Token": claim["lock_token"]}

        asked = await agent.post(
            "handoffs",
            headers=token,
            json={
                "kind": "escalation",
                "paths": [claim["path"]],
                "title": "Day first?",
                "needs": "To know how the dates are written.",
                "questions": [QUESTION],
            },
        )
        handoff = asked.json()
        assert asked.status_code == 201, asked.text
        assert handoff["verdicts"] == ["answer", "reject", "approve"]
        address = f"handoffs/{handoff['id']}/decision"
        said = {"verdict": "answer", "digest": handoff["digest"], "round": 1}

        wrong = await ben.put(address, json={**said, "answers": {"order": "maybe"}})
        assert wrong.status_code == 422
        assert wrong.json()["code"] == "answer_invalid"
        waiting = asyncio.create_task(agent.get(f"handoffs/{handoff['id']}?wait=20"))
        right = await ben.put(address, json={**said, "answers": {"order": "day first"}})
        assert right.status_code == 200, right.text

        told = (await waiting).json()
        assert told["state"] == "answered"
        assert told["decision"]["answers"] == {"order": "day first"}
        again = (await agent.post("claims", json={})).json()
        assert again["handoff"] == handoff["id"]
        assert again["feedback"]["answers"] == {"order": "day first"}


async def test_a_batch_goes_on_while_one_item_of_it_is_escalated(server: Server) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben:
        for name in ("a", "b", "c"):
            await agent.put(f"files/input/batch/{name}.txt", content=name.encode())
        claim = (await agent.post("claims", json={"path": "input/batch"})).json()
        token = {"Lock-Token": claim["lock_token"]}

        split = await agent.post(
            "splits",
            headers=token,
            json={
                "path": f"{claim['path']}/b.txt",
                "title": "b cannot be read",
                "needs": "A better copy.",
            },
        )
        assert split.status_code == 201, split.text
        rest = await agent.post(
            "handoffs", headers=token, json={"paths": [claim["path"]], "title": "The batch"}
        )
        assert rest.status_code == 201, rest.text

        waiting = (await ben.get("handoffs?state=in_review")).json()["items"]
        assert {each["kind"] for each in waiting} == {"escalation", "approval"}
        assert split.json()["kind"] == "escalation"
        assert split.json()["files_count"] >= 1
        names = {each["path"] for each in rest.json()["files"]}
        assert {"a.txt", "c.txt"} <= names
        assert "b.txt" not in names


async def test_some_files_of_a_batch_are_approved_and_some_sent_back(server: Server) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben:
        for name in ("a", "b", "c"):
            await agent.put(f"files/input/set/{name}.txt", content=name.encode())
        handed = await agent.post("handoffs", json={"paths": ["input/set"], "title": "A set"})
        handoff = handed.json()

        decided = await ben.put(
            f"handoffs/{handoff['id']}/decision",
            json={
                "verdict": "approve",
                "digest": handoff["digest"],
                "round": 1,
                "files": [
                    {"path": "b.txt", "verdict": "request_changes", "reason": "Wrong year."}
                ],
            },
        )
        assert decided.status_code == 200, decided.text

        assert decided.json()["state"] == "changes_requested"
        approved = (await ben.get("handoffs?state=approved")).json()["items"]
        assert [each["title"] for each in approved] == ["A set"]
        tree = (await ben.get("tree/approved/set")).json()["items"]
        assert {"a.txt", "c.txt"} <= {each["name"] for each in tree}
        back = (await agent.post("claims", json={})).json()
        assert back["handoff"] == handoff["id"]
        assert "Wrong year." in str(back["feedback"])
