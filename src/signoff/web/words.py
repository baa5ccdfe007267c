"""What the pages call things: kinds, states, verdicts, severities, doors, events."""

from typing import Any

from signoff.domain.actors import CredentialKind, Door
from signoff.domain.events import Type
from signoff.domain.handoffs import Kind, State, Verdict

KINDS: dict[str, str] = {
    Kind.APPROVAL: "Approval",
    Kind.ESCALATION: "Escalation",
    Kind.RELAY: "Relay",
}

STATES: dict[str, tuple[str, str, str]] = {
    State.IN_REVIEW: ("In review", "needs-review", ""),
    State.CHANGES_REQUESTED: ("Changes requested", "feedback", "warn"),
    State.ANSWERED: ("Answered", "feedback", "good"),
    State.APPROVED: ("Approved", "approved", "good"),
    State.REJECTED: ("Rejected", "rejected", "bad"),
    State.WITHDRAWN: ("Withdrawn", "left", "mute"),
}
"""By state: its words, its icon, and the class of its colour."""

GIVEN: dict[str, str] = {
    Verdict.APPROVE: "approved this",
    Verdict.REQUEST_CHANGES: "asked for changes",
    Verdict.REJECT: "rejected this",
    Verdict.ANSWER: "answered",
}

SEVERITIES: dict[str, tuple[str, str]] = {
    "critical": ("Critical", "bad"),
    "warning": ("Check", "warn"),
    "note": ("Note", ""),
}
"""By a flag's severity: its word and the class of its colour; an unknown one is a note."""

DOORS: dict[str, str] = {
    Door.REST: "REST",
    Door.DAV: "drive",
    Door.MCP: "MCP",
    Door.WEB: "browser",
    Door.PORTAL: "portal",
    Door.CLI: "command line",
    Door.WORKER: "timer",
}

CREDENTIALS: dict[str, str] = {
    CredentialKind.SESSION: "session",
    CredentialKind.API_KEY: "key",
    CredentialKind.APP_PASSWORD: "app password",
    CredentialKind.PORTAL_LINK: "link",
    CredentialKind.OPERATOR: "operator",
    CredentialKind.SYSTEM: "",
}

DID: dict[str, str] = {
    Type.FILE_CREATED: "put",
    Type.FILE_WRITTEN: "wrote",
    Type.FILE_MOVED: "moved",
    Type.FILE_COPIED: "copied",
    Type.FILE_DELETED: "put in the trash:",
    Type.FILE_RESTORED: "restored",
    Type.FILE_PURGED: "removed for good:",
    Type.FILE_DAMAGED: "found damage in",
    Type.FOLDER_CREATED: "made the folder",
    Type.PROPERTIES_CHANGED: "changed the properties of",
    Type.CLAIM_TAKEN: "claimed",
    Type.CLAIM_TAKEN_OVER: "took over its claim on",
    Type.CLAIM_RELEASED: "ended its claim on",
    Type.CLAIM_LAPSED: "returned, as the lease had lapsed,",
    Type.LOCK_TAKEN: "locked",
    Type.LOCK_RELEASED: "unlocked",
    Type.LOCK_EXPIRED: "saw a lock run out on",
    Type.LOCK_BROKEN: "broke the lock on",
    Type.HANDOFF_OPENED: "handed over",
    Type.HANDOFF_RESUBMITTED: "handed over again",
    Type.HANDOFF_CHANGED: "changed, in review,",
    Type.HANDOFF_TAKEN: "took",
    Type.HANDOFF_GIVEN_BACK: "gave back",
    Type.HANDOFF_REVIEWED: "reviewed",
    Type.HANDOFF_APPROVED: "approved",
    Type.HANDOFF_CHANGES_REQUESTED: "asked for changes in",
    Type.HANDOFF_REJECTED: "rejected",
    Type.HANDOFF_ANSWERED: "answered",
    Type.HANDOFF_WITHDRAWN: "withdrew",
    Type.HANDOFF_RECALLED: "recalled",
    Type.HANDOFF_RAISED: "raised",
    Type.HANDOFF_REMINDED: "reminded of",
    Type.HANDOFF_REPLANNED: "set another time for",
    Type.HANDOFF_SECOND_LOOK_ASKED: "asked for a second look at",
    Type.HANDOFF_SECOND_LOOK_GIVEN: "gave a second look to",
    Type.HANDOFF_REASSIGNED: "handed on the review of",
    Type.HANDOFF_SPLIT: "split off",
    Type.HANDOFF_OFFERED: "offered to other agents",
    Type.COMMENT_ADDED: "commented on",
    Type.COMMENT_RESOLVED: "settled a comment on",
    Type.RUN_BEGUN: "began to run",
    Type.RUN_ENDED: "ended its run of",
    Type.ACCESS_DENIED: "was refused:",
    Type.ACCESS_EXPORTED: "exported",
    Type.PERSON_CREATED: "added a person",
    Type.PERSON_CHANGED: "changed a person's account",
    Type.PERSON_DISABLED: "disabled a person's account",
    Type.SESSION_STARTED: "signed in",
    Type.SESSION_ENDED: "signed out",
    Type.APP_PASSWORD_CREATED: "made an app password",
    Type.APP_PASSWORD_REVOKED: "revoked an app password",
    Type.AWAY_SET: "is away for a time",
    Type.AWAY_ENDED: "is back",
    Type.MEMBER_SET: "gave a member a role",
    Type.MEMBER_REMOVED: "removed a member",
    Type.GRANT_SET: "set a right on",
    Type.GRANT_REMOVED: "removed a right on",
    Type.AGENT_CREATED: "added an agent",
    Type.AGENT_CHANGED: "changed an agent",
    Type.AGENT_DISABLED: "disabled an agent",
    Type.KEY_CREATED: "made a key",
    Type.KEY_ROTATED: "rotated a key",
    Type.KEY_REVOKED: "revoked a key",
    Type.POLICY_SET: "set the policy",
    Type.FOLLOWER_REWOUND: "sent a follower of the log back:",
    Type.ENDPOINT_CREATED: "added an endpoint",
    Type.ENDPOINT_CHANGED: "changed an endpoint",
    Type.ENDPOINT_REMOVED: "removed an endpoint",
    Type.ENDPOINT_DISABLED: "stopped telling an endpoint",
    Type.ENDPOINT_ROTATED: "rotated the secret of an endpoint",
    Type.ENDPOINT_PINGED: "pinged an endpoint",
    Type.ENDPOINT_REPLAYED: "had an endpoint told again",
    Type.CALLBACK_ROTATED: "made a secret for callbacks",
    Type.PREFERENCES_SET: "chose what to hear",
    Type.CHANNEL_SET: "set the channel",
    Type.CHANNEL_REMOVED: "removed the channel",
    Type.ENTRY_ERASED: "erased the private part of an entry",
    Type.SIGNIN_LINK_CREATED: "made a link to sign in once",
    Type.WORKSPACE_CREATED: "founded the workspace",
    Type.WORKSPACE_CLOSED: "closed the workspace",
    Type.WORKSPACE_REOPENED: "reopened the workspace",
    Type.WORKSPACE_DESTROYED: "destroyed the workspace",
    Type.WORKSPACE_KEY_ROTATED: "rotated the workspace's key",
}
"""By event: the verb that follows the actor's name."""


def did(type_: str) -> str:
    """Return the verb of an event; one that is newer than this page is shown by its name."""
    return DID.get(type_, type_.replace(".", " ").replace("_", " "))


def plural(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun: `1 flag`, `3 flags`, `2 entries`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def table() -> dict[str, Any]:
    """Return the words as the templates know them."""
    return {
        "KINDS": KINDS,
        "STATES": STATES,
        "GIVEN": GIVEN,
        "SEVERITIES": SEVERITIES,
        "DOORS": DOORS,
        "CREDENTIALS": CREDENTIALS,
    }
