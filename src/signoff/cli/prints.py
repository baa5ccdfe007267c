"""What the acting commands print: plain, aligned, without anything that a terminal obeys."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make text read in another order than it is (Unicode 9, UAX 9)."""


def print_json(value: Any) -> None:
    """Print a value as the REST API would answer it."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def plain(text: Any, *, lines: bool = False) -> str:
    """Return text from elsewhere as it can be shown: control characters are written out.

    A title that an agent chose must not clear the screen or hide what it says.
    """
    return "".join(
        char if lines and char in "\n\t" else _shown(char) for char in str(text or "")
    )


def _shown(char: str) -> str:
    hidden = unicodedata.category(char) in ("Cc", "Cs") or char in BIDI
    return f"\\u{ord(char):04x}" if hidden else char


def fields(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, one to a line; what is empty is left out."""
    shown = [(name, plain(value)) for name, value in pairs if value not in (None, "")]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        click.echo(f"{name.ljust(width)}  {value}")


def rows(head: tuple[str, ...], lines: Sequence[tuple[Any, ...]]) -> None:
    """Print a table whose columns are as wide as they must be."""
    table = [head, *(tuple(plain(cell) for cell in line) for line in lines)]
    widths = [max(len(line[i]) for line in table) for i in range(len(head))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def block(title: str, text: str) -> None:
    """Print a text of several lines below its title, indented; nothing if it is empty."""
    if not text.strip():
        return
    click.echo(f"\n{title}")
    for line in plain(text, lines=True).strip().splitlines():
        click.echo(f"  {line}".rstrip())


def moment(raw: str | None) -> str:
    """Write a time of the API for a person; it stays in UTC."""
    if not raw:
        return ""
    return f"{datetime.fromisoformat(raw).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def amount(size: int) -> str:
    """Write a size for a person."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:  # noqa: PLR2004  the next unit
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def name_of(who: dict[str, Any] | None) -> str:
    """Return an actor's name, and what it is unless a person."""
    if who is None:
        return ""
    return who["name"] if who["kind"] == "person" else f"{who['name']} ({who['kind']})"


def state_of(handoff: dict[str, Any]) -> str:
    """Return a handoff's state in words."""
    return str(handoff["state"]).replace("_", " ")


def under_review(handoff: dict[str, Any]) -> bool:
    """Say whether it waits for people; a decision that it has is of an earlier round."""
    return bool(handoff["state"] == "in_review")


_GIVEN = {
    "approve": "approved",
    "request_changes": "changes requested",
    "reject": "rejected",
    "answer": "answered",
}


def handed(handoff: dict[str, Any]) -> None:
    """Print where a handoff stands, for whoever acted on it."""
    fields(
        (
            ("handoff", handoff["id"]),
            ("state", f"{state_of(handoff)}, round {handoff['round']}"),
            ("title", handoff["title"]),
            ("path", handoff["path"]),
            ("digest", handoff["digest"]),
            ("page", handoff["url"]),
        )
    )


def decided(handoff: dict[str, Any]) -> None:
    """Print what became of a handoff: verdict, who, why, the answers."""
    decision = handoff["decision"]
    if decision is None:
        click.echo(state_of(handoff))
        return
    given = str(decision["verdict"])
    click.echo(f"Earlier: {_GIVEN[given]}" if under_review(handoff) else state_of(handoff))
    fields(
        (
            ("by", name_of(decision["by"])),
            ("for", name_of(decision["on_behalf_of"]) if decision.get("on_behalf_of") else ""),
            ("at", moment(decision["at"])),
            ("round", decision["round"]),
            ("path", handoff["path"]),
            (
                "edited",
                "yes: the person's version is what counts" if decision["changed"] else "",
            ),
        )
    )
    block("Reason", decision["reason"])
    answers = decision["answers"] or {}
    block("Answers", "\n".join(f"{name}: {value}" for name, value in answers.items()))
    told = (f"{one['path']}: {one['verdict']} {one['reason']}" for one in decision["files"])
    block("Files", "\n".join(told))
