import pytest

from signoff.actions import handoffs, locks, submitting
from signoff.actions.handoffs import One
from signoff.actions.house import House
from signoff.actions.locks import TakeLock
from signoff.actions.submitting import Submit
from signoff.domain.errors import Code, Conflict, Forbidden, Held, Stale, Unconditional
from signoff.domain.ids import SECOND
from tests.actions.cast import ADA, BEN, CLERK, DAN, RITA, SCRIBE, by_drive, do, held, last, log
from tests.actions.tree import delete, folder, move, rows
from tests.actions.works import later, names_in, node_at, put, text_of


async def test_a_file_moves_and_keeps_its_history(house):
    first = await put(house, DAN, "shared/a.txt", "one")
    node = await node_at(house, "shared/a.txt")

    done = await move(house, DAN, "shared/a.txt", "shared/deep/er/b.txt")

    assert (done.path, done.version, done.created) == ("shared/deep/er/b.txt", 1, True)
    assert done.etag == first.etag
    assert await node_at(house, "shared/deep/er/b.txt") == node
    assert await names_in(house, "shared") == ["deep"]


async def test_a_move_is_on_the_record_with_both_ends(house):
    await put(house, DAN, "shared/a.txt", "one")

    done = await move(house, DAN, "shared/a.txt", "shared/b.txt")

    entry = await last(house)
    assert (entry["type"], entry["id"]) == ("file.moved", done.event)
    assert entry["private"]["from"] == "shared/a.txt"
    assert entry["private"]["to"] == "shared/b.txt"


async def test_a_folder_moves_as_one_row_whatever_is_below(house):
    for name in ("a", "b", "c"):
        await put(house, DAN, f"shared/x/{name}.txt", name)
    inside = await node_at(house, "shared/x/a.txt")

    await move(house, DAN, "shared/x", "shared/y")

    assert await names_in(house, "shared/y") == ["a.txt", "b.txt", "c.txt"]
    assert await node_at(house, "shared/y/a.txt") == inside
    assert len([e for e in await log(house) if e["type"] == "file.moved"]) == 1


async def test_a_rename_of_case_alone_is_allowed(house):
    await put(house, DAN, "shared/report.txt", "one")
    node = await node_at(house, "shared/report.txt")

    await move(house, DAN, "shared/report.txt", "shared/Report.txt")

    assert await names_in(house, "shared") == ["Report.txt"]
    assert await node_at(house, "shared/Report.txt") == node


async def test_a_name_that_differs_from_anothers_by_case_alone_is_taken(house):
    await put(house, DAN, "shared/Report.txt", "one")
    await put(house, DAN, "shared/b.txt", "two")

    with pytest.raises(Conflict) as refused:
        await move(house, DAN, "shared/b.txt", "shared/report.txt", overwrite=True)

    assert refused.value.code is Code.EXISTS
    assert refused.value.facts["path"] == "shared/Report.txt"


async def test_a_taken_name_is_refused_unless_it_is_to_be_overwritten(house):
    await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/b.txt", "two")

    with pytest.raises(Conflict) as refused:
        await move(house, DAN, "shared/a.txt", "shared/b.txt")

    assert refused.value.code is Code.EXISTS
    assert await text_of(house, DAN, "shared/b.txt") == "two"


async def test_moving_onto_a_file_writes_its_next_version(house):
    await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/b.txt", "two")
    node = await node_at(house, "shared/b.txt")

    done = await move(house, DAN, "shared/a.txt", "shared/b.txt", overwrite=True)

    assert (done.version, done.created) == (2, False)
    assert await node_at(house, "shared/b.txt") == node
    assert await text_of(house, DAN, "shared/b.txt") == "one"
    assert await rows(house, "SELECT from_path FROM trash WHERE ws = :ws") == [
        ("shared/a.txt",)
    ]


async def test_an_agent_says_what_it_overwrites(house):
    await put(house, SCRIBE, "shared/a.txt", "one")
    over = await put(house, SCRIBE, "shared/b.txt", "two")

    with pytest.raises(Unconditional):
        await move(house, SCRIBE, "shared/a.txt", "shared/b.txt", overwrite=True)
    with pytest.raises(Stale):
        await move(
            house, SCRIBE, "shared/a.txt", "shared/b.txt", overwrite=True, if_match=('"x-1"',)
        )
    done = await move(
        house, SCRIBE, "shared/a.txt", "shared/b.txt", overwrite=True, if_match=(over.etag,)
    )

    assert done.version == 2


async def test_a_folder_that_is_overwritten_goes_to_the_trash_and_never_merges(house):
    await put(house, DAN, "shared/x/new.txt")
    await put(house, DAN, "shared/y/old.txt")

    await move(house, DAN, "shared/x", "shared/y", overwrite=True)

    assert await names_in(house, "shared/y") == ["new.txt"]
    assert await rows(house, "SELECT from_path FROM trash WHERE ws = :ws") == [("shared/y",)]


async def test_a_folder_cannot_be_moved_into_itself(house):
    await folder(house, DAN, "shared/x")

    with pytest.raises(Conflict):
        await move(house, DAN, "shared/x", "shared/x/y")


async def test_nothing_is_moved_below_a_file(house):
    await put(house, DAN, "shared/a.txt")
    await put(house, DAN, "shared/b.txt")

    with pytest.raises(Conflict) as refused:
        await move(house, DAN, "shared/a.txt", "shared/b.txt/c.txt")

    assert refused.value.code is Code.NOT_A_FOLDER


@pytest.mark.parametrize("to", ["approved/a.txt", "rejected/a.txt"])
@pytest.mark.parametrize("caller", [SCRIBE, BEN])
async def test_nothing_comes_to_a_decided_stage_but_by_a_decision(house, caller, to):
    await put(house, caller, "input/a.txt")

    with pytest.raises(Forbidden) as refused:
        await move(house, caller, "input/a.txt", to)

    assert refused.value.code is Code.BY_DECISION_ONLY
    assert (await last(house))["type"] == "access.denied"


async def test_a_stage_cannot_be_moved_nor_moved_onto(house):
    await put(house, ADA, "shared/a.txt")

    for from_, to in (("input", "shared/x"), ("shared/a.txt", "input"), ("shared", "Input.")):
        with pytest.raises(Forbidden):
            await move(house, ADA, from_, to)


async def test_a_reader_moves_nothing_and_is_denied_on_the_record(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(Forbidden):
        await move(house, RITA, "shared/a.txt", "shared/b.txt")

    entry = await last(house)
    assert (entry["type"], entry["codes"]["action"]) == ("access.denied", "moves.move")


async def test_somebody_elses_lock_holds_both_ends_still(house):
    await put(house, DAN, "shared/x/a.txt")
    await folder(house, DAN, "shared/y")
    await do(house, locks.take, BEN, TakeLock(path="shared/x/a.txt"))
    await do(house, locks.take, BEN, TakeLock(path="shared/y"))
    await put(house, DAN, "shared/b.txt")

    for from_, to in (
        ("shared/x/a.txt", "shared/z.txt"),
        ("shared/x", "shared/z"),
        ("shared/b.txt", "shared/y/b.txt"),
    ):
        with pytest.raises(Held) as refused:
            await move(house, DAN, from_, to)
        assert refused.value.code is Code.LOCKED


async def test_a_lock_does_not_move_with_what_it_was_on(house):
    await put(house, DAN, "shared/a.txt")
    lock = await do(house, locks.take, DAN, TakeLock(path="shared/a.txt"))

    with pytest.raises(Held):
        await move(house, DAN, "shared/a.txt", "shared/b.txt")
    await move(house, DAN, "shared/a.txt", "shared/b.txt", held(lock))

    assert await rows(house, "SELECT token FROM locks WHERE ws = :ws") == []
    assert await rows(house, "SELECT ref FROM holds WHERE ws = :ws") == []


async def test_a_person_takes_work_off_the_queue_by_moving_it(house):
    await put(house, SCRIBE, "input/a.csv")

    done = await move(house, DAN, "input/a.csv", "processing/a.csv")

    assert done.meaning == "take off queue"
    assert await rows(house, "SELECT node FROM queue WHERE ws = :ws") == []
    assert await rows(house, "SELECT id FROM claims WHERE ws = :ws") == []


async def test_an_agent_is_told_to_claim_instead_of_moving(house):
    await put(house, SCRIBE, "input/a.csv")

    with pytest.raises(Forbidden) as refused:
        await move(house, SCRIBE, "input/a.csv", "processing/a.csv")

    assert refused.value.code is Code.CLAIM_INSTEAD


async def test_moving_into_needs_review_submits_at_once(house):
    await put(house, SCRIBE, "input/report.pdf", "text")
    await put(house, SCRIBE, "input/report.pdf.handoff.json", '{"title": "Sales"}')

    done = await move(house, SCRIBE, "input/report.pdf", "needs-review/q3/final.pdf")

    shown = await house.ask(handoffs.read, BEN, One(handoff=str(done.handoff)))
    assert (shown.state, shown.path, shown.title) == (
        "in_review",
        "needs-review/q3/final.pdf",
        "Sales",
    )
    assert await names_in(house, "needs-review/q3") == [
        "final.pdf",
        "final.pdf.handoff.json",
    ]


async def test_a_sidecar_that_travelled_with_its_file_is_there_already(house):
    await put(house, SCRIBE, "input/r.pdf", "text")
    await put(house, SCRIBE, "input/r.pdf.handoff.json", '{"title": "Sales"}')
    await move(house, SCRIBE, "input/r.pdf", "needs-review/r.pdf")
    before = len(await log(house))

    done = await move(
        house, SCRIBE, "input/r.pdf.handoff.json", "needs-review/r.pdf.handoff.json"
    )

    assert (done.path, done.created) == ("needs-review/r.pdf.handoff.json", False)
    assert len(await log(house)) == before


async def test_a_contributor_submits_by_moving(house):
    await put(house, DAN, "shared/a.txt", "one")

    done = await move(house, DAN, "shared/a.txt", "needs-review/a.txt")

    assert done.meaning == "submit"
    assert done.handoff


async def test_an_empty_folder_moved_into_needs_review_is_a_place(house):
    await folder(house, DAN, "shared/box")

    done = await move(house, DAN, "shared/box", "needs-review/box")

    assert not done.handoff
    assert await rows(house, "SELECT node FROM arrivals WHERE ws = :ws") == []


async def test_a_sidecar_moved_alone_into_needs_review_waits_for_its_file(house):
    await put(house, SCRIBE, "input/r.pdf.handoff.json", '{"title": "Sales"}')

    done = await move(
        house, SCRIBE, "input/r.pdf.handoff.json", "needs-review/r.pdf.handoff.json"
    )
    await put(house, SCRIBE, "needs-review/r.pdf", "text")

    assert not done.handoff
    found = await house.ask(handoffs.list_, BEN, handoffs.ListHandoffs())
    assert [item.title for item in found.items] == ["Sales"]
    assert await rows(house, "SELECT node FROM arrivals WHERE ws = :ws") == []


async def _in_review(house: House, path: str = "input/r.pdf") -> str:
    await put(house, SCRIBE, path, "text")
    shown = await do(house, submitting.submit, SCRIBE, Submit(paths=(path,)))
    return str(shown.id)


async def test_a_person_approves_by_moving(house):
    handoff = await _in_review(house)

    done = await move(house, BEN, "needs-review/r.pdf", "approved/r.pdf")

    shown = await house.ask(handoffs.read, BEN, One(handoff=handoff))
    assert (done.path, done.meaning, done.handoff) == ("approved/r.pdf", "verdict", handoff)
    assert shown.state == "approved"
    assert shown.decision.digest == shown.digest


async def test_an_agent_never_decides_by_moving(house):
    await _in_review(house)

    with pytest.raises(Forbidden) as refused:
        await move(house, SCRIBE, "needs-review/r.pdf", "approved/r.pdf")

    assert refused.value.code is Code.AGENT_CANNOT_DECIDE
    assert await names_in(house, "needs-review") == ["r.pdf"]


async def test_a_drive_without_the_right_to_decide_moves_nothing_out_of_review(house):
    await _in_review(house)

    with pytest.raises(Forbidden) as refused:
        await move(house, by_drive(BEN, decides=False), "needs-review/r.pdf", "approved/r.pdf")

    assert refused.value.code is Code.CREDENTIAL_CANNOT_DECIDE


async def test_a_package_in_review_goes_nowhere_else(house):
    await _in_review(house)

    for to in ("input/r.pdf", "shared/r.pdf"):
        with pytest.raises(Held) as refused:
            await move(house, BEN, "needs-review/r.pdf", to)
        assert refused.value.code is Code.FROZEN


async def test_its_agent_withdraws_by_moving(house):
    handoff = await _in_review(house)

    done = await move(house, SCRIBE, "needs-review/r.pdf", "processing/r.pdf")

    shown = await house.ask(handoffs.read, BEN, One(handoff=handoff))
    assert (done.meaning, shown.state) == ("withdraw", "withdrawn")
    assert done.path == "processing/r.pdf"


async def test_another_agent_withdraws_nothing(house):
    await _in_review(house)

    with pytest.raises(Forbidden):
        await move(house, CLERK, "needs-review/r.pdf", "processing/r.pdf")


async def _folder_in_review(house: House) -> str:
    await put(house, SCRIBE, "input/box/a.txt", "a")
    await put(house, SCRIBE, "input/box/b.txt", "b")
    shown = await do(house, submitting.submit, SCRIBE, Submit(paths=("input/box",)))
    return str(shown.id)


async def test_a_rename_in_a_package_is_an_edit_and_its_digest_moves(house):
    handoff = await _folder_in_review(house)
    before = await house.ask(handoffs.read, BEN, One(handoff=handoff))

    done = await move(house, BEN, "needs-review/box/a.txt", "needs-review/box/c.txt")

    after = await house.ask(handoffs.read, BEN, One(handoff=handoff))
    assert done.meaning == "edit"
    assert after.digest != before.digest
    assert [file.path for file in after.files] == ["b.txt", "c.txt"]


async def test_an_agent_renames_nothing_in_review(house):
    await _folder_in_review(house)

    with pytest.raises(Held) as refused:
        await move(house, SCRIBE, "needs-review/box/a.txt", "needs-review/box/c.txt")

    assert refused.value.code is Code.FROZEN


async def test_a_file_is_not_edited_out_of_its_package(house):
    await _folder_in_review(house)

    with pytest.raises(Forbidden) as refused:
        await move(house, BEN, "needs-review/box/a.txt", "needs-review/a.txt")

    assert refused.value.code is Code.NOT_A_MOVE


async def test_a_place_that_holds_packages_does_not_change_stages(house):
    await put(house, SCRIBE, "input/q3/r.pdf", "text")
    await do(house, submitting.submit, SCRIBE, Submit(paths=("input/q3/r.pdf",)))

    with pytest.raises(Conflict) as refused:
        await move(house, ADA, "needs-review/q3", "shared/q3")

    assert refused.value.code is Code.HOLDS_HANDOFFS


async def test_what_was_approved_stays(house):
    await _in_review(house)
    await move(house, BEN, "needs-review/r.pdf", "approved/r.pdf")

    with pytest.raises(Held) as refused:
        await move(house, ADA, "approved/r.pdf", "shared/r.pdf")

    assert refused.value.code is Code.FROZEN


async def test_an_editor_that_saves_by_renaming_keeps_the_file_the_same(house):
    await put(house, DAN, "shared/a.docx", "one")
    node = await node_at(house, "shared/a.docx")

    await put(house, DAN, "shared/a.tmp", "two")
    await move(house, DAN, "shared/a.docx", "shared/a.bak")
    done = await move(house, DAN, "shared/a.tmp", "shared/a.docx")

    assert await node_at(house, "shared/a.docx") == node
    assert done.version == 2
    assert await text_of(house, DAN, "shared/a.docx") == "two"
    assert await text_of(house, DAN, "shared/a.bak") == "one"


async def test_a_file_renamed_away_and_written_again_is_the_same(house):
    await put(house, DAN, "shared/a.docx", "one")
    node = await node_at(house, "shared/a.docx")

    await move(house, DAN, "shared/a.docx", "shared/a.bak")
    written = await put(house, DAN, "shared/a.docx", "two")

    assert (await node_at(house, "shared/a.docx"), written.version) == (node, 2)
    assert await text_of(house, DAN, "shared/a.bak") == "one"


async def test_a_file_deleted_and_written_again_is_the_same(house):
    await put(house, DAN, "shared/a.docx", "one")
    node = await node_at(house, "shared/a.docx")

    await delete(house, DAN, "shared/a.docx")
    written = await put(house, DAN, "shared/a.docx", "two")

    assert (await node_at(house, "shared/a.docx"), written.version) == (node, 2)
    assert await rows(house, "SELECT id FROM trash WHERE ws = :ws") == []


@pytest.mark.parametrize(("by", "after"), [(BEN, 0), (DAN, 6 * SECOND)])
async def test_a_name_that_another_writes_or_too_late_is_a_new_file(house, by, after):
    await put(house, DAN, "shared/a.docx", "one")
    node = await node_at(house, "shared/a.docx")
    await delete(house, DAN, "shared/a.docx")

    later(house, after)
    written = await put(house, by, "shared/a.docx", "two")

    assert await node_at(house, "shared/a.docx") != node
    assert written.version == 1


async def test_a_move_that_is_moved_back_is_not_mistaken_for_a_save(house):
    await put(house, DAN, "shared/a.txt", "one")
    node = await node_at(house, "shared/a.txt")

    await move(house, DAN, "shared/a.txt", "shared/b.txt")
    await move(house, DAN, "shared/b.txt", "shared/a.txt")

    assert await node_at(house, "shared/a.txt") == node
    assert await names_in(house, "shared") == ["a.txt"]
