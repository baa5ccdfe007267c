"""A link in a message decides nothing, whatever fetches it: mail scanners, previews, crawlers."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import msgspec

from signoff.domain.ids import HandoffId, Instant, Slug
from signoff.domain.messages import Fact, Item, Message
from signoff.worker.channels import discord, servers, slack, teams, telegram
from signoff.worker.channels.mail import Mail
from signoff.worker.channels.words import plain
from tests.journeys.server import WORKSPACE, Server, running
from tests.worker.letterbox import letterbox

LINK = re.compile(r"https?://[^\s\"'<>|)\\]+")
FETCHERS = (
    "Mozilla/5.0",
    "Slackbot-LinkExpanding 1.0",
    "Microsoft Office Outlook 16.0",
    "curl/8",
)


def told(server: Server, handoff: dict[str, Any]) -> Message:
    """Return a message about a handoff that leads wherever messages lead."""
    pages = f"{server.url}/w/{WORKSPACE}"
    return Message(
        id="m1",
        workspace=Slug(WORKSPACE),
        handoff=HandoffId(handoff["id"]),
        at=Instant(1_795_687_200_000_000),
        headline="scribe asks you to approve “a.txt”",
        facts=(Fact(label="How sure", value="82 %"),),
        body="Please look.",
        items=(Item(headline="a.txt", url=handoff["url"]),),
        url=handoff["url"],
        stop_url=f"{server.url}/stop/abcdefgh",
        settings_url=f"{pages}/settings/notifications",
    )


async def links(message: Message) -> set[str]:
    """Return every link of a message in each of its forms, headers included."""
    async with letterbox() as box:
        url = f"smtp://127.0.0.1:{box.port}"
        channel = Mail(servers.parse(url, base_url="http://localhost"))
        await channel.send("ada@example.org", message, earlier=None)
        await channel.close()
    [letter] = box.letters
    said = [str(letter["List-Unsubscribe"])]
    said += [part.get_content() for part in letter.walk() if not part.is_multipart()]
    for form in (slack.payload, discord.payload, telegram.payload, teams.payload):
        said.append(msgspec.json.encode(form(message)).decode())
    said.append(plain(message, 3000))
    return {
        unescape(found)
        for text in said
        for found in LINK.findall(text)
        if found != teams.SCHEMA  # names a format; nobody follows it
    }


async def crawl(browser: httpx.AsyncClient, found: set[str], home: str) -> int:
    """Fetch every link in every way that changes nothing, and what the pages link to."""
    seen = 0
    further: set[str] = set()
    for url in found:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = await browser.request(method, url, follow_redirects=True)
            assert answer.status_code < 500
            seen += 1
            further |= set(re.findall(r'href="(/[^"#]*)"', answer.text))
    for path in further:
        answer = await browser.get(f"{home}{unescape(path)}")
        assert answer.status_code < 500
        seen += 1
    return seen


async def test_whoever_follows_all_links_of_a_message_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server:
        await server.found()
        async with server.agent() as agent, server.signed_in("ben") as ben:
            handoff = await server.hand_over(agent, "input/a.txt", b"some words\n")
            found = await links(told(server, handoff))
            before = (await ben.get(f"handoffs/{handoff['id']}")).json()
            log = (await ben.get("audit?limit=200")).json()

            assert {handoff["url"], f"{server.url}/stop/abcdefgh"} <= found
            for fetcher in FETCHERS:
                async with server.client(**{"User-Agent": fetcher}) as stranger:
                    assert await crawl(stranger, found, server.url) >= 3 * len(found)
            assert await crawl(ben, found, server.url) > 3 * len(found)

            after = (await ben.get(f"handoffs/{handoff['id']}")).json()
            assert after == before
            assert after["state"] == "in_review"
            assert (await ben.get("audit?limit=200")).json() == log
