"""The page of the log's followers: how far each has read, and the way back."""

from signoff.actions import followers
from signoff.actions.followers import FOLLOWERS, Follow
from signoff.domain.actors import system
from tests.actions.cast import ACME, DAN, MAY, do, log
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, text

HERE = "/w/acme/settings/followers"
NAMES = Follow(follower=next(each for each in FOLLOWERS if each.name == "names"))


async def test_a_manager_sees_who_is_behind_and_sends_one_back(door: Doorway, acme: Desk):
    may = await door.browser(MAY)
    behind = await may.get(HERE)
    await do(acme.house, followers.follow, system(ACME), NAMES)
    read = await may.get(HERE)

    sent = await may.post(f"{HERE}/names", data={"position": "1"})

    assert "behind" in text(behind)
    assert "names up to date" in text(read)
    assert (sent.status_code, sent.headers["location"]) == (303, HERE)
    assert (await log(acme.house))[-1]["type"] == "follower.rewound"
    assert "Has read up to entry 1" in text(await may.get(HERE))


async def test_a_position_that_is_none_is_refused_on_the_page(door: Doorway, acme: Desk):
    may = await door.browser(MAY)
    await do(acme.house, followers.follow, system(ACME), NAMES)

    refused = await may.post(f"{HERE}/names", data={"position": "soon"})

    assert refused.status_code == 422
    assert "A position is a whole number" in text(refused)


async def test_it_is_for_managers_and_others_are_led_to_their_own(door: Doorway):
    dan = await door.browser(DAN)

    page = await dan.get(HERE)
    entered = await dan.get("/w/acme/settings")

    assert page.status_code == 403
    assert entered.headers["location"] == "/w/acme/settings/policy"
