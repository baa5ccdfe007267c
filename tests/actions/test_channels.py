"""Channels of the workspace: what each is told, and who says so."""

from pathlib import Path

import pytest

from signoff.actions import channels, grants, members
from signoff.actions.channels import ChannelView, Every, Remove, Set
from signoff.actions.house import House
from signoff.domain.errors import Code
from signoff.domain.grants import Access
from signoff.domain.messages import ChannelKind
from tests.actions.cast import ACME, ADA, BEN, MAY, SCRIBE, do, last
from tests.actions.desk import Desk, opened_desk, refused
from tests.actions.postal import Sink, follow, send

URL = "https://hooks.slack.com/services/T1/B2/topsecret"


@pytest.fixture
async def desk(tmp_path: Path):
    opened = await opened_desk(tmp_path)
    await follow(opened.house)
    yield opened
    await opened.house.close()


async def made(house: House, **more) -> ChannelView:
    asked = Set(**({"name": "Finance", "kind": ChannelKind.SLACK, "address": URL} | more))
    return await do(house, channels.set, MAY, asked)


async def handed(desk: Desk, path: str = "input/report.csv", **context):
    await desk.put(SCRIBE, path)
    seen = await desk.submit(SCRIBE, path, **context)
    await follow(desk.house)
    return seen


async def heard(desk: Desk, slack: Sink) -> list[str]:
    desk.wait(11)
    await send(desk.house, slack)
    return [message.headline for _, message, _ in slack.sent]


@pytest.fixture
def slack() -> Sink:
    return Sink(ChannelKind.SLACK)


async def test_a_channel_is_told_what_waits_and_hears_when_it_is_decided(
    desk: Desk, slack: Sink
) -> None:
    await made(desk.house)
    seen = await handed(desk)
    asked = await heard(desk, slack)
    await desk.decide(BEN, seen, "approve")
    await follow(desk.house)

    await heard(desk, slack)

    (_, first, none), (to, closing, earlier) = slack.sent
    assert asked == ["Scribe asks you to review “report.csv”"]
    assert (to, none, earlier) == (URL, None, f"<{first.id}>")
    assert closing.closes
    assert first.stop_url == ""
    assert first.settings_url == ""


@pytest.mark.parametrize(
    ("narrowed", "told"),
    [
        ({"group": "legal"}, True),
        ({"group": "it"}, False),
        ({"handoff_kind": "approval"}, True),
        ({"handoff_kind": "escalation"}, False),
        ({"path": "contracts/**"}, True),
        ({"path": "invoices/**"}, False),
    ],
)
async def test_it_is_told_only_what_it_is_for(
    desk: Desk, slack: Sink, narrowed: dict[str, str], *, told: bool
) -> None:
    await made(desk.house, **narrowed)

    await handed(desk, "input/contracts/a.csv", reviewers=("group:legal",))

    assert bool(await heard(desk, slack)) is told


async def test_it_is_told_nothing_that_who_set_it_may_not_see(desk: Desk, slack: Sink) -> None:
    await made(desk.house)
    hidden = grants.Set(subject="pe_may", path="needs-review/secret", access=Access.NONE)
    await do(desk.house, grants.set, ADA, hidden)

    await handed(desk, "input/secret/a.csv")

    assert await heard(desk, slack) == []


async def test_it_is_told_nothing_after_who_set_it_left(desk: Desk, slack: Sink) -> None:
    await made(desk.house)
    await handed(desk)
    await do(desk.house, members.remove, ADA, members.Remove(person="pe_may"))

    assert await heard(desk, slack) == []


async def test_decisions_are_told_where_they_are_wanted(desk: Desk, slack: Sink) -> None:
    seen = await handed(desk)
    await made(desk.house, decisions=True)
    await desk.decide(BEN, seen, "reject", "No")
    await follow(desk.house)

    assert await heard(desk, slack) == ["Ben rejected “report.csv”"]


async def test_it_is_changed_and_keeps_its_address(house: House) -> None:
    first = await made(house)

    changed = await do(
        house,
        channels.set,
        MAY,
        Set(channel=first.id, name="Money", kind=ChannelKind.SLACK, group="legal"),
    )

    page = await house.ask(channels.every, MAY, Every())
    assert page.items == (changed,)
    assert (changed.name, changed.address) == ("Money", "https://hooks.slack.com/…cret")
    rows = await house.engine.read(
        lambda tx: tx.all("SELECT body FROM channels"), workspace=ACME
    )
    assert b"topsecret" not in bytes(rows[0][0])


async def test_setting_and_removing_one_is_on_the_record(house: House) -> None:
    channel = await made(house)
    entry = await last(house)
    await do(house, channels.remove, MAY, Remove(channel=channel.id))

    assert (entry["type"], entry["codes"]) == ("channel.set", {"kind": "slack"})
    assert (await last(house))["type"] == "channel.removed"
    with refused(Code.NOT_FOUND):
        await do(house, channels.remove, MAY, Remove(channel=channel.id))


async def test_only_managers_set_channels(house: House) -> None:
    asked = Set(name="Mine", kind=ChannelKind.SLACK, address=URL)

    for who in (BEN, SCRIBE):
        with refused(Code.FORBIDDEN):
            await do(house, channels.set, who, asked)


@pytest.mark.parametrize(
    "bad",
    [
        {"address": ""},
        {"kind": ChannelKind.EMAIL, "address": "nobody"},
        {"handoff_kind": "party"},
        {"group": "a b"},
        {"path": "/"},
        {"name": ""},
    ],
)
async def test_what_makes_no_channel_is_refused(house: House, bad: dict[str, str]) -> None:
    with refused(Code.INVALID):
        await made(house, **bad)
