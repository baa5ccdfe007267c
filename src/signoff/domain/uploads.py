"""Uploads that go on where they broke off: what they are, and what may come next (tus 1.0).

An upload is promised a path, grows at its end alone, and becomes a file once, when it is whole.
Whoever sends to it takes its turn; the newest turn counts, and an older one adds nothing more.
"""

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.errors import (
    Busy,
    Code,
    Conflict,
    Gone,
    Held,
    Invalid,
    Malformed,
    StorageFull,
    TooLarge,
)
from signoff.domain.ids import DAY, ActorId, Digest, Instant, Micros, Path, UploadId

KEPT_FOR = Micros(DAY)
"""So long an upload is kept after the last that was heard of it, finished or not."""
MOST_OPEN = 100
"""So many unfinished uploads an actor may have in a workspace at a time."""
MOST_PARTS = 10_000
"""So many pieces an upload may come in: what is whole is read piece by piece."""


class Written(Struct, frozen=True, kw_only=True):
    """The file's version that an upload became; `etag` is what If-Match wants."""

    version: int
    digest: Digest
    etag: str
    created: bool


class Upload(Struct, frozen=True, kw_only=True):
    """Bytes on their way to a path.

    `length` is None until the client says it. `stored` is how much is durable; `metadata` is
    what the client said at the beginning, word for word; `turn` counts who began to send.
    """

    id: UploadId
    by: ActorId
    path: Path
    length: int | None
    expires_at: Instant
    stored: int = 0
    turn: int = 0
    metadata: str = ""
    media_type: str = ""
    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()
    digest: Digest | None = None
    mtime_seconds: int | None = None
    written: Written | None = None

    @property
    def is_whole(self) -> bool:
        """Say whether all its bytes are stored."""
        return self.stored == self.length

    @property
    def outstanding(self) -> int:
        """Return how many bytes are announced and not stored; none while no length is known."""
        return 0 if self.length is None else self.length - self.stored

    @property
    def offset(self) -> int:
        """Return how much is acknowledged: the last byte only together with the file's name.

        A client that finds an upload at its length takes it for done. One that could not be
        named yet is therefore shown short of its last byte, and sending that tries again.
        """
        if self.is_whole and self.written is None:
            return max(self.stored - 1, 0)
        return self.stored


def begun(upload: Upload, *, open_already: int, now: Instant) -> Upload:
    """Return a new upload with its time; refuse one more than an actor may have."""
    if open_already >= MOST_OPEN:
        raise Busy(
            f"You have {open_already} unfinished uploads here already",
            code=Code.TOO_MANY_UPLOADS,
            hint="Finish one, or give it up with DELETE; each ends a day after its last byte.",
        )
    return _heard_of(upload, now)


def resumed(upload: Upload, *, offset: int, length: int | None, now: Instant) -> Upload:
    """Return the upload in the turn of whoever sends from `offset` on, and may say its length.

    What is whole and not named yet is sent its last byte again, or nothing.
    """
    if offset not in (upload.offset, upload.stored):
        raise Conflict(
            f"The upload is at {upload.offset}, not at {offset}",
            code=Code.OFFSET_MISMATCH,
            hint="Ask with HEAD how far it is, and go on from there.",
            offset=upload.offset,
        )
    if length is not None:
        upload = _with_length(upload, length)
    return _heard_of(replace(upload, turn=upload.turn + 1), now)


def grown(upload: Upload, *, turn: int, stored: int, now: Instant) -> Upload:
    """Return the upload with more of it stored; refuse whose turn is over."""
    check_turn(upload, turn)
    if stored < upload.stored or (upload.length is not None and stored > upload.length):
        raise ValueError("An upload grows at its end, up to its length")
    return _heard_of(replace(upload, stored=stored), now)


def finished(upload: Upload, written: Written, *, now: Instant) -> Upload:
    """Return the upload as the file that it became; it answers for a day more."""
    if not upload.is_whole:
        raise ValueError("An upload is finished when it is whole")
    return _heard_of(replace(upload, written=written), now)


def _heard_of(upload: Upload, now: Instant) -> Upload:
    return replace(upload, expires_at=Instant(now + KEPT_FOR))


def _with_length(upload: Upload, length: int) -> Upload:
    if upload.length is not None and upload.length != length:
        raise Malformed(
            f"The upload has {upload.length} bytes, not {length}",
            hint="Its length is said once; give it up with DELETE and begin another.",
        )
    if length < upload.stored:
        raise Malformed(f"The upload has {upload.stored} bytes already, more than {length}")
    return replace(upload, length=length)


# What is refused.


def check_length(length: int | None, *, most: int) -> None:
    """Refuse a file larger than files may be here."""
    if length is not None and length > most:
        raise TooLarge(
            f"A file is at most {most} bytes here",
            hint="Split it, or ask the operator to raise --max-upload.",
        )


def check_room(coming: int, *, outstanding: int, free: int | None) -> None:
    """Refuse to promise room that there is not, beside what others were promised.

    `outstanding` is what every other upload has announced and not sent yet; `free` is None
    where nobody can say how much the store takes.
    """
    if free is None or not coming or coming + outstanding <= free:
        return
    left = max(free - outstanding, 0)
    raise StorageFull(
        f"There is no room for {coming} bytes: {left} are neither used nor announced",
        hint="Try again when uploads that are under way have ended, or tell the operator.",
        left=left,
    )


def check_alive(upload: Upload, now: Instant) -> None:
    """Refuse an upload whose time is over."""
    if upload.expires_at <= now:
        raise Gone(
            "This upload was given up: nothing came for a day",
            hint="Begin another with POST.",
        )


def check_turn(upload: Upload, turn: int) -> None:
    """Refuse whoever sends while a newer request has taken over."""
    if upload.turn != turn or upload.written is not None:
        raise taken_over()


def taken_over() -> Held:
    """Return the refusal to go on beside another request."""
    return Held(
        "Another request goes on with this upload",
        code=Code.UPLOAD_BUSY,
        hint="Ask with HEAD how far it is, and go on from there.",
    )


def room_left(upload: Upload, *, most: int) -> int:
    """Return how many more bytes may come."""
    return (most if upload.length is None else upload.length) - upload.stored


def check_fits(coming: int, room: int) -> None:
    """Refuse more bytes than there is room for in an upload."""
    if coming > room:
        raise TooLarge(
            f"Only {room} bytes more belong to this upload",
            hint="Ask with HEAD how far it is; send no more than its length.",
        )


def check_digest(upload: Upload, digest: str) -> None:
    """Refuse bytes that are not those that the client said it would send."""
    if upload.digest is not None and upload.digest != digest:
        raise Invalid(
            "The bytes that came are not those that were announced; the upload is given up",
            code=Code.DIGEST_MISMATCH,
            hint="The file changed meanwhile, or was damaged on the way; send it anew.",
            digest=digest,
        )


def check_parts(parts: int) -> None:
    """Refuse to take yet another piece of an upload that came in too many."""
    if parts >= MOST_PARTS:
        raise Invalid(
            f"An upload comes in {MOST_PARTS} pieces at most",
            hint="Send larger pieces, or all that is left in one.",
        )
