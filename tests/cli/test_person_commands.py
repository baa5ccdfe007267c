"""What a person does from a shell, with the real commands against a real server."""

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import members, people, workspaces
from signoff.domain.actors import Role
from tests.cli.shells import Shell, agents_shell, persons_shell
from tests.journeys.server import OPERATOR, PASSWORD, Server, in_workspace, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path / "data") as started:
        await started.found()
        yield started


@pytest.fixture
def scribe(server: Server, tmp_path: Path) -> Shell:
    return agents_shell(server, tmp_path)


@pytest.fixture
async def ben(server: Server, tmp_path: Path) -> Shell:
    return await persons_shell(server, tmp_path)


async def handed_over(scribe: Shell, name: str = "r.md", *more: str) -> str:
    await scribe.runs("put", scribe.file(name, b"# Report\n"), f"input/{name}")
    return (await scribe.runs("submit", f"input/{name}", "--quiet", *more)).out.strip()


async def test_a_person_signs_in_once_and_out_again(server: Server, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "ben", {})

    signed = await shell.runs(
        "signin",
        "ben@example.org",
        "--url",
        server.url,
        "--password-stdin",
        stdin=f"{PASSWORD}\n",
    )
    empty = await shell.runs("inbox")
    mode = stat.S_IMODE(shell.notebook.stat().st_mode)
    secret = json.loads(shell.notebook.read_text())["sessions"][server.url]["secret"]
    out = await shell.runs("signout")
    late = await shell.tries("inbox", "--url", server.url)

    assert signed.out == f"Signed in as ben@example.org at {server.url} in “acme”\n"
    assert empty.out == "Nothing waits for you.\n"
    assert mode == 0o600
    assert len(secret) > 20
    assert out.out == f"Signed out of {server.url}\n"
    assert secret not in shell.notebook.read_text()
    assert late.code == 1
    assert f"hint: Sign in with `signoff signin EMAIL --url {server.url}`." in late.err


async def test_a_wrong_password_is_refused_and_nothing_is_kept(
    server: Server, tmp_path: Path
) -> None:
    shell = Shell(tmp_path / "ben", {})

    ran = await shell.tries(
        "signin", "ben@example.org", "--url", server.url, "--password-stdin", stdin="guess\n"
    )

    assert ran.code == 1
    assert ran.err.startswith("signoff: ")
    assert not shell.notebook.exists()


async def test_a_one_time_link_signs_its_person_in(server: Server, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "ben", {})
    asked = people.Of(person="ben@example.org")
    made = (await server.parts.house.do(people.link, OPERATOR, asked)).result
    assert made is not None

    ran = await shell.runs("signin", "ben@example.org", "--url", server.url, "--link", made.url)

    assert ran.out.startswith("Signed in as ben@example.org")


async def test_who_is_in_several_workspaces_says_which(server: Server, tmp_path: Path) -> None:
    house = server.parts.house
    await house.do(workspaces.create, OPERATOR, workspaces.Create(slug="other"))
    member = members.Set(person="ada@example.org", role=Role.READER)
    await house.do(members.set, in_workspace("other"), member)
    ada = await persons_shell(server, tmp_path, "ada")

    unsaid = await ada.tries("inbox")
    said = await ada.runs("inbox", "--workspace", "acme")

    assert unsaid.code == 2
    assert "Say which --workspace" in unsaid.err
    assert said.out == "Nothing waits for you.\n"


async def test_the_inbox_lists_what_waits(scribe: Shell, ben: Shell) -> None:
    handoff = await handed_over(scribe, "r.md", "--title", "Weekly report")

    plain = (await ben.runs("inbox")).out.splitlines()
    listed = (await ben.runs("inbox", "--json")).json["items"]

    assert plain[0].split()[:4] == ["handoff", "kind", "title", "from"]
    assert plain[1].startswith(f"{handoff}  approval  Weekly report  scribe (agent)")
    assert [item["id"] for item in listed] == [handoff]


async def test_a_handoff_is_shown_with_its_context_and_its_files(
    scribe: Shell, ben: Shell
) -> None:
    handoff = await handed_over(
        scribe,
        "r.md",
        "--summary=All **good**.",
        "--flag=critical:No total",
        "--confidence=0.5",
    )

    page = (await ben.runs("inbox", "--json")).json["items"][0]["url"]
    lines = (await ben.runs("show", page)).out.splitlines()

    assert page.endswith(handoff)
    assert "state       in review, round 1" in lines
    assert "confidence  50%" in lines
    assert lines[lines.index("Summary") + 1] == "  All **good**."
    assert lines[lines.index("Flags") + 1] == "  critical: No total"
    assert any(line.startswith("file ") and "9 B" in line for line in lines)
    assert lines[-1] == "Verdicts: approve, request-changes, reject"


async def test_nobody_decides_on_what_they_were_not_shown(scribe: Shell, ben: Shell) -> None:
    handoff = await handed_over(scribe)
    await ben.runs("inbox")

    ran = await ben.tries("approve", handoff)

    assert ran.code == 1
    assert ran.err == (
        f"signoff: {handoff} was not shown to you here (not_shown)\n"
        f"hint: Look at it: `signoff show {handoff}`; or name what you saw by --digest.\n"
    )


async def test_a_verdict_is_on_the_bytes_that_were_shown(
    server: Server, scribe: Shell, ben: Shell, tmp_path: Path
) -> None:
    handoff = await handed_over(scribe)
    await ben.runs("show", handoff)
    ada = await persons_shell(server, tmp_path, "ada")
    path = (await ada.runs("show", handoff, "--json")).json["path"]
    await ada.runs("put", ada.file("r.md", b"# Other\n"), path)

    stale = await ben.tries("approve", handoff)
    await ben.runs("show", handoff)
    fresh = await ben.runs("approve", handoff, "--json")

    assert stale.code == 1
    assert "(digest_mismatch)" in stale.err
    assert fresh.json["state"] == "approved"


async def test_a_digest_that_was_seen_elsewhere_can_be_named(scribe: Shell, ben: Shell) -> None:
    handoff = await handed_over(scribe)
    seen = (await ben.runs("inbox", "--json")).json["items"][0]["digest"]

    ran = await ben.runs("approve", handoff, "--digest", seen, "--round", "1")

    assert ran.out.splitlines()[0] == "approved"


async def test_a_review_is_taken_given_back_and_handed_on(scribe: Shell, ben: Shell) -> None:
    handoff = await handed_over(scribe)
    await ben.runs("take", handoff)

    back = await ben.runs("give-back", handoff, "--json")
    await ben.runs("take", handoff)
    handed = await ben.runs(
        "reassign", handoff, "ada@example.org", "--note", "Yours.", "--json"
    )
    nobody = await ben.tries("reassign", handoff, "group:nobody")

    assert back.json["taken_by"] is None
    assert handed.json["taken_by"]["name"] == "Ada"
    assert "(cannot_review)" in nobody.err


async def test_one_who_is_away_says_who_stands_in_and_whose_verdict_it_was(
    server: Server, scribe: Shell, ben: Shell, tmp_path: Path
) -> None:
    ada = await persons_shell(server, tmp_path, "ada")
    handoff = await handed_over(scribe)
    await ada.runs("reassign", handoff, "ben@example.org")

    none = await ben.runs("away")
    half = await ben.tries("away", "--to", "ada@example.org")
    times = ("--from", "2031-07-01", "--until", "2031-07-15")
    gone = await ben.runs("away", "--to", "ada@example.org", *times)
    listed = await ada.runs("away")
    await ada.runs("away", "--back", "--person", "ben@example.org")
    back = await ben.runs("away", "--json")

    assert none.out == "Nobody is away.\n"
    assert (half.code, "Say both" in half.err) == (2, True)
    assert gone.out.startswith("Ada stands in for Ben, from ")
    assert "Ben" in listed.out
    assert back.json == {"items": []}


async def test_rejecting_needs_a_reason(scribe: Shell, ben: Shell) -> None:
    handoff = await handed_over(scribe)
    await ben.runs("show", handoff)

    silent = await ben.tries("reject", handoff)
    said = await ben.runs("reject", handoff, "--reason", "Not ours.")

    assert "(reason_required)" in silent.err
    assert "hint: Say it with --reason." in silent.err
    assert said.out.splitlines()[0] == "rejected"


async def test_one_file_is_sent_back_and_the_rest_approved(scribe: Shell, ben: Shell) -> None:
    first, second = scribe.file("a.txt", b"a"), scribe.file("b.txt", b"b")
    await scribe.runs("put", first, second, "input/set")
    handoff = (await scribe.runs("submit", "input/set", "-q")).out.strip()
    await ben.runs("show", handoff)

    ran = await ben.runs("approve", handoff, "--send-back", "b.txt=Wrong year.", "--json")

    assert ran.json["state"] == "changes_requested"
    listed = (await ben.runs("ls", "approved/set", "--json")).json["items"]
    assert "a.txt" in [item["name"] for item in listed]
    assert "b.txt" not in [item["name"] for item in listed]


async def test_a_package_is_saved_as_the_digest_has_it(
    scribe: Shell, ben: Shell, tmp_path: Path
) -> None:
    handoff = await handed_over(scribe, "r.md", "--title=With a sidecar")

    await ben.runs("show", handoff, "--save", str(tmp_path / "look"))

    saved = {each.name for each in (tmp_path / "look").iterdir()}
    assert saved == {"r.md", "r.md.handoff.json"}
    assert (tmp_path / "look" / "r.md").read_bytes() == b"# Report\n"


async def test_what_an_agent_writes_does_not_drive_the_terminal(
    scribe: Shell, ben: Shell
) -> None:
    handoff = await handed_over(scribe, "r.md", "--summary", "Fine\x1b[2J\u202egnp.exe")

    shown = (await ben.runs("show", handoff)).out

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "  Fine\\u001b[2J\\u202egnp.exe" in shown.splitlines()


async def test_a_review_is_taken_and_a_decision_recalled(scribe: Shell, ben: Shell) -> None:
    handoff = await handed_over(scribe)

    await ben.runs("take", handoff)
    taken = (await ben.runs("inbox")).out
    await ben.runs("show", handoff)
    await ben.runs("approve", handoff)
    recalled = await ben.runs("recall", handoff, "--reason", "The wrong quarter.")

    assert "taken by Ben" in taken
    assert "state    in review, round 2" in recalled.out.splitlines()


async def test_an_earlier_decision_is_told_from_what_is_asked_now(
    scribe: Shell, ben: Shell
) -> None:
    handoff = await handed_over(scribe)
    await ben.runs("show", handoff)
    await ben.runs("approve", handoff)
    await ben.runs("recall", handoff, "--reason", "The wrong quarter.")

    lines = (await ben.runs("show", handoff)).out.splitlines()

    assert lines[lines.index("Earlier: approved") + 1].split() == ["by", "Ben"]
    assert lines[-1] == "Verdicts: approve, request-changes, reject"


async def test_a_decision_that_was_taken_is_not_contradicted(scribe: Shell, ben: Shell) -> None:
    handoff = await handed_over(scribe)
    await ben.runs("show", handoff)
    await ben.runs("approve", handoff)

    again = await ben.tries("approve", handoff)
    other = await ben.tries("reject", handoff, "--reason", "No.")

    assert again.code == 0
    assert other.code == 1
    assert "(already_decided)" in other.err
