"""Uploads as a way in: another's, a revoked key's, to other places, with headers smuggled in."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import httpx
import pytest

from tests.journeys.server import Server
from tests.rest.test_uploads import TUS, begin, look, metadata, send

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_another_agents_upload_is_not_there(
    server: Server, scribe: httpx.AsyncClient
) -> None:
    address = await begin(scribe, "input/mine.bin", 5)
    await send(scribe, address, 0, b"ab")
    if "clerk" not in server.keys:
        await server.add_agent("clerk")

    async with server.agent("clerk") as clerk:
        answers = [
            await look(clerk, address),
            await clerk.get(address),
            await send(clerk, address, 2, b"cde"),
            await clerk.delete(address, headers=TUS),
        ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await look(scribe, address)).headers["upload-offset"] == "2"


async def test_the_owner_of_an_agent_does_not_see_its_uploads_either(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    address = await begin(scribe, "input/agents.bin", 5)

    assert (await look(ada, address)).status_code == 404


async def test_nobody_uploads_without_being_known(
    server: Server, scribe: httpx.AsyncClient
) -> None:
    address = await begin(scribe, "input/known.bin", 5)

    async with server.client() as nobody:
        answers = [
            await nobody.post("/api/v1/workspaces/acme/uploads", headers=TUS),
            await look(nobody, address),
            await send(nobody, address, 0, b"x"),
        ]

    assert [answer.status_code for answer in answers] == [401] * 3


async def test_a_key_that_is_revoked_while_it_sends_names_no_file(
    server: Server, ada: httpx.AsyncClient
) -> None:
    key = await server.add_agent("leaver")
    going_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"12345"
        await going_on.wait()
        yield b"67890"

    async with server.agent("leaver") as leaver:
        address = await begin(leaver, "input/leaver.bin", 10)
        sending = asyncio.create_task(send(leaver, address, 0, slowly()))
        await asyncio.sleep(0.3)
        agents = (await ada.get("agents")).json()["items"]
        agent = next(one["id"] for one in agents if one["name"] == "leaver")
        keys = (await ada.get(f"agents/{agent}/keys")).json()["items"]
        for one in keys:
            (await ada.delete(f"keys/{one['id']}")).raise_for_status()
        going_on.set()
        answer = await sending

    assert key
    assert answer.status_code == 401
    assert (await ada.get("files/input/leaver.bin")).status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        {"path": "../etc/passwd"},
        {"path": "input/../../passwd"},
        {"path": "input/a\x00b"},
        {"path": "input/a\nb"},
        {"path": "input/./x"},
        {"folder": "input", "filename": ".."},
        {"folder": "input", "filename": "../passwd"},
        {"folder": "../..", "filename": "passwd"},
        {"folder": "input", "filename": "a\r\nb"},
    ],
)
async def test_a_path_leads_nowhere_else(
    scribe: httpx.AsyncClient, said: dict[str, str]
) -> None:
    answer = await scribe.post(
        "uploads",
        headers={**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(**said)},
    )

    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "invalid_path"


async def test_no_stage_is_entered_by_an_upload(scribe: httpx.AsyncClient) -> None:
    for path in ("approved/a.bin", "rejected/a.bin", "archive/a.bin", "Input/a.bin"):
        answer = await scribe.post(
            "uploads",
            headers={**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(path=path)},
        )

        assert answer.status_code == 403, path


async def test_metadata_smuggles_no_header_into_any_answer(scribe: httpx.AsyncClient) -> None:
    evil = "text/html\r\nSet-Cookie: a=b"
    said = {"Upload-Metadata": metadata(path="input/evil.bin", filetype=evil, note=evil)}
    address = await begin(scribe, "unused", 1, **said)

    seen = await look(scribe, address)
    done = await send(scribe, address, 0, b"x")
    read = await scribe.get("files/input/evil.bin")

    for answer in (seen, done, read):
        assert "set-cookie" not in answer.headers
    assert seen.headers["upload-metadata"] == said["Upload-Metadata"]
    assert read.headers["content-type"] == "application/octet-stream"


async def test_the_address_is_ours_whatever_the_request_says(
    server: Server, scribe: httpx.AsyncClient
) -> None:
    answer = await scribe.post(
        "uploads",
        headers={
            **TUS,
            "Upload-Length": "1",
            "Upload-Metadata": metadata(path="input/where.bin"),
            "Host": "evil.example",
            "X-Forwarded-Host": "evil.example",
        },
    )

    assert answer.headers["location"].startswith("/api/v1/workspaces/acme/uploads/up_")
    address = urljoin(server.url, answer.headers["location"])
    assert (await look(scribe, address)).status_code == 200


async def test_an_upload_opens_no_folder_that_a_key_does_not_reach(
    server: Server, ada: httpx.AsyncClient
) -> None:
    await server.add_agent("narrow")
    agents = (await ada.get("agents")).json()["items"]
    agent = next(one["id"] for one in agents if one["name"] == "narrow")
    made = await ada.post(f"agents/{agent}/keys", json={"paths": ["shared/mine"]})
    assert made.status_code == 201, made.text

    async with server.client(Authorization=f"Bearer {made.json()['secret']}") as narrow:
        answers = [
            await narrow.post(
                "/api/v1/workspaces/acme/uploads",
                headers={**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(path=path)},
            )
            for path in ("shared/mine/a.bin", "shared/other/a.bin", "input/a.bin")
        ]

    assert [answer.status_code for answer in answers] == [201, 404, 404]
