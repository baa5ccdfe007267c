"""Bytes to text: which encoding it is, or a question that shows how each would read."""

import codecs
import re
from dataclasses import dataclass

from table_steward.questions import Question

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


SINGLE_BYTE = {
    "cp1252": "Western European, Windows",
    "iso-8859-1": "Western European, ISO 8859-1",
    "iso-8859-2": "Central European, ISO 8859-2",
    "cp1250": "Central European, Windows",
    "mac-roman": "Western European, old Macintosh",
    "cp437": "Western European, DOS",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """Text and how it was found; without text there is a question."""

    text: str | None
    encoding: str = ""
    guessed: bool = False
    torn: str = ""
    question: Question | None = None


def decode(data: bytes, *, chosen: str = "") -> Decoded:
    """Find the encoding: what a person said, the byte order mark, UTF-8, or a good guess.

    UTF-16 without a mark shows as NULs in every other byte. What is left is one byte a
    letter: cp1252, unless it has bytes or controls that no text in cp1252 has.
    """
    if chosen in SINGLE_BYTE:
        return Decoded(text=data.decode(chosen, errors="replace"), encoding=chosen)
    if chosen == "utf-8":
        return Decoded(text=data.decode(errors="replace").lstrip("\ufeff"), encoding="utf-8")
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return _decode_whole(data, encoding)
    if encoding := _unmarked_utf16(data):
        return _decode_whole(data, encoding)
    found = _decode_whole(data, "utf-8")
    if found.text is not None:
        return found
    text = data.decode("cp1252", errors="replace")
    if "\ufffd" in text or _controls(text) or _mostly_utf8(data):
        return Decoded(text=None, question=_encoding_question(data))
    return Decoded(text=text, encoding="cp1252", guessed=True)


def _decode_whole(data: bytes, encoding: str) -> Decoded:
    """Decode strictly, but for a letter that the end of the file cut in two."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        text = decoder.decode(data)
    except UnicodeDecodeError:
        return Decoded(text=None, question=_encoding_question(data))
    try:
        text += decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        # One byte a letter also ends like this: only text that is UTF-8 elsewhere was torn.
        if encoding == "utf-8" and text.isascii():
            return Decoded(text=None, question=_encoding_question(data))
        return Decoded(text=text, encoding=encoding, torn="in the middle of a letter")
    if _controls(text):
        return Decoded(text=None, question=_encoding_question(data))
    return Decoded(text=text, encoding=encoding)


def _unmarked_utf16(data: bytes) -> str:
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd / half > 0.6 and even / half < 0.1:
        return "utf-16-le"
    if even / half > 0.6 and odd / half < 0.1:
        return "utf-16-be"
    return ""


def _mostly_utf8(data: bytes) -> bool:
    """Say whether there are letters of UTF-8 among bytes that are not: it was damaged."""
    good = len(re.findall(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", data))
    bad = data.decode(errors="replace").count("\ufffd")
    return good > bad


def _controls(text: str) -> bool:
    return re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text) is not None


def _encoding_question(data: bytes) -> Question:
    """Ask for the encoding by showing how the first strange word reads in each."""
    sample = _strange_word(data)
    options = {
        encoding: f"{title}: it reads “{_visible(sample.decode(encoding, errors='replace'))}”"
        for encoding, title in SINGLE_BYTE.items()
    }
    damaged = _visible(sample.decode(errors="replace"))
    options["utf-8"] = f"Damaged UTF-8: it reads “{damaged}”, with � for what is lost"
    return Question(
        id="encoding",
        text="These bytes are not text in an encoding that I can tell. Which one is it?"
        " If it is not a table at all, reject.",
        title="The encoding of the file",
        options=options,
    )


def _strange_word(data: bytes) -> bytes:
    """Return the cell around the first byte that is not UTF-8."""
    at = 0
    try:
        data.decode()
    except UnicodeDecodeError as error:
        at = error.start
    before = re.split(rb"[,;\t\r\n|\"]", data[max(0, at - 24) : at])[-1]
    after = re.split(rb"[,;\t\r\n|\"]", data[at : at + 24])[0]
    return before + after or data[:24]


def _visible(text: str) -> str:
    return "".join(mark if mark.isprintable() else "\u00b7" for mark in text)
