"""Everything that can have happened, named and explained."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from signoff.domain.ids import Digest, HandoffId, NodeId


class Type(StrEnum):
    """`noun.past_participle`; the name of an event and of its entry in the log."""

    FILE_CREATED = "file.created"
    FILE_WRITTEN = "file.written"
    FILE_MOVED = "file.moved"
    FILE_COPIED = "file.copied"
    FILE_DELETED = "file.deleted"
    FILE_RESTORED = "file.restored"
    FILE_PURGED = "file.purged"
    FILE_DAMAGED = "file.damaged"
    FOLDER_CREATED = "folder.created"
    PROPERTIES_CHANGED = "properties.changed"
    CLAIM_TAKEN = "claim.taken"
    CLAIM_TAKEN_OVER = "claim.taken_over"
    CLAIM_RELEASED = "claim.released"
    CLAIM_LAPSED = "claim.lapsed"
    LOCK_TAKEN = "lock.taken"
    LOCK_RELEASED = "lock.released"
    LOCK_EXPIRED = "lock.expired"
    LOCK_BROKEN = "lock.broken"
    HANDOFF_OPENED = "handoff.opened"
    HANDOFF_RESUBMITTED = "handoff.resubmitted"
    HANDOFF_CHANGED = "handoff.changed"
    HANDOFF_TAKEN = "handoff.taken"
    HANDOFF_GIVEN_BACK = "handoff.given_back"
    HANDOFF_REVIEWED = "handoff.reviewed"
    HANDOFF_APPROVED = "handoff.approved"
    HANDOFF_CHANGES_REQUESTED = "handoff.changes_requested"
    HANDOFF_REJECTED = "handoff.rejected"
    HANDOFF_ANSWERED = "handoff.answered"
    HANDOFF_WITHDRAWN = "handoff.withdrawn"
    HANDOFF_RECALLED = "handoff.recalled"
    HANDOFF_RAISED = "handoff.raised"
    HANDOFF_REMINDED = "handoff.reminded"
    HANDOFF_REASSIGNED = "handoff.reassigned"
    HANDOFF_REPLANNED = "handoff.replanned"
    HANDOFF_SECOND_LOOK_ASKED = "handoff.second_look_asked"
    HANDOFF_SECOND_LOOK_GIVEN = "handoff.second_look_given"
    HANDOFF_SPLIT = "handoff.split"
    HANDOFF_OFFERED = "handoff.offered"
    COMMENT_ADDED = "comment.added"
    COMMENT_RESOLVED = "comment.resolved"
    RUN_BEGUN = "run.begun"
    RUN_ENDED = "run.ended"
    ACCESS_DENIED = "access.denied"
    ACCESS_EXPORTED = "access.exported"
    ENTRY_ERASED = "entry.erased"
    PERSON_CREATED = "person.created"
    PERSON_CHANGED = "person.changed"
    PERSON_DISABLED = "person.disabled"
    SIGNIN_LINK_CREATED = "signin_link.created"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    APP_PASSWORD_CREATED = "app_password.created"  # noqa: S105
    APP_PASSWORD_REVOKED = "app_password.revoked"  # noqa: S105
    MEMBER_SET = "member.set"
    MEMBER_REMOVED = "member.removed"
    GRANT_SET = "grant.set"
    GRANT_REMOVED = "grant.removed"
    AGENT_CREATED = "agent.created"
    AGENT_CHANGED = "agent.changed"
    AGENT_DISABLED = "agent.disabled"
    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    AWAY_SET = "away.set"
    AWAY_ENDED = "away.ended"
    POLICY_SET = "policy.set"
    FOLLOWER_REWOUND = "follower.rewound"
    ENDPOINT_CREATED = "endpoint.created"
    ENDPOINT_CHANGED = "endpoint.changed"
    ENDPOINT_REMOVED = "endpoint.removed"
    ENDPOINT_DISABLED = "endpoint.disabled"
    ENDPOINT_ROTATED = "endpoint.rotated"
    ENDPOINT_PINGED = "endpoint.pinged"
    ENDPOINT_REPLAYED = "endpoint.replayed"
    CALLBACK_ROTATED = "callback.rotated"
    PREFERENCES_SET = "preferences.set"
    CHANNEL_SET = "channel.set"
    CHANNEL_REMOVED = "channel.removed"
    WORKSPACE_CREATED = "workspace.created"
    WORKSPACE_CLOSED = "workspace.closed"
    WORKSPACE_REOPENED = "workspace.reopened"
    WORKSPACE_DESTROYED = "workspace.destroyed"
    WORKSPACE_KEY_ROTATED = "workspace.key_rotated"


MEANING: dict[Type, str] = {
    Type.FILE_CREATED: "A file got its first version.",
    Type.FILE_WRITTEN: "A file got its next version.",
    Type.FILE_MOVED: "A file or folder has another place or name.",
    Type.FILE_COPIED: "A file or folder was copied; the copy is new.",
    Type.FILE_DELETED: "A file or folder went to the trash.",
    Type.FILE_RESTORED: "It came back, from the trash or from an earlier version.",
    Type.FILE_PURGED: "It left the trash for good.",
    Type.FILE_DAMAGED: "Bytes were found not to be what they were.",
    Type.FOLDER_CREATED: "A folder was made.",
    Type.PROPERTIES_CHANGED: "Properties of a file or folder were set or removed.",
    Type.CLAIM_TAKEN: "An agent took a piece of work under a lease.",
    Type.CLAIM_TAKEN_OVER: "Another copy of the same agent took its claim over.",
    Type.CLAIM_RELEASED: "The holder gave a claim back.",
    Type.CLAIM_LAPSED: "A lease ran out and the work went back.",
    Type.LOCK_TAKEN: "A path was locked.",
    Type.LOCK_RELEASED: "The holder released a lock.",
    Type.LOCK_EXPIRED: "A lock ran out.",
    Type.LOCK_BROKEN: "A manager broke somebody's lock.",
    Type.HANDOFF_OPENED: "A package was put in front of people.",
    Type.HANDOFF_RESUBMITTED: "The next round of a handoff began.",
    Type.HANDOFF_CHANGED: "The bytes or the context of a package in review changed.",
    Type.HANDOFF_TAKEN: "A person took a review on themselves.",
    Type.HANDOFF_GIVEN_BACK: "A person gave a review back.",
    Type.HANDOFF_REVIEWED: "One person's verdict was taken; it did not decide yet.",
    Type.HANDOFF_APPROVED: "A handoff was approved.",
    Type.HANDOFF_CHANGES_REQUESTED: "A handoff was sent back with a reason.",
    Type.HANDOFF_REJECTED: "A handoff was rejected with a reason.",
    Type.HANDOFF_ANSWERED: "The questions of an escalation were answered.",
    Type.HANDOFF_WITHDRAWN: "A handoff was withdrawn before a decision.",
    Type.HANDOFF_RECALLED: "A decided handoff was taken back into review.",
    Type.HANDOFF_RAISED: "A handoff was raised to somebody.",
    Type.HANDOFF_REMINDED: "Those on whom a handoff waits were reminded.",
    Type.HANDOFF_REASSIGNED: "A handoff was given to other reviewers.",
    Type.HANDOFF_REPLANNED: "By another policy a handoff in review is due at another time.",
    Type.HANDOFF_SECOND_LOOK_ASKED: "What was approved was sampled for a second look.",
    Type.HANDOFF_SECOND_LOOK_GIVEN: "A person agreed, or not, with what was approved.",
    Type.HANDOFF_SPLIT: "A part of a package became a handoff of its own.",
    Type.HANDOFF_OFFERED: "A package in feedback was offered to other agents.",
    Type.COMMENT_ADDED: "A comment was written.",
    Type.COMMENT_RESOLVED: "A comment was settled.",
    Type.RUN_BEGUN: "An agent began to run what was approved.",
    Type.RUN_ENDED: "An agent said how a run of what was approved ended.",
    Type.ACCESS_DENIED: "An act was refused for lack of right.",
    Type.ACCESS_EXPORTED: "Records were exported.",
    Type.ENTRY_ERASED: "The private part of an entry of the log was erased.",
    Type.PERSON_CREATED: "A person was added to the instance.",
    Type.PERSON_CHANGED: "A person's account was changed.",
    Type.PERSON_DISABLED: "A person can no longer sign in.",
    Type.SIGNIN_LINK_CREATED: "A link was made that signs a person in once.",
    Type.SESSION_STARTED: "A person signed in.",
    Type.SESSION_ENDED: "A session ended.",
    Type.APP_PASSWORD_CREATED: "An app password was made.",
    Type.APP_PASSWORD_REVOKED: "An app password was revoked.",
    Type.MEMBER_SET: "A person was given a role in the workspace.",
    Type.MEMBER_REMOVED: "A person left the workspace.",
    Type.GRANT_SET: "A right on a path was given or taken.",
    Type.GRANT_REMOVED: "A right on a path no longer differs from the role's.",
    Type.AGENT_CREATED: "An agent was added.",
    Type.AGENT_CHANGED: "An agent's name or owner was changed.",
    Type.AGENT_DISABLED: "An agent can no longer act.",
    Type.KEY_CREATED: "An API key was made.",
    Type.KEY_ROTATED: "An API key got a successor and an end.",
    Type.KEY_REVOKED: "An API key was revoked.",
    Type.AWAY_SET: "A person is away for a time, and another one stands in.",
    Type.AWAY_ENDED: "A person is back before their time, or did not go.",
    Type.POLICY_SET: "The workspace's policy was set.",
    Type.FOLLOWER_REWOUND: "A follower of the log was sent back to read again.",
    Type.ENDPOINT_CREATED: "A webhook's endpoint was added.",
    Type.ENDPOINT_CHANGED: "What an endpoint hears, or where it is, was changed.",
    Type.ENDPOINT_REMOVED: "An endpoint was removed.",
    Type.ENDPOINT_DISABLED: "An endpoint is told nothing any more; `reason` says why.",
    Type.ENDPOINT_ROTATED: "An endpoint's secret got a successor and an end.",
    Type.ENDPOINT_PINGED: "Somebody had an endpoint told that it is heard.",
    Type.ENDPOINT_REPLAYED: "What an endpoint was told is told again.",
    Type.CALLBACK_ROTATED: "The secret of an agent's callbacks was made, or made anew.",
    Type.PREFERENCES_SET: "A person chose what they want to hear, and how.",
    Type.CHANNEL_SET: "A channel in which the workspace is told was set.",
    Type.CHANNEL_REMOVED: "A channel of the workspace is told nothing any more.",
    Type.WORKSPACE_CREATED: "The workspace was founded.",
    Type.WORKSPACE_CLOSED: "The workspace became read-only, to be destroyed.",
    Type.WORKSPACE_REOPENED: "The workspace can be written again; it is not destroyed.",
    Type.WORKSPACE_DESTROYED: "The workspace's keys were destroyed, or all the rest of it.",
    Type.WORKSPACE_KEY_ROTATED: "The workspace's encryption key was rewrapped or renewed.",
}


class Event(Struct, frozen=True, kw_only=True):
    """One thing that happened, as the log keeps it; actor, door and time are added there.

    `path`, `from_path`, `to_path`, `reason` and `private` may be personal: they enter the
    log's leaf only as a commitment. `codes` are public words and numbers (ids, kinds, counts).
    """

    type: Type
    node: NodeId | None = None
    path: str | None = None
    from_path: str | None = None
    to_path: str | None = None
    version: int | None = None
    digest: Digest | None = None
    size: int | None = None
    handoff: HandoffId | None = None
    round: int | None = None
    subject: str | None = None
    """The id of what was acted on when it is no node: an actor, a key, a claim, a lock."""
    reason: str | None = None
    codes: dict[str, str | int | bool] = {}
    private: dict[str, Any] = {}
