"""The agent itself: claim, work, hand over, wait. All that it knows is on the server.

Killed at any point, it goes on where it was: its claim is still there, the package is made
again from the same bytes, and writing the same bytes again changes nothing.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, cast

import msgspec

from signoff_client import Handoff, Item, Refused, Said, Signoff
from table_steward.choices import dumps
from table_steward.instructions import listen
from table_steward.memories import Memory
from table_steward.packages import CHOICES, Package, prepare
from table_steward.readings import read

SIDECAR = "handoff.json"
NOTES = frozenset({"handoff.feedback.md", "handoff.answers.json"})
"""What the server writes into a package, and takes out again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a claim asks for: a file, what is known of it, and what was not understood."""

    data: bytes
    memory: Memory
    folder: str
    unclear: tuple[str, ...] = ()
    remark: str = ""
    sources: tuple[dict[str, Any], ...] = ()
    """What the package was made from, as the server wrote it down in the first round."""


def run(
    signoff: Signoff,
    *,
    once: bool = False,
    wait: float = 30.0,
    glob: str = "*.csv",
    say: Callable[[str], None] = print,
) -> None:
    """Do all work there is, and wait for more until interrupted. Feedback comes first."""
    for claim in signoff.claims():
        with suppress(Refused):  # it ended between the two requests
            work(signoff.takeover(claim.id), say=say)
    while True:
        item = signoff.claim(stage="feedback") or signoff.claim(
            glob, stage="input", wait=0 if once else wait
        )
        if item is not None:
            work(item, say=say)
        elif once:
            return


def work(item: Item, *, say: Callable[[str], None]) -> None:
    """Do one piece of work; if the server refuses, say so and let go of it."""
    try:
        with item:
            job = understand(item)
            package = prepare(
                job.data, memory=job.memory, unclear=job.unclear, remark=job.remark
            )
            handoff = deliver(item, package, folder=job.folder, sources=job.sources)
        say(f"{item.path}: {handoff.kind}, round {handoff.round}, at {handoff.path}")
    except Refused as refusal:
        say(f"{item.path}: {refusal}")


def understand(item: Item) -> Job:
    """Find the file, what people said of it, and where its package is or will be."""
    name = PurePosixPath(item.path).name
    try:
        data = item.read()
    except Refused as refusal:
        if refusal.code != "is_folder":
            raise
        return _next_round(item)
    memory = Memory(name=name)
    stem = memory.stem if memory.stem != name else f"{name}-cleaned"
    return Job(data=data, memory=memory, folder=f"{item.folder}/{stem}")


def deliver(
    item: Item, package: Package, *, folder: str, sources: tuple[dict[str, Any], ...]
) -> Handoff:
    """Write the package file by file, clear away what no longer belongs, and hand it over."""
    context = {**package.context, "sources": list(sources)}
    # The sidecar is written as a file too, so that no word of an earlier round stays in it.
    files = {SIDECAR: dumps(context), **package.files}
    for path, data in files.items():
        item.write(data, f"{folder}/{path}")
    belongs = {*files, *NOTES}
    for path in _below(item, folder):
        if path.removeprefix(f"{folder}/") not in belongs:
            item.delete(path)
    submit = item.escalate if context.pop("kind") == "escalation" else item.submit
    context["dedupe_key"] = f"table-steward:{item.id}"
    return submit(folder, **cast("Said", context))


def _below(item: Item, folder: str) -> list[str]:
    return [each.path for each in item.files() if each.path.startswith(f"{folder}/")]


def _next_round(item: Item) -> Job:
    """Take up a package of ours again, with what people answered, asked for, or edited."""
    there = {path.removeprefix(f"{item.path}/"): path for path in _below(item, item.path)}
    raw = item.read(there[CHOICES]) if CHOICES in there else b""
    originals = [path for path in there if path.startswith("original/")]
    tables = [path for path in there if path.endswith(".csv") and path != "changes.csv"]
    first = (originals or tables or [f"{item.path}.csv"])[0]
    memory = Memory.from_json(raw, name=PurePosixPath(first).name)
    data = item.read(there.get(first, f"{item.path}/{first}"))
    remark = ""
    if memory.made and memory.table in there:
        table = item.read(there[memory.table])
        if hashlib.sha256(table).hexdigest() not in memory.made:
            data, remark = table, f"You edited {memory.table}: I started from your version."
            memory = replace(memory, choices=memory.choices.for_clean_table())
    reading = read(data, choices=memory.choices)
    header = reading.table.header if reading.table else ()
    feedback = msgspec.to_builtins(item.feedback) if item.feedback else {}
    heard = listen(feedback, choices=memory.choices, header=header)
    return Job(
        data=data,
        memory=replace(memory, choices=heard.choices),
        folder=item.path,
        unclear=heard.unclear,
        remark=remark,
        sources=_sources(item, there.get(SIDECAR, "")),
    )


def _sources(item: Item, sidecar: str) -> tuple[dict[str, Any], ...]:
    try:
        sources = json.loads(item.read(sidecar))["sources"] if sidecar else []
    except (ValueError, LookupError, TypeError):
        return ()
    return tuple(each for each in sources if isinstance(each, dict))
