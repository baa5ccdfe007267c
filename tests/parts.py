"""Parts of the system that some tests need, and what installs them on Debian."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from tests.mcp import judges
from tests.uploads import nodes
from tests.webhooks import libraries


class Part(Struct, frozen=True):
    """A part of the system: where it is missing, `packages` bring it."""

    programs: tuple[str, ...]
    packages: str
    is_usable: Callable[[], bool] = lambda: True
    besides: str = ""

    @property
    def is_there(self) -> bool:
        """Say whether its programs are installed, and may do here what they do."""
        return all(_find(name) for name in self.programs) and self.is_usable()

    @property
    def advice(self) -> str:
        """Return what to do about its absence."""
        if not self.packages:
            return self.besides
        return f"On Debian: apt-get install {self.packages}{self.besides}"


def _find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _mounts() -> bool:
    return os.geteuid() == 0 and Path("/dev/fuse").exists()


PARTS = {
    "chromium": Part(("/usr/bin/chromium",), "chromium"),
    "litmus": Part(("litmus",), "litmus"),
    "cadaver": Part(("cadaver",), "cadaver"),
    "curl": Part(("curl",), "curl"),
    "rclone": Part(("rclone",), "rclone"),
    "gvfs": Part(
        ("gio", "dbus-run-session", "/usr/libexec/gvfsd-dav"),
        "gvfs gvfs-backends gvfs-daemons libglib2.0-bin dbus-daemon",
    ),
    "tus-js-client": Part(
        (), "", nodes.is_there, "npm could not bring it: see that it reaches its registry"
    ),
    "standardwebhooks of npm": Part(
        (), "", libraries.are_there, "npm could not bring it: see that it reaches its registry"
    ),
    "judges": Part(
        (),
        "",
        judges.are_there,
        "npm's registry must be reached once, for tests/mcp/node/package-lock.json",
    ),
    "davfs2": Part(("mount.davfs",), "davfs2", _mounts, "; it takes root and /dev/fuse, too"),
}
"""By the word that a test's mark `needs` says."""
