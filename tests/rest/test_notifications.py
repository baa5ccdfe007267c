"""News, choices and channels over REST."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.rest.test_rows import ok, submitted

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def news(client: httpx.AsyncClient, handoff: str) -> list[dict[str, Any]]:
    """Return what was told of a handoff, as soon as there is something."""
    async with asyncio.timeout(20):
        while True:
            page = ok(await client.get("notifications", params={"unread": "true"}))
            found = [item for item in page["items"] if item.get("handoff") == handoff]
            if found:
                return found
            await asyncio.sleep(0.2)


async def test_what_one_is_asked_is_told_counted_and_seen(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submitted(
        scribe, "input/told/one.txt", reviewers=["ben@example.org"], title="One"
    )
    (told,) = await news(ben, handoff["id"])
    before = ok(await ben.get("notifications/count"))["unread"]

    after = ok(await ben.post("notifications/read", json={"handoff": handoff["id"]}))["unread"]

    assert told["headline"] == "scribe asks you to review “One”"
    assert told["topic"] == "asked"
    assert told["url"] == handoff["url"]
    assert before - after == 1


async def test_an_agent_is_told_nothing_here_and_chooses_nothing(
    scribe: httpx.AsyncClient,
) -> None:
    page = ok(await scribe.get("notifications"))
    refused = await scribe.put("preferences", json={"zone": "UTC"})

    assert page == {"items": [], "next": None}
    assert refused.status_code == 403


async def test_choices_are_made_and_taken_back(ben: httpx.AsyncClient) -> None:
    chosen = ok(
        await ben.put(
            "preferences",
            json={
                "zone": "Europe/Berlin",
                "quiet": {"from": "22:00", "to": "07:00"},
                "choices": {"open": {"channels": ["email"], "pace": "hourly"}},
            },
        )
    )
    back = ok(await ben.put("preferences", json={"quiet": None, "choices": {"open": None}}))

    assert chosen["quiet"] == {"from": "22:00", "to": "07:00"}
    assert [one["pace"] for one in chosen["topics"] if one["topic"] == "open"] == ["hourly"]
    assert back["quiet"] is None
    assert not any(one["chosen"] for one in back["topics"])
    assert back["zone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    "body",
    [
        {"colour": "red"},
        {"choices": {"party": {"pace": "now"}}},
        {"choices": {"open": {"pace": "weekly"}}},
        {"choices": {"open": {"colour": "red"}}},
        {"quiet": {"from": "25:00", "to": "07:00"}},
        {"quiet": {"from": "22:00", "to": "07:00", "days": 5}},
        {"digest_at": "8"},
        {"addresses": {"pigeon": "x"}},
        {"addresses": {"email": "else@example.org"}},
    ],
)
async def test_what_is_not_known_is_refused(
    ben: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    before = ok(await ben.get("preferences"))

    refused = await ben.put("preferences", json=body)

    assert refused.status_code == 422, refused.text
    assert ok(await ben.get("preferences")) == before


async def test_channels_are_set_listed_and_removed(
    ada: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    body = {
        "name": "Finance",
        "kind": "slack",
        "address": "https://hooks.slack.com/services/T/B/topsecret",
    }
    made = ok(await ada.post("channels", json=body), 201)
    changed = ok(
        await ada.put(f"channels/{made['id']}", json={"name": "Money", "kind": "slack"})
    )
    listed = ok(await ada.get("channels"))
    refused = await ben.get("channels")
    ok(await ada.delete(f"channels/{made['id']}"), 204)

    assert "topsecret" not in str(made) + str(listed)
    assert listed["items"] == [changed]
    assert refused.status_code == 403
    assert ok(await ada.get("channels"))["items"] == []
