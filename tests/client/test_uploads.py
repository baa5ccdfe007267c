"""Large files go up in pieces, and go on where they broke off."""

import io
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from signoff.rest.routes import ROUTES
from signoff_client import AsyncSignoff, Signoff, Stale, asking
from signoff_client.plans import files, uploads
from tests.client.faces import FACES, Awaited
from tests.hosts import Workspace

PIECE = 64 * 1024
LARGE = bytes(range(256)) * 900
"""Not a whole number of pieces."""

pytestmark = pytest.mark.skipif(
    not any(route.path == "uploads" for route in ROUTES), reason="the server takes no uploads"
)


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIECE", PIECE)
    monkeypatch.setattr(uploads, "PIECE", PIECE)
    monkeypatch.setattr(asking, "FIRST_PAUSE", 0.001)


def busy() -> httpx.Response:
    """Return what the server says while another request sends, or it stores the end."""
    said = {"code": "upload_busy", "detail": "Another request sends to it", "hint": "HEAD"}
    return httpx.Response(423, json=said)


class Breaks:
    """Says of each PATCH whether it is refused as busy, or the line breaks before or after."""

    def __init__(self, *breaks: str) -> None:
        self._breaks = itertools.chain(breaks, itertools.repeat(""))
        self.patches = 0

    def of(self, request: httpx.Request) -> str:
        if request.method != "PATCH":
            return ""
        self.patches += 1
        return next(self._breaks)


class Blocking(httpx.HTTPTransport):
    def __init__(self, breaks: Breaks) -> None:
        super().__init__()
        self._breaks = breaks

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        how = self._breaks.of(request)
        if how == "busy":
            return busy()
        if how == "before":
            raise httpx.WriteError("broken before")
        answer = super().handle_request(request)
        if how == "after":
            answer.read()
            answer.close()
            raise httpx.ReadError("broken after")
        return answer


class InLoop(httpx.AsyncHTTPTransport):
    def __init__(self, breaks: Breaks) -> None:
        super().__init__()
        self._breaks = breaks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        how = self._breaks.of(request)
        if how == "busy":
            return busy()
        if how == "before":
            raise httpx.WriteError("broken before")
        answer = await super().handle_async_request(request)
        if how == "after":
            await answer.aread()
            await answer.aclose()
            raise httpx.ReadError("broken after")
        return answer


Opened = Callable[[Breaks], Any]


@pytest.fixture(params=FACES)
async def over(request: pytest.FixtureRequest, workspace: Workspace) -> AsyncIterator[Opened]:
    """Return a client whose line to the server breaks as it is told."""
    key = workspace.keys["scribe"]
    blocking: list[httpx.Client] = []
    awaited: list[httpx.AsyncClient] = []

    def opened(breaks: Breaks) -> Any:
        if request.param == "awaited":
            awaited.append(httpx.AsyncClient(transport=InLoop(breaks)))
            return AsyncSignoff(workspace.url, key, http=awaited[-1])
        blocking.append(httpx.Client(transport=Blocking(breaks)))
        return Awaited(Signoff(workspace.url, key, http=blocking[-1]))

    yield opened
    for http in blocking:
        http.close()
    for each in awaited:
        await each.aclose()


def pieces() -> Iterator[bytes]:
    for at in range(0, len(LARGE), 1000):
        yield LARGE[at : at + 1000]


@pytest.mark.parametrize("kind", ["bytes", "path", "file", "iterator"])
async def test_whatever_holds_the_bytes(over: Opened, tmp_path: Path, kind: str) -> None:
    held = tmp_path / "large.bin"
    held.write_bytes(LARGE)
    data = {"bytes": LARGE, "path": held, "file": io.BytesIO(LARGE), "iterator": pieces()}[kind]
    told: list[tuple[int, int | None]] = []

    written = await over(Breaks()).write(
        "shared/large.bin",
        data,
        content_type="image/png",
        progress=lambda done, size: told.append((done, size)),
    )

    assert (written.size, written.media_type, written.version) == (len(LARGE), "image/png", 1)
    assert await over(Breaks()).read("shared/large.bin") == LARGE
    assert [done for done, _ in told] == [PIECE, 2 * PIECE, 3 * PIECE, len(LARGE)]
    assert told[-1] == (len(LARGE), len(LARGE))
    assert told[0][1] == (None if kind == "iterator" else len(LARGE))


@pytest.mark.parametrize("how", ["before", "after", "busy"])
@pytest.mark.parametrize("at", [0, 1, 3])
async def test_it_goes_on_where_it_broke_off(over: Opened, at: int, how: str) -> None:
    breaks = Breaks(*[""] * at, how, how)
    signoff = over(breaks)

    written = await signoff.write("shared/large.bin", pieces())

    assert written.version == 1
    assert await signoff.read("shared/large.bin") == LARGE
    assert breaks.patches <= 6


async def test_a_condition_holds_for_an_upload(over: Opened) -> None:
    signoff = over(Breaks())
    first = await signoff.write("shared/large.bin", LARGE, if_none_match="*")

    with pytest.raises(Stale):
        await signoff.write("shared/large.bin", LARGE[1:], if_none_match="*")
    second = await signoff.write("shared/large.bin", LARGE[1:], if_match=first.etag)

    assert (first.version, second.version) == (1, 2)


async def test_work_is_uploaded_under_its_claim(over: Opened) -> None:
    signoff = over(Breaks())
    await signoff.write("input/large.bin", LARGE)
    item = await signoff.claim()

    written = await item.write(LARGE[::-1])

    assert written.path == item.path
    assert await item.read() == LARGE[::-1]


async def test_an_awaited_iterator_is_read_as_it_comes(workspace: Workspace) -> None:
    async def coming() -> AsyncIterator[bytes]:
        for piece in pieces():
            yield piece

    async with AsyncSignoff(workspace.url, workspace.keys["scribe"]) as signoff:
        await signoff.write("shared/large.bin", coming())

        assert await signoff.read("shared/large.bin") == LARGE


async def test_what_is_as_long_as_a_piece_is_sent_at_once(over: Opened) -> None:
    breaks = Breaks()

    await over(breaks).write("shared/piece.bin", LARGE[:PIECE])
    await over(breaks).write("shared/nothing.bin", b"")

    assert breaks.patches == 0
    assert [part async for part in over(breaks).stream("shared/nothing.bin")] == []
