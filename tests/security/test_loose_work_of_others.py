"""What one agent has in hand without a claim is handed over by no other."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.journeys.server import Server
from tests.mcp.wire import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clerk(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Another agent."""
    await server.add_agent("clerk")
    async with server.agent("clerk") as client:
        yield client


@pytest.mark.parametrize("path", ["loose.md", "in/a/folder.md"])
async def test_no_other_agent_does_anything_with_it_over_rest(
    scribe: httpx.AsyncClient, clerk: httpx.AsyncClient, path: str
) -> None:
    mine = f"processing/rest/{path}"
    made = await scribe.put(f"files/{mine}", content=b"mine")
    answers = [
        await clerk.post("handoffs", json={"paths": [mine]}),
        await clerk.post("moves", json={"from": mine, "to": "needs-review/theirs.md"}),
        await clerk.post("locks", json={"path": mine}),
        await clerk.delete(f"files/{mine}", headers={"If-Match": made.headers["etag"]}),
    ]

    told = {(each.status_code, each.json()["code"]) for each in answers}
    assert told == {(403, "forbidden")}
    assert (await scribe.get(f"files/{mine}")).content == b"mine"


async def test_a_folder_of_loose_work_is_its_agents_too(
    scribe: httpx.AsyncClient, clerk: httpx.AsyncClient
) -> None:
    for name in ("a.md", "b.md"):
        await scribe.put(f"files/processing/whole/{name}", content=b"mine")
    together = ["processing/whole/a.md", "processing/whole/b.md"]
    theirs = [
        await clerk.post("handoffs", json={"paths": paths})
        for paths in (["processing/whole"], together)
    ]
    mine = await scribe.post("handoffs", json={"paths": ["processing/whole"]})

    assert [each.status_code for each in theirs] == [403, 403]
    assert mine.status_code == 201


async def test_no_other_agent_hands_it_over_over_mcp(
    server: Server, scribe: httpx.AsyncClient, clerk: httpx.AsyncClient
) -> None:
    await scribe.put("files/processing/mcp/loose.md", content=b"mine")

    async with server.client(Authorization=f"Bearer {server.keys['clerk']}") as line:
        told = await Wire(line).refused(
            "submit_for_review", paths=["processing/mcp/loose.md"], title="Theirs"
        )

    assert "somebody else's work" in told
    assert (await clerk.get("handoffs", params={"agent": "me"})).json()["items"] == []


async def test_a_person_hands_it_over(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await scribe.put("files/processing/left/loose.md", content=b"mine")

    answer = await ada.post("handoffs", json={"paths": ["processing/left/loose.md"]})

    assert answer.status_code == 201, answer.text
