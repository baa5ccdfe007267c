"""Slack's webhooks: blocks within Slack's limits, in which nothing is a command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from signoff.domain.messages import Fact, Item, Message
from signoff.worker.channels import Later, Undeliverable
from signoff.worker.channels.posts import Outside
from signoff.worker.channels.slack import Slack, payload
from tests.worker.example_messages import ASKED, BURST, DECIDED
from tests.worker.receivers import Receiver, receiver

LONG = "&<>*_`|\n é" * 1000
HUGE = Message(
    id="m",
    workspace=ASKED.workspace,
    handoff=ASKED.handoff,
    at=ASKED.at,
    headline=LONG,
    facts=tuple(Fact(label=LONG, value=LONG) for _ in range(60)),
    body=LONG,
    items=tuple(
        Item(headline=LONG, url=ASKED.url, facts=(Fact(label=LONG, value=LONG),) * 20)
        for _ in range(200)
    ),
    url="https://signoff.example.org/?" + "&" * 2000,
    link_text=LONG,
    settings_url="https://signoff.example.org/?" + "&" * 190,
)


@asynccontextmanager
async def slack() -> AsyncIterator[tuple[Receiver, Slack]]:
    async with receiver() as there:
        hosts = frozenset({there.host})
        post = Outside(hosts)
        there.answer = lambda _: (200, {}, b"ok")
        yield there, Slack(post, hosts=hosts)
        post.close()


def fits(sent: dict[str, Any]) -> None:
    """Judge a message by Slack's reference of blocks and its objects."""
    assert set(sent) <= {"text", "blocks", "unfurl_links", "unfurl_media"}
    assert 1 <= len(sent["blocks"]) <= 50
    for block in sent["blocks"]:
        match block["type"]:
            case "header":
                assert set(block) == {"type", "text"}
                assert block["text"]["type"] == "plain_text"
                fits_text(block["text"], 150)
            case "section":
                assert set(block) in ({"type", "text"}, {"type", "fields"})
                assert len(block.get("fields", [0])) in range(1, 11)
                for field in block.get("fields", []):
                    fits_text(field, 2000)
                if "text" in block:
                    fits_text(block["text"], 3000)
            case "context":
                assert set(block) == {"type", "elements"}
                assert 1 <= len(block["elements"]) <= 10
                for element in block["elements"]:
                    fits_text(element, 3000)
            case "actions":
                assert 1 <= len(block["elements"]) <= 25
                for element in block["elements"]:
                    fits_button(element)
            case other:
                pytest.fail(f"a block of the type {other}")


def fits_text(text: dict[str, Any], most: int) -> None:
    assert 1 <= len(text["text"]) <= most
    assert (
        set(text)
        == {
            "plain_text": {"type", "text", "emoji"},
            "mrkdwn": {"type", "text", "verbatim"},
        }[text["type"]]
    )


def fits_button(button: dict[str, Any]) -> None:
    assert button["type"] == "button"
    assert set(button) <= {"type", "text", "url", "style"}
    assert button["style"] in ("primary", "danger")
    assert button["text"]["type"] == "plain_text"
    fits_text(button["text"], 75)
    assert len(button["url"]) <= 3000


@pytest.mark.parametrize(
    "message",
    [
        ASKED,
        DECIDED,
        BURST,
        HUGE,
        msgspec.structs.replace(HUGE, closes=True),
        msgspec.structs.replace(ASKED, facts=(), body="", settings_url=""),
    ],
)
async def test_a_message_is_within_slacks_limits(message: Message) -> None:
    async with slack() as (there, channel):
        await channel.send(f"{there.url}/services/T1/B1/abc", message, earlier=None)

    fits(there.requests[0].json)


def test_a_message_says_who_what_how_sure_and_by_when() -> None:
    said = msgspec.json.encode(payload(ASKED)).decode()

    for part in ("contract-bot asks you", "82 %", "4 December", "rows 118 and 131"):
        assert part in said


def test_one_button_leads_to_the_page() -> None:
    [button] = [
        element
        for block in payload(ASKED)["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]

    assert button["url"] == ASKED.url
    assert button["text"]["text"] == "Look at it"


def test_what_was_decided_elsewhere_is_told_small_and_asks_for_nothing() -> None:
    blocks = payload(DECIDED)["blocks"]

    assert [block["type"] for block in blocks] == ["section", "context"]
    assert DECIDED.url in blocks[0]["text"]["text"]


def test_nothing_that_an_agent_writes_calls_or_links_anybody() -> None:
    evil = "<!channel> <@U123> <https://evil.example|here> &lt;"
    message = msgspec.structs.replace(
        ASKED, headline=evil, body=evil, facts=(Fact(label=evil, value=evil),)
    )

    for closes in (True, False):
        made = payload(msgspec.structs.replace(message, closes=closes))
        marked = [made["text"]]
        for block in made["blocks"]:
            held = (block.get("text"), *block.get("fields", ()), *block.get("elements", ()))
            marked += [one["text"] for one in held if one and one.get("type") == "mrkdwn"]
        said = " ".join(marked)
        assert "<!channel>" not in said
        assert "<@" not in said
        assert "<https://evil" not in said
        assert "&lt;!channel&gt;" in said


def test_a_burst_is_one_message_with_a_link_for_each() -> None:
    said = msgspec.json.encode(payload(BURST)).decode()

    assert all(f"<{item.url}|" in said for item in BURST.items)


@pytest.mark.parametrize(
    ("status", "body", "for_good"),
    [
        (404, b"channel_not_found", True),
        (404, b"no_service", True),
        (403, b"action_prohibited", True),
        (410, b"channel_is_archived", True),
        (400, b"invalid_payload", False),
    ],
)
async def test_a_refusal_is_for_good_if_the_webhook_is_gone(
    status: int, body: bytes, *, for_good: bool
) -> None:
    async with slack() as (there, channel):
        there.answer = lambda _: (status, {}, body)
        with pytest.raises(Undeliverable) as refused:
            await channel.send(f"{there.url}/services/T1/B1/abc", ASKED, earlier=None)

    assert refused.value.for_good is for_good
    assert "abc" not in refused.value.reason


@pytest.mark.parametrize(("status", "seconds"), [(429, 30), (503, 30)])
async def test_what_passes_is_tried_when_slack_says(status: int, seconds: float) -> None:
    async with slack() as (there, channel):
        there.answer = lambda _: (status, {"Retry-After": "30"}, b"")
        with pytest.raises(Later) as later:
            await channel.send(f"{there.url}/services/T1/B1/abc", ASKED, earlier=None)

    assert later.value.seconds == seconds


async def test_a_webhook_of_another_host_is_not_called() -> None:
    async with slack() as (there, _), receiver() as other:
        channel = Slack(Outside(frozenset({there.host})), hosts=frozenset({there.host}))
        with pytest.raises(Undeliverable) as refused:
            await channel.send(f"{other.url}/services/T1/B1/abc", ASKED, earlier=None)

    assert refused.value.for_good
    assert other.requests == []
