"""The client: what it sends again, and what it takes for an answer."""

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from table_steward.client import Claim, Refused, Stopped, Workspace

CLAIM = Claim(
    id="cl_1", folder="processing/cl_1", path="processing/cl_1/a.csv", token="t", feedback={}
)


def workspace(
    answer: Callable[[httpx.Request], httpx.Response], stop: threading.Event | None = None
) -> Workspace:
    return Workspace(
        "http://test/",
        key="so_acme_secret",
        workspace="acme",
        stop=stop,
        transport=httpx.MockTransport(answer),
    )


@pytest.mark.parametrize("trouble", [500, 502, 503, "lost"])
def test_trouble_is_tried_again_with_the_same_key(trouble: int | str) -> None:
    seen: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.path, request.headers["idempotency-key"]))
        if len(seen) == 1:
            if trouble == "lost":
                raise httpx.ConnectError("nobody there")
            return httpx.Response(int(trouble))
        return httpx.Response(201, json={"id": "ho_1"})

    handoff = workspace(answer).hand_over(
        "processing/cl_1/a", {"kind": "approval"}, claim=CLAIM
    )

    assert handoff == {"id": "ho_1"}
    assert seen[0] == seen[1]
    assert seen[0][0] == "/api/v1/workspaces/acme/handoffs"


def test_retry_after_is_respected() -> None:
    times: list[float] = []

    def answer(_: httpx.Request) -> httpx.Response:
        times.append(time.monotonic())
        if len(times) == 1:
            return httpx.Response(503, headers={"Retry-After": "1"})
        return httpx.Response(200, json={"items": []})

    workspace(answer).my_claims()

    assert times[1] - times[0] >= 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 423, 429])
def test_a_refusal_is_never_sent_again(status: int) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        problem = {"code": "nope", "detail": "No.", "hint": "Ask."}
        return httpx.Response(status, json=problem)

    with pytest.raises(Refused, match=f"{status} nope: No. Ask.") as refused:
        workspace(answer).my_claims()

    assert len(seen) == 1
    assert (refused.value.status, refused.value.code) == (status, "nope")


def test_asked_to_stop_it_does_not_try_again() -> None:
    stop = threading.Event()
    stop.set()

    with pytest.raises(Stopped):
        workspace(lambda _: httpx.Response(503), stop).my_claims()


def test_writing_what_is_there_already_writes_nothing() -> None:
    methods: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        methods.append(request.method)
        if request.method == "PUT":
            return httpx.Response(412, json={"code": "precondition_failed"})
        return httpx.Response(200, content=b"the same", headers={"ETag": '"n-1"'})

    workspace(answer).write("processing/cl_1/a/a.csv", b"the same", claim=CLAIM)

    assert methods == ["PUT", "GET"]


def test_a_leftover_is_overwritten_as_it_was_seen() -> None:
    conditions: list[tuple[str | None, str | None, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        headers = request.headers
        if request.method == "GET":
            return httpx.Response(200, content=b"old", headers={"ETag": '"n-1"'})
        conditions.append(
            (headers.get("if-none-match"), headers.get("if-match"), headers.get("lock-token"))
        )
        return httpx.Response(412 if len(conditions) == 1 else 200, json={})

    workspace(answer).write("processing/cl_1/a/a.csv", b"new", claim=CLAIM)

    assert conditions == [("*", None, "t"), (None, '"n-1"', "t")]


def test_paths_are_escaped() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(200, content=b"")

    workspace(answer).read("input/a b?#%/é.csv")

    assert seen == ["/api/v1/workspaces/acme/files/input/a%20b%3F%23%25/%C3%A9.csv"]


def test_nothing_to_do_is_no_claim() -> None:
    assert workspace(lambda _: httpx.Response(204)).claim(stage="input", wait=0) is None
