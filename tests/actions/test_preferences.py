"""What one chose is kept, and secret; a link ends what it names and nothing else."""

from pathlib import Path

import pytest

from signoff.actions import preferences
from signoff.actions.house import House
from signoff.actions.preferences import OneLink, PreferencesView, Read, Set, TopicView
from signoff.domain.actors import system
from signoff.domain.errors import Code, NotFound
from signoff.domain.messages import ChannelKind
from signoff.domain.preferences import Choice, Pace, Quiet
from signoff.domain.topics import Topic
from tests.actions.cast import ACME, ADA, BEN, SCRIBE, do, last, log
from tests.actions.desk import Desk, opened_desk, refused
from tests.actions.postal import Sink, choose, follow, send

SLACK = "https://hooks.slack.com/services/T1/B2/topsecret"


async def chosen(house: House) -> PreferencesView:
    return await house.ask(preferences.read, BEN, Read())


def topic(view: PreferencesView, name: Topic) -> TopicView:
    return next(one for one in view.topics if one.topic == name)


async def test_what_is_not_named_stays(acme: House) -> None:
    await choose(acme, BEN, zone="Europe/Berlin", quiet=Quiet(from_="22:00", to="07:00"))
    await choose(acme, BEN, choices={Topic.OPEN: Choice(pace=Pace.HOURLY)})

    view = await chosen(acme)

    assert view.zone == "Europe/Berlin"
    assert view.quiet == Quiet(from_="22:00", to="07:00")
    assert topic(view, Topic.OPEN).pace is Pace.HOURLY
    assert topic(view, Topic.OPEN).chosen
    assert topic(view, Topic.ASKED).channels == (ChannelKind.EMAIL,)
    assert not topic(view, Topic.ASKED).chosen


async def test_a_choice_is_taken_back_by_null(house: House) -> None:
    await choose(
        house,
        BEN,
        quiet=Quiet(from_="22:00", to="07:00"),
        choices={Topic.OPEN: Choice()},
        addresses={ChannelKind.SLACK: SLACK},
    )

    await choose(
        house,
        BEN,
        quiet=None,
        choices={Topic.OPEN: None},
        addresses={ChannelKind.SLACK: None},
    )

    view = await chosen(house)
    assert view.quiet is None
    assert not topic(view, Topic.OPEN).chosen
    assert view.addresses == {ChannelKind.EMAIL: "ben@acme.example"}


async def test_a_change_is_on_the_record_without_what_was_chosen(house: House) -> None:
    await choose(house, BEN, addresses={ChannelKind.SLACK: SLACK})

    entry = await last(house)
    assert (entry["type"], entry["actor"], entry["subject"]) == (
        "preferences.set",
        "pe_ben",
        "pe_ben",
    )
    assert entry["codes"] == {"by": "person"}
    assert entry["private"] == {}


async def test_choosing_the_same_again_is_no_change(house: House) -> None:
    await choose(house, BEN, zone="Europe/Berlin")
    before = len(await log(house))

    await choose(house, BEN, zone="Europe/Berlin")

    assert len(await log(house)) == before


async def test_an_address_lies_encrypted_and_is_shown_by_its_ends(house: House) -> None:
    await choose(house, BEN, addresses={ChannelKind.SLACK: SLACK})

    (row,) = await house.engine.read(
        lambda tx: tx.all("SELECT body FROM preferences"), workspace=ACME
    )
    view = await chosen(house)
    assert b"topsecret" not in bytes(row[0])
    assert view.addresses[ChannelKind.SLACK] == "https://hooks.slack.com/…cret"


async def test_an_agent_chooses_nothing(house: House) -> None:
    with refused(Code.FORBIDDEN):
        await do(house, preferences.set, SCRIBE, Set(zone="UTC"))


async def test_what_is_no_zone_is_refused_and_nothing_is_kept(house: House) -> None:
    with refused(Code.INVALID):
        await choose(house, BEN, zone="Europe/Atlantis", digest_at="09:00")

    assert (await chosen(house)).digest_at == "08:00"


# Links.


@pytest.fixture
async def desk(tmp_path: Path):
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def link_to(desk: Desk) -> str:
    """Return the last part of the link in a message that asks Ben for a review."""
    await follow(desk.house)
    await desk.put(SCRIBE, "input/report.csv")
    await desk.submit(SCRIBE, "input/report.csv", reviewers=("ben@acme.example",))
    await follow(desk.house)
    desk.wait(11)
    mail = Sink()
    await send(desk.house, mail)
    return mail.to("ben")[0].stop_url.rpartition("/")[2]


async def test_a_link_ends_what_it_names_and_nothing_else(desk: Desk) -> None:
    word = await link_to(desk)
    seen = await desk.house.ask(preferences.look, system(ACME), OneLink(word=word))

    await do(desk.house, preferences.stop, system(ACME), OneLink(word=word))

    view = await chosen(desk.house)
    assert seen.sentences == ("You, or a group of yours, are asked to review.",)
    assert topic(view, Topic.ASKED).channels == ()
    assert topic(view, Topic.ASKED).inbox
    assert topic(view, Topic.RAISED).channels == (ChannelKind.EMAIL,)
    assert (await last(desk.house))["codes"] == {"by": "link"}


async def test_a_link_that_is_used_twice_changes_nothing_more(desk: Desk) -> None:
    word = await link_to(desk)
    await do(desk.house, preferences.stop, system(ACME), OneLink(word=word))
    before = len(await log(desk.house))

    await do(desk.house, preferences.stop, system(ACME), OneLink(word=word))

    assert len(await log(desk.house)) == before


async def test_a_link_that_was_changed_ends_nothing(desk: Desk) -> None:
    word = await link_to(desk)
    changed = word[:-6] + ("AAAAAA" if word[-6:] != "AAAAAA" else "BBBBBB")

    for bad in (changed, word[:40], "", "ä", "%%%"):
        with pytest.raises(NotFound):
            await do(desk.house, preferences.stop, system(ACME), OneLink(word=bad))


async def test_only_the_house_follows_a_link(desk: Desk) -> None:
    word = await link_to(desk)

    with refused(Code.FORBIDDEN):
        await do(desk.house, preferences.stop, ADA, OneLink(word=word))
