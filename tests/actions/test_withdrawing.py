from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import claims, locks, withdrawing
from signoff.actions.claims import OneClaim, ReleaseClaim
from signoff.actions.withdrawing import Withdraw, WithdrawnView
from signoff.domain.actors import Caller, system
from signoff.domain.errors import Code
from tests.actions.cast import ACME, ADA, BEN, CLERK, DAN, MAY, SCRIBE, log
from tests.actions.desk import Desk, opened_desk, refused


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def withdraw(desk: Desk, caller: Caller, handoff: str, reason: str = "") -> WithdrawnView:
    return await desk.do(withdrawing.withdraw, caller, Withdraw(handoff=handoff, reason=reason))


async def test_withdrawing_closes_the_handoff_and_gives_the_agent_a_fresh_claim(desk: Desk):
    await desk.put(SCRIBE, "input/a/x.csv")
    handoff = await desk.submit(SCRIBE, "input/a/x.csv", title="T")

    back = await withdraw(desk, SCRIBE, handoff.id, "Wrong file")

    assert (back.handoff.state, back.handoff.verdicts) == ("withdrawn", ())
    assert back.claim is not None
    assert back.claim.path == f"processing/{back.claim.id}/x.csv"
    assert back.claim.folder == f"processing/{back.claim.id}"
    assert await desk.paths() == {back.claim.path, f"{back.claim.path}.handoff.json"}
    assert (await desk.types())[-2:] == ["handoff.withdrawn", "claim.taken"]
    told = (await log(desk.house))[-2]
    assert told["private"]["reason"] == "Wrong file"
    await desk.put(SCRIBE, back.claim.path, "better", back.claim.lock_token)


async def test_reviews_are_void_once_it_is_withdrawn(desk: Desk):
    await desk.policy("required: 2\n")
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv")
    await desk.decide(BEN, handoff, "approve")

    back = await withdraw(desk, SCRIBE, handoff.id)

    assert back.handoff.reviews == ()
    with refused(Code.WRONG_STATE):
        await desk.decide(ADA, handoff, "approve")


async def test_the_claim_lapses_to_where_it_was_submitted_from(desk: Desk):
    await desk.put(SCRIBE, "input/a/x.csv")
    handoff = await desk.submit(SCRIBE, "input/a/x.csv")
    back = await withdraw(desk, SCRIBE, handoff.id)
    assert back.claim is not None
    desk.wait(601)

    after = await desk.do(claims.lapse, system(ACME), OneClaim(claim=back.claim.id))

    assert after.path == "input/a/x.csv"
    assert "input/a/x.csv" in await desk.paths()


async def test_what_it_was_made_from_returns_when_it_is_released(desk: Desk):
    await desk.put(DAN, "input/a/x.csv", "raw")
    claim = await desk.claim(SCRIBE)
    await desk.put(SCRIBE, f"{claim.folder}/clean.csv", "clean", claim.lock_token)
    handoff = await desk.submit(SCRIBE, f"{claim.folder}/clean.csv", token=claim.lock_token)
    back = await withdraw(desk, SCRIBE, handoff.id)
    assert back.claim is not None

    await desk.do(
        claims.release,
        SCRIBE,
        ReleaseClaim(claim=back.claim.id),
        back.claim.lock_token,
    )

    tree = await desk.tree()
    assert tree["input/a/x.csv"] == "raw"
    assert tree["input/a/clean.csv"] == "clean"


async def test_gathered_files_lapse_as_the_folder_that_they_became(desk: Desk):
    await desk.put(SCRIBE, "input/a/x.csv")
    await desk.put(SCRIBE, "input/a/y.csv")
    handoff = await desk.submit(SCRIBE, "input/a/x.csv", "input/a/y.csv", title="Both")
    back = await withdraw(desk, SCRIBE, handoff.id)
    assert back.claim is not None

    await desk.do(
        claims.release,
        SCRIBE,
        ReleaseClaim(claim=back.claim.id),
        back.claim.lock_token,
    )

    assert "input/a/Both/x.csv" in await desk.paths()


async def test_a_persons_package_goes_to_processing_without_a_claim(desk: Desk):
    await desk.put(DAN, "input/a/x.csv")
    handoff = await desk.submit(DAN, "input/a/x.csv")

    back = await withdraw(desk, DAN, handoff.id)

    assert back.claim is None
    assert await desk.paths() == {"processing/a/x.csv"}
    assert (await desk.types())[-1] == "handoff.withdrawn"


async def test_a_manager_may_withdraw_and_is_not_told_the_agents_token(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv")

    back = await withdraw(desk, MAY, handoff.id)

    assert back.claim is not None
    assert back.claim.lock_token is None
    taken = await desk.do(claims.takeover, SCRIBE, OneClaim(claim=back.claim.id))
    await desk.put(SCRIBE, taken.path, "again", taken.lock_token)


async def test_others_may_not_withdraw(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv")

    for caller in (CLERK, BEN, DAN):
        with refused(Code.FORBIDDEN):
            await withdraw(desk, caller, handoff.id)
    with refused(Code.NOT_FOUND):
        await withdraw(desk, SCRIBE, "ho_none")


async def test_a_lock_that_a_person_holds_in_it_keeps_it(desk: Desk):
    await desk.put(SCRIBE, "input/b/x.csv")
    handoff = await desk.submit(SCRIBE, "input/b")
    await desk.do(locks.take, BEN, locks.TakeLock(path="needs-review/b/x.csv"))

    with refused(Code.LOCKED):
        await withdraw(desk, SCRIBE, handoff.id)

    assert (await desk.read(SCRIBE, handoff.id)).state == "in_review"


async def test_what_is_decided_or_withdrawn_is_not_withdrawn(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv")
    await desk.decide(BEN, handoff, "approve")
    with refused(Code.ALREADY_DECIDED):
        await withdraw(desk, SCRIBE, handoff.id)
    await desk.put(SCRIBE, "input/y.csv")
    other = await desk.submit(SCRIBE, "input/y.csv")
    await withdraw(desk, SCRIBE, other.id)
    with refused(Code.WRONG_STATE):
        await withdraw(desk, SCRIBE, other.id)


async def test_the_next_round_that_is_withdrawn_goes_back_to_the_queue(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    first = await desk.submit(SCRIBE, "input/x.csv")
    await desk.decide(BEN, first, "request_changes", "Again.")
    claim = await desk.claim(SCRIBE)
    await desk.submit(SCRIBE, claim.path, token=claim.lock_token)
    back = await withdraw(desk, SCRIBE, first.id)
    assert back.claim is not None
    desk.wait(601)

    after = await desk.do(claims.lapse, system(ACME), OneClaim(claim=back.claim.id))

    assert after.path == "input/x.csv"
    assert (await desk.claim(CLERK)).from_path == "input/x.csv"
