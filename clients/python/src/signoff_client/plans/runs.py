"""A ruled call is run once: a marker that only one process can make decides who runs it."""

import uuid
from dataclasses import dataclass
from typing import Any

import msgspec

from signoff_client.asking import Patience
from signoff_client.calls import FOLDER, Ruled
from signoff_client.errors import AlreadyRun, Stale
from signoff_client.place import quoted
from signoff_client.plans import files
from signoff_client.plans.pages import all_of
from signoff_client.plans.uploads import Wish
from signoff_client.steps import Plan
from signoff_client.views import File, Version


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Who runs a call, or what came of it."""

    state: str
    by: str
    result: msgspec.Raw = msgspec.Raw(b"null")
    kept: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """It is ours to run; or it ran, and `result` is what came of it."""

    ours: bool
    etag: str = ""
    by: str = ""
    result: Any = None


def begin(ruled: Ruled, *, patience: Patience) -> Plan[Turn]:
    """Take the turn to run a call, or return what came of it; raise AlreadyRun if neither."""
    ruled.check(ruled.name, ruled.arguments)
    mark = Mark(state="running", by=uuid.uuid4().hex)
    path = _mark(ruled)
    wish = Wish(path=path, if_none_match="*", content_type="application/json")
    try:
        made: File = yield from files.write(wish, msgspec.json.encode(mark), patience=patience)
    except Stale:
        there = yield from _standing(ruled, patience)
        if there.state == "done" and there.kept:
            return Turn(ours=False, result=msgspec.json.decode(there.result))
        raise AlreadyRun(
            f"{ruled.decision.handoff} is not run again: {path} says it is {there.state}"
        ) from None
    return Turn(ours=True, etag=made.etag, by=mark.by)


def _standing(ruled: Ruled, patience: Patience) -> Plan[Mark]:
    """Return the marker that is there; the folder is shared, so it is asked who wrote it."""
    path = _mark(ruled)
    versions = yield from all_of(f"versions/{quoted(path)}", Version, patience=patience)
    strangers = {each.author.id: each.author for each in versions}
    strangers.pop(ruled.proposed_by, None)
    if strangers:
        who = next(iter(strangers.values())).name
        raise AlreadyRun(f"{path} was written by {who}, and says nothing about a run of ours")
    newest = versions[0].version
    raw = yield from files.content(path, version=newest, patience=patience)
    try:
        return msgspec.json.decode(raw, type=Mark)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AlreadyRun(f"{path} cannot be read: {error}") from error


def finish(
    ruled: Ruled, turn: Turn, *, state: str, result: Any, patience: Patience
) -> Plan[None]:
    """Note what came of a run; a result that is no JSON is not kept."""
    try:
        kept, raw = True, msgspec.Raw(msgspec.json.encode(result))
    except (TypeError, ValueError):
        kept, raw = False, msgspec.Raw(b"null")
    mark = Mark(state=state, by=turn.by, result=raw, kept=kept)
    wish = Wish(path=_mark(ruled), if_match=turn.etag, content_type="application/json")
    yield from files.write(wish, msgspec.json.encode(mark), patience=patience)


def _mark(ruled: Ruled) -> str:
    return f"{FOLDER}/runs/{ruled.decision.handoff}.json"
