"""rclone, which people and agents use to copy and to keep folders alike."""

import os
from pathlib import Path

import pytest

from tests.drives.drive import Drive
from tests.drives.rclone import VENDORS, Rclone

pytestmark = [pytest.mark.needs("rclone"), pytest.mark.xdist_group("drives")]

OLD = 1_577_934_245
NAMES = ("a & b.txt", "größer.txt", "sub folder/50% + #1.csv")


def _files(folder: Path) -> None:
    """Write three files of another year."""
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}")
        os.utime(path, (OLD, OLD))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_folder_is_copied_compared_listed_and_moved(
    rclone: Rclone, drive: Drive, vendor: str
) -> None:
    _files(rclone.home / "here")
    there = f"{vendor}:copied-{vendor}"

    rclone("copy", "here", there)
    compared = rclone("check", "here", there)
    listed = rclone("lsf", "-R", "--files-only", there).lines
    rclone("moveto", f"{there}/größer.txt", f"{there}/sub folder/kleiner.txt")
    rclone("copy", there, "back")

    assert "0 differences found" in compared.all
    assert "3 matching files" in compared.all
    assert sorted(listed) == sorted(NAMES)
    assert drive.read(f"copied-{vendor}/a & b.txt") == b"this is a & b.txt"
    assert drive.names(f"copied-{vendor}/sub folder") == ["50% + #1.csv", "kleiner.txt"]
    assert (rclone.home / "back/sub folder/kleiner.txt").read_text() == "this is größer.txt"


def test_room_is_told(rclone: Rclone) -> None:
    said = rclone("about", "other:").text

    assert "Used:" in said
    assert "Free:" in said


def test_nextcloud_s_dialect_keeps_times_and_checksums(rclone: Rclone, drive: Drive) -> None:
    _files(rclone.home / "here")

    rclone("copy", "here", "nextcloud:timed")
    listed = rclone("lsl", "nextcloud:timed").lines
    again = rclone("copy", "-v", "here", "nextcloud:timed")
    compared = rclone("check", "--checksum", "here", "nextcloud:timed")
    rclone("copy", "nextcloud:timed", "back")

    assert [each.split(maxsplit=3)[1:3] for each in listed] == [
        ["2020-01-02", "03:04:05.000000000"]
    ] * 3
    assert "Copied" not in again.all
    assert "3 matching files" in compared.all
    assert "hashes could not be checked" not in compared.all
    assert (rclone.home / "back/größer.txt").stat().st_mtime == OLD


def test_a_folder_is_made_like_another_both_ways(rclone: Rclone, drive: Drive) -> None:
    _files(rclone.home / "here")
    rclone("sync", "here", "nextcloud:synced")
    drive.write("synced/new.txt", b"from a page")
    drive.write("synced/größer.txt", b"changed on a page")
    assert drive.ada.delete("files/synced/a & b.txt").status_code == 204

    rclone("sync", "nextcloud:synced", "here")

    left = sorted(each.name for each in (rclone.home / "here").iterdir())
    assert left == ["größer.txt", "new.txt", "sub folder"]
    assert (rclone.home / "here/größer.txt").read_text() == "changed on a page"
    (rclone.home / "here/new.txt").unlink()
    (rclone.home / "here/größer.txt").write_text("and here")
    rclone("sync", "here", "nextcloud:synced")
    assert drive.names("synced") == ["größer.txt", "sub folder"]
    assert drive.read("synced/größer.txt") == b"and here"


def test_what_changed_on_either_side_comes_to_the_other(rclone: Rclone, drive: Drive) -> None:
    _files(rclone.home / "here")
    drive.write("both/there.txt", b"was there before")
    rclone("bisync", "--resync", "here", "nextcloud:both")
    assert (rclone.home / "here/there.txt").read_text() == "was there before"
    drive.write("both/größer.txt", b"changed on a page")
    drive.write("both/page.txt", b"from a page")
    (rclone.home / "here/sub folder/50% + #1.csv").write_text("changed here")
    (rclone.home / "here/a & b.txt").unlink()

    rclone("bisync", "here", "nextcloud:both")

    assert (rclone.home / "here/größer.txt").read_text() == "changed on a page"
    assert (rclone.home / "here/page.txt").read_text() == "from a page"
    assert drive.read("both/sub folder/50%25 + %231.csv") == b"changed here"
    assert drive.names("both") == ["größer.txt", "page.txt", "sub folder", "there.txt"]
    again = rclone("bisync", "-v", "here", "nextcloud:both").all
    assert again.count("No changes found") == 1
