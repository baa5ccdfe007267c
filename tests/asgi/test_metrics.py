import re
from pathlib import Path

from tests.journeys.server import running


async def test_requests_refusals_and_commits_are_counted_and_nobody_is_named(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as server:
        await server.found()
        async with server.agent() as agent, server.client() as stranger:
            await agent.put("files/input/secret-plan.txt", content=b"x")
            await agent.get("files/input/nothing.txt")
            page = await stranger.get("/metrics")

    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'signoff_requests_total{door="rest",status="201"} 1' in page.text
    assert 'signoff_refusals_total{code="not_found"} 1' in page.text
    commits = re.search(r"^signoff_commits_total (\d+)", page.text, re.MULTILINE)
    assert commits is not None
    assert int(commits.group(1)) >= 1
    assert "secret-plan" not in page.text
    assert "acme" not in page.text
