"""An approval is held against the schemas of the package's files, whichever way it comes."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from signoff.actions import moves
from signoff.actions.moves import Move
from signoff.domain.errors import Code, Refusal
from tests.actions.cast import BEN, SCRIBE, by_drive, last
from tests.actions.desk import Desk, opened_desk, refused

SCHEMA = {
    "type": "object",
    "properties": {"amount": {"type": "integer", "maximum": 100}},
    "required": ["amount"],
}
SCHEMAS = {"call.json": SCHEMA}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def call(desk: Desk, amount: Any = 10, **context: Any):
    await desk.put(SCRIBE, "calls/pay/call.json", json.dumps({"amount": amount}))
    return await desk.submit(SCRIBE, "calls/pay", **{"schemas": SCHEMAS, **context})


async def edited(desk: Desk, amount: Any):
    handoff = await call(desk)
    await desk.put(BEN, f"{handoff.path}/call.json", json.dumps({"amount": amount}))
    return await desk.read(BEN, handoff.id)


async def test_an_edit_that_fits_is_approved(desk: Desk):
    seen = await edited(desk, 20)

    approved = await desk.decide(BEN, seen, "approve")

    assert (approved.state, approved.schemas) == ("approved", SCHEMAS)
    assert (await last(desk.house))["type"] == "handoff.approved"


async def test_an_edit_that_does_not_fit_is_refused_with_its_place(desk: Desk):
    seen = await edited(desk, 1000)

    with pytest.raises(Refusal) as refusal:
        await desk.decide(BEN, seen, "approve")

    assert refusal.value.code is Code.SCHEMA_MISMATCH
    assert refusal.value.facts["problems"] == [
        {
            "file": "call.json",
            "at": "/amount",
            "message": "1000 is greater than the maximum of 100",
        }
    ]
    assert (await desk.read(BEN, seen.id)).state == "in_review"


async def test_moving_it_to_approved_is_held_against_the_schema_too(desk: Desk):
    seen = await edited(desk, "much")

    with refused(Code.SCHEMA_MISMATCH):
        await desk.do(
            moves.move, by_drive(BEN, decides=True), Move(from_=seen.path, to="approved/pay")
        )


async def test_a_package_that_does_not_fit_can_still_be_sent_back_or_rejected(desk: Desk):
    seen = await edited(desk, 1000)

    back = await desk.decide(BEN, seen, "request_changes", "Too much.")

    assert back.state == "changes_requested"


async def test_only_the_files_that_are_approved_are_held(desk: Desk):
    await desk.put(SCRIBE, "calls/two/call.json", '{"amount": 1}')
    await desk.put(SCRIBE, "calls/two/note.txt", "note")
    handoff = await desk.submit(SCRIBE, "calls/two", schemas=SCHEMAS)
    await desk.put(BEN, f"{handoff.path}/call.json", '{"amount": 1000}')
    seen = await desk.read(BEN, handoff.id)

    with refused(Code.SCHEMA_MISMATCH):
        await desk.decide(BEN, seen, "approve", files={"note.txt": "reject"}, reason="No.")
    done = await desk.decide(
        BEN, seen, "approve", files={"call.json": "reject"}, reason="Too much."
    )

    assert done.state == "approved"


async def test_repeating_an_approval_answers_the_same(desk: Desk):
    seen = await edited(desk, 20)
    await desk.decide(BEN, seen, "approve")

    again = await desk.decide(BEN, seen, "approve")

    assert again.state == "approved"


async def test_a_submission_that_does_not_fit_is_refused_at_once(desk: Desk):
    with refused(Code.SCHEMA_MISMATCH):
        await call(desk, amount="much")

    assert await desk.paths() == {"calls/pay/call.json"}


@pytest.mark.parametrize("schemas", [{"other.json": SCHEMA}, {"call.json": {"type": "colour"}}])
async def test_a_schema_of_nothing_or_that_is_none_is_refused_at_once(desk: Desk, schemas):
    with pytest.raises(Refusal) as refusal:
        await call(desk, schemas=schemas)

    assert refusal.value.code in (Code.SCHEMA_MISMATCH, Code.INVALID)
    assert await desk.paths() == {"calls/pay/call.json"}


async def test_a_relay_may_be_unfinished_and_is_flagged(desk: Desk):
    handoff = await call(desk, amount="much", kind="relay")

    assert [flag.file for flag in handoff.flags] == ["call.json"]
    with refused(Code.SCHEMA_MISMATCH):
        await desk.decide(BEN, handoff, "approve")


async def test_what_arrives_by_itself_is_flagged_and_cannot_be_approved(desk: Desk):
    said = json.dumps({"schemas": {"file": SCHEMA}})
    await desk.put(SCRIBE, "needs-review/pay.json", '{"amount": 1000}')
    await desk.put(SCRIBE, "needs-review/pay.json.handoff.json", said)
    handoffs = await desk.look(
        lambda tx: tx.handoffs.by_path(SCRIBE.actor.id, "needs-review/pay.json")
    )
    seen = await desk.read(BEN, handoffs[0].handoff.id)

    assert [flag.severity for flag in seen.flags] == ["warning"]
    with refused(Code.SCHEMA_MISMATCH):
        await desk.decide(BEN, seen, "approve")


async def test_the_schemas_last_over_the_rounds(desk: Desk):
    handoff = await call(desk)
    await desk.decide(BEN, handoff, "request_changes", "Less.")
    claim = await desk.claim(SCRIBE)
    await desk.put(SCRIBE, f"{claim.path}/call.json", '{"amount": "less"}', claim.lock_token)

    with refused(Code.SCHEMA_MISMATCH):
        await desk.submit(SCRIBE, claim.path, token=claim.lock_token, summary="Less")
