"""The client without the frameworks: what is missing is named, with what installs it."""

import subprocess
import sys

import pytest

from signoff.domain import tool_calls
from signoff_client import fingerprint


@pytest.mark.parametrize(
    ("module", "framework", "extra"),
    [
        ("langgraph", "langgraph", "langgraph"),
        ("openai_agents", "agents", "openai-agents"),
        ("pydantic_ai", "pydantic_ai", "pydantic-ai"),
    ],
)
def test_an_adapter_without_its_framework_says_what_to_install(
    module: str, framework: str, extra: str
):
    program = f"import sys; sys.modules[{framework!r}] = None; import signoff_client.{module}"

    ran = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )

    assert ran.returncode == 1
    assert f"pip install 'signoff-client[{extra}]'" in ran.stderr


def test_the_client_itself_imports_no_framework():
    program = (
        "import sys, signoff_client; "
        "print(sorted({'langgraph', 'langchain', 'agents', 'pydantic_ai'} & set(sys.modules)))"
    )

    ran = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert ran.stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [{}, {"b": 1, "a": {"d": None, "c": [1.5, True, "é€"]}}, {"n": 1e16, "m": -0.0}],
)
def test_the_server_and_the_client_make_the_same_fingerprint(arguments: dict[str, object]):
    call = tool_calls.ToolCall(name="send", arguments=arguments)

    assert tool_calls.fingerprint(call) == fingerprint("send", arguments)
