"""Signing in and out, the theme, and who is let in at all."""

import pytest

from signoff.actions import keys, people
from signoff.actions.passwords import Passwords
from signoff.web.pages import SECURITY
from signoff.web.visits import own_path
from tests.actions.cast import ADA, OPERATOR, do
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, text

PASSWORD = "correct horse battery"


async def test_a_stranger_is_sent_to_sign_in_and_back_to_where_they_wanted(door: Doorway):
    answer = await door.stranger().get("/w/acme/inbox?kind=relay")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/signin?next=/w/acme/inbox%3Fkind%3Drelay"


async def test_a_password_opens_the_door_and_leads_on(door: Doorway, acme: Desk):
    await Passwords(acme.house).reset(OPERATOR, "pe_ben", PASSWORD)
    stranger = door.stranger()

    answer = await stranger.post(
        "/signin",
        data={"email": "ben@acme.example", "password": PASSWORD, "next": "/w/acme/files"},
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/w/acme/files")
    assert "HttpOnly; SameSite=Lax" in answer.headers["set-cookie"]
    assert (await stranger.get("/w/acme/inbox")).status_code == 200


async def test_a_wrong_password_is_told_beside_the_field_and_the_address_is_kept(door: Doorway):
    answer = await door.stranger().post(
        "/signin", data={"email": "ben@acme.example", "password": "no", "next": "/"}
    )

    assert answer.status_code == 401
    assert "The e-mail address or the password is wrong." in text(answer)
    assert 'value="ben@acme.example"' in answer.text
    assert "set-cookie" not in answer.headers


async def test_who_guesses_too_often_is_told_to_wait(door: Doorway):
    stranger = door.stranger()
    guess = {"email": "ben@acme.example", "password": "no", "next": "/"}

    for _ in range(5):
        await stranger.post("/signin", data=guess)
    answer = await stranger.post("/signin", data=guess)

    assert answer.status_code == 429
    assert "There were too many wrong passwords" in text(answer)


async def test_opening_a_link_uses_nothing_up_and_its_button_works_once(
    door: Doorway, acme: Desk
):
    link = await do(acme.house, people.link, OPERATOR, people.Of(person="pe_ben"))
    path = link.url.removeprefix("http://signoff.example")
    stranger = door.stranger()

    looked = [await stranger.get(path), await stranger.get(path)]
    pressed = await stranger.post(path)
    again = await door.stranger().post(path)

    assert [one.status_code for one in looked] == [200, 200]
    assert "This link signs you in once." in text(looked[1])
    assert pressed.status_code == 303
    assert again.status_code == 401
    assert "This link was used before" in text(again)


async def test_signing_out_ends_the_session_for_good(door: Doorway):
    ada = await door.browser(ADA)

    answer = await ada.post("/signout")

    assert answer.headers["location"] == "/signin"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await ada.get("/w/acme/inbox")).headers["location"].startswith("/signin?next=")


async def test_a_key_opens_no_page(door: Doorway, acme: Desk):
    made = await do(acme.house, keys.create, ADA, keys.Create(agent="Scribe"))

    answer = await door.stranger(authorization=f"Bearer {made.secret}").get("/w/acme/inbox")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/signin")


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
@pytest.mark.parametrize(
    "path", ["/signin", "/signout", "/appearance", "/w/acme/folders", "/w/acme/uploads"]
)
async def test_no_other_site_can_post_in_ones_name(door: Doorway, path: str, headers):
    ada = await door.browser(ADA)

    answer = await ada.post(path, data={"email": "x", "theme": "dark"}, headers=headers)

    assert answer.status_code == 403
    assert "Another site's page asked for this in your name." in text(answer)
    assert "set-cookie" not in answer.headers


async def test_the_theme_is_a_cookie_and_the_page_is_shown_again(door: Doorway):
    ada = await door.browser(ADA)
    referer = {"referer": "http://signoff.example/w/acme/files/input"}

    answer = await ada.post("/appearance", data={"theme": "dark"}, headers=referer)

    assert answer.headers["location"] == "/w/acme/files/input"
    assert answer.headers["set-cookie"].startswith("theme=dark; Path=/; Max-Age=31536000")


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("/w/acme/inbox?a=1", "/w/acme/inbox?a=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("/ü", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_to_another_site(said: str, path: str):
    assert own_path(said) == path


@pytest.mark.parametrize("path", ["/signin", "/w/acme/inbox", "/w/acme/files", "/nowhere"])
async def test_every_page_has_its_policy_and_is_kept_by_nobody(door: Doorway, path: str):
    answer = await (await door.browser(ADA)).get(path)

    assert {name: answer.headers[name] for name in SECURITY} == SECURITY
    assert answer.headers["cache-control"] == "no-store"


async def test_the_first_page_leads_to_the_only_workspace(door: Doorway):
    answer = await (await door.browser(ADA)).get("/")

    assert answer.headers["location"] == "/w/acme/inbox"


async def test_a_workspace_of_others_looks_as_if_it_were_not_there(door: Doorway):
    answer = await (await door.browser(ADA)).get("/w/other/inbox")

    assert answer.status_code == 404
    assert "There is nothing here." in text(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/w/acme/handoffs/ho_no", 404),
        ("GET", "/w/acme/files/no.csv", 404),
        ("GET", "/w/ACME/inbox", 404),
        ("GET", "/w/acme/files/..%2Fx", 400),
        ("GET", "/w/acme/%FF", 400),
        ("DELETE", "/w/acme/inbox", 405),
        ("GET", "/static/none.css", 404),
        ("GET", "/w/acme/inbox?cursor=x", 422),
        ("GET", "/w/acme/activity?before=x", 422),
    ],
)
async def test_every_refusal_is_a_page_with_a_way_on(
    door: Doorway, method: str, path: str, status: int
):
    answer = await (await door.browser(ADA)).request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "To the" in text(answer)


async def test_styles_and_scripts_are_kept_for_ever_under_their_hash(door: Doorway):
    stranger = door.stranger()
    page = await stranger.get("/signin")
    url = page.text.partition('href="')[2].partition('"')[0]

    asset = await stranger.get(url)
    known = await stranger.get(url, headers={"if-none-match": asset.headers["etag"]})
    bare = await stranger.get("/static/css/ground.css")

    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert known.status_code == 304
    assert bare.headers["cache-control"] == "public, no-cache"
    assert bare.headers["content-encoding"] == "gzip"


async def test_a_fault_of_ours_is_a_page_that_says_that_nothing_was_changed(
    door: Doorway, acme: Desk, caplog: pytest.LogCaptureFixture
):
    ada = await door.browser(ADA)
    await acme.house.engine.close()

    answer = await ada.get("/w/acme/inbox")

    assert answer.status_code == 500
    assert "Something went wrong on our side. Nothing was changed." in text(answer)
    assert "GET /w/acme/inbox failed" in caplog.text
