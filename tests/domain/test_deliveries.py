"""A delivery is tried for three days, under one id; it arrives, or it is given up."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from signoff.domain.actors import CredentialKind, Door, Kind
from signoff.domain.audit import Entry
from signoff.domain.deliveries import (
    FAILING_FOR,
    LONGEST_WAIT,
    SCHEDULE,
    Delivery,
    Outcome,
    Standing,
    State,
    asked_wait,
    ends,
    payload,
    replay,
    settle,
    stand,
)
from signoff.domain.endpoints import Ending
from signoff.domain.events import Type
from signoff.domain.ids import (
    DAY,
    HOUR,
    SECOND,
    ActorId,
    CredentialId,
    Digest,
    EndpointId,
    HandoffId,
    Instant,
    Slug,
)
from tests.domain.people import NOW

GOOD = Outcome(status=204)
BROKEN = Outcome(status=500)


def delivery(**said: Any) -> Delivery:
    return Delivery(
        id="ev_1",
        endpoint=EndpointId("ep_1"),
        position=7,
        type=Type.HANDOFF_APPROVED,
        created_at=NOW,
        due_at=NOW,
        **said,
    )


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_alone_has_arrived(status: int) -> None:
    done = settle(delivery(), Outcome(status=status), now=NOW, chance=0)

    assert (done.state, done.due_at, done.finished_at) == (State.DELIVERED, None, NOW)


@pytest.mark.parametrize("status", [100, 301, 302, 307, 400, 404, 429, 500, 503])
def test_everything_else_is_tried_again_a_redirect_too(status: int) -> None:
    done = settle(delivery(), Outcome(status=status), now=NOW, chance=0)

    assert (done.state, done.tries, done.due_at) == (State.WAITING, 1, NOW + 5 * SECOND)


def test_no_answer_is_tried_again() -> None:
    done = settle(delivery(), Outcome(failure="timed out"), now=NOW, chance=0)

    assert done.state is State.WAITING


def test_the_tries_are_spread_over_three_days_and_then_it_is_given_up() -> None:
    now, waits, each = NOW, [], delivery()

    while each.state is State.WAITING:
        each = settle(each, BROKEN, now=now, chance=0)
        if each.due_at is not None:
            waits.append(each.due_at - now)
            now = each.due_at

    assert tuple(waits) == SCHEDULE
    assert each.tries == 10
    assert each.state is State.DEAD
    assert 72 * HOUR < now - NOW < 80 * HOUR


def test_what_failed_together_comes_apart() -> None:
    first = settle(delivery(), BROKEN, now=NOW, chance=0.0).due_at
    other = settle(delivery(), BROKEN, now=NOW, chance=1.0).due_at

    assert first == NOW + 5 * SECOND
    assert other == NOW + 5.5 * SECOND


def test_410_gives_up_at_once() -> None:
    outcome = Outcome(status=410)
    done = settle(delivery(), outcome, now=NOW, chance=0)

    assert done.state is State.DEAD
    assert ends(done, stand(Standing(), outcome, now=NOW), outcome, now=NOW) is Ending.GONE


def test_retry_after_is_followed_in_both_its_forms() -> None:
    at = datetime.fromtimestamp(NOW / SECOND, UTC)
    until = format_datetime(at.replace(year=at.year, microsecond=0), usegmt=True)

    assert asked_wait(Outcome(status=503, retry_after="120"), now=NOW) == 120 * SECOND
    assert asked_wait(
        Outcome(status=503, retry_after=until), now=Instant(NOW - 30 * SECOND)
    ) == pytest.approx(30 * SECOND, abs=SECOND)
    assert asked_wait(Outcome(status=503, retry_after=until), now=Instant(NOW + DAY)) == 0
    assert asked_wait(Outcome(status=503, retry_after="soon"), now=NOW) == 0
    assert asked_wait(Outcome(status=503, retry_after="9" * 5000), now=NOW) == LONGEST_WAIT


def test_retry_after_lengthens_a_wait_and_never_shortens_it() -> None:
    longer = settle(delivery(), Outcome(status=503, retry_after="60"), now=NOW, chance=0)
    shorter = settle(delivery(), Outcome(status=503, retry_after="1"), now=NOW, chance=0)

    assert longer.due_at == NOW + 60 * SECOND
    assert shorter.due_at == NOW + 5 * SECOND


def test_an_endpoint_that_fails_again_and_again_rests_as_a_whole() -> None:
    standing = Standing()
    for _ in range(4):
        standing = stand(standing, BROKEN, now=NOW)
    assert standing.rests_until is None

    fifth = stand(standing, BROKEN, now=NOW)
    later = fifth
    for _ in range(20):
        later = stand(later, BROKEN, now=NOW)

    assert fifth.rests_until == NOW + SECOND
    assert later.rests_until == NOW + 60 * SECOND
    assert later.failing_since == NOW


def test_an_endpoint_that_has_too_much_rests_as_long_as_it_says() -> None:
    standing = stand(Standing(), Outcome(status=429, retry_after="90"), now=NOW)

    assert standing.rests_until == NOW + 90 * SECOND


def test_one_success_makes_good_what_failed() -> None:
    standing = stand(Standing(failures=9, failing_since=NOW), GOOD, now=Instant(NOW + 1))

    assert standing == Standing(delivered_at=Instant(NOW + 1))


def test_three_days_of_nothing_but_failure_end_an_endpoint() -> None:
    dead = delivery(state=State.DEAD)
    standing = Standing(failures=99, failing_since=NOW)
    after, before = Instant(NOW + FAILING_FOR), Instant(NOW + FAILING_FOR - 1)

    assert ends(dead, standing, BROKEN, now=after) is Ending.FAILING
    assert ends(dead, standing, BROKEN, now=before) is None


def test_an_event_that_never_arrives_ends_no_endpoint_that_hears_others() -> None:
    dead = delivery(state=State.DEAD)
    standing = stand(stand(Standing(), GOOD, now=NOW), BROKEN, now=Instant(NOW + 5 * DAY))

    assert ends(dead, standing, BROKEN, now=Instant(NOW + 5 * DAY)) is None


class Lives(RuleBasedStateMachine):
    """One delivery through whatever a receiver and a manager can do to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.one = delivery()
        self.tried = 0
        self.since_replay = 0

    @precondition(lambda self: self.one.state is State.WAITING)
    @rule(
        status=st.sampled_from([None, 200, 301, 410, 429, 500]),
        retry_after=st.sampled_from(["", "0", "30", "999999", "nonsense"]),
        chance=st.floats(0, 1),
    )
    def answer(self, status: int | None, retry_after: str, chance: float) -> None:
        assert self.one.due_at is not None
        self.now = max(self.now, self.one.due_at)
        outcome = Outcome(status=status, retry_after=retry_after)
        self.one = settle(self.one, outcome, now=self.now, chance=chance)
        self.tried += 1
        self.since_replay += 1
        assert (self.one.state is State.DELIVERED) == (status == 200)

    @precondition(lambda self: self.one.state is not State.WAITING)
    @rule()
    def replayed(self) -> None:
        self.one = replay(self.one, now=self.now)
        self.since_replay = 0

    @invariant()
    def it_waits_or_it_is_finished(self) -> None:
        waiting = self.one.state is State.WAITING
        assert waiting == (self.one.due_at is not None)
        assert waiting == (self.one.finished_at is None)

    @invariant()
    def its_id_is_the_events(self) -> None:
        assert (self.one.id, self.one.position) == ("ev_1", 7)

    @invariant()
    def no_try_is_forgotten_and_none_is_one_too_many(self) -> None:
        assert (self.one.attempts, self.one.tries) == (self.tried, self.since_replay)
        assert self.one.tries <= len(SCHEDULE) + 1

    @invariant()
    def the_next_try_is_within_a_day_and_a_bit(self) -> None:
        if self.one.due_at is not None:
            assert self.one.due_at - self.now <= LONGEST_WAIT * 1.1


TestLives = Lives.TestCase


def entry(**said: Any) -> Entry:
    return Entry(
        position=12,
        id="ev_12",
        at=NOW,
        workspace=Slug("acme"),
        type=Type.HANDOFF_APPROVED,
        actor=ActorId("pe_ada"),
        actor_kind=Kind.PERSON,
        credential=CredentialId("se_1"),
        credential_kind=CredentialKind.SESSION,
        door=Door.WEB,
        **said,
    )


def test_what_is_sent_says_what_happened_and_where_to_read_more() -> None:
    told = entry(
        handoff=HandoffId("ho_1"),
        round=2,
        digest=Digest("sha256:ab"),
        codes={"kind": "approval", "state": "approved"},
    )

    sent = json.loads(
        payload(
            told,
            workspace=Slug("acme"),
            base_url="https://signoff.example",
            at=datetime(2027, 1, 15, 8, tzinfo=UTC),
        )
    )

    api = "https://signoff.example/api/v1/workspaces/acme"
    assert sent == {
        "type": "handoff.approved",
        "timestamp": "2027-01-15T08:00:00Z",
        "data": {
            "id": "ev_12",
            "position": 12,
            "workspace": "acme",
            "event_url": f"{api}/events?after=11&limit=1",
            "actor": {"id": "pe_ada", "kind": "person"},
            "door": "web",
            "handoff": {
                "id": "ho_1",
                "url": "https://signoff.example/w/acme/handoffs/ho_1",
                "api_url": f"{api}/handoffs/ho_1",
                "kind": "approval",
                "state": "approved",
                "round": 2,
                "digest": "sha256:ab",
            },
            "digest": "sha256:ab",
            "codes": {"kind": "approval", "state": "approved"},
        },
    }
