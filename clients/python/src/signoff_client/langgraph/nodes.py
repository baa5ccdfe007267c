"""Work that a node submits, or the model with a tool, and that comes back decided."""

from collections.abc import Callable, Mapping
from typing import Any

from signoff_client import Decision, Signoff
from signoff_client.errors import ChangedSince
from signoff_client.langgraph.frameworks import (
    BaseTool,
    StructuredTool,
    get_config,
    interrupt,
)
from signoff_client.langgraph.requests import HANDOFF, THREAD

Json = Mapping[str, Any]


def submit_node(
    signoff: Signoff,
    prepare: Callable[[Any], Json],
    then: Callable[[Any, Decision], Any],
    *,
    kind: str = "approval",
) -> Callable[[Any], Any]:
    """Return a node that submits what `prepare(state)` says, and goes on with the decision.

    `prepare` returns what `Signoff.submit` takes: `paths` of files that are there, or `files`
    as text by name, and what is said of them. It is called again when the thread goes on, so
    it only looks. `then(state, decision)` returns what the node returns. `kind` is `approval`,
    `escalation` or `relay`.
    """

    def node(state: Any) -> Any:
        return then(state, _decided(signoff, prepare(state), kind))

    return node


def handoff_tools(signoff: Signoff) -> list[BaseTool]:
    """Return two tools for a model, named as over MCP: `submit_for_review` and `escalate`.

    Both suspend the thread; the model is told what people decided, and why.
    """

    def submit_for_review(title: str, summary: str, files: dict[str, str]) -> str:
        """Hand finished files, as text by name, to a person and wait for their verdict."""
        prepared = {"files": files, "title": title, "summary": summary}
        return told(_decided(signoff, prepared, "approval"))

    def escalate(question: str, context: str = "") -> str:
        """Ask a person what you cannot know, and wait for the answer."""
        asked = [{"id": "answer", "text": question, "schema": {"type": "string"}}]
        prepared = {"title": question[:300], "summary": context, "questions": asked}
        decision = _decided(signoff, {**prepared, "needs": question}, "escalation")
        return str(decision.answers.get("answer") or told(decision))

    return [
        StructuredTool.from_function(submit_for_review),
        StructuredTool.from_function(escalate),
    ]


def _decided(signoff: Signoff, prepared: Json, kind: str) -> Decision:
    """Suspend the thread until people decided; read what they did from the server."""
    said = {name: each for name, each in prepared.items() if name not in ("paths", "files")}
    request: dict[str, Any] = {"type": HANDOFF, "kind": kind, "said": said}
    if paths := prepared.get("paths"):
        request["paths"] = [paths] if isinstance(paths, str) else list(paths)
    else:
        request["files"] = dict(prepared.get("files") or {})
    resumed = interrupt(request)
    name = resumed.get("handoff") if isinstance(resumed, Mapping) else None
    if not isinstance(name, str):
        raise ChangedSince("The thread was resumed without a handoff")
    handoff = signoff.handoff(name)
    if handoff.extra.get(THREAD) != get_config()["configurable"]["thread_id"]:
        raise ChangedSince(f"{name} is not about this thread")
    return handoff.wait()


def told(decision: Decision) -> str:
    """Return a decision in words, for a model."""
    words = [f"People decided: {decision.verdict.replace('_', ' ')}."]
    if decision.feedback:
        words.append(decision.feedback)
    if decision.answers:
        words += [f"{name}: {answer}" for name, answer in decision.answers.items()]
    if difference := decision.difference():
        words.append(f"They changed this first:\n{difference}")
    return "\n\n".join(words)
