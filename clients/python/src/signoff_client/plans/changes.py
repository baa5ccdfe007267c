"""What people changed in a package between its submission and their decision."""

import difflib
from collections.abc import Sequence

from signoff_client.asking import Patience, ask
from signoff_client.decisions import Change
from signoff_client.errors import SignoffError
from signoff_client.place import quoted
from signoff_client.plans.files import content, is_folder
from signoff_client.steps import Plan
from signoff_client.views import Compared, FileChange, HandoffView, Side

MAX_TEXT = 256 * 1024
"""Bytes; of longer files it is said that they changed, not how."""
MAX_TEXTS = 20
"""Files whose texts are compared."""

PATIENCE = Patience()

_FILE = "file"
_SIDECAR = "sidecar"


def changes(view: HandoffView) -> Plan[tuple[Change, ...]]:
    """Return the files that changed, with the difference of those that are short texts."""
    path = f"handoffs/{quoted(view.id)}/changes"
    params = {"round": view.round, "since": view.round}
    compared = yield from ask("GET", path, Compared, patience=PATIENCE, params=params)
    names = yield from _names(view, [each.path for each in compared.files])
    found: list[Change] = []
    for number, change in enumerate(compared.files):
        name, where = names[change.path]
        text = ""
        if number < MAX_TEXTS:
            text = yield from _difference(name, where, change)
        found.append(
            Change(
                path=name,
                change=change.change,
                before_digest=change.before.digest if change.before else "",
                after_digest=change.after.digest if change.after else "",
                difference=text,
            )
        )
    return tuple(found)


def _names(view: HandoffView, paths: Sequence[str]) -> Plan[dict[str, tuple[str, str]]]:
    """Return the name and the place of each file of a package, by its path in there.

    A package of a single file has a `file` and a `sidecar` and stands where the file is.
    """
    at = view.path or ""
    single = set(paths) <= {_FILE, _SIDECAR}
    if single and not (yield from is_folder(at, patience=PATIENCE)):
        places = {_FILE: at, _SIDECAR: f"{at}.handoff.json"}
        return {path: (places[path].rpartition("/")[2], places[path]) for path in paths}
    return {path: (path, f"{at}/{path}") for path in paths}


def _difference(name: str, where: str, change: FileChange) -> Plan[str]:
    before = yield from _text(where, change.before)
    after = yield from _text(where, change.after)
    if before is None or after is None:
        return ""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"submitted/{name}",
        f"decided/{name}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _text(path: str, side: Side | None) -> Plan[str | None]:
    """Return one side's text; None where it is none, is long, or cannot be read any more."""
    if side is None:
        return ""
    if side.size > MAX_TEXT:
        return None
    try:
        data = yield from content(path, version=side.version, patience=PATIENCE)
        return data.decode()
    except (SignoffError, UnicodeDecodeError):
        return None
