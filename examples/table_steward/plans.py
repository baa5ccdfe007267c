"""How each column will be read: as a person said, else by evidence, else a question."""

from dataclasses import dataclass

from table_steward.choices import LONGEST, Choices
from table_steward.confidences import Guess
from table_steward.profiles import Profile
from table_steward.questions import Question
from table_steward.values import COMMA, DAY_FIRST, MONTH_FIRST, POINT, date_readings

LEAVE = "leave"
FEWEST_TO_FILL = 20
MOST_TO_FILL = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What will be done to one column. An empty `order` or `decimal` leaves doubtful cells."""

    name: str
    kind: str
    order: str = ""
    decimal: str = ""
    words: bool = True
    fill: str = ""
    leave: bool = False
    reason: str = ""
    """Why this reading, in words for the flag on the first cell that rests on it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plans:
    """All columns' plans, what they guess, and what only a person can say."""

    columns: tuple[Plan, ...]
    guesses: tuple[Guess, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """One column's order or decimal sign, and what stands behind it."""

    value: str = ""
    guess: Guess | None = None
    reason: str = ""
    question: Question | None = None


def plan(
    profiles: tuple[Profile, ...], *, samples: dict[str, tuple[str, ...]], choices: Choices
) -> Plans:
    """Decide for every column; `samples` are cells to show in a question."""
    columns: list[Plan] = []
    guesses: list[Guess] = []
    questions: list[Question] = []
    for each in profiles:
        leave = choices.names("leave", each.name) or choices.names("drop", each.name)
        reading = _Reading()
        if not leave and each.kind == "date":
            reading = _dates(each, choices=choices, sample=samples[each.name])
        elif not leave and each.kind == "number":
            others = tuple(other for other in profiles if other is not each)
            reading = _decimals(each, others, choices=choices, sample=samples[each.name])
        leave = leave or reading.value == LEAVE
        fill = "" if leave or choices.fill == "no" else _fill(each)
        columns.append(
            Plan(
                name=each.name,
                kind=each.kind,
                order=reading.value if each.kind == "date" else "",
                decimal=reading.value if each.kind == "number" else "",
                words=choices.missing_words != "keep",
                fill=fill,
                leave=leave,
                reason=reading.reason,
            )
        )
        if not leave:
            guesses.extend(_guesses(each, reading, fill=fill, choices=choices))
        if reading.question is not None:
            questions.append(reading.question)
    return Plans(columns=tuple(columns), guesses=tuple(guesses), questions=tuple(questions))


def _dates(column: Profile, *, choices: Choices, sample: tuple[str, ...]) -> _Reading:
    """Take the order that some cells prove for the others; ask where none or both do."""
    chosen = choices.of("dates", column.name)
    if chosen in (DAY_FIRST, MONTH_FIRST, LEAVE):
        return _Reading(value=chosen)
    if not column.either:
        return _Reading(value=DAY_FIRST)
    share = column.either / column.filled
    if (column.day_first > 0) != (column.month_first > 0):
        order = DAY_FIRST if column.day_first else MONTH_FIRST
        proof = column.day_first or column.month_first
        kind = "date order from the other cells"
        return _Reading(
            value=order,
            guess=Guess(kind=kind, about=column.name, share=share),
            reason=f"{proof} other dates in this column can only be {order}",
        )
    if not column.day_first and column.either == column.either_dotted:
        return _Reading(
            value=DAY_FIRST,
            guess=Guess(kind="date order from the dots", about=column.name, share=share),
            reason="dates written with dots are day-first by custom",
        )
    return _Reading(question=_date_question(column, sample))


def _date_question(column: Profile, sample: tuple[str, ...]) -> Question:
    example = next(cell for cell in sample if len(set(date_readings(cell).values())) == 2)
    reads = date_readings(example)
    if column.day_first:
        why = (
            f"{column.day_first} dates can only be day-first and {column.month_first} only"
            f" month-first, so the other {column.either} could be either"
        )
    else:
        why = f"all {column.either} dates in doubt fit both"
    hint = f" Read {column.runs} they stand in order." if column.runs else ""
    name = column.name[:LONGEST]
    return Question(
        id=f"dates:{name}",
        text=f"Are the dates in “{name}” day-first or month-first? Nothing in the"
        f" column tells: {why}.{hint}",
        title=f"Dates in {name}",
        options={
            DAY_FIRST: f"Day first: {example} is {reads[DAY_FIRST]}",
            MONTH_FIRST: f"Month first: {example} is {reads[MONTH_FIRST]}",
            LEAVE: "Leave the column as it is",
        },
    )


def _decimals(
    column: Profile,
    others: tuple[Profile, ...],
    *,
    choices: Choices,
    sample: tuple[str, ...],
) -> _Reading:
    """Take the sign that other cells prove, else other columns; ask where none or both do."""
    chosen = choices.of("decimals", column.name)
    if chosen in (POINT, COMMA, LEAVE):
        return _Reading(value=chosen)
    unsure = column.unsure_comma + column.unsure_point
    if not unsure or (column.comma == 0 == column.unsure_comma and column.point):
        return _Reading(value=POINT if column.point or not column.comma else COMMA)
    if (column.point > 0) != (column.comma > 0):
        sign = POINT if column.point else COMMA
        doubtful = column.unsure_comma if sign == POINT else unsure
        return _sign(column, sign, doubtful, whence="cells")
    point, comma = any(each.point for each in others), any(each.comma for each in others)
    if not column.point and not column.comma:
        if not column.unsure_comma and not comma:
            return _Reading(value=POINT)
        if point != comma and (column.unsure_comma or not comma):
            sign = POINT if point else COMMA
            return _sign(column, sign, unsure, whence="columns")
    return _Reading(question=_decimal_question(column, sample))


def _sign(column: Profile, sign: str, doubtful: int, *, whence: str) -> _Reading:
    kind = f"decimal sign from the other {whence}"
    share = doubtful / column.filled
    guess = Guess(kind=kind, about=column.name, share=share) if doubtful else None
    where = "cells of this column" if whence == "cells" else "columns"
    return _Reading(
        value=sign, guess=guess, reason=f"other {where} can only have a decimal {sign}"
    )


def _decimal_question(column: Profile, sample: tuple[str, ...]) -> Question:
    mark = "," if column.unsure_comma else "."
    example = next((cell for cell in sample if mark in cell), sample[0])
    bare = example.replace(",", "").replace(".", "")
    fraction = example.replace(",", ".")
    as_point, as_comma = (bare, fraction) if mark == "," else (fraction, bare)
    name = column.name[:LONGEST]
    return Question(
        id=f"decimals:{name}",
        text=f"Is {example} in “{name}” a number above a thousand, or one with three"
        " decimals? Nothing in the column or the other columns tells.",
        title=f"Numbers in {name}",
        options={
            POINT: f"The decimal sign is a point: {example} is {as_point}",
            COMMA: f"The decimal sign is a comma: {example} is {as_comma}",
            LEAVE: "Leave the column as it is",
        },
    )


def _fill(column: Profile) -> str:
    """Return the value for the gaps of a column that says the same everywhere else."""
    enough = column.filled >= FEWEST_TO_FILL
    few = 0 < column.missing <= MOST_TO_FILL * column.total
    return column.constant if enough and few else ""


def _guesses(column: Profile, reading: _Reading, *, fill: str, choices: Choices) -> list[Guess]:
    found: list[Guess] = [] if reading.guess is None else [reading.guess]
    shares = {
        "century": column.short_years / max(1, column.filled),
        "missing words": 0.0 if choices.missing_words else column.words / max(1, column.total),
        "gaps of a constant column": column.missing / column.total
        if fill and not choices.fill
        else 0.0,
        "cells that do not fit their column": column.misfits / max(1, column.filled),
    }
    found.extend(
        Guess(kind=kind, about=column.name, share=share)
        for kind, share in shares.items()
        if share
    )
    return found
