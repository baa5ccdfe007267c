"""Plain text, with numbered lines that can be linked to."""

import codecs
from collections import defaultdict
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from signoff.web.previews.marks import Mark, pins, worst
from signoff.web.previews.windows import Window, gaps, where

_UNSEEN = (
    0x061C,
    *range(0x200E, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),  # marks of direction: what is read is not what is there
    0x200B,
    *range(0x2060, 0x2065),
    0xFEFF,  # without width
    *range(0xE0000, 0xE0080),  # letters that only machines read
)
PICTURES: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"},
    **{code: f"⟨U+{code:04X}⟩" for code in _UNSEEN},
}
"""From characters that are not seen, or act on others, to signs that stand for them."""

LONGEST = 4
"""How many bytes a character of UTF-8 has at most."""

MOST_LINES = 2000
MOST_CHARACTERS = 2000
"""The longest line that is shown whole."""


def decode(data: bytes) -> tuple[str, str]:
    """Return bytes as text, and a note when that took a guess."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), ""
    try:
        return data.decode(), ""
    except UnicodeDecodeError as broken:
        # A character cut in two by the reading limit is no sign of another encoding.
        if broken.end == len(data) and len(data) - broken.start < LONGEST:
            return data[: broken.start].decode(), ""
    return data.decode("cp1252", errors="replace"), "Not UTF-8: read as Windows-1252."


def lines(
    text: str, marks: Sequence[Mark] = (), *, complete: bool = True
) -> tuple[Markup, str]:
    """Return text as numbered lines, and how much of it that is."""
    at: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        if mark.anchor.line is not None:
            at[mark.anchor.line].append(mark)
    window = Window(most=MOST_LINES, flagged=at)
    kept = {n: line for n, line in enumerate(text.splitlines(), start=1) if window.wants(n)}
    left_out = gaps(kept, window.total)
    body = Markup("").join(_lines(kept, at, left_out))
    tail = _gap(left_out.get(window.total + 1))
    shown = where(kept, window.total, noun="line", complete=complete)
    return Markup('<ol class="lines">{}{}</ol>').format(body, tail), shown


def clip(text: str, most: int) -> str:
    """Return text no longer than `most` characters, saying what was cut."""
    cut = len(text) - most
    return text if cut <= 0 else f"{text[:most]}… ({cut:,} more characters)"


def visible(text: str) -> str:
    """Return text with what nobody would see made visible, so that none of it acts on the page.

    Joiners are left, which scripts and emoji need.
    """
    return text.translate(PICTURES)


def _lines(
    kept: dict[int, str],
    at: dict[int, list[Mark]],
    left_out: dict[int, tuple[int, int]],
) -> Iterable[Markup]:
    for n, line in kept.items():
        yield _gap(left_out.get(n))
        marks = at.get(n, [])
        yield Markup('<li id="line-{}" data-n="{}"{}>{}<code>{}</code></li>\n').format(
            n,
            n,
            Markup(' class="{}"').format(worst(marks)) if marks else "",
            pins(marks),
            clip(visible(line), MOST_CHARACTERS),
        )


def _gap(rows: tuple[int, int] | None) -> Markup:
    if rows is None:
        return Markup("")
    return Markup('<li class="gap">Lines {} to {} are not shown</li>\n').format(
        f"{rows[0]:,}", f"{rows[1]:,}"
    )
