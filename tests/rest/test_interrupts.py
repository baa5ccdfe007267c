"""A handoff as an interrupt of AG-UI, and the decision as what resumes the run."""

import json
from typing import Any

import httpx
import jsonschema
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEDIA_TYPE = "application/vnd.ag-ui.interrupt+json"
SCHEMA = {"type": "object", "properties": {"to": {"type": "string"}}}


async def submit(scribe: httpx.AsyncClient, name: str, **said: Any) -> dict[str, Any]:
    document = {"name": "send_email", "arguments": {"to": "mira@example.com"}}
    await scribe.put(f"files/calls/{name}/call.json", content=json.dumps(document))
    call = {"tool_call": {"name": "send_email", "schema": SCHEMA}}
    body = {"paths": [f"calls/{name}"], "title": "Send", "correlation": "tc-1", "extra": call}
    answer = await scribe.post("handoffs", json=body | said)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def interrupted(client: httpx.AsyncClient, handoff: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"handoffs/{handoff['id']}", headers={"accept": MEDIA_TYPE})
    assert answer.headers["content-type"] == MEDIA_TYPE
    return dict(answer.json())


async def decide(ben: httpx.AsyncClient, handoff: dict[str, Any], **said: Any) -> None:
    seen = (await ben.get(f"handoffs/{handoff['id']}")).json()
    body = {"digest": seen["digest"], "round": seen["round"]} | said
    answer = await ben.put(f"handoffs/{handoff['id']}/decision", json=body)
    assert answer.status_code == 200, answer.text


async def test_a_tool_call_is_an_interrupt_bound_to_what_would_run(scribe: httpx.AsyncClient):
    handoff = await submit(scribe, "one")

    told = await interrupted(scribe, handoff)

    interrupt = told["interrupt"]
    governance = interrupt.pop("metadata")["governance"]
    assert told["resume"] is None
    assert interrupt == {
        "id": handoff["id"],
        "reason": "tool_call",
        "message": "Send",
        "toolCallId": "tc-1",
        "responseSchema": {
            "type": "object",
            "properties": {
                "approved": {"type": "boolean"},
                "approvedActionFingerprint": {"type": "string"},
                "reason": {"type": "string"},
                "answers": {"type": "object"},
                "editedArgs": SCHEMA,
            },
            "required": ["approved"],
        },
    }
    assert governance == {
        "actionFingerprint": (
            "sha256:34aea44137a67bff2d2d37364ecb51103e42262b3fed6e8adcf475c41eab1ca8"
        )
    }


async def test_the_id_of_the_call_itself_is_told_whatever_ties_the_handoff_elsewhere(
    scribe: httpx.AsyncClient,
):
    call = {"name": "send_email", "id": "call_42"}
    handoff = await submit(scribe, "named", correlation="run 7", extra={"tool_call": call})

    told = await interrupted(scribe, handoff)

    assert told["interrupt"]["reason"] == "tool_call"
    assert told["interrupt"]["toolCallId"] == "call_42"


async def test_an_approval_says_which_call_was_approved(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
):
    handoff = await submit(scribe, "two")
    before = await interrupted(scribe, handoff)
    await decide(ben, handoff, verdict="approve")

    told = await interrupted(scribe, handoff)

    asked = before["interrupt"]["metadata"]["governance"]["actionFingerprint"]
    resume = told["resume"]
    assert (resume["interruptId"], resume["status"]) == (handoff["id"], "resolved")
    assert resume["payload"] == {"approved": True, "approvedActionFingerprint": asked}
    assert resume["metadata"]["signoff"]["verdict"] == "approve"
    jsonschema.validate(resume["payload"], told["interrupt"]["responseSchema"])


async def test_an_edited_call_is_resumed_with_the_edited_arguments(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
):
    handoff = await submit(scribe, "three")
    asked = (await interrupted(scribe, handoff))["interrupt"]["metadata"]["governance"]
    document = {"name": "send_email", "arguments": {"to": "bo@example.com"}}
    await ben.put(f"files/{handoff['path']}/call.json", content=json.dumps(document))
    await decide(ben, handoff, verdict="approve")

    payload = (await interrupted(scribe, handoff))["resume"]["payload"]

    assert payload["editedArgs"] == {"to": "bo@example.com"}
    assert payload["approvedActionFingerprint"] != asked["actionFingerprint"]


async def test_other_keys_of_a_call_change_nothing_of_what_runs(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
):
    document: dict[str, Any] = {"name": "send_email", "arguments": {"to": "mira@example.com"}}
    print_ = "sha256:34aea44137a67bff2d2d37364ecb51103e42262b3fed6e8adcf475c41eab1ca8"
    call = {"name": "send_email", "allowed": ["approve", "reject"], "fingerprint": print_}
    handoff = await submit(scribe, "more", extra={"tool_call": call})
    noted = json.dumps(document | {"note": "checked", "args": {"to": "eve@example.com"}})
    await ben.put(f"files/{handoff['path']}/call.json", content=noted)
    await decide(ben, handoff, verdict="approve")

    resume = (await interrupted(scribe, handoff))["resume"]

    assert resume["payload"] == {"approved": True, "approvedActionFingerprint": print_}
    assert resume["metadata"]["signoff"]["ruling"] == "approve"


@pytest.mark.parametrize(
    ("name", "edited", "reason"),
    [
        ("strict", b'{"name": "send_email", "arguments": {"to": "bo@example.com"}}', "edited"),
        ("broken", b"{", "no call"),
        ("renamed", b'{"name": "pay", "arguments": {}}', "edited"),
    ],
)
async def test_what_the_agent_would_not_run_is_no_approval(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient, name: str, edited: bytes, reason: str
):
    call = {"name": "send_email", "allowed": ["approve", "reject"]}
    handoff = await submit(scribe, name, extra={"tool_call": call})
    await ben.put(f"files/{handoff['path']}/call.json", content=edited)
    await decide(ben, handoff, verdict="approve")

    payload = (await interrupted(scribe, handoff))["resume"]["payload"]

    assert payload["approved"] is False
    assert reason in payload["reason"]


async def test_another_tool_than_was_proposed_cannot_be_said_and_is_no_approval(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
):
    handoff = await submit(scribe, "other")
    other = {"name": "pay", "arguments": {"to": "mira@example.com"}}
    await ben.put(f"files/{handoff['path']}/call.json", content=json.dumps(other))
    await decide(ben, handoff, verdict="approve")

    resume = (await interrupted(scribe, handoff))["resume"]

    assert resume["payload"] == {
        "approved": False,
        "reason": "It was edited to call another tool",
    }
    assert resume["metadata"]["signoff"]["ruling"] == "reject"


async def test_a_refusal_is_said_in_the_payload(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
):
    handoff = await submit(scribe, "four")
    await decide(ben, handoff, verdict="reject", reason="Not to Mira.")

    resume = (await interrupted(scribe, handoff))["resume"]

    assert (resume["status"], resume["payload"]) == (
        "resolved",
        {"approved": False, "reason": "Not to Mira."},
    )


async def test_questions_are_input_that_is_required(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
):
    await scribe.put("files/input/ask/x.txt", content=b"x")
    asked = {
        "paths": ["input/ask/x.txt"],
        "kind": "escalation",
        "needs": "Which unit?",
        "questions": [{"id": "unit", "text": "Unit?", "schema": {"enum": ["kg", "lb"]}}],
    }
    handoff = (await scribe.post("handoffs", json=asked)).json()
    interrupt = (await interrupted(scribe, handoff))["interrupt"]
    await decide(ben, handoff, verdict="answer", answers={"unit": "kg"})

    resume = (await interrupted(scribe, handoff))["resume"]

    assert (interrupt["reason"], interrupt["message"]) == ("input_required", "Which unit?")
    assert resume["payload"] == {"unit": "kg"}
    jsonschema.validate(resume["payload"], interrupt["responseSchema"])


@pytest.mark.parametrize("said", [{"allowed": 5}, {"schema": 5}, {"fingerprint": []}])
async def test_what_an_agent_says_of_its_call_may_be_anything(
    scribe: httpx.AsyncClient, said: dict[str, Any]
):
    handoff = await submit(scribe, f"odd-{next(iter(said))}", extra={"tool_call": said})

    schema = (await interrupted(scribe, handoff))["interrupt"]["responseSchema"]

    assert schema["properties"]["editedArgs"] == {"type": "object"}


async def test_a_call_that_cannot_be_read_runs_nothing(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
):
    broken = b'{"name": "send_email", "arguments": {"to": "\xff"}}'
    await scribe.put("files/calls/broken/call.json", content=broken)
    body = {"paths": ["calls/broken"], "title": "Send", "extra": {"tool_call": {"name": "x"}}}
    handoff = (await scribe.post("handoffs", json=body)).json()
    await decide(ben, handoff, verdict="approve")

    resume = (await interrupted(scribe, handoff))["resume"]

    assert resume["payload"]["approved"] is False


async def test_what_was_withdrawn_is_cancelled(scribe: httpx.AsyncClient):
    handoff = await submit(scribe, "five")
    await scribe.delete(f"handoffs/{handoff['id']}")

    assert (await interrupted(scribe, handoff))["resume"] == {
        "interruptId": handoff["id"],
        "status": "cancelled",
    }


async def test_whoever_does_not_ask_for_it_gets_the_handoff(scribe: httpx.AsyncClient):
    handoff = await submit(scribe, "six")

    answer = await scribe.get(f"handoffs/{handoff['id']}", headers={"accept": "*/*"})

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["id"] == handoff["id"]
