"""Uploads: who may send a large one is asked first; what came is data, never code of ours."""

from signoff.asgi.answers import Request
from signoff.domain.errors import Forbidden

CODE = frozenset(
    {
        "audioworklet",
        "embed",
        "object",
        "paintworklet",
        "script",
        "serviceworker",
        "sharedworker",
        "style",
        "worker",
        "xslt",
    }
)
"""What a page asks for to run it in its own origin (Fetch, 2.2.5: destinations)."""


CHECK_FIRST = 16 * 1024


def is_large(length: int | None) -> bool:
    """Say whether a body is stored as it comes, so that who may not write is told before."""
    return length is None or length > CHECK_FIRST


def check_not_code(request: Request) -> None:
    """Refuse to hand an upload to a page that means to run it.

    Our pages may load scripts from our origin, where uploads are served, too: markup alone,
    should any ever slip through, must not be enough to run one.
    """
    if request.header(b"sec-fetch-dest") in CODE:
        raise Forbidden(
            "What was uploaded does not run here",
            hint="Open the file itself, or download it.",
        )
