import asyncio
import json
import sys

import httpx
import pytest

from tests.journeys.server import Server
from tests.mcp.wire import Wire, meta

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_old_client_shakes_hands_under_the_revision_that_it_asks_for(
    line: httpx.AsyncClient,
) -> None:
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        wire = Wire(line, modern=False)

        result = await wire.ask(
            "initialize",
            {
                "protocolVersion": version,
                "capabilities": {},
                "clientInfo": {"name": "tests", "version": "1"},
            },
        )

        assert result["protocolVersion"] == version
        assert result["serverInfo"]["name"] == "signoff"
        assert "claim_work" in result["instructions"]


async def test_a_client_of_a_revision_that_is_not_known_is_offered_the_last_with_a_handshake(
    line: httpx.AsyncClient,
) -> None:
    wire = Wire(line, modern=False)

    result = await wire.ask("initialize", {"protocolVersion": "1999-01-01"})

    assert result["protocolVersion"] == "2025-11-25"


async def test_what_there_is_can_be_discovered_without_a_handshake(modern: Wire) -> None:
    result = await modern.ask("server/discover")

    assert result["supportedVersions"] == ["2026-07-28"]
    assert result["capabilities"]["extensions"] == {"io.modelcontextprotocol/tasks": {}}
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "signoff"


async def test_the_era_is_told_by_headers_and_meta_and_never_by_the_method(
    modern: Wire,
) -> None:
    answer = await modern.send("initialize", {"protocolVersion": "2025-11-25"})

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == -32601


async def test_meta_of_the_new_era_without_its_header_is_a_mismatch(
    line: httpx.AsyncClient,
) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta()}}

    answer = await line.post("/mcp", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Mcp-Method", "tools/list"),
        ("Mcp-Name", "write"),
        ("MCP-Protocol-Version", "2099-01-01"),
    ],
)
async def test_a_header_that_says_something_else_than_the_body_is_refused(
    modern: Wire, header: str, value: str
) -> None:
    body, headers = modern.message("tools/call", {"name": "list", "arguments": {}})

    answer = await modern.client.post("/mcp", json=body, headers={**headers, header: value})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020
    assert answer.json()["id"] == body["id"]


async def test_there_is_no_redirect(wire: Wire) -> None:
    body, headers = wire.message("tools/list")

    for path in ("/mcp", "/mcp/"):
        answer = await wire.client.post(path, json=body, headers=headers)
        assert answer.status_code == 200
    elsewhere = await wire.client.post("/mcp/elsewhere", json=body, headers=headers)
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    ("method", "version"),
    [
        ("GET", "2026-07-28"),
        ("DELETE", "2026-07-28"),
        ("DELETE", "2025-11-25"),
        ("PUT", "2025-11-25"),
    ],
)
async def test_other_methods_mean_nothing(
    line: httpx.AsyncClient, method: str, version: str
) -> None:
    answer = await line.request(method, "/mcp", headers={"MCP-Protocol-Version": version})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


async def test_a_notification_is_taken_and_owed_nothing(wire: Wire) -> None:
    body, headers = wire.message("notifications/initialized")
    del body["id"]

    answer = await wire.client.post("/mcp", json=body, headers=headers)

    assert answer.status_code == 202
    assert answer.content == b""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 10_000, -32700),
        (b"[]", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32602),
    ],
)
async def test_what_is_no_message_is_an_error_of_the_protocol(
    line: httpx.AsyncClient, body: bytes, code: int
) -> None:
    answer = await line.post("/mcp", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


async def test_a_body_that_is_not_json_by_its_type_is_refused(line: httpx.AsyncClient) -> None:
    answer = await line.post(
        "/mcp", content=b"<x/>", headers={"Content-Type": "application/xml"}
    )

    assert answer.status_code == 415
    assert answer.json()["error"]["data"]["code"] == "unsupported"


async def test_a_client_that_takes_no_json_is_told_so(wire: Wire) -> None:
    body, headers = wire.message("tools/list")

    answer = await wire.client.post(
        "/mcp", json=body, headers={**headers, "Accept": "text/html"}
    )

    assert answer.status_code == 406


async def test_a_body_that_is_too_large_is_refused(server: Server, wire: Wire) -> None:
    huge = "x" * (server.parts.max_body + 1)

    answer = await wire.send("tools/call", {"name": "write", "arguments": {"text": huge}})

    assert answer.status_code == 413


async def test_a_method_that_is_not_known_is_an_error_with_its_id(wire: Wire) -> None:
    answer = await wire.send("no/such")

    assert answer.status_code == (404 if wire.modern else 200)
    assert answer.json()["error"]["code"] == -32601


# Who is let in.


async def test_without_a_key_nobody_is_let_in(server: Server) -> None:
    async with server.client() as client:
        answer = await Wire(client).send("tools/list")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "agent create" in answer.json()["error"]["message"]


async def test_a_persons_session_opens_nothing_here(
    server: Server, ada: httpx.AsyncClient
) -> None:
    async with server.client() as client:
        client.cookies = ada.cookies
        answer = await Wire(client).send("tools/list")

    assert answer.status_code == 401


async def test_a_key_as_a_password_opens_nothing_here(server: Server) -> None:
    async with server.client() as client:
        client.auth = httpx.BasicAuth("scribe", server.keys["scribe"])
        answer = await Wire(client).send("tools/list")

    assert answer.status_code == 401


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(server: Server) -> None:
    secret = await server.add_agent("gone")
    async with server.client(Authorization=f"Bearer {secret}") as client:
        assert (await Wire(client).send("tools/list")).status_code == 200
        async with server.signed_in("ada") as ada:
            known = (await ada.get("agents")).json()["items"]
            gone = next(each["id"] for each in known if each["name"] == "gone")
            await ada.delete(f"agents/{gone}")

        answer = await Wire(client).send("tools/list")

    assert answer.status_code == 401


# From where.


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8484", "localhost.evil.example"]
)
async def test_a_name_that_was_made_to_point_here_is_refused(wire: Wire, host: str) -> None:
    body, headers = wire.message("tools/list")

    answer = await wire.client.post("/mcp", json=body, headers={**headers, "Host": host})

    assert answer.status_code == 403
    assert answer.json()["error"]["data"]["code"] == "cross_site"


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8484", "192.0.2.7:80"])
async def test_an_address_is_nobodys_trick(wire: Wire, host: str) -> None:
    body, headers = wire.message("tools/list")

    answer = await wire.client.post("/mcp", json=body, headers={**headers, "Host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[::1"])
async def test_a_page_of_another_site_is_refused(wire: Wire, origin: str) -> None:
    body, headers = wire.message("tools/list")

    answer = await wire.client.post("/mcp", json=body, headers={**headers, "Origin": origin})

    assert answer.status_code == 403


async def test_our_own_page_is_let_in(server: Server, wire: Wire) -> None:
    body, headers = wire.message("tools/list")

    answer = await wire.client.post(
        "/mcp", json=body, headers={**headers, "Origin": server.url}
    )

    assert answer.status_code == 200


# Where OAuth clients find their way.


async def test_without_an_issuer_there_is_no_metadata(server: Server) -> None:
    async with server.client() as client:
        answer = await client.get("/.well-known/oauth-protected-resource/mcp")
        refused = await Wire(client).send("tools/list")

    assert answer.status_code == 404
    assert "resource_metadata" not in refused.headers["www-authenticate"]


async def test_with_an_issuer_clients_are_pointed_to_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.parts, "issuer", "https://login.example")

    async with server.client() as client:
        answer = await client.get("/.well-known/oauth-protected-resource/mcp")
        refused = await Wire(client).send("tools/list")

    where = f"{server.parts.house.base_url}/.well-known/oauth-protected-resource/mcp"
    assert f'resource_metadata="{where}"' in refused.headers["www-authenticate"]
    assert answer.status_code == 200
    assert json.loads(answer.content) == {
        "resource": f"{server.parts.house.base_url}/mcp",
        "authorization_servers": ["https://login.example"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Signoff",
    }


async def test_a_server_that_nobody_asks_for_mcp_does_not_load_it() -> None:
    code = (
        "import sys, signoff.server, signoff.cli.serving, signoff.rest.app;"
        "from signoff.mcp import metadata;"
        "sys.exit(bool({'mcp', 'mcp_types', 'pydantic'} & sys.modules.keys()))"
    )

    program = await asyncio.create_subprocess_exec(sys.executable, "-c", code)

    assert await program.wait() == 0
