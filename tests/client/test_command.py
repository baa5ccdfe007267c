"""`signoff-agent`, as a shell runs it: from work to decision, with nothing kept between runs."""

import asyncio
import json
import os
import sys
from typing import Any

from tests.client.people import decide
from tests.journeys.server import Server


class Shell:
    """A shell with the agent's key in its environment."""

    def __init__(self, server: Server, url: str = "") -> None:
        self._environment = {
            **os.environ,
            "SIGNOFF_URL": url or server.url,
            "SIGNOFF_KEY": server.keys["scribe"],
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


async def test_from_work_to_decision(server: Server) -> None:
    sh = Shell(server)
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
    await decide(server, handoff, "request_changes", reason="Louder")
    told = json.loads(await sh.ok("wait", handoff, "--json"))
    assert (told["state"], told["feedback"]) == ("changes_requested", "Louder")

    again: dict[str, Any] = json.loads(await sh.ok("claim", "--json"))
    assert again["feedback"]["reason"] == "Louder"
    await sh.ok("put", "-", again["path"], stdin=b"HELLO!")
    await sh.ok("submit", again["path"])
    await decide(server, handoff, "approve")

    assert "approved" in await sh.ok("wait", handoff, "--after-round", "1")
    assert await sh.ok("read", "approved/a.txt") == "HELLO!"


async def test_a_question_and_its_answer(server: Server) -> None:
    sh = Shell(server)
    await sh.ok("put", "-", "input/a.txt", stdin=b"01/02/2026")
    work = await sh.ok("claim", "-q")
    question = json.dumps({"id": "order", "text": "Day or month first?"})

    handoff = await sh.ok("escalate", work, "--needs", "An order", "--question", question, "-q")
    await decide(server, handoff, "answer", answers={"order": "day"})

    assert json.loads(await sh.ok("wait", handoff, "--json"))["answers"] == {"order": "day"}


async def test_exit_codes(server: Server) -> None:
    sh = Shell(server)

    assert await sh.run("claim") == (
        1,
        "",
        "signoff-agent: There is nothing to do (no_work)\n",
    )
    code, _, complaint = await sh.run("read", "shared/nothing.txt")
    assert (code, "(not_found)\nhint: " in complaint) == (1, True)
    assert (await sh.run("wait", "nonsense"))[0] == 2
    assert (await sh.run("put", "/nowhere/at/all", "shared/a.txt"))[0] == 2
    await sh.ok("put", "-", "shared/a.txt", stdin=b"one")
    handoff = await sh.ok("submit", "shared/a.txt", "-q")
    assert (await sh.run("wait", handoff, "--timeout", "1"))[0] == 1
    assert (await sh.run("feedback", handoff))[0] == 1


async def test_what_people_wrote_gives_a_terminal_no_orders(server: Server) -> None:
    sh = Shell(server)
    await sh.ok("put", "-", "input/a.txt", stdin=b"hello")
    handoff = await sh.ok("submit", "input/a.txt", "-q")
    await decide(server, handoff, "request_changes", reason="\x1b]0;mine\x07 \x9b2J Louder")

    told = await sh.ok("wait", handoff)

    assert r"\x1b]0;mine\x07 \x9b2J Louder" in told


async def test_a_complaint_says_what_to_do_in_the_words_of_a_shell(server: Server) -> None:
    sh, lost = Shell(server), Shell(server, "http://127.0.0.1:1")
    await sh.ok("put", "-", "shared/a.txt", stdin=b"one")

    blind = await sh.run("put", "-", "shared/a.txt", stdin=b"two")
    nobody = await lost.run("claim")

    assert blind[0] == nobody[0] == 1
    assert (
        "(precondition_required)\nhint: Say which version you saw with --if-match" in blind[2]
    )
    assert "hint: Is the server running, and is --url (or SIGNOFF_URL) right?" in nobody[2]


async def test_work_is_given_back(server: Server) -> None:
    sh = Shell(server)
    await sh.ok("put", "-", "input/a.txt", stdin=b"hello")
    work = await sh.ok("claim", "-q", "--lease", "10m")

    assert "until:" in await sh.ok("renew", work)
    await sh.ok("release", work)

    assert await sh.ok("read", "input/a.txt") == "hello"
    assert (await sh.run("release", work))[0] == 1
