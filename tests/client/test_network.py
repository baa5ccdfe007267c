"""Lost answers, busy servers and networks that break: what is sent again, and what is not."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from signoff_client import (
    AsyncSignoff,
    Busy,
    Forbidden,
    Invalid,
    RateLimited,
    Refused,
    Signoff,
    Unauthenticated,
    Unreachable,
    asking,
)
from tests.client.faces import FACES, Awaited

Answers = Callable[[httpx.Request], httpx.Response]

FILE = {
    "path": "shared/a.txt",
    "version": 1,
    "digest": "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "size": 5,
    "media_type": "text/plain",
    "modified_at": "2026-01-01T00:00:00Z",
    "etag": '"nd_1-1"',
    "created": True,
}
VERSION = {
    "version": 1,
    "digest": FILE["digest"],
    "size": 5,
    "media_type": "text/plain",
    "author": {"id": "ag_1", "kind": "agent", "name": "scribe"},
    "at": "2026-01-01T00:00:00Z",
    "etag": '"nd_1-1"',
}


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"type": "about:blank", "status": status, "code": code, "detail": "No", "hint": "?"}
    return httpx.Response(status, json=body | {"holder": "Ben"}, headers=headers)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "FIRST_PAUSE", 0.001)


class Line:
    """A line on which each request gets the next answer; exceptions are broken lines."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._answers: Iterator[httpx.Response | Exception] = iter(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(params=FACES)
def over(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return a client whose requests go over a line."""

    def opened(line: Line, **said: Any) -> Any:
        transport = httpx.MockTransport(line)
        key = "so_acme_secret"
        if request.param == "awaited":
            http = httpx.AsyncClient(transport=transport)
            return AsyncSignoff("http://there", key, http=http, **said)
        return Awaited(
            Signoff("http://there", key, http=httpx.Client(transport=transport), **said)
        )

    return opened


async def test_a_post_is_sent_again_under_the_same_key(over: Callable[..., Any]) -> None:
    line = Line(
        httpx.ReadError("broken"),
        httpx.Response(502, text="<html>"),
        problem(503, "busy", **{"retry-after": "0"}),
        problem(429, "rate_limited", **{"retry-after": "0"}),
        problem(409, "busy"),
        httpx.Response(204),
    )

    assert await over(line).claim() is None
    keys = {request.headers["idempotency-key"] for request in line.requests}
    assert len(line.requests) == 6
    assert len(keys) == 1
    assert len({request.content for request in line.requests}) == 1


async def test_two_posts_have_two_keys(over: Callable[..., Any]) -> None:
    line = Line(httpx.Response(204), httpx.Response(204))
    signoff = over(line)

    await signoff.claim()
    await signoff.claim()

    assert len({request.headers["idempotency-key"] for request in line.requests}) == 2


async def test_tries_come_to_an_end(over: Callable[..., Any]) -> None:
    line = Line(*(httpx.ConnectError("nobody there") for _ in range(3)))

    with pytest.raises(Unreachable, match="nobody there"):
        await over(line, retries=3).read("shared/a.txt")


async def test_a_server_that_stays_busy_says_so(over: Callable[..., Any]) -> None:
    line = Line(*(problem(503, "busy", **{"retry-after": "0"}) for _ in range(2)))

    with pytest.raises(Busy) as refused:
        await over(line, retries=2).read("shared/a.txt")

    assert refused.value.code == "busy"
    assert refused.value.facts == {"holder": "Ben"}


async def test_a_pause_that_is_too_long_to_wait_is_an_error(over: Callable[..., Any]) -> None:
    line = Line(problem(429, "rate_limited", **{"retry-after": "3600"}))

    with pytest.raises(RateLimited):
        await over(line).read("shared/a.txt")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthenticated), (403, Forbidden), (500, Refused)]
)
async def test_a_refusal_is_an_answer(
    over: Callable[..., Any], status: int, kind: type[Refused]
) -> None:
    line = Line(problem(status, "some_code"))

    with pytest.raises(kind) as refused:
        await over(line).read("shared/a.txt")

    assert len(line.requests) == 1
    assert (refused.value.code, refused.value.detail) == ("some_code", "No")
    assert refused.value.hint == "?"
    assert refused.value.status == status


async def test_what_is_no_signoff_is_named(over: Callable[..., Any]) -> None:
    for answer in (
        httpx.Response(404, text="<html>"),
        httpx.Response(302, headers={"location": "http://elsewhere/"}),
    ):
        with pytest.raises(Refused) as refused:
            await over(Line(answer)).read("shared/a.txt")
        assert refused.value.code == "not_signoff"


async def test_a_write_whose_answer_was_lost_is_looked_for_first(
    over: Callable[..., Any],
) -> None:
    line = Line(
        httpx.ReadError("broken"), httpx.Response(200, json={"items": [VERSION], "next": None})
    )

    written = await over(line).write("shared/a.txt", "hello", if_none_match="*")

    assert [request.method for request in line.requests] == ["PUT", "GET"]
    assert written.etag == '"nd_1-1"'
    digest = line.requests[0].headers["repr-digest"].removeprefix("sha-256=:").rstrip(":")
    assert f"sha256:{base64.b64decode(digest).hex()}" == FILE["digest"]


async def test_a_write_that_did_not_arrive_is_sent_again(over: Callable[..., Any]) -> None:
    old = VERSION | {"digest": "sha256:00"}
    line = Line(
        httpx.ReadError("broken"),
        httpx.Response(200, json={"items": [old], "next": None}),
        httpx.ConnectError("gone"),
        problem(404, "not_found"),
        httpx.Response(201, json=FILE),
    )
    told: list[tuple[int, int | None]] = []

    written = await over(line).write(
        "shared/a.txt", b"hello", progress=lambda done, size: told.append((done, size))
    )

    methods = [request.method for request in line.requests]
    assert methods == ["PUT", "GET", "PUT", "GET", "PUT"]
    assert written.version == 1
    assert told == [(5, 5)]


async def test_a_delete_that_was_done_at_the_first_try_is_done(
    over: Callable[..., Any],
) -> None:
    line = Line(httpx.ReadError("broken"), problem(404, "not_found"))

    await over(line).delete("shared/a.txt")

    with pytest.raises(Refused):
        await over(Line(problem(404, "not_found"))).delete("shared/a.txt")


async def test_a_stream_goes_on_where_it_broke_off(
    over: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff_client.plans.files.PIECE", 3)

    def piece(text: str, first: int) -> httpx.Response:
        span = f"bytes {first}-{first + len(text) - 1}/5"
        return httpx.Response(
            206, text=text, headers={"content-range": span, "etag": '"nd_1-1"'}
        )

    line = Line(piece("hel", 0), httpx.ReadError("broken"), piece("lo", 3))

    assert [part async for part in over(line).stream("shared/a.txt")] == [b"hel", b"lo"]
    assert line.requests[-1].headers["range"] == "bytes=3-5"
    assert line.requests[-1].headers["if-match"] == '"nd_1-1"'


async def test_events_are_followed_over_a_break_each_once(over: Callable[..., Any]) -> None:
    def page(*positions: int, after: int) -> httpx.Response:
        who = {"id": "ag_1", "kind": "agent", "name": "scribe"}
        items = [
            {"position": at, "id": f"ev_{at}", "type": "file.created", "actor": who}
            | {"at": "2026-01-01T00:00:00Z", "door": "rest", "credential": {}}
            for at in positions
        ]
        return httpx.Response(200, json={"items": items, "next": after})

    line = Line(
        page(4, 5, after=5),
        httpx.ReadError("broken"),
        page(5, 6, after=7),
        page(9, after=9),
    )
    events = over(line).follow(3, types=["file.created"])

    seen = [(await anext(events)).position for _ in range(4)]

    assert seen == [4, 5, 6, 9]
    asked = [dict(request.url.params) for request in line.requests]
    assert [one["after"] for one in asked] == ["3", "5", "5", "7"]
    assert {one["type"] for one in asked} == {"file.created"}


async def test_the_key_goes_to_no_other_server(over: Callable[..., Any]) -> None:
    line = Line(httpx.Response(200, json=FILE))

    with pytest.raises(ValueError, match="the key stays at home"):
        await over(line)._driver.run(
            asking.tell("GET", "http://elsewhere/file", patience=asking.ONCE)
        )

    assert line.requests == []
    assert "secret" not in repr(over(line)._driver.place)


def test_without_a_key_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNOFF_KEY", raising=False)

    for key in (None, "nonsense"):
        with pytest.raises(Unauthenticated):
            Signoff("http://there", key)
    with pytest.raises(ValueError, match="no URL"):
        Signoff("there", "so_acme_secret")


@pytest.mark.parametrize("ending", ["\nand more", "\r\nX-Evil: 1", "é", " x"])
def test_a_key_that_no_header_takes_is_shown_to_nobody(ending: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        Signoff("http://signoff.test", f"so_acme_secret{ending}")

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "path", ["../handoffs/ho_1", "input/../../handoffs/ho_1", "shared/./a.txt", ".."]
)
async def test_a_path_leads_to_no_other_thing(over: Callable[..., Any], path: str) -> None:
    line = Line(httpx.Response(204))

    with pytest.raises(Invalid, match="steps out of its folder"):
        await over(line).delete(path)

    assert line.requests == []


async def test_dictionaries_are_sent_as_they_are(over: Callable[..., Any]) -> None:
    line = Line(problem(422, "invalid"))

    with pytest.raises(Refused):
        await over(line).submit("/shared/a.md", flags=[{"message": "Look"}], confidence=0.5)

    body = json.loads(line.requests[0].content)
    assert body == {
        "paths": ["shared/a.md"],
        "kind": "approval",
        "flags": [{"message": "Look"}],
        "confidence": 0.5,
    }
