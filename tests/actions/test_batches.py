"""Several verdicts at once: each on what was seen, each answered on its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from signoff.actions import batches
from signoff.actions.batches import DecidedSeveral, DecideSeveral, OneOfSeveral
from signoff.actions.handoff_views import HandoffView
from signoff.actions.retries import Done, Retry
from signoff.domain.actors import Caller
from signoff.domain.errors import Code
from tests.actions.cast import ADA, BEN, DAN, MAY, SCRIBE, by_drive, log
from tests.actions.desk import DIGEST_OF_NOTHING, Desk, opened_desk, refused


@pytest.fixture
async def acme(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def three(acme: Desk) -> list[HandoffView]:
    made = []
    for name in ("a.csv", "b.csv", "c.csv"):
        await acme.put(SCRIBE, f"input/{name}", f"{name}\n")
        made.append(await acme.submit(SCRIBE, f"input/{name}", title=name))
    return made


def saying(seen: HandoffView, verdict: str = "approve", **more: Any) -> OneOfSeveral:
    said: dict[str, Any] = {"digest": seen.digest, "round": seen.round} | more
    return OneOfSeveral(handoff=seen.id, verdict=verdict, **said)


async def several(
    acme: Desk, by: Caller, *items: OneOfSeveral, retry: Retry | None = None
) -> Done[DecidedSeveral]:
    asked = DecideSeveral(items=items)
    return await batches.decide_several(acme.house, by, asked, retry=retry)


def outcomes(done: Done[DecidedSeveral]) -> list[tuple[str, str]]:
    assert done.result is not None
    return [
        (one.outcome, one.problem.code if one.problem else str(one.state))
        for one in done.result.items
    ]


async def test_each_is_decided_or_refused_on_its_own(acme: Desk):
    first, second, third = await three(acme)
    await acme.put(MAY, "needs-review/b.csv", "changed meanwhile\n")

    done = await several(
        acme,
        BEN,
        saying(first),
        saying(second),
        saying(third, "request_changes", reason="Add totals."),
    )

    assert outcomes(done) == [
        ("decided", "approved"),
        ("refused", "digest_mismatch"),
        ("decided", "changes_requested"),
    ]
    assert done.result is not None
    assert (done.result.decided, done.result.refused) == (2, 1)
    assert (await acme.read(BEN, second.id)).state == "in_review"


async def test_each_that_is_decided_is_an_entry_of_its_own(acme: Desk):
    made = await three(acme)
    before = await acme.mark()

    done = await several(acme, BEN, *map(saying, made))

    told = (await log(acme.house))[before:]
    assert [entry["type"] for entry in told] == ["handoff.approved"] * 3
    assert done.result is not None
    assert {one.event for one in done.result.items} == {entry["id"] for entry in told}


async def test_what_came_later_is_not_named_and_is_not_decided(acme: Desk):
    made = await three(acme)
    await acme.put(SCRIBE, "input/late.csv", "late\n")
    late = await acme.submit(SCRIBE, "input/late.csv")

    await several(acme, BEN, *map(saying, made))

    assert (await acme.read(BEN, late.id)).state == "in_review"


async def test_a_round_that_is_over_decides_nothing(acme: Desk):
    first, *_ = await three(acme)
    await acme.decide(BEN, first, "request_changes", "Again.")
    claim = await acme.claim(SCRIBE)
    again = await acme.submit(SCRIBE, claim.path, token=claim.lock_token)

    done = await several(acme, BEN, saying(first))

    assert again.digest == first.digest
    assert outcomes(done) == [("refused", "already_decided")]
    assert (await acme.read(BEN, first.id)).state == "in_review"


async def test_where_more_must_approve_it_is_counted(acme: Desk):
    await acme.policy("required: 2")
    first, *_ = await three(acme)

    ben = await several(acme, BEN, saying(first))
    may = await several(acme, MAY, saying(first))

    assert outcomes(ben) == [("counted", "in_review")]
    assert outcomes(may) == [("decided", "approved")]


async def test_a_reason_that_is_missing_refuses_that_one_alone(acme: Desk):
    first, second, _ = await three(acme)

    done = await several(acme, BEN, saying(first, "reject"), saying(second))

    assert outcomes(done) == [("refused", "reason_required"), ("decided", "approved")]


async def test_what_one_may_not_see_and_what_there_is_not_look_the_same(acme: Desk):
    first, *_ = await three(acme)
    strange = saying(first, digest=DIGEST_OF_NOTHING)
    nothing = OneOfSeveral(
        handoff="ho_none", verdict="approve", digest=DIGEST_OF_NOTHING, round=1
    )

    done = await several(acme, BEN, strange, nothing)

    assert outcomes(done) == [("refused", "digest_mismatch"), ("refused", "not_found")]


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (SCRIBE, Code.AGENT_CANNOT_DECIDE),
        (by_drive(BEN, decides=False), Code.CREDENTIAL_CANNOT_DECIDE),
        (DAN, Code.FORBIDDEN),
    ],
)
async def test_only_people_with_the_right_decide_and_a_try_is_on_the_record(
    acme: Desk, caller: Caller, code: Code
):
    made = await three(acme)

    with refused(code):
        await several(acme, caller, *map(saying, made))

    assert (await acme.types())[-1] == "access.denied"
    assert [(await acme.read(ADA, one.id)).state for one in made] == ["in_review"] * 3


async def test_a_handoff_is_named_once(acme: Desk):
    first, *_ = await three(acme)

    with refused(Code.INVALID):
        await several(acme, BEN, saying(first), saying(first, "reject", reason="No."))

    assert (await acme.read(BEN, first.id)).state == "in_review"


async def test_the_same_request_under_its_key_is_answered_as_before(acme: Desk):
    first, second, third = await three(acme)
    await acme.put(MAY, "needs-review/b.csv", "changed meanwhile\n")
    key = Retry(
        key="k1",
        route="POST decisions",
        body_hash=b"1",
        passing=(batches.Begun, type(None)),
    )
    items = (saying(first), saying(second))

    before = await several(acme, BEN, *items, retry=key)
    mark = await acme.mark()
    again = await several(acme, BEN, *items, retry=key)
    other = Retry(key="k1", route="POST decisions", body_hash=b"2", passing=(batches.Begun,))
    with refused(Code.IDEMPOTENCY_MISMATCH):
        await several(acme, BEN, saying(third), retry=other)

    assert before.replay is None
    assert again.replay is not None
    assert b"digest_mismatch" in again.replay
    assert await acme.mark() == mark


async def test_what_broke_off_is_finished_by_the_same_request(acme: Desk):
    """Between the first verdict and the answer the line broke: nothing is decided twice."""
    made = await three(acme)
    await acme.decide(BEN, made[0], "approve")
    mark = await acme.mark()

    done = await several(acme, BEN, *map(saying, made))

    assert outcomes(done) == [("decided", "approved")] * 3
    assert await acme.mark() == mark + 2
