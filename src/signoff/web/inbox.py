"""The inbox: what waits for a person, and the way in."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from signoff.actions import events, inboxes, workspaces
from signoff.actions.handoff_views import HandoffItem
from signoff.actions.inboxes import EVERYTHING, MINE, LookThrough, Waiting
from signoff.domain.handoffs import Kind
from signoff.web import previews
from signoff.web.pages import Shell
from signoff.web.visits import Visit
from signoff.web.words import KINDS, plural

MOST_AGENTS = 4
PLAIN = 200
"""So much of a summary stands in a row."""


async def home(visit: Visit) -> None:
    """Go to the one workspace that there is, or choose among several."""
    page = await visit.ask(workspaces.every, workspaces.Every())
    live = [each for each in page.items if each.closed_at is None]
    if len(live) == 1:
        await visit.go(f"/w/{live[0].slug}/inbox")
        return
    await visit.show("workspaces.html", shell=await visit.shell(), workspaces=page.items)


async def enter(visit: Visit) -> None:
    """Go from a workspace to its inbox."""
    await visit.go(f"{visit.root}/inbox")


async def show(visit: Visit) -> None:
    """Show what waits, in the view and with the filters of the query."""
    await put_up(visit)


async def put_up(visit: Visit, *, notice: dict[str, Any] | None = None) -> None:
    """Put up the list; `notice` says what became of what was just done to it."""
    asked = _asked(visit.query)
    found = await visit.ask(inboxes.look, asked)
    head = await visit.ask(events.head, events.Head())
    shell = await visit.shell("inbox", view=asked.view)
    groups = _groups(visit, found, shell)
    filtered = bool(asked.kind or asked.agent or asked.flagged)
    await visit.show(
        "inbox.html",
        shell=shell,
        title=_title(asked.view),
        lede=_lede(found, shell, asked, filtered=filtered),
        filters=_filters(asked, found),
        groups=groups,
        pick_url=f"{visit.root}/decisions",
        here_url=f"?{urlencode(visit.query)}" if visit.query else "",
        next_url=_url(asked, cursor=found.next) if found.next else "",
        empty=_empty(visit, asked, shell, filtered=filtered),
        notice=notice,
        live_url=f"{visit.api}/events?after={head.position}&type=handoff.",
    )


def _asked(query: dict[str, str]) -> LookThrough:
    view = query.get("view", MINE)
    kind = query.get("kind", "")
    known = view in (MINE, EVERYTHING) or view.startswith("group:")
    return LookThrough(
        view=view if known else MINE,
        kind=kind if kind in set(Kind) else "",
        agent=query.get("agent", ""),
        flagged=query.get("flagged") == "1",
        cursor=query.get("cursor", ""),
    )


def _title(view: str) -> str:
    named = {MINE: "Mine", EVERYTHING: "Everything"}
    return named.get(view) or view.removeprefix("group:")


def _url(asked: LookThrough, **changed: Any) -> str:
    said = {
        "view": "" if asked.view == MINE else asked.view,
        "kind": asked.kind,
        "agent": asked.agent,
        "flagged": "1" if asked.flagged else "",
        **changed,
    }
    return "?" + urlencode({name: value for name, value in said.items() if value})


# The rows.


def _groups(visit: Visit, found: Waiting, shell: Shell) -> list[dict[str, Any]]:
    """Return the rows under the names of the days by which they are due."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in found.items:
        row = _row(visit, item, unread=item.id in found.unread)
        groups.setdefault(_by_when(item.due_at, shell), []).append(row)
    return [{"name": name, "rows": rows} for name, rows in groups.items()]


def _by_when(due: datetime | None, shell: Shell) -> str:
    if due is None:
        return "No due date"
    if due < shell.now:
        return "Late"
    today = shell.now.astimezone(shell.zone).date()
    days = (due.astimezone(shell.zone).date() - today) // timedelta(days=1)
    if days == 0:
        return "Due today"
    if days == 1:
        return "Due tomorrow"
    return "Within a week" if days < 7 else "Later"  # noqa: PLR2004


def _row(visit: Visit, item: HandoffItem, *, unread: bool) -> dict[str, Any]:
    flags = [previews.severity_of(flag) for flag in item.flags]
    return {
        "id": item.id,
        "url": f"{visit.root}/handoffs/{quote(item.id, safe='')}",
        "digest": item.digest,
        "title": item.title,
        "summary": _plain(item.summary),
        "kind": item.kind,
        "round": item.round,
        "submitted_by": item.submitted_by,
        "flags": {name: flags.count(name) for name in ("critical", "warning", "note")},
        "confidence": item.confidence,
        "low": False,
        "unread": unread,
        "taken": item.taken_by,
        "may_pick": item.kind == Kind.APPROVAL,
        "due_at": item.due_at,
        "opened_at": item.opened_at,
    }


def _plain(summary: str) -> str:
    """Return the beginning of a summary without the marks of Markdown."""
    line = " ".join(summary.split())
    plain = line.translate(str.maketrans("", "", "*_`#>|")).strip()
    return plain if len(plain) <= PLAIN else f"{plain[: PLAIN - 1].rstrip()}…"


# What stands around them.


def _lede(found: Waiting, shell: Shell, asked: LookThrough, *, filtered: bool) -> str:
    count = next((view for view in shell.views if view.current), None)
    shown = len(found.items)
    if filtered or count is None or count.count is None or asked.cursor:
        more = " or more" if found.next else ""
        words = f"{plural(shown, 'handoff')}{more}"
        return words if shown else "Nothing fits"
    if not count.count:
        return "All decided"
    waiting = f"{count.most}+" if count.count > count.most else f"{count.count:,}"
    today = shell.now.astimezone(shell.zone).date()
    due = sum(
        item.due_at is not None and item.due_at.astimezone(shell.zone).date() <= today
        for item in found.items
    )
    return f"{waiting} waiting" + (f", {due} due today" if due else "")


def _filters(asked: LookThrough, found: Waiting) -> list[dict[str, Any]]:
    kinds = [
        {
            "name": words,
            "url": _url(asked, kind="" if asked.kind == kind else kind),
            "icon": str(kind),
            "current": asked.kind == kind,
        }
        for kind, words in KINDS.items()
    ]
    flagged = {
        "name": "Flagged",
        "url": _url(asked, flagged="" if asked.flagged else "1"),
        "icon": "flag",
        "current": asked.flagged,
    }
    agents = {
        item.submitted_by.id: item.submitted_by.name
        for item in found.items
        if item.submitted_by.kind == "agent"
    }
    if asked.agent:
        agents.setdefault(asked.agent, "This agent")
    shown = list(agents.items())[:MOST_AGENTS] if len(agents) > 1 or asked.agent else []
    return [
        *kinds,
        flagged,
        *(
            {
                "name": name,
                "url": _url(asked, agent="" if asked.agent == agent else agent),
                "icon": "bolt",
                "current": asked.agent == agent,
            }
            for agent, name in shown
        ),
    ]


def _empty(visit: Visit, asked: LookThrough, shell: Shell, *, filtered: bool) -> dict[str, str]:
    """Say what to do when nothing waits."""
    everything = next((v for v in shell.views if v.url.endswith(EVERYTHING)), None)
    if filtered:
        return {
            "title": "Nothing fits these filters.",
            "words": "Take one away, and the list is longer again.",
            "url": _url(asked, kind="", agent="", flagged=""),
            "url_words": "Show all",
        }
    if asked.view == MINE and everything is not None and everything.count:
        others = plural(everything.count, "handoff waits", "handoffs wait")
        return {
            "title": "Nothing waits for you.",
            "words": f"{others} for others.",
            "url": everything.url,
            "url_words": "Look at everything",
        }
    return {
        "title": "Nothing waits for you." if asked.view == MINE else "Nothing waits.",
        "words": "As soon as an agent hands something over, it stands here.",
        "url": f"{visit.root}/files",
        "url_words": "To the files",
    }
