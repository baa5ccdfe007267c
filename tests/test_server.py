"""Where everything meets: the outermost ASGI function, and the house behind it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from signoff.actions import workspaces
from signoff.domain.actors import operator
from signoff.domain.errors import Busy, Code, Conflict, Invalid
from signoff.domain.ids import INSTANCE, Slug
from signoff.server import Application, build, open_house, root_key
from signoff.settings import Settings


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    built = build(Settings(data=tmp_path / "data"))
    yield built
    await built.close()


async def _live(application: Application, *events: str) -> list[str]:
    """Send lifespan events; return what was answered."""
    waiting = [{"type": f"lifespan.{event}"} for event in events]
    said: list[str] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        said.append(message["type"].removeprefix("lifespan."))

    await application({"type": "lifespan"}, receive, send)
    return said


async def _get(application: Application, path: str, **headers: str) -> tuple[int, bytes]:
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    await application(scope, receive, send)
    return said[0]["status"], b"".join(part.get("body", b"") for part in said[1:])


async def test_a_server_is_ready_between_its_start_and_its_end(application):
    application.open()
    assert await _get(application, "/readyz") == (200, b"ready\n")

    application.closing.set()

    assert await _get(application, "/readyz") == (503, b"not ready\n")
    assert await _get(application, "/healthz") == (200, b"ok\n")


async def test_the_lifespan_opens_and_closes_the_house(tmp_path):
    application = build(Settings(data=tmp_path / "data"))

    said = await _live(application, "startup", "shutdown")

    assert said == ["startup.complete", "shutdown.complete"]
    assert application.closing.is_set()
    assert (tmp_path / "data" / "signoff.db").exists()


async def test_a_house_that_cannot_open_fails_the_start(tmp_path):
    application = build(Settings(data=tmp_path / "data", database_url="mysql://x"))

    with pytest.raises(Invalid):
        await _live(application, "startup")


async def test_a_second_server_is_kept_off_until_the_first_has_closed(tmp_path):
    settings = Settings(data=tmp_path / "data")
    first, second = build(settings), build(settings)
    first.open()

    with pytest.raises(Conflict) as refused:
        second.open()
    await first.close()
    second.open()
    await second.close()

    assert refused.value.code == Code.DATA_IN_USE


async def test_blanks_around_header_values_do_not_matter(application):
    application.open()

    plain = await _get(application, "/api/v1/me", authorization="Bearer so_acme_x")
    blanks = await _get(application, "/api/v1/me", authorization="\t Bearer so_acme_x \t")

    assert plain[0] == 401
    assert blanks == plain


async def test_what_no_door_knows_is_nowhere(application):
    application.open()

    assert (await _get(application, "/nonsense"))[0] == 404


async def test_what_was_founded_is_there_when_the_house_opens_again(tmp_path):
    settings = Settings(data=tmp_path / "data")
    house = open_house(settings)
    await house.do(
        workspaces.create, operator(INSTANCE), workspaces.Create(slug="acme", name="Acme")
    )
    await house.close()

    again = open_house(settings)
    keys = await again.keys(Slug("acme"))
    beside = await again.blobs.store.size("keys/acme")
    await again.close()

    assert keys is not None
    assert beside > 0


@pytest.mark.parametrize(
    "settings",
    [{"database_url": "postgresql://127.0.0.1:1/x"}, {"blob_url": "s3://bucket/prefix"}],
)
def test_a_root_key_is_made_only_where_one_machine_holds_everything(tmp_path, settings):
    with pytest.raises(Invalid) as refused:
        root_key(Settings(data=tmp_path, **settings))

    assert refused.value.code == Code.ROOT_KEY_MISSING
    assert not (tmp_path / "root.key").exists()


def test_a_database_that_is_not_there_is_a_refusal(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGNOFF_ROOT_KEY", "ab" * 32)
    settings = Settings(data=tmp_path, database_url="postgresql://127.0.0.1:1/nothing")

    with pytest.raises(Busy):
        open_house(settings)
