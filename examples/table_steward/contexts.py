"""The context of a handoff: what a person reads before they open a file."""

from collections.abc import Iterator
from typing import Any

from table_steward import __version__
from table_steward.choices import LONGEST
from table_steward.cleaning import Cleaned
from table_steward.memories import Memory
from table_steward.plans import Plans
from table_steward.questions import Flag, Question
from table_steward.readings import Reading
from table_steward.tables import Change
from table_steward.values import INVISIBLE, date_readings, number_readings

MOST_FLAGS = 100


def context(
    memory: Memory,
    *,
    confidence: float,
    questions: tuple[Question, ...],
    flags: list[dict[str, Any]],
    summary: str,
    actions: list[str],
) -> dict[str, Any]:
    """Return the context as the API and the sidecar have it; with questions, an escalation."""
    kind = "escalation" if questions else "approval"
    title = f"Question about {memory.name}" if questions else f"{memory.name}, cleaned"
    return {
        "kind": kind,
        "title": title,
        "summary": summary,
        "confidence": confidence,
        "flags": flags,
        "needs": " ".join(each.text for each in questions),
        "questions": [each.to_json() for each in questions],
        "actions": actions,
        "agent": {"name": "table-steward", "version": __version__},
    }


def flags(
    reading: Reading, plans: Plans, cleaned: Cleaned, *, memory: Memory, asking: bool
) -> list[dict[str, Any]]:
    """Anchor the flags: to the cleaned table, or to the original while there is none."""
    assert reading.table is not None
    broken = (*reading.flags, *(_doubtful(reading, plans) if asking else ()))
    found = [flag.to_json(file=memory.original) for flag in broken]
    if not asking:
        found.extend(flag.to_json(file=memory.table) for flag in _strange(reading, cleaned))
        found.extend(flag.to_json(file=memory.table) for flag in cleaned.flags)
    rank = {"critical": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda flag: rank[flag["severity"]])[:MOST_FLAGS]


def summary(
    reading: Reading,
    cleaned: Cleaned,
    questions: tuple[Question, ...],
    *,
    unclear: tuple[str, ...],
    remark: str,
) -> str:
    """Say in a few lines what was done, or that it is not done."""
    assert reading.table is not None
    cells = sum(bool(change.row and change.column) for change in cleaned.changes)
    gone = len(reading.table.rows) - len(cleaned.table.rows)
    done = (
        f"{_count(len(cleaned.table.rows), 'row')},"
        f" {_count(len(cleaned.table.header), 'column')};"
        f" {_count(cells, 'change')} to cells, {_count(gone, 'row')} left out."
        " `report.md` says why, `changes.csv` holds each."
    )
    lines = [done]
    if questions:
        asked = "a question" if len(questions) == 1 else f"{len(questions)} questions"
        lines = [f"I am not done: {asked} only a person can answer."]
    if unclear:
        lines.append(
            "I did not understand: " + "; ".join(f"“{each}”" for each in unclear) + "."
        )
    if remark:
        lines.append(remark)
    return "\n\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def actions(changes: tuple[Change, ...]) -> list[str]:
    """Count what was done, by rule."""
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.rule] = counts.get(change.rule, 0) + 1
    return [f"{rule}: {times}" for rule, times in counts.items()]


def _doubtful(reading: Reading, plans: Plans) -> Iterator[Flag]:
    """Flag the first cell of the original that each question is about."""
    assert reading.table is not None
    for question in plans.questions:
        kind, _, column = question.id.partition(":")
        read = date_readings if kind == "dates" else number_readings
        header = reading.table.header
        at = next(at for at, name in enumerate(header) if name[:LONGEST] == column)
        column, cells = header[at], reading.table.column(at)
        for number, cell in zip(reading.numbers, cells, strict=True):
            readings = sorted(set(read(cell.strip(INVISIBLE)).values()))
            if len(readings) == 2:
                message = f"“{cell}” may be {readings[0]} or {readings[1]}"
                yield Flag(severity="critical", message=message, column=column, row=number)
                break


def _strange(reading: Reading, cleaned: Cleaned) -> list[Flag]:
    """Flag the first letter that rests on a guessed encoding."""
    if not any(guess.kind == "encoding" for guess in reading.guesses):
        return []
    for at, row in enumerate(cleaned.table.rows, start=1):
        for name, cell in zip(cleaned.table.header, row, strict=True):
            if not cell.isascii():
                message = f"“{cell}” rests on the guess that the file was {reading.encoding}"
                return [Flag(severity="warning", message=message, column=name, row=at)]
    return []
