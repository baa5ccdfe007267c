"""News, what one chose to hear, channels, and the link that ends messages."""

import re

from signoff.actions import notifications, preferences
from signoff.actions.notifications import Count
from signoff.actions.preferences import Read
from signoff.domain.messages import ChannelKind
from signoff.domain.topics import Topic
from tests.actions.cast import ADA, BEN, DAN, MAY, SCRIBE, last
from tests.actions.desk import Desk
from tests.actions.postal import Sink, follow, send
from tests.web.visitors import Doorway, text

NEWS = "/w/acme/news"
HEARING = "/w/acme/you/notifications"
CHANNELS = "/w/acme/settings/channels"
SLACK = "https://hooks.slack.com/services/T1/B2/topsecret"


async def handed(desk: Desk, path: str = "input/report.csv"):
    await follow(desk.house)
    await desk.put(SCRIBE, path)
    seen = await desk.submit(SCRIBE, path, reviewers=("ben@acme.example",))
    await follow(desk.house)
    return seen


async def unread(desk: Desk) -> int:
    return (await desk.house.ask(notifications.count, BEN, Count())).unread


async def test_what_is_new_is_marked_in_the_inbox_and_counted(
    door: Doorway, acme: Desk
) -> None:
    await handed(acme)
    ben, ada = await door.browser(BEN), await door.browser(ADA)

    inbox, of_ada = (
        await ben.get("/w/acme/inbox"),
        await ada.get("/w/acme/inbox?view=everything"),
    )

    assert "row unread" in inbox.text
    assert "report.csv , not opened yet" in text(inbox)
    assert "1 not seen yet" in text(inbox)
    assert "row unread" not in of_ada.text
    assert "not seen yet" not in text(of_ada)


async def test_looking_at_a_page_marks_nothing_and_its_button_does(
    door: Doorway, acme: Desk
) -> None:
    seen = await handed(acme)
    ben = await door.browser(BEN)
    page = await ben.get(f"/w/acme/handoffs/{seen.id}")
    await ben.head(f"/w/acme/handoffs/{seen.id}")
    before = await unread(acme)

    read = await ben.post(f"/w/acme/handoffs/{seen.id}/read", data={"x": "1"})

    assert "Mark as seen" in text(page)
    assert before == 1
    assert read.headers["location"] == f"/w/acme/handoffs/{seen.id}"
    assert await unread(acme) == 0
    assert "Mark as seen" not in text(await ben.get(f"/w/acme/handoffs/{seen.id}"))


async def test_news_are_listed_and_seen_one_by_one_or_all_at_once(
    door: Doorway, acme: Desk
) -> None:
    for name in ("one", "two", "three"):
        seen = await handed(acme, f"input/{name}.csv")
    ben = await door.browser(BEN)
    page = await ben.get(NEWS)
    first = re.findall(r'name="id" value="([^"]+)"', page.text)[0]
    until = re.findall(r'name="until" value="(\d+)"', page.text)[0]

    await ben.post(NEWS, data={"id": first})
    after_one = await unread(acme)
    await ben.post(NEWS, data={"until": until})

    assert "Scribe asks you to review “three.csv”" in text(page)
    assert f'href="/w/acme/handoffs/{seen.id}"' in page.text
    assert after_one == 2
    assert await unread(acme) == 0
    assert "Seen" in text(await ben.get(NEWS))


async def test_without_news_the_page_says_what_would_stand_there(door: Doorway) -> None:
    dan = await door.browser(DAN)

    assert "Nothing new." in text(await dan.get(NEWS))


# Choosing.


def as_sent(page) -> dict[str, list[str]]:
    """Return what a browser would send of the form as it stands."""
    form = page.text.partition('class="hearing"')[2].partition("</form>")[0]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and (" checked" in tag or 'type="checkbox"' not in tag):
            sent.setdefault(name[1], []).append(value[1] if value else "")
    for name, inner in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]+)" selected', inner)
        sent[name] = [chosen[1] if chosen else ""]
    return sent


async def test_sending_the_form_as_it_stands_chooses_nothing(door: Doorway, acme: Desk) -> None:
    ben = await door.browser(BEN)
    page = await ben.get(HEARING)

    kept = await ben.post(HEARING, data=as_sent(page))

    view = await acme.house.ask(preferences.read, BEN, Read())
    assert kept.headers["location"] == f"{HEARING}?kept=1"
    assert not [one.topic for one in view.topics if one.chosen]
    assert (await last(acme.house))["type"] != "preferences.set"


async def test_what_is_chosen_is_kept_and_shown(door: Doorway, acme: Desk) -> None:
    ben = await door.browser(BEN)
    form = as_sent(await ben.get(HEARING))
    changed = form | {
        "zone": ["Europe/Berlin"],
        "digest_at": ["07:30:00"],
        "quiet": ["1"],
        "asked": ["inbox"],
        "open_pace": ["hourly"],
        "slack_address": [SLACK],
    }

    await ben.post(HEARING, data=changed)
    page = await ben.get(f"{HEARING}?kept=1")

    view = await acme.house.ask(preferences.read, BEN, Read())
    by_topic = {one.topic: one for one in view.topics}
    assert (view.zone, view.digest_at) == ("Europe/Berlin", "07:30")
    assert view.quiet is not None
    assert by_topic[Topic.ASKED].channels == ()
    assert by_topic[Topic.OPEN].pace == "hourly"
    assert "Kept." in text(page)
    assert "topsecret" not in page.text
    assert "https://hooks.slack.com/…cret" in page.text
    assert as_sent(page)["quiet"] == ["1"]


async def test_an_address_is_forgotten_on_request(door: Doorway, acme: Desk) -> None:
    ben = await door.browser(BEN)
    form = as_sent(await ben.get(HEARING))
    await ben.post(HEARING, data=form | {"slack_address": [SLACK]})

    await ben.post(HEARING, data=form | {"slack_gone": ["1"]})

    view = await acme.house.ask(preferences.read, BEN, Read())
    assert ChannelKind.SLACK not in view.addresses


async def test_what_is_refused_is_said_on_the_page_and_not_lost(
    door: Doorway, acme: Desk
) -> None:
    ben = await door.browser(BEN)
    form = as_sent(await ben.get(HEARING))

    refused = await ben.post(
        HEARING, data=form | {"zone": ["Europe/Atlantis"], "digest_at": ["06:15"]}
    )
    no_time = await ben.post(HEARING, data=form | {"digest_at": ["25:99"]})

    assert refused.status_code == 422
    assert "There is no time zone “Europe/Atlantis”" in text(refused)
    assert 'value="06:15"' in refused.text
    assert no_time.status_code == 422


async def test_the_browsers_zone_is_offered(door: Doorway) -> None:
    ben = await door.browser(BEN)
    ben.headers["cookie"] += "; zone=Europe%2FVienna"

    assert "Your browser is in Europe/Vienna." in text(await ben.get(HEARING))


# The link in a message.


async def test_a_link_asks_and_its_button_ends_the_messages(door: Doorway, acme: Desk) -> None:
    await handed(acme)
    acme.wait(11)
    mail = Sink()
    await send(acme.house, mail)
    link = mail.to("ben")[0].stop_url.removeprefix("http://signoff.example")
    stranger = door.stranger()

    asked = await stranger.get(link)
    before = (await acme.house.ask(preferences.read, BEN, Read())).topics[0].channels
    one_click = await stranger.post(link, data={"List-Unsubscribe": "One-Click"})

    after = (await acme.house.ask(preferences.read, BEN, Read())).topics[0].channels
    assert "No more of these?" in text(asked)
    assert "Ben" not in text(asked)
    assert (before, after) == ((ChannelKind.EMAIL,), ())
    assert one_click.status_code == 200
    assert "It is quiet now." in text(one_click)


async def test_a_link_that_was_not_made_here_ends_nothing(door: Doorway) -> None:
    stranger = door.stranger()

    for path in ("/stop/acme/nonsense", "/stop/nowhere/nonsense", "/stop/-/x"):
        assert (await stranger.post(path)).status_code == 404


# Channels.


async def test_a_manager_adds_changes_and_removes_a_channel(door: Doorway, acme: Desk) -> None:
    may = await door.browser(MAY)
    form = {"name": "Finance", "kind": "slack", "address": SLACK, "group": "legal"}
    await may.post(CHANNELS, data=form)
    page = await may.get(CHANNELS)
    one = re.findall(rf'action="{CHANNELS}/([^/"]+)"', page.text)[0]
    await may.post(f"{CHANNELS}/{one}", data={"name": "Money", "kind": "slack"})
    changed = await may.get(CHANNELS)
    await may.post(f"{CHANNELS}/{one}/remove")

    assert "Only what asks legal." in text(page)
    assert "topsecret" not in page.text
    assert "Money" in text(changed)
    assert "Only what asks legal." not in text(changed)
    assert "There is none yet." in text(await may.get(CHANNELS))


async def test_an_address_that_is_none_is_refused_on_the_page(door: Doorway) -> None:
    may = await door.browser(MAY)

    refused = await may.post(CHANNELS, data={"name": "X", "kind": "email", "address": "no"})

    assert refused.status_code == 422
    assert "is not an e-mail address" in text(refused)
    assert 'value="X"' in refused.text
