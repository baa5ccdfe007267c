"""Signoff, for agents: claim work, do it, hand it to people, go on with what they decide.

    from signoff_client import Signoff

    with Signoff() as signoff:  # SIGNOFF_URL and SIGNOFF_KEY
        for item in signoff.work("*.csv"):
            item.write(clean(item.read()))
            decision = item.submit(title="Cleaned", confidence=0.9).wait()

`AsyncSignoff` is the same with `await`, `async for` and `async with`.
"""

from signoff_client.aio.calls import AsyncRuling, AsyncToolCall
from signoff_client.aio.client import AsyncSignoff
from signoff_client.aio.handoffs import AsyncHandoff
from signoff_client.aio.items import AsyncItem
from signoff_client.aio.locks import AsyncLock
from signoff_client.calls import Answer, fingerprint
from signoff_client.decisions import Change, Decision
from signoff_client.errors import (
    AlreadyRun,
    Busy,
    ChangedSince,
    ClaimLapsed,
    Conflict,
    Forbidden,
    Held,
    Invalid,
    NotFound,
    RateLimited,
    Refused,
    SignoffError,
    Stale,
    StillWaiting,
    TooLarge,
    Unauthenticated,
    Unreachable,
)
from signoff_client.events import Event
from signoff_client.plans.handoffs import Said
from signoff_client.sync.calls import Ruling, ToolCall
from signoff_client.sync.client import Signoff
from signoff_client.sync.handoffs import Handoff
from signoff_client.sync.items import Item
from signoff_client.sync.locks import Lock
from signoff_client.views import (
    Claim,
    Entry,
    Feedback,
    File,
    FileVerdict,
    Flag,
    HandoffView,
    Moved,
    PackageFile,
    Question,
    Remark,
    Version,
    Who,
)

__version__ = "0.1.0"

__all__ = [
    "AlreadyRun",
    "Answer",
    "AsyncHandoff",
    "AsyncItem",
    "AsyncLock",
    "AsyncRuling",
    "AsyncSignoff",
    "AsyncToolCall",
    "Busy",
    "Change",
    "ChangedSince",
    "Claim",
    "ClaimLapsed",
    "Conflict",
    "Decision",
    "Entry",
    "Event",
    "Feedback",
    "File",
    "FileVerdict",
    "Flag",
    "Forbidden",
    "Handoff",
    "HandoffView",
    "Held",
    "Invalid",
    "Item",
    "Lock",
    "Moved",
    "NotFound",
    "PackageFile",
    "Question",
    "RateLimited",
    "Refused",
    "Remark",
    "Ruling",
    "Said",
    "Signoff",
    "SignoffError",
    "Stale",
    "StillWaiting",
    "TooLarge",
    "ToolCall",
    "Unauthenticated",
    "Unreachable",
    "Version",
    "Who",
    "fingerprint",
]
