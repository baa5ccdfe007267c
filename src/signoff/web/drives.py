"""The workspace as a drive: its addresses, and how each system mounts one."""

import shlex
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

from signoff.actions import folders, overviews, people
from signoff.actions.folder_views import PathOnly
from signoff.domain.files import clean_path, parent_of
from signoff.domain.ids import Path
from signoff.web import app_passwords, places
from signoff.web.pages import Link
from signoff.web.visits import Visit


class System(StrEnum):
    """What mounts a drive."""

    MACOS = "macos"
    WINDOWS = "windows"
    LINUX = "linux"
    RCLONE = "rclone"


NAMES: dict[System, str] = {
    System.MACOS: "macOS",
    System.WINDOWS: "Windows",
    System.LINUX: "Linux",
    System.RCLONE: "rclone",
}
PHONES = ("Android", "iPhone", "iPad", "Mobile")
THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


def system_of(user_agent: str) -> System | None:
    """Return the system that a browser says it runs on; None where it is not plain."""
    if is_phone(user_agent):
        return None
    if "Windows NT" in user_agent:
        return System.WINDOWS
    if "Macintosh" in user_agent:
        return System.MACOS
    return System.LINUX if "Linux" in user_agent else None


def is_phone(user_agent: str) -> bool:
    """Say whether a browser runs on a phone or a tablet, which mounts nothing."""
    return any(word in user_agent for word in PHONES)


def address(visit: Visit, path: str) -> str:
    """Return the address of something in the drive."""
    below = f"{visit.workspace}/{path}" if path else visit.workspace
    return f"{visit.house.base_url}/dav/{quote(below)}"


async def show(visit: Visit) -> None:
    """Show how a folder is mounted, for the reader's own system first."""
    path = clean_path(visit.path.get("path", ""))
    if path and (await visit.ask(folders.stat, PathOnly(path=path))).type == "file":
        await visit.go(places.drive_url(visit, parent_of(path)))
        return
    place = await visit.ask(overviews.place, PathOnly(path=path))
    email = (await visit.ask(people.me, people.Me())).email or ""
    said = visit.query.get("on", "")
    browser = visit.request.header(b"user-agent")
    on = System(said) if said in set(System) else system_of(browser)
    here = places.drive_url(visit, path)
    await visit.show(
        "drive.html",
        shell=await visit.shell("files"),
        name=path.rpartition("/")[2] or visit.workspace,
        is_whole=not path,
        back_url=places.files_url(visit, path),
        email=email,
        passwords_url=app_passwords.url(visit, folder=path),
        systems=[
            Link(name=NAMES[each], url=f"{here}?on={each}", current=each is on)
            for each in System
        ],
        on=on,
        may_write=place.may_write,
        **_ways(visit, path, email),
    )


def _ways(visit: Visit, path: Path, email: str) -> dict[str, Any]:
    """Return what is to be copied: the address as each system writes it, and its commands."""
    here = address(visit, path)
    parts = urlsplit(here)
    host = parts.hostname or ""
    scheme, _, rest = here.partition("://")
    folder = f"~/{visit.workspace}"
    desktop = f"{'davs' if scheme == 'https' else 'dav'}://{rest}"
    return {
        "address": here,
        "desktop": desktop,
        "secure": scheme == "https",
        "host": f"{host};{parts.netloc}" if parts.port else host,
        "is_local": host in THIS_MACHINE,
        "davfs": f"mkdir -p {folder}\n"
        f"sudo mount -t davfs -o uid=$(id -u) {shlex.quote(here)} {folder}",
        "remote": visit.workspace,
        "rclone": f"[{visit.workspace}]\n"
        "type = webdav\n"
        f"url = {here}\n"
        "vendor = nextcloud\n"
        "nextcloud_chunk_size = 0\n"
        f"user = {email}",
    }
