"""What kind of bytes a file has: as it was said, or as its name tells."""

import mimetypes
import re
from functools import lru_cache

OCTETS = "application/octet-stream"
MARKDOWN = "text/markdown"
JSON = "application/json"

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_BY_PARTS = re.compile(r"^(multipart|message)/|form")

mimetypes.add_type(MARKDOWN, ".md")
mimetypes.add_type("text/csv", ".csv")


def media_type_of(name: str, said: str = "") -> str:
    """Return what a file is: what the caller said of it, else what its name says.

    It becomes a header of answers, so nothing but a media type passes (RFC 6838, 4.2); nor
    do those whose bodies bring headers of their own.
    """
    given = said.split(";", maxsplit=1)[0].strip().lower()
    if given != OCTETS and _MEDIA_TYPE.fullmatch(given) and not _BY_PARTS.search(given):
        return given
    stem, _, ending = name.lstrip(".").rpartition(".")
    return (
        _of_endings(stem.rpartition(".")[2] if "." in stem else "", ending) if stem else OCTETS
    )


@lru_cache(maxsize=1024)
def _of_endings(inner: str, ending: str) -> str:
    """Return what the endings tell: the last one, or of `tar.gz` the one before."""
    return mimetypes.guess_type(f"a.{inner}.{ending}", strict=False)[0] or OCTETS
