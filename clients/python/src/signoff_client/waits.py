"""What both drivers say to httpx: headers, and how long to wait for which part of an answer."""

import platform
from importlib.metadata import PackageNotFoundError, version

import httpx

from signoff_client.place import Place
from signoff_client.steps import Send

CONNECT = 10.0
"""Seconds for a connection to come about."""


def _agent() -> str:
    try:
        known = version("signoff-client")
    except PackageNotFoundError:
        known = "unknown"
    return f"signoff-client/{known} python/{platform.python_version()}"


USER_AGENT = _agent()


def headers_of(place: Place, request: Send) -> dict[str, str]:
    """Return a request's headers with the key; it goes to no other server."""
    said = {"Authorization": f"Bearer {place.key}", "User-Agent": USER_AGENT}
    return {**said, **request.headers}


def timeout_of(request: Send, seconds: float) -> httpx.Timeout:
    """Return how long to wait: for the answer as long as the server was asked to wait, too."""
    return httpx.Timeout(seconds, connect=min(CONNECT, seconds), read=seconds + request.wait)
