from typing import Any

import pytest
from msgspec.structs import replace

from signoff.domain import claims
from signoff.domain.actors import Door
from signoff.domain.candidates import Candidate, in_order, may_take
from signoff.domain.claims import Escalate, Return
from signoff.domain.errors import Code, Conflict, Forbidden, Held, Refusal
from signoff.domain.events import Type
from signoff.domain.ids import (
    ActorId,
    ClaimId,
    CredentialId,
    HandoffId,
    Instant,
    LockToken,
    Micros,
    NodeId,
    Path,
)
from signoff.domain.stages import Stage
from tests.domain.people import ADA, CAROL, CLERK, NOW, SCRIBE

TOKEN = LockToken("opaquelocktoken:1")
NEW_TOKEN = LockToken("opaquelocktoken:2")
MINUTE = 60_000_000
WITH = frozenset({TOKEN})
NONE: frozenset[LockToken] = frozenset()
ITEM = Candidate(
    node=NodeId("n1"), path=Path("input/a/x.csv"), stage=Stage.INPUT, since=Instant(1)
)


def after(minutes):
    return Instant(NOW + minutes * MINUTE)


def taken(**more):
    given: dict[str, Any] = {
        "id": ClaimId("cl_7"),
        "folder": NodeId("w7"),
        "token": TOKEN,
        "caller": SCRIBE,
        "version": 3,
        "now": NOW,
    } | more
    return claims.take(given.pop("candidate", ITEM), **given)


def test_a_claim_knows_where_its_work_came_from():
    claim, event = taken(attempts=1)

    assert (claim.agent, claim.from_path, claim.from_stage) == (
        "scribe",
        "input/a/x.csv",
        "input",
    )
    assert (claim.claimed_version, claim.attempts) == (3, 1)
    assert claim.expires_at == after(10)
    assert (event.type, event.subject, event.path) == (
        Type.CLAIM_TAKEN,
        "cl_7",
        "input/a/x.csv",
    )


@pytest.mark.parametrize(
    ("asked", "given"),
    [(None, 10 * MINUTE), (1, MINUTE), (5 * MINUTE, 5 * MINUTE), (10**15, 24 * 60 * MINUTE)],
)
def test_a_lease_is_between_a_minute_and_a_day(asked, given):
    claim, _ = taken(lease=None if asked is None else Micros(asked))

    assert claim.expires_at - NOW == given


def test_people_do_not_claim():
    with pytest.raises(Forbidden):
        taken(caller=ADA)


@pytest.mark.parametrize(
    "candidate",
    [replace(ITEM, free=False), replace(ITEM, agent=ActorId("clerk"))],
    ids=["held", "kept for another"],
)
def test_what_is_not_offered_is_not_taken(candidate):
    with pytest.raises(Held) as no:
        taken(candidate=candidate)

    assert no.value.code is Code.CLAIMED


def test_a_package_that_was_sent_back_is_kept_for_its_agent():
    package = replace(ITEM, stage=Stage.FEEDBACK, agent=ActorId("scribe"))

    assert may_take(package, SCRIBE)
    assert not may_take(package, CLERK)


def test_feedback_comes_first_then_priority_then_the_oldest():
    def item(name, **more):
        return replace(ITEM, path=Path(name), **more)

    order = in_order(
        [
            item("young", since=Instant(9)),
            item("urgent", since=Instant(9), priority=5),
            item("old", since=Instant(1)),
            item("sent back", since=Instant(9), stage=Stage.FEEDBACK),
        ]
    )

    assert [one.path for one in order] == ["sent back", "urgent", "old", "young"]


def test_the_holder_with_the_token_holds_the_claim():
    claim, _ = taken()

    assert claims.check(claim, caller=SCRIBE, tokens=WITH, now=after(9)) is claim


@pytest.mark.parametrize(
    ("caller", "tokens", "minutes", "code"),
    [
        (SCRIBE, NONE, 0, Code.CLAIMED),
        (CLERK, WITH, 0, Code.CLAIMED),
        (ADA, WITH, 0, Code.CLAIMED),
        (SCRIBE, WITH, 10, Code.CLAIM_LAPSED),
        (SCRIBE, frozenset({NEW_TOKEN}), 0, Code.CLAIM_LAPSED),
    ],
    ids=["no token", "another agent", "its owner", "too late", "a dead token"],
)
def test_nobody_else_and_no_other_time_holds_it(caller, tokens, minutes, code):
    claim, _ = taken()

    with pytest.raises(Refusal) as no:
        claims.check(claim, caller=caller, tokens=tokens, now=after(minutes))

    assert no.value.code is code
    assert "opaquelocktoken" not in repr(no.value.facts)


def test_a_claim_that_is_no_more_has_lapsed():
    with pytest.raises(Conflict) as no:
        claims.check(None, caller=SCRIBE, tokens=WITH, now=NOW)

    assert no.value.code is Code.CLAIM_LAPSED


def test_a_claim_by_moving_is_proved_by_its_credential():
    claim, _ = taken(token=None, lease=claims.DAV_LEASE)
    copy = replace(SCRIBE, credential=replace(SCRIBE.credential, id=CredentialId("key-2")))

    assert claims.check(claim, caller=SCRIBE, tokens=NONE, now=after(23 * 60)) is claim
    with pytest.raises(Held):
        claims.check(claim, caller=copy, tokens=NONE, now=NOW)


def test_renewing_and_writing_start_the_lease_anew():
    claim, _ = taken()

    renewed = claims.renew(claim, caller=SCRIBE, tokens=WITH, now=after(5))
    longer = claims.renew(
        claim, caller=SCRIBE, tokens=WITH, lease=Micros(30 * MINUTE), now=after(5)
    )
    written = claims.written(claim, now=after(7))

    assert [one.expires_at for one in (renewed, longer, written)] == [
        after(15),
        after(35),
        after(17),
    ]
    with pytest.raises(Conflict):
        claims.renew(claim, caller=SCRIBE, tokens=WITH, now=after(10))


def test_a_takeover_kills_the_old_token():
    claim, _ = taken()

    again, event = claims.takeover(claim, caller=SCRIBE, token=NEW_TOKEN, now=after(5))

    assert (again.token, again.epoch, again.expires_at) == (NEW_TOKEN, 2, after(15))
    assert event.type is Type.CLAIM_TAKEN_OVER
    with pytest.raises(Conflict) as no:
        claims.check(again, caller=SCRIBE, tokens=WITH, now=after(5))
    assert no.value.code is Code.CLAIM_LAPSED


@pytest.mark.parametrize(("caller", "minutes"), [(CLERK, 0), (ADA, 0), (SCRIBE, 10)])
def test_only_the_same_agent_takes_over_and_in_time(caller, minutes):
    claim, _ = taken()

    with pytest.raises((Held, Conflict)):
        claims.takeover(claim, caller=caller, token=NEW_TOKEN, now=after(minutes))


def test_released_work_returns_as_it_was_claimed():
    claim, _ = taken()

    went, event = claims.release(
        claim, caller=SCRIBE, tokens=WITH, max_attempts=3, now=after(1)
    )

    assert went == Return(
        node=NodeId("n1"), to_path=Path("input/a/x.csv"), version=3, as_at=NOW, attempts=1
    )
    assert (event.type, event.codes["forced"]) == (Type.CLAIM_RELEASED, False)


def test_a_manager_ends_a_claim_by_force_and_the_log_says_so():
    claim, _ = taken()

    _, event = claims.release(claim, caller=CAROL, tokens=NONE, max_attempts=3, now=after(1))

    assert event.codes["forced"] is True
    with pytest.raises(Held):
        claims.release(claim, caller=ADA, tokens=NONE, max_attempts=3, now=after(1))


@pytest.mark.parametrize(
    ("before", "escalates"), [(0, False), (1, False), (2, True), (7, True)]
)
def test_work_that_lapses_too_often_escalates_in_the_name_of_its_holder(before, escalates):
    claim, _ = taken(attempts=before, candidate=replace(ITEM, handoff=HandoffId("ho_1")))

    went, event = claims.lapse(claim, max_attempts=3, now=after(10))

    assert isinstance(went, Escalate) is escalates
    assert went.attempts == before + 1
    assert event.type is Type.CLAIM_LAPSED
    if isinstance(went, Escalate):
        assert (went.submitted_by, went.handoff) == ("scribe", "ho_1")
        assert went.question.schema == {
            "type": "string",
            "enum": ["try again", "hand to me", "give up"],
        }


def test_a_live_claim_does_not_lapse():
    claim, _ = taken()

    with pytest.raises(Conflict):
        claims.lapse(claim, max_attempts=3, now=Instant(after(10) - 1))


def test_a_managers_token_on_mcp_ends_no_claim_by_force():
    claim, _ = taken()
    on_mcp = replace(CAROL, door=Door.MCP)

    with pytest.raises(Held):
        claims.release(claim, caller=on_mcp, tokens=NONE, max_attempts=3, now=after(1))


def test_a_withdrawn_package_lapses_to_the_ordinary_folder_it_came_from():
    package = replace(ITEM, path=Path("shared/x.csv"), stage=None, handoff=HandoffId("ho_1"))
    claim, _ = taken(candidate=package)

    went, _ = claims.lapse(claim, max_attempts=3, now=after(10))

    assert isinstance(went, Return)
    assert went.to_path == "shared/x.csv"
