"""A model of LangChain's that says what it was told to, without a key or a network."""

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult


def calling(*calls: tuple[str, dict[str, Any]], start: int = 1) -> AIMessage:
    """Return a message that calls tools; ids are `c1`, `c2`, …"""
    return AIMessage(
        content="",
        tool_calls=[
            {"name": name, "args": arguments, "id": f"c{number}", "type": "tool_call"}
            for number, (name, arguments) in enumerate(calls, start=start)
        ],
    )


class Scripted(BaseChatModel):
    """Says each turn of a script once: the number of its turns so far chooses the next."""

    turns: Sequence[AIMessage]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> "Scripted":
        """Take any tools: the script knows which it calls."""
        del tools
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        del stop, run_manager
        said = sum(isinstance(each, AIMessage) for each in messages)
        if said < len(self.turns):
            message = self.turns[said].model_copy()
        else:
            told = [str(each.content) for each in messages if isinstance(each, ToolMessage)]
            message = AIMessage(content=" | ".join(told))
        return ChatResult(generations=[ChatGeneration(message=message)])
