"""davfs2: the drive as a file system of the kernel, for programs that know nothing of it."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drives.drive import ADA, Drive
from tests.drives.programs import PATIENCE, Machine

pytestmark = [pytest.mark.needs("davfs2"), pytest.mark.xdist_group("drives")]

CONFIGURATION = """\
cache_dir {home}/cache
secrets {home}/secrets
ask_auth 0
delay_upload 0
"""


class Mounted:
    """A drive in the file system; programs work on it, so that none hangs who waits for them."""

    def __init__(self, drive: Drive, machine: Machine) -> None:
        self.at = machine.home / "drive"
        self.machine = machine
        self._url = drive.url
        self._process = 0
        self.at.mkdir()
        (machine.home / "cache").mkdir()
        shutil.chown(machine.home / "cache", group="davfs2")
        (machine.home / "cache").chmod(0o775)
        machine.write("secrets", f"{drive.url} {ADA} {drive.password}\n")
        self._conf = machine.write("conf", CONFIGURATION.format(home=machine.home))

    def mount(self) -> None:
        """Mount it."""
        self.machine.run("mount.davfs", "-o", f"conf={self._conf}", self._url, str(self.at))
        name = str(self.at).strip("/").replace("/", "-")
        said = Path(f"/run/mount.davfs/{name}.pid")
        until = time.monotonic() + PATIENCE
        while not (said.exists() and said.read_text()):
            assert time.monotonic() < until, "davfs2 does not say which process it is"
            time.sleep(0.02)
        self._process = int(said.read_text())

    def unmount(self) -> None:
        """Unmount it, if it is mounted, once everything is uploaded.

        `umount` alone looks every three seconds whether that is so.
        """
        if not os.path.ismount(self.at):
            return
        done = self.machine.ran("umount", "-i", str(self.at))
        if done.code:
            self.machine.ran("umount", "-i", "-l", str(self.at))
        until = time.monotonic() + PATIENCE
        while self._works() and time.monotonic() < until:
            time.sleep(0.02)
        if self._works():
            os.kill(self._process, signal.SIGKILL)
        assert done.code == 0, done.all

    def _works(self) -> bool:
        """Say whether the process that is the file system has something left to do."""
        try:
            return bool(Path(f"/proc/{self._process}/cmdline").read_bytes())
        except FileNotFoundError:
            return False

    def __call__(self, *words: str, stdin: bytes = b"") -> bytes:
        """Run a program in the drive."""
        return self.machine.run("env", "-C", str(self.at), *words, stdin=stdin).out

    def lists(self, folder: str) -> list[str]:
        """Return the names in a folder; say aloud where the kernel hands out none."""
        done = self.machine.ran("ls", str(self.at / folder))
        if "Invalid argument" in done.all:
            pytest.skip("davfs2 lists no folder on this kernel (EINVAL), nor WsgiDAV's")
        assert done.code == 0, done.all
        return done.lines


@pytest.fixture
def mounted(drive: Drive) -> Iterator[Mounted]:
    """The drive, mounted with files in it; davfs2's own user has to reach its cache."""
    for name in ("davfs2/ä.txt", "davfs2/b.txt", "davfs2-listed/ä.txt", "davfs2-listed/b.txt"):
        drive.write(name, b"was there before")
    home = Path(tempfile.mkdtemp(prefix="davfs2-"))
    home.chmod(0o711)
    found = Mounted(drive, Machine(home))
    try:
        found.mount()
        yield found
    finally:
        found.unmount()
        shutil.rmtree(home)


def test_a_mounted_folder_is_listed(mounted: Mounted) -> None:
    assert mounted.lists("davfs2-listed") == ["b.txt", "ä.txt"]


def test_programs_write_read_rename_and_delete_in_a_mounted_drive(
    mounted: Mounted, drive: Drive
) -> None:
    big = os.urandom(300_000)

    read = mounted("cat", "davfs2/ä.txt")
    mounted("mkdir", "davfs2/größer & besser")
    mounted("dd", "of=davfs2/größer & besser/big.bin", "status=none", stdin=big)
    mounted("cp", "davfs2/ä.txt", "davfs2/copy.txt")
    mounted("mv", "davfs2/copy.txt", "davfs2/größer & besser/moved.txt")
    mounted("rm", "davfs2/b.txt")
    read_back = mounted("cat", "davfs2/größer & besser/big.bin")
    mounted.unmount()

    assert read == b"was there before"
    assert read_back == big
    assert drive.names("davfs2") == ["größer & besser", "ä.txt"]
    assert drive.names("davfs2/größer & besser") == ["big.bin", "moved.txt"]
    assert drive.read("davfs2/größer & besser/big.bin") == big
    assert drive.read("davfs2/größer & besser/moved.txt") == b"was there before"
