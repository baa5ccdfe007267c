"""The cookie that keeps a session in a browser (RFC 6265)."""

from signoff.domain.accounts import SESSION_LIFE
from signoff.domain.ids import SECOND

COOKIE = "signoff_session"


def session_secret(cookies: str) -> str:
    """Return the session's secret among the cookies of a request; empty without one."""
    for part in cookies.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def session_cookie(secret: str, *, secure: bool) -> str:
    """Return the `Set-Cookie` that keeps a session in a browser (RFC 6265, section 4.1)."""
    return _cookie(secret, max_age=SESSION_LIFE // SECOND, secure=secure)


def ended_cookie(*, secure: bool) -> str:
    """Return the `Set-Cookie` that takes the session out of a browser."""
    return _cookie("", max_age=0, secure=secure)


def is_secure(base_url: str) -> bool:
    """Say whether browsers reach this instance over TLS only."""
    return base_url.startswith("https://")


def _cookie(value: str, *, max_age: int, secure: bool) -> str:
    parts = [f"{COOKIE}={value}", "Path=/", f"Max-Age={max_age}", "HttpOnly", "SameSite=Lax"]
    return "; ".join([*parts, "Secure"] if secure else parts)
