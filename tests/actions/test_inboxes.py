"""What waits for whom, what lies beside it, and the exact bytes of a round."""

from collections.abc import AsyncIterator
from pathlib import Path as FilePath

import pytest

from signoff.actions import handoff_files, inboxes, overviews
from signoff.actions.folder_views import PathOnly
from signoff.actions.handoff_files import LookAt, OpenFile
from signoff.actions.inboxes import Beside, CountThrough, LookThrough
from signoff.domain.errors import Code
from signoff.domain.ids import Slug
from tests.actions.cast import ADA, BEN, DAN, RITA, SCRIBE, at
from tests.actions.desk import Desk, opened_desk, refused


@pytest.fixture
async def desk(tmp_path: FilePath) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def _two(desk: Desk) -> tuple[str, str]:
    await desk.put(SCRIBE, "input/a.csv")
    await desk.put(SCRIBE, "input/b.csv")
    first = await desk.submit(SCRIBE, "input/a.csv", title="A")
    second = await desk.submit(SCRIBE, "input/b.csv", title="B", reviewers=("group:legal",))
    return first.id, second.id


async def test_counts_are_of_what_waits_for_whoever_asks(desk: Desk):
    await _two(desk)

    ben = await desk.house.ask(inboxes.count, BEN, CountThrough())
    ada = await desk.house.ask(inboxes.count, ADA, CountThrough())
    rita = await desk.house.ask(inboxes.count, RITA, CountThrough())

    assert (ben.mine, ben.groups, ben.everything) == (2, {"group:legal": 1}, 2)
    assert (ada.mine, ada.everything) == (1, 2)
    assert (rita.mine, rita.everything) == (0, 2)


async def test_pages_go_on_where_the_last_ended(desk: Desk):
    first, second = await _two(desk)
    asked = LookThrough(view="everything", limit=1)

    one = await desk.house.ask(inboxes.look, BEN, asked)
    two = await desk.house.ask(
        inboxes.look, BEN, LookThrough(view="everything", limit=1, cursor=one.next or "")
    )

    assert [item.id for item in (*one.items, *two.items)] == [first, second]
    assert two.next is None


async def test_neighbours_are_those_of_the_view(desk: Desk):
    first, second = await _two(desk)

    found = await desk.house.ask(inboxes.beside, BEN, Beside(handoff=second))

    assert (found.index, found.of, found.previous, found.next) == (2, 2, first, None)


async def test_the_desk_says_why_one_may_not_decide(desk: Desk):
    await desk.put(DAN, "input/a.csv")
    seen = await desk.submit(DAN, "input/a.csv")

    ben = await desk.house.ask(handoff_files.desk, BEN, LookAt(handoff=seen.id))
    rita = await desk.house.ask(handoff_files.desk, RITA, LookAt(handoff=seen.id))

    assert (ben.why_not, ben.may_take) == ("", True)
    assert rita.why_not.startswith("You are not a reviewer of this handoff.")
    assert not rita.may_take


async def test_bytes_that_no_round_had_are_not_found(desk: Desk):
    await desk.put(SCRIBE, "input/a.csv")
    seen = await desk.submit(SCRIBE, "input/a.csv")

    with refused(Code.NOT_FOUND):
        await desk.house.ask(
            handoff_files.open_,
            BEN,
            OpenFile(handoff=seen.id, path="file", digest=f"sha256:{'0' * 64}"),
        )


async def test_a_stranger_to_the_workspace_sees_nothing_of_it(desk: Desk):
    await _two(desk)
    stranger = at(ADA, Slug("acme"))

    for query, asked in (
        (inboxes.count, CountThrough()),
        (inboxes.look, LookThrough()),
        (overviews.stages, overviews.LookAround()),
        (overviews.place, PathOnly(path="input")),
        (overviews.seal, overviews.LookAtSeal()),
    ):
        with refused(Code.NOT_FOUND):
            await desk.house.ask(query, stranger, asked)  # type: ignore[arg-type]


async def test_a_folder_says_what_putting_something_there_would_mean(desk: Desk):
    here = await desk.house.ask(overviews.place, ADA, PathOnly(path="needs-review"))
    decided = await desk.house.ask(overviews.place, ADA, PathOnly(path="approved"))
    reader = await desk.house.ask(overviews.place, RITA, PathOnly(path="input"))

    assert (here.may_write, here.why) == (True, "What is put here is handed over for review.")
    assert not decided.may_write
    assert not reader.may_write
