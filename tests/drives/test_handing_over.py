"""Work goes to people and comes back through nothing but a folder."""

import pytest

from tests.drives.drive import Drive
from tests.drives.rclone import Rclone

pytestmark = [pytest.mark.needs("rclone"), pytest.mark.xdist_group("drives")]


def test_an_agent_puts_work_into_a_folder_and_finds_what_people_said_in_another(
    rclone: Rclone, drive: Drive
) -> None:
    (rclone.home / "total.csv").write_text("total,1284.50\n")
    rclone("copyto", "total.csv", "agent:needs-review/total.csv")
    handoff = drive.handoff("needs-review/total.csv")
    assert handoff["submitted_by"]["name"] == "scribe"

    said = {
        "verdict": "request_changes",
        "digest": handoff["digest"],
        "round": 1,
        "reason": "The statement says 1248.50.",
    }
    sent_back = drive.ada.put(f"handoffs/{handoff['id']}/decision", json=said)

    assert sent_back.status_code == 200, sent_back.text
    found = rclone("lsf", "agent:feedback").lines
    assert found == ["total.csv", "total.csv.feedback.md"]
    note = rclone("cat", "agent:feedback/total.csv.feedback.md").text
    assert "The statement says 1248.50." in note
    (rclone.home / "total.csv").write_text("total,1248.50\n")
    rclone("copyto", "total.csv", "agent:needs-review/total.csv")
    second = drive.handoff("needs-review/total.csv", round_=2)
    assert second["id"] == handoff["id"]
    assert drive.read("needs-review/total.csv") == b"total,1248.50\n"
    assert rclone("lsf", "agent:feedback").lines == []


def test_a_person_who_may_decide_approves_by_moving_and_nobody_else_does(
    rclone: Rclone, drive: Drive
) -> None:
    drive.agent.put("files/input/plan.txt", content=b"the plan")
    submitted = drive.agent.post("handoffs", json={"paths": ["input/plan.txt"]}).json()
    here, there = submitted["path"], "approved/plan.txt"

    by_agent = rclone.refused("moveto", f"agent:{here}", f"agent:{there}")
    by_copy = rclone.refused("copyto", f"agent:{here}", f"agent:{there}")
    without_the_right = rclone.refused("moveto", f"other:{here}", f"other:{there}")
    still = drive.ada.get(f"handoffs/{submitted['id']}").json()
    rclone("moveto", f"decider:{here}", f"decider:{there}")

    assert all("403" in each for each in (by_agent, by_copy, without_the_right))
    assert (still["state"], still["path"]) == ("in_review", here)
    denied = drive.entries(action="access.denied")
    assert ("moves.move", "agent_cannot_decide") in [
        (each["codes"]["action"], each["codes"]["code"]) for each in denied
    ]
    decided = drive.ada.get(f"handoffs/{submitted['id']}").json()
    assert (decided["state"], decided["path"]) == ("approved", there)
    assert decided["decision"]["by"]["name"] == "Ada"
    approved = drive.entries(action="handoff.approved", handoff=submitted["id"])
    assert [(each["door"], each["credential"]["kind"]) for each in approved] == [
        ("dav", "app_password")
    ]
    assert drive.read(there) == b"the plan"
