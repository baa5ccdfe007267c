"""Files: listings, uploads, folders, versions, the trash, and bytes that never run."""

import re

import pytest

from signoff.domain.errors import Malformed
from signoff.web.multipart import Multipart
from signoff.web.pages import RAW_SECURITY
from tests.actions.cast import ADA, BEN, RITA, SCRIBE
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, text


async def test_a_folder_lists_what_is_in_it_and_what_stands_around(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/2026/plan.md", "# Plan\n")

    page = await (await door.browser(ADA)).get("/w/acme/files/notes/2026")

    assert page.status_code == 200
    assert re.findall(r'<a class="nm" href="([^"]*)"', page.text) == [
        "/w/acme/files/notes/2026/plan.md"
    ]
    assert "all files / notes / 2026" in text(page)


async def test_files_of_a_form_arrive_whole_and_a_taken_name_is_not_overwritten(
    door: Doorway, acme: Desk
):
    ada = await door.browser(ADA)
    large = b"x" * 70_000
    both = [("file", ("grün & gut.csv", b"a,b\n1,2\n")), ("file", ("large.bin", large))]

    stored = await ada.post("/w/acme/uploads", data={"into": "notes"}, files=both)
    again = await ada.post("/w/acme/uploads", data={"into": "notes"}, files=both[:1])

    assert stored.headers["location"] == "/w/acme/files/notes"
    tree = await acme.tree()
    assert tree["notes/grün & gut.csv"] == "a,b\n1,2\n"
    assert tree["notes/large.bin"] == "x" * 70_000
    assert again.status_code == 412
    assert "A file of this name is here already." in text(again)


async def test_a_name_with_a_path_of_the_readers_disk_keeps_its_last_part(
    door: Doorway, acme: Desk
):
    ada = await door.browser(ADA)
    file = ("file", ("..\\..\\approved\\evil.csv", b"x\n"))

    await ada.post("/w/acme/uploads", data={"into": "notes"}, files=[file])

    assert await acme.paths() == {"notes/evil.csv"}


async def test_who_may_only_read_uploads_nothing(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.csv")
    rita = await door.browser(RITA)

    page = await rita.get("/w/acme/files/notes")
    posted = await rita.post(
        "/w/acme/uploads", data={"into": "notes"}, files=[("file", ("b.csv", b"x"))]
    )

    assert "data-upload" not in page.text
    assert posted.status_code == 403
    assert await acme.paths() == {"notes/a.csv"}


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=a"]
)
async def test_a_broken_form_is_refused(door: Doorway, content_type: str):
    ada = await door.browser(ADA)

    answer = await ada.post(
        "/w/acme/uploads", content=b"nonsense", headers={"content-type": content_type}
    )

    assert answer.status_code == 400


async def test_a_form_that_ends_early_is_no_file():
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it'

    async def chunks():
        yield body

    form = Multipart("multipart/form-data; boundary=b", chunks())
    part = await anext(form.parts())

    assert part.filename == "a"
    with pytest.raises(Malformed, match="The form ended early"):
        await form.text()


async def test_a_folder_is_made_and_a_taken_name_is_told_on_the_page(door: Doorway, acme: Desk):
    ada = await door.browser(ADA)

    made = await ada.post("/w/acme/folders", data={"into": "", "name": "notes"})
    again = await ada.post("/w/acme/folders", data={"into": "", "name": "notes"})
    stage = await ada.post("/w/acme/folders", data={"into": "", "name": "Approved"})

    assert made.headers["location"] == "/w/acme/files/notes"
    assert (again.status_code, stage.status_code) == (409, 403)
    assert "“notes” exists already." in text(again)


async def test_a_file_goes_to_the_trash_and_comes_back(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.csv", "one\n")
    ada = await door.browser(ADA)

    thrown = await ada.post("/w/acme/trash", data={"path": "notes/a.csv"})
    listed = await ada.get("/w/acme/trash")
    restore = re.findall(r'action="([^"]*/restore)"', listed.text)[0]
    back = await ada.post(restore)

    assert thrown.headers["location"] == "/w/acme/files/notes"
    assert "a.csv notes" in text(listed)
    assert back.headers["location"] == "/w/acme/files/notes/a.csv"
    assert (await acme.tree())["notes/a.csv"] == "one\n"


async def test_an_earlier_version_is_shown_and_becomes_the_newest(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.txt", "first\n")
    await acme.put(ADA, "notes/a.txt", "second\n")
    ada = await door.browser(ADA)

    page = await ada.get("/w/acme/files/notes/a.txt?version=1")
    done = await ada.post("/w/acme/versions", data={"path": "notes/a.txt", "version": "1"})

    assert "This is version 1." in text(page)
    assert "first" in text(page)
    assert done.headers["location"] == "/w/acme/files/notes/a.txt"
    assert (await acme.tree())["notes/a.txt"] == "first\n"


async def test_a_locked_package_says_who_may_not(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv")
    seen = await acme.submit(SCRIBE, "input/a.csv", title="October")
    ada = await door.browser(ADA)

    refused = await ada.post("/w/acme/trash", data={"path": seen.path})

    assert refused.status_code == 423
    assert "Somebody holds this." in text(refused)
    assert f'href="/w/acme/handoffs/{seen.id}">To the handoff' in refused.text


# Bytes.


@pytest.mark.parametrize(
    ("name", "data", "headers"),
    [
        ("page.html", "<script>alert(1)</script>", ("text/html", "attachment")),
        ("a.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", ("image/svg+xml", "inline")),
        ("a.pdf", "%PDF-1.7", ("application/pdf", "attachment")),
        ("a.js", "alert(1)", ("text/javascript", "attachment")),
        ("a.txt", "hello", ("text/plain", "attachment")),
    ],
)
async def test_nothing_that_was_uploaded_runs_in_our_origin(
    door: Doorway, acme: Desk, name: str, data: str, headers: tuple[str, str]
):
    await acme.put(ADA, f"notes/{name}", data)

    answer = await (await door.browser(BEN)).get(f"/w/acme/raw/notes/{name}")

    assert answer.text == data
    media_type, how = headers
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.headers["content-disposition"] == f"{how}; filename*=UTF-8''{name}"
    assert {name: answer.headers[name] for name in RAW_SECURITY} == RAW_SECURITY


async def test_a_part_of_a_file_can_be_asked_for(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.txt", "0123456789")
    ben = await door.browser(BEN)

    middle = await ben.get("/w/acme/raw/notes/a.txt", headers={"range": "bytes=2-4"})
    end = await ben.get("/w/acme/raw/notes/a.txt", headers={"range": "bytes=-3"})
    none = await ben.get("/w/acme/raw/notes/a.txt", headers={"range": "bytes=10-"})

    assert (middle.status_code, middle.text) == (206, "234")
    assert middle.headers["content-range"] == "bytes 2-4/10"
    assert (end.text, none.status_code) == ("789", 416)


async def test_a_handoffs_bytes_stay_what_they_were_when_people_edit(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.txt", "as submitted\n")
    seen = await acme.submit(SCRIBE, "input/a.txt")
    await acme.put(ADA, "needs-review/a.txt", "as edited\n")
    await acme.decide(ADA, await acme.read(ADA, seen.id), "approve")
    hexdigest = seen.files[0].digest.removeprefix("sha256:")
    ben = await door.browser(BEN)

    answer = await ben.get(f"/w/acme/handoffs/{seen.id}/raw/{hexdigest}/file")
    other = await ben.get(f"/w/acme/handoffs/{seen.id}/raw/{'0' * 64}/file")

    assert answer.text == "as submitted\n"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert other.status_code == 404


PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R>>endobj
4 0 obj<</Length 27>>stream
1 0 0 rg 0 0 100 100 re f
endstream
endobj
trailer<</Root 1 0 R/Size 5>>
%%EOF
"""


async def test_the_pages_of_a_pdf_are_drawn_and_never_the_pdf_itself(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.pdf", PDF.decode())
    ada = await door.browser(ADA)

    page = await ada.get("/w/acme/files/notes/a.pdf")
    url = re.findall(r'<img src="([^"]*)"', page.text)[0]
    drawn = await ada.get(url)

    assert url == "/w/acme/pages/1/notes/a.pdf?version=1"
    assert drawn.headers["content-type"] == "image/png"
    assert drawn.content[16:24] == (1240).to_bytes(4, "big") + (620).to_bytes(4, "big")
    assert (await ada.get("/w/acme/pages/2/notes/a.pdf?version=1")).status_code == 415


async def test_what_only_claims_to_be_a_pdf_is_for_download(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.pdf", "%PDF-1.4 and then nothing")

    page = await (await door.browser(ADA)).get("/w/acme/files/notes/a.pdf")

    assert page.status_code == 200
    assert "Its pages cannot be drawn here." in text(page)


async def test_the_record_is_told_newest_first_and_of_one_handoff(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv")
    await acme.put(ADA, "notes/b.csv")
    seen = await acme.submit(SCRIBE, "input/a.csv", title="October")
    await acme.decide(BEN, seen, "request_changes", "Row <2>.")
    ben = await door.browser(BEN)

    everything = text(await ben.get("/w/acme/activity"))
    of_one = text(await ben.get(f"/w/acme/activity?handoff={seen.id}"))

    assert everything.index("asked for changes in October Row <2>.") < everything.index(
        "Ada put notes/b.csv"
    )
    assert "asked for changes in" in of_one
    assert "notes/b.csv" not in of_one


async def test_a_long_record_goes_on_where_the_page_ended(door: Doorway, acme: Desk):
    for n in range(110):
        await acme.put(ADA, f"notes/{n:03}.txt", "x")
    ben = await door.browser(BEN)

    first = await ben.get("/w/acme/activity")
    older = re.findall(r'href="(\?before=\d+)" rel="next"', first.text)[0]
    second = await ben.get(f"/w/acme/activity{older}")

    assert "notes/109.txt" in first.text
    assert "notes/000.txt" not in first.text
    assert "notes/000.txt" in second.text


async def test_a_refusal_of_right_stands_on_the_record(door: Doorway, acme: Desk):
    await acme.put(ADA, "notes/a.csv")
    rita = await door.browser(RITA)

    await rita.post("/w/acme/trash", data={"path": "notes/a.csv"})
    page = text(await (await door.browser(ADA)).get("/w/acme/activity"))

    assert "Rita was refused:" in page
    assert "browser, session" in page
