"""A tool for what was before: the versions of a file, what happened to a handoff."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from signoff.actions import events, versions
from signoff.domain.errors import Invalid
from signoff.mcp.tools import Answer, Tool, line, tool
from signoff.mcp.visit import Visit


class History(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which file, or of which handoff."""

    path: Annotated[str, Meta(description="A file, for its versions.")] = ""
    handoff: Annotated[
        str, Meta(description="A handoff, for what happened to it.", examples=["ho_01jx"])
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=100, description="How many at most.")] = 20


class Moment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version that was written, or a thing that happened."""

    at: datetime
    by: str
    version: int | None = None
    size: int | None = None
    event: str | None = None
    path: str | None = None
    reason: str | None = None


class Told(Struct, frozen=True, kw_only=True):
    """The newest first."""

    items: tuple[Moment, ...]


async def history(visit: Visit, asked: History) -> Answer:
    """See a file's versions, or what happened to a handoff, the newest first.

    `read` with `version` shows an earlier version.
    """
    if bool(asked.path) == bool(asked.handoff):
        raise Invalid("It is the history of one thing", hint="Send `path` or `handoff`.")
    found = await (_versions if asked.path else _events)(visit, asked)
    lines = [
        line(
            f"{each.at:%Y-%m-%d %H:%M} UTC",
            each.event or f"version {each.version}",
            each.by,
            each.path,
            each.reason,
        )
        for each in found
    ]
    text = "\n".join(f"- {one}" for one in lines) or "Nothing that you may see."
    return Answer(value=Told(items=found), text=text)


async def _versions(visit: Visit, asked: History) -> tuple[Moment, ...]:
    wanted = versions.ListVersions(path=asked.path, limit=asked.limit)
    page = await visit.ask(versions.list_, wanted)
    return tuple(
        Moment(at=each.at, by=each.author.name, version=each.version, size=each.size)
        for each in page.items
    )


async def _events(visit: Visit, asked: History) -> tuple[Moment, ...]:
    wanted = events.Recent(handoff=asked.handoff, limit=asked.limit)
    page = await visit.ask(events.recent, wanted)
    return tuple(
        Moment(
            at=each.at,
            by=each.actor.name,
            event=each.type,
            path=each.path if isinstance(each.path, str) else None,
            reason=each.reason if isinstance(each.reason, str) else None,
        )
        for each in page.items
    )


TOOLS: tuple[Tool, ...] = (
    tool(
        history,
        History,
        Told,
        title="See the history",
        acts=("version.list", "event.recent"),
        reads=True,
    ),
)
