"""OpenAI Agents SDK: an agent that asks a person before it sends an email.

    python -m examples.adapters.openai_agents_approval [RUN]

It is killed while it waits? Start it again with the same name: it goes on from there.
"""

import asyncio
import json
import sys
from typing import Any

from agents import Agent, function_tool, set_tracing_disabled
from agents.testing import ModelCall, ModelStep, ScriptedModel, assistant_message, function_call

from signoff_client import AsyncSignoff
from signoff_client.openai_agents import Gate
from signoff_client.stores import FileStore

MAIL = {"to": "mira@example.com", "body": "The totals of October are wrong."}


@function_tool
def send_email(to: str, body: str) -> str:
    """Send an email."""
    return f"sent “{body}” to {to}"


def answer(call: ModelCall) -> Any:
    """Call `send_email`, again if a person wants it otherwise, then say what came of it."""
    told = [dict(each) for each in call.input if isinstance(call.input, list)]
    outputs = [each for each in told if each.get("type") == "function_call_output"]
    if not outputs:
        return [function_call("send_email", MAIL, call_id="call_1")]
    said = str(outputs[-1]["output"])
    _, wanted, arguments = said.partition("with exactly these: ")
    if wanted:
        return [function_call("send_email", json.loads(arguments), call_id="call_2")]
    return [assistant_message(f"So it went: {said}")]


async def main(run: str) -> None:
    """Begin the run, or go on with it."""
    set_tracing_disabled(disabled=True)
    async with AsyncSignoff() as signoff:
        gate = Gate(signoff, FileStore("runs"))
        print(f"People decide at {signoff.url}", flush=True)
        model = ScriptedModel(steps=[ModelStep.respond(answer)] * 3)
        agent = Agent(name="mailer", model=model, tools=[gate.guard(send_email)])
        result = await gate.run(agent, "Tell Mira about October.", run=run)
        print(result.final_output)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "mail-1"))
