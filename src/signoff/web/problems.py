"""A refusal as a page: what was not done, who or why, until when, and what would work."""

import logging
import re
from typing import Any
from urllib.parse import quote

from signoff.actions.views import when
from signoff.asgi.answers import Headers
from signoff.asgi.problems import status_of
from signoff.domain.errors import Code, Refusal
from signoff.domain.ids import Instant
from signoff.web.pages import Shell
from signoff.web.visits import Visit

_LOG = logging.getLogger(__name__)

TITLES: dict[int, str] = {
    400: "That cannot be read.",
    401: "Nobody knows you here.",
    403: "That is not yours to do.",
    404: "There is nothing here.",
    405: "That is no way in.",
    409: "Things have moved on.",
    410: "This is gone.",
    412: "It is not as you saw it.",
    413: "That is too large.",
    415: "That is of no kind we know.",
    416: "There is no such part.",
    422: "That makes no sense.",
    423: "Somebody holds this.",
    428: "Say what you saw.",
    429: "Too many, too fast.",
    503: "Just now it is too busy.",
    507: "There is no room left.",
}
FOR_PROGRAMS = re.compile(r"\b(GET|POST|PUT|DELETE|Send) |`")
"""A hint that speaks of requests is none to somebody who reads a page."""

FAULT = "Something went wrong on our side."


FAULTY = Refusal(
    "Nothing was changed",
    code=Code.INTERNAL,
    hint="Try again; if it stays so, tell whoever runs the server the time.",
)
"""What is said when it is nobody's fault but ours."""


def problem_of(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as pages show it."""
    status = status_of(refusal)
    facts = refusal.facts
    holder = facts.get("holder_name") or facts.get("holder")
    until = facts.get("expires_at") or facts.get("until")
    return {
        "code": refusal.code.value,
        "title": TITLES.get(status, FAULT),
        "detail": sentence(refusal.message),
        "hint": "" if FOR_PROGRAMS.search(refusal.hint) else sentence(refusal.hint),
        "holder": {"kind": _kind(str(facts.get("holder", ""))), "name": holder}
        if holder
        else None,
        "until": when(Instant(until)) if isinstance(until, int) else None,
        "url": "",
    }


def _kind(holder: str) -> str:
    return "agent" if holder.startswith("ag_") else "person"


def sentence(words: str) -> str:
    """Return words with a full stop, so that another sentence may follow."""
    return words if not words or words[-1] in ".!?”" else f"{words}."


async def show(visit: Visit, refusal: Refusal) -> None:
    """Answer with the refusal as a page, in the frame that the reader knows."""
    status = status_of(refusal)
    headers: Headers = []
    if status in (429, 503):
        wait = refusal.facts.get("retry_after") or 1
        headers.append((b"retry-after", str(wait).encode()))
    if allow := refusal.facts.get("allow"):
        headers.append((b"allow", ", ".join(allow).encode()))
    problem = problem_of(refusal)
    if "workspace" in visit.path and (handoff := facts_handoff(refusal)):
        problem |= {"url": f"{visit.root}/handoffs/{handoff}", "url_words": "To the handoff"}
    await visit.show(
        "problem.html",
        status=status,
        headers=headers,
        shell=await _shell(visit),
        problem=problem,
    )


def facts_handoff(refusal: Refusal) -> str:
    """Return the handoff that a refusal is about, if it names one."""
    said = refusal.facts.get("handoff")
    return quote(said, safe="") if isinstance(said, str) else ""


async def _shell(visit: Visit) -> Shell:
    """Return the frame; where it cannot be made either, a bare one."""
    try:
        return await visit.shell()
    except Exception:  # noqa: BLE001  the refusal is told all the same
        _LOG.exception("The frame of a page could not be made")
        visit.known = None
        return await visit.shell()
