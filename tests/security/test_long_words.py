"""The longest words that are taken fit both databases: an index row of PostgreSQL is short."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import KINDS, new_database
from tests.journeys.server import Server, running


@pytest.fixture(params=KINDS)
async def server(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str
) -> AsyncIterator[Server]:
    key = tmp_path / "root.key"
    key.write_text("ab" * 32)
    url = "" if request.param == "sqlite" else new_database(postgres_url)
    async with running(tmp_path, database_url=url, root_key_file=str(key)) as started:
        await started.found()
        yield started


def noise(length: int) -> str:
    """Text that no database makes shorter."""
    return secrets.token_hex(length)[:length]


async def test_a_file_at_the_longest_path_is_handed_over(server: Server) -> None:
    folders = "/".join(noise(250) for _ in range(15))
    path = f"input/{folders}/{noise(200)}"
    async with server.agent() as scribe:
        put = await scribe.put(f"files/{path}", content=b"deep")
        assert put.status_code == 201

        answer = await scribe.post("handoffs", json={"paths": [path]})

    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(("folders", "status"), [(7, 200), (15, 422)])
async def test_a_grant_lies_on_a_path_that_is_not_too_long(
    server: Server, folders: int, status: int
) -> None:
    path = "/".join(noise(250) for _ in range(folders))
    async with server.signed_in("ada") as ada:
        grant = {"subject": "ben@example.org", "path": path, "access": "read"}

        answer = await ada.put("grants", json=grant)

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("field", ["dedupe_key", "reviewers"])
async def test_a_word_that_fits_no_index_is_refused_or_left_out(
    server: Server, field: str
) -> None:
    said = noise(20_000)
    async with server.agent() as scribe:
        await scribe.put("files/input/a.txt", content=b"a")
        asked = {"paths": ["input/a.txt"], field: [said] if field == "reviewers" else said}

        answer = await scribe.post("handoffs", json=asked)

    assert answer.status_code in (201, 422), answer.text
