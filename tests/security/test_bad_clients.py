"""What clients without a right, or without manners, get: a clear refusal and nothing more."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from signoff.actions import members
from signoff.actions.passwords import NewPerson
from signoff.domain.actors import Role
from signoff.domain.ids import Slug
from tests.journeys.server import OPERATOR, PASSWORD, Server, in_workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stranger(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A person of the instance who is no member of Acme, signed in."""
    person = NewPerson(email="sly@example.org", name="Sly", password=PASSWORD)
    await server.parts.passwords.create_person(OPERATOR, person)
    async with server.signed_in("sly") as client:
        yield client


async def expected(server: Server) -> int:
    rows = await server.parts.house.engine.read(
        lambda tx: tx.all("SELECT count(*) FROM uploads WHERE ws = :ws", ws="acme"),
        workspace=Slug("acme"),
    )
    return int(rows[0][0])


async def test_bytes_of_who_may_not_write_are_not_stored(
    server: Server, stranger: httpx.AsyncClient
) -> None:
    before = await expected(server)

    answer = await stranger.put("files/input/flood.bin", content=b"x" * 40_000)

    assert answer.status_code == 404
    assert await expected(server) == before


async def test_a_replay_is_not_for_who_left(
    server: Server, stranger: httpx.AsyncClient
) -> None:
    house = server.parts.house
    joined = members.Set(person="sly@example.org", role=Role.CONTRIBUTOR)
    await house.do(members.set, in_workspace(), joined)
    once = {"idempotency-key": "lock-1"}
    locked = await stranger.post("locks", json={"path": "mine.txt"}, headers=once)
    assert locked.status_code == 201
    left = members.Remove(person="sly@example.org")
    await house.do(members.remove, in_workspace(), left)

    answer = await stranger.post("locks", json={"path": "mine.txt"}, headers=once)

    assert answer.status_code == 404
    assert locked.json()["token"] not in answer.text


async def test_an_idempotency_key_is_for_one_query_too(scribe: httpx.AsyncClient) -> None:
    once = {"idempotency-key": "folder-1"}
    first = await scribe.post("folders?path=shared/one", headers=once)

    other = await scribe.post("folders?path=shared/two", headers=once)

    assert first.status_code == 201
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "files/input/here.txt", {"range": f"bytes=0-{'9' * 5000}"}),
        ("GET", "files/input/here.txt?version=" + "9" * 40, {}),
        ("GET", "files/input/here.txt?version=" + "9" * 5000, {}),
        ("PUT", "files/input/there.txt", {"repr-digest": "sha-256=:A:"}),
        ("GET", "handoffs?cursor=%C2%B2.x", {}),
        ("GET", "handoffs/{id}/files?cursor=%C2%B2", {}),
        ("GET", f"handoffs/{{id}}/files?cursor={'9' * 5000}", {}),
    ],
)
async def test_odd_numbers_and_digests_are_no_fault_of_ours(
    scribe: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    await scribe.put("files/input/here.txt", content=b"here", headers={"if-none-match": "*"})
    await scribe.put("files/input/odd.txt", content=b"odd", headers={"if-none-match": "*"})
    handed = await scribe.post("handoffs", json={"paths": ["input/odd.txt"]})
    named = path.replace("{id}", handed.json().get("id", "ho_x"))

    answer = await scribe.request(method, named, headers=headers, content=b"x")

    assert answer.status_code < 500


async def test_a_member_does_not_learn_who_else_is_on_the_instance(
    server: Server, scribe: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    assert (await stranger.get(f"{server.url}/api/v1/me")).status_code == 200

    known = await scribe.delete("members/sly@example.org")
    unknown = await scribe.delete("members/nobody@example.org")

    assert (known.status_code, unknown.status_code) == (403, 403)


async def test_a_handoff_does_not_tell_who_else_is_on_the_instance(
    scribe: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    assert stranger.cookies
    await scribe.put("files/input/ask.txt", content=b"ask")
    asks = {"paths": ["input/ask.txt"], "reviewers": ["sly@example.org", "no@example.org"]}

    answer = await scribe.post("handoffs", json=asks)

    said = " ".join(flag["message"] for flag in answer.json()["flags"])
    assert "sly@example.org" in said
    assert "no@example.org" in said


async def test_only_who_may_add_people_makes_the_server_hash(
    server: Server, scribe: httpx.AsyncClient
) -> None:
    passwords = server.parts.passwords
    passwords._hasher = None  # it is made again for the next password that is hashed
    person = {"email": "x@example.org", "name": "X", "password": PASSWORD}

    answer = await scribe.post(f"{server.url}/api/v1/people", json=person)

    assert answer.status_code == 403
    assert passwords._hasher is None


async def test_an_address_longer_than_any_leaves_no_row(server: Server) -> None:
    async with server.client() as client:
        said = {"email": "x" * 100_000, "password": "no"}
        answer = await client.post("/api/v1/session", json=said)

    rows = await server.parts.house.engine.read(
        lambda tx: tx.all("SELECT max(length(subject)) FROM signin_failures"),
        workspace=Slug(""),
    )
    assert answer.status_code == 401
    assert (rows[0][0] or 0) < 1000
