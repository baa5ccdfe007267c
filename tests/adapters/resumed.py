"""A process that goes on with a run by the id of a handoff of it, and nothing else (run by a test)."""

import asyncio
import sys

from agents import set_tracing_disabled

from signoff_client import AsyncSignoff
from signoff_client.openai_agents import Gate
from tests.adapters.test_openai_agents import agent, sent


async def main(url: str, key: str, handoff: str) -> None:
    set_tracing_disabled(disabled=True)
    async with AsyncSignoff(url, key) as signoff:
        gate = Gate(signoff)
        mailer, _ = agent(gate)
        result = await gate.resume(mailer, handoff=handoff)
        sys.stdout.write(" ".join([result.final_output, *(each["to"] for each in sent)]))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
