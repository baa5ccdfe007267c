"""Names for the strings and numbers that must not be mixed up."""

from typing import NewType

Slug = NewType("Slug", str)
"""A workspace's name in every URL, `[a-z0-9][a-z0-9-]{1,38}`; never used twice."""

Path = NewType("Path", str)
"""A clean path below the workspace's root: NFC, `/` between names, no slash at the ends.
The root is the empty string. Only `files.clean_path` makes one from outside text."""

NodeId = NewType("NodeId", str)
ActorId = NewType("ActorId", str)
CredentialId = NewType("CredentialId", str)
BlobId = NewType("BlobId", str)
UploadId = NewType("UploadId", str)
HandoffId = NewType("HandoffId", str)
ClaimId = NewType("ClaimId", str)
CommentId = NewType("CommentId", str)
RunId = NewType("RunId", str)
EndpointId = NewType("EndpointId", str)
"""`ep_…`, or `cb_…` for all `callback_url`s of one origin."""

LockToken = NewType("LockToken", str)
"""`opaquelocktoken:<uuid>`, a secret shared with the holder only (RFC 4918, section 6.5)."""

Digest = NewType("Digest", str)
"""`sha256:` and 64 lower-case hexadecimal digits."""

Instant = NewType("Instant", int)
"""Microseconds since 1970-01-01T00:00:00Z."""

Micros = NewType("Micros", int)
"""A length of time in microseconds."""

SECOND = Micros(1_000_000)
MINUTE = Micros(60 * SECOND)
HOUR = Micros(60 * MINUTE)
DAY = Micros(24 * HOUR)

ROOT = NodeId("root")
"""The id of every workspace's root folder."""

INSTANCE = Slug("@instance")
"""The log of what happens outside any workspace; no slug can be equal to it."""
