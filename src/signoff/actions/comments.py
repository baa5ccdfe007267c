"""Comments on a handoff: write one, settle one, list them."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.actions.subjects import handoff_held, handoff_of
from signoff.actions.views import Page, Who, when, when_or_none, who_is
from signoff.domain.errors import Code, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import CommentId
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import Anchor
from signoff.store.comments import Comment

MAX_COMMENT = 16 * 1024


class AddComment(Struct, frozen=True, kw_only=True):
    """A comment on a handoff, a file of it, or a place in the file."""

    handoff: str
    text: str
    file: str | None = None
    anchor: Anchor | None = None
    reply_to: str | None = None


class CommentView(Struct, frozen=True, kw_only=True):
    """A comment as others see it."""

    id: str
    handoff: str
    round: int
    by: Who
    at: datetime
    text: str
    file: str | None
    anchor: Anchor | None
    reply_to: str | None
    resolved_at: datetime | None
    resolved_by: Who | None
    event: str | UnsetType = UNSET


class ListComments(Struct, frozen=True, kw_only=True):
    """The handoff whose comments are listed."""

    handoff: str


class OneComment(Struct, frozen=True, kw_only=True):
    """A comment of a handoff."""

    handoff: str
    comment: str


def add(ctx: Context, asked: AddComment) -> CommentView:
    """Write a comment; it can be anchored to a file, a line, a cell, a page or a region."""
    ctx.permit(Permission.COMMENT_ADD)
    stored = handoff_of(ctx, asked.handoff)
    text = asked.text.strip()
    if not text:
        raise Invalid("A comment says something", hint="Send `text`.")
    if len(text.encode()) > MAX_COMMENT:
        raise Invalid("A comment is at most 16 KiB", code=Code.TOO_LONG)
    if asked.anchor is not None and asked.file is None and stored.handoff.is_folder:
        raise Invalid("An anchor is a place in a file", hint="Send `file` too.")
    comment = Comment(
        id=CommentId(ctx.tx.new_id("co")),
        handoff=stored.handoff.id,
        round=stored.handoff.round,
        by=ctx.caller.actor.id,
        by_kind=ctx.caller.actor.kind,
        at=ctx.now,
        text=text,
        file=asked.file,
        anchor=asked.anchor,
        reply_to=CommentId(asked.reply_to) if asked.reply_to else None,
    )
    ctx.tx.comments.add(comment)
    event = ctx.record(_told(comment, Type.COMMENT_ADDED))
    return show_comment(ctx, comment, event=event)


def resolve(ctx: Context, asked: OneComment) -> CommentView:
    """Settle a comment."""
    ctx.permit(Permission.COMMENT_RESOLVE)
    stored = handoff_held(ctx, asked.handoff)
    comment = ctx.tx.comments.by_id(stored.handoff.id, CommentId(asked.comment))
    if comment is None:
        raise NotFound("There is no such comment")
    if comment.resolved_at is not None:
        return show_comment(ctx, comment)
    settled = replace(comment, resolved_at=ctx.now, resolved_by=ctx.caller.actor.id)
    ctx.tx.comments.save(settled)
    event = ctx.record(_told(settled, Type.COMMENT_RESOLVED))
    return show_comment(ctx, settled, event=event)


def list_(ctx: Context, asked: ListComments) -> Page:
    """List a handoff's comments, oldest first."""
    ctx.permit(Permission.HANDOFF_READ)
    stored = handoff_of(ctx, asked.handoff)
    comments = ctx.tx.comments.of(stored.handoff.id)
    return Page(items=tuple(show_comment(ctx, each) for each in comments))


def _told(comment: Comment, type_: Type) -> Event:
    return Event(
        type=type_,
        handoff=comment.handoff,
        round=comment.round,
        subject=comment.id,
        private={"text": comment.text[:1000]},
    )


def show_comment(
    ctx: Context, comment: Comment, *, event: str | UnsetType = UNSET
) -> CommentView:
    """Show a comment."""
    return CommentView(
        id=comment.id,
        handoff=comment.handoff,
        round=comment.round,
        by=who_is(ctx, comment.by),
        at=when(comment.at),
        text=comment.text,
        file=comment.file,
        anchor=comment.anchor,
        reply_to=comment.reply_to,
        resolved_at=when_or_none(comment.resolved_at),
        resolved_by=who_is(ctx, comment.resolved_by) if comment.resolved_by else None,
        event=event,
    )
