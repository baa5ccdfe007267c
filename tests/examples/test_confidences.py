"""The confidence falls with each guess and rises with each answer."""

from hypothesis import given
from hypothesis import strategies as st

from table_steward.confidences import WEIGHTS, Guess, confidence
from tests.examples.conftest import made_of, messy

guesses = st.builds(
    Guess,
    kind=st.sampled_from(sorted(WEIGHTS)),
    about=st.just("a column"),
    share=st.floats(0, 1),
)


def test_nothing_guessed_is_full_confidence() -> None:
    assert confidence([]) == 1.0


def test_the_formula_is_the_one_that_the_report_explains() -> None:
    found = [
        Guess(kind="encoding", about="the file", share=0.5),
        Guess(kind="missing words", about="a", share=1.0),
        Guess(kind="missing words", about="b", share=0.1),
    ]

    assert confidence(found) == 0.81  # (1 - 0.15 x 0.6) x (1 - 0.10 x 1.0), rounded down


@given(st.lists(guesses), guesses)
def test_one_more_guess_never_raises_it(some: list[Guess], more: Guess) -> None:
    assert 0 <= confidence([*some, more]) <= confidence(some) <= 1


@given(st.lists(guesses), guesses, st.floats(0, 1))
def test_a_wider_guess_never_raises_it(some: list[Guess], one: Guess, share: float) -> None:
    wider = Guess(kind=one.kind, about=one.about, share=max(one.share, share))

    assert confidence([*some, wider]) <= confidence([*some, one])


def test_an_answer_raises_it() -> None:
    data = messy("weather-ambiguous-dates.csv")

    asked = made_of(data).context["confidence"]
    answered = made_of(data, dates={"date": "day-first"}).context["confidence"]

    assert (asked, answered) == (0.4, 1.0)
