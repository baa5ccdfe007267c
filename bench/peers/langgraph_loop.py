"""Runs in the peer's environment: a graph that stops for a person, again and again.

`langgraph_loop.py (sqlite|postgres) TARGET THREADS SECONDS` prints one line of JSON.
A round is: start a thread of the graph, which pauses durably before the review; read what is
pending; resume with the verdict, which runs it to its end.
"""

import json
import sqlite3
import sys
import threading
import time
import uuid
from typing import Any, TypedDict

from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

DOCUMENT = "x" * 400


class Work(TypedDict, total=False):
    document: str
    verdict: str
    status: str


def graph() -> Any:
    made = StateGraph(Work)
    made.add_node("write", lambda _state: {"status": "written"})
    made.add_node("review", lambda state: {"verdict": interrupt(state["document"])})
    made.add_node("publish", lambda state: {"status": state["verdict"]})
    for before, after in ((START, "write"), ("write", "review"), ("review", "publish")):
        made.add_edge(before, after)
    made.add_edge("publish", END)
    return made


def saver(kind: str, target: str) -> Any:
    if kind == "sqlite":
        return SqliteSaver(sqlite3.connect(target, check_same_thread=False))
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    return PostgresSaver(ConnectionPool(target, min_size=4, max_size=34, kwargs=options))


def main() -> None:
    kind, target, threads, seconds = sys.argv[1:]
    keeper = saver(kind, target)
    keeper.setup()
    app = graph().compile(checkpointer=keeper)
    took: list[float] = []
    until = time.perf_counter() + float(seconds)

    def work() -> None:
        while (began := time.perf_counter()) < until:
            where = {"configurable": {"thread_id": uuid.uuid4().hex}}
            app.invoke({"document": DOCUMENT}, where, durability="sync")
            if app.get_state(where).next != ("review",):
                raise RuntimeError("it did not stop for the person")
            done = app.invoke(Command(resume="approve"), where, durability="sync")
            if done["status"] != "approve":
                raise RuntimeError(done)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    workers = [threading.Thread(target=work) for _ in range(int(threads))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    rate = len(took) / (time.perf_counter() - began)
    took.sort()
    print(json.dumps({"per_s": rate, "p50_ms": took[len(took) // 2] * 1e3, "n": len(took)}))


main()
