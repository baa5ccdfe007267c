"""One lock table for all doors: what is taken at one is seen and kept at the others (RULES 14)."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signoff.actions import locks
from signoff.actions.lock_views import LockView
from signoff.actions.locks import FindLocks, TakeLock
from signoff.domain.actors import Caller, Door
from tests.actions.cast import ADA, BEN, DAN, RITA, SCRIBE, held
from tests.dav.conftest import open_town
from tests.dav.drive import D, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def take(town: Town, caller: Caller, path: str, **how: Any) -> str:
    """Take a lock as another door does; return its token."""
    done = await town.house.do(locks.take, caller, TakeLock(path=path, **how))
    assert isinstance(done.result, LockView)
    return held(done.result)


def on_page(caller: Caller) -> Caller:
    return replace(caller, door=Door.WEB)


async def test_a_lock_of_word_is_refused_to_an_agent_over_rest_and_shown(town: Town):
    dan = town["dan"]
    await dan.put("word.docx", "x")
    taken = await dan.lock("word.docx", owner="Dan Brown")

    status, refused = await town.rest(
        "scribe", "PUT", "files/word.docx", b"y", If_Match=await dan.etag("word.docx")
    )
    listed = await town.rest("scribe", "GET", "locks?path=word.docx")
    shown = await town.house.ask(locks.find, on_page(RITA), FindLocks(path="word.docx"))

    assert (status, refused["code"], refused["holder_name"]) == (423, "locked", "Dan")
    assert [each["holder"]["name"] for each in listed[1]["items"]] == ["Dan"]
    assert "token" not in listed[1]["items"][0]
    assert [each.holder.name for each in shown.items] == ["Dan"]
    assert taken.token not in str((refused, listed, shown))
    status, _ = await town.rest("scribe", "POST", "locks", {"path": "word.docx"})
    assert status == 423


async def test_a_lock_of_an_agent_over_rest_keeps_a_drive_out_its_owners_too(town: Town):
    ada, dan = town["ada"], town["dan"]
    await dan.put("agents.txt", "x")
    status, taken = await town.rest("scribe", "POST", "locks", {"path": "agents.txt"})
    assert status == 201

    for drive in (ada, dan, town["clerk"]):
        assert (await drive.put("agents.txt", "y")).status == 423
        assert (await drive.lock("agents.txt")).status == 423
        assert (await drive("DELETE", "agents.txt")).status == 423
        token = {"If": f"(<{taken['token']}>)"}
        assert (await drive("PUT", "agents.txt", token, b"y")).status == 423
        found = await drive("PROPFIND", "agents.txt", {"Depth": "0"})
        assert taken["token"].encode() not in found.body
        assert found.xml.findtext(f".//{D}activelock/{D}owner") == "Scribe"
    own = await town["scribe"].put("agents.txt", "z", If=f"(<{taken['token']}>)")
    assert own.status == 204
    assert (await town["scribe"].unlock("agents.txt", taken["token"])).status == 204


async def test_the_same_lock_is_used_at_either_door_by_its_holder(town: Town):
    scribe = town["scribe"]
    await scribe.put("either.txt", "x")
    taken = await scribe.lock("either.txt")

    status, _ = await town.rest(
        "scribe", "PUT", "files/either.txt", b"y", Lock_Token=taken.token
    )
    assert status == 200
    status, found = await town.rest("scribe", "POST", f"locks/{taken.token}/refresh", {})
    assert status == 200
    assert found["token"] == taken.token
    status, _ = await town.rest("scribe", "DELETE", f"locks/{taken.token}")
    assert status == 204
    assert (await scribe.unlock("either.txt", taken.token)).status == 409


async def test_a_checkout_on_a_page_yields_to_the_same_persons_save(town: Town):
    dan = town["dan"]
    await dan.put("checkout.txt", "x")
    await take(town, on_page(DAN), "checkout.txt")

    assert (await town["ben"].put("checkout.txt", "y")).status == 423
    assert (await dan.put("checkout.txt", "y")).status == 204

    found = await town.house.ask(locks.find, on_page(DAN), FindLocks(path="checkout.txt"))
    assert found.items == ()


async def test_a_checkout_on_a_page_yields_to_the_same_persons_lock_who_then_holds_it(
    town: Town,
):
    dan = town["dan"]
    await dan.put("office.docx", "x")
    before = await take(town, on_page(DAN), "office.docx")
    assert (await town["ben"].lock("office.docx")).status == 423

    taken = await dan.lock("office.docx")

    assert taken.status == 200
    assert taken.token != before
    found = await town.house.ask(locks.find, on_page(DAN), FindLocks(path="office.docx"))
    assert [(each.kind, each.token) for each in found.items] == [("dav", taken.token)]


async def test_it_is_never_the_other_way_nor_between_a_person_and_their_agent(town: Town):
    ada, scribe = town["ada"], town["scribe"]
    await ada.put("never.txt", "x")
    taken = await ada.lock("never.txt")
    with pytest.raises(Exception, match="locked"):
        await take(town, on_page(ADA), "never.txt")
    assert (await scribe.put("never.txt", "y")).status == 423
    await ada.unlock("never.txt", taken.token)

    by_agent = await take(town, replace(SCRIBE, door=Door.REST), "never.txt")

    assert (await ada.put("never.txt", "y")).status == 423
    assert (await ada.lock("never.txt")).status == 423
    assert (await scribe.put("never.txt", "y")).status == 423
    assert (await scribe.put("never.txt", "y", If=f"(<{by_agent}>)")).status == 204


async def test_a_lock_over_rest_of_a_person_does_not_yield(town: Town):
    ben = town["ben"]
    await ben.put("rest.txt", "x")
    token = await take(town, replace(BEN, door=Door.REST), "rest.txt")

    assert (await ben.put("rest.txt", "y")).status == 423
    assert (await ben.put("rest.txt", "y", If=f"(<{token}>)")).status == 204


async def test_what_another_door_says_of_an_owner_is_text_and_breaks_no_xml(town: Town):
    scribe = town["scribe"]
    await scribe.put("odd-owner.txt", "x")
    said = {"path": "odd-owner.txt", "owner_text": '</D:owner><evil> & "co" é'}
    status, _ = await town.rest("scribe", "POST", "locks", said)
    assert status == 201

    found = await scribe("PROPFIND", "odd-owner.txt", {"Depth": "0"})

    assert found.xml.find(f".//{D}activelock/{D}locktoken") is not None
    assert b"<evil>" not in found.body


async def test_the_token_is_shown_to_its_holder_alone_and_the_name_to_all(town: Town):
    dan = town["dan"]
    await dan.make("shown")
    await dan.put("shown/a.txt", "x")
    taken = await dan.lock("shown", owner="secret of Dan's Word")

    for name in ("ada", "ben", "rita", "scribe", "dan"):
        for path, depth in (("shown", "0"), ("shown", "1"), ("shown/a.txt", "0")):
            found = await town[name]("PROPFIND", path, {"Depth": depth})
            active = list(found.xml.iter(f"{D}activelock"))
            assert active, (name, path)
            tokens = {each.findtext(f"{D}locktoken/{D}href") for each in active}
            owners = {each.findtext(f"{D}owner") for each in active}
            if name == "dan":
                assert (tokens, owners) == ({taken.token}, {"secret of Dan's Word"})
            else:
                assert (tokens, owners) == ({None}, {"Dan"})
                assert b"secret" not in found.body


async def test_locks_survive_a_restart(tmp_path: Path):
    town = await open_town(tmp_path)
    await town.settle_in()
    dan, ben = town["dan"], town["ben"]
    await dan.put("kept.txt", "x")
    taken = await dan.lock("kept.txt")
    new = await dan.lock("new.txt")
    await town.app.close()

    again = await open_town(tmp_path)
    dan2 = Drive(again.app, dan.user, dan.secret)
    ben2 = Drive(again.app, ben.user, ben.secret)

    assert (await ben2.put("kept.txt", "y")).status == 423
    assert (await ben2.put("new.txt", "y")).status == 423
    assert (await dan2("LOCK", "kept.txt", {"If": f"(<{taken.token}>)"})).status == 200
    assert (await dan2.put("kept.txt", "z", If=f"(<{taken.token}>)")).status == 204
    assert (await dan2.unlock("new.txt", new.token)).status == 204
    assert await ben2.get("new.txt") == b""
    await again.app.close()
