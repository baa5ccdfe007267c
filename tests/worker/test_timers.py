"""What happens to handoffs by itself, as the worker does it: once, in order, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signoff.actions import deciding, files, handoffs, locks, policies, submitting
from signoff.actions.deciding import Decide
from signoff.actions.handoff_views import HandoffView
from signoff.actions.house import House
from signoff.actions.locks import TakeLock
from signoff.actions.workspaces import keys_of
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey
from signoff.blobs.memory import MemoryStore
from signoff.domain.actors import system
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import State
from signoff.domain.ids import DAY, HOUR, HandoffId
from signoff.domain.sidecars import Sidecar
from signoff.store.handoffs import Stored
from signoff.store.transaction import Transaction
from signoff.worker import duties
from signoff.worker.duties import Duty
from signoff.worker.loop import Worker
from tests.actions.cast import ACME, ADA, BEN, MAY, SCRIBE, do, held, log, move_in
from tests.databases import KINDS, engine
from tests.worker.aging import age

CLOCK = """
due_in: 10h
reminders: [4h before, when due]
raise_to: may@acme.example
"""
REJECTING = CLOCK + "on_timeout: reject\ntimeout_after: 5h\n"


@pytest.fixture(params=KINDS)
async def acme(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """Acme on each of the databases."""
    kind = str(request.param)
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    store = engine(kind, folder=tmp_path, postgres_url=url)
    blobs = MemoryStore()
    keyring = Keyring(RootKey(b"k" * 32), keys_of(store, blobs))
    opened = House(store, Encrypted(blobs, keyring), keyring, base_url="http://signoff.example")
    await move_in(opened)
    yield opened
    await opened.close()


async def put(house: House, path: str, text: bytes = b"a,b\n1,2\n") -> None:
    async def body() -> AsyncIterator[bytes]:
        yield text

    arrived = await house.bytes.take_in(SCRIBE, body())
    asked = files.WriteFile(
        path=path,
        blob=arrived.blob,
        digest=arrived.digest,
        size=arrived.size,
        inline=arrived.inline,
    )
    await house.do(files.write, SCRIBE, asked)


async def set_policy(house: House, text: str) -> None:
    await do(house, policies.set, MAY, policies.Set(policy=text))


async def open_one(house: House, name: str = "a.csv", **context: Any) -> HandoffView:
    await put(house, f"input/{name}")
    asked = submitting.Submit(paths=(f"input/{name}",), context=Sidecar(**context))
    return await do(house, submitting.submit, SCRIBE, asked)


async def seen(house: House, handoff: str) -> Stored:
    found = await house.engine.read(
        lambda tx: tx.handoffs.by_id(HandoffId(handoff)), workspace=ACME
    )
    assert found is not None
    return found


async def told(house: House, *types: str) -> list[tuple[str, Any]]:
    """Return what is on the record of these types: by whom, and the event's own words."""
    wanted = [entry for entry in await log(house) if entry["type"] in types]
    return [(entry["type"], entry["actor"]) for entry in wanted]


BY_TIME = ("handoff.reminded", "handoff.raised", "handoff.reassigned", "handoff.rejected")


async def test_reminders_raising_and_rejection_come_in_their_time(acme: House) -> None:
    await set_policy(acme, REJECTING)
    handoff = await open_one(acme)
    story: list[list[str]] = []

    for _ in range(4):
        before = len(await told(acme, *BY_TIME))
        await age(acme, handoff.id, 5 * HOUR)
        await duties.keep_time(acme)
        story.append([type_ for type_, _ in (await told(acme, *BY_TIME))[before:]])

    assert story == [
        [],
        ["handoff.reminded", "handoff.raised"],
        ["handoff.rejected"],
        [],
    ]
    assert {actor for _, actor in await told(acme, *BY_TIME)} == {"system"}
    after = await acme.ask(handoffs.read, SCRIBE, handoffs.One(handoff=handoff.id))
    assert after.state == "rejected"
    assert after.path == "rejected/a.csv"
    assert after.decision is not None
    assert after.decision.by.kind == "system"
    assert "decided in time" in after.decision.reason


async def test_a_reminder_is_on_the_record_with_whom_and_which(acme: House) -> None:
    await set_policy(acme, CLOCK + "reviewers: [ben@acme.example, group:legal]\n")
    handoff = await open_one(acme)
    await age(acme, handoff.id, 7 * HOUR)

    await duties.keep_time(acme)

    (entry,) = [e for e in await log(acme) if e["type"] == "handoff.reminded"]
    codes = entry["codes"]
    assert (codes["number"], codes["of"], codes["late"]) == (1, 2, False)
    assert entry["private"]["private"] == {"to": ["pe_ben", "group:legal"]}


async def test_after_two_weeks_without_a_worker_nobody_is_shouted_at(acme: House) -> None:
    await set_policy(acme, CLOCK)
    for number in range(5):
        handoff = await open_one(acme, f"{number}.csv")
        await age(acme, handoff.id, 14 * DAY)

    await duties.keep_time(acme)
    await duties.keep_time(acme)

    types = [type_ for type_, _ in await told(acme, *BY_TIME)]
    assert sorted(types) == ["handoff.raised"] * 5 + ["handoff.reminded"] * 5


async def test_two_workers_at_once_do_each_thing_once(acme: House) -> None:
    await set_policy(acme, REJECTING)
    ids = [(await open_one(acme, f"{number}.csv")).id for number in range(8)]
    for number, handoff in enumerate(ids):
        await age(acme, handoff, (7 + number) * HOUR)

    await asyncio.gather(*(duties.keep_time(acme) for _ in range(4)))

    entries = [e for e in await log(acme) if e["type"] in BY_TIME]
    done = [(entry["handoff"], entry["type"]) for entry in entries]
    assert len(done) == len(set(done))
    assert {handoff for handoff, _ in done} == set(ids)


async def test_what_somebody_decided_or_withdrew_has_no_timer(acme: House) -> None:
    await set_policy(acme, REJECTING)
    handoff = await open_one(acme)
    asked = Decide(
        handoff=handoff.id, verdict="approve", digest=handoff.digest, round=handoff.round
    )
    await do(acme, deciding.decide, BEN, asked)

    await age(acme, handoff.id, 30 * DAY)
    await duties.keep_time(acme)

    assert await told(acme, *BY_TIME) == []
    rows = await acme.engine.read(
        lambda tx: tx.all("SELECT timer_at FROM handoffs"), workspace=ACME
    )
    assert rows == [(None,)]


async def test_what_is_late_goes_to_others_who_then_find_it(acme: House) -> None:
    await set_policy(
        acme,
        "due_in: 1h\nreviewers: [may@acme.example]\n"
        "on_timeout: reassign\nreassign_to: [group:legal]\n",
    )
    handoff = await open_one(acme)
    await age(acme, handoff.id, 2 * HOUR)

    await duties.keep_time(acme)

    mine = await acme.ask(
        handoffs.list_, BEN, handoffs.ListHandoffs(reviewer="group:legal", state="in_review")
    )
    assert [item.id for item in mine.items] == [handoff.id]
    (entry,) = [e for e in await log(acme) if e["type"] == "handoff.reassigned"]
    assert entry["private"]["private"] == {"to": ["group:legal"]}


async def test_a_lock_holds_up_a_rejection_and_nothing_else(acme: House) -> None:
    await set_policy(acme, REJECTING)
    locked, free = [await open_one(acme, name) for name in ("a.csv", "b.csv")]
    lock = await do(acme, locks.take, BEN, TakeLock(path="needs-review/a.csv"))
    for each in (locked, free):
        await age(acme, each.id, 30 * HOUR)

    await duties.keep_time(acme)
    before = [(await seen(acme, each.id)).handoff.state for each in (locked, free)]
    await acme.do(locks.release, BEN, locks.OneLock(token=held(lock)))
    await duties.keep_time(acme)

    assert before == [State.IN_REVIEW, State.REJECTED]
    assert (await seen(acme, locked.id)).handoff.state is State.REJECTED


async def test_the_worker_sleeps_until_the_next_thing_is_to_happen(acme: House) -> None:
    await set_policy(acme, CLOCK)
    await open_one(acme)

    soon = await duties.keep_time(acme)

    assert soon is not None
    assert 6 * 3600 - 60 < soon <= 6 * 3600


async def test_a_name_that_nobody_goes_by_is_raised_to_nobody(acme: House) -> None:
    await set_policy(acme, "due_in: 1h\nraise_to: nobody@acme.example\n")
    handoff = await open_one(acme)
    await age(acme, handoff.id, 2 * HOUR)

    await duties.keep_time(acme)

    assert await told(acme, *BY_TIME) == []
    assert await duties.keep_time(acme) is None


async def test_a_policy_that_is_set_plans_what_is_open(acme: House) -> None:
    ids = [(await open_one(acme, f"{number}.csv")).id for number in range(60)]
    await set_policy(acme, CLOCK + "priority: 7\n")

    await duties.replan(acme)
    await duties.replan(acme)

    planned = [(await seen(acme, each)).handoff for each in ids]
    assert {each.due_at is not None and each.due_at - each.opened_at for each in planned} == {
        10 * HOUR
    }
    assert {each.priority for each in planned} == {7}
    replanned = await told(acme, "handoff.replanned")
    assert replanned == [("handoff.replanned", "system")] * 60


async def test_an_old_plan_is_not_carried_out_under_a_new_policy(acme: House) -> None:
    await set_policy(acme, REJECTING)
    handoff = await open_one(acme)
    await age(acme, handoff.id, 30 * HOUR)
    await set_policy(acme, CLOCK)

    await duties.keep_time(acme)

    assert (await seen(acme, handoff.id)).handoff.state is State.IN_REVIEW
    types = [type_ for type_, _ in await told(acme, *BY_TIME)]
    assert types == ["handoff.raised"]


async def test_a_policy_never_rejects_at_the_moment_it_is_set(acme: House) -> None:
    handoff = await open_one(acme)
    await age(acme, handoff.id, 30 * DAY)
    await set_policy(acme, REJECTING)

    await duties.replan(acme)
    await duties.keep_time(acme)

    assert await told(acme, *BY_TIME) == []
    clock = (await seen(acme, handoff.id)).handoff.clock
    assert clock is not None
    assert clock.timeout_at is not None


async def test_out_of_rounds_and_recalled_have_a_time_of_their_own(acme: House) -> None:
    await set_policy(acme, CLOCK + "max_rounds: 1\n")
    handoff = await open_one(acme)
    await age(acme, handoff.id, 9 * HOUR)

    async def decide(verdict: str) -> None:
        now = await acme.ask(handoffs.read, BEN, handoffs.One(handoff=handoff.id))
        asked = Decide(
            handoff=handoff.id,
            verdict=verdict,
            digest=now.digest,
            round=now.round,
            reason="No.",
        )
        await do(acme, deciding.decide, ADA, asked)

    await decide("request_changes")
    escalated = (await seen(acme, handoff.id)).handoff
    await decide("reject")
    recall = deciding.Recall(handoff=handoff.id, reason="Again")
    await do(acme, deciding.recall, MAY, recall)
    recalled = (await seen(acme, handoff.id)).handoff

    now = await acme.engine.read(lambda tx: tx.now, workspace=ACME)
    for each in (escalated, recalled):
        assert each.due_at is not None
        assert abs(each.due_at - now - 10 * HOUR) < HOUR / 10
        assert each.clock is not None
    assert escalated.raised_to == "pe_may"
    await age(acme, handoff.id, 11 * HOUR)
    await duties.keep_time(acme)
    raised = [e for e in await log(acme) if e["type"] == "handoff.raised"]
    assert [entry["round"] for entry in raised] == [2, 3]


async def test_what_was_opened_by_the_policy_before_is_planned_too(acme: House) -> None:
    """A node remembers a policy for a moment: what it opens then is found a moment later."""
    await set_policy(acme, CLOCK)
    await duties.replan(acme)
    handoff = await open_one(acme)
    await _forget_clock(acme, handoff.id)

    await duties.replan(acme)

    assert (await seen(acme, handoff.id)).handoff.clock is not None


async def _forget_clock(house: House, handoff: str) -> None:
    def work(tx: Transaction) -> None:
        stored = tx.handoffs.by_id(HandoffId(handoff))
        assert stored is not None
        tx.handoffs.save(replace(stored.handoff, clock=None))
        tx.record(Event(type=Type.HANDOFF_CHANGED), caller=system(ACME))

    await house.engine.write(work, workspace=ACME)


async def test_a_worker_that_is_killed_and_one_that_goes_on_do_each_thing_once(
    acme: House,
) -> None:
    """The killed one does not know that its lease is over, and wakes up once more."""
    await set_policy(acme, REJECTING)
    ids = [(await open_one(acme, f"{number}.csv")).id for number in range(4)]
    duty = Duty(name="timers", every=30, run=duties.keep_time)
    one, two = [Worker(acme, duties=(duty,), followers=(), holder=name) for name in "ab"]
    await one.take_leases()
    await age(acme, ids[0], 16 * HOUR)
    await one.do(duty)
    await acme.engine.write(
        lambda tx: tx.run("UPDATE leases SET expires_at = 0"), workspace=ACME
    )
    for handoff in ids:
        await age(acme, handoff, 16 * HOUR)
    await two.take_leases()

    await asyncio.gather(one.do(duty), two.do(duty))

    assert two.held == {"timers"}
    rejected = [e["handoff"] for e in await log(acme) if e["type"] == "handoff.rejected"]
    assert sorted(rejected) == sorted(ids)
