"""Where machines are told: an address, what it wants to hear, and when it stops being told."""

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain import globs
from signoff.domain.actors import Kind
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.events import Type
from signoff.domain.ids import ActorId, CredentialId, EndpointId, Instant
from signoff.domain.signatures import Scheme
from signoff.domain.urls import check_url

MAX_ENDPOINTS = 200
MAX_FILTERS = 50
MAX_DESCRIPTION = 500
WANTED: Final = ("handoff.*",)
"""What an endpoint hears that did not say."""

TOLD_ALONE = Type.ENDPOINT_PINGED
"""What is told to the one endpoint that it is about, whatever that wants to hear."""


class Ending(StrEnum):
    """Why an endpoint is told nothing any more."""

    PAUSED = "paused"
    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """For three days there was nothing but failure."""
    BEHIND = "behind"
    """More waited for it than is kept; the log has it all."""
    CREATOR_LEFT = "creator_left"
    """Whoever made it may no longer see what it would be told."""


class Endpoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A webhook's target, as whoever made it wants it.

    `events` are whole types, or a noun with `.*` or `.` behind it, or `*`; `path` is a glob.
    It is told what its creator may see; `narrowed_to` are the places of the key by which it
    was made. `stopped_at` is the position after which nothing was put in line for it.
    """

    id: EndpointId
    url: str
    events: tuple[str, ...] = WANTED
    path: str = ""
    description: str = ""
    scheme: Scheme = Scheme.HMAC
    by: ActorId
    by_kind: Kind
    credential: CredentialId
    narrowed_to: tuple[str, ...] = ()
    created_at: Instant
    ending: Ending | None = None
    stopped_at: int | None = None

    @property
    def on(self) -> bool:
        """Say whether it is told anything."""
        return self.ending is None


def check(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint whose words mean something, or refuse."""
    check_url(endpoint.url)
    if not endpoint.events or len(endpoint.events) > MAX_FILTERS:
        raise Invalid(
            f"An endpoint hears of 1 to {MAX_FILTERS} kinds of events",
            hint="`*` is all of them, `handoff.*` those of handoffs.",
            field="events",
        )
    for wanted in endpoint.events:
        if not any(fits(wanted, type_) for type_ in Type):
            raise Invalid(
                f"No event is called “{wanted[:80]}”",
                hint="docs/reference/events.md names them; `handoff.*` is all of a noun.",
                field="events",
            )
    if endpoint.path:
        globs.check_glob(endpoint.path)
    if len(endpoint.description) > MAX_DESCRIPTION:
        raise Invalid(
            f"A description has at most {MAX_DESCRIPTION} characters", field="description"
        )
    return endpoint


def fits(wanted: str, type_: str) -> bool:
    """Say whether an event's type is one that a filter means."""
    if wanted == "*":
        return True
    noun = wanted.removesuffix("*")
    return type_.startswith(noun) if noun.endswith(".") else type_ == wanted


def wants(endpoint: Endpoint, type_: str) -> bool:
    """Say whether an endpoint hears of events of a type."""
    return any(fits(wanted, type_) for wanted in endpoint.events)


def lies_within(endpoint: Endpoint, places: tuple[str, ...]) -> bool:
    """Say whether something happened at a place that an endpoint hears of."""
    return not endpoint.path or any(globs.matches(endpoint.path, place) for place in places)


def end(endpoint: Endpoint, why: Ending, *, head: int) -> Endpoint:
    """Stop telling an endpoint; what waits for it stays in line."""
    if not endpoint.on:
        raise Conflict("This endpoint is told nothing already", code=Code.WRONG_STATE)
    return replace(endpoint, ending=why, stopped_at=head)


def resume(endpoint: Endpoint) -> Endpoint:
    """Go on with what waits, and with what happens from now."""
    return replace(endpoint, ending=None, stopped_at=None)
