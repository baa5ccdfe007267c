"""The page of the reference that is made from the Python client's docstrings."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import signoff_client
from signoff_client import SignoffError

FIRST = ("Signoff", "Item", "Handoff", "Decision", "ToolCall", "Ruling", "Lock")
"""What is used most; the rest follows by name."""

ALIKE = (
    "`AsyncSignoff`, `AsyncItem`, … have the same methods, to be awaited; what is iterated\n"
    "over here is iterated over with `async for` there.\n"
)


def page(made: str) -> str:
    """Say what everything does that `signoff_client` offers."""
    classes = {
        name: getattr(signoff_client, name)
        for name in signoff_client.__all__
        if inspect.isclass(getattr(signoff_client, name)) and not name.startswith("Async")
    }
    errors = {name: one for name, one in classes.items() if issubclass(one, SignoffError)}
    values = sorted(set(classes) - set(errors) - set(FIRST))
    parts = [
        f"{made}\n# Python client\n",
        ALIKE,
        *(_section(name, classes[name]) for name in FIRST),
        "## Values\n",
        *(_section(name, classes[name], depth=3) for name in values),
        "## Errors\n",
        *(f"- `{name}`: {_first(one)}" for name, one in sorted(errors.items())),
    ]
    return "\n".join(parts) + "\n"


def _section(name: str, one: type, *, depth: int = 2) -> str:
    lines = [f"{'#' * depth} {name}\n", f"{inspect.getdoc(one)}\n"]
    fields = getattr(one, "__struct_fields__", ()) or getattr(one, "__annotations__", {})
    named = [each for each in fields if not each.startswith("_")]
    if named:
        lines.append(f"Fields: {', '.join(f'`{each}`' for each in named)}.\n")
    for method, member in _members(one):
        lines.append(f"**`{_signature(method, member)}`**\n")
        lines.append(f"{inspect.getdoc(member)}\n")
    return "\n".join(lines)


def _members(one: type) -> Iterator[tuple[str, Any]]:
    """Give the public methods and properties, in the order in which they are written."""
    for base in one.__mro__:
        if not base.__module__.startswith("signoff_client"):
            continue
        for name, member in vars(base).items():
            function = member.__func__ if isinstance(member, classmethod) else member
            if name.startswith("_") or name == "of":
                continue
            if inspect.isfunction(function) or isinstance(member, property):
                yield name, member


def _signature(name: str, member: Any) -> str:
    if isinstance(member, property):
        return name
    text = re.sub(r"\bself, |\bself\b", "", str(inspect.signature(member)))
    text = re.sub(r"(?:[a-z_]+\.)+(?=[A-Za-z])", "", text)
    text = re.sub(r"-> '(\w+)'", r"-> \1", text)
    return name + re.sub(r"\*<class '?(\w+)'?>", r"\1", text)


def _first(one: type) -> str:
    return (inspect.getdoc(one) or "").partition("\n\n")[0].replace("\n", " ")
