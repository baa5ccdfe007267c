"""The one table of acts: from it come routes, the OpenAPI document, tools, commands, reference.

An act is declared here once. Its sentence is the first line of its function's docstring.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from signoff.actions import deciding, files, handoffs, submitting
from signoff.actions.context import Context
from signoff.actions.files import FileView, TreeItem
from signoff.actions.handoff_views import HandoffItem, HandoffView, PackageFileView
from signoff.actions.handoffs import CommentView
from signoff.domain.events import Type
from signoff.domain.permissions import Permission

Run = Callable[[Context, Any], Any]


class Act(Struct, frozen=True, kw_only=True):
    """What an actor can do.

    `result` is what the act answers; `item` that of a page's items. `events` are those that it
    may record; a question records none. `secret` says that the answer is shown once.
    """

    name: str
    run: Run
    asked: type[Struct]
    result: Any
    permission: Permission | None
    events: tuple[Type, ...] = ()
    item: Any = None
    tool: str | None = None
    secret: bool = False

    @property
    def writes(self) -> bool:
        """Say whether it changes anything; a question does not."""
        return bool(self.events)

    @property
    def sentence(self) -> str:
        """Return its one sentence in the reference."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]


def _asks(name: str, run: Run, asked: type[Struct], result: Any, permission: Permission, **more: Any) -> Act:
    return Act(name=name, run=run, asked=asked, result=result, permission=permission, **more)


P = Permission
T = Type

ACTS: tuple[Act, ...] = (
    Act(
        name="file.write",
        run=files.write,
        asked=files.WriteFile,
        result=FileView,
        permission=P.FILE_WRITE,
        events=(T.FILE_CREATED, T.FILE_WRITTEN, T.FOLDER_CREATED),
        tool="write",
    ),
    Act(
        name="file.read",
        run=files.open_,
        asked=files.ReadFile,
        result=files.Opened,
        permission=P.FILE_READ,
        tool="read",
    ),
    Act(
        name="folder.list",
        run=files.list_folder,
        asked=files.ListFolder,
        result=files.Page,
        item=TreeItem,
        permission=P.FILE_READ,
        tool="list",
    ),
    Act(
        name="folder.create",
        run=files.make_folder,
        asked=files.PathOnly,
        result=TreeItem,
        permission=P.FOLDER_CREATE,
        events=(T.FOLDER_CREATED,),
    ),
    Act(
        name="handoff.submit",
        run=submitting.submit,
        asked=submitting.Submit,
        result=HandoffView,
        permission=P.HANDOFF_SUBMIT,
        events=(T.HANDOFF_OPENED, T.HANDOFF_RESUBMITTED, T.CLAIM_RELEASED, T.FILE_DELETED),
        tool="submit_for_review",
    ),
    Act(
        name="handoff.list",
        run=handoffs.list_,
        asked=handoffs.ListHandoffs,
        result=handoffs.Page,
        item=HandoffItem,
        permission=P.HANDOFF_READ,
    ),
    Act(
        name="handoff.read",
        run=handoffs.read,
        asked=handoffs.One,
        result=HandoffView,
        permission=P.HANDOFF_READ,
        tool="wait_for_decision",
    ),
    Act(
        name="handoff.files",
        run=handoffs.list_files,
        asked=handoffs.ListFiles,
        result=handoffs.Page,
        item=PackageFileView,
        permission=P.HANDOFF_READ,
    ),
    Act(
        name="handoff.decide",
        run=deciding.decide,
        asked=deciding.Decide,
        result=HandoffView,
        permission=P.HANDOFF_DECIDE,
        events=(
            T.HANDOFF_REVIEWED,
            T.HANDOFF_APPROVED,
            T.HANDOFF_CHANGES_REQUESTED,
            T.HANDOFF_REJECTED,
            T.HANDOFF_ANSWERED,
            T.HANDOFF_SPLIT,
            T.HANDOFF_RESUBMITTED,
            T.HANDOFF_RAISED,
        ),
    ),
    Act(
        name="handoff.recall",
        run=deciding.recall,
        asked=deciding.Recall,
        result=HandoffView,
        permission=P.HANDOFF_RECALL,
        events=(T.HANDOFF_RECALLED,),
    ),
    Act(
        name="handoff.take",
        run=handoffs.take,
        asked=handoffs.One,
        result=HandoffView,
        permission=P.HANDOFF_TAKE,
        events=(T.HANDOFF_TAKEN,),
    ),
    Act(
        name="handoff.give_back",
        run=handoffs.give_back,
        asked=handoffs.One,
        result=HandoffView,
        permission=P.HANDOFF_TAKE,
        events=(T.HANDOFF_GIVEN_BACK,),
    ),
    Act(
        name="handoff.offer",
        run=handoffs.offer,
        asked=handoffs.One,
        result=HandoffView,
        permission=P.HANDOFF_OFFER,
        events=(T.HANDOFF_OFFERED,),
    ),
    Act(
        name="handoff.raise",
        run=handoffs.raise_,
        asked=handoffs.Raise,
        result=HandoffView,
        permission=P.HANDOFF_RAISE,
        events=(T.HANDOFF_RAISED,),
    ),
    Act(
        name="comment.add",
        run=handoffs.add_comment,
        asked=handoffs.AddComment,
        result=CommentView,
        permission=P.COMMENT_ADD,
        events=(T.COMMENT_ADDED,),
    ),
    Act(
        name="comment.resolve",
        run=handoffs.resolve_comment,
        asked=handoffs.OneComment,
        result=CommentView,
        permission=P.COMMENT_RESOLVE,
        events=(T.COMMENT_RESOLVED,),
    ),
    Act(
        name="comment.list",
        run=handoffs.list_comments,
        asked=handoffs.One,
        result=handoffs.Page,
        item=CommentView,
        permission=P.HANDOFF_READ,
    ),
)

BY_NAME: dict[str, Act] = {act.name: act for act in ACTS}
