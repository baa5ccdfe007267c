"""Bad input gets a status, a stable code, a sentence and a hint, and leaves nothing."""

import asyncio
from typing import Any

import httpx
import pytest

from signoff.actions import keys
from tests.journeys.server import Server, in_workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem; check what every problem has."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"] == f"urn:signoff:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem


async def submitted(agent: httpx.AsyncClient, path: str, **more: object) -> dict[str, Any]:
    await agent.put(f"files/{path}", content=b"x" * 10)
    answer = await agent.post("handoffs", json={"kind": "approval", "paths": [path], **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


# Paths.


async def test_a_path_where_nothing_is(scribe: httpx.AsyncClient) -> None:
    refused(await scribe.get("files/input/nowhere.txt"), 404, "not_found")


@pytest.mark.parametrize("path", ["..%2Fsecret", "a%00b", "a%2F..%2Fb", "a%0Ab"])
async def test_a_name_that_cannot_be_one(scribe: httpx.AsyncClient, path: str) -> None:
    answer = await scribe.put(f"files/input/{path}", content=b"x")

    refused(answer, 400, "invalid_path")


async def test_a_path_that_is_no_utf8(scribe: httpx.AsyncClient) -> None:
    refused(await scribe.get("files/input/%FF%FE.txt"), 400, "invalid_path")


async def test_a_path_in_utf8_is_one(scribe: httpx.AsyncClient) -> None:
    path = "files/input/%E2%82%AC%20%F0%9F%93%84%20%C3%A9.txt"
    written = await scribe.put(path, content=b"x")

    assert written.json()["path"] == "input/\u20ac \U0001f4c4 \u00e9.txt"
    assert (await scribe.get(path)).content == b"x"


async def test_a_name_that_the_server_keeps_for_itself(scribe: httpx.AsyncClient) -> None:
    answer = await scribe.put("files/input/report.pdf.feedback.md", content=b"x")

    assert answer.status_code == 403
    assert answer.json()["code"] == "reserved_name"


async def test_a_twin_of_a_stage(scribe: httpx.AsyncClient) -> None:
    answer = await scribe.put("files/Approved/x.txt", content=b"x")

    assert answer.status_code == 403


async def test_a_folder_read_as_a_file(scribe: httpx.AsyncClient) -> None:
    refused(await scribe.get("files/input"), 409, "is_folder")


async def test_a_file_listed_as_a_folder(scribe: httpx.AsyncClient) -> None:
    await scribe.put("files/shared/leaf.txt", content=b"x")

    refused(await scribe.get("tree/shared/leaf.txt"), 409, "not_a_folder")


# What was seen.


async def test_an_overwrite_of_what_is_not_as_it_was_seen(scribe: httpx.AsyncClient) -> None:
    first = await scribe.put("files/shared/seen.txt", content=b"1")
    seen = {"If-Match": first.headers["etag"]}
    second = await scribe.put("files/shared/seen.txt", content=b"2", headers=seen)

    answer = await scribe.put("files/shared/seen.txt", content=b"3", headers=seen)

    problem = refused(answer, 412, "precondition_failed")
    assert problem["etag"] == second.headers["etag"]
    assert (await scribe.get("files/shared/seen.txt")).content == b"2"


async def test_an_agent_that_does_not_say_what_it_overwrites(
    scribe: httpx.AsyncClient,
) -> None:
    await scribe.put("files/shared/blind.txt", content=b"1")

    answer = await scribe.put("files/shared/blind.txt", content=b"2")

    refused(answer, 428, "precondition_required")


async def test_a_file_that_must_not_be_there_yet(scribe: httpx.AsyncClient) -> None:
    await scribe.put("files/shared/once.txt", content=b"1")

    answer = await scribe.put(
        "files/shared/once.txt", content=b"2", headers={"If-None-Match": "*"}
    )

    refused(answer, 412, "precondition_failed")


# What is held.


async def test_a_locked_file_names_holder_kind_and_time_and_never_the_token(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await ada.put("files/shared/locked.txt", content=b"1")
    lock = (await ada.post("locks", json={"path": "shared/locked.txt"})).json()

    answer = await scribe.put(
        "files/shared/locked.txt", content=b"2", headers={"If-Match": "*"}
    )

    problem = refused(answer, 423, "locked")
    assert problem["holder_name"] == "Ada"
    assert problem["kind"] == "exclusive"
    assert 1700 < problem["seconds_left"] <= 1800
    assert problem["expires_at"] == lock["expires_at"]
    assert lock["token"] not in answer.text


async def test_a_package_in_review_stands_still(scribe: httpx.AsyncClient) -> None:
    handoff = await submitted(scribe, "input/still/report.txt")

    answer = await scribe.put(
        f"files/{handoff['path']}", content=b"2", headers={"If-Match": "*"}
    )

    refused(answer, 423, "frozen")


# Deciding.


async def test_an_agent_that_decides_is_refused_and_on_the_record(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    handoff = await submitted(scribe, "input/mine/report.txt")
    verdict = {"verdict": "approve", "digest": handoff["digest"], "round": 1}

    answer = await scribe.put(f"handoffs/{handoff['id']}/decision", json=verdict)
    empty = await scribe.put(f"handoffs/{handoff['id']}/decision", json={})

    refused(answer, 403, "agent_cannot_decide")
    refused(empty, 403, "agent_cannot_decide")
    entries = (await ada.get("audit", params={"action": "access.denied"})).json()["items"]
    assert "agent_cannot_decide" in [entry["codes"]["code"] for entry in entries]


async def test_a_decision_on_other_bytes_names_the_current_digest(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submitted(scribe, "input/bytes/report.txt")
    verdict = {"verdict": "approve", "digest": "sha256:" + "0" * 64, "round": 1}

    answer = await ben.put(f"handoffs/{handoff['id']}/decision", json=verdict)

    assert refused(answer, 409, "digest_mismatch")["digest"] == handoff["digest"]


async def test_the_same_decision_again_is_answered_alike_and_another_is_refused(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submitted(scribe, "input/twice/report.txt")
    path = f"handoffs/{handoff['id']}/decision"
    said = {"digest": handoff["digest"], "round": 1, "reason": "because"}

    first = await ben.put(path, json={"verdict": "approve", **said})
    again = await ben.put(path, json={"verdict": "approve", **said})
    other = await ben.put(path, json={"verdict": "reject", **said})

    assert first.status_code == again.status_code == 200
    assert again.json()["decision"] == first.json()["decision"]
    assert "signoff-event" not in again.headers
    refused(other, 409, "already_decided")


@pytest.mark.parametrize("verdict", ["reject", "request_changes"])
async def test_sending_back_and_rejecting_need_a_reason(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient, verdict: str
) -> None:
    handoff = await submitted(scribe, f"input/{verdict}/report.txt")
    said = {"verdict": verdict, "digest": handoff["digest"], "round": 1}

    answer = await ben.put(f"handoffs/{handoff['id']}/decision", json=said)

    refused(answer, 422, "reason_required")


# Who comes in.


async def test_nobody_at_all(server: Server) -> None:
    async with server.client() as nobody:
        answer = await nobody.get("/api/v1/workspaces/acme/tree/")

    refused(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="signoff"'


async def test_a_key_that_was_revoked(server: Server) -> None:
    await server.add_agent("leaver", owner="ada@example.org")
    async with server.agent("leaver") as leaver:
        me = (await leaver.get("me")).json()
        revoke = keys.Revoke(key=me["credential"]["id"])
        await server.parts.house.do(keys.revoke, in_workspace(), revoke)

        answer = await leaver.get("tree/")

    refused(answer, 401, "credential_expired")


async def test_a_workspace_that_is_not_ones_own(server: Server) -> None:
    key = {"Authorization": f"Bearer {server.keys['scribe']}"}
    async with server.client(**key) as stranger:
        answer = await stranger.get("/api/v1/workspaces/other/tree/")

    refused(answer, 404, "not_found")


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_what_another_site_sends_in_a_persons_name(
    ada: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await ada.post("folders", json={"path": "shared/theirs"}, headers=headers)

    refused(answer, 403, "cross_site")
    assert (await ada.get("tree/shared/theirs")).status_code == 404


# Requests.


async def test_a_method_that_means_nothing_here(scribe: httpx.AsyncClient) -> None:
    answer = await scribe.patch("files/shared/x.txt", content=b"")

    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, PUT"


async def test_an_address_where_nothing_is(scribe: httpx.AsyncClient) -> None:
    refused(await scribe.get("nothing/here"), 404, "not_found")


@pytest.mark.parametrize("body", [b"{", b'{"a": }', b"\xff", b"[" * 5000])
async def test_a_body_that_is_no_json(scribe: httpx.AsyncClient, body: bytes) -> None:
    refused(await scribe.post("folders", content=body), 400, "malformed")


async def test_a_body_that_is_no_object(scribe: httpx.AsyncClient) -> None:
    refused(await scribe.post("folders", content=b"[1]"), 400, "malformed")


async def test_a_field_that_is_not_known(scribe: httpx.AsyncClient) -> None:
    answer = await scribe.post("folders", json={"path": "shared/f", "colour": "red"})

    assert refused(answer, 422, "invalid")["field"] == "colour"


async def test_a_field_of_another_type(scribe: httpx.AsyncClient) -> None:
    answer = await scribe.post("folders", json={"path": ["shared"]})

    assert refused(answer, 422, "invalid")["field"] == "path"


async def test_a_field_that_is_missing(scribe: httpx.AsyncClient) -> None:
    refused(await scribe.post("folders", json={}), 422, "invalid")


async def raw(server: Server, request: bytes, *, end: bool = False) -> bytes:
    """Send bytes as they are; return the answer, or nothing if none comes."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    if end:
        writer.write_eof()
    async with asyncio.timeout(10):
        answer = await reader.read(4096)
    writer.close()
    await writer.wait_closed()
    return answer


def put(server: Server, path: str, length: int) -> bytes:
    return (
        f"PUT /api/v1/workspaces/acme/files/{path} HTTP/1.1\r\nHost: signoff\r\n"
        f"Authorization: Bearer {server.keys['scribe']}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


async def test_a_file_that_is_too_large_is_refused_before_its_first_byte(
    server: Server,
) -> None:
    answer = await raw(server, put(server, "input/huge.bin", 2**60))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"too_large"' in answer


async def test_a_json_body_that_is_too_large_is_refused_before_its_first_byte(
    server: Server,
) -> None:
    request = put(server, "x", 2**30).replace(b"PUT", b"POST").replace(b"files/x", b"folders")

    assert (await raw(server, request)).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_ends_early_leaves_nothing(
    server: Server, scribe: httpx.AsyncClient
) -> None:
    await raw(server, put(server, "input/half.txt", 100) + b"only this", end=True)

    refused(await scribe.get("files/input/half.txt"), 404, "not_found")


async def test_a_body_that_is_not_what_its_digest_says(scribe: httpx.AsyncClient) -> None:
    wrong = {"Repr-Digest": "sha-256=:" + "A" * 43 + "=:"}

    answer = await scribe.put("files/input/damaged.txt", content=b"x", headers=wrong)

    assert answer.json()["code"] == "digest_mismatch"
    assert (await scribe.get("files/input/damaged.txt")).status_code == 404


# Trying again.


async def test_the_same_request_under_its_key_is_answered_alike(
    scribe: httpx.AsyncClient,
) -> None:
    await scribe.put("files/shared/retried.txt", content=b"x")
    key = {"Idempotency-Key": '"lock-it"'}
    asked = {"path": "shared/retried.txt"}

    first = await scribe.post("locks", json=asked, headers=key)
    again = await scribe.post("locks", json=asked, headers=key)

    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.json()["token"]
    assert again.headers["idempotent-replayed"] == "true"


async def test_another_request_under_the_same_key(scribe: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "folders-1"}
    await scribe.post("folders", json={"path": "shared/one"}, headers=key)

    answer = await scribe.post("folders", json={"path": "shared/two"}, headers=key)

    refused(answer, 422, "idempotency_mismatch")


async def test_a_secret_is_shown_once(ada: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "agents-1"}
    first = await ada.post("agents", json={"name": "once"}, headers=key)

    answer = await ada.post("agents", json={"name": "once"}, headers=key)

    assert first.status_code == 201
    assert first.json()["key"]["secret"].startswith("so_acme_")
    refused(answer, 409, "replay_has_secret")


@pytest.mark.parametrize(
    "question",
    [
        f"{path}{number}"
        for number in (2**63, -(2**70), "9" * 400)
        for path in (
            "events?after=",
            "events?limit=",
            "events/recent?before=",
            "audit?after=",
            "audit/",
            "files/shared/n.txt?version=",
            "tree/?limit=",
            "trash?limit=",
            "handoffs?limit=",
            "handoffs/ho_x?wait=",
            "handoffs/ho_x/changes?round=",
            "claims?limit=",
            "find?q=a&limit=",
            "versions/shared/n.txt?limit=",
        )
    ],
)
async def test_a_number_that_no_database_holds(
    scribe: httpx.AsyncClient, question: str
) -> None:
    answer = await scribe.get(question)

    assert answer.status_code < 500, answer.text
