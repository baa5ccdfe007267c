"""gvfs, by which GNOME's programs see a drive."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.drives.drive import ADA, Drive
from tests.drives.programs import Machine

pytestmark = [pytest.mark.needs("gvfs"), pytest.mark.xdist_group("drives")]

SESSION = """\
set -e
gio mount "$AT" < password
gio list "$AT"
gio mkdir "$AT/gvfs"
gio mkdir "$AT/gvfs/other"
gio copy 'ä & b.txt' "$AT/gvfs/"
gio cat "$AT/gvfs/ä & b.txt"
gio rename "$AT/gvfs/ä & b.txt" 'ö.txt'
gio move "$AT/gvfs/ö.txt" "$AT/gvfs/other/moved.txt"
echo 'saved again' | gio save "$AT/gvfs/other/moved.txt"
echo 'saved anew' | gio save --create "$AT/gvfs/other/new.txt"
gio copy "$AT/gvfs/other/new.txt" "$AT/gvfs/old.txt"
gio remove "$AT/gvfs/other/new.txt"
gio list -l "$AT/gvfs/other"
gio mount -u "$AT"
"""


@pytest.fixture
def machine(drive: Drive) -> Iterator[Machine]:
    """A desktop without a screen; the paths of its sockets have to be short."""
    with tempfile.TemporaryDirectory(prefix="gvfs-", ignore_cleanup_errors=True) as folder:
        found = Machine(Path(folder))
        run = found.home / "run"
        run.mkdir(mode=0o700)
        at = f"{quote(ADA)}@{drive.url.removeprefix('http://').rstrip('/')}"
        found.environment |= {"XDG_RUNTIME_DIR": str(run), "AT": f"dav://{at}"}
        found.write("password", f"{drive.password}\n")
        yield found


def test_a_desktop_mounts_the_drive_and_works_on_it(drive: Drive, machine: Machine) -> None:
    machine.write("ä & b.txt", "from a desktop\n")
    machine.write("session.sh", SESSION)

    said = machine.run("dbus-run-session", "--", "sh", "session.sh").text

    assert "needs-review\n" in said
    assert "from a desktop\n" in said
    assert "moved.txt\t12\t(regular)\n" in said
    assert drive.names("gvfs") == ["old.txt", "other"]
    assert drive.names("gvfs/other") == ["moved.txt"]
    assert drive.read("gvfs/other/moved.txt") == b"saved again\n"
    assert drive.read("gvfs/old.txt") == b"saved anew\n"
