"""LangGraph: an agent that asks a person before it sends an email.

    python -m examples.adapters.langgraph_approval [THREAD]

It is killed while it waits? Start it again with the same thread: it goes on from there.
"""

import sys
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.sqlite import SqliteSaver

from signoff_client import Signoff
from signoff_client.langgraph import Gate

MAIL = {"to": "mira@example.com", "body": "The totals of October are wrong."}


class ScriptedModel(GenericFakeChatModel):
    """Calls `send_email`, and then says what came of it; put your own model in its place."""

    messages: Any = None

    def bind_tools(self, tools: Any, **_: Any) -> "ScriptedModel":
        """Take any tools."""
        del tools
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(content=f"So it went: {messages[-1].content}")
        if not isinstance(messages[-1], ToolMessage):
            call = {"name": "send_email", "args": MAIL, "id": "call_1", "type": "tool_call"}
            message = AIMessage(content="", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=message)])


def send_email(to: str, body: str) -> str:
    """Send an email."""
    return f"sent “{body}” to {to}"


def main(thread: str) -> None:
    """Begin the thread, or go on with it."""
    with Signoff() as signoff, SqliteSaver.from_conn_string("threads.db") as threads:
        gate = Gate(signoff)
        print(f"People decide at {signoff.url}", flush=True)
        agent = create_agent(
            ScriptedModel(),
            [send_email],
            middleware=[gate.guard({"send_email": True})],
            checkpointer=threads,
        )
        begun = agent.get_state({"configurable": {"thread_id": thread}}).values
        if begun:
            values = gate.resume(agent, thread=thread)
        else:
            asked = {"messages": [HumanMessage("Tell Mira about October.")]}
            values = gate.run(agent, asked, thread=thread)
        print(values["messages"][-1].content)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "mail-1")
