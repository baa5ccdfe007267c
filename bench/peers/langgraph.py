"""LangGraph with its SQLite and PostgreSQL savers, in turn with our own handoffs."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.cells import handoffs
from bench.peers.environments import python_with
from bench.postgres import database

LOOP = Path(__file__).with_name("langgraph_loop.py")
PACKAGES = (
    "langgraph",
    "langgraph-checkpoint-sqlite",
    "langgraph-checkpoint-postgres",
    "psycopg[binary,pool]",
)
THREADS = (1, 8)
"""Its own best is taken: it has no server, so more threads than these only wait."""
Figures = dict[str, float | str]


def langgraph(seconds: float) -> Figures:
    """The same loop there and here, on SQLite, one after the other in the same round."""
    with tempfile.TemporaryDirectory() as folder:
        theirs = _best("sqlite", folder, seconds)
    ours = handoffs(seconds)
    return _compared(ours, theirs)


def langgraph_postgres(seconds: float) -> Figures:
    """The same loop there and here, on PostgreSQL."""
    with database() as url:
        theirs = _best("postgres", url, seconds)
    with database() as url:
        ours = handoffs(seconds, database_url=url)
    return _compared(ours, theirs)


def _best(kind: str, place: str, seconds: float) -> dict[str, Any]:
    found = []
    for threads in THREADS:
        target = f"{place}/{threads}.db" if kind == "sqlite" else place
        ran = subprocess.run(
            [
                python_with("langgraph", *PACKAGES),
                "-I",  # this folder has a module of its name
                LOOP,
                kind,
                target,
                str(threads),
                str(seconds),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise RuntimeError(ran.stderr[-2000:])
        found.append({"threads": threads, **json.loads(ran.stdout)})
    return max(found, key=lambda each: each["per_s"])


def _compared(ours: Figures, theirs: dict[str, Any]) -> Figures:
    return {
        "handoffs_per_s": ours["handoffs_per_s"],
        "langgraph_per_s": theirs["per_s"],
        "ratio": float(ours["handoffs_per_s"]) / theirs["per_s"],
        "p50_ms": ours["p50_ms"],
        "langgraph_p50_ms": theirs["p50_ms"],
        "langgraph_threads": float(theirs["threads"]),
        "errors": ours["errors"],
    }
