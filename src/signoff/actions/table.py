"""The one table of acts: from it come routes, the OpenAPI document, tools, commands, reference.

An act is declared here once. Its sentence is the first line of its function's docstring.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from signoff.actions import (
    agents,
    app_passwords,
    audit,
    claims,
    deciding,
    events,
    files,
    folders,
    grants,
    handoffs,
    keys,
    locks,
    members,
    people,
    policies,
    sessions,
    submitting,
    verifications,
    workspaces,
)
from signoff.actions.claim_views import ClaimItem, ClaimView
from signoff.actions.context import Context
from signoff.actions.entries import EventView
from signoff.actions.files import FileView
from signoff.actions.folders import TreeItem
from signoff.actions.handoff_views import HandoffItem, HandoffView, PackageFileView
from signoff.actions.handoffs import CommentView
from signoff.actions.lock_views import LockView
from signoff.actions.views import Nothing, Page
from signoff.domain.events import Type
from signoff.domain.permissions import Permission
from signoff.domain.verification import Report

Run = Callable[[Context, Any], Any]
OfTheHouse = Callable[..., Any]
"""Runs on the House, over several transactions (`by` names its handler at each door)."""


class Act(Struct, frozen=True, kw_only=True):
    """What an actor can do.

    `result` is what the act answers; `item` that of a page's items. `events` are those that it
    may record; a question records none. `secret` says that the answer is shown once. `quiet`
    changes only what the books keep (a lease's end, a place in a line), which is no event.
    """

    name: str
    run: Run | OfTheHouse
    asked: type[Struct]
    result: Any
    permission: Permission | None
    events: tuple[Type, ...] = ()
    item: Any = None
    tool: str | None = None
    secret: bool = False
    quiet: bool = False

    @property
    def writes(self) -> bool:
        """Say whether it changes anything; a question does not."""
        return bool(self.events) or self.quiet

    @property
    def sentence(self) -> str:
        """Return its one sentence in the reference."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]


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
        run=folders.list_folder,
        asked=folders.ListFolder,
        result=Page,
        item=TreeItem,
        permission=P.FILE_READ,
        tool="list",
    ),
    Act(
        name="folder.create",
        run=folders.make_folder,
        asked=folders.PathOnly,
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
        result=Page,
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
        result=Page,
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
        result=Page,
        item=CommentView,
        permission=P.HANDOFF_READ,
    ),
    # Work under a lease.
    Act(
        name="claim.take",
        run=claims.take,
        asked=claims.TakeClaim,
        result=ClaimView,
        permission=P.CLAIM_TAKE,
        events=(T.CLAIM_TAKEN, T.FOLDER_CREATED, T.LOCK_RELEASED),
        tool="claim_work",
    ),
    Act(
        name="claim.renew",
        run=claims.renew,
        asked=claims.RenewClaim,
        result=ClaimView,
        permission=P.CLAIM_RENEW,
        quiet=True,
    ),
    Act(
        name="claim.takeover",
        run=claims.takeover,
        asked=claims.OneClaim,
        result=ClaimView,
        permission=P.CLAIM_TAKEOVER,
        events=(T.CLAIM_TAKEN_OVER,),
    ),
    Act(
        name="claim.release",
        run=claims.release,
        asked=claims.ReleaseClaim,
        result=claims.Released,
        permission=P.CLAIM_RELEASE,
        events=(
            T.CLAIM_RELEASED,
            T.HANDOFF_OPENED,
            T.HANDOFF_RESUBMITTED,
            T.LOCK_RELEASED,
            T.FILE_RESTORED,
            T.FILE_DELETED,
            T.FOLDER_CREATED,
        ),
    ),
    Act(
        name="claim.list",
        run=claims.list_,
        asked=claims.ListClaims,
        result=Page,
        item=ClaimItem,
        permission=P.FILE_READ,
    ),
    # Locks.
    Act(
        name="lock.take",
        run=locks.take,
        asked=locks.TakeLock,
        result=LockView,
        permission=P.LOCK_TAKE,
        events=(T.LOCK_TAKEN, T.LOCK_EXPIRED, T.LOCK_RELEASED, T.FOLDER_CREATED),
        tool="lock",
    ),
    Act(
        name="lock.refresh",
        run=locks.refresh,
        asked=locks.RefreshLock,
        result=LockView,
        permission=P.LOCK_REFRESH,
        quiet=True,
    ),
    Act(
        name="lock.release",
        run=locks.release,
        asked=locks.OneLock,
        result=Nothing,
        permission=P.LOCK_RELEASE,
        events=(T.LOCK_RELEASED, T.FILE_CREATED, T.FILE_WRITTEN),
        tool="unlock",
    ),
    Act(
        name="lock.break",
        run=locks.break_,
        asked=locks.BreakLock,
        result=Page,
        item=LockView,
        permission=P.LOCK_BREAK,
        events=(T.LOCK_BROKEN,),
    ),
    Act(
        name="lock.leave_line",
        run=locks.leave_line,
        asked=locks.LeaveLine,
        result=Nothing,
        permission=P.LOCK_TAKE,
        quiet=True,
    ),
    Act(
        name="lock.list",
        run=locks.find,
        asked=locks.FindLocks,
        result=Page,
        item=LockView,
        permission=P.FILE_READ,
    ),
    # The log, told as events and read as entries.
    Act(
        name="event.list",
        run=events.find,
        asked=events.FindEvents,
        result=events.EventsPage,
        item=EventView,
        permission=P.EVENT_READ,
    ),
    Act(
        name="event.recent",
        run=events.recent,
        asked=events.Recent,
        result=events.EventsPage,
        item=EventView,
        permission=P.EVENT_READ,
    ),
    Act(
        name="event.head",
        run=events.head,
        asked=events.Head,
        result=events.Position,
        permission=P.EVENT_READ,
    ),
    Act(
        name="audit.list",
        run=audit.find,
        asked=audit.FindEntries,
        result=audit.EntriesPage,
        item=audit.EntryView,
        permission=P.AUDIT_READ,
    ),
    Act(
        name="audit.read",
        run=audit.entry,
        asked=audit.AtPosition,
        result=audit.EntryView,
        permission=P.AUDIT_READ,
    ),
    Act(
        name="audit.prove",
        run=audit.prove,
        asked=audit.AtPosition,
        result=audit.ProofView,
        permission=P.AUDIT_READ,
        quiet=True,
    ),
    Act(
        name="audit.checkpoint",
        run=audit.checkpoint,
        asked=audit.LatestCheckpoint,
        result=audit.CheckpointView,
        permission=P.AUDIT_READ,
        quiet=True,
    ),
    Act(
        name="audit.tile",
        run=audit.tile,
        asked=audit.TilePath,
        result=bytes,
        permission=P.AUDIT_READ,
    ),
    Act(
        name="audit.verify",
        run=verifications.verify,
        asked=verifications.Verify,
        result=Report,
        permission=P.AUDIT_READ,
    ),
    Act(
        name="audit.export",
        run=verifications.export,
        asked=audit.RecordExport,
        result=bytes,
        permission=P.AUDIT_EXPORT,
        events=(T.ACCESS_EXPORTED,),
    ),
    Act(
        name="audit.erase",
        run=audit.erase,
        asked=audit.Erase,
        result=audit.Erased,
        permission=P.AUDIT_ERASE,
        events=(T.ENTRY_ERASED,),
    ),
    # Who is who.
    Act(
        name="session.begin",
        run=sessions.begin,
        asked=sessions.Begin,
        result=sessions.SignedIn,
        permission=None,
        events=(T.SESSION_STARTED,),
        secret=True,
    ),
    Act(
        name="session.end",
        run=sessions.end,
        asked=sessions.End,
        result=Nothing,
        permission=None,
        events=(T.SESSION_ENDED,),
    ),
    Act(
        name="session.list",
        run=sessions.every,
        asked=sessions.Every,
        result=Page,
        item=sessions.SessionView,
        permission=None,
    ),
    Act(
        name="person.me",
        run=people.me,
        asked=people.Me,
        result=people.MeView,
        permission=None,
    ),
    Act(
        name="person.create",
        run=people.create,
        asked=people.Create,
        result=people.PersonView,
        permission=P.PERSON_CREATE,
        events=(T.PERSON_CREATED, T.SIGNIN_LINK_CREATED),
        secret=True,
    ),
    Act(
        name="person.link",
        run=people.link,
        asked=people.Of,
        result=people.LinkView,
        permission=P.PERSON_CREATE,
        events=(T.SIGNIN_LINK_CREATED,),
        secret=True,
    ),
    Act(
        name="person.set_password",
        run=people.set_password,
        asked=people.SetPassword,
        result=people.PersonView,
        permission=P.PERSON_CREATE,
        events=(T.PERSON_CHANGED,),
    ),
    Act(
        name="person.disable",
        run=people.disable,
        asked=people.Of,
        result=people.PersonView,
        permission=P.PERSON_CREATE,
        events=(T.PERSON_DISABLED,),
    ),
    Act(
        name="person.list",
        run=people.every,
        asked=people.Every,
        result=Page,
        item=people.PersonView,
        permission=P.PERSON_CREATE,
    ),
    Act(
        name="app_password.create",
        run=app_passwords.create,
        asked=app_passwords.Create,
        result=app_passwords.AppPasswordView,
        permission=None,
        events=(T.APP_PASSWORD_CREATED,),
        secret=True,
    ),
    Act(
        name="app_password.revoke",
        run=app_passwords.revoke,
        asked=app_passwords.Revoke,
        result=Nothing,
        permission=None,
        events=(T.APP_PASSWORD_REVOKED,),
    ),
    Act(
        name="app_password.list",
        run=app_passwords.every,
        asked=app_passwords.Every,
        result=Page,
        item=app_passwords.AppPasswordView,
        permission=None,
    ),
    Act(
        name="workspace.create",
        run=workspaces.create,
        asked=workspaces.Create,
        result=workspaces.WorkspaceView,
        permission=P.WORKSPACE_CREATE,
        events=(T.WORKSPACE_CREATED,),
    ),
    Act(
        name="workspace.list",
        run=workspaces.every,
        asked=workspaces.Every,
        result=Page,
        item=workspaces.WorkspaceView,
        permission=None,
    ),
    Act(
        name="workspace.close",
        run=workspaces.close,
        asked=workspaces.Close,
        result=workspaces.WorkspaceView,
        permission=P.WORKSPACE_CLOSE,
        events=(T.WORKSPACE_CLOSED,),
    ),
    Act(
        name="member.set",
        run=members.set,
        asked=members.Set,
        result=members.MemberView,
        permission=P.MEMBER_SET,
        events=(T.MEMBER_SET,),
    ),
    Act(
        name="member.remove",
        run=members.remove,
        asked=members.Remove,
        result=Nothing,
        permission=P.MEMBER_SET,
        events=(T.MEMBER_REMOVED,),
    ),
    Act(
        name="member.list",
        run=members.every,
        asked=members.Every,
        result=Page,
        item=members.MemberView,
        permission=P.MEMBER_READ,
    ),
    Act(
        name="agent.create",
        run=agents.create,
        asked=agents.Create,
        result=agents.NewAgentView,
        permission=P.AGENT_CREATE,
        events=(T.AGENT_CREATED, T.KEY_CREATED),
        secret=True,
    ),
    Act(
        name="agent.disable",
        run=agents.disable,
        asked=agents.Of,
        result=agents.AgentView,
        permission=P.AGENT_CREATE,
        events=(T.AGENT_DISABLED,),
    ),
    Act(
        name="agent.list",
        run=agents.every,
        asked=agents.Every,
        result=Page,
        item=agents.AgentView,
        permission=P.MEMBER_READ,
    ),
    Act(
        name="key.create",
        run=keys.create,
        asked=keys.Create,
        result=keys.KeyView,
        permission=P.KEY_CREATE,
        events=(T.KEY_CREATED,),
        secret=True,
    ),
    Act(
        name="key.rotate",
        run=keys.rotate,
        asked=keys.Rotate,
        result=keys.KeyView,
        permission=P.KEY_CREATE,
        events=(T.KEY_ROTATED, T.KEY_CREATED),
        secret=True,
    ),
    Act(
        name="key.revoke",
        run=keys.revoke,
        asked=keys.Revoke,
        result=keys.KeyView,
        permission=P.KEY_CREATE,
        events=(T.KEY_REVOKED,),
    ),
    Act(
        name="key.list",
        run=keys.every,
        asked=keys.Every,
        result=Page,
        item=keys.KeyView,
        permission=P.KEY_CREATE,
    ),
    Act(
        name="grant.set",
        run=grants.set,
        asked=grants.Set,
        result=grants.GrantView,
        permission=P.GRANT_SET,
        events=(T.GRANT_SET,),
    ),
    Act(
        name="grant.remove",
        run=grants.remove,
        asked=grants.Remove,
        result=Nothing,
        permission=P.GRANT_SET,
        events=(T.GRANT_REMOVED,),
    ),
    Act(
        name="grant.list",
        run=grants.every,
        asked=grants.Every,
        result=Page,
        item=grants.GrantView,
        permission=P.MEMBER_READ,
    ),
    Act(
        name="policy.read",
        run=policies.get,
        asked=policies.Get,
        result=policies.PolicyView,
        permission=P.POLICY_READ,
    ),
    Act(
        name="policy.set",
        run=policies.set,
        asked=policies.Set,
        result=policies.PolicyView,
        permission=P.POLICY_SET,
        events=(T.POLICY_SET,),
    ),
)

BY_NAME: dict[str, Act] = {act.name: act for act in ACTS}
