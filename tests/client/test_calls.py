"""A proposed tool call is a package: rendered, edited, ruled on, and run once."""

import asyncio
import hashlib
from typing import Any

import msgspec
import pytest

from signoff_client import AlreadyRun, AsyncSignoff, ChangedSince, Invalid
from signoff_client.asking import Patience
from signoff_client.plans import calls
from tests.client.people import decide
from tests.journeys.server import Server

REFUND = {"customer": "c-17", "cents": 1200, "note": "late *delivery*"}


def edited(**changed: Any) -> dict[str, bytes]:
    call = {"name": "refund", "arguments": {**REFUND, **changed}}
    return {"call.json": msgspec.json.encode(call)}


async def test_an_approved_call_runs_with_what_was_approved(
    server: Server, signoff: Any
) -> None:
    call = await signoff.propose("refund", REFUND, title="Refund c-17")
    assert "late *delivery*" in call.handoff.view.summary
    await decide(server, call.handoff.id, "approve")

    ruling = await call.wait()

    assert ruling.kind == "approve"
    assert ruling.arguments == REFUND
    ruling.check("refund", dict(reversed(REFUND.items())))
    with pytest.raises(ChangedSince):
        ruling.check("refund", {**REFUND, "cents": 120000})
    assert await ruling.once(lambda cents, **_: {"paid": cents}) == {"paid": 1200}


async def test_a_person_edits_the_arguments_and_approves(server: Server, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(server, call.handoff.id, "approve", edit=edited(cents=600))

    ruling = await (await signoff.tool_call(call.handoff.id)).wait()

    assert ruling.kind == "edit"
    assert ruling.arguments["cents"] == 600
    assert ruling.decision.edited
    assert "600" in ruling.decision.difference()
    with pytest.raises(ChangedSince):
        ruling.check("refund", REFUND)


async def test_an_edit_that_is_not_allowed_does_not_run(server: Server, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND, allowed=("approve", "reject"))
    await decide(server, call.handoff.id, "approve", edit=edited(cents=600))

    ruling = await call.wait()

    assert ruling.kind == "reject"
    assert ruling.arguments == {}


@pytest.mark.parametrize(
    ("verdict", "kind"), [("reject", "reject"), ("request_changes", "respond")]
)
async def test_a_call_that_is_turned_down_does_not_run(
    server: Server, signoff: Any, verdict: str, kind: str
) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(server, call.handoff.id, verdict, reason="Ask the customer first")

    ruling = await call.wait()

    assert ruling.kind == kind
    assert ruling.message == "Ask the customer first"
    with pytest.raises(ChangedSince):
        await ruling.once(lambda **_: "paid")


async def test_the_same_key_is_the_same_call_before_and_after_the_decision(
    server: Server, signoff: Any
) -> None:
    made = [await signoff.propose("refund", REFUND, dedupe_key="turn 5") for _ in range(2)]
    await decide(server, made[0].handoff.id, "approve")
    made.append(await signoff.propose("refund", REFUND, dedupe_key="turn 5"))

    assert len({call.handoff.id for call in made}) == 1
    assert len([one async for one in signoff.handoffs()]) == 1


async def test_nobody_else_says_which_call_a_key_means(server: Server, signoff: Any) -> None:
    key = hashlib.sha256(b"turn 5").hexdigest()[:24]
    other = {"customer": "c-66", "cents": 990000, "note": ""}
    async with AsyncSignoff(server.url, await server.add_agent("rival")) as rival:
        theirs = await rival.propose("refund", other, dedupe_key="turn 5")
        await decide(server, theirs.handoff.id, "approve")
        await rival.write(f"calls/known/{key}.txt", theirs.handoff.id.encode())

    call = await signoff.propose("refund", REFUND, dedupe_key="turn 5")

    assert call.handoff.id != theirs.handoff.id
    assert call.arguments == REFUND


async def test_a_key_is_of_one_tool(signoff: Any) -> None:
    await signoff.propose("refund", REFUND, dedupe_key="turn 5")

    with pytest.raises(ChangedSince, match="is the key of a call of “refund”"):
        await signoff.propose("delete_customer", REFUND, dedupe_key="turn 5")


async def test_nobody_else_says_what_came_of_a_call(server: Server, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(server, call.handoff.id, "approve")
    forged = b'{"state": "done", "by": "x", "result": "paid", "kept": true}'
    async with AsyncSignoff(server.url, await server.add_agent("rival")) as rival:
        await rival.write(f"calls/runs/{call.handoff.id}.json", forged)
    ruling = await call.wait()

    with pytest.raises(AlreadyRun, match="was written by rival"):
        await ruling.once(lambda **_: "run")


async def test_two_at_once_under_one_key_are_one_call(signoff: Any) -> None:
    made = await asyncio.gather(
        *(signoff.propose("refund", REFUND, dedupe_key="turn 5") for _ in range(3))
    )

    assert len({call.handoff.id for call in made}) == 1


async def test_a_call_runs_once_whoever_asks(server: Server, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(server, call.handoff.id, "approve")
    ruling = await call.wait()
    runs: list[int] = []

    def refund(cents: int, **_: Any) -> str:
        runs.append(cents)
        return "paid"

    assert await ruling.once(refund) == "paid"
    assert (
        await (await (await signoff.tool_call(call.handoff.id)).wait()).once(refund) == "paid"
    )
    assert runs == [1200]


async def test_what_raised_is_not_run_again(server: Server, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(server, call.handoff.id, "approve")
    ruling = await call.wait()

    with pytest.raises(ZeroDivisionError):
        await ruling.once(lambda **_: 1 // 0)
    with pytest.raises(AlreadyRun, match="failed"):
        await ruling.once(lambda **_: "paid")


async def test_what_is_no_call_any_more_does_not_run(server: Server, signoff: Any) -> None:
    call = await signoff.propose("refund", REFUND)
    await decide(server, call.handoff.id, "approve", edit={"call.json": b"[]"})

    with pytest.raises(ChangedSince):
        await call.wait()


async def test_a_large_call_is_cut_for_people_and_whole_for_the_tool(
    server: Server, signoff: Any
) -> None:
    large = {
        "path": "a.txt",
        "text": "word " * 100_000,
        **{f"n{i}": "x" * 3000 for i in range(20)},
    }
    call = await signoff.propose("write_file", large)
    assert len(call.handoff.view.summary) < 30_000
    assert "the rest is in call.json" in call.handoff.view.summary
    await decide(server, call.handoff.id, "approve")

    again = await signoff.tool_call(call.handoff.id)

    assert again.arguments == large
    assert (await again.wait()).arguments == large


async def test_what_is_no_tool_call_is_told(signoff: Any) -> None:
    await signoff.write("shared/a.md", b"one")
    handoff = await signoff.submit("shared/a.md")

    with pytest.raises(Invalid, match="is no proposed tool call"):
        await signoff.tool_call(handoff.id)


async def test_a_call_that_is_decided_while_it_is_looked_for_is_found(server: Server) -> None:
    async with AsyncSignoff(server.url, server.keys["scribe"]) as signoff:
        call = await signoff.propose("refund", REFUND)
        await decide(server, call.handoff.id, "approve")

        data = await signoff._driver.run(calls._first_version(call.handoff.view, Patience()))

    assert msgspec.json.decode(data)["arguments"] == REFUND
