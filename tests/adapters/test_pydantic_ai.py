"""Deferred tools of Pydantic AI that people decide on, with its own function model."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import (
    Agent,
    DeferredToolRequests,
    DeferredToolResults,
    FunctionToolset,
    ToolApproved,
)
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

from signoff_client import AsyncSignoff, ChangedSince, SignoffError, StillWaiting
from signoff_client.pydantic_ai import Gate, escalated, submitted
from signoff_client.stores import FileStore
from tests.adapters.place import Place

MAIL = {"to": "mira@example.com", "body": "Hello"}
sent: list[dict[str, Any]] = []


def send_email(to: str, body: str) -> str:
    """Send an email."""
    sent.append({"to": to, "body": body})
    return f"sent to {to}"


def write_report(text: str) -> str:
    """Hand a report to people."""
    raise submitted({"report.md": text}, title="October", confidence=0.9)


def which_unit() -> str:
    """Ask a person for the unit."""
    raise escalated("Which unit?")


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    sent.clear()


@pytest.fixture
async def gate(place: Place, tmp_path: Path) -> AsyncIterator[Gate]:
    async with AsyncSignoff(place.url, place.key) as signoff:
        yield Gate(signoff, FileStore(tmp_path))


def calling(*calls: tuple[str, dict[str, Any]]) -> FunctionModel:
    """Return a model that calls tools, and then says what they returned."""

    def answer(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        parts = [part for each in messages for part in each.parts]
        returned = [part.content for part in parts if isinstance(part, ToolReturnPart)]
        if returned:
            return ModelResponse(parts=[TextPart(" | ".join(str(each) for each in returned))])
        return ModelResponse(
            parts=[
                ToolCallPart(name, arguments, tool_call_id=f"c{number}")
                for number, (name, arguments) in enumerate(calls, start=1)
            ]
        )

    return FunctionModel(answer)


def agent(gate: Gate, *calls: tuple[str, dict[str, Any]]) -> Agent[None, Any]:
    tools = gate.guard(FunctionToolset([send_email]))
    return Agent(
        calling(*(calls or (("send_email", MAIL),))),
        output_type=[str, DeferredToolRequests],
        tools=[write_report, which_unit],
        toolsets=[tools],
    )


async def test_a_call_waits_for_a_person_and_then_runs(place: Place, gate: Gate):
    with place.reviewed():
        result = await gate.run(agent(gate), "Write to Mira.", run="p1")

    assert (sent, result.output) == ([MAIL], "sent to mira@example.com")


async def test_an_edited_call_runs_with_the_edited_arguments(place: Place, gate: Gate):
    def edit(handoff: dict[str, Any]) -> dict[str, Any]:
        place.edit(handoff, MAIL | {"to": "bo@example.com"})
        return {}

    with place.reviewed(edit):
        result = await gate.run(agent(gate), "Write to Mira.", run="p2")

    assert sent == [MAIL | {"to": "bo@example.com"}]
    assert result.output == "sent to bo@example.com"


async def test_people_edit_a_call_within_the_schema_of_its_tool(place: Place, gate: Gate):
    with pytest.raises(StillWaiting) as waiting:
        await gate.run(agent(gate), "Write to Mira.", run="schema", timeout=0)

    schema = place.look(waiting.value.handoff)["extra"]["tool_call"]["schema"]

    assert schema["properties"] == {"to": {"type": "string"}, "body": {"type": "string"}}


async def test_several_calls_are_decided_one_by_one(place: Place, gate: Gate):
    calls = [("send_email", MAIL | {"to": f"{name}@example.com"}) for name in ("a", "b", "c")]
    spoken = {
        "a@example.com": {},
        "b@example.com": {"verdict": "reject", "reason": "Not b."},
        "c@example.com": {"verdict": "request_changes", "reason": "I wrote already."},
    }

    with place.reviewed(lambda handoff: spoken[place.call(handoff)["arguments"]["to"]]):
        result = await gate.run(agent(gate, *calls), "Write.", run="p3")

    assert [each["to"] for each in sent] == ["a@example.com"]
    assert "it did not run. Not b." in result.output
    assert "I wrote already." in result.output


async def test_a_tool_hands_over_files_and_returns_the_whole_decision(place: Place, gate: Gate):
    reporting = agent(gate, ("write_report", {"text": "# October"}))

    with place.reviewed(lambda _: {"verdict": "request_changes", "reason": "Add a table."}):
        result = await gate.run(reporting, "Report.", run="p4")

    assert "'verdict': 'request_changes'" in result.output
    assert "'feedback': 'Add a table.'" in result.output


async def test_a_tool_asks_and_returns_the_answer(place: Place, gate: Gate):
    asking = agent(gate, ("which_unit", {}))

    with place.reviewed(lambda _: {"verdict": "answer", "answers": {"answer": "kg"}}):
        result = await gate.run(asking, "Weigh.", run="p5")

    assert "'answers': {'answer': 'kg'}" in result.output


async def test_another_process_goes_on_with_the_messages_that_were_kept(
    place: Place, gate: Gate, tmp_path: Path
):
    with pytest.raises(StillWaiting) as waiting:
        await gate.run(agent(gate), "Write to Mira.", run="p6", timeout=0)
    with pytest.raises(StillWaiting) as again:
        await gate.run(agent(gate), "Write to Mira.", run="p6", timeout=0)
    place.decide(waiting.value.handoff)
    async with AsyncSignoff(place.url, place.key) as other:
        later = Gate(other, FileStore(tmp_path))

        result = await later.resume(agent(later), run="p6")

        assert again.value.handoff == waiting.value.handoff
        assert (sent, result.output) == ([MAIL], "sent to mira@example.com")
        with pytest.raises(SignoffError, match="No run is kept"):
            await later.resume(agent(later), run="p6")


async def test_a_run_that_is_resumed_twice_calls_once(place: Place, gate: Gate, tmp_path: Path):
    with pytest.raises(StillWaiting) as waiting:
        await gate.run(agent(gate), "Write to Mira.", run="p7", timeout=0)
    store = FileStore(tmp_path)
    kept = store.get("p7")
    assert kept is not None
    place.decide(waiting.value.handoff)
    await gate.resume(agent(gate), run="p7")
    store.put("p7", kept)

    result = await gate.resume(agent(gate), run="p7")

    assert (sent, result.output) == ([MAIL], "sent to mira@example.com")


async def test_another_run_of_the_same_name_asks_anew(place: Place, gate: Gate):
    asked_before = len(place.seen)

    with place.reviewed():
        for _ in range(2):
            await gate.run(agent(gate), "Write to Mira.", run="again")

    assert sent == [MAIL, MAIL]
    assert len(place.seen) == asked_before + 2


async def test_a_call_that_was_approved_by_nobody_does_not_run(gate: Gate):
    mailer = agent(gate)
    first = await mailer.run("Write to Mira.")
    results = DeferredToolResults(approvals={"c1": ToolApproved()})

    with pytest.raises(ChangedSince):
        await mailer.run(message_history=first.all_messages(), deferred_tool_results=results)

    assert sent == []


async def test_messages_that_were_changed_after_the_approval_are_refused(
    place: Place, gate: Gate
):
    mailer = agent(gate)
    first = await mailer.run("Write to Mira.")
    with place.reviewed():
        results = await gate.resolve(first.output, run="p8")
    eve = ToolCallPart("send_email", MAIL | {"to": "eve@example.com"}, tool_call_id="c1")
    forged: list[ModelMessage] = [
        ModelRequest.user_text_prompt("Write."),
        ModelResponse(parts=[eve]),
    ]

    with pytest.raises(ChangedSince):
        await mailer.run(message_history=forged, deferred_tool_results=results)

    assert sent == []


async def test_a_run_without_a_name_is_gone_on_with_by_any_handoff_of_it(place: Place):
    async with AsyncSignoff(place.url, place.key) as signoff:
        gate = Gate(signoff)
        calls = [("send_email", MAIL), ("which_unit", {})]
        with pytest.raises(StillWaiting):
            await gate.run(agent(gate, *calls), "Write to Mira.", timeout=0)
    asked = {each["kind"]: each["id"] for each in place.waiting()}
    place.decide(asked["approval"])
    place.decide(asked["escalation"], "answer", answers={"answer": "kg"})
    for handoff in asked.values():
        async with AsyncSignoff(place.url, place.key) as other:
            later = Gate(other)

            result = await later.resume(agent(later, *calls), handoff=handoff)

            assert "sent to mira@example.com" in result.output
            assert "'answers': {'answer': 'kg'}" in result.output
    assert sent == [MAIL]
