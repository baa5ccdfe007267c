"""What a summary of a tool call repeats of it: the page shows the arguments already.

A part is a repetition when it is an argument's name in bold, and below it the value that the
call has, fenced. What differs in anything is what the agent says, and is shown.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from signoff.domain.tool_calls import FILE

MOST = 64 * 1024
"""A longer summary is shown as it is."""
CUT = f"… the rest is in {FILE}"
"""The last line of a value that is not there whole."""

_NAME = re.compile(r"\*\*(.+)\*\*")
_FENCE = re.compile(r"`{3,}")


def left_out(summary: str, arguments: Mapping[str, Any]) -> str:
    """Return a summary without the arguments that it repeats."""
    if len(summary) > MOST:
        return summary
    lines = summary.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        end = _end(lines, at, arguments)
        if end > at:
            at = end
        else:
            kept.append(lines[at])
            at += 1
    return "\n".join(kept)


def _end(lines: list[str], at: int, arguments: Mapping[str, Any]) -> int:
    """Return where a repetition ends that begins here; the same place where none does."""
    named = _NAME.fullmatch(lines[at])
    name = re.sub(r"\\(.)", r"\1", named[1]) if named else ""
    if name not in arguments or not _FENCE.fullmatch("".join(lines[at + 2 : at + 3])):
        return at
    fence, first = lines[at + 2], at + 3
    value = arguments[name]
    text = value if isinstance(value, str) else _json(value)
    most = first + text.count("\n") + 3
    last = next((n for n in range(first, min(most, len(lines))) if lines[n] == fence), None)
    if last is None or lines[at + 1] or not _is_same(lines[first:last], text):
        return at
    blank = last + 1 < len(lines) and not lines[last + 1]
    return last + 2 if blank else last + 1


def _is_same(body: list[str], text: str) -> bool:
    if body[-1:] == [CUT]:
        return text.startswith("\n".join(body[:-1]))
    return "\n".join(body) == text


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
