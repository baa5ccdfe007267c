"""What the how-to pages on frameworks say is true: their code is run as it stands."""

import asyncio
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, set_tracing_disabled
from agents.testing import ScriptedModel, assistant_message, function_call

from signoff_client import AsyncSignoff, StillWaiting
from signoff_client.openai_agents import Gate
from tests.adapters.place import Place
from tests.adapters.scripted import Scripted, calling
from tests.adapters.test_pydantic_ai import calling as calling_of_pydantic

HOUSE = Path(__file__).parents[2]
HOW_TO = HOUSE / "docs" / "how-to"
MAIL = {"to": "mira@example.com", "body": "Hello"}

MODELS: dict[str, Any] = {
    "langgraph": lambda: Scripted(turns=[calling(("send_email", MAIL))]),
    "openai-agents": lambda: ScriptedModel(
        steps=[
            [function_call("send_email", MAIL, call_id="c1")],
            [assistant_message("sent to mira@example.com")],
        ]
    ),
    "pydantic-ai": lambda: calling_of_pydantic(("send_email", MAIL)),
}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


@pytest.mark.parametrize("name", MODELS)
def test_the_agent_of_a_page_waits_for_a_person_and_goes_on(
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
):
    monkeypatch.chdir(tmp_path)
    set_tracing_disabled(disabled=True)
    monkeypatch.setenv("SIGNOFF_URL", place.url)
    monkeypatch.setenv("SIGNOFF_KEY", place.key)
    program = tmp_path / "agent.py"
    program.write_text("\n".join(blocks(HOW_TO / f"connect-{name}.md", "python")))
    asked = len(place.seen)

    with place.reviewed():
        runpy.run_path(str(program), init_globals={"model": MODELS[name]()})

    assert capsys.readouterr().out == "sent to mira@example.com\n"
    assert len(place.seen) == asked + 1


def test_the_run_of_a_page_is_gone_on_with_by_the_id_of_its_handoff(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SIGNOFF_URL", place.url)
    monkeypatch.setenv("SIGNOFF_KEY", place.key)
    page = HOW_TO / "connect-openai-agents.md"
    (whole,) = blocks(page, "python")
    begun, _, run = whole.rpartition("\n\n\n")
    assert run == "print(asyncio.run(main()))\n"
    program = tmp_path / "agent.py"
    program.write_text("\n\n".join([begun, *blocks(page, "python resume")]))
    names = runpy.run_path(str(program), init_globals={"model": MODELS["openai-agents"]()})

    async def begin() -> None:
        async with AsyncSignoff() as signoff:
            gate = Gate(signoff)
            tools: list[Any] = [gate.guard(names["send_email"])]
            agent = Agent(name="mailer", model=names["model"], tools=tools)
            await gate.run(agent, "Write to Mira.", timeout=0)

    with pytest.raises(StillWaiting) as waiting:
        asyncio.run(begin())
    place.decide(waiting.value.handoff)

    said = asyncio.run(names["go_on"](waiting.value.handoff))

    assert said == "sent to mira@example.com"


def test_the_configuration_of_the_page_is_the_example():
    shown = json.loads(blocks(HOW_TO / "connect-over-mcp.md", "json")[0])

    assert json.loads((HOUSE / "examples" / "adapters" / "mcp.json").read_text()) == shown
