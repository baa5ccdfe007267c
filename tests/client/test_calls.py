"""A proposed tool call is a package: rendered, edited, ruled on, and run once."""

import asyncio
import hashlib
from typing import Any

import msgspec
import pytest

from signoff_client import AlreadyRun, AsyncSignoff, ChangedSince, Forbidden, Invalid
from signoff_client.asking import Patience
from signoff_client.plans import calls, runs
from tests.client.people import decide, verdict
from tests.hosts import Workspace

REFUND = {"customer": "c-17", "cents": 1200, "note": "late *delivery*"}

SCHEMA = {
    "type": "object",
    "properties": {"customer": {"type": "string"}, "cents": {"type": "integer"}},
    "required": ["customer", "cents"],
}


def edited(**changed: Any) -> dict[str, bytes]:
    call = {"name": "refund", "arguments": {**REFUND, **changed}}
    return {"call.json": msgspec.json.encode(call)}


async def test_an_approved_call_runs_with_what_was_approved(
    workspace: Workspace, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND, title="Refund c-17")
    assert "late *delivery*" in call.handoff.view.summary
    await decide(workspace, call.handoff.id, "approve")

    ruling = await call.wait()

    assert ruling.kind == "approve"
    assert ruling.arguments == REFUND
    ruling.check("refund", dict(reversed(REFUND.items())))
    with pytest.raises(ChangedSince):
        ruling.check("refund", {**REFUND, "cents": 120000})
    assert await ruling.once(lambda cents, **_: {"paid": cents}) == {"paid": 1200}


async def test_a_person_edits_the_arguments_and_approves(
    workspace: Workspace, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, "approve", edit=edited(cents=600))

    ruling = await (await signoff.tool_call(call.handoff.id)).wait()

    assert ruling.kind == "edit"
    assert ruling.arguments["cents"] == 600
    assert ruling.decision.edited
    assert "600" in ruling.decision.difference()
    with pytest.raises(ChangedSince):
        ruling.check("refund", REFUND)


async def test_what_a_file_says_beside_the_call_runs_nothing_else(
    workspace: Workspace, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND, schema=SCHEMA, allowed=("approve", "reject"))
    noted = {"note": "ask Mira", "name": "refund", "arguments": REFUND, "cents": 999}
    edit = {"call.json": msgspec.json.encode(noted)}
    await decide(workspace, call.handoff.id, "approve", edit=edit)

    ruling = await call.wait()

    assert (ruling.kind, ruling.arguments) == ("approve", REFUND)
    kept = await signoff.read(f"{ruling.decision.path}/call.json")
    assert msgspec.json.decode(kept) == noted


@pytest.mark.parametrize(
    ("name", "arguments", "place"),
    [
        ("refund", {"customer": "c-17", "cents": "all"}, "/arguments/cents"),
        ("refund", {"customer": "c-17"}, "/arguments"),
        ("pay", {"customer": "c-17", "cents": 5}, "/name"),
    ],
)
async def test_an_edit_that_breaks_the_schema_is_not_approved_and_a_mended_one_is(
    workspace: Workspace,
    signoff: Any,
    name: str,
    arguments: dict[str, Any],
    place: str,
) -> None:
    call = await signoff.propose("refund", REFUND, schema=SCHEMA)
    broken = {"call.json": msgspec.json.encode({"name": name, "arguments": arguments})}

    refused = await verdict(workspace, call.handoff.id, "approve", edit=broken)
    state = (await signoff.handoff(call.handoff.id)).state
    await decide(workspace, call.handoff.id, "approve", edit=edited(cents=600))

    assert refused.status_code == 422
    assert place in refused.text
    assert state == "in_review"
    ruling = await call.wait()
    assert (ruling.kind, ruling.arguments["cents"]) == ("edit", 600)


async def test_a_call_that_does_not_fit_its_own_schema_is_not_proposed(signoff: Any) -> None:
    with pytest.raises(Invalid):
        await signoff.propose("refund", {"customer": "c-17", "cents": "all"}, schema=SCHEMA)

    assert [one async for one in signoff.handoffs()] == []


async def test_a_call_is_tied_to_what_the_framework_calls_it(signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND, call_id="call_7")
    other = await signoff.propose("refund", REFUND, call_id="call_7", correlation="thread 5")

    assert call.handoff.correlation == "call_7"
    assert other.handoff.correlation == "thread 5"
    assert other.handoff.extra["tool_call"]["id"] == "call_7"


async def test_an_edit_that_is_not_allowed_does_not_run(
    workspace: Workspace, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND, allowed=("approve", "reject"))
    await decide(workspace, call.handoff.id, "approve", edit=edited(cents=600))

    ruling = await call.wait()

    assert ruling.kind == "reject"
    assert ruling.arguments == {}


@pytest.mark.parametrize(
    ("verdict", "kind"), [("reject", "reject"), ("request_changes", "respond")]
)
async def test_a_call_that_is_turned_down_does_not_run(
    workspace: Workspace, signoff: Any, verdict: str, kind: str
) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, verdict, reason="Ask the customer first")

    ruling = await call.wait()

    assert ruling.kind == kind
    assert ruling.message == "Ask the customer first"
    with pytest.raises(ChangedSince):
        await ruling.once(lambda **_: "paid")


async def test_the_same_key_is_the_same_call_before_and_after_the_decision(
    workspace: Workspace, signoff: Any
) -> None:
    made = [await signoff.propose("refund", REFUND, dedupe_key="turn 5") for _ in range(2)]
    await decide(workspace, made[0].handoff.id, "approve")
    made.append(await signoff.propose("refund", REFUND, dedupe_key="turn 5"))

    assert len({call.handoff.id for call in made}) == 1
    assert len([one async for one in signoff.handoffs()]) == 1


async def test_nobody_else_says_which_call_a_key_means(
    workspace: Workspace, signoff: Any
) -> None:
    key = hashlib.sha256(b"turn 5").hexdigest()[:24]
    other = {"customer": "c-66", "cents": 990000, "note": ""}
    async with AsyncSignoff(workspace.url, workspace.add_agent("rival")) as rival:
        theirs = await rival.propose("refund", other, dedupe_key="turn 5")
        await decide(workspace, theirs.handoff.id, "approve")
        await rival.write(f"calls/known/{key}.txt", theirs.handoff.id.encode())

    call = await signoff.propose("refund", REFUND, dedupe_key="turn 5")

    assert call.handoff.id != theirs.handoff.id
    assert call.arguments == REFUND


async def test_nobody_else_begins_or_ends_a_run_of_ours(
    workspace: Workspace, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, "approve")
    async with AsyncSignoff(workspace.url, workspace.add_agent("rival")) as rival:
        theirs = await (await rival.tool_call(call.handoff.id)).wait()
        with pytest.raises(Forbidden):
            await theirs.once(lambda **_: "forged")
        await rival.write(f"calls/runs/{call.handoff.id}.json", b'{"result": "forged"}')
    ruling = await call.wait()

    assert await ruling.once(lambda **_: "ours") == "ours"


async def test_another_call_under_a_known_key_is_refused(
    workspace: Workspace, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND, dedupe_key="turn 5")

    with pytest.raises(ChangedSince):
        await signoff.propose("refund", {**REFUND, "cents": 120000}, dedupe_key="turn 5")
    await decide(workspace, call.handoff.id, "approve")
    with pytest.raises(ChangedSince):
        await signoff.propose("pay", REFUND, dedupe_key="turn 5")


async def test_two_at_once_under_one_key_are_one_call(signoff: Any) -> None:
    made = await asyncio.gather(
        *(signoff.propose("refund", REFUND, dedupe_key="turn 5") for _ in range(3))
    )

    assert len({call.handoff.id for call in made}) == 1


async def test_a_call_runs_once_whoever_asks(workspace: Workspace, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, "approve")
    ruling = await call.wait()
    ran: list[int] = []

    def refund(cents: int, **_: Any) -> str:
        ran.append(cents)
        return "paid"

    assert await ruling.once(refund) == "paid"
    assert (
        await (await (await signoff.tool_call(call.handoff.id)).wait()).once(refund) == "paid"
    )
    assert ran == [1200]


async def test_of_many_at_once_one_runs(workspace: Workspace, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, "approve")
    ruling = await call.wait()
    ran: list[int] = []

    def refund(cents: int, **_: Any) -> str:
        ran.append(cents)
        return "paid"

    came = await asyncio.gather(
        *(ruling.once(refund) for _ in range(5)), return_exceptions=True
    )

    assert ran == [1200]
    assert all(each == "paid" or isinstance(each, AlreadyRun) for each in came)


async def test_a_process_that_dies_in_the_middle_leaves_it_unknown(
    workspace: Workspace, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, "approve")
    ruling = await call.wait()
    async with AsyncSignoff(workspace.url, workspace.keys["scribe"]) as dying:
        await dying._driver.run(runs.begin(ruling.ruled, patience=Patience()))

    with pytest.raises(AlreadyRun, match="it is running"):
        await ruling.once(lambda **_: "paid")


@pytest.mark.parametrize("result", [object(), "x" * 70_000, 2**60])
async def test_what_cannot_be_kept_ran_all_the_same(
    workspace: Workspace, signoff: Any, result: object
) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, "approve")
    ruling = await call.wait()

    assert await ruling.once(lambda **_: result) is result
    with pytest.raises(AlreadyRun, match="it is done"):
        await ruling.once(lambda **_: "paid")


async def test_what_raised_is_not_run_again(workspace: Workspace, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, "approve")
    ruling = await call.wait()

    with pytest.raises(ZeroDivisionError):
        await ruling.once(lambda **_: 1 // 0)
    with pytest.raises(AlreadyRun, match="failed"):
        await ruling.once(lambda **_: "paid")


async def test_what_is_no_call_any_more_does_not_run(
    workspace: Workspace, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(workspace, call.handoff.id, "approve", edit={"call.json": b"[]"})

    with pytest.raises(ChangedSince):
        await call.wait()


async def test_a_large_call_is_cut_for_people_and_whole_for_the_tool(
    workspace: Workspace, signoff: Any
) -> None:
    large = {
        "path": "a.txt",
        "text": "word " * 100_000,
        **{f"n{i}": "x" * 3000 for i in range(20)},
    }
    call = await signoff.propose("write_file", large)
    assert len(call.handoff.view.summary) < 30_000
    assert "the rest is in call.json" in call.handoff.view.summary
    await decide(workspace, call.handoff.id, "approve")

    again = await signoff.tool_call(call.handoff.id)

    assert again.arguments == large
    assert (await again.wait()).arguments == large


async def test_what_is_no_tool_call_is_told(signoff: Any) -> None:
    await signoff.write("shared/a.md", b"one")
    handoff = await signoff.submit("shared/a.md")

    with pytest.raises(Invalid, match="is no proposed tool call"):
        await signoff.tool_call(handoff.id)


async def test_a_call_that_is_decided_while_it_is_looked_for_is_found(
    workspace: Workspace,
) -> None:
    async with AsyncSignoff(workspace.url, workspace.keys["scribe"]) as signoff:
        call = await signoff.propose("refund", REFUND)
        await decide(workspace, call.handoff.id, "approve")

        data = await signoff._driver.run(calls._first_version(call.handoff.view, Patience()))

    assert msgspec.json.decode(data)["arguments"] == REFUND
