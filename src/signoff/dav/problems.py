"""From a refusal to WebDAV's status and condition element (RFC 4918, section 16)."""

from typing import Any

from signoff.asgi import problems
from signoff.asgi.answers import Headers
from signoff.dav import xml
from signoff.dav.addresses import href
from signoff.domain.errors import Code, Refusal
from signoff.domain.ids import Path, Slug

STATUS: dict[tuple[str, Code], int] = {
    ("MKCOL", Code.EXISTS): 405,
    ("MKCOL", Code.STAGE_FIXED): 405,
    ("COPY", Code.EXISTS): 412,
    ("MOVE", Code.EXISTS): 412,
    ("PUT", Code.IS_FOLDER): 405,
    ("LOCK", Code.LOCK_ELSEWHERE): 412,
    ("UNLOCK", Code.PRECONDITION_FAILED): 409,
    ("PUT", Code.DIGEST_MISMATCH): 400,
}
"""Where a method wants another status than the refusal's own."""

BY_CODE: dict[Code, int] = {Code.ELSEWHERE: 502, Code.XML_REFUSED: 403}

CONDITIONS: dict[tuple[str, Code], str] = {
    ("LOCK", Code.LOCKED): "no-conflicting-lock",
    ("LOCK", Code.LOCK_ELSEWHERE): "lock-token-matches-request-uri",
    ("UNLOCK", Code.LOCK_ELSEWHERE): "lock-token-matches-request-uri",
    ("UNLOCK", Code.PRECONDITION_FAILED): "lock-token-matches-request-uri",
    ("UNLOCK", Code.CONFLICT): "lock-token-matches-request-uri",
}
BY_CODE_CONDITIONS: dict[Code, str] = {
    Code.LOCKED: "lock-token-submitted",
    Code.XML_REFUSED: "no-external-entities",
    Code.FINITE_DEPTH: "propfind-finite-depth",
    Code.STORAGE_FULL: "sufficient-disk-space",
}

CHALLENGE = (b"www-authenticate", b'Basic realm="Signoff", charset="UTF-8"')


def status_of(refusal: Refusal, method: str) -> int:
    """Return the HTTP status of a refusal of a request with this method."""
    found = STATUS.get((method, refusal.code)) or BY_CODE.get(refusal.code)
    return found or problems.status_of(refusal)


def encode(refusal: Refusal, method: str, workspace: Slug | None) -> tuple[int, bytes, Headers]:
    """Return status, body and headers of a refusal.

    The body is WebDAV's error element: the condition that failed, if the standard names one,
    then our code, sentence and hint in a namespace of ours.
    """
    status = status_of(refusal, method)
    headers = [xml.CONTENT_TYPE, (b"cache-control", b"no-store")]
    headers += [
        each for each in problems.headers_of(refusal, status) if each[0] != b"www-authenticate"
    ]
    if status == 401:  # noqa: PLR2004
        headers.append(CHALLENGE)
    said = (
        f"<S:code>{refusal.code.value}</S:code><S:message>{xml.text(refusal.message)}</S:message>"
        f"<S:hint>{xml.text(refusal.hint)}</S:hint>"
    )
    body = (
        f'{xml.HEAD}<D:error xmlns:D="DAV:" xmlns:S="urn:signoff:dav">'
        f"{_condition(refusal, method, workspace)}{said}</D:error>"
    )
    return status, body.encode(), headers


def _condition(refusal: Refusal, method: str, workspace: Slug | None) -> str:
    name = CONDITIONS.get((method, refusal.code)) or BY_CODE_CONDITIONS.get(refusal.code)
    if name is None:
        return ""
    paths: list[Any] = refusal.facts.get("paths", [])
    if refusal.code is not Code.LOCKED or not paths:
        return f"<D:{name}/>"
    hrefs = (href(workspace, Path(path), is_folder=False) for path in paths)
    return f"<D:{name}>{''.join(f'<D:href>{each}</D:href>' for each in hrefs)}</D:{name}>"
