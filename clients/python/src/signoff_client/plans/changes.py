"""What people changed in a package between its submission and their decision."""

import difflib

from signoff_client.asking import Patience, ask, tell
from signoff_client.decisions import Change
from signoff_client.errors import SignoffError
from signoff_client.place import quoted
from signoff_client.steps import Plan
from signoff_client.views import Compared, FileChange, HandoffView, Side

MAX_TEXT = 256 * 1024
"""Bytes; of longer files it is said that they changed, not how."""
MAX_TEXTS = 20
"""Files whose texts are compared."""

PATIENCE = Patience()


def changes(view: HandoffView) -> Plan[tuple[Change, ...]]:
    """Return the files that changed, with the difference of those that are short texts."""
    path = f"handoffs/{quoted(view.id)}/changes"
    params = {"round": view.round, "since": view.round}
    compared = yield from ask("GET", path, Compared, patience=PATIENCE, params=params)
    found: list[Change] = []
    for number, change in enumerate(compared.files):
        text = (yield from _difference(view, change)) if number < MAX_TEXTS else ""
        found.append(
            Change(
                path=change.path,
                change=change.change,
                before_digest=change.before.digest if change.before else "",
                after_digest=change.after.digest if change.after else "",
                difference=text,
            )
        )
    return tuple(found)


def _difference(view: HandoffView, change: FileChange) -> Plan[str]:
    where = file_of(view, change.path)
    before = yield from _text(where, change.before)
    after = yield from _text(where, change.after)
    if before is None or after is None:
        return ""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"submitted/{change.path}",
        f"decided/{change.path}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def file_of(view: HandoffView, path: str) -> str:
    """Return where a file of a package is; a package of one file is that file."""
    at = view.path or ""
    single = view.files_count == 1 and at.rpartition("/")[2] == path
    return at if single else f"{at}/{path}"


def _text(path: str, side: Side | None) -> Plan[str | None]:
    """Return one side's text; None where it is none, is long, or cannot be read any more."""
    if side is None:
        return ""
    if side.size > MAX_TEXT:
        return None
    params = {"version": side.version}
    try:
        reply = yield from tell(
            "GET", f"files/{quoted(path)}", patience=PATIENCE, params=params
        )
        return reply.body.decode()
    except (SignoffError, UnicodeDecodeError):
        return None
