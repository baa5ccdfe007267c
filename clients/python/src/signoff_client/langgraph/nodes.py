"""Work that is handed over by a node, or by the model with a tool, and comes back decided."""

from collections.abc import Callable, Mapping
from typing import Any

from signoff_client import Decision, Signoff
from signoff_client.langgraph.frameworks import BaseTool, StructuredTool, interrupt
from signoff_client.langgraph.requests import HANDOFF

Json = Mapping[str, Any]


def handover_node(
    signoff: Signoff,
    prepare: Callable[[Any], Json],
    then: Callable[[Any, Decision], Any],
    *,
    kind: str = "approval",
) -> Callable[[Any], Any]:
    """Return a node that hands over what `prepare(state)` says, and goes on with the decision.

    `prepare` returns what `Signoff.submit` takes: `paths` of files that are there, or `files`
    as text by name, and what is said of them. It is called again when the thread goes on, so
    it only looks. `then(state, decision)` returns what the node returns. `kind` is `approval`,
    `escalation` or `relay`.
    """

    def node(state: Any) -> Any:
        return then(state, _decided(signoff, prepare(state), kind))

    return node


def review_tools(signoff: Signoff) -> list[BaseTool]:
    """Return two tools for a model: `submit_for_review` and `ask_a_person`.

    Both suspend the thread; the model is told what people decided, and why.
    """

    def submit_for_review(title: str, summary: str, files: dict[str, str]) -> str:
        """Hand finished files, as text by name, to a person and wait for their verdict."""
        prepared = {"files": files, "title": title, "summary": summary}
        return told(_decided(signoff, prepared, "approval"))

    def ask_a_person(question: str, context: str = "") -> str:
        """Ask a person what you cannot know, and wait for the answer."""
        asked = [{"id": "answer", "text": question, "schema": {"type": "string"}}]
        prepared = {"title": question[:300], "summary": context, "questions": asked}
        decision = _decided(signoff, {**prepared, "needs": question}, "escalation")
        return str(decision.answers.get("answer") or told(decision))

    return [
        StructuredTool.from_function(submit_for_review),
        StructuredTool.from_function(ask_a_person),
    ]


def _decided(signoff: Signoff, prepared: Json, kind: str) -> Decision:
    """Suspend the thread until people decided; read what they did from the server."""
    said = {name: each for name, each in prepared.items() if name not in ("paths", "files")}
    request: dict[str, Any] = {"type": HANDOFF, "kind": kind, "said": said}
    if paths := prepared.get("paths"):
        request["paths"] = [paths] if isinstance(paths, str) else list(paths)
    else:
        request["files"] = dict(prepared.get("files") or _question(said))
    resumed = interrupt(request)
    return signoff.handoff(resumed["handoff"]).wait()


def _question(said: Json) -> dict[str, str]:
    """Return the file of a question that comes without any: a package has one at least."""
    return {
        "question.md": f"# {said.get('title') or 'A question'}\n\n{said.get('needs', '')}\n"
    }


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
