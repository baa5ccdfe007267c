import pytest

from signoff.actions import deciding, handoffs, locks, submitting
from signoff.actions.deciding import Decide
from signoff.actions.handoffs import One
from signoff.actions.locks import TakeLock
from signoff.actions.submitting import Submit
from signoff.domain.errors import (
    Code,
    Conflict,
    Forbidden,
    Held,
    NotFound,
    Unconditional,
)
from tests.actions.cast import ADA, BEN, DAN, RITA, SCRIBE, do, held, last, log
from tests.actions.tree import copy, folder, rows
from tests.actions.works import names_in, node_at, put, text_of


async def test_a_copy_is_a_new_file_with_the_same_bytes(house):
    await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/a.txt", "two")

    done = await copy(house, DAN, "shared/a.txt", "other/b.txt")

    assert (done.path, done.version, done.nodes, done.created) == ("other/b.txt", 1, 1, True)
    assert await text_of(house, DAN, "other/b.txt") == "two"
    assert await node_at(house, "other/b.txt") != await node_at(house, "shared/a.txt")
    blobs = await rows(
        house, "SELECT DISTINCT blob FROM nodes WHERE ws = :ws AND kind = 'file'"
    )
    assert len(blobs) == 1


async def test_a_copy_is_on_the_record_with_both_ends(house):
    await put(house, DAN, "shared/a.txt", "one")

    done = await copy(house, DAN, "shared/a.txt", "shared/b.txt")

    entry = await last(house)
    assert (entry["type"], entry["id"], entry["codes"]) == (
        "file.copied",
        done.event,
        {"nodes": 1},
    )
    assert (entry["private"]["from"], entry["private"]["to"]) == (
        "shared/a.txt",
        "shared/b.txt",
    )


async def test_a_folder_is_copied_with_all_that_is_below(house):
    await put(house, DAN, "shared/x/a.txt", "a")
    await put(house, DAN, "shared/x/y/b.txt", "b")

    done = await copy(house, DAN, "shared/x", "shared/z")

    assert done.nodes == 4
    assert await names_in(house, "shared/z") == ["a.txt", "y"]
    assert await text_of(house, DAN, "shared/z/y/b.txt") == "b"
    assert await text_of(house, DAN, "shared/x/y/b.txt") == "b"
    assert len([e for e in await log(house) if e["type"] == "file.copied"]) == 1


async def test_a_shallow_copy_of_a_folder_is_empty(house):
    await put(house, DAN, "shared/x/a.txt", "a")

    await copy(house, DAN, "shared/x", "shared/z", shallow=True)

    assert await names_in(house, "shared/z") == []


async def test_copying_onto_a_file_writes_its_next_version(house):
    await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/b.txt", "two")
    node = await node_at(house, "shared/b.txt")

    with pytest.raises(Conflict) as refused:
        await copy(house, DAN, "shared/a.txt", "shared/b.txt")
    done = await copy(house, DAN, "shared/a.txt", "shared/b.txt", overwrite=True)

    assert refused.value.code is Code.EXISTS
    assert (await node_at(house, "shared/b.txt"), done.version, done.created) == (
        node,
        2,
        False,
    )


async def test_an_agent_says_what_its_copy_overwrites(house):
    await put(house, SCRIBE, "shared/a.txt", "one")
    await put(house, SCRIBE, "shared/b.txt", "two")

    with pytest.raises(Unconditional):
        await copy(house, SCRIBE, "shared/a.txt", "shared/b.txt", overwrite=True)


async def test_a_folder_that_a_copy_overwrites_goes_to_the_trash(house):
    await put(house, DAN, "shared/x/new.txt")
    await put(house, DAN, "shared/y/old.txt")

    await copy(house, DAN, "shared/x", "shared/y", overwrite=True)

    assert await names_in(house, "shared/y") == ["new.txt"]


async def test_a_folder_is_not_copied_into_itself(house):
    await folder(house, DAN, "shared/x")

    with pytest.raises(Conflict):
        await copy(house, DAN, "shared/x", "shared/x/y")


async def test_a_copy_of_what_was_approved_is_free(house):
    await put(house, SCRIBE, "input/r.pdf", "text")
    shown = await do(house, submitting.submit, SCRIBE, Submit(paths=("input/r.pdf",)))
    decision = Decide(handoff=shown.id, verdict="approve", digest=shown.digest, round=1)
    await do(house, deciding.decide, BEN, decision)

    done = await copy(house, SCRIBE, "approved/r.pdf", "input/r.pdf")

    assert done.path == "input/r.pdf"
    assert await rows(house, "SELECT count(*) FROM handoffs WHERE ws = :ws") == [(1,)]
    assert len(await rows(house, "SELECT node FROM queue WHERE ws = :ws")) == 1


async def test_a_copy_into_needs_review_is_submitted_at_once(house):
    await put(house, DAN, "shared/a.txt", "one")

    done = await copy(house, DAN, "shared/a.txt", "needs-review/a.txt")

    shown = await house.ask(handoffs.read, BEN, One(handoff=str(done.handoff)))
    assert (shown.state, shown.path, shown.submitted_by.id) == (
        "in_review",
        "needs-review/a.txt",
        DAN.actor.id,
    )
    assert await names_in(house, "shared") == ["a.txt"]


async def test_a_folder_copied_into_needs_review_is_one_package(house):
    await put(house, SCRIBE, "shared/x/a.txt", "a")
    await put(house, SCRIBE, "shared/x/b.txt", "b")

    done = await copy(house, SCRIBE, "shared/x", "needs-review/x")

    shown = await house.ask(handoffs.read, BEN, One(handoff=str(done.handoff)))
    assert [file.path for file in shown.files] == ["a.txt", "b.txt"]


@pytest.mark.parametrize("to", ["approved/a.txt", "rejected/a.txt"])
async def test_nothing_is_copied_into_what_is_decided(house, to):
    await put(house, BEN, "shared/a.txt")

    with pytest.raises(Forbidden) as refused:
        await copy(house, BEN, "shared/a.txt", to)

    assert refused.value.code is Code.BY_DECISION_ONLY


async def test_a_lock_on_the_source_does_not_hinder_a_copy_and_one_on_the_target_does(house):
    await put(house, DAN, "shared/a.txt", "one")
    await folder(house, DAN, "other")
    await do(house, locks.take, BEN, TakeLock(path="shared/a.txt"))
    await copy(house, DAN, "shared/a.txt", "other/a.txt")
    await do(house, locks.take, BEN, TakeLock(path="other"))

    with pytest.raises(Held) as refused:
        await copy(house, DAN, "shared/a.txt", "other/b.txt")

    assert refused.value.code is Code.LOCKED


async def test_a_reader_copies_nothing_and_nothing_is_copied_from_nowhere(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(Forbidden):
        await copy(house, RITA, "shared/a.txt", "shared/b.txt")
    with pytest.raises(NotFound):
        await copy(house, ADA, "shared/none.txt", "shared/b.txt")


async def test_a_copy_of_a_draft_is_the_version_that_one_sees(house):
    await put(house, DAN, "shared/a.txt", "published")
    lock = await do(house, locks.take, DAN, TakeLock(path="shared/a.txt", mode="draft"))
    await put(house, DAN, "shared/a.txt", "unfinished", held(lock))

    await copy(house, BEN, "shared/a.txt", "shared/b.txt")

    assert await text_of(house, BEN, "shared/b.txt") == "published"


async def test_a_folder_with_somebody_elses_draft_is_not_copied(house):
    await put(house, DAN, "shared/x/a.txt", "published")
    await do(house, locks.take, DAN, TakeLock(path="shared/x/a.txt", mode="draft"))

    with pytest.raises(Held) as refused:
        await copy(house, BEN, "shared/x", "shared/y")

    assert refused.value.code is Code.LOCKED
