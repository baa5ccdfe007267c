"""`signoff-agent`, as a shell runs it: from work to decision, with nothing kept between runs."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from signoff_client.command import main
from tests.client.people import decide
from tests.hosts import Workspace


class Shell:
    """A shell with the agent's key in its environment."""

    def __init__(self, workspace: Workspace, url: str = "") -> None:
        self._environment = {
            **os.environ,
            "SIGNOFF_URL": url or workspace.url,
            "SIGNOFF_KEY": workspace.keys["scribe"],
        }

    async def run(self, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "signoff_client.command", *words,
            env=self._environment, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate(stdin)
        return process.returncode or 0, out.decode(), err.decode()

    async def ok(self, *words: str, stdin: bytes = b"") -> str:
        code, out, err = await self.run(*words, stdin=stdin)
        assert (code, err) == (0, "")
        return out.strip()


async def test_from_work_to_decision(workspace: Workspace) -> None:
    sh = Shell(workspace)
    await sh.ok("put", "-", "input/a.txt", stdin=b"hello")

    work = await sh.ok("claim", "--glob", "input/**/*.txt", "-q")
    text = await sh.ok("read", work)
    await sh.ok("put", "-", work, stdin=text.upper().encode())
    handoff = await sh.ok(
        "submit",
        work,
        "--title",
        "In capitals",
        "--flag",
        "note:Look",
        "--confidence",
        "0.9",
        "-q",
    )
    await decide(workspace, handoff, "request_changes", reason="Louder")
    told = json.loads(await sh.ok("wait", handoff, "--json"))
    assert (told["state"], told["feedback"]) == ("changes_requested", "Louder")

    again: dict[str, Any] = json.loads(await sh.ok("claim", "--json"))
    assert again["feedback"]["reason"] == "Louder"
    await sh.ok("put", "-", again["path"], stdin=b"HELLO!")
    await sh.ok("submit", again["path"])
    await decide(workspace, handoff, "approve")

    assert "approved" in await sh.ok("wait", handoff, "--after-round", "1")
    assert await sh.ok("read", "approved/a.txt") == "HELLO!"


async def test_a_question_and_its_answer(workspace: Workspace) -> None:
    sh = Shell(workspace)
    await sh.ok("put", "-", "input/a.txt", stdin=b"01/02/2026")
    work = await sh.ok("claim", "-q")
    question = json.dumps({"id": "order", "text": "Day or month first?"})

    handoff = await sh.ok("escalate", work, "--needs", "An order", "--question", question, "-q")
    await decide(workspace, handoff, "answer", answers={"order": "day"})

    assert json.loads(await sh.ok("wait", handoff, "--json"))["answers"] == {"order": "day"}


@pytest.fixture
def of_scribe(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find the workspace and its key in this process's environment."""
    monkeypatch.setenv("SIGNOFF_URL", workspace.url)
    monkeypatch.setenv("SIGNOFF_KEY", workspace.keys["scribe"])


async def test_what_people_wrote_gives_a_terminal_no_orders(workspace: Workspace) -> None:
    sh = Shell(workspace)
    await sh.ok("put", "-", "input/a.txt", stdin=b"hello")
    handoff = await sh.ok("submit", "input/a.txt", "-q")
    reason = "\x1b]0;mine\x07 \x9b2J Louder"
    await decide(workspace, handoff, "request_changes", reason=reason)

    told = await sh.ok("wait", handoff)

    assert r"\x1b]0;mine\x07 \x9b2J Louder" in told


async def test_a_complaint_says_what_to_do_in_the_words_of_a_shell(
    workspace: Workspace,
) -> None:
    sh, lost = Shell(workspace), Shell(workspace, "http://127.0.0.1:1")
    await sh.ok("put", "-", "shared/a.txt", stdin=b"one")

    blind = await sh.run("put", "-", "shared/a.txt", stdin=b"two")
    nobody = await lost.run("claim")

    assert blind[0] == nobody[0] == 1
    assert (
        "(precondition_required)\nhint: Say which version you saw with --if-match" in blind[2]
    )
    assert "hint: Is the server running, and is --url (or SIGNOFF_URL) right?" in nobody[2]


@pytest.mark.usefixtures("of_scribe")
def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = tmp_path / "one.txt"
    one.write_bytes(b"one")

    assert main(["claim"]) == 1
    assert capsys.readouterr() == ("", "signoff-agent: There is nothing to do (no_work)\n")
    assert main(["read", "shared/nothing.txt"]) == 1
    assert "(not_found)\nhint: " in capsys.readouterr().err
    assert main(["put", "/nowhere/at/all", "shared/a.txt"]) == 2
    assert main(["put", str(one), "shared/a.txt"]) == 0
    capsys.readouterr()
    assert main(["submit", "shared/a.txt", "-q"]) == 0
    handoff = capsys.readouterr().out.strip()
    assert main(["wait", handoff, "--timeout", "1"]) == 1
    assert main(["feedback", handoff]) == 1
    for wrongly in (["wait", "nonsense"], ["nonsense"]):
        with pytest.raises(SystemExit) as ended:
            main(wrongly)
        assert ended.value.code == 2


@pytest.mark.usefixtures("of_scribe")
def test_work_is_given_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = tmp_path / "one.txt"
    one.write_bytes(b"hello")
    assert main(["put", str(one), "input/a.txt"]) == 0
    capsys.readouterr()
    assert main(["claim", "-q", "--lease", "10m"]) == 0
    work = capsys.readouterr().out.strip()

    assert main(["renew", work]) == 0
    assert "until:" in capsys.readouterr().out
    assert main(["release", work]) == 0
    assert main(["read", "input/a.txt"]) == 0

    assert "hello" in capsys.readouterr().out
    assert main(["release", work]) == 1
