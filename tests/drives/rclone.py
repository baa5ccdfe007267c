"""rclone, set up for those who use it."""

from pathlib import Path

from tests.drives.drive import ADA, Drive
from tests.drives.programs import Machine, Ran

VENDORS = ("other", "nextcloud")


class Rclone:
    """rclone, which finds its remotes in a file."""

    def __init__(self, machine: Machine, remotes: Path) -> None:
        self.home = machine.home
        self._machine = machine
        machine.environment["RCLONE_CONFIG"] = str(remotes)

    def __call__(self, *words: str) -> Ran:
        """Do something that succeeds."""
        return self._machine.run("rclone", *words)

    def refused(self, *words: str) -> str:
        """Do something that does not; return what is said of it."""
        done = self._machine.ran("rclone", "--retries", "1", *words)
        assert done.code != 0
        return done.all


def remotes(drive: Drive, machine: Machine) -> Path:
    """Write a remote for Ada in each vendor's dialect, for who decides, and for the agent."""
    own = machine.run("rclone", "obscure", drive.password).text.strip()
    deciding = machine.run("rclone", "obscure", drive.deciding).text.strip()
    key = machine.run("rclone", "obscure", drive.key).text.strip()
    sections = (
        f"[{name}]\ntype = webdav\nvendor = {vendor}\nurl = {drive.url}\n"
        f"user = {ADA}\npass = {shown}\n"
        for name, vendor, shown in (
            ("other", "other", own),
            ("nextcloud", "nextcloud", own),
            ("decider", "nextcloud", deciding),
            ("agent", "nextcloud", key),
        )
    )
    return machine.write("rclone.conf", "\n".join(sections))
