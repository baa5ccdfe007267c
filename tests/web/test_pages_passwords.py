"""App passwords: made and shown once, listed without secrets, revoked, and nobody else's."""

import re
from html import unescape

import pytest

from signoff.actions import app_passwords
from signoff.actions.credentials import by_app_password
from signoff.domain.errors import Unauthenticated
from signoff.domain.ids import INSTANCE
from tests.actions.cast import ACME, ADA, BEN, at, do, log
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, text

HERE = "/w/acme/you/passwords"


def secret_in(page: str) -> str:
    """Return the password that a page shows; empty if it shows none."""
    return next(iter(re.findall(r'id="secret"[^>]*>([^<]*)<', page)), "")


async def test_a_new_one_is_shown_once_and_opens_the_drive(door: Doorway, acme: Desk):
    ada = await door.browser(ADA)

    made = await ada.post(HERE, data={"name": "laptop", "ends": "", "decides": "1"})
    after = await ada.get(HERE)

    secret = secret_in(made.text)
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    assert "“laptop” is made. You see it once." in text(made)
    assert secret_in(after.text) == ""
    assert secret not in after.text
    assert "laptop may decide Made" in text(after)
    proven = await acme.house.engine.read(
        lambda tx: by_app_password(tx, "ada@acme.example", secret), workspace=ACME
    )
    assert (proven.actor.id, proven.credential.decides) == ("pe_ada", True)


async def test_it_decides_and_lasts_only_as_was_said(door: Doorway, acme: Desk):
    ada = await door.browser(ADA)

    await ada.post(HERE, data={"name": "backup", "ends": "30"})

    (kept,) = (
        await acme.house.ask(app_passwords.every, at(ADA, INSTANCE), app_passwords.Every())
    ).items
    assert not kept.decides
    assert kept.expires_at is not None
    assert (kept.expires_at - kept.created_at).days in (29, 30)


async def test_it_is_on_the_record_without_its_secret(door: Doorway, acme: Desk):
    ada = await door.browser(ADA)

    made = await ada.post(HERE, data={"name": "laptop", "ends": ""})

    entries = await log(acme.house, INSTANCE)
    assert entries[-1]["type"] == "app_password.created"
    assert secret_in(made.text) not in str(entries)


async def test_one_that_is_revoked_opens_nothing_and_leaves_the_list(door: Doorway, acme: Desk):
    ada = await door.browser(ADA)
    made = await ada.post(HERE, data={"name": "laptop", "ends": ""})
    listed = await ada.get(HERE)
    way = re.findall(r'action="([^"]*/revoke)"', listed.text)[0]

    done = await ada.post(way)
    again = await ada.post(way)

    assert (done.status_code, done.headers["location"]) == (303, HERE)
    assert again.status_code == 404
    assert "You have none yet." in text(await ada.get(HERE))
    with pytest.raises(Unauthenticated):
        await acme.house.engine.read(
            lambda tx: by_app_password(tx, "ada@acme.example", secret_in(made.text)),
            workspace=ACME,
        )


async def test_nobody_sees_or_ends_anothers(door: Doorway, acme: Desk):
    made = await do(
        acme.house, app_passwords.create, at(BEN, INSTANCE), app_passwords.Create(name="bens")
    )
    ada = await door.browser(ADA)

    page = await ada.get(HERE)
    refused = await ada.post(f"{HERE}/{made.id}/revoke")

    assert "bens" not in page.text
    assert refused.status_code == 404


@pytest.mark.parametrize("path", [HERE, f"{HERE}/ap_1/revoke"])
async def test_another_sites_page_makes_and_ends_none(door: Doorway, acme: Desk, path: str):
    ada = await door.browser(ADA)

    answer = await ada.post(
        path, data={"name": "x", "ends": ""}, headers={"origin": "https://evil.example"}
    )

    assert answer.status_code == 403
    assert "You have none yet." in text(await ada.get(HERE))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": " ", "ends": ""}, "A name has 1 to 200 printable characters."),
        ({"name": "laptop", "ends": "7"}, "That is no time at which it could end."),
    ],
)
async def test_what_cannot_be_made_is_told_and_the_form_is_kept(
    door: Doorway, acme: Desk, said: dict[str, str], words: str
):
    ada = await door.browser(ADA)

    answer = await ada.post(HERE, data={**said, "decides": "1"})

    assert answer.status_code == 422
    assert words in text(answer)
    assert 'name="decides" value="1" aria-describedby="decides-help" checked' in answer.text


async def test_a_link_is_no_way_to_make_or_end_one(door: Doorway, acme: Desk):
    ada = await door.browser(ADA)

    got = await ada.get(f"{HERE}?name=laptop&ends=&decides=1")
    way = await ada.get(f"{HERE}/ap_1/revoke")

    assert "You have none yet." in text(got)
    assert way.status_code == 405


async def test_ones_own_page_leads_there(door: Doorway, acme: Desk):
    ada = await door.browser(ADA)

    page = await ada.get("/w/acme/you")

    assert f'href="{HERE}"' in page.text
    assert 'class="who" href="/w/acme/you"' in page.text


async def test_who_came_from_a_folder_is_led_back_to_it(door: Doorway, acme: Desk):
    await acme.put(ADA, "Q4 & müll/a.txt")
    ada = await door.browser(ADA)
    mount = await ada.get("/w/acme/drive/Q4%20%26%20m%C3%BCll")
    way = unescape(re.findall(r'href="(/w/acme/you/passwords[^"]*)"', mount.text)[0])

    form = await ada.get(way)
    (folder,) = re.findall(r'name="folder" value="([^"]*)"', form.text)
    made = await ada.post(HERE, data={"name": "laptop", "ends": "", "folder": unescape(folder)})

    assert 'href="/w/acme/drive/Q4%20%26%20m%C3%BCll"' in made.text
    assert "Mount the folder" in text(made)
