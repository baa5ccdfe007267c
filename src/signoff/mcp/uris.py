"""Addresses of resources: `signoff://WORKSPACE/PATH`, a folder's with a slash at its end."""

from urllib.parse import quote, unquote, urlsplit

from signoff.domain.errors import NotFound
from signoff.domain.files import clean_path
from signoff.domain.ids import Path, Slug

SCHEME = "signoff"
MAX_URI = 16 * 1024
"""No path is longer, however it is written (RULES 33)."""
TEMPLATE = "signoff://{workspace}/{+path}"


def uri_of(workspace: Slug, path: str, *, is_folder: bool = False) -> str:
    """Return the address of something in a workspace."""
    end = "/" if is_folder and path else ""
    return f"{SCHEME}://{workspace}/{quote(path, safe='/')}{end}"


def path_of(uri: str, *, workspace: Slug) -> Path:
    """Return the path that an address means in the one workspace that a key opens."""
    try:
        parts = urlsplit(uri if len(uri) <= MAX_URI else "")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != SCHEME or parts.netloc != workspace or parts.query or parts.fragment:
        raise NotFound(
            f"There is no resource “{uri[:200]}”",
            hint=f"Addresses here begin with {SCHEME}://{workspace}/.",
            uri=uri[:4096],
        )
    return clean_path(unquote(parts.path.strip("/")))
