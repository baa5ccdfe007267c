"""What waits, for whom, in which order; and approving several at once."""

import re

from tests.actions.cast import ADA, BEN, DAN, SCRIBE
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, text


def titles(page: str) -> list[str]:
    return re.findall(r'<a class="title" href="[^"]*">([^<]*)', page)


async def test_what_is_due_first_stands_first_under_its_day(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv")
    await acme.put(SCRIBE, "input/b.csv")
    await acme.submit(SCRIBE, "input/a.csv", title="Without a date")
    await acme.submit(SCRIBE, "input/b.csv", title="Late", due_at="2020-01-01T00:00:00Z")

    page = await (await door.browser(BEN)).get("/w/acme/inbox")

    assert titles(page.text) == ["Late", "Without a date"]
    assert re.findall(r'<h2 class="when"[^>]*>([^<]*)', page.text) == ["Late ", "No due date "]
    assert "2 waiting, 1 due today" in text(page)


async def test_mine_is_what_one_is_asked_for_and_nobody_else_has_taken(
    door: Doorway, acme: Desk
):
    await acme.put(SCRIBE, "input/a.csv")
    await acme.put(SCRIBE, "input/b.csv")
    await acme.submit(SCRIBE, "input/a.csv", title="For Ada", reviewers=("ada@acme.example",))
    await acme.submit(SCRIBE, "input/b.csv", title="For legal", reviewers=("group:legal",))
    ben = await door.browser(BEN)

    mine, everything, legal = [
        await ben.get(f"/w/acme/inbox?view={view}")
        for view in ("mine", "everything", "group:legal")
    ]

    assert titles(mine.text) == ["For legal"]
    assert sorted(titles(everything.text)) == ["For Ada", "For legal"]
    assert titles(legal.text) == ["For legal"]


async def test_a_review_that_somebody_took_leaves_the_others_lists(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv")
    seen = await acme.submit(SCRIBE, "input/a.csv", title="One")
    ada, ben = await door.browser(ADA), await door.browser(BEN)

    taken = await ada.post(f"/w/acme/handoffs/{seen.id}/take")
    others = await ben.get("/w/acme/inbox")
    back = await ada.post(f"/w/acme/handoffs/{seen.id}/give-back")

    assert (taken.status_code, back.status_code) == (303, 303)
    assert titles(others.text) == []
    assert "1 handoff waits for others." in text(others)
    assert titles((await ben.get("/w/acme/inbox")).text) == ["One"]


async def test_filters_keep_a_kind_or_what_is_flagged(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv")
    await acme.put(SCRIBE, "input/b.csv")
    await acme.submit(SCRIBE, "input/a.csv", title="Stuck", kind="escalation", needs="x")
    await acme.submit(SCRIBE, "input/b.csv", title="Done")
    ben = await door.browser(BEN)

    assert titles((await ben.get("/w/acme/inbox?kind=escalation")).text) == ["Stuck"]
    assert titles((await ben.get("/w/acme/inbox?flagged=1")).text) == []
    assert titles(
        (await ben.get(f"/w/acme/inbox?agent={SCRIBE.actor.id}&kind=approval")).text
    ) == ["Done"]


async def test_a_long_list_goes_on_where_the_page_ended(door: Doorway, acme: Desk):
    for n in range(53):
        await acme.put(SCRIBE, f"input/{n:02}.csv")
        await acme.submit(SCRIBE, f"input/{n:02}.csv", title=f"No {n:02}")
    ben = await door.browser(BEN)

    first = await ben.get("/w/acme/inbox")
    more = re.findall(r'href="(\?[^"]*cursor[^"]*)"', first.text)[0]
    second = await ben.get(f"/w/acme/inbox{more}")

    assert titles(first.text) == [f"No {n:02}" for n in range(50)]
    assert titles(second.text) == ["No 50", "No 51", "No 52"]


async def test_several_are_approved_at_once_and_what_has_changed_is_left_out(
    door: Doorway, acme: Desk
):
    await acme.put(SCRIBE, "input/a.csv")
    await acme.put(SCRIBE, "input/b.csv")
    await acme.submit(SCRIBE, "input/a.csv", title="A")
    b = await acme.submit(SCRIBE, "input/b.csv", title="B")
    ben = await door.browser(BEN)
    page = await ben.get("/w/acme/inbox")
    picks = re.findall(r'name="pick" value="([^"]*)"', page.text)
    assert b.path is not None
    await acme.put(ADA, b.path, "changed\n")

    answer = await ben.post("/w/acme/decisions", data={"pick": picks})

    assert "1 approved. 1 left out: B : The package has changed since you" in text(answer)
    assert f'<a href="/w/acme/handoffs/{b.id}">B</a>' in answer.text
    assert titles(answer.text) == ["B"]


async def test_a_row_that_cannot_be_read_decides_nothing(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv")
    await acme.submit(SCRIBE, "input/a.csv", title="A")
    ben = await door.browser(BEN)

    broken = await ben.post("/w/acme/decisions", data={"pick": ["ho_x one sha256:0"]})
    none = await ben.post("/w/acme/decisions", data={"all": "0"})

    assert broken.status_code == 400
    assert "Nothing was picked." in text(none)
    assert titles((await ben.get("/w/acme/inbox")).text) == ["A"]


async def test_who_may_not_decide_has_an_empty_list_and_sees_everything(
    door: Doorway, acme: Desk
):
    await acme.put(SCRIBE, "input/a.csv")
    await acme.submit(SCRIBE, "input/a.csv", title="A")
    dan = await door.browser(DAN)

    assert titles((await dan.get("/w/acme/inbox")).text) == []
    assert titles((await dan.get("/w/acme/inbox?view=everything")).text) == ["A"]
