"""The drive, told to people: how a folder is mounted, and programs that edit where a file lies."""

import re
from html import unescape

import httpx
import pytest

from signoff.actions import locks
from signoff.actions.locks import TakeLock
from signoff.web.applications import starts
from signoff.web.drives import System, system_of
from tests.actions.cast import ADA, BEN, MAY, RITA, SCRIBE, do
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, text

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile"
DRIVE = "http://signoff.example/dav/acme"
OFFICE = "vnd.openxmlformats-officedocument.wordprocessingml.document"


def links(page: httpx.Response) -> dict[str, str]:
    """Return the links that start a program, by their words."""
    found = re.findall(r'<a class="btn small" href="([a-z.-]+:of[^"]*)">([^<]*)<', page.text)
    return {words: unescape(url) for url, words in found}


def copied(page: httpx.Response) -> dict[str, str]:
    """Return what a page offers to be copied, by its id."""
    found = re.findall(r'<code id="([a-z]+)"[^>]*>([^<]*)<', page.text)
    return {name: unescape(said) for name, said in found}


async def on(door: Doorway, path: str, browser: str = "") -> httpx.Response:
    return await (await door.browser(ADA)).get(path, headers={"user-agent": browser})


# Mounting.


@pytest.mark.parametrize(
    ("browser", "system"),
    [
        (WINDOWS, System.WINDOWS),
        (MAC, System.MACOS),
        (LINUX, System.LINUX),
        (PHONE, None),
        ("curl/8.5", None),
        ("", None),
    ],
)
def test_the_system_is_told_by_a_browser_where_it_is_plain(browser: str, system: System | None):
    assert system_of(browser) == system


@pytest.mark.parametrize(
    ("browser", "words"),
    [
        (WINDOWS, "Map network drive"),
        (MAC, "Connect to Server"),
        (LINUX, "In Files (GNOME)"),
        (PHONE, "give any WebDAV client this address"),
    ],
)
async def test_the_visitors_own_system_is_shown_first(
    door: Doorway, acme: Desk, browser: str, words: str
):
    page = await on(door, "/w/acme/drive", browser)

    assert words in text(page)
    assert copied(page)["user"] == "ada@acme.example"


async def test_every_system_is_one_link_away(door: Doorway, acme: Desk):
    page = await on(door, "/w/acme/drive?on=rclone", WINDOWS)

    assert re.findall(r'href="([^"]*on=[a-z]+)"( aria-current="true")?>', page.text) == [
        ("/w/acme/drive?on=macos", ""),
        ("/w/acme/drive?on=windows", ""),
        ("/w/acme/drive?on=linux", ""),
        ("/w/acme/drive?on=rclone", ' aria-current="true"'),
    ]


async def test_each_address_is_of_this_folder_and_encoded(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/Q4 & müll #1/a.txt")
    here = "/w/acme/drive/notes/Q4%20%26%20m%C3%BCll%20%231"
    below = "notes/Q4%20%26%20m%C3%BCll%20%231"

    mac = copied(await on(door, f"{here}?on=macos"))
    linux = copied(await on(door, f"{here}?on=linux"))
    rclone = copied(await on(door, f"{here}?on=rclone"))

    assert mac["address"] == f"{DRIVE}/{below}"
    assert linux["address"] == f"dav://signoff.example/dav/acme/{below}"
    assert linux["davfs"] == (
        f"mkdir -p ~/acme\nsudo mount -t davfs -o uid=$(id -u) {DRIVE}/{below} ~/acme"
    )
    assert rclone["rclone"].splitlines() == [
        "[acme]",
        "type = webdav",
        f"url = {DRIVE}/{below}",
        "vendor = nextcloud",
        "nextcloud_chunk_size = 0",
        "user = ada@acme.example",
    ]


async def test_an_address_without_encryption_says_so(door: Doorway, acme: Desk):
    page = text(await on(door, "/w/acme/drive", WINDOWS))

    assert "passwords and files travel unencrypted, and Windows and Office refuse it" in page


async def test_office_is_told_of_this_server_on_windows(door: Doorway, acme: Desk):
    page = await on(door, "/w/acme/drive?on=windows")

    assert copied(page)["allow"] == (
        r'reg add "HKCU\Software\Policies\Microsoft\Office\16.0\Common\Identity"'
        ' /v basichostallowlist /t REG_EXPAND_SZ /d "signoff.example"'
    )


async def test_a_folder_leads_to_its_mounting_and_a_file_to_that_of_its_folder(
    door: Doorway, acme: Desk
):
    await acme.put(ADA, "notes/a.txt")
    ada = await door.browser(ADA)

    folder = await ada.get("/w/acme/files/notes")
    file = await ada.get("/w/acme/drive/notes/a.txt")
    none = await ada.get("/w/acme/drive/nothing")

    assert 'href="/w/acme/drive/notes"' in folder.text
    assert "Mount this folder" in text(folder)
    assert file.headers["location"] == "/w/acme/drive/notes"
    assert none.status_code == 404


# Programs.


async def test_a_document_opens_in_word_and_libreoffice_where_it_may_be_edited(
    door: Doorway, acme: Desk
):
    await acme.put(ADA, "notes/Müller & Söhne #2.docx")

    page = await on(door, "/w/acme/files/notes/M%C3%BCller%20%26%20S%C3%B6hne%20%232.docx", MAC)

    address = f"{DRIVE}/notes/M%C3%BCller%20%26%20S%C3%B6hne%20%232.docx"
    assert links(page) == {
        "Open in Word": f"ms-word:ofe|u|{address}",
        "Open in LibreOffice": f"vnd.libreoffice.command:ofe|u|{address}",
    }
    assert 'mail address and an <a href="/w/acme/you/passwords">app password' in page.text


async def test_who_may_only_read_is_offered_a_look(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.xlsx")
    rita = await door.browser(RITA)

    page = await rita.get("/w/acme/files/notes/a.xlsx", headers={"user-agent": WINDOWS})

    assert links(page)["View in Excel"] == f"ms-excel:ofv|u|{DRIVE}/notes/a.xlsx"
    assert 'href="/w/acme/drive/notes?on=windows#office">If it refuses' in page.text


async def test_what_is_in_review_is_edited_and_what_is_approved_only_seen(
    door: Doorway, acme: Desk
):
    await acme.put(SCRIBE, "input/a.odp")
    seen = await acme.submit(SCRIBE, "input/a.odp")
    before = links(await on(door, "/w/acme/files/needs-review/a.odp", MAC))
    await acme.decide(BEN, seen, "approve")

    after = links(await on(door, "/w/acme/files/approved/a.odp", MAC))

    assert list(before) == ["Open in PowerPoint", "Open in LibreOffice"]
    assert list(after) == ["View in PowerPoint", "View in LibreOffice"]


async def test_what_somebody_else_holds_is_only_seen(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.ods")
    await do(acme.house, locks.take, MAY, TakeLock(path="notes/a.ods"))
    path = "/w/acme/files/notes/a.ods"

    hers = links(await (await door.browser(MAY)).get(path))
    adas = links(await on(door, path, LINUX))

    assert "Open in LibreOffice" in hers
    assert list(adas) == ["View in LibreOffice"]


async def test_no_program_is_offered_for_a_phone_an_earlier_version_or_a_picture(
    door: Doorway, acme: Desk
):
    await acme.put(ADA, "notes/a.docx", "one")
    await acme.put(ADA, "notes/a.docx", "two")
    await acme.put(ADA, "notes/a.png", "x")

    assert links(await on(door, "/w/acme/files/notes/a.docx", PHONE)) == {}
    assert links(await on(door, "/w/acme/files/notes/a.docx?version=1", MAC)) == {}
    assert links(await on(door, "/w/acme/files/notes/a.png", MAC)) == {}


@pytest.mark.parametrize(
    ("name", "media_type", "programs"),
    [
        ("a.DOCX", "", ["Word", "LibreOffice"]),
        ("a.xlsb", "", ["Excel"]),
        ("a.csv", "text/csv", ["Excel", "LibreOffice"]),
        ("a.odg", "", ["LibreOffice"]),
        ("report", f"application/{OFFICE}", ["Word", "LibreOffice"]),
        ("report", "text/rtf; charset=utf-8", ["Word", "LibreOffice"]),
        (".docx", "", []),
        ("a.txt", "text/plain", []),
        ("a.pdf", "application/pdf", []),
    ],
)
def test_a_program_is_offered_for_what_it_can_edit(
    name: str, media_type: str, programs: list[str]
):
    offered = starts(f"{DRIVE}/{name}", media_type, name=name, may_edit=True)

    assert [each.words.removeprefix("Open in ") for each in offered] == programs


def test_a_bar_in_a_name_is_encoded_and_kept_from_libreoffice_which_would_stop_there():
    offered = starts(f"{DRIVE}/a%7Cb.docx", "", name="a|b.docx", may_edit=True)

    assert [each.url for each in offered] == [f"ms-word:ofe|u|{DRIVE}/a%7Cb.docx"]
