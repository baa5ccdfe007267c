"""Pydantic AI: an agent that asks a person before it sends an email.

    python -m examples.adapters.pydantic_ai_approval [RUN]

It is killed while it waits? Start it again with the same name: it goes on from there.
"""

import asyncio
import sys

from pydantic_ai import Agent, DeferredToolRequests, FunctionToolset
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

from signoff_client import AsyncSignoff
from signoff_client.pydantic_ai import Gate
from signoff_client.stores import FileStore

MAIL = {"to": "mira@example.com", "body": "The totals of October are wrong."}


def send_email(to: str, body: str) -> str:
    """Send an email."""
    return f"sent “{body}” to {to}"


def answer(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
    """Call `send_email`, and then say what came of it; put your own model in its place."""
    parts = [part for message in messages for part in message.parts]
    returned = [part for part in parts if isinstance(part, ToolReturnPart)]
    if returned:
        return ModelResponse(parts=[TextPart(f"So it went: {returned[-1].content}")])
    return ModelResponse(parts=[ToolCallPart("send_email", MAIL, tool_call_id="call_1")])


async def main(run: str) -> None:
    """Begin the run, or go on with it."""
    async with AsyncSignoff() as signoff:
        gate = Gate(signoff, FileStore("runs"))
        print(f"People decide at {signoff.url}", flush=True)
        agent = Agent(
            FunctionModel(answer),
            output_type=[str, DeferredToolRequests],
            toolsets=[gate.guard(FunctionToolset([send_email]))],
        )
        result = await gate.run(agent, "Tell Mira about October.", run=run)
        print(result.output)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "mail-1"))
