"""The notes that the server writes beside a decided package, for those who know only files."""

import msgspec

from signoff.actions import media_types, tree
from signoff.actions.context import Context
from signoff.actions.placements import Moved
from signoff.domain.files import Node, note_name
from signoff.domain.handoffs import Decision, Handoff, Verdict
from signoff.store.comments import Comment

FEEDBACK, ANSWERS = ".feedback.md", ".answers.json"

_SAID = {
    Verdict.REQUEST_CHANGES: "Changes requested",
    Verdict.REJECT: "Rejected",
    Verdict.ANSWER: "Answered",
    Verdict.APPROVE: "Approved",
}


def write(ctx: Context, handoff: Handoff, decision: Decision, moved: Moved) -> None:
    """Write what was said of a package that was not approved (RULES 8)."""
    if decision.verdict is Verdict.APPROVE:
        return
    package: Node = moved.node
    folder = package.id if package.is_folder else moved.chain[-1].id
    about = "handoff" if package.is_folder else package.name
    text = note_of(ctx, handoff, decision, ctx.tx.comments.of(handoff.id))
    tree.write_small(
        ctx,
        folder=folder,
        name=note_name(about, FEEDBACK),
        data=text.encode(),
        media_type=media_types.MARKDOWN,
    )
    if decision.answers is not None:
        tree.write_small(
            ctx,
            folder=folder,
            name=note_name(about, ANSWERS),
            data=msgspec.json.format(msgspec.json.encode(decision.answers), indent=2),
            media_type=media_types.JSON,
        )


def note_of(ctx: Context, handoff: Handoff, decision: Decision, comments: list[Comment]) -> str:
    """Return the feedback note: what was said, by whom, in which round, about which place."""
    by = ctx.actor(decision.by)
    lines = [
        f"# {_SAID[decision.verdict]}: {handoff.title}",
        "",
        f"By {by.name or by.id}, round {decision.round}.",
    ]
    if decision.reason:
        lines += ["", decision.reason]
    if decision.files:
        lines.append("")
    for one in decision.files:
        lines.append(f"- `{one.path}`: {_SAID[one.verdict].lower()}. {one.reason}".rstrip())
    said = [each for each in comments if each.round == decision.round]
    if said:
        lines += ["", "## Comments", ""]
        lines += [f"- {_anchored(each)}{each.text}" for each in said]
    if decision.answers:
        lines.append("")
    for name, answer in (decision.answers or {}).items():
        lines.append(f"- **{name}**: `{msgspec.json.encode(answer).decode()}`")
    return "\n".join(lines) + "\n"


def _anchored(comment: Comment) -> str:
    if comment.file is None and comment.anchor is None:
        return ""
    where = comment.file or ""
    if comment.anchor is not None:
        parts = msgspec.to_builtins(comment.anchor)
        where += "".join(f", {key} {value}" for key, value in parts.items())
    return f"`{where.removeprefix(', ')}`: "
