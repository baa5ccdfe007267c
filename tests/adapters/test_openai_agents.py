"""Runs of the OpenAI Agents SDK that stop for people, with its own scripted model."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, Runner, RunState, function_tool, set_tracing_disabled
from agents.exceptions import UserError
from agents.testing import ScriptedModel, assistant_message, function_call

from signoff_client import AsyncSignoff, ChangedSince, Invalid, SignoffError, StillWaiting
from signoff_client.openai_agents import Approvals
from signoff_client.stores import FileStore
from tests.adapters.place import Place

MAIL = {"to": "mira@example.com", "body": "Hello"}
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
async def approvals(place: Place, tmp_path: Path) -> AsyncIterator[Approvals]:
    async with AsyncSignoff(place.url, place.key) as signoff:
        yield Approvals(signoff, FileStore(tmp_path))


def call(call_id: str, **arguments: Any) -> list[Any]:
    return [function_call("send_email", MAIL | arguments, call_id=call_id)]


def agent(approvals: Approvals, *turns: Any) -> tuple[Agent[Any], ScriptedModel]:
    model = ScriptedModel(steps=[*turns, [assistant_message("done")]])
    return Agent(name="mailer", model=model, tools=[approvals.guard(send_email)]), model


def told(model: ScriptedModel) -> str:
    """Return what the model was last told of its calls."""
    last = model.last_call
    assert last is not None
    assert isinstance(last.input, list)
    outputs = [dict(each) for each in last.input if each.get("type") == "function_call_output"]
    return str(outputs[-1]["output"])


async def test_a_call_waits_for_a_person_and_then_runs(place: Place, approvals: Approvals):
    mailer, model = agent(approvals, call("c1"))

    with place.reviewed():
        result = await approvals.run(mailer, "Write to Mira.", run="one")

    assert (sent, result.final_output) == ([MAIL], "done")
    assert told(model) == "sent to mira@example.com"


async def test_a_number_that_would_be_shown_as_nothing_is_not_put_before_people(
    place: Place, approvals: Approvals
):
    @function_tool(failure_error_function=None, strict_mode=False)
    def note(value: Any) -> str:
        """Note a value."""
        sent.append({"value": value})
        return "noted"

    turn = [function_call("note", {"value": float("nan")}, call_id="c1")]
    noter: Agent[Any] = Agent(
        name="noter", model=ScriptedModel(steps=[turn]), tools=[approvals.guard(note)]
    )
    asked = len(place.seen)

    with place.reviewed(), pytest.raises(Invalid):
        await approvals.run(noter, "Note it.", run="odd")

    assert (sent, len(place.seen)) == ([], asked)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("reject", "A person rejected this call; it did not run. Not her."),
        ("request_changes", "Not her."),
    ],
)
async def test_a_call_that_is_turned_down_does_not_run(
    place: Place, approvals: Approvals, verdict: str, words: str
):
    mailer, model = agent(approvals, call("c1"))

    with place.reviewed(lambda _: {"verdict": verdict, "reason": "Not her."}):
        await approvals.run(mailer, "Write to Mira.", run=f"two-{verdict}")

    assert (sent, told(model)) == ([], words)


async def test_an_edited_call_is_called_again_by_the_model_and_runs_without_asking_again(
    place: Place, approvals: Approvals
):
    mailer, model = agent(approvals, call("c1"), call("c2", to="bo@example.com"))
    asked = len(place.seen)

    def edit(handoff: dict[str, Any]) -> dict[str, Any]:
        place.edit(handoff, MAIL | {"to": "bo@example.com"})
        return {}

    with place.reviewed(edit):
        await approvals.run(mailer, "Write to Mira.", run="three")

    assert sent == [MAIL | {"to": "bo@example.com"}]
    assert len(place.seen) == asked + 1
    assert "again with exactly these" in str(model.calls[1].input)


async def test_a_model_that_calls_otherwise_than_it_was_told_is_asked_about_anew(
    place: Place, approvals: Approvals
):
    mailer, _ = agent(approvals, call("c1"), call("c2", to="eve@example.com"))

    def answer(handoff: dict[str, Any]) -> dict[str, Any]:
        if place.call(handoff)["arguments"]["to"] == "eve@example.com":
            return {"verdict": "reject", "reason": "Not Eve."}
        place.edit(handoff, MAIL | {"to": "bo@example.com"})
        return {}

    with place.reviewed(answer):
        await approvals.run(mailer, "Write to Mira.", run="four")

    assert sent == []


async def test_another_process_goes_on_with_the_state_that_was_kept(
    place: Place, approvals: Approvals, tmp_path: Path
):
    first, _ = agent(approvals, call("c1"))
    with pytest.raises(StillWaiting) as waiting:
        await approvals.run(first, "Write to Mira.", run="five", timeout=0)
    place.decide(waiting.value.handoff)
    async with AsyncSignoff(place.url, place.key) as other:
        later = Approvals(other, FileStore(tmp_path))
        mailer, _ = agent(later)

        result = await later.resume(mailer, run="five")

        assert (sent, result.final_output) == ([MAIL], "done")
        with pytest.raises(SignoffError, match="No run is kept"):
            await later.resume(mailer, run="five")


async def test_a_run_that_is_resumed_twice_calls_once(
    place: Place, approvals: Approvals, tmp_path: Path
):
    first, _ = agent(approvals, call("c1"))
    with pytest.raises(StillWaiting) as waiting:
        await approvals.run(first, "Write to Mira.", run="six", timeout=0)
    store = FileStore(tmp_path)
    kept = store.get("six")
    assert kept is not None
    place.decide(waiting.value.handoff)
    await approvals.resume(agent(approvals)[0], run="six")
    store.put("six", kept)
    mailer, model = agent(approvals)

    await approvals.resume(mailer, run="six")

    assert sent == [MAIL]
    assert told(model) == "sent to mira@example.com"


async def test_another_run_of_the_same_name_asks_anew(place: Place, approvals: Approvals):
    asked_before = len(place.seen)

    with place.reviewed():
        for _ in range(2):
            mailer = agent(approvals, call("c1"))[0]
            await approvals.run(mailer, "Write to Mira.", run="again")

    assert sent == [MAIL, MAIL]
    assert len(place.seen) == asked_before + 2


async def test_a_call_that_was_approved_by_nobody_does_not_run(approvals: Approvals):
    mailer, _ = agent(approvals, call("c1"))
    result = await Runner.run(mailer, "Write to Mira.")
    state: RunState[Any] = result.to_state()
    state.approve(result.interruptions[0])

    with pytest.raises(UserError) as refused:  # the SDK's, around what a tool raises
        await Runner.run(mailer, state)

    assert isinstance(refused.value.__cause__, ChangedSince)
    assert sent == []


async def test_a_state_whose_arguments_were_changed_after_the_approval_is_refused(
    place: Place, approvals: Approvals, tmp_path: Path
):
    first, _ = agent(approvals, call("c1"))
    with pytest.raises(StillWaiting) as waiting:
        await approvals.run(first, "Write to Mira.", run="seven", timeout=0)
    place.decide(waiting.value.handoff)
    store = FileStore(tmp_path)
    kept = store.get("seven")
    assert kept is not None
    store.put("seven", kept.replace("mira@", "eve@"))

    with pytest.raises(ChangedSince):
        await approvals.resume(agent(approvals)[0], run="seven")

    assert sent == []
