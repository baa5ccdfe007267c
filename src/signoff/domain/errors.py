"""Every refusal: a stable code for programs, a sentence for people, a hint that works.

    Refusal
    ├── Unauthenticated   nobody, or no longer anybody
    ├── NotFound          not there, or not for your eyes
    ├── Forbidden         yours to see, not yours to do; goes on the record
    ├── Malformed         cannot be read
    ├── Invalid           can be read, makes no sense
    ├── TooLarge          more than the limit
    ├── Stale             not as you saw it
    ├── Unconditional     say what you saw
    ├── Held              somebody holds it still: a lock, a claim, a review
    ├── Conflict          the world has moved on
    ├── Gone              was there, is not any more
    ├── Busy              try again shortly
    ├── StorageFull       no room
    └── Damaged           the bytes are not what they were

The code is a promise; statuses are the doors' business (`asgi/problems.py`).
"""

from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """What a program matches on. A code never changes its meaning."""

    UNAUTHENTICATED = "unauthenticated"
    CREDENTIAL_EXPIRED = "credential_expired"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    TOO_MANY_ATTEMPTS = "too_many_attempts"

    NOT_FOUND = "not_found"

    FORBIDDEN = "forbidden"
    AGENT_CANNOT_DECIDE = "agent_cannot_decide"
    CREDENTIAL_CANNOT_DECIDE = "credential_cannot_decide"
    OWN_WORK = "own_work"
    BY_DECISION_ONLY = "by_decision_only"
    NEEDS_THE_PAGE = "needs_the_page"
    NOT_A_MOVE = "not_a_move"
    FORBIDDEN_NAME = "forbidden_name"
    RESERVED_NAME = "reserved_name"
    STAGE_FIXED = "stage_fixed"
    CLAIM_INSTEAD = "claim_instead"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_A_REVIEWER = "not_a_reviewer"
    CROSS_SITE = "cross_site"

    MALFORMED = "malformed"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    INVALID_PATH = "invalid_path"
    INVALID = "invalid"
    REASON_REQUIRED = "reason_required"
    ANSWER_INVALID = "answer_invalid"
    SCHEMA_MISMATCH = "schema_mismatch"
    VERDICT_NOT_OFFERED = "verdict_not_offered"
    NO_FILES = "no_files"
    PACKAGE_TOO_LARGE = "package_too_large"
    TOO_LONG = "too_long"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    POLICY_INVALID = "policy_invalid"
    ADDRESS_INVALID = "address_invalid"
    BODY_INCOMPLETE = "body_incomplete"
    UNSUPPORTED = "unsupported"
    NOT_ACCEPTABLE = "not_acceptable"
    XML_REFUSED = "xml_refused"
    FINITE_DEPTH = "finite_depth"
    RANGE_UNSATISFIABLE = "range_unsatisfiable"
    CHECKSUM_MISMATCH = "checksum_mismatch"

    TOO_LARGE = "too_large"

    PRECONDITION_FAILED = "precondition_failed"
    PRECONDITION_REQUIRED = "precondition_required"
    PROTOCOL_VERSION = "protocol_version"

    LOCKED = "locked"
    CLAIMED = "claimed"
    FROZEN = "frozen"
    CLAIM_FIRST = "claim_first"
    UPLOAD_BUSY = "upload_busy"

    CONFLICT = "conflict"
    EXISTS = "exists"
    IS_FOLDER = "is_folder"
    NOT_A_FOLDER = "not_a_folder"
    PARENT_MISSING = "parent_missing"
    LOCK_ELSEWHERE = "lock_elsewhere"
    ELSEWHERE = "elsewhere"
    DIGEST_MISMATCH = "digest_mismatch"
    OFFSET_MISMATCH = "offset_mismatch"
    ALREADY_DECIDED = "already_decided"
    ALREADY_RUN = "already_run"
    ROUND_REQUIRED = "round_required"
    CLAIM_LAPSED = "claim_lapsed"
    PACKAGE_NESTED = "package_nested"
    HOLDS_HANDOFFS = "holds_handoffs"
    WRONG_STATE = "wrong_state"
    WRONG_STAGE = "wrong_stage"
    NOT_YOUR_TURN = "not_your_turn"
    CANNOT_REVIEW = "cannot_review"
    TOO_MANY_CHILDREN = "too_many_children"
    REPLAY_HAS_SECRET = "replay_has_secret"  # noqa: S105
    WORKSPACE_CLOSED = "workspace_closed"
    LAST_OWNER = "last_owner"
    DATA_IN_USE = "data_in_use"
    ADDRESS_IN_USE = "address_in_use"

    GONE = "gone"
    BUSY = "busy"
    OUTCOME_UNKNOWN = "outcome_unknown"
    RATE_LIMITED = "rate_limited"
    TOO_MANY_UPLOADS = "too_many_uploads"
    STORAGE_FULL = "storage_full"
    DAMAGED = "damaged"
    ROOT_KEY_MISSING = "root_key_missing"
    ROOT_KEY_WRONG = "root_key_wrong"
    UNRECORDED = "unrecorded"
    INTERNAL = "internal"


class Refusal(Exception):
    """No. `code` for programs, the message for people, `hint` for what would work.

    `facts` are shown beside it, so they never hold a secret.
    """

    default: Code

    def __init__(
        self, message: str, *, code: Code | None = None, hint: str = "", **facts: Any
    ) -> None:
        super().__init__(message)
        self.code = code or self.default
        self.message = message
        self.hint = hint
        self.facts = facts


class Unauthenticated(Refusal):
    """Nobody, or no longer anybody."""

    default = Code.UNAUTHENTICATED


class NotFound(Refusal):
    """Not there, or not for your eyes: the two look the same on purpose."""

    default = Code.NOT_FOUND


class Forbidden(Refusal):
    """A refusal of right; it goes on the record."""

    default = Code.FORBIDDEN


class Malformed(Refusal):
    """It cannot be read."""

    default = Code.MALFORMED


class Invalid(Refusal):
    """It can be read, and makes no sense."""

    default = Code.INVALID


class TooLarge(Refusal):
    """More than the limit."""

    default = Code.TOO_LARGE


class Stale(Refusal):
    """It is not as you saw it."""

    default = Code.PRECONDITION_FAILED


class Unconditional(Refusal):
    """Say what you saw before you overwrite it."""

    default = Code.PRECONDITION_REQUIRED


class Held(Refusal):
    """Somebody holds it still: a lock, a claim, a review."""

    default = Code.LOCKED


class Conflict(Refusal):
    """The world has moved on, or is not shaped for this."""

    default = Code.CONFLICT


class Gone(Refusal):
    """It was there and is not any more."""

    default = Code.GONE


class Busy(Refusal):
    """Try again shortly."""

    default = Code.BUSY


class StorageFull(Refusal):
    """There is no room; what was there is untouched."""

    default = Code.STORAGE_FULL


class Damaged(Refusal):
    """The bytes are not what they were; they are never returned."""

    default = Code.DAMAGED
