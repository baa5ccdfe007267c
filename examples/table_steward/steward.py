"""The agent itself: claim, work, hand over, wait. All that it knows is on the server.

Killed at any point, it goes on where it was: its claim is still there, the package is made
again from the same bytes, and writing the same bytes again changes nothing.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from table_steward.choices import dumps
from table_steward.client import Claim, Refused, Workspace
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
    workspace: Workspace,
    *,
    stop: threading.Event,
    once: bool = False,
    wait: float = 5.0,
    glob: str = "*.csv",
    say: Callable[[str], None] = print,
) -> None:
    """Do all work there is, and wait for more until told to stop. Feedback comes first."""
    for claim_id in workspace.my_claims():
        with suppress(Refused):  # it ended between the two requests
            work(workspace, workspace.take_over(claim_id), say=say)
    while not stop.is_set():
        claim = workspace.claim(stage="feedback", wait=0) or workspace.claim(
            stage="input", glob=glob, wait=0 if once else wait
        )
        if claim is not None:
            work(workspace, claim, say=say)
        elif once:
            return


def work(workspace: Workspace, claim: Claim, *, say: Callable[[str], None]) -> None:
    """Do one piece of work; if the server refuses, say so and let go of it."""
    try:
        job = understand(workspace, claim)
        package = prepare(job.data, memory=job.memory, unclear=job.unclear, remark=job.remark)
        context = {**package.context, "sources": list(job.sources)}
        package = replace(package, context=context)
        handoff = deliver(workspace, claim, package, folder=job.folder)
        say(f"{claim.path}: {handoff['kind']}, round {handoff['round']}, at {handoff['path']}")
    except Refused as refusal:
        say(f"{claim.path}: {refusal}")
        with suppress(Refused):  # lapsed or taken over: there is nothing to let go of
            workspace.release(claim)


def understand(workspace: Workspace, claim: Claim) -> Job:
    """Find the file, what people said of it, and where its package is or will be."""
    name = PurePosixPath(claim.path).name
    try:
        data, _ = workspace.read(claim.path)
    except Refused as refusal:
        if refusal.code != "is_folder":
            raise
        return _next_round(workspace, claim)
    memory = Memory(name=name)
    stem = memory.stem if memory.stem != name else f"{name}-cleaned"
    return Job(data=data, memory=memory, folder=f"{claim.folder}/{stem}")


def deliver(
    workspace: Workspace, claim: Claim, package: Package, *, folder: str
) -> dict[str, object]:
    """Write the package file by file, clear away what no longer belongs, and hand it over."""
    workspace.make_folder(folder, claim=claim)
    workspace.make_folder(f"{folder}/original", claim=claim)
    # The sidecar is written as a file too, so that no word of an earlier round stays in it.
    files = {SIDECAR: dumps(package.context), **package.files}
    for path, data in files.items():
        workspace.write(f"{folder}/{path}", data, claim=claim)
    belongs = {*files, *NOTES}
    for path in list(workspace.walk(folder)):
        if path.removeprefix(f"{folder}/") not in belongs:
            workspace.remove(path, claim=claim)
    return workspace.hand_over(folder, package.context, claim=claim)


def _next_round(workspace: Workspace, claim: Claim) -> Job:
    """Take up a package of ours again, with what people answered, asked for, or edited."""
    there = {path.removeprefix(f"{claim.path}/"): path for path in workspace.walk(claim.path)}
    raw = workspace.read(there[CHOICES])[0] if CHOICES in there else b""
    originals = [path for path in there if path.startswith("original/")]
    tables = [path for path in there if path.endswith(".csv") and path != "changes.csv"]
    first = (originals or tables or [f"{claim.path}.csv"])[0]
    memory = Memory.from_json(raw, name=PurePosixPath(first).name)
    data, _ = workspace.read(there.get(first, f"{claim.path}/{first}"))
    remark = ""
    if memory.made and memory.table in there:
        table, _ = workspace.read(there[memory.table])
        if hashlib.sha256(table).hexdigest() not in memory.made:
            data, remark = table, f"You edited {memory.table}: I started from your version."
            memory = replace(memory, choices=memory.choices.for_clean_table())
    reading = read(data, choices=memory.choices)
    header = reading.table.header if reading.table else ()
    heard = listen(claim.feedback, choices=memory.choices, header=header)
    return Job(
        data=data,
        memory=replace(memory, choices=heard.choices),
        folder=claim.path,
        unclear=heard.unclear,
        remark=remark,
        sources=_sources(workspace, there.get(SIDECAR, "")),
    )


def _sources(workspace: Workspace, sidecar: str) -> tuple[dict[str, Any], ...]:
    try:
        sources = json.loads(workspace.read(sidecar)[0])["sources"] if sidecar else []
    except (ValueError, LookupError, TypeError):
        return ()
    return tuple(each for each in sources if isinstance(each, dict))
