"""Which server, which workspace, with which key."""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import quote

from signoff_client.errors import Invalid, Unauthenticated

DEFAULT_URL = "http://127.0.0.1:8484"

_KEY = re.compile(r"so_([a-z0-9-]+)_[A-Za-z0-9_-]+")
"""Nothing that no header takes: what refuses a header shows it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A workspace's address and the key that opens it. The key is not shown."""

    url: str
    workspace: str
    key: str = field(repr=False)

    @property
    def api(self) -> str:
        """The address below which everything of the workspace is."""
        return f"{self.url}/api/v1/workspaces/{self.workspace}"

    def address(self, path: str) -> str:
        """Return where a path of the API is. A whole URL must be the same server's."""
        if "://" not in path:
            return f"{self.api}/{path}"
        if not path.startswith(f"{self.url}/"):
            raise ValueError(f"{path} is not on {self.url}: the key stays at home")
        return path


def the_place(url: str | None, key: str | None) -> Place:
    """Return what was said, else what SIGNOFF_URL and SIGNOFF_KEY say.

    Raise Unauthenticated without a key: it names the workspace, so nothing goes without.
    """
    address = (url or os.environ.get("SIGNOFF_URL") or DEFAULT_URL).rstrip("/")
    if not re.match(r"https?://[^/]", address):
        raise ValueError(f"{address} is no URL of a server: it begins with https://")
    secret = (key or os.environ.get("SIGNOFF_KEY") or "").strip()
    found = _KEY.fullmatch(secret)
    if found is None:
        raise Unauthenticated(
            "This is no API key" if secret else "There is no API key",
            code="unauthenticated",
            hint="Set SIGNOFF_KEY; `signoff agent create` prints a key that begins with so_.",
        )
    return Place(url=address, workspace=found[1], key=secret)


def quoted(path: str) -> str:
    """Write a path or an id into a URL.

    Raise Invalid for steps up: what sends a URL takes them, and would ask for another thing.
    """
    plain = path.strip("/")
    if not {".", ".."}.isdisjoint(plain.split("/")):
        raise Invalid(
            f"“{path[:200]}” steps out of its folder",
            code="invalid_path",
            hint="Write the path from the workspace's root, without “.” and “..”.",
        )
    return quote(plain, safe="/")
