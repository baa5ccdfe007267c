"""Runs of the OpenAI Agents SDK that stop for people, with its own scripted model."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, Runner, RunState, function_tool, set_tracing_disabled
from agents.exceptions import UserError
from agents.testing import ScriptedModel, assistant_message, function_call

from signoff_client import (
    AsyncSignoff,
    ChangedSince,
    SignoffError,
    StillWaiting,
    TooLarge,
)
from signoff_client.openai_agents import Gate
from signoff_client.stores import FileStore
from tests.adapters.place import Place

MAIL = {"to": "mira@example.com", "body": "Hello"}
LONG = "Write to Mira. " * 5000
"""More than a handoff carries."""
sent: list[dict[str, Any]] = []

set_tracing_disabled(disabled=True)


@function_tool(failure_error_function=None)
def send_email(to: str, body: str) -> str:
    """Send an email."""
    sent.append({"to": to, "body": body})
    return f"sent to {to}"


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    sent.clear()


@pytest.fixture
async def gate(place: Place, tmp_path: Path) -> AsyncIterator[Gate]:
    async with AsyncSignoff(place.url, place.key) as signoff:
        yield Gate(signoff, FileStore(tmp_path))


def call(call_id: str, **arguments: Any) -> list[Any]:
    return [function_call("send_email", MAIL | arguments, call_id=call_id)]


def agent(gate: Gate, *turns: Any) -> tuple[Agent[Any], ScriptedModel]:
    model = ScriptedModel(steps=[*turns, [assistant_message("done")]])
    return Agent(name="mailer", model=model, tools=[gate.guard(send_email)]), model


def told(model: ScriptedModel) -> str:
    """Return what the model was last told of its calls."""
    last = model.last_call
    assert last is not None
    assert isinstance(last.input, list)
    outputs = [dict(each) for each in last.input if each.get("type") == "function_call_output"]
    return str(outputs[-1]["output"])


async def test_a_call_waits_for_a_person_and_then_runs(place: Place, gate: Gate):
    mailer, model = agent(gate, call("c1"))

    with place.reviewed():
        result = await gate.run(mailer, "Write to Mira.", run="one")

    assert (sent, result.final_output) == ([MAIL], "done")
    assert told(model) == "sent to mira@example.com"


async def test_a_number_that_json_has_no_word_for_is_shown_as_the_model_wrote_it(
    place: Place, gate: Gate
):
    @function_tool(failure_error_function=None, strict_mode=False)
    def note(value: Any) -> str:
        """Note a value."""
        sent.append({"value": value})
        return "noted"

    turn = [function_call("note", {"value": float("nan")}, call_id="c1")]
    model = ScriptedModel(steps=[turn, [assistant_message("done")]])
    noter: Agent[Any] = Agent(name="noter", model=model, tools=[gate.guard(note)])

    with place.reviewed():
        await gate.run(noter, "Note it.", run="odd")

    shown = place.call(place.look(place.seen[-1]))
    assert shown["arguments"] == {"input": '{"value":NaN}'}
    assert str(sent) == "[{'value': nan}]"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("reject", "A person rejected this call; it did not run. Not her."),
        ("request_changes", "Not her."),
    ],
)
async def test_a_call_that_is_turned_down_does_not_run(
    place: Place, gate: Gate, verdict: str, words: str
):
    mailer, model = agent(gate, call("c1"))

    with place.reviewed(lambda _: {"verdict": verdict, "reason": "Not her."}):
        await gate.run(mailer, "Write to Mira.", run=f"two-{verdict}")

    assert (sent, told(model)) == ([], words)


async def test_an_edited_call_is_called_again_by_the_model_and_runs_without_asking_again(
    place: Place, gate: Gate
):
    mailer, model = agent(gate, call("c1"), call("c2", to="bo@example.com"))
    asked = len(place.seen)

    def edit(handoff: dict[str, Any]) -> dict[str, Any]:
        place.edit(handoff, MAIL | {"to": "bo@example.com"})
        return {}

    with place.reviewed(edit):
        await gate.run(mailer, "Write to Mira.", run="three")

    assert sent == [MAIL | {"to": "bo@example.com"}]
    assert len(place.seen) == asked + 1
    assert "again with exactly these" in str(model.calls[1].input)


async def test_a_model_that_calls_otherwise_than_it_was_told_is_asked_about_anew(
    place: Place, gate: Gate
):
    mailer, _ = agent(gate, call("c1"), call("c2", to="eve@example.com"))

    def answer(handoff: dict[str, Any]) -> dict[str, Any]:
        if place.call(handoff)["arguments"]["to"] == "eve@example.com":
            return {"verdict": "reject", "reason": "Not Eve."}
        place.edit(handoff, MAIL | {"to": "bo@example.com"})
        return {}

    with place.reviewed(answer):
        await gate.run(mailer, "Write to Mira.", run="four")

    assert sent == []


async def test_another_process_goes_on_with_the_state_that_was_kept(
    place: Place, gate: Gate, tmp_path: Path
):
    first, _ = agent(gate, call("c1"))
    with pytest.raises(StillWaiting) as waiting:
        await gate.run(first, "Write to Mira.", run="five", timeout=0)
    place.decide(waiting.value.handoff)
    async with AsyncSignoff(place.url, place.key) as other:
        later = Gate(other, FileStore(tmp_path))
        mailer, _ = agent(later)

        result = await later.resume(mailer, run="five")

        assert (sent, result.final_output) == ([MAIL], "done")
        with pytest.raises(SignoffError, match="No run is kept"):
            await later.resume(mailer, run="five")


async def test_a_run_that_is_resumed_twice_calls_once(place: Place, gate: Gate, tmp_path: Path):
    first, _ = agent(gate, call("c1"))
    with pytest.raises(StillWaiting) as waiting:
        await gate.run(first, "Write to Mira.", run="six", timeout=0)
    store = FileStore(tmp_path)
    kept = store.get("six")
    assert kept is not None
    place.decide(waiting.value.handoff)
    await gate.resume(agent(gate)[0], run="six")
    store.put("six", kept)
    mailer, model = agent(gate)

    await gate.resume(mailer, run="six")

    assert sent == [MAIL]
    assert told(model) == "sent to mira@example.com"


async def test_another_run_of_the_same_name_asks_anew(place: Place, gate: Gate):
    asked_before = len(place.seen)

    with place.reviewed():
        for _ in range(2):
            mailer = agent(gate, call("c1"))[0]
            await gate.run(mailer, "Write to Mira.", run="again")

    assert sent == [MAIL, MAIL]
    assert len(place.seen) == asked_before + 2


async def test_a_call_that_was_approved_by_nobody_does_not_run(gate: Gate):
    mailer, _ = agent(gate, call("c1"))
    result = await Runner.run(mailer, "Write to Mira.")
    state: RunState[Any] = result.to_state()
    state.approve(result.interruptions[0])

    with pytest.raises(UserError) as refused:  # the SDK's, around what a tool raises
        await Runner.run(mailer, state)

    assert isinstance(refused.value.__cause__, ChangedSince)
    assert sent == []


async def test_a_state_whose_arguments_were_changed_after_the_approval_is_refused(
    place: Place, gate: Gate, tmp_path: Path
):
    first, _ = agent(gate, call("c1"))
    with pytest.raises(StillWaiting) as waiting:
        await gate.run(first, "Write to Mira.", run="seven", timeout=0)
    place.decide(waiting.value.handoff)
    store = FileStore(tmp_path)
    kept = store.get("seven")
    assert kept is not None
    store.put("seven", kept.replace("mira@", "eve@"))

    with pytest.raises(ChangedSince):
        await gate.resume(agent(gate)[0], run="seven")

    assert sent == []


# A run that is carried by its handoffs.


async def test_another_process_goes_on_by_the_id_of_a_handoff_alone(place: Place):
    async with AsyncSignoff(place.url, place.key) as signoff:
        gate = Gate(signoff)
        first, _ = agent(gate, call("c1"))
        with pytest.raises(StillWaiting) as waiting:
            await gate.run(first, "Write to Mira.", timeout=0)
    handoff = waiting.value.handoff
    shown = place.look(handoff)
    place.decide(handoff)

    elsewhere = await _resumed(place, handoff)
    async with AsyncSignoff(place.url, place.key) as signoff:
        gate = Gate(signoff)
        again = await gate.resume(agent(gate)[0], handoff=handoff)

    assert elsewhere == "done mira@example.com"
    assert (sent, again.final_output) == ([], "done")
    assert "resume_state" not in shown


async def _resumed(place: Place, handoff: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.adapters.resumed", place.url, place.key, handoff,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return out.decode()


async def test_a_carried_run_that_stops_again_is_carried_by_the_next_handoff(place: Place):
    async with AsyncSignoff(place.url, place.key) as signoff:
        gate = Gate(signoff)
        mailer, _ = agent(gate, call("c1"), call("c2", to="bo@example.com"))
        with pytest.raises(StillWaiting) as first:
            await gate.run(mailer, "Write to both.", timeout=0)
        place.decide(first.value.handoff)
        with pytest.raises(StillWaiting) as second:
            await gate.resume(mailer, handoff=first.value.handoff, timeout=0)
        place.decide(second.value.handoff)

        result = await gate.resume(mailer, handoff=second.value.handoff)

    assert second.value.handoff != first.value.handoff
    assert [each["to"] for each in sent] == ["mira@example.com", "bo@example.com"]
    assert result.final_output == "done"


async def test_an_edited_call_of_a_carried_run_runs_without_asking_again(place: Place):
    async with AsyncSignoff(place.url, place.key) as signoff:
        gate = Gate(signoff)
        mailer, _ = agent(gate, call("c1"), call("c2", to="bo@example.com"))
        with pytest.raises(StillWaiting) as waiting:
            await gate.run(mailer, "Write to Mira.", timeout=0)
        handoff = waiting.value.handoff
        place.edit(place.look(handoff), MAIL | {"to": "bo@example.com"})
        place.decide(handoff)

        await gate.resume(mailer, handoff=handoff)

    assert sent == [MAIL | {"to": "bo@example.com"}]
    assert place.waiting() == []


async def test_a_state_that_is_too_long_to_be_carried_is_refused_before_anybody_is_asked(
    place: Place,
):
    async with AsyncSignoff(place.url, place.key) as signoff:
        gate = Gate(signoff)
        mailer, _ = agent(gate, call("c1"))

        with pytest.raises(TooLarge) as refused:
            await gate.run(mailer, LONG, timeout=0)

    assert refused.value.code == "too_long"
    assert refused.value.hint == "Give the Gate a store: it keeps what is longer."
    assert place.waiting() == []


async def test_a_state_that_is_too_long_to_be_carried_is_in_the_store(place: Place, gate: Gate):
    mailer, _ = agent(gate, call("c1"))
    with pytest.raises(StillWaiting) as waiting:
        await gate.run(mailer, LONG, timeout=0)
    place.decide(waiting.value.handoff)

    result = await gate.resume(mailer, handoff=waiting.value.handoff)

    assert (sent, result.final_output) == ([MAIL], "done")
    with pytest.raises(SignoffError, match="is done"):
        await gate.resume(mailer, handoff=waiting.value.handoff)


async def test_a_handoff_that_carries_no_run_is_told(place: Place, gate: Gate):
    mailer, _ = agent(gate, call("c1"))
    with pytest.raises(StillWaiting) as waiting:
        await gate.run(mailer, "Write to Mira.", run="named", timeout=0)

    with pytest.raises(SignoffError, match="carries no run"):
        await gate.resume(mailer, handoff=waiting.value.handoff)


async def test_a_run_has_a_name_and_a_store_or_neither(place: Place, gate: Gate):
    async with AsyncSignoff(place.url, place.key) as signoff:
        alone = Gate(signoff)
        mailer, _ = agent(alone)

        with pytest.raises(ValueError, match="give the Gate a store"):
            await alone.run(mailer, "Write to Mira.", run="named")
        with pytest.raises(ValueError, match="by its name, or by its handoff"):
            await gate.resume(mailer)
        with pytest.raises(ValueError, match="by its name, or by its handoff"):
            await gate.resume(mailer, run="named", handoff="ho_1")
