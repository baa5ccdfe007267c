"""What happened, as frozen values."""

from datetime import datetime

from msgspec import Struct, field

from signoff_client.views import Who


class Event(Struct, frozen=True, kw_only=True):
    """One thing that happened. `position` is the cursor from which to go on following."""

    position: int
    id: str
    type: str
    at: datetime
    actor: Who
    door: str
    path: str = ""
    from_path: str = field(default="", name="from")
    to: str = ""
    version: int = 0
    digest: str = ""
    size: int = 0
    handoff: str = ""
    round: int = 0
    reason: str = ""
    node: str = ""
    subject: str = ""
    codes: dict[str, str | int | bool] = {}


class EventsPage(Struct, frozen=True, kw_only=True):
    """Some events in order, and the position from which to go on."""

    items: tuple[Event, ...]
    next: int


class Position(Struct, frozen=True, kw_only=True):
    """The last position of the log."""

    position: int
