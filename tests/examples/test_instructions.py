"""Feedback in plain words."""

import pytest

from table_steward.choices import Choices
from table_steward.instructions import SPOKEN, Heard, hear, listen

HEADER = ("due", "Amount_EUR", "notes", "code")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("dates are day first", Choices(dates={"*": "day-first"})),
        ("The dates in due are month-first.", Choices(dates={"due": "month-first"})),
        ("Please read dates as dd/mm/yyyy", Choices(dates={"*": "day-first"})),
        ("due is day first", Choices(dates={"due": "day-first"})),
        ("keep duplicates", Choices(duplicates="keep")),
        ("Don't remove the duplicate rows!", Choices(duplicates="keep")),
        ("do not fill missing", Choices(fill="no")),
        ("don\u2019t fill in gaps", Choices(fill="no")),
        ("use comma as decimal", Choices(decimals={"*": "comma"})),
        ("decimal comma in amount eur", Choices(decimals={"Amount_EUR": "comma"})),
        ("The decimal sign is a point", Choices(decimals={"*": "point"})),
        ("drop column notes", Choices(drop=("notes",))),
        ("Remove the “notes” column", Choices(drop=("notes",))),
        ("leave column code alone", Choices(leave=("code",))),
        ("NA is a value", Choices(missing_words="keep")),
        (
            "keep duplicates and drop column notes",
            Choices(duplicates="keep", drop=("notes",)),
        ),
        ("- keep duplicates\n- do not fill missing", Choices(duplicates="keep", fill="no")),
    ],
)
def test_an_instruction_becomes_a_choice(said: str, meant: Choices) -> None:
    heard = hear(said, heard=Heard(choices=Choices()), header=HEADER)

    assert heard.choices == meant
    assert heard.unclear == ()


@pytest.mark.parametrize("said", SPOKEN)
def test_every_instruction_that_is_offered_is_understood(said: str) -> None:
    heard = hear(said, heard=Heard(choices=Choices()), header=HEADER)

    assert heard.choices != Choices()
    assert heard.unclear == ()


@pytest.mark.parametrize(
    "said",
    [
        "drop column turnover",
        "the dates are not day first",
        "make it nicer",
        "keep an eye on duplicates",
        "sort by due",
        "do not fill missing in due",
        "do not drop column notes",
        "do not use comma as decimal",
    ],
)
def test_what_is_not_understood_changes_nothing_and_is_said(said: str) -> None:
    heard = hear(said, heard=Heard(choices=Choices()), header=HEADER)

    assert heard.choices == Choices()
    assert heard.unclear == (said,)


def test_the_part_that_is_understood_is_followed() -> None:
    heard = listen(
        {"reason": "Keep duplicates. Also round the amounts. Thanks!"},
        choices=Choices(),
        header=HEADER,
    )

    assert heard.choices == Choices(duplicates="keep")
    assert heard.unclear == ("Also round the amounts",)


def test_a_comment_on_a_cell_speaks_of_its_column() -> None:
    comment = {"text": "month first", "anchor": {"row": 3, "column": "due"}}

    heard = listen({"reason": "", "comments": [comment]}, choices=Choices(), header=HEADER)

    assert heard.choices == Choices(dates={"due": "month-first"})


def test_answers_settle_their_questions_beside_what_was_settled() -> None:
    before = Choices(duplicates="keep", dates={"due": "day-first"})

    heard = listen(
        {"answers": {"dates:code": "month-first", "ragged": "keep", "again": "again"}},
        choices=before,
        header=HEADER,
    )

    assert heard.choices == Choices(
        duplicates="keep", ragged="keep", dates={"due": "day-first", "code": "month-first"}
    )


def test_an_answer_in_other_words_is_followed() -> None:
    heard = listen(
        {"answers": {"unclear": "rephrased", "instructions": "drop notes\nturn it round"}},
        choices=Choices(),
        header=HEADER,
    )

    assert heard.choices == Choices(drop=("notes",))
    assert heard.unclear == ("turn it round",)


def test_told_to_hand_it_over_nothing_is_unclear() -> None:
    heard = listen({"answers": {"unclear": "hand-over"}}, choices=Choices(), header=HEADER)

    assert heard == Heard(choices=Choices())
