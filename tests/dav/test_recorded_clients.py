"""The requests of Finder, Windows, Office, LibreOffice and davfs2, replayed."""

import pytest

from signoff.actions import locks
from tests.actions.cast import MAY
from tests.actions.works import later
from tests.dav.drive import Answer, D, Drive, Town
from tests.dav.recorded import SEQUENCES, Step, filled

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def replay(drive: Drive, steps: tuple[Step, ...], folder: str) -> list[Answer]:
    """Send a client's requests; each must be answered so that the client goes on."""
    token, etag, answers = "", "", []
    for n, template in enumerate(steps):
        step = filled(template, at=folder, token=token, etag=etag)
        target = step.path if step.path.startswith("/") else f"/dav/acme/{step.path}"
        body = step.body if isinstance(step.body, str) else list(step.body)
        answer = await drive.raw(step.method, target.encode(), step.headers, body)

        said = (n, step.method, step.path, answer.status, answer.body[:300])
        assert answer.status in step.expect, said
        for name, begins in step.has.items():
            assert answer.headers.get(name, "?").startswith(begins), (name, said)
        for name in step.sees:
            assert answer.prop(name) is not None, (name, said)
        if "lock-token" in answer.headers:
            token = answer.headers["lock-token"].strip("<>")
        etag = answer.headers.get("etag", etag)
        answers.append(answer)
    return answers


@pytest.mark.parametrize("stage", ["input", "shared"])
@pytest.mark.parametrize("name", SEQUENCES)
async def test_a_client_sees_what_it_needs(town: Town, name: str, stage: str):
    dan = town["dan"]
    if not await dan.there(stage):
        await dan.make(stage)
    folder = f"{stage}/{name.lower().replace(' ', '-')}"
    await dan.make(folder)
    await dan.put(f"{folder}/old.docx", "old!")
    before = await dan.etag(f"{folder}/old.docx")

    await replay(dan, SEQUENCES[name], folder)

    assert await dan.there(f"{folder}/old.docx")
    if name == "an editor that renames":
        assert await dan.get(f"{folder}/old.docx") == b"saved aside"
        after = await dan.etag(f"{folder}/old.docx")
        assert after.rpartition("-")[0] == before.rpartition("-")[0]
        assert await dan.names(folder) == ["old.docx"]


async def test_finder_may_write_into_review_and_opens_one_handoff(town: Town):
    dan = town["dan"]
    await dan.make("needs-review/from-finder")
    await dan.put("needs-review/from-finder/old.docx", "old!")
    steps = tuple(
        step
        for step in SEQUENCES["Finder"]
        if step.method != "MOVE" and "Bericht" not in step.path
    )

    await replay(dan, steps, "needs-review/from-finder")

    names = await dan.names("needs-review/from-finder")
    assert names == ["old.docx", "Report \u00fcber.pdf"]


async def test_word_asks_who_holds_it_and_waits(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.put("meeting.docx", "x")
    taken = await dan.lock("meeting.docx", owner="<D:href>Dan Brown</D:href>")
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'

    assert (await ben.lock("meeting.docx", owner="Ben")).status == 423
    asked = await ben("PROPFIND", "meeting.docx", {"Depth": "0"}, body)
    active = asked.prop("lockdiscovery")
    assert active is not None
    assert active.findtext(f".//{D}owner") == "Dan"
    await dan.unlock("meeting.docx", taken.token)
    asked = await ben("PROPFIND", "meeting.docx", {"Depth": "0"}, body)

    assert list(asked.prop("lockdiscovery") or ()) == []
    assert (await ben.lock("meeting.docx", owner="Ben")).status == 200


async def test_word_keeps_its_lock_over_a_long_afternoon(fresh: Town):
    dan = fresh["dan"]
    await dan.put("long.docx", "x")
    taken = await dan.lock("long.docx", Timeout="Second-3600")
    mine = {"If": f"(<{taken.token}>)", "Timeout": "Second-3600"}

    for _ in range(8):
        later(fresh.house, 3000 * 1_000_000)
        refreshed = await dan("LOCK", "long.docx", mine)
        assert refreshed.status == 200
    assert (await dan.put("long.docx", "y", If=f"(<{taken.token}>)")).status == 204


async def test_a_lock_broken_by_a_manager_makes_the_next_save_say_so(fresh: Town):
    dan = fresh["dan"]
    await dan.put("broken.odt", "x")
    taken = await dan.lock("broken.odt")
    await fresh.house.do(
        locks.break_, MAY, locks.BreakLock(path="broken.odt", reason="On holiday")
    )

    assert (await dan.put("broken.odt", "y", If=f"(<{taken.token}>)")).status == 412
    assert (await dan.unlock("broken.odt", taken.token)).status == 409
    assert await dan.get("broken.odt") == b"x"
