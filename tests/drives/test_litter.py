"""What programs leave beside their files is there for them, and for nobody else."""

import pytest

from tests.drives.drive import Drive
from tests.drives.programs import Machine
from tests.drives.rclone import Rclone

pytestmark = [pytest.mark.needs("rclone"), pytest.mark.xdist_group("drives")]

NAMES = (".DS_Store", "._plan.odt", ".~lock.plan.odt#", "Thumbs.db", "~$plan.docx")


def test_litter_works_for_who_left_it_and_is_no_file_for_anybody_else(
    rclone: Rclone, drive: Drive, machine: Machine
) -> None:
    drive.write("littered/plan.odt", b"the plan")
    for name in NAMES:
        machine.write(f"here/{name}", f"this is {name}")
    head = drive.ada.get("events/head").json()["position"]

    rclone("copy", "here", "other:littered")
    rclone("copy", "other:littered", "back")
    rclone("delete", "other:littered", "--include", ".DS_Store")

    assert sorted(each.name for each in (machine.home / "back").iterdir()) == sorted(
        (*NAMES, "plan.odt")
    )
    assert (machine.home / "back/._plan.odt").read_text() == "this is ._plan.odt"
    left = sorted(rclone("lsf", "other:littered").lines)
    assert left == sorted((*NAMES[1:], "plan.odt"))
    assert rclone("lsf", "agent:littered").lines == ["plan.odt"]
    assert drive.names("littered") == ["plan.odt"]
    since = drive.ada.get("events", params={"after": head}).json()["items"]
    assert [each for each in since if each.get("path", "").startswith("littered")] == []
