"""cadaver, the command line client of the authors of neon."""

from pathlib import Path

import pytest

from tests.drives.drive import ADA, Drive
from tests.drives.programs import Machine

pytestmark = [pytest.mark.needs("cadaver"), pytest.mark.xdist_group("drives")]


@pytest.fixture
def machine(tmp_path: Path, drive: Drive) -> Machine:
    """Where cadaver finds its password."""
    found = Machine(tmp_path / "home")
    found.write(".netrc", f"machine 127.0.0.1\nlogin {ADA}\npassword {drive.password}\n")
    return found


def _said(machine: Machine, drive: Drive, *words: str) -> str:
    """Return what cadaver says to some commands, none of which it may find failed."""
    commands = "\n".join((*words, "quit", ""))
    done = machine.run("cadaver", drive.url, stdin=commands.encode())
    assert "fail" not in done.all.lower(), done.all
    return done.text


def test_files_and_folders_are_made_copied_moved_and_deleted(
    drive: Drive, machine: Machine
) -> None:
    machine.write("plan.txt", "first draft\n")

    listed = _said(
        machine, drive, "mkcol cadaver", "cd cadaver", "put plan.txt", "copy plan.txt second.txt",
        "move second.txt 'größer & besser.txt'", "ls", "get plan.txt back.txt",
    )  # fmt: skip

    assert "plan.txt" in listed
    assert "größer & besser.txt" in listed
    assert (machine.home / "back.txt").read_text() == "first draft\n"
    assert drive.names("cadaver") == ["größer & besser.txt", "plan.txt"]
    assert drive.read("cadaver/plan.txt") == b"first draft\n"

    _said(machine, drive, "cd cadaver", "delete plan.txt")
    assert drive.names("cadaver") == ["größer & besser.txt"]
    _said(machine, drive, "rmcol cadaver")
    assert "cadaver" not in drive.names("")


def test_a_lock_is_shown_to_everybody_keeps_others_out_and_is_given_back(
    drive: Drive, machine: Machine
) -> None:
    machine.write("plan.txt", "second draft\n")
    drive.write("locked/plan.txt", b"first draft\n")

    said = _said(
        machine, drive, "cd locked", "lock plan.txt", "discover plan.txt", "put plan.txt",
    )  # fmt: skip
    refused = drive.agent.put(
        "files/locked/plan.txt", content=b"mine", headers={"If-Match": "*"}
    )
    shown = drive.agent.get("locks?path=locked/plan.txt").json()["items"]
    freed = _said(
        machine, drive, "cd locked", "steal plan.txt", "unlock plan.txt", "discover plan.txt",
    )  # fmt: skip

    assert "Scope: exclusive  Type: write" in said
    assert "Owner: Ada" in said
    assert (refused.status_code, refused.json()["code"]) == (423, "locked")
    assert [each["holder"]["name"] for each in shown] == ["Ada"]
    assert "Discovering locks on `plan.txt': no locks found." in freed
    assert drive.read("locked/plan.txt") == b"second draft\n"


def test_what_a_client_notes_of_a_file_is_kept(drive: Drive, machine: Machine) -> None:
    drive.write("noted/plan.txt", b"first draft\n")

    _said(machine, drive, "cd noted", "propset plan.txt colour green", "copy plan.txt b.txt")
    said = _said(machine, drive, "cd noted", "propget b.txt colour")

    assert "Value of colour is: green" in said
