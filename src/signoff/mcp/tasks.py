"""Waiting as a task, for clients that declare it (extension `io.modelcontextprotocol/tasks`).

A task is the handoff itself, so it outlives every server and needs no row of its own.
"""

from mcp_types.jsonrpc import INVALID_PARAMS, MISSING_REQUIRED_CLIENT_CAPABILITY

from signoff.actions import handoffs
from signoff.actions.handoff_views import HandoffView
from signoff.domain.errors import NotFound
from signoff.mcp.messages import Fault, Json
from signoff.mcp.outcomes import awaiting, outcome
from signoff.mcp.tools import shown
from signoff.mcp.visit import TASKS, Visit

POLL_MS = 5000


def created(view: HandoffView, *, after_round: int) -> Json:
    """Return a task in place of a decision that is not there yet."""
    return {"resultType": "task", **_task(view, after_round)}


def _task(view: HandoffView, after_round: int) -> Json:
    decided = view.is_settled(after_round=after_round)
    reviewed = [review.at for review in view.reviews]
    ended = view.decision.at if decided and view.decision else None
    return {
        "taskId": f"{view.id}.{after_round}" if after_round else view.id,
        "status": "completed" if decided else "working",
        "statusMessage": view.state.replace("_", " ") if decided else awaiting(view),
        "createdAt": view.opened_at,
        "lastUpdatedAt": ended or max([view.opened_at, *reviewed]),
        "ttlMs": None,
        "pollIntervalMs": POLL_MS,
    }


async def detailed(visit: Visit, name: str) -> Json:
    """Return a task as it stands, with the decision once there is one."""
    handoff, _, round_ = name.partition(".")
    after_round = int(round_) if round_.isdecimal() and len(round_) < 10 else 0  # noqa: PLR2004
    try:
        view = await visit.ask(handoffs.read, handoffs.One(handoff=handoff))
    except NotFound:
        raise Fault(INVALID_PARAMS, f"There is no task “{name[:80]}”") from None
    task = _task(view, after_round)
    if task["status"] == "completed":
        task["result"] = shown(outcome(view, after_round))
    return task


def check_declared(visit: Visit) -> None:
    """Refuse a client that did not declare that it knows tasks."""
    if not visit.takes_tasks:
        raise Fault(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This is for clients that declare tasks",
            {"requiredCapabilities": {"extensions": {TASKS: {}}}},
        )


async def get(visit: Visit, params: Json) -> Json:
    """Look at a task."""
    check_declared(visit)
    return await detailed(visit, _name(params))


async def update(visit: Visit, params: Json) -> Json:
    """Take answers to what a task asked: ours ask their client nothing."""
    check_declared(visit)
    await detailed(visit, _name(params))
    return {}


async def cancel(visit: Visit, params: Json) -> Json:
    """Stop waiting. The handoff goes on; `withdraw` takes it back."""
    check_declared(visit)
    await detailed(visit, _name(params))
    return {}


def _name(params: Json) -> str:
    name = params.get("taskId")
    if not isinstance(name, str):
        raise Fault(INVALID_PARAMS, "A task goes by its `taskId`")
    return name
