import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.journeys.server import Server
from tests.mcp.wire import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def claimed(wire: Wire, name: str, text: str = "one") -> dict[str, Any]:
    path = f"input/handoffs-{wire.version}/{name}"
    await wire.call("write", path=path, text=text)
    return await wire.call("claim_work", path=path)


async def decide(person: httpx.AsyncClient, handoff: str, **said: Any) -> dict[str, Any]:
    view = (await person.get(f"handoffs/{handoff}")).json()
    verdict = {"digest": view["digest"], "round": view["round"], **said}
    answer = await person.put(f"handoffs/{handoff}/decision", json=verdict)
    assert answer.status_code == 200, answer.text
    decided: dict[str, Any] = answer.json()
    return decided


async def test_work_is_claimed_written_submitted_and_approved(
    wire: Wire, ben: httpx.AsyncClient
) -> None:
    work = await claimed(wire, "approved.md")

    assert work["folder"].startswith("processing/cl_")
    await wire.call("write", path=work["path"], text="two", lock_token=work["lock_token"])
    handed = await wire.call(
        "submit_for_review",
        paths=[work["path"]],
        title="Two",
        summary="It was one.",
        confidence=0.9,
        flags=[{"severity": "warning", "message": "Look"}],
        lock_token=work["lock_token"],
        resume_state="where I was",
    )
    waiting = await wire.call("wait_for_decision", handoff=handed["handoff"], wait_seconds=0)
    await decide(ben, handed["handoff"], verdict="approve")
    outcome = await wire.call("wait_for_decision", handoff=handed["handoff"])

    assert handed["kind"] == "approval"
    assert handed["round"] == 1
    assert handed["url"].endswith(f"/w/acme/handoffs/{handed['handoff']}")
    assert waiting["decided"] is False
    assert "nothing is lost" in waiting["next"]
    assert outcome["decided"] is True
    assert outcome["verdict"] == "approve"
    assert outcome["by"] == "Ben"
    assert outcome["path"].startswith("approved/")
    assert outcome["resume_state"] == "where I was"


async def test_who_waits_is_told_at_once(wire: Wire, ben: httpx.AsyncClient) -> None:
    work = await claimed(wire, "soon.md")
    handed = await wire.call(
        "submit_for_review", paths=work["path"], lock_token=work["lock_token"]
    )

    waiting = asyncio.create_task(
        wire.call("wait_for_decision", handoff=handed["handoff"], wait_seconds=30)
    )
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await decide(ben, handed["handoff"], verdict="approve")
    outcome = await waiting

    assert outcome["state"] == "approved"
    assert time.monotonic() - began < 2


async def test_waiting_is_bounded_and_says_what_to_do_next(wire: Wire) -> None:
    work = await claimed(wire, "later.md")
    handed = await wire.call(
        "submit_for_review", paths=work["path"], lock_token=work["lock_token"]
    )
    began = time.monotonic()

    said = await wire.text("wait_for_decision", handoff=handed["handoff"], wait_seconds=1)

    assert 1 <= time.monotonic() - began < 3
    assert said.startswith("Still waiting: awaiting review by a person.")
    assert f"handoff: {handed['handoff']}" in said


async def test_what_was_sent_back_comes_first_with_its_feedback(
    wire: Wire, ben: httpx.AsyncClient
) -> None:
    work = await claimed(wire, "again.md")
    handed = await wire.call(
        "submit_for_review", paths=work["path"], lock_token=work["lock_token"]
    )
    await ben.post(
        f"handoffs/{handed['handoff']}/comments", json={"text": "Here.", "file": "file"}
    )
    await decide(ben, handed["handoff"], verdict="request_changes", reason="Too short")
    outcome = await wire.call("wait_for_decision", handoff=handed["handoff"])
    feedback = await wire.call("read_feedback", handoff=handed["handoff"])

    again = await wire.call("claim_work", path=outcome["path"])
    await wire.call("write", path=again["path"], text="longer", lock_token=again["lock_token"])
    second = await wire.call(
        "submit_for_review", paths=again["path"], lock_token=again["lock_token"]
    )

    assert outcome["state"] == "changes_requested"
    assert outcome["reason"] == "Too short"
    assert "claim_work" in outcome["next"]
    assert feedback["comments"][0]["text"] == "Here."
    assert again["feedback"]["reason"] == "Too short"
    assert again["handoff"] == handed["handoff"]
    assert second["handoff"] == handed["handoff"]
    assert second["round"] == 2


async def test_an_escalation_asks_and_the_answer_comes_back_as_data(
    wire: Wire, ben: httpx.AsyncClient
) -> None:
    work = await claimed(wire, "stuck.md")
    handed = await wire.call(
        "escalate",
        paths=work["path"],
        needs="Which rate is right?",
        questions=[{"id": "rate", "text": "Which?", "schema": {"enum": [7, 19]}}],
        lock_token=work["lock_token"],
    )
    await decide(ben, handed["handoff"], verdict="answer", answers={"rate": 7})

    outcome = await wire.call("wait_for_decision", handoff=handed["handoff"])
    again = await wire.call("claim_work", path=outcome["path"])

    assert handed["kind"] == "escalation"
    assert outcome["state"] == "answered"
    assert outcome["answers"] == {"rate": 7}
    assert again["feedback"]["answers"] == {"rate": 7}


async def test_an_escalation_says_what_it_needs(wire: Wire) -> None:
    work = await claimed(wire, "mute.md")

    said = await wire.refused("escalate", paths=work["path"], lock_token=work["lock_token"])

    assert "`needs`" in said


async def test_one_item_of_a_batch_is_escalated_while_the_rest_goes_on(wire: Wire) -> None:
    folder = f"input/handoffs-{wire.version}-batch"
    for name in (f"a-{wire.version}.txt", "b.txt"):
        await wire.call("write", path=f"{folder}/{name}", text=name)
    work = await wire.call("claim_work", path=folder)

    handed = await wire.call(
        "escalate",
        paths=f"{work['path']}/a-{wire.version}.txt",
        needs="It is torn.",
        keep_rest=True,
        lock_token=work["lock_token"],
    )
    rest = await wire.call("list", path=work["path"])

    assert handed["path"] == f"needs-review/a-{wire.version}.txt"
    assert [one["path"].rpartition("/")[2] for one in rest["items"]] == ["b.txt"]


async def test_a_person_finishes_what_is_handed_over(
    wire: Wire, ben: httpx.AsyncClient
) -> None:
    work = await claimed(wire, "relay.md")
    handed = await wire.call(
        "hand_over",
        paths=work["path"],
        summary="All but the end.",
        lock_token=work["lock_token"],
    )
    await ben.put(f"files/{handed['path']}", content=b"with an end")
    await decide(ben, handed["handoff"], verdict="approve")

    outcome = await wire.call("wait_for_decision", handoff=handed["handoff"])
    feedback = await wire.call("read_feedback", handoff=handed["handoff"])

    assert handed["kind"] == "relay"
    assert outcome["changed"] is True
    assert [one["change"] for one in feedback["changes"]] == ["changed"]


async def test_the_same_dedupe_key_gives_the_same_handoff(wire: Wire) -> None:
    path = f"input/handoffs-{wire.version}/twice.md"
    await wire.call("write", path=path, text="one")
    said = {"paths": path, "dedupe_key": f"twice-{wire.version}"}

    first = await wire.call("submit_for_review", **said)
    second = await wire.call("submit_for_review", **said)

    assert first["created"] is True
    assert second["created"] is False
    assert second["handoff"] == first["handoff"]


async def test_a_handoff_is_withdrawn_with_a_fresh_claim(wire: Wire) -> None:
    work = await claimed(wire, "mistaken.md")
    handed = await wire.call(
        "submit_for_review", paths=work["path"], lock_token=work["lock_token"]
    )

    back = await wire.call("withdraw", handoff=handed["handoff"], reason="A mistake")
    written = await wire.call(
        "write", path=back["path"], text="right", lock_token=back["lock_token"]
    )

    assert back["state"] == "withdrawn"
    assert written["version"] == 2


async def test_without_work_it_says_so_and_waits_only_when_asked(wire: Wire) -> None:
    began = time.monotonic()

    nothing = await wire.call("claim_work", glob="input/no-such/**")
    waited = await wire.call("claim_work", glob="input/no-such/**", wait_seconds=1)

    assert nothing == {"claim": None}
    assert waited == {"claim": None}
    assert 1 <= time.monotonic() - began < 4


async def test_who_waits_for_work_gets_it_when_it_comes(wire: Wire) -> None:
    glob = f"input/coming-{wire.version}/*"
    waiting = asyncio.create_task(wire.call("claim_work", glob=glob, wait_seconds=20))
    await asyncio.sleep(0.2)

    await wire.call("write", path=f"input/coming-{wire.version}/x.txt", text="x")
    work = await waiting

    assert work["path"].endswith("/x.txt")


async def test_after_a_restart_ones_work_is_found_and_taken_over(wire: Wire) -> None:
    work = await claimed(wire, "restarted.md")
    mine = await wire.call("my_work")

    again = await wire.call("claim_work", claim=work["claim"])
    dead = await wire.refused(
        "write", path=work["path"], text="x", lock_token=work["lock_token"]
    )
    await wire.call("write", path=again["path"], text="x", lock_token=again["lock_token"])

    assert work["claim"] in {one["claim"] for one in mine["claims"]}
    assert again["lock_token"] != work["lock_token"]
    assert "claim_lapsed" in dead


async def test_a_lease_is_renewed_and_work_given_back(wire: Wire) -> None:
    work = await claimed(wire, "given-back.md")
    held = {"claim": work["claim"], "lock_token": work["lock_token"]}

    renewed = await wire.call("renew_work", **held, minutes=60)
    released = await wire.call("release_work", **held)

    assert renewed["expires_at"] > work["expires_at"]
    assert released["path"] == f"input/handoffs-{wire.version}/given-back.md"


async def test_a_waiter_whose_key_was_revoked_is_told_so(server: Server, wire: Wire) -> None:
    name = f"revoked-{wire.version}"
    secret = await server.add_agent(name)
    async with (
        server.client(Authorization=f"Bearer {secret}") as client,
        server.signed_in("ada") as ada,
    ):
        theirs = Wire(client, modern=wire.modern)
        await theirs.call("write", path=f"input/{name}.txt", text="x")
        handed = await theirs.call("submit_for_review", paths=f"input/{name}.txt")
        waiting = asyncio.create_task(
            theirs.send(
                "tools/call",
                {
                    "name": "wait_for_decision",
                    "arguments": {"handoff": handed["handoff"], "wait_seconds": 30},
                },
            )
        )
        await asyncio.sleep(0.2)
        known = (await ada.get("agents")).json()["items"]
        gone = next(each["id"] for each in known if each["name"] == name)
        await ada.delete(f"agents/{gone}")
        await ada.post(f"handoffs/{handed['handoff']}/comments", json={"text": "Hm."})

        answer = await waiting

    assert answer.status_code == 401
    assert answer.json()["error"]["data"]["code"] in {"credential_expired", "unauthenticated"}


async def test_an_agent_sees_no_other_agents_token(server: Server, wire: Wire) -> None:
    work = await claimed(wire, "guarded.md")
    name = f"other-{wire.version}"
    secret = await server.add_agent(name)

    async with server.client(Authorization=f"Bearer {secret}") as client:
        theirs = Wire(client, modern=wire.modern)
        said = await theirs.refused("claim_work", claim=work["claim"])
        write = await theirs.refused("write", path=f"{work['folder']}/new.md", text="mine")

    assert work["lock_token"] not in said
    assert "claimed" in write
