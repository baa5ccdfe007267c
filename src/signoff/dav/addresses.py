"""Addresses below `/dav/`, and what stands there: a workspace's slug and a path in it."""

from urllib.parse import quote, unquote_to_bytes, urlsplit

from msgspec import Struct

from signoff.domain.accounts import is_slug
from signoff.domain.errors import Code, Conflict, Invalid, Malformed, NotFound, Refusal
from signoff.domain.files import clean_path
from signoff.domain.ids import Path, Slug

DRIVES = "/dav/"


class Address(Struct, frozen=True):
    """What an address means: a path in a workspace; without one, the list of workspaces."""

    workspace: Slug | None = None
    path: Path = Path("")


def address_of(segments: list[str]) -> Address:
    """Return what a request's address means; `segments` are decoded, the first is `dav`."""
    names = [each for each in segments[1:] if each]
    if not names:
        return Address()
    if not is_slug(names[0]):
        raise NotFound("There is no such workspace")
    if any("/" in each for each in names):
        raise Invalid(
            "A name cannot hold a slash",
            code=Code.INVALID_PATH,
            hint="Write a dash instead.",
        )
    return Address(workspace=Slug(names[0]), path=clean_path("/".join(names[1:])))


def href(workspace: Slug | None, path: Path, *, is_folder: bool = True) -> str:
    """Return the address of something, as a path; a folder's ends in a slash."""
    if workspace is None:
        return DRIVES
    below = f"{workspace}/{path}" if path else workspace
    return f"{DRIVES}{quote(below)}{'/' if is_folder else ''}"


def host_of(authority: str) -> str:
    """Return the host of an authority, with its port unless that is the usual one.

    A proxy that ends TLS changes the scheme, and with it which port is usual: both are.
    """
    host = authority.rpartition("@")[2].lower()
    return host.removesuffix(":80").removesuffix(":443")


def elsewhere(text: str, *, hosts: frozenset[str]) -> Address | None:
    """Return what an address in a header means, absolute or a path; None if not of this server.

    It is not None and has no workspace where it is ours, and no drive's.
    """
    try:
        parts = urlsplit(text.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError:
        return None
    if parts.netloc and host_of(parts.netloc) not in hosts:
        return None
    if not parts.path.startswith(DRIVES):
        return Address()
    try:
        segments = [
            unquote_to_bytes(each).decode("utf-8") for each in parts.path.split("/")[1:]
        ]
    except UnicodeDecodeError:
        return Address()
    return address_of(segments)


def destination(text: str, *, workspace: Slug, hosts: frozenset[str]) -> Path:
    """Return the path that a Destination header names, in the workspace of the request."""
    if not text:
        raise Malformed("Where to is missing", hint="Send a Destination header.")
    try:
        found = elsewhere(text, hosts=hosts)
    except NotFound:
        found = None
    if found is None or found.workspace != workspace or not found.path:
        raise Conflict(
            "The destination is not in this workspace",
            code=Code.ELSEWHERE,
            hint="Download it, and upload it there.",
        )
    return found.path


def named(text: str, *, workspace: Slug, hosts: frozenset[str]) -> Path | None:
    """Return the path in this workspace that an address names; None for any other."""
    try:
        found = elsewhere(text, hosts=hosts)
    except Refusal:
        return None
    return found.path if found is not None and found.workspace == workspace else None
