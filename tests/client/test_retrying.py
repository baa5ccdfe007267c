"""The schedule of tries: a law, whatever servers say."""

import datetime as dt
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff_client import ClaimLapsed, Refused, Unreachable
from signoff_client.asking import (
    FIRST_PAUSE,
    LONGEST_ASKED,
    LONGEST_PAUSE,
    Patience,
    answered,
    pause_after,
    seconds_until,
)
from signoff_client.plans.claims import InHand, keep
from signoff_client.steps import Lost, Pause, Reply, Send
from signoff_client.views import ClaimView

GET = Send(method="GET", path="me")

replies = st.one_of(
    st.builds(Lost, st.just("broken")),
    st.builds(
        lambda status, asked: Reply(
            status, httpx.Headers({"retry-after": asked} if asked else {}), b""
        ),
        st.sampled_from([200, 204, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504]),
        st.sampled_from(["", "0", "1", "119", "3600", "soon", "-5"]),
    ),
)


@given(tried=st.integers(1, 10_000), asked=st.floats(0, 10_000))
def test_a_pause_is_never_shorter_than_asked_nor_much_longer(tried: int, asked: float) -> None:
    pause = pause_after(tried, asked=asked)

    assert pause >= asked
    assert FIRST_PAUSE / 2 <= pause <= max(asked, LONGEST_PAUSE)


@given(answers=st.lists(replies, min_size=12, max_size=12), tries=st.integers(1, 10))
def test_tries_are_bounded_and_only_what_may_help_is_tried_again(
    answers: list[Reply | Lost], tries: int
) -> None:
    sent, answer = carried_out(answers, tries)

    assert sent <= tries
    for each in answers[: sent - 1]:
        assert isinstance(each, Lost) or each.status in (429, 502, 503, 504)
    assert answer is None or answer.status in (200, 204)


def carried_out(answers: list[Reply | Lost], tries: int) -> tuple[int, Reply | None]:
    """Return how often it was sent, and the answer; None if it was raised."""
    plan = answered(GET, Patience(tries=tries))
    assert next(plan) is GET
    for sent, answer in enumerate(answers, start=1):
        try:
            pause = plan.send(answer)
        except StopIteration as end:
            return sent, end.value
        except (Refused, Unreachable):
            return sent, None
        assert isinstance(pause, Pause)
        assert 0 < pause.seconds <= LONGEST_ASKED
        assert plan.send(None) is GET
    raise AssertionError("it goes on for ever")


@pytest.mark.parametrize("status", [502, 504])
def test_what_may_have_been_taken_is_not_sent_twice(status: int) -> None:
    for answer in (Lost("broken"), Reply(status, httpx.Headers(), b"")):
        plan = answered(GET, Patience(), twice=False)
        next(plan)

        with pytest.raises(Unreachable):
            plan.send(answer)


def test_retry_after_may_be_a_date() -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=50)
    plan = answered(GET, Patience())
    next(plan)

    pause = plan.send(
        Reply(503, httpx.Headers({"retry-after": format_datetime(at, usegmt=True)}), b"")
    )

    assert isinstance(pause, Pause)
    assert 45 < pause.seconds <= 50


def test_a_lease_is_counted_on_the_clock_of_the_server() -> None:
    hours_off = dt.datetime(2031, 5, 4, 12, 0, 0, tzinfo=dt.UTC)
    reply = Reply(201, httpx.Headers({"date": format_datetime(hours_off, usegmt=True)}), b"")

    assert seconds_until(hours_off + dt.timedelta(minutes=10), reply) == 600
    at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    assert 590 < seconds_until(at, Reply(201, httpx.Headers(), b"")) <= 600


def test_a_lease_whose_server_stays_away_is_lost_when_it_is_over() -> None:
    view = ClaimView(
        id="cl_1", folder="processing/cl_1", path="processing/cl_1/a", from_path="input/a",
        lock_token="t", expires_at=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    held = InHand(view=view, lease=60.0)
    keeping = keep(held)

    pause = next(keeping)
    assert isinstance(pause, Pause)
    assert pause.seconds == 20
    held.until = 0.0
    next(keeping)
    with pytest.raises(StopIteration):
        keeping.send(Lost("nobody there"))

    with pytest.raises(ClaimLapsed, match="while the server was away"):
        held.check()
