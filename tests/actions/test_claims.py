import asyncio

import msgspec
import pytest
from msgspec import UNSET

from signoff.actions import (
    claims,
    comments,
    deciding,
    handoffs,
    leases,
    locks,
    submitting,
    tree,
)
from signoff.actions.candidates import Pick
from signoff.actions.claims import ListClaims, OneClaim, ReleaseClaim, RenewClaim, TakeClaim
from signoff.actions.comments import AddComment
from signoff.actions.deciding import Decide
from signoff.actions.folder_views import PathOnly
from signoff.actions.folders import make_folder
from signoff.actions.handoffs import One
from signoff.actions.lock_views import LockView
from signoff.actions.locks import TakeLock
from signoff.actions.submitting import Submit
from signoff.domain import rounds
from signoff.domain.actors import Door, Scope, system
from signoff.domain.candidates import Candidate
from signoff.domain.errors import Code, Conflict, Forbidden, Held, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Kind, State
from signoff.domain.ids import HOUR, MINUTE, SECOND, Instant, LockToken, NodeId, Path
from signoff.domain.stages import Stage
from tests.actions.cast import ACME, ADA, BEN, CLERK, DAN, MAY, SCRIBE, do, last, log
from tests.actions.works import handoffs as all_handoffs
from tests.actions.works import later, names_in, node_at, put, since, stored, text_of

SYSTEM = system(ACME)
ANY = TakeClaim()


def tokens(claim):
    return frozenset({LockToken(claim.lock_token)})


async def claim(house, caller=SCRIBE, asked=ANY):
    return (await house.do(claims.take, caller, asked)).result


def throw_away(ctx, path):
    """Put into the trash what stands at a path, as deleting does."""
    chain = ctx.tx.files.resolve(Path(path))
    tree.throw_away(ctx, chain[-1], chain=chain[:-1], path=Path(path))
    ctx.record(Event(type=Type.FILE_DELETED, node=chain[-1].id))


async def sent_back(house, *, reason="Say more about March"):
    """Have Scribe submit a report, and Ben send it back with a comment."""
    await put(house, SCRIBE, "work/report.md", "# Report")
    handed = await do(
        house, submitting.submit, SCRIBE, Submit(paths=("work/report.md",), resume_state="s1")
    )
    await do(house, comments.add, BEN, AddComment(handoff=handed.id, text="Which March?"))
    decision = Decide(
        handoff=handed.id, verdict="request_changes", digest=handed.digest, reason=reason
    )
    await do(house, deciding.decide, BEN, decision)
    return handed


# Taking.


async def test_a_claim_moves_the_item_into_a_work_folder_of_its_own(house):
    await put(house, DAN, "input/a/x.csv")

    taken = await claim(house)

    assert taken.folder == f"processing/{taken.id}"
    assert taken.path == f"processing/{taken.id}/x.csv"
    assert (taken.from_path, taken.attempts, taken.handoff) == ("input/a/x.csv", 0, UNSET)
    assert taken.lock_token.startswith("opaquelocktoken:")
    assert await names_in(house, "input/a") == []
    assert await names_in(house, taken.folder) == ["x.csv"]


async def test_taking_a_claim_is_on_the_record(house):
    await put(house, DAN, "input/x.csv")

    taken = await claim(house)

    entry = await last(house)
    assert (entry["type"], entry["subject"], entry["id"]) == (
        "claim.taken",
        taken.id,
        taken.event,
    )
    assert entry["private"]["from"] == "input/x.csv"
    assert entry["private"]["to"] == taken.path
    assert taken.lock_token not in str(entry)


async def test_there_is_nothing_to_claim_in_an_empty_house(house):
    before = len(await log(house))

    assert await claim(house) is None
    assert len(await log(house)) == before


async def test_the_oldest_is_offered_first(house):
    for name in ("b.csv", "a.csv", "c.csv"):
        await put(house, DAN, f"input/{name}", name)

    assert [(await claim(house)).from_path for _ in range(3)] == [
        "input/b.csv",
        "input/a.csv",
        "input/c.csv",
    ]


async def test_a_file_with_its_sidecar_travels_together(house):
    await put(house, DAN, "input/x.csv.handoff.json", "{}")
    await put(house, DAN, "input/x.csv")

    taken = await claim(house)

    assert await names_in(house, taken.folder) == ["x.csv", "x.csv.handoff.json"]
    assert await claim(house, CLERK) is None


async def test_markdown_with_handoff_in_its_front_matter_is_no_work(house):
    await put(house, DAN, "input/x.md", "---\nhandoff:\n  title: X\n---\n")
    await put(house, DAN, "input/x.csv")

    taken = await claim(house)

    assert await names_in(house, taken.folder) == ["x.csv", "x.md"]


async def test_a_pattern_says_which_work_is_wanted(house):
    await put(house, DAN, "input/a.txt")
    await put(house, DAN, "input/b.csv")

    assert (await claim(house, asked=TakeClaim(glob="*.csv"))).from_path == "input/b.csv"
    assert await claim(house, asked=TakeClaim(glob="*.csv")) is None


async def test_a_stage_says_where_work_is_looked_for(house):
    await put(house, DAN, "input/a.txt")

    assert await claim(house, asked=TakeClaim(stage="feedback")) is None
    assert (await claim(house, asked=TakeClaim(stage="input"))).from_path == "input/a.txt"
    with pytest.raises(Invalid):
        await claim(house, asked=TakeClaim(stage="approved"))


async def test_a_path_names_the_work(house):
    await put(house, DAN, "input/a.txt")
    await put(house, DAN, "input/b.txt")

    taken = await claim(house, asked=TakeClaim(path="input/b.txt"))

    assert taken.from_path == "input/b.txt"


async def test_a_path_that_is_no_work_is_refused(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(NotFound):
        await claim(house, asked=TakeClaim(path="input/none"))
    with pytest.raises(Conflict) as refused:
        await claim(house, asked=TakeClaim(path="shared/a.txt"))
    assert refused.value.code is Code.WRONG_STAGE


async def test_what_another_has_claimed_is_refused_by_name(house):
    await put(house, DAN, "input/a.txt")
    taken = await claim(house)

    with pytest.raises(Held) as refused:
        await claim(house, CLERK, TakeClaim(path=taken.path))

    facts = refused.value.facts
    assert (refused.value.code, facts["holder"], facts["holder_name"], facts["kind"]) == (
        Code.CLAIMED,
        "ag_scribe",
        "Scribe",
        "claim",
    )
    assert 590 <= facts["seconds_left"] <= 600
    assert taken.lock_token not in str(facts)


async def test_a_whole_folder_is_claimed_by_its_path(house):
    await put(house, DAN, "input/batch/a.csv")
    await put(house, DAN, "input/batch/b.csv")

    taken = await claim(house, asked=TakeClaim(path="input/batch"))

    assert await names_in(house, taken.path) == ["a.csv", "b.csv"]
    assert await claim(house, CLERK) is None


async def test_a_folder_in_which_another_holds_a_lock_is_refused(house):
    await put(house, DAN, "input/batch/a.csv")
    await do(house, locks.take, DAN, TakeLock(path="input/batch/a.csv"))

    with pytest.raises(Held) as refused:
        await claim(house, asked=TakeClaim(path="input/batch"))
    assert refused.value.code is Code.LOCKED
    assert await claim(house) is None


async def test_a_folder_that_was_moved_into_input_is_a_place(house):
    await put(house, DAN, "input/batch/a.csv")
    await put(house, DAN, "input/batch/b.csv")

    def requeue(tx):
        for name in ("a.csv", "b.csv"):
            tx.claims.dequeue(tx.files.resolve(Path(f"input/batch/{name}"))[-1].id)
        tx.claims.queue(tx.files.resolve(Path("input/batch"))[-1].id)

    await house.engine.write(requeue, workspace=ACME)

    assert [(await claim(house)).from_path for _ in range(2)] == [
        "input/batch/a.csv",
        "input/batch/b.csv",
    ]
    assert await claim(house) is None


async def test_stale_rows_leave_the_queue(house):
    await house.engine.write(lambda tx: tx.claims.queue(NodeId("nd_gone")), workspace=ACME)

    await claim(house)

    queued = await house.engine.read(
        lambda tx: tx.claims.queued(after=None, limit=10), workspace=ACME
    )
    assert queued == []


async def test_what_came_over_a_drive_settles_first(house):
    drive = msgspec.structs.replace(DAN, door=Door.DAV)
    await put(house, drive, "input/a.csv")

    assert await claim(house) is None
    later(house, 6 * SECOND)
    assert (await claim(house)).from_path == "input/a.csv"


async def test_the_lease_is_kept_between_a_minute_and_a_day(house):
    await put(house, DAN, "input/a.csv")

    taken = await claim(house, asked=TakeClaim(lease_seconds=1))

    left = taken.expires_at.timestamp() - house.engine.now() / 1e6
    assert 55 < left <= 60


async def test_only_agents_claim(house):
    await put(house, DAN, "input/a.csv")

    with pytest.raises(Forbidden):
        await claim(house, DAN)
    entry = await last(house)
    assert (entry["type"], entry["codes"]["action"]) == ("access.denied", "claims.take")


async def test_a_key_without_the_scope_cannot_claim(house):
    await put(house, DAN, "input/a.csv")
    credential = msgspec.structs.replace(SCRIBE.credential, scopes=frozenset({Scope.READ}))
    narrow = msgspec.structs.replace(SCRIBE, credential=credential)

    with pytest.raises(Forbidden) as refused:
        await claim(house, narrow)
    assert refused.value.code is Code.OUT_OF_SCOPE


# Feedback.


async def test_what_was_sent_back_comes_first_with_its_feedback(house):
    await put(house, DAN, "input/older.csv")
    handed = await sent_back(house)

    taken = await claim(house)

    assert (taken.handoff, taken.resume_state) == (handed.id, "s1")
    assert taken.path == f"processing/{taken.id}/report.md"
    feedback = taken.feedback
    assert (feedback.reason, feedback.by.name, feedback.round) == (
        "Say more about March",
        "Ben",
        1,
    )
    assert [one.text for one in feedback.comments] == ["Which March?"]
    assert feedback.note_path == f"{taken.folder}/report.md.feedback.md"
    assert "Say more about March" in await text_of(house, SCRIBE, feedback.note_path)
    assert (await stored(house, handed.id)).claim == taken.id


async def test_what_was_sent_back_is_kept_to_its_submitter_until_it_is_offered(house):
    handed = await sent_back(house)

    assert await claim(house, CLERK) is None
    await do(house, handoffs.offer, BEN, One(handoff=handed.id))
    taken = await claim(house, CLERK)

    assert (taken.handoff, taken.resume_state) == (handed.id, UNSET)


@pytest.mark.parametrize("verdict", ["request_changes", "answer"])
async def test_a_proposed_call_that_did_not_run_is_claimed_by_its_path_alone(house, verdict):
    said = {
        "extra": {"tool_call": {"name": "send"}},
        "questions": [{"id": "why", "text": "Why?", "required": False}],
    }
    call = '{"name": "send", "arguments": {}}'
    await put(house, SCRIBE, "calls/send/call.json", call)
    handed = await do(
        house, submitting.submit, SCRIBE, Submit(paths=("calls/send",), said=said)
    )
    decision = Decide(
        handoff=handed.id, verdict=verdict, digest=handed.digest, reason="Ask Mira first"
    )
    await do(house, deciding.decide, BEN, decision)
    await put(house, DAN, "input/x.csv")

    free = await claim(house)
    none = await claim(house, SCRIBE, TakeClaim(stage="feedback", glob="**"))
    asked = await claim(house, SCRIBE, TakeClaim(path="feedback/calls/send"))

    assert (free.handoff, none) == (UNSET, None)
    assert (asked.handoff, asked.feedback.reason) == (handed.id, "Ask Mira first")


async def test_a_proposed_call_that_a_person_offered_is_work_like_any(house):
    said = {"extra": {"tool_call": {"name": "send"}}}
    await put(house, SCRIBE, "calls/send/call.json", '{"name": "send", "arguments": {}}')
    handed = await do(
        house, submitting.submit, SCRIBE, Submit(paths=("calls/send",), said=said)
    )
    decision = Decide(
        handoff=handed.id, verdict="request_changes", digest=handed.digest, reason="Not so"
    )
    await do(house, deciding.decide, BEN, decision)

    await do(house, handoffs.offer, BEN, One(handoff=handed.id))

    assert (await claim(house, CLERK)).handoff == handed.id


async def test_a_package_kept_to_another_is_refused_by_path(house):
    await sent_back(house)

    with pytest.raises(Held) as refused:
        await claim(house, CLERK, TakeClaim(path="feedback/work/report.md"))
    assert refused.value.code is Code.CLAIMED


async def test_the_next_round_comes_from_a_claim(house):
    handed = await sent_back(house)
    taken = await claim(house)
    await put(house, SCRIBE, taken.path, "# Report, longer", taken.lock_token)

    again = await do(
        house, submitting.submit, SCRIBE, Submit(paths=(taken.path,)), tokens=tokens(taken)
    )

    assert (again.id, again.round, again.state) == (handed.id, 2, "in_review")
    assert await names_in(house, "processing") == []


async def test_a_released_package_returns_to_feedback_with_its_note(house):
    handed = await sent_back(house)
    taken = await claim(house)

    released = await do(
        house, claims.release, SCRIBE, ReleaseClaim(claim=taken.id), tokens=tokens(taken)
    )

    assert (released.path, released.escalated) == ("feedback/work/report.md", False)
    assert await names_in(house, "feedback/work") == ["report.md", "report.md.feedback.md"]
    kept = await stored(house, handed.id)
    assert (kept.claim, kept.handoff.state) == (None, State.CHANGES_REQUESTED)
    assert (await claim(house)).handoff == handed.id


# Holding.


async def test_renewing_is_no_entry(house):
    await put(house, DAN, "input/a.csv")
    taken = await claim(house)
    before = len(await log(house))
    later(house, 9 * MINUTE)

    renewed = await do(
        house, claims.renew, SCRIBE, RenewClaim(claim=taken.id), tokens=tokens(taken)
    )

    assert (renewed.expires_at - taken.expires_at).total_seconds() >= 9 * 60
    assert (renewed.lock_token, renewed.path) == (taken.lock_token, taken.path)
    assert len(await log(house)) == before


async def test_a_claim_needs_its_token(house):
    await put(house, DAN, "input/a.csv")
    taken = await claim(house)

    with pytest.raises(Held) as refused:
        await do(house, claims.renew, SCRIBE, RenewClaim(claim=taken.id))
    assert refused.value.code is Code.CLAIMED


async def test_a_lapsed_claim_is_over_before_anybody_swept_it(house):
    await put(house, DAN, "input/a.csv")
    taken = await claim(house)
    later(house, 10 * MINUTE)

    for attempt in (
        do(house, claims.renew, SCRIBE, RenewClaim(claim=taken.id), tokens=tokens(taken)),
        do(house, claims.release, SCRIBE, ReleaseClaim(claim=taken.id), tokens=tokens(taken)),
        do(house, claims.takeover, SCRIBE, OneClaim(claim=taken.id)),
    ):
        with pytest.raises(Conflict) as refused:
            await attempt
        assert refused.value.code is Code.CLAIM_LAPSED
    with pytest.raises(Conflict) as refused:
        await put(house, SCRIBE, taken.path, "late", taken.lock_token)
    assert refused.value.code is Code.CLAIM_LAPSED


async def test_a_takeover_kills_the_old_token(house):
    await put(house, DAN, "input/a.csv")
    taken = await claim(house)

    again = await do(house, claims.takeover, SCRIBE, OneClaim(claim=taken.id))

    entry = await last(house)
    assert (entry["type"], entry["codes"]["epoch"]) == ("claim.taken_over", 2)
    assert again.lock_token != taken.lock_token
    with pytest.raises(Conflict) as refused:
        await do(house, claims.renew, SCRIBE, RenewClaim(claim=taken.id), tokens=tokens(taken))
    assert refused.value.code is Code.CLAIM_LAPSED
    await do(house, claims.renew, SCRIBE, RenewClaim(claim=taken.id), tokens=tokens(again))


async def test_another_agent_takes_nothing_over(house):
    await put(house, DAN, "input/a.csv")
    taken = await claim(house)

    with pytest.raises(Held) as refused:
        await do(house, claims.takeover, CLERK, OneClaim(claim=taken.id))
    assert refused.value.code is Code.CLAIMED


async def test_an_agent_sees_its_live_claims_without_their_tokens(house):
    await put(house, DAN, "input/a.csv")
    await put(house, DAN, "input/b.csv")
    taken = await claim(house)
    await claim(house, CLERK)

    mine = await house.ask(claims.list_, SCRIBE, ListClaims())
    everybodys = await house.ask(claims.list_, ADA, ListClaims(mine=False))
    later(house, HOUR)
    none = await house.ask(claims.list_, SCRIBE, ListClaims())

    assert [(one.id, one.path, one.from_path) for one in mine.items] == [
        (taken.id, taken.path, "input/a.csv")
    ]
    assert taken.lock_token not in str(msgspec.json.encode(mine))
    assert [one.agent.name for one in everybodys.items] == ["Scribe", "Clerk"]
    assert none.items == ()


# Ending.


async def test_released_work_returns_as_it_was_claimed(house):
    await put(house, DAN, "input/a/x.csv", "first")
    taken = await claim(house)
    await put(house, SCRIBE, taken.path, "spoilt", taken.lock_token)
    await put(house, SCRIBE, f"{taken.folder}/notes.txt", "mine", taken.lock_token)
    before = len(await log(house))

    released = await do(
        house, claims.release, SCRIBE, ReleaseClaim(claim=taken.id), tokens=tokens(taken)
    )

    assert (released.path, released.attempts) == ("input/a/x.csv", 1)
    assert await text_of(house, DAN, "input/a/x.csv") == "first"
    assert await names_in(house, "processing") == []
    assert [entry["type"] for entry in await since(house, before)] == [
        "file.restored",
        "file.deleted",
        "claim.released",
    ]
    assert (await claim(house)).attempts == 1


async def test_returned_work_gives_way_to_a_taken_name(house):
    await put(house, DAN, "input/x.csv.handoff.json", "{}")
    await put(house, DAN, "input/x.csv", "first")
    taken = await claim(house)
    await put(house, DAN, "input/x.csv", "another")

    released = await do(
        house, claims.release, SCRIBE, ReleaseClaim(claim=taken.id), tokens=tokens(taken)
    )

    assert released.path == "input/x (2).csv"
    assert await names_in(house, "input") == [
        "x (2).csv",
        "x (2).csv.handoff.json",
        "x.csv",
    ]


async def test_a_deleted_item_comes_back_from_the_trash(house):
    await put(house, DAN, "input/x.csv", "first")
    taken = await claim(house)

    await house.do(throw_away, SCRIBE, taken.path)

    released = await do(
        house, claims.release, SCRIBE, ReleaseClaim(claim=taken.id), tokens=tokens(taken)
    )

    assert released.path == "input/x.csv"
    assert await text_of(house, DAN, "input/x.csv") == "first"


async def test_a_claimed_folder_returns_with_its_files_as_they_were(house):
    await put(house, DAN, "input/batch/a.csv", "first")
    taken = await claim(house, asked=TakeClaim(path="input/batch"))
    await put(house, SCRIBE, f"{taken.path}/a.csv", "spoilt", taken.lock_token)
    await put(house, SCRIBE, f"{taken.path}/new/b.csv", "new", taken.lock_token)

    await do(house, claims.release, SCRIBE, ReleaseClaim(claim=taken.id), tokens=tokens(taken))

    assert await names_in(house, "input/batch") == ["a.csv"]
    assert await text_of(house, DAN, "input/batch/a.csv") == "first"


async def test_a_manager_forces_a_claim_with_a_reason(house):
    await put(house, DAN, "input/x.csv")
    taken = await claim(house)

    with pytest.raises(Invalid) as refused:
        await do(house, claims.release, MAY, ReleaseClaim(claim=taken.id))
    assert refused.value.code is Code.REASON_REQUIRED
    forced = ReleaseClaim(claim=taken.id, reason="It hangs")
    released = await do(house, claims.release, MAY, forced)

    entry = await last(house)
    assert released.path == "input/x.csv"
    assert (entry["type"], entry["actor"], entry["codes"]["forced"]) == (
        "claim.released",
        "pe_may",
        True,
    )
    assert entry["private"]["reason"] == "It hangs"


async def test_nobody_else_ends_a_claim(house):
    await put(house, DAN, "input/x.csv")
    taken = await claim(house)

    asked = ReleaseClaim(claim=taken.id, reason="Mine now")
    for caller in (DAN, BEN, CLERK):
        with pytest.raises(Forbidden):
            await do(house, claims.release, caller, asked)


async def test_a_lapsed_claim_returns_its_work_by_the_worker(house):
    await put(house, DAN, "input/x.csv")
    taken = await claim(house)

    with pytest.raises(Conflict) as refused:
        await do(house, claims.lapse, SYSTEM, OneClaim(claim=taken.id))
    assert refused.value.code is Code.WRONG_STATE
    later(house, 10 * MINUTE)
    ended = await do(house, claims.lapse, SYSTEM, OneClaim(claim=taken.id))

    entry = await last(house)
    assert (ended.path, ended.attempts) == ("input/x.csv", 1)
    assert (entry["type"], entry["actor"], entry["subject"]) == (
        "claim.lapsed",
        "system",
        taken.id,
    )


async def lapse_thrice(house, asked=ANY):
    for _ in range(3):
        taken = await claim(house, asked=asked)
        later(house, 10 * MINUTE)
        ended = await do(house, claims.lapse, SYSTEM, OneClaim(claim=taken.id))
    return ended


async def test_work_that_lapses_three_times_is_put_before_people(house):
    await put(house, DAN, "input/a/x.csv")

    ended = await lapse_thrice(house)

    assert (ended.path, ended.escalated) == ("needs-review/a/x.csv", True)
    (handoff,) = await all_handoffs(house)
    assert (handoff.kind, handoff.state, handoff.submitted_by, handoff.after_lapse) == (
        Kind.ESCALATION,
        State.IN_REVIEW,
        "ag_scribe",
        True,
    )
    assert handoff.context.questions[0].id == "next"
    assert await names_in(house, "processing") == []
    assert await claim(house) is None
    types = [entry["type"] for entry in await log(house)]
    assert types[-2:] == ["handoff.opened", "claim.lapsed"]


async def test_a_package_that_lapses_three_times_is_its_own_next_round(house):
    handed = await sent_back(house)

    ended = await lapse_thrice(house)

    kept = await stored(house, handed.id)
    assert ended.escalated
    assert (kept.handoff.kind, kept.handoff.round, kept.claim) == (Kind.ESCALATION, 2, None)
    assert ended.path == "needs-review/work/report.md"


async def test_tries_are_counted_anew_once_the_work_was_handed_over(house):
    await put(house, DAN, "input/x.csv")
    for _ in range(2):
        taken = await claim(house)
        ending = ReleaseClaim(claim=taken.id)
        await do(house, claims.release, SCRIBE, ending, tokens=tokens(taken))
    taken = await claim(house)
    handed = await do(
        house, submitting.submit, SCRIBE, Submit(paths=(taken.path,)), tokens=tokens(taken)
    )
    decision = Decide(
        handoff=handed.id, verdict="request_changes", digest=handed.digest, reason="No."
    )
    await do(house, deciding.decide, BEN, decision)

    again = await claim(house)
    ending = ReleaseClaim(claim=again.id)
    ended = await do(house, claims.release, SCRIBE, ending, tokens=tokens(again))

    assert (taken.attempts, again.attempts) == (2, 0)
    assert (ended.attempts, ended.escalated) == (1, False)


async def test_a_move_over_a_drive_is_a_claim_for_a_day(house):
    await put(house, DAN, "input/x.csv")
    node = await node_at(house, "input/x.csv")
    drive = msgspec.structs.replace(SCRIBE, door=Door.DAV)

    def move(ctx, asked):
        old = ctx.tx.files.resolve(Path("input"))
        new = ctx.tx.files.resolve(Path("processing"))
        found = ctx.tx.files.by_id(node)
        moved = tree.relocate(ctx, found, old=old, new=new, name="x.csv")
        candidate = Candidate(
            node=node, path=Path("input/x.csv"), stage=Stage.INPUT, since=Instant(0)
        )
        return leases.begin_by_move(ctx, candidate, node=moved, chain=new)

    made = await do(house, move, drive, None)

    assert (made.folder, made.token) == (node, None)
    assert made.expires_at - made.taken_at == 24 * HOUR
    later(house, 24 * HOUR)
    ended = await do(house, claims.lapse, SYSTEM, OneClaim(claim=made.id))
    assert ended.path == "input/x.csv"


async def test_the_holders_locks_in_a_work_folder_end_with_the_claim(house):
    await put(house, DAN, "input/x.csv", "first")
    taken = await claim(house)
    held = await do(house, locks.take, SCRIBE, TakeLock(path=taken.path), tokens=tokens(taken))
    assert isinstance(held, LockView)
    await put(house, SCRIBE, taken.path, "second", taken.lock_token, str(held.token))
    before = len(await log(house))

    await do(house, claims.release, SCRIBE, ReleaseClaim(claim=taken.id), tokens=tokens(taken))

    assert [entry["type"] for entry in await since(house, before)] == [
        "lock.released",
        "file.restored",
        "claim.released",
    ]
    await put(house, DAN, "input/x.csv", "free again")


async def test_what_a_withdrawn_handoff_was_made_from_goes_back_to_input(house):
    await put(house, DAN, "input/a/x.csv")
    taken = await claim(house)
    await put(house, SCRIBE, f"{taken.folder}/report.md", "# X", taken.lock_token)
    handed = await do(
        house,
        submitting.submit,
        SCRIBE,
        Submit(paths=(f"{taken.folder}/report.md",)),
        tokens=tokens(taken),
    )
    archived = await names_in(house, f"archive/{handed.id}")

    def withdraw(ctx, asked):
        kept = ctx.tx.handoffs.by_id(asked).handoff
        withdrawn, event = rounds.withdraw(kept, caller=ctx.caller)
        ctx.tx.handoffs.save(withdrawn)
        ctx.tx.holds.drop(kept.id)
        ctx.record(event)
        chain = ctx.tx.files.chain(kept.node)
        candidate = Candidate(
            node=kept.node,
            path=Path("input/a/report.md"),
            stage=Stage.INPUT,
            since=ctx.now,
            handoff=kept.id,
        )
        pick = Pick(candidate=candidate, node=chain[-1], chain=chain[:-1])
        return leases.begin(ctx, pick)

    fresh = (await do(house, withdraw, SCRIBE, handed.id)).claim
    released = await do(
        house,
        claims.release,
        SCRIBE,
        ReleaseClaim(claim=fresh.id),
        tokens=frozenset({fresh.token}),
    )

    assert archived == ["x.csv"]
    assert released.path == "input/a/report.md"
    assert "x.csv" in await names_in(house, "input/a")
    assert await names_in(house, "archive") == []
    assert (await stored(house, handed.id)).handoff.state is State.WITHDRAWN


async def test_what_was_deleted_in_a_claimed_folder_returns_with_it(house):
    await put(house, DAN, "input/batch/a.csv", "first")
    await put(house, DAN, "input/batch/b.csv", "second")
    taken = await claim(house, asked=TakeClaim(path="input/batch"))
    await house.do(throw_away, SCRIBE, f"{taken.path}/a.csv")

    await do(house, claims.release, SCRIBE, ReleaseClaim(claim=taken.id), tokens=tokens(taken))

    assert await names_in(house, "input/batch") == ["a.csv", "b.csv"]
    assert await text_of(house, DAN, "input/batch/a.csv") == "first"


async def test_a_package_in_which_a_person_holds_a_lock_is_not_claimed(house):
    await sent_back(house)
    await do(house, locks.take, BEN, TakeLock(path="feedback/work/report.md"))

    assert await claim(house) is None
    with pytest.raises(Held) as refused:
        await claim(house, asked=TakeClaim(path="feedback/work/report.md"))
    assert (refused.value.code, refused.value.facts["holder_name"]) == (Code.LOCKED, "Ben")


async def test_writing_renews_the_lease(house):
    await put(house, DAN, "input/x.csv")
    taken = await claim(house)
    later(house, 9 * MINUTE)

    await put(house, SCRIBE, f"{taken.folder}/y.csv", "work", taken.lock_token)

    (held,) = (await house.ask(claims.list_, SCRIBE, ListClaims())).items
    assert (held.expires_at - taken.expires_at).total_seconds() >= 9 * 60


# Many agents.


async def test_agents_that_race_each_get_their_own(house):
    for n in range(8):
        await put(house, DAN, f"input/{n}.csv", str(n))

    taken = await asyncio.gather(*(claim(house, SCRIBE) for _ in range(12)))

    got = [one.from_path for one in taken if one is not None]
    assert sorted(got) == [f"input/{n}.csv" for n in range(8)]


async def test_an_empty_folder_is_no_work(house):
    await do(house, make_folder, DAN, PathOnly(path="input/empty"))

    assert await claim(house) is None
