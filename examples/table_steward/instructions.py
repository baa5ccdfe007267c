"""Feedback in plain words, made into choices. What is not understood is said, never guessed.

    dates are day first            in every column; "… in due" for one; month first likewise
    use comma as decimal           or point; "… in amount" for one column
    keep duplicates                or remove duplicates
    do not fill missing            or fill missing
    NA is a value                  words such as NA stay as they are; or NA is missing
    drop column notes
    leave column code alone        nothing in it is changed

Case, "please", quotes around names and a full stop do not matter; several go on lines of
their own, or with "and" between them. A comment anchored to a column speaks of that column.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from table_steward.choices import EVERY, Choices

SPOKEN = tuple(
    line[4:34].strip() for line in (__doc__ or "").splitlines() if line[:4] == "    "
)
"""The instructions as listed above, to be shown to whoever was not understood."""

_IN = r"(?: (?:in|for|of) (?:the )?(?:column )?(?P<column>.+?)(?: column)?)?"
_DECIMAL = r"(?:the |a )?decimals?(?: sign| separator| point| mark)?"
_ALONE = r"(?: alone| as it is| unchanged| as is)?"
_SIGN = r"(?P<sign>comma|point|dot|period)s?"
_GAPS = r"(?: (?:the |any )?(?:missing|gaps?|blanks?|empty)(?: cells?| values?| data)?)?"
_FIRST = r"(?P<order>day|month) first"
_REPEATS = r"(?:the |all )?(?:duplicates?|duplicate rows|repeated rows)"
_COLUMN = r"(?:the )?(?:column )?(?P<column>.+?)(?: column)?"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("dates", rf"(?:(?:use|read) )?(?:the |all )?dates?{_IN}(?: (?:are|is|as|be))* {_FIRST}"),
    ("dates", rf"(?:(?:use|read|it is|they are) )?{_FIRST}(?: dates?| order)?{_IN}"),
    ("dates", rf"(?:the |all )?dates? (?:are|is|as|be) {_FIRST}{_IN}"),
    ("dates", rf"{_COLUMN} (?:is|are) {_FIRST}"),
    ("decimals", rf"(?:use |read )?(?:the |a )?{_SIGN} (?:as|is|are|for) {_DECIMAL}{_IN}"),
    ("decimals", rf"(?:use |it is )?(?:the |a )?decimal {_SIGN}{_IN}"),
    ("decimals", rf"(?:the )?decimal (?:sign|separator|mark){_IN} is (?:the |a )?{_SIGN}"),
    ("duplicates", rf"(?:keep|do not (?:remove|drop|delete)) {_REPEATS}"),
    ("repeats", rf"(?:remove|drop|delete) {_REPEATS}"),
    ("no_fill", rf"do not fill(?: in)?{_GAPS}"),
    ("fill", rf"fill(?: in)?{_GAPS}"),
    ("words", r"(?:the )?n/?as? (?:is|are) (?:a value|values|not missing)"),
    ("words", r"(?:keep|leave) (?:the )?n/?as?(?: as it is| as a value| alone| as text)?"),
    ("no_words", r"(?:the )?n/?as? (?:is|are|means?) (?:a )?missing(?: values?)?"),
    ("drop", rf"(?:drop|remove|delete|leave out) {_COLUMN}"),
    ("leave", rf"(?:do not (?:change|touch|clean|edit)|leave|keep) {_COLUMN}{_ALONE}"),
)
_POLITE = re.compile(
    r"(?:thanks?|thank you|ok(?:ay)?|hi|hello|(?:looks |very |all )?good(?: work| job)?|"
    r"(?:the )?(?:rest|everything else|otherwise)(?: is| looks)?(?: fine| good| ok(?:ay)?)?)"
    r"(?: otherwise| so far| very much)?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What feedback came to: the choices with it, what was understood, and what was not."""

    choices: Choices
    understood: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


def listen(feedback: Mapping[str, Any], *, choices: Choices, header: tuple[str, ...]) -> Heard:
    """Take in a claim's feedback: answers to questions, the reason, and the comments."""
    answers = dict(feedback.get("answers") or {})
    said = [(str(answers.pop("instructions", "") or ""), "")]
    over = answers.pop("unclear", "") == "hand-over"
    for question, answer in sorted(answers.items()):
        choices = choices.settle(question, str(answer))
    said.append((str(feedback.get("reason") or ""), ""))
    for comment in feedback.get("comments") or ():
        text = comment.get("text") or comment.get("body") or ""
        column = (comment.get("anchor") or {}).get("column") or ""
        said.append((str(text), str(column)))
    heard = Heard(choices=choices)
    for text, column in said:
        heard = hear(text, heard=heard, header=header, about=column)
    # The reason of an answered escalation is a remark beside the form, not an order.
    if over or (answers and not feedback.get("comments")):
        return Heard(choices=heard.choices, understood=heard.understood)
    return heard


def hear(text: str, *, heard: Heard, header: tuple[str, ...], about: str = "") -> Heard:
    """Take in some sentences after what was heard before."""
    choices, understood, unclear = heard.choices, [*heard.understood], [*heard.unclear]
    for sentence in _sentences(text):
        whole = _act(sentence, choices, header=header, about=about)
        if whole is not None:
            choices = whole
            understood.append(sentence)
            continue
        for part in re.split(r",? and (?:also )?|, ", sentence):
            act = _act(part, choices, header=header, about=about)
            choices = act or choices
            (unclear if act is None else understood).append(part)
    return Heard(choices=choices, understood=tuple(understood), unclear=tuple(unclear))


def _sentences(text: str) -> list[str]:
    parts = re.split(r"[\n;]+|(?<=[.!?])\s+", text)
    trimmed = (part.strip().lstrip("-*•> ").rstrip(".! ") for part in parts)
    return [part for part in trimmed if part and not _POLITE.fullmatch(_plain(part))]


def _plain(sentence: str) -> str:
    """Bring a sentence to the form that the patterns are written in."""
    plain = re.sub(r"\s+", " ", sentence.casefold()).replace("\u2019", "'")
    plain = re.sub(r"\b(?:don't|dont|never)\b", "do not", plain)
    plain = re.sub(r"\bdd[/.-]mm(?:[/.-]yy(?:yy)?)?\b", "day first", plain)
    plain = re.sub(r"\bmm[/.-]dd(?:[/.-]yy(?:yy)?)?\b", "month first", plain)
    plain = re.sub(r"\b(day|month)-first\b", r"\1 first", plain)
    plain = re.sub(r"\b(?:please|kindly|just|should|can you|could you|but|also)\b", "", plain)
    return re.sub(r"\s+", " ", plain).strip(" ,:.!")


def _act(
    sentence: str, choices: Choices, *, header: tuple[str, ...], about: str
) -> Choices | None:
    """Return the choices with one instruction followed; None if it is not one."""
    plain = _plain(sentence)
    for name, pattern in _PATTERNS:
        found = re.fullmatch(pattern, plain)
        if found is None:
            continue
        groups = found.groupdict()
        column = _column(groups["column"], header) if groups.get("column") else about
        if column is None or (name in ("drop", "leave") and not column):
            continue
        return _SETTLE[name](choices, column or EVERY, groups)
    return None


def _column(named: str, header: tuple[str, ...]) -> str | None:
    """Find a column by name, whatever its case; None if there is no such column."""

    def key(name: str) -> str:
        return re.sub(r"[\s_-]+", " ", name.casefold()).strip(" \"'`\u201c\u201d\u2018\u2019")

    return next((name for name in header if key(name) == key(named)), None)


def _sign(word: str) -> str:
    return "comma" if word == "comma" else "point"


_Settle = Callable[[Choices, str, Mapping[str, str]], Choices]
_SETTLE: Mapping[str, _Settle] = {
    "dates": lambda c, column, said: c.settle(f"dates:{column}", f"{said['order']}-first"),
    "decimals": lambda c, column, said: c.settle(f"decimals:{column}", _sign(said["sign"])),
    "duplicates": lambda c, _, __: c.settle("duplicates", "keep"),
    "repeats": lambda c, _, __: c.settle("duplicates", "remove"),
    "no_fill": lambda c, _, __: c.settle("fill", "no"),
    "fill": lambda c, _, __: c.settle("fill", "yes"),
    "words": lambda c, _, __: c.settle("missing_words", "keep"),
    "no_words": lambda c, _, __: c.settle("missing_words", "empty"),
    "drop": lambda c, column, _: c.settle("drop", column),
    "leave": lambda c, column, _: c.settle("leave", column),
}
