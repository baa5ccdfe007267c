"""The life of a message: tried again ever later, given up in the end, never too many."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signoff.domain.ids import HOUR, SECOND, Instant
from signoff.domain.messages import ChannelKind
from signoff.domain.outbox import (
    GIVEN_UP_AFTER,
    MOST_IN_AN_HOUR,
    Outgoing,
    State,
    retry_at,
    room_at,
)
from tests.domain.people import NOW

ONE = Outgoing(
    id="ms_1",
    whom="pe_ada",
    channel=ChannelKind.EMAIL,
    lane="now",
    state=State.SENDING,
    first=1,
    last=1,
    began_at=NOW,
    due_at=NOW,
    attempts=1,
    tried_since=NOW,
)


def test_it_is_tried_ever_later_and_given_up_after_three_days() -> None:
    now, waits = NOW, []
    one = ONE
    while (at := retry_at(one, now)) is not None:
        waits.append((at - now) // SECOND)
        now, one = at, replace(one, attempts=one.attempts + 1)

    assert waits[:7] == [30, 120, 600, 1800, 3600, 7200, 14_400]
    assert set(waits[7:]) == {14_400}
    assert GIVEN_UP_AFTER - 14_400 * SECOND < now - NOW <= GIVEN_UP_AFTER


@given(asked=st.floats(0, 1e9), attempts=st.integers(1, 50))
def test_it_is_not_tried_before_the_other_side_wants_to_hear_of_it(asked, attempts) -> None:
    at = retry_at(replace(ONE, attempts=attempts), NOW, asked=asked)

    assert at is not None
    assert at >= NOW + int(min(asked, 86_400) * SECOND)


@given(st.lists(st.integers(0, 2 * HOUR), max_size=80))
def test_there_is_room_for_so_many_in_any_hour(ages: list[int]) -> None:
    sent = tuple(Instant(NOW - age) for age in ages)

    at = room_at(sent, NOW)

    then = NOW if at is None else at
    assert sum(then - HOUR < one <= NOW for one in sent) < MOST_IN_AN_HOUR
