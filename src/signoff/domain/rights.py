"""Every permission by name, with what it means and which roles have it."""

from enum import StrEnum

from signoff.domain.actors import Kind, Role, Scope
from signoff.domain.stages import Stage


class Permission(StrEnum):
    """`noun.verb`: the name of an act, and of the right to do it."""

    FILE_READ = "file.read"
    FILE_WRITE = "file.write"
    FILE_COPY = "file.copy"
    FILE_MOVE = "file.move"
    FILE_DELETE = "file.delete"
    FILE_RESTORE = "file.restore"
    FILE_PURGE = "file.purge"
    FOLDER_CREATE = "folder.create"
    CLAIM_TAKE = "claim.take"
    CLAIM_RENEW = "claim.renew"
    CLAIM_RELEASE = "claim.release"
    CLAIM_TAKEOVER = "claim.takeover"
    CLAIM_FORCE = "claim.force"
    LOCK_TAKE = "lock.take"
    LOCK_REFRESH = "lock.refresh"
    LOCK_RELEASE = "lock.release"
    LOCK_BREAK = "lock.break"
    HANDOFF_READ = "handoff.read"
    HANDOFF_SUBMIT = "handoff.submit"
    HANDOFF_WITHDRAW = "handoff.withdraw"
    HANDOFF_SPLIT = "handoff.split"
    HANDOFF_DECIDE = "handoff.decide"
    HANDOFF_RECALL = "handoff.recall"
    HANDOFF_TAKE = "handoff.take"
    HANDOFF_REASSIGN = "handoff.reassign"
    HANDOFF_RAISE = "handoff.raise"
    HANDOFF_OFFER = "handoff.offer"
    COMMENT_ADD = "comment.add"
    COMMENT_RESOLVE = "comment.resolve"
    RUN_BEGIN = "run.begin"
    RUN_END = "run.end"
    MEMBER_READ = "member.read"
    MEMBER_SET = "member.set"
    AGENT_CREATE = "agent.create"
    KEY_CREATE = "key.create"
    GRANT_SET = "grant.set"
    AWAY_READ = "away.read"
    AWAY_SET = "away.set"
    POLICY_READ = "policy.read"
    POLICY_SET = "policy.set"
    FOLLOWER_READ = "follower.read"
    FOLLOWER_REWIND = "follower.rewind"
    ENDPOINT_SET = "endpoint.set"
    CHANNEL_SET = "channel.set"
    PORTAL_SET = "portal.set"
    PORTAL_READ = "portal.read"
    PORTAL_ACCEPT = "portal.accept"
    EVENT_READ = "event.read"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    AUDIT_ERASE = "audit.erase"
    WORKSPACE_READ = "workspace.read"
    WORKSPACE_CREATE = "workspace.create"
    PERSON_CREATE = "person.create"
    WORKSPACE_ROTATE = "workspace.rotate"
    WORKSPACE_CLOSE = "workspace.close"


MEANING: dict[Permission, str] = {
    Permission.FILE_READ: "Read files, folders and their versions.",
    Permission.FILE_WRITE: "Write a file, its first version or its next.",
    Permission.FILE_COPY: "Copy a file or folder.",
    Permission.FILE_MOVE: "Move or rename a file or folder.",
    Permission.FILE_DELETE: "Put a file or folder into the trash.",
    Permission.FILE_RESTORE: "Bring back from the trash, or an earlier version.",
    Permission.FILE_PURGE: "Destroy what is in the trash before its time.",
    Permission.FOLDER_CREATE: "Make a folder.",
    Permission.CLAIM_TAKE: "Claim a piece of work.",
    Permission.CLAIM_RENEW: "Renew a claim's lease.",
    Permission.CLAIM_RELEASE: "Give a claim back.",
    Permission.CLAIM_TAKEOVER: "Take over a claim of the same agent.",
    Permission.CLAIM_FORCE: "End somebody's claim by force.",
    Permission.LOCK_TAKE: "Lock a path.",
    Permission.LOCK_REFRESH: "Refresh one's own lock.",
    Permission.LOCK_RELEASE: "Release one's own lock.",
    Permission.LOCK_BREAK: "Break somebody's lock.",
    Permission.HANDOFF_READ: "Read handoffs, reviews and decisions.",
    Permission.HANDOFF_SUBMIT: "Put a package in front of people.",
    Permission.HANDOFF_WITHDRAW: "Take back what one submitted.",
    Permission.HANDOFF_SPLIT: "Split an item off a batch as an escalation.",
    Permission.HANDOFF_DECIDE: "Give a verdict.",
    Permission.HANDOFF_RECALL: "Take what was decided back into review.",
    Permission.HANDOFF_TAKE: "Take a review on oneself, or give it back.",
    Permission.HANDOFF_REASSIGN: "Hand a review on to another person or group.",
    Permission.HANDOFF_RAISE: "Raise a handoff to somebody.",
    Permission.HANDOFF_OFFER: "Offer what was sent back to other agents.",
    Permission.COMMENT_ADD: "Write a comment.",
    Permission.COMMENT_RESOLVE: "Settle a comment.",
    Permission.RUN_BEGIN: "Begin to run what one submitted and was approved.",
    Permission.RUN_END: "Say how a run of it ended.",
    Permission.MEMBER_READ: "See who is in the workspace.",
    Permission.MEMBER_SET: "Give a person a role, or take it.",
    Permission.AGENT_CREATE: "Add an agent, change it, or end it.",
    Permission.KEY_CREATE: "Make an API key for an agent, rotate or revoke it.",
    Permission.GRANT_SET: "Give or take a right on a path.",
    Permission.AWAY_READ: "See who is away, and who stands in.",
    Permission.AWAY_SET: "Say that one is away, and who stands in.",
    Permission.POLICY_READ: "Read the workspace's policy.",
    Permission.POLICY_SET: "Set the workspace's policy.",
    Permission.FOLLOWER_READ: "See who follows the log, and how far each has read.",
    Permission.FOLLOWER_REWIND: "Let a follower of the log read again.",
    Permission.ENDPOINT_SET: "Add, change or remove a webhook endpoint.",
    Permission.CHANNEL_SET: "Say in which channels the workspace is told, and of what.",
    Permission.PORTAL_SET: "Make, change or end a portal.",
    Permission.PORTAL_READ: "Read what a portal lists.",
    Permission.PORTAL_ACCEPT: "Accept, or remark on, what a portal lists.",
    Permission.EVENT_READ: "Follow the events that one may see.",
    Permission.AUDIT_READ: "Read the log with its proofs, and verify it.",
    Permission.AUDIT_EXPORT: "Export the log.",
    Permission.AUDIT_ERASE: "Erase the private part of an entry.",
    Permission.WORKSPACE_READ: "See the workspace.",
    Permission.WORKSPACE_CREATE: "Found a workspace.",
    Permission.PERSON_CREATE: "Add a person to the instance, change or disable them.",
    Permission.WORKSPACE_ROTATE: "Renew the workspace's encryption key.",
    Permission.WORKSPACE_CLOSE: "Close a workspace, for its destruction.",
}

LOOKING = frozenset(
    {
        Permission.FILE_READ,
        Permission.HANDOFF_READ,
        Permission.MEMBER_READ,
        Permission.AWAY_READ,
        Permission.POLICY_READ,
        Permission.EVENT_READ,
        Permission.AUDIT_READ,
        Permission.WORKSPACE_READ,
    }
)
"""What changes nothing."""

PLACED = frozenset(
    {
        Permission.FILE_WRITE,
        Permission.FILE_COPY,
        Permission.FILE_MOVE,
        Permission.FILE_DELETE,
        Permission.FILE_RESTORE,
        Permission.FOLDER_CREATE,
        Permission.LOCK_TAKE,
        Permission.LOCK_REFRESH,
        Permission.LOCK_RELEASE,
    }
)
"""What changes the tree at a path; the path says more about who may."""

HANDING_OVER = frozenset(
    {
        Permission.HANDOFF_SUBMIT,
        Permission.HANDOFF_WITHDRAW,
        Permission.HANDOFF_SPLIT,
        Permission.COMMENT_ADD,
        Permission.COMMENT_RESOLVE,
    }
)
"""What whoever works here may do."""

CLAIMING = frozenset(
    {
        Permission.CLAIM_TAKE,
        Permission.CLAIM_RENEW,
        Permission.CLAIM_RELEASE,
        Permission.CLAIM_TAKEOVER,
    }
)
"""What only agents do with work."""

CARRYING_OUT = frozenset(
    {
        Permission.RUN_BEGIN,
        Permission.RUN_END,
    }
)
"""What only agents do with an approval."""

REVIEWING = frozenset(
    {
        Permission.HANDOFF_TAKE,
        Permission.HANDOFF_REASSIGN,
        Permission.HANDOFF_RAISE,
        Permission.HANDOFF_OFFER,
        Permission.AWAY_SET,
    }
)
"""What a reviewer does beside deciding."""

DECIDING = frozenset(
    {
        Permission.HANDOFF_DECIDE,
        Permission.HANDOFF_RECALL,
    }
)
"""What no agent ever does; the kind of the credential is looked at first."""

SUBSCRIBING = frozenset({Permission.ENDPOINT_SET})
"""What an agent does with what it may see: its own endpoints, and no others."""

MANAGING = frozenset(
    {
        Permission.FILE_PURGE,
        Permission.CLAIM_FORCE,
        Permission.LOCK_BREAK,
        Permission.MEMBER_SET,
        Permission.AGENT_CREATE,
        Permission.KEY_CREATE,
        Permission.GRANT_SET,
        Permission.POLICY_SET,
        Permission.FOLLOWER_READ,
        Permission.FOLLOWER_REWIND,
        Permission.ENDPOINT_SET,
        Permission.CHANNEL_SET,
        Permission.PORTAL_SET,
        Permission.AUDIT_EXPORT,
        Permission.AUDIT_ERASE,
    }
)
"""What runs a workspace."""

OWNING = frozenset(
    {
        Permission.WORKSPACE_ROTATE,
        Permission.WORKSPACE_CLOSE,
    }
)
"""What ends a workspace."""

VISITING = frozenset(
    {
        Permission.PORTAL_READ,
        Permission.PORTAL_ACCEPT,
    }
)
"""What a portal is for."""

BY_INSTANCE = frozenset(
    {
        Permission.WORKSPACE_CREATE,
        Permission.PERSON_CREATE,
    }
)
"""What concerns the instance: for its admins and the operator."""

_WORKING = LOOKING | PLACED | HANDING_OVER
_RUNNING = _WORKING | REVIEWING | DECIDING | MANAGING

BY_ROLE: dict[Role | Kind, frozenset[Permission]] = {
    Role.READER: LOOKING,
    Role.CONTRIBUTOR: _WORKING,
    Role.REVIEWER: _WORKING | REVIEWING | DECIDING,
    Role.MANAGER: _RUNNING,
    Role.OWNER: _RUNNING | OWNING,
    Role.AGENT: _WORKING | CLAIMING | CARRYING_OUT | SUBSCRIBING,
    Role.SYSTEM: frozenset(Permission) - DECIDING,
    Kind.GUEST: VISITING | {Permission.FILE_WRITE},
}
"""What a role may do somewhere; a guest writes in the portal's own folder alone."""

SCOPE_OF: dict[Permission, Scope] = {
    Permission.FILE_READ: Scope.READ,
    Permission.FILE_WRITE: Scope.WRITE,
    Permission.FILE_COPY: Scope.WRITE,
    Permission.FILE_MOVE: Scope.WRITE,
    Permission.FILE_DELETE: Scope.WRITE,
    Permission.FILE_RESTORE: Scope.WRITE,
    Permission.FOLDER_CREATE: Scope.WRITE,
    Permission.CLAIM_TAKE: Scope.CLAIM,
    Permission.CLAIM_RENEW: Scope.CLAIM,
    Permission.CLAIM_RELEASE: Scope.CLAIM,
    Permission.CLAIM_TAKEOVER: Scope.CLAIM,
    Permission.LOCK_TAKE: Scope.WRITE,
    Permission.LOCK_REFRESH: Scope.WRITE,
    Permission.LOCK_RELEASE: Scope.WRITE,
    Permission.HANDOFF_READ: Scope.READ,
    Permission.HANDOFF_SUBMIT: Scope.SUBMIT,
    Permission.HANDOFF_WITHDRAW: Scope.SUBMIT,
    Permission.HANDOFF_SPLIT: Scope.SUBMIT,
    Permission.COMMENT_ADD: Scope.SUBMIT,
    Permission.COMMENT_RESOLVE: Scope.SUBMIT,
    Permission.RUN_BEGIN: Scope.SUBMIT,
    Permission.RUN_END: Scope.SUBMIT,
    Permission.MEMBER_READ: Scope.READ,
    Permission.AWAY_READ: Scope.READ,
    Permission.POLICY_READ: Scope.READ,
    Permission.EVENT_READ: Scope.READ,
    Permission.AUDIT_READ: Scope.READ,
    Permission.WORKSPACE_READ: Scope.READ,
    Permission.ENDPOINT_SET: Scope.READ,
}
"""What an API key needs for an act; a key is of no use for the others."""

WRITABLE: dict[Role, frozenset[Stage | None]] = {
    Role.READER: frozenset(),
    Role.CONTRIBUTOR: frozenset({Stage.INPUT, Stage.PROCESSING, None}),
    Role.REVIEWER: frozenset({*Stage, None}),
    Role.MANAGER: frozenset({*Stage, None}),
    Role.OWNER: frozenset({*Stage, None}),
    Role.AGENT: frozenset({*Stage, None}),
    Role.SYSTEM: frozenset({*Stage, None}),
}
"""Where a role may write; None stands for ordinary folders.

It says who could ever. What stands there may forbid it still: a package is frozen, a work
folder is another's (`moves`); those refusals come after this one and say more.
"""
