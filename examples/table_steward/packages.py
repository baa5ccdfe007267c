"""All that is handed over for one file, made from its bytes and the choices alone.

    <stem>/<stem>.csv          the cleaned table (only when nothing is left to ask)
    <stem>/changes.csv         every change: row, column, before, after, rule
    <stem>/report.md           what and why, with chart.svg
    <stem>/original/<name>     what came in
    <stem>/choices.json        what people decided so far

The next round needs nothing else, so whoever takes it up knows all that this one knew.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from table_steward.charts import Bar, chart
from table_steward.choices import Choices
from table_steward.cleaning import Cleaned, clean
from table_steward.confidences import Guess, confidence
from table_steward.contexts import actions, context, flags, summary
from table_steward.instructions import SPOKEN
from table_steward.memories import Memory
from table_steward.plans import plan
from table_steward.profiles import profile
from table_steward.questions import Question
from table_steward.readings import Reading, read
from table_steward.reports import report, stuck
from table_steward.tables import Change, Table, render
from table_steward.values import INVISIBLE, is_missing

CHOICES = "choices.json"
MOST_QUESTIONS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """Files by path, in the order in which they are to be written, and the context."""

    files: Mapping[str, bytes]
    context: Mapping[str, Any]


def prepare(
    data: bytes, *, memory: Memory, unclear: tuple[str, ...] = (), remark: str = ""
) -> Package:
    """Make the package: an approval if nothing is left to ask, else an escalation."""
    reading = read(data, choices=memory.choices)
    asked = _unclear_questions(unclear)
    if reading.table is None:
        return _stuck(data, reading, memory=memory, asked=asked, unclear=unclear)
    sure = _essence(reading.table, choices=memory.choices)
    profiles = profile(sure, choices=memory.choices)
    samples = {name: sure.column(at) for at, name in enumerate(sure.header)}
    plans = plan(profiles, samples=samples, choices=memory.choices)
    cleaned = clean(reading, plans, choices=memory.choices)
    questions = _first((*reading.questions, *plans.questions, *asked))
    guesses = (
        *reading.guesses,
        *plans.guesses,
        *cleaned.guesses,
        *(Guess(kind="open question", about=each.title, share=1.0) for each in questions),
    )
    written = render(cleaned.table).encode()
    if not questions:
        digest = hashlib.sha256(written).hexdigest()
        memory = replace(memory, made=tuple(dict.fromkeys((*memory.made, digest))))
    text = report(
        memory.name,
        reading=reading,
        profiles=profiles,
        plans=plans,
        cleaned=cleaned,
        guesses=guesses,
        questions=questions,
        choices=memory.choices,
        unclear=unclear,
    )
    files = {
        CHOICES: memory.to_json(),
        memory.original: data,
        "report.md": text.encode(),
        "chart.svg": _chart(memory.name, reading, cleaned).encode(),
        "changes.csv": changes_csv(cleaned.changes).encode(),
    }
    if not questions:
        files[memory.table] = written
    said = context(
        memory,
        confidence=confidence(guesses),
        questions=questions,
        flags=flags(reading, plans, cleaned, memory=memory, asking=bool(questions)),
        summary=summary(reading, cleaned, questions, unclear=unclear, remark=remark),
        actions=actions(cleaned.changes),
    )
    return Package(files=files, context=said)


def changes_csv(changes: tuple[Change, ...]) -> str:
    """Write the changes as CSV. Rows count the data rows of the original from 1."""
    rows = tuple(
        (str(each.row), each.column, each.before, each.after, each.rule) for each in changes
    )
    return render(Table(header=("row", "column", "before", "after", "rule"), rows=rows))


def _first(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """Return so many questions as one form bears; the others are asked in the next round."""
    once = {question.id: question for question in questions}
    return tuple(once.values())[:MOST_QUESTIONS]


def _essence(table: Table, *, choices: Choices) -> Table:
    """Return the table without empty and repeated rows, which are evidence for nothing."""
    words = choices.missing_words != "keep"

    def bare(cell: str) -> str:
        trimmed = cell.strip(INVISIBLE)
        return "" if is_missing(trimmed, words=words) else trimmed

    once = {tuple(bare(cell) for cell in row): row for row in reversed(table.rows)}
    rows = tuple(row for essence, row in reversed(once.items()) if any(essence))
    return Table(header=table.header, rows=rows)


def _stuck(
    data: bytes,
    reading: Reading,
    *,
    memory: Memory,
    asked: tuple[Question, ...],
    unclear: tuple[str, ...],
) -> Package:
    questions = (*reading.questions, *asked)
    said = f" I did not understand: {'; '.join(unclear)}." if unclear else ""
    return Package(
        files={
            CHOICES: memory.to_json(),
            memory.original: data,
            "report.md": stuck(memory.name, questions=questions).encode(),
        },
        context=context(
            memory,
            confidence=0.0,
            questions=questions,
            flags=[
                {
                    "severity": "critical",
                    "message": "This file could not be read as a table",
                    "file": memory.original,
                }
            ],
            summary=f"I could not make a table of this file.{said}",
            actions=[],
        ),
    )


def _unclear_questions(unclear: tuple[str, ...]) -> tuple[Question, ...]:
    """Ask about feedback that was not understood, rather than pretend."""
    if not unclear:
        return ()
    said = "; ".join(f"“{sentence}”" for sentence in unclear)
    return (
        Question(
            id="unclear",
            text=f"I did not understand {said}. What shall I do about it?",
            title="What I did not understand",
            options={
                "rephrased": "Do what I write below",
                "hand-over": "Hand it over without that",
            },
        ),
        Question(
            id="instructions",
            text="In other words, please. I understand: " + "; ".join(SPOKEN) + ".",
            title="Instructions, one on each line",
            options={},
            required=False,
        ),
    )


def _chart(name: str, reading: Reading, cleaned: Cleaned) -> str:
    assert reading.table is not None
    touched: dict[str, set[int]] = {}
    for change in cleaned.changes:
        if change.row and change.column:
            touched.setdefault(change.column, set()).add(change.row)
    bars = []
    for at, column in enumerate(cleaned.table.header):
        cells = cleaned.table.column(at)
        rows = touched.get(column, set())
        held = zip(cleaned.numbers, cells, strict=True)
        changed = sum(number in rows for number, cell in held if cell)
        gaps = sum(not cell for cell in cells)
        bars.append(Bar(name=column, total=len(cells), missing=gaps, changed=changed))
    return chart(bars, title=f"{name}: missing and changed cells")
