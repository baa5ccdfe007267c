"""Discord, Telegram, Teams, and what apprise knows, all against receivers on loopback."""

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from signoff.domain.messages import Fact, Message
from signoff.worker.channels import Later, Undeliverable, apprised, discord, teams, telegram
from signoff.worker.channels.posts import Outside, Reply
from signoff.worker.channels.services import Services
from tests.worker.example_messages import ASKED, BURST, DECIDED
from tests.worker.receivers import Receiver, Request, receiver
from tests.worker.test_slack import HUGE

BOT = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
ODD = msgspec.structs.replace(ASKED, facts=(), body="", settings_url="")
MESSAGES = [ASKED, DECIDED, BURST, HUGE, msgspec.structs.replace(HUGE, closes=True), ODD]
DISCORD = "https://discord.com/api/webhooks/1/abcdefghijkl"
TEAMS = "https://a.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=abcdef"
EVIL = "<!channel> <@U1> @everyone **a** [here](https://evil.example) <at>Ada</at> <b>"


class Elsewhere:
    """Posts to a receiver on loopback in the place of each service's own host."""

    def __init__(self, there: Receiver) -> None:
        self.there = there
        self.outside = Outside(frozenset({there.host}))

    async def __call__(self, method: str, url: str, body: object) -> Reply:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return await self.outside(method, f"{self.there.url}{path}", body)


@asynccontextmanager
async def services() -> AsyncIterator[tuple[Receiver, Services]]:
    async with receiver() as there:
        post = Elsewhere(there)
        channel = Services(post, hosts=frozenset({there.host}))
        yield there, channel
        await channel.close()
        post.outside.close()


def answers(status: int, body: object = None, **headers: str) -> Any:
    said = b"" if body is None else msgspec.json.encode(body)
    return lambda _: (status, headers, said)


def deleted(method: str, status: int, body: object) -> Any:
    """Answer that what is to be changed is not there, and take all else."""

    def answer(request: Request) -> Any:
        gone = request.method == method or request.path.endswith(method)
        return (status, {}, b"{}") if gone else (200, {}, msgspec.json.encode(body))

    return answer


def fits_discord(sent: dict[str, Any]) -> None:
    """Judge by Discord's limits of embeds."""
    assert set(sent) == {"embeds", "allowed_mentions"}
    assert sent["allowed_mentions"] == {"parse": []}
    [card] = sent["embeds"]
    assert 1 <= len(card["title"]) <= 256
    assert 1 <= len(card["description"]) <= 4096
    assert len(card["fields"]) <= 25
    for field in card["fields"]:
        assert 1 <= len(field["name"]) <= 256
        assert 1 <= len(field["value"]) <= 1024
    texts = [card["title"], card["description"], card["footer"]["text"]]
    texts += [field[part] for field in card["fields"] for part in ("name", "value")]
    assert sum(map(len, texts)) <= 6000


@pytest.mark.parametrize("message", MESSAGES)
async def test_a_card_of_discord_is_within_its_limits_and_has_its_link(
    message: Message,
) -> None:
    async with services() as (there, channel):
        there.answer = answers(200, {"id": "77"})
        await channel.send(DISCORD, message, earlier=None)

    sent = there.requests[0].json
    fits_discord(sent)
    assert message.url in sent["embeds"][0]["description"]
    assert there.requests[0].path == "/api/webhooks/1/abcdefghijkl?wait=true"


async def test_a_decision_changes_the_card_that_asked() -> None:
    async with services() as (there, channel):
        there.answer = answers(200, {"id": "77"})
        before = await channel.send(f"{DISCORD}?thread_id=5", ASKED, earlier=None)
        after = await channel.send(f"{DISCORD}?thread_id=5", DECIDED, earlier=before)

    assert (before, after) == ("77", "77")
    assert there.requests[0].path.endswith("?wait=true&thread_id=5")
    assert there.requests[1].method == "PATCH"
    assert there.requests[1].path == "/api/webhooks/1/abcdefghijkl/messages/77?thread_id=5"
    assert "Ben approved" in there.requests[1].json["embeds"][0]["title"]


async def test_a_card_that_somebody_deleted_is_followed_by_another() -> None:
    async with services() as (there, channel):
        there.answer = deleted("PATCH", 404, {"id": "78"})
        after = await channel.send(DISCORD, DECIDED, earlier="77")

    assert after == "78"


async def test_a_reminder_is_a_card_of_its_own() -> None:
    async with services() as (there, channel):
        there.answer = answers(200, {"id": "78"})
        await channel.send(DISCORD, ASKED, earlier="77")

    assert [request.method for request in there.requests] == ["POST"]


@pytest.mark.parametrize("message", MESSAGES)
async def test_a_message_of_telegram_is_short_enough_and_whole(message: Message) -> None:
    async with services() as (there, channel):
        there.answer = answers(200, {"ok": True, "result": {"message_id": 5}})
        await channel.send(f"tgram://{BOT}/-100:7", message, earlier=None)

    sent = there.requests[0].json
    assert there.requests[0].path == f"/bot{BOT}/sendMessage"
    assert sent["chat_id"] == "-100"
    assert sent["message_thread_id"] == 7
    said = unescape(re.sub(r"<[^>]*>", "", sent["text"]))
    assert len(said) <= 4096
    for mark in ("b", "a", "blockquote"):
        assert len(re.findall(rf"<{mark}[ >]", sent["text"])) == sent["text"].count(
            f"</{mark}>"
        )
    [[button]] = sent["reply_markup"]["inline_keyboard"]
    assert button["url"] == message.url


async def test_a_decision_changes_the_message_of_telegram_that_asked() -> None:
    async with services() as (there, channel):
        there.answer = answers(200, {"ok": True, "result": {"message_id": 5}})
        before = await channel.send(f"tgram://{BOT}/1", ASKED, earlier=None)
        after = await channel.send(f"tgram://{BOT}/1", DECIDED, earlier=before)

    assert (before, after) == ("5", "5")
    assert there.requests[1].path.endswith("/editMessageText")
    assert there.requests[1].json["message_id"] == 5


async def test_a_message_of_telegram_that_cannot_be_changed_is_answered() -> None:
    async with services() as (there, channel):
        there.answer = deleted("/editMessageText", 400, {"result": {"message_id": 6}})
        after = await channel.send(f"tgram://{BOT}/1", DECIDED, earlier="5")

    assert after == "6"
    assert there.requests[1].json["reply_parameters"]["message_id"] == 5


async def test_telegram_says_how_long_to_wait_in_its_answer() -> None:
    async with services() as (there, channel):
        there.answer = answers(429, {"ok": False, "parameters": {"retry_after": 41}})
        with pytest.raises(Later) as later:
            await channel.send(f"tgram://{BOT}/1", ASKED, earlier=None)

    assert later.value.seconds == 41
    assert BOT not in later.value.reason


def test_telegram_gets_no_button_to_a_host_that_it_does_not_know() -> None:
    message = msgspec.structs.replace(ASKED, url="http://localhost:8484/w/acme")

    made = telegram.payload(message)

    assert "reply_markup" not in made
    assert "http://localhost:8484/w/acme" in made["text"]


@pytest.mark.parametrize("message", MESSAGES)
async def test_a_card_of_teams_is_small_enough_and_marks_up_nothing(message: Message) -> None:
    async with services() as (there, channel):
        there.answer = answers(202)
        await channel.send(TEAMS, message, earlier=None)

    sent = there.requests[0]
    assert len(sent.body) <= 28 * 1024
    [held] = sent.json["attachments"]
    card = held["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert all(run["text"] for block in card["body"] for run in block["inlines"])
    [action] = card["actions"]
    assert action == {
        "type": "Action.OpenUrl",
        "title": action["title"],
        "url": message.url,
    }


@pytest.mark.parametrize(
    ("to", "status", "for_good"),
    [(DISCORD, 404, True), (DISCORD, 400, False), (f"tgram://{BOT}/1", 403, True),
     (f"tgram://{BOT}/1", 400, False), (TEAMS, 401, True), (TEAMS, 400, False)],
)  # fmt: skip
async def test_a_refusal_is_for_good_if_the_address_is_gone(
    to: str, status: int, *, for_good: bool
) -> None:
    async with services() as (there, channel):
        there.answer = answers(status, {"ok": False})
        with pytest.raises(Undeliverable) as refused:
            await channel.send(to, ASKED, earlier=None)

    assert refused.value.for_good is for_good
    assert BOT not in refused.value.reason


def test_nothing_that_an_agent_writes_is_a_link_or_a_call() -> None:
    evil = msgspec.structs.replace(
        ASKED, headline=EVIL, body=EVIL, facts=(Fact(label="x", value=EVIL),)
    )
    card = discord.payload(evil)["embeds"][0]
    said = card["description"] + card["fields"][0]["value"]

    assert "[here]" not in said
    assert "<@U1>" not in said
    assert "&lt;b&gt;" in telegram.text(evil)
    assert "<at>" not in telegram.text(evil)
    assert "entities" not in teams.payload(evil)["attachments"][0]["content"]["msteams"]


@pytest.mark.parametrize("message", MESSAGES)
async def test_ntfy_gets_text_with_its_link_and_no_pictures(message: Message) -> None:
    async with services() as (there, channel):
        await channel.send(f"ntfy://{there.host}/reviews?priority=high", message, earlier=None)

    [sent] = there.requests
    assert sent.json["topic"] == "reviews"
    assert sent.headers["x-click"] == message.url
    assert message.url in sent.json["message"]
    assert sent.headers["x-priority"] == "high"
    assert b"githubusercontent" not in sent.body
    assert "x-icon" not in sent.headers


async def test_gotify_mattermost_and_json_are_told() -> None:
    async with services() as (there, channel):
        for to in (
            f"gotify://{there.host}/tokentoken",
            f"mmost://{there.host}/tokentokentokentokentokent",
            f"json://{there.host}/in/box",
        ):
            await channel.send(to, ASKED, earlier=None)

    gotify, mattermost, json = there.requests
    assert gotify.path.startswith("/message")
    assert ASKED.url in gotify.json["message"]
    assert mattermost.path == "/hooks/tokentokentokentokentokent"
    assert "icon_url" not in mattermost.json
    assert json.path == "/in/box"
    assert "contract-bot asks you" in json.json["title"]
    assert all(b"github" not in request.body for request in there.requests)


async def test_what_is_read_as_marked_up_has_no_links_but_ours() -> None:
    evil = msgspec.structs.replace(
        ASKED, headline=EVIL, body=f"{EVIL}\n[a][b]\n[b]: http://e.x"
    )
    async with services() as (there, channel):
        await channel.send(
            f"mmost://{there.host}/tokentokentokentokentokent", evil, earlier=None
        )

    said = there.requests[0].json["text"]
    assert not re.search(r"\](?=[\[(:])", said)
    assert "@everyone" not in said
    assert "<!channel>" not in said
    assert ASKED.url in said


async def test_a_redirect_of_a_named_host_is_not_followed() -> None:
    async with services() as (there, channel), receiver() as inside:
        there.answer = answers(307, Location=f"{inside.url}/secret")
        with pytest.raises(Later):
            await channel.send(f"json://{there.host}/a", ASKED, earlier=None)

    assert inside.requests == []


async def test_a_host_that_is_named_no_more_is_told_nothing() -> None:
    async with services() as (there, _):
        channel = Services(Elsewhere(there), hosts=frozenset())
        with pytest.raises(Undeliverable) as refused:
            await channel.send(f"json://{there.host}/a", ASKED, earlier=None)

    assert refused.value.for_good
    assert there.requests == []


async def test_a_service_that_fails_is_tried_later_without_its_secret() -> None:
    async with services() as (there, channel):
        there.answer = answers(500)
        with pytest.raises(Later) as later:
            await channel.send(f"gotify://{there.host}/secrettoken", ASKED, earlier=None)

    assert "secrettoken" not in later.value.reason


async def test_a_service_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprised, "READ", 0.2)

    async with services() as (there, channel):
        there.answer = answers(200, **{"Content-Length": "100"})  # and then nothing comes
        with pytest.raises(Later):
            await channel.send(f"json://{there.host}/a", ASKED, earlier=None)


async def test_a_channel_that_was_closed_may_be_used_again() -> None:
    async with services() as (there, channel):
        await channel.close()
        await channel.send(f"json://{there.host}/a", ASKED, earlier=None)

    assert len(there.requests) == 1


async def test_without_apprise_a_message_waits_until_it_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    async with services() as (there, channel):
        with pytest.raises(Later, match=r"signoff\[notify\]"):
            await channel.send(f"json://{there.host}/a", ASKED, earlier=None)
