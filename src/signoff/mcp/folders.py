"""Tools for what lies where: list a folder, find by name, move or rename."""

from typing import Annotated

from msgspec import Meta, Struct

from signoff.actions import folders, moves, names
from signoff.actions.folder_views import HoldView, TreeItem
from signoff.actions.moves import MoveView
from signoff.domain.stages import Stage
from signoff.domain.tokens import tokens_of
from signoff.mcp.tools import Answer, Tool, line, tool
from signoff.mcp.visit import Visit

PAGE = 100

STAGES = {
    Stage.INPUT: "work to do: claim_work",
    Stage.PROCESSING: "work that is claimed",
    Stage.NEEDS_REVIEW: "in front of people: wait_for_decision",
    Stage.FEEDBACK: "sent back: read_feedback, then claim_work",
    Stage.APPROVED: "approved by a person, frozen",
    Stage.REJECTED: "rejected by a person, frozen",
}


class List(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which folder."""

    path: Annotated[
        str,
        Meta(
            description="The folder, from the workspace's root; empty for the root itself.",
            examples=["", "input", "processing/cl_01jx"],
        ),
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many to list at most.")] = PAGE
    cursor: Annotated[
        str, Meta(description="`next_cursor` of the page before; empty for the first.")
    ] = ""


class Item(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file or a folder."""

    path: str
    type: str
    size: int = 0
    version: int = 0
    media_type: str = ""
    handoff: str | None = None
    held_by: str | None = None


class Listed(Struct, frozen=True, kw_only=True):
    """What was listed or found; `next_cursor` is there when there is more."""

    items: tuple[Item, ...]
    next_cursor: str | None = None


async def list_(visit: Visit, asked: List) -> Answer:
    """List a folder: its files and folders, who holds them, and which handoff they are in.

    An empty path lists the root with its stages: input/ is work to do, feedback/ what people
    sent back to you, needs-review/ what they look at now.
    """
    page = await visit.ask(
        folders.list_folder,
        folders.ListFolder(path=asked.path.strip("/"), limit=asked.limit, cursor=asked.cursor),
    )
    where = asked.path.strip("/") or "the workspace"
    lines = [f"{len(page.items)} in {where}:" if page.items else f"{where} is empty."]
    lines += [f"- {told(each)}" for each in page.items]
    if page.next:
        lines.append(f'There is more: list again with cursor="{page.next}".')
    listed = Listed(items=tuple(item(each) for each in page.items), next_cursor=page.next)
    return Answer(value=listed, text="\n".join(lines))


def item(each: TreeItem) -> Item:
    """Show a file or folder to a model: what it needs, and no more."""
    holds = [hold for hold in (each.claim, each.lock) if isinstance(hold, HoldView)]
    return Item(
        path=each.path,
        type=each.type,
        size=each.size,
        version=each.version,
        media_type=each.media_type,
        handoff=each.handoff if isinstance(each.handoff, str) else None,
        held_by=holds[0].holder.name if holds else None,
    )


def told(each: TreeItem) -> str:
    """Say what a file or folder is, in one line."""
    seen = item(each)
    if seen.type == "folder":
        stage = STAGES.get(each.path)  # type: ignore[call-overload]
        return line(f"{each.path}/", stage, seen.handoff, _held(seen))
    return line(each.path, f"{seen.size} bytes", f"version {seen.version}", seen.handoff,
                _held(seen))  # fmt: skip


def _held(seen: Item) -> str:
    return f"held by {seen.held_by}" if seen.held_by else ""


class Find(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for."""

    words: Annotated[
        str,
        Meta(
            description="Words of the name, each from its beginning.",
            examples=["quarterly report", "invoice 2026"],
        ),
    ]
    limit: Annotated[int, Meta(ge=1, le=100, description="How many to find at most.")] = 20


async def find(visit: Visit, asked: Find) -> Answer:
    """Find files and folders anywhere by the words of their names."""
    page = await visit.ask(names.find, names.Find(q=asked.words, limit=asked.limit))
    lines = [f"- {told(each)}" for each in page.items]
    text = "\n".join(lines) or "Nothing has such a name. Try fewer words, or list a folder."
    found = Listed(items=tuple(item(each) for each in page.items))
    return Answer(value=found, text=text)


class Move(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
           rename={"from_": "from"}):  # fmt: skip
    """From where to where."""

    from_: Annotated[
        str, Meta(description="What to move.", examples=["processing/cl_01jx/draft.md"])
    ]
    to: Annotated[
        str,
        Meta(
            description="Its new path with its new name; missing folders are made.",
            examples=["processing/cl_01jx/report.md"],
        ),
    ]
    overwrite: Annotated[
        bool, Meta(description="Whether a file that is there gets this as its next version.")
    ] = False
    if_match: Annotated[
        str, Meta(description="The etag that `read` gave of the file that is overwritten.")
    ] = ""
    lock_token: Annotated[
        str, Meta(description="The token of your claim or lock on either end, if there is one.")
    ] = ""


async def move(visit: Visit, asked: Move) -> Answer:
    """Move or rename a file or folder.

    Moving into needs-review/ hands it over as `submit_for_review` does, without a word to the
    reviewers; better call that. Take work from input/ with `claim_work`, never by moving it.
    """
    done: MoveView = await visit.do(
        moves.move,
        moves.Move(
            from_=asked.from_.strip("/"),
            to=asked.to.strip("/"),
            overwrite=asked.overwrite,
            if_match=(asked.if_match,) if asked.if_match else (),
        ),
        tokens=tokens_of(asked.lock_token),
    )
    text = f"It is at {done.path} now."
    if isinstance(done.handoff, str):
        text += f" That handed it over: wait_for_decision with handoff={done.handoff}."
    return Answer(value=done, text=text)


TOOLS: tuple[Tool, ...] = (
    tool(list_, List, Listed, title="List a folder", acts=("folder.list",), reads=True),
    tool(find, Find, Listed, title="Find by name", acts=("file.find",), reads=True),
    tool(move, Move, MoveView, title="Move or rename", acts=("file.move",), destroys=True),
)
