"""What an agent does from a shell, with the real commands against a real server."""

import asyncio
import json
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.shells import Shell, agents_shell, persons_shell
from tests.journeys.server import Server, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path / "data") as started:
        await started.found()
        yield started


@pytest.fixture
def scribe(server: Server, tmp_path: Path) -> Shell:
    return agents_shell(server, tmp_path)


async def test_a_file_comes_back_as_it_was_put(scribe: Shell) -> None:
    local = scribe.file("a.csv", b"a,b\n1,2\n")

    put = await scribe.runs("put", local, "input/tables/a.csv")
    got = await scribe.runs("get", "input/tables/a.csv")
    await scribe.runs("get", "input/tables/a.csv", "-o", str(scribe.home / "copy.csv"))

    assert put.out == "input/tables/a.csv  version 1, 8 B\n"
    assert got.out == "a,b\n1,2\n"
    assert (scribe.home / "copy.csv").read_bytes() == b"a,b\n1,2\n"


async def test_several_files_keep_their_names_below_the_path(scribe: Shell) -> None:
    first, second = scribe.file("one.txt", b"1"), scribe.file("deep/two.txt", b"2")

    put = await scribe.runs("put", first, str(Path(second).parent), "input/set", "--json")

    paths = [item["path"] for item in put.json["items"]]
    assert paths == ["input/set/one.txt", "input/set/deep/two.txt"]


async def test_a_pipe_is_a_file_too(scribe: Shell) -> None:
    putting = await scribe.starts("put", "-", "input/said.txt", stdin=asyncio.subprocess.PIPE)

    out, err = await asyncio.wait_for(putting.communicate(b"said\n" * 100_000), 30)

    assert (putting.returncode, err) == (0, b"")
    assert out == b"input/said.txt  version 1, 488.3 KiB\n"
    assert (await scribe.runs("get", "input/said.txt")).out == "said\n" * 100_000


async def test_an_agent_that_overwrites_says_what_it_saw(scribe: Shell) -> None:
    local = scribe.file("a.txt", b"1")
    made = (await scribe.runs("put", local, "input/a.txt", "--json")).json["items"][0]

    blind = await scribe.tries("put", local, "input/a.txt")
    seen = await scribe.runs("put", local, "input/a.txt", "--if-match", made["etag"], "--json")
    stale = await scribe.tries("put", local, "input/a.txt", "--if-match", made["etag"])

    assert blind.code == 1
    assert "(precondition_required)" in blind.err
    assert "hint: Say which version you saw with --if-match" in blind.err
    assert blind.out == ""
    assert seen.json["items"][0]["version"] == 2
    assert "(precondition_failed)" in stale.err


async def test_files_are_listed_moved_copied_and_thrown_away(scribe: Shell) -> None:
    local = scribe.file("a.txt", b"12345")
    await scribe.runs("put", local, "shelf/a.txt")

    await scribe.runs("mv", "shelf/a.txt", "shelf/b.txt")
    copied = await scribe.runs("cp", "shelf/b.txt", "shelf/c.txt")
    blind = await scribe.tries("rm", "shelf/b.txt")
    gone = await scribe.runs("rm", "--force", "shelf/b.txt")
    listed = await scribe.runs("ls", "shelf")
    top = await scribe.runs("ls", "--json")

    assert copied.out == "path  shelf/c.txt\n"
    assert "(precondition_required)" in blind.err
    assert gone.out == "shelf/b.txt is in the trash\n"
    assert [line.split()[-1] for line in listed.out.splitlines()] == ["name", "c.txt"]
    assert "shelf" in [item["name"] for item in top.json["items"]]


async def test_a_claims_token_is_kept_so_that_the_work_folder_just_works(
    scribe: Shell,
) -> None:
    await scribe.runs("put", scribe.file("x.csv", b"old"), "input/x.csv")

    claim = (await scribe.runs("claim", "--lease", "5m", "--json")).json
    await scribe.runs("put", scribe.file("new.csv", b"new"), claim["path"])
    renewed = await scribe.runs("renew")
    handed = await scribe.runs(
        "submit",
        claim["path"],
        "--title=Cleaned",
        "--confidence=0.8",
        "--flag=warning:Row 3 looks odd",
        "--json",
    )

    kept = json.loads(scribe.notebook.read_text())
    assert stat.S_IMODE(scribe.notebook.stat().st_mode) == 0o600
    assert renewed.out.startswith(f"{claim['id']} is yours until ")
    assert handed.json["path"] == "needs-review/x.csv"
    assert handed.json["confidence"] == 0.8
    assert handed.json["flags"] == [{"severity": "warning", "message": "Row 3 looks odd"}]
    assert kept["claims"] == {}


async def test_without_the_notebook_a_claim_needs_its_lock_token(
    server: Server, scribe: Shell, tmp_path: Path
) -> None:
    await scribe.runs("put", scribe.file("x.csv", b"old"), "input/x.csv")
    claim = (await scribe.runs("claim", "--json")).json
    other = Shell(
        tmp_path / "elsewhere", {k: v for k, v in scribe.env.items() if "XDG" not in k}
    )
    local = other.file("y", b"y")

    blind = await other.tries("put", local, f"{claim['folder']}/y")
    told = await other.tries(
        "put", local, f"{claim['folder']}/y", "--lock-token", claim["lock_token"]
    )

    assert blind.code == 1
    assert told.code == 0


async def test_what_is_released_is_as_it_was(scribe: Shell) -> None:
    await scribe.runs("put", scribe.file("x.txt", b"old"), "input/x.txt")
    path = (await scribe.runs("claim", "--quiet")).out.strip()
    await scribe.runs("put", scribe.file("x.txt", b"new"), path)

    await scribe.runs("release")

    assert (await scribe.runs("get", "input/x.txt")).out == "old"
    assert json.loads(scribe.notebook.read_text())["claims"] == {}


async def test_without_work_a_claim_ends_with_1(scribe: Shell) -> None:
    ran = await scribe.tries("claim", "--stage", "feedback")

    assert ran.code == 1
    assert ran.out == ""
    assert "signoff: There is nothing to do (no_work)" in ran.err


async def test_an_agent_waits_and_is_told_the_verdict(
    server: Server, scribe: Shell, tmp_path: Path
) -> None:
    await scribe.runs("put", scribe.file("r.md", b"# R\n"), "input/r.md")
    handoff = (await scribe.runs("submit", "input/r.md", "--quiet")).out.strip()
    ben = await persons_shell(server, tmp_path)
    waiting = await scribe.starts("wait", handoff, "--timeout", "30s")

    await ben.runs("show", handoff)
    await ben.runs("approve", handoff, "--reason", "Clear.")
    out, err = await asyncio.wait_for(waiting.communicate(), 30)

    assert (waiting.returncode, err) == (0, b"")
    lines = out.decode().splitlines()
    assert lines[0] == "approved"
    assert "by     Ben" in lines
    assert "path   approved/r.md" in lines
    assert lines[-2:] == ["Reason", "  Clear."]


async def test_waiting_in_vain_ends_with_1(scribe: Shell) -> None:
    await scribe.runs("put", scribe.file("r.md", b"# R\n"), "input/r.md")
    handoff = (await scribe.runs("submit", "input/r.md", "--quiet")).out.strip()

    ran = await scribe.tries("wait", handoff, "--timeout", "1s")

    assert ran.code == 1
    assert "is not decided yet: in review, round 1 (still_waiting)" in ran.err


async def test_an_agent_that_is_stuck_asks_and_gets_the_answer_as_data(
    server: Server, scribe: Shell, tmp_path: Path
) -> None:
    question = {"id": "rows", "text": "How many?", "schema": {"type": "integer"}}
    await scribe.runs("put", scribe.file("d.csv", b"d"), "input/d.csv")
    path = (await scribe.runs("claim", "--quiet")).out.strip()
    ben = await persons_shell(server, tmp_path)

    asked = await scribe.runs(
        "escalate", path, "--needs", "A number.", "--question", json.dumps(question), "-q"
    )
    handoff = asked.out.strip()
    shown = await ben.runs("show", handoff)
    await ben.runs("answer", handoff, "--answer", "rows=12")
    told = await scribe.runs("wait", handoff, "--json")
    again = await scribe.runs("claim", "--json")

    assert "  rows: How many? [integer]" in shown.out.splitlines()
    assert told.json["decision"]["answers"] == {"rows": 12}
    assert again.json["feedback"]["answers"] == {"rows": 12}


async def test_what_was_sent_back_is_claimed_with_its_feedback_and_resubmitted(
    server: Server, scribe: Shell, tmp_path: Path
) -> None:
    await scribe.runs("put", scribe.file("r.md", b"one"), "input/r.md")
    handoff = (await scribe.runs("submit", "input/r.md", "-q")).out.strip()
    ben = await persons_shell(server, tmp_path)
    await ben.runs("show", handoff)
    await ben.runs("comment", handoff, "This sum is off.", "--line", "1", "--file", "file")
    await ben.runs("request-changes", handoff, "--reason", "Check the sum.")

    feedback = await scribe.runs("feedback", handoff)
    claim = await scribe.runs("claim", "--stage", "feedback", "--json")
    await scribe.runs("put", scribe.file("r.md", b"two"), claim.json["path"])
    second = await scribe.runs("submit", claim.json["path"], "--json")

    assert feedback.out.splitlines()[0] == "changes requested"
    assert "  Check the sum." in feedback.out.splitlines()
    assert "  file line 1: Ben: This sum is off." in feedback.out.splitlines()
    assert claim.json["feedback"]["reason"] == "Check the sum."
    assert second.json["id"] == handoff
    assert second.json["round"] == 2


async def test_what_is_withdrawn_is_the_agents_again_under_a_kept_claim(
    scribe: Shell,
) -> None:
    await scribe.runs("put", scribe.file("r.md", b"one"), "input/r.md")
    handoff = (await scribe.runs("submit", "input/r.md", "-q")).out.strip()

    withdrawn = await scribe.runs("withdraw", handoff, "--json")
    path = withdrawn.json["claim"]["path"]
    written = await scribe.tries("put", scribe.file("r.md", b"two"), path)

    assert withdrawn.json["handoff"]["state"] == "withdrawn"
    assert written.code == 0


async def test_an_item_of_a_batch_is_escalated_while_the_claim_goes_on(
    scribe: Shell,
) -> None:
    first, second = scribe.file("set/a.txt", b"a"), scribe.file("set/b.txt", b"b")
    await scribe.runs("put", first, second, "input/set")
    claim = (await scribe.runs("claim", "--path", "input/set", "--json")).json

    split = await scribe.runs(
        "escalate", f"{claim['path']}/b.txt", "--split", "--needs=A copy.", "--json"
    )
    rest = await scribe.tries("submit", claim["path"], "--json")

    assert split.json["kind"] == "escalation"
    assert rest.code == 0, rest.err


async def test_events_are_printed_one_a_line_and_followed(scribe: Shell) -> None:
    await scribe.runs("put", scribe.file("a.txt", b"a"), "input/a.txt")

    last = await scribe.runs("events", "--type", "file.created", "--json")
    following = await scribe.starts("events", "--follow", "--after", "0", "--type", "file.")
    assert following.stdout is not None
    first = await asyncio.wait_for(following.stdout.readline(), 20)
    await scribe.runs("put", scribe.file("b.txt", b"b"), "input/b.txt")
    second = await asyncio.wait_for(following.stdout.readline(), 20)
    following.kill()
    await following.communicate()

    assert [json.loads(line)["path"] for line in last.out.splitlines()] == ["input/a.txt"]
    assert b"file.created" in first
    assert second.rstrip().endswith(b"input/b.txt")


async def test_an_agents_key_does_not_decide(scribe: Shell) -> None:
    await scribe.runs("put", scribe.file("a.txt", b"a"), "input/a.txt")
    handoff = (await scribe.runs("submit", "input/a.txt", "--json")).json

    ran = await scribe.tries("approve", handoff["id"], "--digest", handoff["digest"])

    assert ran.code == 1
    assert "Nobody is signed in at" in ran.err


async def test_a_server_that_is_not_there_is_a_refusal_with_a_hint(tmp_path: Path) -> None:
    key = "so_acme_" + "a" * 43
    shell = Shell(tmp_path, {"SIGNOFF_URL": "http://127.0.0.1:1", "SIGNOFF_KEY": key})

    ran = await shell.tries("ls")

    assert ran.code == 1
    assert "http://127.0.0.1:1 does not answer" in ran.err
    assert "hint: Is the server running" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("put", "nowhere.txt", "input/a"),
        ("put", "only-one"),
        ("claim", "--lease", "soon"),
        ("submit", "input/a", "--question", "no json"),
        ("submit", "input/a", "--confidence", "2"),
        ("renew",),
        ("wait", ""),
        ("wait", "ho_1?wait=0"),
    ],
)
async def test_what_makes_no_sense_ends_with_2(
    scribe: Shell, arguments: tuple[str, ...]
) -> None:
    ran = await scribe.tries(*arguments)

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("Usage: signoff ")


def python(program: str) -> str:
    ran = subprocess.run(  # noqa: S603  the programs are the two below
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return ran.stdout


def test_the_commands_are_listed_without_loading_any() -> None:
    program = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from signoff.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('httpx', 'apsw', 'uvicorn') if name in sys.modules])\n"
    )

    said = python(program)

    assert "Act as an agent:" in said
    assert said.splitlines()[-1] == "[]"


def test_acting_opens_no_database() -> None:
    program = (
        "import sys\n"
        "from importlib import import_module\n"
        "from signoff.cli import AGENTS, PEOPLE\n"
        "for where, _ in (AGENTS | PEOPLE).values(): import_module(where.partition(':')[0])\n"
        "print([name for name in sys.modules if name.startswith(('apsw', 'psycopg',\n"
        "    'signoff.store', 'signoff.server', 'signoff.actions'))])\n"
    )

    said = python(program)

    assert said == "[]\n"
