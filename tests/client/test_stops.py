"""What a framework's run stops for is put in front of people once, and waited for together."""

import asyncio

import pytest

from signoff_client import AsyncSignoff, Invalid, StillWaiting
from signoff_client.aio.stops import propose, rulings, submit
from signoff_client.plans.stops import HeldCall, HeldWork
from tests.client.people import decide
from tests.hosts import Workspace


def call(number: int, **said: object) -> HeldCall:
    held = {"key": f"run:{number}", "call_id": f"c{number}", "name": "refund"}
    return HeldCall(**held, arguments={"cents": number}, **said)  # type: ignore[arg-type]


@pytest.fixture
async def awaited(workspace: Workspace):
    async with AsyncSignoff(workspace.url, workspace.keys["scribe"]) as signoff:
        yield signoff


async def test_who_gives_up_on_one_call_waits_for_no_other(awaited: AsyncSignoff) -> None:
    before = asyncio.all_tasks()

    with pytest.raises(StillWaiting):
        await rulings(awaited, [call(1), call(2)], timeout=0.2)

    assert asyncio.all_tasks() == before


async def test_calls_are_ruled_on_one_by_one(
    workspace: Workspace, awaited: AsyncSignoff
) -> None:
    for number, verdict in ((1, "approve"), (2, "reject")):
        proposed = await propose(awaited, call(number))
        await decide(workspace, proposed.handoff.id, verdict, reason="So be it.")

    ruled = await rulings(awaited, [call(1), call(2)], timeout=10)

    assert {name: each.kind for name, each in ruled.items()} == {
        "c1": "approve",
        "c2": "reject",
    }


async def test_a_schema_that_the_server_cannot_use_is_left_out(awaited: AsyncSignoff) -> None:
    recursive = {"type": "object", "properties": {"next": {"$ref": "#"}}}
    with pytest.raises(Invalid):
        await awaited.propose("refund", {}, schema=recursive)

    proposed = await propose(awaited, call(1, schema=recursive))

    assert proposed.handoff.extra["tool_call"]["schema"] is None


async def test_a_call_that_its_framework_takes_though_it_does_not_fit_is_asked_about(
    awaited: AsyncSignoff,
) -> None:
    strict = {"type": "object", "properties": {"cents": {"type": "string"}}}

    proposed = await propose(awaited, call(1, schema=strict))

    assert proposed.arguments == {"cents": 1}


async def test_the_same_work_is_the_same_handoff_until_it_is_withdrawn(
    workspace: Workspace, awaited: AsyncSignoff
) -> None:
    work = HeldWork(key="x" * 300, files={"report.md": "# October"}, said={"title": "October"})
    first = await submit(awaited, work)
    again = await submit(awaited, work)
    await decide(workspace, first.id, "reject", reason="No.")
    decided = await submit(awaited, work)
    other = await submit(
        awaited, HeldWork(key="x" * 301, kind="escalation", said={"needs": "?"})
    )
    await other.withdraw()
    anew = await submit(
        awaited, HeldWork(key="x" * 301, kind="escalation", said={"needs": "?"})
    )

    assert first.id == again.id == decided.id
    assert len({first.id, other.id, anew.id}) == 3
