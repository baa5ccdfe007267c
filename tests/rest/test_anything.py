"""Whatever is sent, the answer is no fault of ours."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.rest.instance import ROUTES as ABOVE
from signoff.rest.routes import ROUTES
from tests.journeys.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENT = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NAMES = sorted(
    {
        "path", "paths", "from", "to", "kind", "digest", "verdict", "round", "reason", "files",
        "answers", "stage", "glob", "lease_seconds", "mode", "depth", "timeout_seconds", "slug",
        "text", "anchor", "file", "position", "after", "limit", "cursor", "email", "name",
        "password", "role", "scopes", "subject", "access", "policy", "version", "questions",
        "flags", "changes", "namespace", "value", "members", "confidence", "summary", "title", "sources", "context", "handoff", "q", "items", "until", "note", "person",
    }
)  # fmt: skip

scalars: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["input/a", "needs-review", "", "..", "approve", "ho_x", "\x00", "a" * 5000]
    )
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(NAMES), values, max_size=5)
odd = st.one_of(
    st.sampled_from(
        ["%2e%2e", "%FF", "%00", "%2F", "%", "%zz", "a%20", "%F0%9F%93%84", "x" * 300]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="/?#\r\n"), min_size=1, max_size=8),
)
routes = st.sampled_from(
    [(one.method, f"/api/v1/workspaces/acme/{one.path}") for one in ROUTES]
    + [(one.method, f"/api/v1/{one.path}") for one in ABOVE]
)
CHANGES_WHO_CALLS = {"/api/v1/session", "/api/v1/me/password"}


def filled(path: str, segment: str) -> str:
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + segment + rest.partition("}")[2]
    return path


def url(server: Server, path: str) -> httpx.URL:
    raw = path.encode("utf-8", "surrogatepass")
    safe = b"".join(
        bytes([byte]) if 32 < byte < 127 and byte not in b'"<>\\^`{|}' else b"%%%02X" % byte
        for byte in raw
    )
    whole = httpx.URL(server.url)
    return whole.copy_with(raw_path=safe)


@PATIENT
@given(route=routes, segment=odd, body=bodies)
async def test_no_body_and_no_path_makes_the_server_stumble(  # noqa: PLR0917  Hypothesis names
    server: Server,
    scribe: httpx.AsyncClient,
    ben: httpx.AsyncClient,
    route: tuple[str, str],
    segment: str,
    body: dict[str, Any],
) -> None:
    method, path = route
    if path in CHANGES_WHO_CALLS:
        return
    address = url(server, filled(path, segment))

    for client in (ben, scribe):
        answer = await client.request(method, address, json=body)

        assert answer.status_code < 500, (method, path, segment, body, answer.text)


@PATIENT
@given(
    noun=st.sampled_from(
        [
            "files",
            "tree",
            "versions",
            "find",
            "locks",
            "events",
            "audit",
            "trash",
            "handoffs",
            "claims",
        ]
    ),
    segments=st.lists(odd, max_size=4),
    query=st.dictionaries(
        st.sampled_from(NAMES),
        st.text(max_size=10) | st.integers(-(2**70), 2**70).map(str),
        max_size=3,
    ),
)
async def test_no_question_makes_the_server_stumble(
    server: Server,
    scribe: httpx.AsyncClient,
    noun: str,
    segments: list[str],
    query: dict[str, str],
) -> None:
    path = "/".join(["/api/v1/workspaces/acme", noun, *segments])
    address = url(server, path).copy_merge_params(query) if query else url(server, path)

    answer = await scribe.get(address)

    assert answer.status_code < 500, (path, query, answer.text)


@PATIENT
@given(path=st.lists(odd, min_size=1, max_size=4), data=st.binary(max_size=50))
async def test_what_was_written_somewhere_odd_is_read_there(
    server: Server, scribe: httpx.AsyncClient, path: list[str], data: bytes
) -> None:
    address = url(server, "/".join(["/api/v1/workspaces/acme/files/shared", *path]))

    written = await scribe.put(address, content=data, headers={"If-Match": "*"})
    if written.status_code == 412:
        written = await scribe.put(address, content=data)

    assert written.status_code < 500, (path, written.text)
    if written.status_code in (200, 201):
        assert (await scribe.get(address)).content == data
