"""Policies over REST: explained, tried, kept, and what they sample looked at twice."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRIED = {"rules": [{"path": "tried/**", "required": 2}]}


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def submitted(agent: httpx.AsyncClient, path: str) -> dict[str, Any]:
    await agent.put(f"files/{path}", content=b"x" * 10)
    return dict(ok(await agent.post("handoffs", json={"paths": [path]}), 201))


async def test_a_policy_is_tried_before_it_is_set(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    handoff = await submitted(scribe, "input/tried/a.txt")
    before = ok(await ada.get("policy"))["number"]

    tried = ok(await ada.post("policy/try", json={"policy": TRIED, "last": 5}))
    as_text = ok(await ada.post("policy/try", json={"policy": "required: 2"}))

    found = {item["handoff"]: item for item in tried["items"]}
    assert found[handoff["id"]]["differs"] == ["required"]
    assert found[handoff["id"]]["rules"] == [1]
    assert tried["number"] == before + 1
    assert as_text["differ"] >= 1
    assert ok(await ada.get("policy"))["number"] == before


async def test_a_package_is_explained(scribe: httpx.AsyncClient) -> None:
    handoff = await submitted(scribe, "input/tried/b.txt")

    might = ok(await scribe.post("policy/explain", json={"path": "tried/x", "policy": TRIED}))
    does = ok(await scribe.post("policy/explain", json={"handoff": handoff["id"]}))

    assert (might["rules"][0]["is_met"], might["demands"]["required"]) == (True, 2)
    assert does["demands"]["due_at"] is None


async def test_every_policy_is_kept(ada: httpx.AsyncClient) -> None:
    first = ok(await ada.put("policy", json={"priority": 3}))
    second = ok(await ada.put("policy", json={}))

    listed = ok(await ada.get("policy/history?limit=1"))
    earlier = ok(await ada.get(f"policy?number={first['number']}"))

    assert listed["items"][0]["number"] == second["number"]
    assert listed["items"][0]["by"]["name"] == "Ada"
    assert listed["items"][0]["changed"] == ["priority"]
    assert earlier["policy"] == {"priority": 3}
    assert (await ada.get("policy?number=999")).status_code == 404


async def test_the_schema_is_published(scribe: httpx.AsyncClient) -> None:
    schema = ok(await scribe.get("policy/schema"))

    assert schema["$id"] == "urn:signoff:policy:1"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


async def test_a_word_that_is_nearly_right_is_hinted_at(ada: httpx.AsyncClient) -> None:
    refused = await ada.put("policy", json={"requird": 2})

    assert refused.status_code == 422
    assert refused.json()["code"] == "policy_invalid"
    assert "required" in refused.json()["hint"]


async def test_what_is_sampled_is_looked_at_by_other_eyes(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    ok(await ada.put("policy", json={"second_look": {"share": 1}}))
    handoff = await submitted(scribe, "input/sampled.txt")
    verdict = {"verdict": "approve", "digest": handoff["digest"], "round": 1}
    ok(await ada.put(f"handoffs/{handoff['id']}/decision", json=verdict))
    ok(await ada.put("policy", json={}))
    address = f"handoffs/{handoff['id']}/second-look"
    said = {"opinion": "disagree", "digest": handoff["digest"]}

    listed = ok(await ben.get("second-looks"))
    by_agent = await scribe.put(address, json=said)
    silent = await ben.put(address, json=said)
    given = ok(await ben.put(address, json={**said, "reason": "It is not ten bytes."}))
    again = await ada.put(address, json={**said, "opinion": "agree"})

    assert handoff["id"] in [item["handoff"]["id"] for item in listed["items"]]
    assert by_agent.json()["code"] == "agent_cannot_decide"
    assert silent.json()["code"] == "reason_required"
    assert (given["standing"], given["by"]["name"]) == ("disagreed", "Ben")
    assert again.json()["code"] == "not_a_reviewer"
    assert ok(await ada.get(f"handoffs/{handoff['id']}"))["state"] == "approved"
