"""Acts at the same time, on a database where they truly are."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from signoff.actions import submitting
from signoff.actions.submitting import Submit
from signoff.domain.errors import Refusal
from tests.actions.cast import DAN, SCRIBE, do
from tests.actions.tree import folder, move, rows
from tests.actions.works import names_in, put

REACHED = """WITH RECURSIVE walk AS (
        SELECT id FROM nodes WHERE ws = :ws AND parent = ''
        UNION ALL SELECT n.id FROM walk w JOIN nodes n ON n.ws = :ws AND n.parent = w.id)
    SELECT count(*) FROM walk"""
EVERY = "SELECT count(*) FROM nodes WHERE ws = :ws"


async def _together(*acts: Coroutine[Any, Any, Any]) -> list[Any]:
    return await asyncio.gather(*acts, return_exceptions=True)


def _only_refusals(answers: list[Any]) -> list[Refusal]:
    failed = [each for each in answers if isinstance(each, BaseException)]
    refused = [each for each in failed if isinstance(each, Refusal)]
    assert refused == failed
    return refused


async def test_two_moves_make_no_circle(acme):
    for n in range(4):
        await folder(acme, DAN, f"shared/{n}/a")
        await folder(acme, DAN, f"shared/{n}/b")

        answers = await _together(
            move(acme, DAN, f"shared/{n}/a", f"shared/{n}/b/a"),
            move(acme, DAN, f"shared/{n}/b", f"shared/{n}/a/b"),
        )

        _only_refusals(answers)
    assert await rows(acme, REACHED) == await rows(acme, EVERY)


async def test_of_twins_by_case_one_is_written(acme):
    for n in range(4):
        answers = await _together(
            put(acme, DAN, f"shared/{n}/report.txt", "one"),
            put(acme, DAN, f"shared/{n}/Report.txt", "two"),
        )

        assert len(_only_refusals(answers)) == 1
        assert len(await names_in(acme, f"shared/{n}")) == 1


async def test_a_write_below_a_folder_that_moves_is_lost_nowhere(acme):
    for n in range(4):
        await put(acme, DAN, f"shared/{n}/x/a.txt", "one")

        answers = await _together(
            put(acme, DAN, f"shared/{n}/x/b.txt", "two"),
            move(acme, DAN, f"shared/{n}/x", f"shared/{n}/y"),
        )

        assert _only_refusals(answers) == []
        stand = await names_in(acme, f"shared/{n}/y")
        if "b.txt" not in stand:
            assert await names_in(acme, f"shared/{n}/x") == ["b.txt"]
    assert await rows(acme, REACHED) == await rows(acme, EVERY)


async def test_a_write_is_in_the_package_that_is_submitted_or_not_in_it_at_all(acme):
    for n in range(4):
        await put(acme, SCRIBE, f"input/{n}/box/a.txt", "one")

        answers = await _together(
            put(acme, SCRIBE, f"input/{n}/box/b.txt", "two"),
            do(acme, submitting.submit, SCRIBE, Submit(paths=(f"input/{n}/box",))),
        )

        assert _only_refusals(answers) == []
        shown = answers[1]
        assert await names_in(acme, f"needs-review/{n}/box") == [
            file.path for file in shown.files
        ]


async def test_of_two_overwriting_moves_both_versions_are_kept(acme):
    await put(acme, DAN, "shared/c.txt", "zero")
    await put(acme, DAN, "shared/a.txt", "one")
    await put(acme, DAN, "shared/b.txt", "two")

    answers = await _together(
        move(acme, DAN, "shared/a.txt", "shared/c.txt", overwrite=True),
        move(acme, DAN, "shared/b.txt", "shared/c.txt", overwrite=True),
    )

    assert _only_refusals(answers) == []
    assert sorted(done.version for done in answers) == [2, 3]
