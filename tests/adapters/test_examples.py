"""The examples do what they say: a program each, a person in between, no model's key."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.place import Place

HOUSE = Path(__file__).parents[2]
EDITED = {"to": "bo@example.com", "body": "The totals of October are wrong."}


@pytest.mark.parametrize("name", ["langgraph", "openai_agents", "pydantic_ai"])
def test_an_example_goes_on_with_the_call_that_a_person_changed(
    place: Place, tmp_path: Path, name: str
):
    def edit(handoff: dict[str, Any]) -> dict[str, Any]:
        place.edit(handoff, EDITED)
        return {}

    said = {"SIGNOFF_URL": place.url, "SIGNOFF_KEY": place.key, "PYTHONPATH": str(HOUSE)}
    with place.reviewed(edit):
        ran = subprocess.run(  # noqa: S603  our own module
            [sys.executable, "-m", f"examples.adapters.{name}_approval", name],
            cwd=tmp_path,
            env={**os.environ, **said},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    assert ran.returncode == 0, ran.stderr
    assert "So it went:" in ran.stdout
    assert "sent “The totals of October are wrong.” to bo@example.com" in ran.stdout
