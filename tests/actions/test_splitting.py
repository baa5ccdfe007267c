from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import deciding, splitting
from signoff.actions.splitting import Split
from signoff.domain.errors import Code
from signoff.domain.sidecars import Sidecar
from tests.actions.cast import BEN, CLERK, DAN, SCRIBE, last
from tests.actions.desk import Desk, opened_desk, refused

STUCK = Sidecar(needs="Which client is this?", title="Unknown client")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def claimed_batch(desk: Desk):
    for name in ("a.csv", "b.csv", "deep/c.csv"):
        await desk.put(DAN, f"input/m/batch/{name}", name)
    return await desk.claim(SCRIBE, "input/m/batch")


async def test_an_item_of_a_batch_is_escalated_alone_while_the_claim_goes_on(desk: Desk):
    claim = await claimed_batch(desk)

    item = await desk.do(
        splitting.split,
        SCRIBE,
        Split(path=f"{claim.path}/deep/c.csv", context=STUCK),
        claim.lock_token,
    )

    assert (item.kind, item.state, item.path) == (
        "escalation",
        "in_review",
        "needs-review/c.csv",
    )
    told = await last(desk.house)
    assert told["type"] == "handoff.opened"
    assert told["private"]["from"] == "input/m/batch/deep/c.csv"
    await desk.put(SCRIBE, f"{claim.path}/a.csv", "still mine", claim.lock_token)
    rest = await desk.submit(SCRIBE, claim.path, token=claim.lock_token)
    assert rest.path == "needs-review/m/batch"
    assert [file.path for file in rest.files] == ["a.csv", "b.csv"]


async def test_an_item_of_what_was_sent_back_names_the_batch_as_its_parent(desk: Desk):
    await desk.put(SCRIBE, "input/batch/a.csv")
    await desk.put(SCRIBE, "input/batch/b.csv")
    first = await desk.submit(SCRIBE, "input/batch")
    await desk.decide(BEN, first, "request_changes", "Both are off.")
    claim = await desk.claim(SCRIBE)

    item = await desk.do(
        splitting.split,
        SCRIBE,
        Split(path=f"{claim.path}/b.csv", context=STUCK, handoff=first.id),
        claim.lock_token,
    )

    assert item.parent == first.id
    answered = await desk.decide(BEN, item, "answer", "It is Acme.")
    assert (answered.state, answered.path) == ("answered", "feedback/b.csv")


async def test_the_same_dedupe_key_splits_an_item_off_once(desk: Desk):
    claim = await claimed_batch(desk)
    asked = Split(path=f"{claim.path}/a.csv", context=STUCK, dedupe_key="run-1")
    first = await desk.do(splitting.split, SCRIBE, asked, claim.lock_token)
    before = await desk.mark()

    same = await desk.do(splitting.split, SCRIBE, asked, claim.lock_token)

    assert (same.id, same.created) == (first.id, False)
    assert await desk.types(before) == []


async def test_what_is_no_item_of_ones_claimed_batch_is_not_split_off(desk: Desk):
    claim = await claimed_batch(desk)
    item = Split(path=f"{claim.path}/a.csv", context=STUCK)
    with refused(Code.CLAIMED):
        await desk.do(splitting.split, CLERK, item, claim.lock_token)
    with refused(Code.CLAIMED):
        await desk.do(splitting.split, SCRIBE, item)
    with refused(Code.WRONG_STAGE):
        whole = Split(path=claim.path, context=STUCK)
        await desk.do(splitting.split, SCRIBE, whole, claim.lock_token)
    with refused(Code.INVALID):
        silent = Split(path=f"{claim.path}/a.csv", context=Sidecar())
        await desk.do(splitting.split, SCRIBE, silent, claim.lock_token)
    await desk.put(SCRIBE, "input/loose.csv")
    with refused(Code.WRONG_STAGE):
        await desk.do(splitting.split, SCRIBE, Split(path="input/loose.csv", context=STUCK))
    desk.wait(601)
    with refused(Code.CLAIM_LAPSED):
        await desk.do(splitting.split, SCRIBE, item, claim.lock_token)


async def test_what_is_not_named_goes_with_the_verdict_on_the_rest(desk: Desk):
    for n in range(12):
        await desk.put(SCRIBE, f"input/batch/d{n % 3}/{n:02}.csv", str(n))
    handoff = await desk.submit(SCRIBE, "input/batch")

    after = await desk.decide(
        BEN, handoff, "approve", "One is off.", files={"d1/04.csv": "request_changes"}
    )

    assert after.state == "changes_requested"
    assert [file.path for file in after.files] == ["d1/04.csv"]
    approved = [path for path in await desk.paths() if path.startswith("approved/batch/d")]
    assert len(approved) == 11
    claim = await desk.claim(SCRIBE)
    again = await desk.submit(SCRIBE, claim.path, token=claim.lock_token)
    assert (again.id, again.round) == (handoff.id, 2)
    final = await desk.decide(BEN, again, "approve")
    assert final.path == "approved/batch (2)"


async def test_a_split_handoff_can_be_recalled_with_what_is_left_of_it(desk: Desk):
    await desk.put(SCRIBE, "input/batch/a.csv", "a")
    await desk.put(SCRIBE, "input/batch/b.csv", "b")
    handoff = await desk.submit(SCRIBE, "input/batch")
    await desk.decide(BEN, handoff, "approve", "No.", files={"b.csv": "reject"})

    back = await desk.do(
        deciding.recall, BEN, deciding.Recall(handoff=handoff.id, reason="Too early")
    )

    assert [file.path for file in back.files] == ["a.csv"]
    assert back.digest != handoff.digest
    final = await desk.decide(BEN, back, "approve")
    assert final.decision is not None
    assert final.decision.changed is False
