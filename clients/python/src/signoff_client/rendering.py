"""A proposed call as people read it, in Markdown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from signoff_client.calls import FILE, Answer

MAX_SHOWN = 2_000
"""Characters of an argument that are shown; the file has all of it."""
MAX_LENGTH = 20_000
"""Characters after which no more arguments are shown."""


def rendered(name: str, arguments: Mapping[str, Any], allowed: Sequence[Answer]) -> str:
    """Return the call in Markdown: each argument under its name."""
    lines = [f"The agent wants to call **{_plain(name)}**."]
    room = MAX_LENGTH
    for each, value in arguments.items():
        lines.append(_argument(each, value))
        room -= len(lines[-1])
        if room < 0:
            lines.append(f"… and more arguments in `{FILE}`.")
            break
    lines.append(f"Answers: {_answers(allowed)}.")
    return "\n\n".join(lines)


def _argument(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else _json(value)
    cut = len(text) > MAX_SHOWN
    shown = f"{text[:MAX_SHOWN]}\n… the rest is in {FILE}" if cut else text
    fence = "`" * (3 + max((len(run) for run in re.findall("`{3,}", shown)), default=0))
    return f"**{_plain(name)}**\n\n{fence}\n{shown}\n{fence}"


def _answers(allowed: Sequence[Answer]) -> str:
    ways = {
        "approve": "*approve* runs it",
        "edit": f"edit `{FILE}` and *approve* to run it otherwise",
        "reject": "*reject* does not run it",
        "respond": "*request changes* tells the agent something instead",
    }
    return "; ".join(ways[one] for one in allowed)


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text)
