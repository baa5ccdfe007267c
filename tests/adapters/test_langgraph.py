"""Threads of LangGraph that suspend for people, against the real library and a real server."""

import asyncio
import itertools
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from signoff_client import ChangedSince, Decision, Signoff, SignoffError, StillWaiting
from signoff_client.langgraph import Gate, NotAllowed, handoff_tools, submit_node
from tests.adapters.place import Place
from tests.adapters.scripted import Scripted, calling

HELLO = {"messages": [HumanMessage("Write to Mira.")]}
MAIL = {"to": "mira@example.com", "body": "Hello"}
sent: list[dict[str, Any]] = []
threads = (f"thread-{number}" for number in itertools.count())


@tool
def send_email(to: str, body: str) -> str:
    """Send an email."""
    sent.append({"to": to, "body": body})
    return f"sent to {to}"


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    sent.clear()


@pytest.fixture
def thread() -> str:
    return next(threads)


def agent(
    middleware: Any, *turns: AIMessage, tools: Any = (send_email,), saver: Any = None
) -> Any:
    model = Scripted(turns=turns or (calling(("send_email", MAIL)),))
    return create_agent(
        model, list(tools), middleware=middleware, checkpointer=saver or InMemorySaver()
    )


def last(values: Any) -> str:
    return str(values["messages"][-1].content)


# The gate.


def test_a_call_waits_for_a_person_and_then_runs(place: Place, signoff: Signoff, thread: str):
    graph = agent([Gate(signoff).guard({"send_email": True})])

    with place.reviewed():
        values = Gate(signoff).run(graph, HELLO, thread=thread)

    assert sent == [MAIL]
    assert last(values) == "sent to mira@example.com"


def test_an_edited_call_runs_as_it_was_approved_and_the_model_is_told(
    place: Place, signoff: Signoff, thread: str
):
    graph = agent([Gate(signoff).guard({"send_email": True})])

    def edit(handoff: dict[str, Any]) -> dict[str, Any]:
        place.edit(handoff, {"to": "bo@example.com", "body": "Hello"})
        return {}

    with place.reviewed(edit):
        values = Gate(signoff).run(graph, HELLO, thread=thread)

    assert sent == [{"to": "bo@example.com", "body": "Hello"}]
    assert "A person changed the arguments" in last(values)
    assert "sent to bo@example.com" in last(values)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("reject", "A person rejected this call; it did not run. Not her."),
        ("request_changes", "Not her."),
    ],
)
def test_a_call_that_is_turned_down_does_not_run(
    place: Place, signoff: Signoff, thread: str, verdict: str, words: str
):
    graph = agent([Gate(signoff).guard({"send_email": True})])

    with place.reviewed(lambda _: {"verdict": verdict, "reason": "Not her."}):
        values = Gate(signoff).run(graph, HELLO, thread=thread)

    assert sent == []
    assert last(values) == words


def test_a_thread_stays_suspended_until_somebody_resumes_it(
    place: Place, signoff: Signoff, thread: str
):
    graph = agent([Gate(signoff).guard({"send_email": True})])
    with pytest.raises(StillWaiting) as waiting:
        Gate(signoff).run(graph, HELLO, thread=thread, timeout=0.2)
    place.decide(waiting.value.handoff)

    values = Gate(signoff).resume(graph, thread=thread)

    assert sent == [MAIL]
    assert last(values) == "sent to mira@example.com"


def test_asking_again_is_the_same_handoff(place: Place, signoff: Signoff, thread: str):
    graph = agent([Gate(signoff).guard({"send_email": True})])
    found: list[str] = []
    for _ in range(2):
        with pytest.raises(StillWaiting) as waiting:
            Gate(signoff).run(graph, None if found else HELLO, thread=thread, timeout=0)
        found.append(waiting.value.handoff)
    place.decide(found[0], "reject", reason="No.")

    Gate(signoff).resume(graph, thread=thread)

    assert found[0] == found[1]


def test_a_thread_whose_call_was_changed_after_the_approval_is_refused(
    place: Place, signoff: Signoff, thread: str
):
    graph = agent([Gate(signoff).guard({"send_email": True})])
    with pytest.raises(StillWaiting) as waiting:
        Gate(signoff).run(graph, HELLO, thread=thread, timeout=0)
    place.decide(waiting.value.handoff)
    other = {"configurable": {"thread_id": f"{thread}-other"}}
    forged = agent(
        [Gate(signoff).guard({"send_email": True})],
        calling(("send_email", {"to": "eve@example.com", "body": "Hello"})),
    )
    forged.invoke(HELLO, other)

    with pytest.raises(ChangedSince):
        forged.invoke(Command(resume={"handoff": waiting.value.handoff}), other)
    with pytest.raises(ChangedSince):
        forged.invoke(Command(resume={"type": "approve"}), other)

    assert sent == []


def test_an_approval_runs_one_call_of_one_thread(place: Place, signoff: Signoff, thread: str):
    graph = agent([Gate(signoff).guard({"send_email": True})])
    with place.reviewed():
        Gate(signoff).run(graph, HELLO, thread=thread)
    other = {"configurable": {"thread_id": f"{thread}-other"}}
    again = agent([Gate(signoff).guard({"send_email": True})])
    again.invoke(HELLO, other)

    with pytest.raises(ChangedSince):
        again.invoke(Command(resume={"handoff": place.seen[-1]}), other)

    assert sent == [MAIL]


def test_a_decision_that_is_delivered_twice_runs_the_call_once(
    place: Place, signoff: Signoff, thread: str
):
    saver = InMemorySaver()
    graph = agent([Gate(signoff).guard({"send_email": True})], saver=saver)
    with pytest.raises(StillWaiting) as waiting:
        Gate(signoff).run(graph, HELLO, thread=thread, timeout=0)
    config = {"configurable": {"thread_id": thread}}
    before = graph.get_state(config).config
    place.decide(waiting.value.handoff)

    resumed: Any = Command(resume={"handoff": waiting.value.handoff})
    first = graph.invoke(resumed, config)
    second = graph.invoke(resumed, before)

    assert sent == [MAIL]
    assert last(first) == last(second) == "sent to mira@example.com"


def test_the_interrupt_of_a_call_has_the_frameworks_own_id(
    place: Place, signoff: Signoff, thread: str
):
    guard = Gate(signoff).guard({"send_email": True})
    asks = HumanInTheLoopMiddleware({"send_email": True}, interrupt_mode="per_call")
    found: list[str] = []
    for number, middleware in enumerate((guard, asks)):
        with pytest.raises(StillWaiting) as waiting:
            Gate(signoff).run(
                agent([middleware]), HELLO, thread=f"{thread}-{number}", timeout=0
            )
        found.append(waiting.value.handoff)

    interrupts = [place.interrupt(handoff) for handoff in found]

    assert [(each["reason"], each["toolCallId"]) for each in interrupts] == [
        ("tool_call", "c1"),
        ("tool_call", "c1"),
    ]
    assert [place.look(handoff)["extra"]["thread_id"] for handoff in found] == [
        f"{thread}-0",
        f"{thread}-1",
    ]


def test_a_run_that_is_cancelled_leaves_no_thread_that_waits_for_people(
    place: Place, signoff: Signoff, thread: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("signoff_client.langgraph.gates.AWAITED_SLICE", 0.5)
    graph = agent([Gate(signoff).guard({"send_email": True})])

    async def impatient() -> None:
        async with asyncio.timeout(1):
            await Gate(signoff).arun(graph, HELLO, thread=thread)

    ended = threading.Thread(target=_times_out, args=(impatient,), daemon=True)
    ended.start()
    ended.join(20)

    assert not ended.is_alive()


def _times_out(main: Any) -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(main())  # which ends when every thread of its loop has


async def test_a_graph_with_async_tools_is_run_in_an_event_loop(
    place: Place, signoff: Signoff, thread: str
):
    @tool
    async def send_email(to: str, body: str) -> str:
        """Send an email, awaiting it."""
        await asyncio.sleep(0)
        sent.append({"to": to, "body": body})
        return f"sent to {to}"

    graph = agent([Gate(signoff).guard({"send_email": True})], tools=[send_email])
    gate = Gate(signoff)
    with pytest.raises(StillWaiting) as waiting:
        await gate.arun(graph, HELLO, thread=thread, timeout=0)
    place.decide(waiting.value.handoff)

    values = await gate.aresume(graph, thread=thread)

    assert sent == [MAIL]
    assert last(values) == "sent to mira@example.com"


# A process that dies.


def test_another_process_goes_on_with_what_a_killed_one_left(
    place: Place, signoff: Signoff, thread: str, tmp_path: Path
):
    begun = subprocess.run(  # noqa: S603  our own module
        [
            sys.executable,
            "-m",
            "tests.adapters.killed",
            place.url,
            place.key,
            str(tmp_path),
            thread,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert begun.returncode == -9, begun.stderr
    (handoff,) = place.waiting()
    place.decide(handoff["id"])
    with sqlite3.connect(tmp_path / "threads.db", check_same_thread=False) as kept:
        graph = agent([Gate(signoff).guard({"send_email": True})], saver=SqliteSaver(kept))

        values = Gate(signoff).resume(graph, thread=thread)
        again = Gate(signoff).resume(graph, thread=thread)
    kept.close()

    assert sent == [MAIL]
    assert last(values) == last(again) == "sent to mira@example.com"


# LangChain's own middleware.

SPOKEN: dict[str, dict[str, Any]] = {
    "first@example.com": {},
    "second@example.com": {"verdict": "reject", "reason": "Not her."},
    "third@example.com": {"verdict": "request_changes", "reason": "I wrote already."},
}
THREE = calling(*(("send_email", {"to": to, "body": "Hello"}) for to in SPOKEN))


@pytest.mark.parametrize("mode", ["batched", "per_call"])
def test_the_middlewares_requests_are_answered_call_by_call(
    place: Place, signoff: Signoff, thread: str, mode: Any
):
    gate = HumanInTheLoopMiddleware({"send_email": True}, interrupt_mode=mode)
    graph = agent([gate], THREE)

    def answer(handoff: dict[str, Any]) -> dict[str, Any]:
        return SPOKEN[place.call(handoff)["arguments"]["to"]]

    with place.reviewed(answer):
        values = Gate(signoff).run(graph, HELLO, thread=thread)

    assert [each["to"] for each in sent] == ["first@example.com"]
    assert "Not her." in last(values)
    assert "I wrote already." in last(values)


@pytest.mark.parametrize("mode", ["batched", "per_call"])
def test_an_edit_reaches_the_middleware(place: Place, signoff: Signoff, thread: str, mode: Any):
    graph = agent([HumanInTheLoopMiddleware({"send_email": True}, interrupt_mode=mode)])

    def edit(handoff: dict[str, Any]) -> dict[str, Any]:
        place.edit(handoff, {"to": "bo@example.com", "body": "Hello"})
        return {}

    with place.reviewed(edit):
        Gate(signoff).run(graph, HELLO, thread=thread)

    assert sent == [{"to": "bo@example.com", "body": "Hello"}]


def test_a_verdict_that_the_middleware_does_not_take_leaves_the_thread_suspended(
    place: Place, signoff: Signoff, thread: str
):
    gate = HumanInTheLoopMiddleware({"send_email": {"allowed_decisions": ["approve"]}})
    graph = agent([gate])

    with (
        place.reviewed(lambda _: {"verdict": "reject", "reason": "No."}),
        pytest.raises(NotAllowed, match="takes approve"),
    ):
        Gate(signoff).run(graph, HELLO, thread=thread)

    assert graph.get_state({"configurable": {"thread_id": thread}}).interrupts
    assert sent == []


class Inbox(TypedDict, total=False):
    answer: Any


def test_a_request_of_the_agent_inbox_is_answered(place: Place, signoff: Signoff, thread: str):
    def ask(_: Inbox) -> Inbox:
        config = dict.fromkeys(
            ("allow_accept", "allow_edit", "allow_respond", "allow_ignore"), True
        )
        asked = {
            "action_request": {"action": "publish", "args": {"path": "q3"}},
            "config": config,
        }
        return {"answer": interrupt([asked])}

    graph = compiled(Inbox, ask)

    with place.reviewed():
        values = Gate(signoff).run(graph, {}, thread=thread)

    assert values["answer"] == [
        {"type": "accept", "args": {"action": "publish", "args": {"path": "q3"}}}
    ]


def test_an_interrupt_that_asks_no_person_is_said_and_not_guessed_at(
    signoff: Signoff, thread: str
):
    def ask(_: Inbox) -> Inbox:
        return {"answer": interrupt("Your name?")}

    with pytest.raises(SignoffError, match="Your name"):
        Gate(signoff).run(compiled(Inbox, ask), {}, thread=thread)


def compiled(state: Any, node: Any) -> Any:
    builder = StateGraph(state)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    builder.add_edge("node", END)
    return builder.compile(checkpointer=InMemorySaver())


# Work and questions.


class Report(TypedDict, total=False):
    text: str
    verdict: str
    reason: str


def prepare(state: Report) -> dict[str, Any]:
    return {"files": {"report.md": state["text"]}, "title": "October"}


def then(_: Report, decision: Decision) -> Report:
    return {"verdict": decision.verdict, "reason": decision.reason}


def test_a_node_hands_over_files_and_goes_on_with_the_decision(
    place: Place, signoff: Signoff, thread: str
):
    graph = compiled(Report, submit_node(signoff, prepare, then))
    gate = Gate(signoff)
    with pytest.raises(StillWaiting) as waiting:
        gate.run(graph, {"text": "# October"}, thread=thread, timeout=0)
    with pytest.raises(StillWaiting) as again:
        gate.resume(graph, thread=thread, timeout=0)
    place.decide(waiting.value.handoff, "request_changes", reason="Add a table.")

    values = Gate(signoff).resume(graph, thread=thread)

    assert again.value.handoff == waiting.value.handoff
    assert (values["verdict"], values["reason"]) == ("request_changes", "Add a table.")


def test_a_node_goes_on_with_no_other_threads_decision(
    place: Place, signoff: Signoff, thread: str
):
    graph = compiled(Report, submit_node(signoff, prepare, then))
    with place.reviewed():
        Gate(signoff).run(graph, {"text": "# October"}, thread=thread)
    other = {"configurable": {"thread_id": f"{thread}-other"}}
    graph.invoke({"text": "# November"}, other)

    with pytest.raises(ChangedSince):
        graph.invoke(Command(resume={"handoff": place.seen[-1]}), other)
    with pytest.raises(ChangedSince):
        graph.invoke(Command(resume="approved"), other)


def test_a_model_submits_its_work_and_is_told_what_people_say(
    place: Place, signoff: Signoff, thread: str
):
    arguments = {"title": "October", "summary": "All of it.", "files": {"october.md": "# Oct"}}
    graph = agent([], calling(("submit_for_review", arguments)), tools=handoff_tools(signoff))

    with place.reviewed(lambda _: {"verdict": "request_changes", "reason": "Add a table."}):
        values = Gate(signoff).run(graph, HELLO, thread=thread)

    assert last(values) == "People decided: request changes.\n\nAdd a table."


def test_a_model_asks_a_person_and_gets_the_answer(place: Place, signoff: Signoff, thread: str):
    call = calling(("escalate", {"question": "Which unit?"}))
    graph = agent([], call, tools=handoff_tools(signoff))

    with place.reviewed(lambda _: {"verdict": "answer", "answers": {"answer": "kilograms"}}):
        values = Gate(signoff).run(graph, HELLO, thread=thread)

    assert last(values) == "kilograms"


def test_a_call_that_broke_off_in_the_middle_is_told_and_not_run_again(
    place: Place, signoff: Signoff, thread: str
):
    @tool
    def charge(amount: int) -> str:
        """Charge a card."""
        sent.append({"amount": amount})
        raise KeyboardInterrupt

    graph = agent(
        [Gate(signoff).guard({"charge": True})],
        calling(("charge", {"amount": 5})),
        tools=[charge],
    )
    gate = Gate(signoff)
    with place.reviewed(), pytest.raises(KeyboardInterrupt):
        gate.run(graph, HELLO, thread=thread)

    values = gate.resume(graph, thread=thread)

    assert sent == [{"amount": 5}]
    assert "nobody knows how it ended" in last(values)


def test_people_read_why_it_is_asked(place: Place, signoff: Signoff, thread: str):
    asks = HumanInTheLoopMiddleware(
        {"send_email": {"allowed_decisions": ["approve"], "description": "Mira asked for it."}}
    )
    graph = agent([asks])

    with pytest.raises(StillWaiting) as waiting:
        Gate(signoff).run(graph, HELLO, thread=thread, timeout=0)

    assert place.look(waiting.value.handoff)["summary"] == "Mira asked for it."
    place.decide(waiting.value.handoff)
