"""The report: what was found, what was changed and why, and how sure it all is."""

from collections import Counter
from collections.abc import Iterable, Sequence

from table_steward.choices import Choices
from table_steward.cleaning import RULES, Cleaned
from table_steward.confidences import WEIGHTS, Guess, confidence, widest
from table_steward.plans import Plans
from table_steward.profiles import Profile
from table_steward.questions import Flag, Question
from table_steward.readings import Reading
from table_steward.tables import Change


def report(
    name: str,
    *,
    reading: Reading,
    profiles: Sequence[Profile],
    plans: Plans,
    cleaned: Cleaned,
    guesses: Sequence[Guess],
    questions: Sequence[Question],
    choices: Choices,
    unclear: Sequence[str],
) -> str:
    """Write the report as Markdown. Its chart is `chart.svg` beside it."""
    assert reading.table is not None
    intro = (
        f"{len(reading.table.rows)} rows and {len(reading.table.header)} columns came in"
        f" ({reading.encoding}, cells separated by {_delimiter(reading.delimiter)});"
        f" {len(cleaned.table.rows)} rows and {len(cleaned.table.header)} columns go out."
        f" {len(cleaned.changes)} changes were made, every one of them in `changes.csv`."
    )
    parts = [
        f"# {text(name)}",
        intro,
        "![Missing and changed cells in each column](chart.svg)",
        *_asked(questions, unclear),
        *_told(choices),
        *_flagged(() if questions else cleaned.flags),
        "## Columns",
        _columns(profiles, plans),
        "## Changes",
        _changes(cleaned.changes),
        "## Confidence",
        _confidence(guesses),
    ]
    return "\n\n".join(parts) + "\n"


def stuck(name: str, *, questions: Sequence[Question]) -> str:
    """Write the report on a file that could not be made into a table."""
    parts = [
        f"# {text(name)}",
        "I could not make a table of this file.",
        *_asked(questions, ()),
    ]
    return "\n\n".join(parts) + "\n"


def text(value: str, *, most: int = 60) -> str:
    """Quote a value so that Markdown shows it and does nothing with it, even in a table."""
    shown = "".join(mark if mark.isprintable() else "\u00b7" for mark in value)
    shown = shown if len(shown) <= most else shown[: most - 1] + "…"
    special = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]()<>|#!&~"})
    return shown.translate(special)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines.extend("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join(lines)


def _delimiter(mark: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(mark, mark)


def _asked(questions: Sequence[Question], unclear: Sequence[str]) -> list[str]:
    lines = [f"- {text(question.text, most=400)}" for question in questions]
    parts = ["## What I need to know", "\n".join(lines)] if lines else []
    if unclear:
        said = "\n".join(f"- {text(sentence, most=200)}" for sentence in unclear)
        parts += ["## What I did not understand", said]
    return parts


def _told(choices: Choices) -> list[str]:
    lines = [f"- {text(line)}" for line in choices.told()]
    return ["## What I was told", "\n".join(lines)] if lines else []


def _columns(profiles: Sequence[Profile], plans: Plans) -> str:
    rows = [
        (
            text(each.name, most=40),
            each.kind,
            str(each.missing),
            str(each.distinct),
            text(f"always {each.constant}" if each.constant and each.total > 1 else "")
            + (f"{each.misfits} cells are no {each.kind}" if each.misfits else ""),
            "left alone"
            if plan.leave
            else " ".join(
                (
                    plan.order if each.either else "",
                    f"decimal {plan.decimal}" if plan.decimal else "",
                )
            ).strip(),
        )
        for each, plan in zip(profiles, plans.columns, strict=True)
    ]
    return table(("column", "kind", "missing", "distinct", "remark", "read as"), rows)


def _changes(changes: Sequence[Change]) -> str:
    if not changes:
        return "None: the table was clean."
    counts = Counter(change.rule for change in changes)
    first = {change.rule: change for change in reversed(changes)}
    rows = [
        (
            rule,
            str(counts[rule]),
            RULES[rule],
            f"{_shown(first[rule].before)} → {_shown(first[rule].after)}",
        )
        for rule in RULES
        if counts[rule]
    ]
    return table(("rule", "times", "why", "first of them"), rows)


def _shown(value: str) -> str:
    return text(value, most=30) or "nothing"


def _flagged(flags: Sequence[Flag]) -> list[str]:
    counts = Counter(flag.severity for flag in flags)
    if not flags:
        return []
    lines = [
        f"- {flag.severity}, {_place(flag)}: {text(flag.message, most=200)}"
        for severity in ("critical", "warning", "note")
        for flag in flags
        if flag.severity == severity
    ]
    said = ", ".join(
        f"{counts[each]} {each if each == 'critical' or counts[each] == 1 else f'{each}s'}"
        for each in ("critical", "warning", "note")
        if counts[each]
    )
    head = f"{said}. Rows are data rows of the cleaned table, counted from 1."
    return ["## What needs a look", head, "\n".join(lines)]


def _place(flag: Flag) -> str:
    column = text(flag.column, most=40) or "the whole row"
    return f"row {flag.row}, {column}" if flag.row else f"column {column}"


def _confidence(guesses: Sequence[Guess]) -> str:
    if not guesses:
        return "**1.00**. Nothing had to be guessed."
    counts = Counter(each.kind for each in guesses)
    rows = [
        (
            each.kind,
            text(each.about, most=40)
            + (f" and {counts[each.kind] - 1} more" if counts[each.kind] > 1 else ""),
            f"{WEIGHTS[each.kind]:.2f}",
            f"{each.share:.1%}",
            f"{each.factor:.3f}",
        )
        for each in widest(guesses)
    ]
    return (
        f"**{confidence(guesses):.2f}** is the product of one factor for each kind of guess:"
        " 1 - weight x (0.2 + 0.8 x share), where the share is that of the cells (of the"
        " column, or of all rows) that rest on it. Guesses of one kind stand or fall"
        " together: the widest counts. The weights are judgement, not statistics; an answer"
        " from you turns a guess into knowledge and takes its row away.\n\n"
        + table(("guess", "about", "weight", "share", "factor"), rows)
    )
