"""Every measurement by name, with what is promised of its figures."""

from collections.abc import Callable
from typing import NamedTuple

from bench import cells
from bench.drives import drives
from bench.growth import growth
from bench.memory import memory
from bench.mixed import mixed
from bench.peers.langgraph import langgraph, langgraph_postgres
from bench.postgres import postgres
from bench.resumable import resumable
from bench.tools import mcp
from bench.waiting import waiting
from bench.webhooks import webhooks

Figures = dict[str, float | str]


class Cell(NamedTuple):
    """A measurement, and for some of its figures the least (`>=`) or the most (`<=`)."""

    run: Callable[[float], Figures]
    promises: dict[str, tuple[str, float]]


CELLS: dict[str, Cell] = {
    "handoffs": Cell(cells.handoffs, {"handoffs_per_s": (">=", 800)}),
    "uploads": Cell(cells.uploads, {"puts_per_s": (">=", 2_500)}),
    "large": Cell(
        cells.large,
        {"upload_100MiB_MB_per_s": (">=", 350), "download_10MiB_MB_per_s": (">=", 900)},
    ),
    "resumable": Cell(
        resumable, {"whole_cpu_ratio": ("<=", 1.2), "pieces_cpu_ratio": ("<=", 2.5)}
    ),
    "start": Cell(cells.start, {"first_answer_s": ("<=", 1)}),
    "mixed": Cell(
        mixed,
        {"writes_kept": (">=", 0.6), "write_p99_ms": ("<=", 30), "read_p99_ms": ("<=", 10)},
    ),
    "growth": Cell(
        growth,
        {
            "page_ratio": ("<=", 1.5),
            "page_deep_ratio": ("<=", 1.5),
            "claim_ratio": ("<=", 1.5),
            "inbox_ratio": ("<=", 1.5),
            "inbox_page_ratio": ("<=", 1.5),
            "move_ratio": ("<=", 1.5),
            "move_10000_p50_ms": ("<=", 2),
            "submit_10000_p50_ms": ("<=", 40),
        },
    ),
    "memory": Cell(memory, {"resident_MB": ("<=", 200)}),
    "waiting": Cell(waiting, {"answered_early": ("<=", 0), "crowded_ratio": ("<=", 1.2)}),
    "webhooks": Cell(
        webhooks,
        {
            "handoffs_per_s": (">=", 500),
            "arrival_p99_ms": ("<=", 100),
            "fifty_deliveries_per_min": (">=", 10_000),
            "idle_cpu_s_per_min": ("<=", 0.3),
        },
    ),
    "postgres": Cell(postgres, {"handoffs_per_s": (">=", 200)}),
    "drives": Cell(
        drives,
        {
            "propfind_1000_ms": ("<=", 10),
            "propfind_10000_ms": ("<=", 100),
            "lock_put_unlock_per_s": (">=", 800),
            "lock_put_unlock_errors": ("<=", 0),
            "put_4KiB_per_s": (">=", 2_500),
            "get_4KiB_per_s": (">=", 5_000),
            "move_per_s": (">=", 2_000),
            "move_10000_ms": ("<=", 2),
        },
    ),
    "mcp": Cell(
        mcp,
        {"read_calls_per_s": (">=", 1_000), "work_calls_per_s": (">=", 1_000)},
    ),
    "langgraph": Cell(langgraph, {"ratio": (">=", 8)}),
    "langgraph_postgres": Cell(langgraph_postgres, {}),
}
