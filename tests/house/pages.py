"""The pages of the reference that are made from the code: `python -m tests.house.pages`."""

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path

from signoff.actions.table import ACTS
from signoff.asgi import codes, problems
from signoff.domain import errors
from signoff.domain.errors import Code, Refusal
from signoff.domain.events import MEANING as EVENTS
from signoff.domain.events import Type
from signoff.domain.rights import BY_ROLE, SCOPE_OF, Permission
from signoff.domain.rights import MEANING as RIGHTS
from signoff.mcp.messages import Json
from signoff.mcp.prompts import PROMPTS
from signoff.mcp.toolbox import TOOLS
from signoff.mcp.tools import Tool
from signoff.rest import openapi
from signoff.settings import Settings
from tests.house import clients

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "signoff"
MADE = (
    "<!-- Made from the code by `python -m tests.house.pages`; change the code instead. -->\n"
)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def events() -> str:
    """Say what each event means, and which acts record it."""
    by_event: dict[Type, list[str]] = {}
    for act in ACTS:
        for type_ in act.events:
            by_event.setdefault(type_, []).append(f"`{act.name}`")
    rows = (
        (f"`{type_}`", EVENTS[type_], ", ".join(by_event.get(type_, ["the server itself"])))
        for type_ in Type
    )
    return (
        f"{MADE}\n# Events\n\n"
        "An event is a thing that happened, and its entry in the log.\n"
        "`GET events` reads them, waits for them, or follows them as a stream.\n\n"
        + table(("event", "what happened", "recorded by"), rows)
    )


def permissions() -> str:
    """Say what each permission allows, and who has it."""
    rows = (
        (
            f"`{one}`",
            RIGHTS[one],
            ", ".join(str(role) for role, rights in BY_ROLE.items() if one in rights),
            f"`{SCOPE_OF[one]}`" if one in SCOPE_OF else "none",
        )
        for one in Permission
    )
    acts = (
        (f"`{act.name}`", act.sentence, f"`{act.permission}`" if act.permission else "none")
        for act in ACTS
    )
    return (
        f"{MADE}\n# Permissions\n\n"
        "The kind of a credential is looked at first, then the role, then grants on paths.\n"
        "An agent's credential never decides, whatever its role.\n\n"
        + table(("permission", "allows to", "roles", "a key's scope"), rows)
        + "\n## Acts\n\n"
        "Where no permission is named, the act concerns the caller alone, or says itself\n"
        "whom it lets.\n\n" + table(("act", "what it does", "permission"), acts)
    )


def kinds() -> dict[str, type[Refusal]]:
    """Return the kinds of refusals by name."""
    found = inspect.getmembers(errors, inspect.isclass)
    return {name: kind for name, kind in found if issubclass(kind, Refusal)}


def statuses() -> dict[Code, set[int]]:
    """Return the statuses that each code is answered with, as the code raises it."""
    known = kinds()
    found: dict[Code, set[int]] = {code: set() for code in Code}
    for kind in known.values():
        if hasattr(kind, "default"):
            found[kind.default].add(problems.status_of(kind("")))
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            for keyword in node.keywords:
                code = _code(keyword)
                if code is not None and node.func.id in known:
                    refusal = known[node.func.id]("", code=code)
                    found[code].add(problems.status_of(refusal))
    for code, status in problems.BY_CODE.items():
        found[code] = {status}
    return found


def _code(keyword: ast.keyword) -> Code | None:
    value = keyword.value
    named = (
        keyword.arg == "code"
        and isinstance(value, ast.Attribute)
        and isinstance(value.value, ast.Name)
        and value.value.id == "Code"
    )
    return Code[value.attr] if named and isinstance(value, ast.Attribute) else None


def refusals() -> str:
    """Say what each code means, and with which status it comes."""
    by_code = statuses()
    rows = (
        (
            f"`{code}`",
            ", ".join(str(status) for status in sorted(by_code[code])) or "none over HTTP",
            codes.MEANING[code],
        )
        for code in Code
    )
    return (
        f"{MADE}\n# Errors\n\n"
        "A refusal is `application/problem+json` (RFC 9457): `code` is what a program matches\n"
        "on and never changes its meaning, `detail` is a sentence, `hint` says what would\n"
        "work. Nothing is left half done.\n\n" + table(("code", "status", "meaning"), rows)
    )


def settings() -> str:
    """Say what can be set, how, and what it is without."""
    meaning: dict[str, str] = {}
    for line in inspect.getdoc(Settings).splitlines()[2:]:  # type: ignore[union-attr]
        names, _, text = line.partition(": ")
        meaning |= dict.fromkeys(names.split(", "), text)
    rows = (
        (
            f"`--{name.replace('_', '-')}`",
            f"`SIGNOFF_{name.upper()}`",
            f"`{default}`" if default not in ("", None) else "empty",
            meaning[name],
        )
        for name, default in zip(
            Settings.__struct_fields__, Settings.__struct_defaults__, strict=True
        )
    )
    return (
        f"{MADE}\n# Settings\n\n"
        "Each is an option of `signoff serve` and a variable of the environment;\n"
        "the option wins.\n"
        "`SIGNOFF_ROOT_KEY` holds the root key itself, where it should lie in no file.\n\n"
        + table(("option", "environment", "default", "meaning"), rows)
    )


def tools() -> str:
    """Say what each tool of MCP does, takes and answers."""
    said = "".join(_tool(each) for each in TOOLS)
    prompts = (
        (
            f"`{each.name}`",
            each.description,
            ", ".join(f"`{argument['name']}`" for argument in each.arguments),
        )
        for each in PROMPTS
    )
    return (
        f"{MADE}\n# Tools of MCP\n\n"
        "At `/mcp`, and over a pipe with `signoff mcp`;\n"
        "[how to connect](../how-to/connect-over-mcp.md).\n"
        "A refusal is a result with `isError`: its text has the [code](errors.md), a sentence\n"
        "and the way out. There is no tool that decides; a forged call of one is refused, and\n"
        "on the record.\n\n"
        "Files are resources as `signoff://WORKSPACE/PATH`, a folder's with a slash at its\n"
        "end; up to a mebibyte is read whole, more in parts by `read`.\n\n"
        f"{said}"
        "## Prompts\n\n" + table(("prompt", "for", "arguments"), prompts)
    )


def _tool(tool: Tool) -> str:
    hints = tool.annotations
    kind = "reads" if hints["readOnlyHint"] else "changes"
    if hints.get("destructiveHint"):
        kind += ", may overwrite"
    required = tool.input.get("required", [])
    rows = (
        (
            f"`{name}`" + (" (needed)" if name in required else ""),
            _kind(schema),
            str(schema.get("description", "")).replace("|", "\\|"),
        )
        for name, schema in tool.input["properties"].items()
    )
    answers = ", ".join(f"`{name}`" for name in (tool.output or {})["properties"])
    acts = ", ".join(f"`{name}`" for name in tool.acts)
    return (
        f"## {tool.name}\n\n{tool.description}\n\n"
        + table(("argument", "type", "meaning"), rows)
        + f"\nAnswers {answers}. It {kind}; acts: {acts}.\n\n"
    )


def _kind(schema: Json) -> str:
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"] if one)
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    kind = str(schema.get("type", "any"))
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        kind += f", {low} to {high}"
    return kind


def pages() -> dict[str, str]:
    """Return every page that is made, by its name."""
    return {
        "events.md": events(),
        "permissions.md": permissions(),
        "errors.md": refusals(),
        "settings.md": settings(),
        "mcp-tools.md": tools(),
        "openapi.json": openapi.encoded().decode(),
        "python-client.md": clients.page(MADE),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (REFERENCE / name).write_text(text)
