"""The official conformance suite: with its fixtures, and against what we really offer."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from signoff.domain.actors import Caller, Door
from signoff.mcp.app import McpApp
from tests.journeys.server import Server, running
from tests.mcp.fixtures import offer_of
from tests.mcp.judges import judge

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.needs("judges")]

SUITE = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
LINE = re.compile(r"^([✓✗]) ([a-z0-9-]+): (\d+) passed, (\d+) failed$", re.MULTILINE)

ASKS_ITS_CLIENT = (
    "the server would ask its client over a stream, and be answered by another request;"
    " ours keeps no session, so an answer would reach nobody, and people are asked by handoff"
)
EXPECTED: dict[str, dict[str, str]] = {
    "2026-07-28": {},
    "2025-11-25": {
        "elicitation-sep1034-defaults": ASKS_ITS_CLIENT,
        "elicitation-sep1330-enums": ASKS_ITS_CLIENT,
        "tools-call-elicitation": ASKS_ITS_CLIENT,
        "tools-call-sampling": ASKS_ITS_CLIENT,
    },
}
"""Scenarios that fail with all fixtures, and why."""

WITHOUT_FIXTURES: dict[str, set[str]] = {
    "2026-07-28": {
        "caching",
        "completion-complete",
        "dns-rebinding-protection",
        "http-header-validation",
        "input-required-result-ignore-extra-params",
        "input-required-result-missing-input-response",
        "input-required-result-unsupported-methods",
        "input-required-result-validate-input",
        "prompts-list",
        "resources-list",
        "sep-2164-resource-not-found",
        "server-sse-multiple-streams",
        "tools-list",
    },
    "2025-11-25": {
        "completion-complete",
        "dns-rebinding-protection",
        "ping",
        "prompts-list",
        "resources-list",
        "resources-subscribe",
        "resources-unsubscribe",
        "server-initialize",
        "server-session-lifecycle",
        "server-sse-multiple-streams",
        "tools-list",
    },
}
"""What any server can pass: these hold for what we really offer."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_to_all(server: Server) -> AsyncIterator[Server]:
    """The server with a door that asks nobody for a key, and offers the fixtures, too."""
    key = f"Bearer {server.keys['scribe']}".encode()

    async def scribe() -> Caller:
        scope = {"headers": [(b"authorization", key)], "method": "POST"}
        return await server.parts.identity.caller(scope, None, door=Door.MCP)

    app = McpApp(server.parts, offer=offer_of(scribe))
    doors = server.app._doors
    server.app._doors = (("/mcp", app), *doors)
    yield server
    server.app._doors = doors


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
async def test_the_suite_passes_but_for_what_is_explained(
    open_to_all: Server, tmp_path: Path, revision: str
) -> None:
    failed, passed = await _run(open_to_all, tmp_path, revision)

    assert failed == set(EXPECTED[revision])
    assert len(passed) > 25
    assert WITHOUT_FIXTURES[revision] <= passed


async def _run(server: Server, folder: Path, revision: str) -> tuple[set[str], set[str]]:
    url = f"{server.url}/mcp"
    _, said = await judge(
        SUITE, "server", "--url", url, "--requirements", revision, "-o", str(folder)
    )
    results = LINE.findall(said)
    assert results, said[-3000:]
    failed = {name for mark, name, *_ in results if mark == "✗"}
    return failed, {name for _, name, *_ in results} - failed


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
async def test_what_we_offer_passes_all_that_needs_no_fixtures(
    tmp_path: Path, revision: str
) -> None:
    async with running(tmp_path / "data") as plain:
        await plain.found()
        key = f"Bearer {plain.keys['scribe']}".encode()
        door = McpApp(plain.parts)

        async def with_key(scope, receive, send) -> None:
            scope["headers"] = [*scope["headers"], (b"authorization", key)]
            await door(scope, receive, send)

        plain.app._doors = (("/mcp", with_key), *plain.app._doors)

        _, passed = await _run(plain, tmp_path, revision)

    assert passed >= WITHOUT_FIXTURES[revision]
