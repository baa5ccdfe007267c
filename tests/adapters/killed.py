"""An agent's process that is killed while its thread waits for a person (run by a test)."""

import os
import signal
import sqlite3
import sys
from pathlib import Path

from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.sqlite import SqliteSaver

from signoff_client import Signoff, StillWaiting
from signoff_client.langgraph import Gate
from tests.adapters.scripted import Scripted, calling


@tool
def send_email(to: str, body: str) -> str:
    """Send an email."""
    raise AssertionError(f"{to} and {body} were never approved")


def main(url: str, key: str, folder: str, thread: str) -> None:
    signoff = Signoff(url, key)
    kept = sqlite3.connect(Path(folder) / "threads.db", check_same_thread=False)
    gate = Gate(signoff)
    call = calling(("send_email", {"to": "mira@example.com", "body": "Hello"}))
    graph = create_agent(
        Scripted(turns=(call,)),
        [send_email],
        middleware=[gate.guard({"send_email": True})],
        checkpointer=SqliteSaver(kept),
    )
    try:
        gate.run(
            graph,
            {"messages": [HumanMessage("Write to Mira.")]},
            thread=thread,
            timeout=0.5,
        )
    except StillWaiting:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
