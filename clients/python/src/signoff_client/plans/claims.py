"""Claims: to take work, to keep it while it is done, to give it back."""

import time
from dataclasses import dataclass, field

from msgspec.structs import replace

from signoff_client.asking import (
    ENDLESS,
    ONCE,
    Patience,
    ask,
    pause_after,
    read,
    seconds_until,
    tell,
)
from signoff_client.errors import ClaimLapsed, Refused, SignoffError
from signoff_client.place import quoted
from signoff_client.steps import Flow, Give, Pause, Plan, Reply
from signoff_client.views import ClaimView

LONGEST_WAIT = 60
"""Seconds for which the server lets a request for work wait."""

SHORTEST_LEASE = 60
"""Seconds; the server gives none that is shorter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Which work is wanted: any at all, one stage's, what a pattern means, or one path."""

    stage: str | None = None
    path: str | None = None
    glob: str | None = None
    lease_seconds: int | None = None

    def body(self) -> dict[str, object]:
        """Return what is asked of the server."""
        said = {
            "stage": self.stage,
            "path": self.path,
            "glob": self.glob,
            "lease_seconds": self.lease_seconds,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(kw_only=True, slots=True, eq=False)
class InHand:
    """Work that is ours while its lease is renewed."""

    view: ClaimView
    submitted: bool = False
    ended: bool = False
    """Submitted or given back: what may be done with it is over."""
    lost: SignoffError | None = None
    """Why it is not ours any more, raised by its next act."""
    root: str = ""
    """What names are relative to, once somebody asked."""
    lease: float
    """Seconds from one renewal to the end of the lease."""
    until: float = field(init=False)
    """When it ends unless it is renewed, on the clock of `time.monotonic`."""

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.lease

    @classmethod
    def of(cls, reply: Reply) -> "InHand":
        """Return the work that an answer gives."""
        view = read(reply, ClaimView)
        return cls(view=view, lease=max(seconds_until(view.expires_at, reply), SHORTEST_LEASE))

    @property
    def token(self) -> str:
        """The lock token that goes with each write and with the submission."""
        return self.view.lock_token or ""

    def pause(self) -> float:
        """Return the seconds until the lease is renewed: a third of it."""
        return self.lease / 3

    def check(self) -> None:
        """Raise why it is not ours any more, if so."""
        if self.lost is not None:
            raise self.lost
        if self.ended:
            raise ClaimLapsed(
                "This work was submitted or given back",
                code="claim_lapsed",
                hint="Claim it again to go on with it.",
            )


def work(wish: Wish, *, wait: float, once: bool) -> Flow[InHand]:
    """Give one piece of work after the other, for ever; with `once`, until there is none.

    After work that was not submitted there is a pause, longer each time, so that an agent
    which cannot do what it is given does not spin.
    """
    undone = 0
    while True:
        held = yield from claim(wish, wait=0 if once else wait, patience=ENDLESS)
        if held is None:
            if once:
                return
            if wait < 1:
                yield Pause(1.0)
            continue
        yield Give(held)
        undone = 0 if held.submitted else undone + 1
        if undone:
            yield Pause(pause_after(undone))


def claim(wish: Wish, *, wait: float, patience: Patience) -> Plan[InHand | None]:
    """Claim the next piece of work, waiting for it; None if there is none."""
    end = time.monotonic() + wait
    while True:
        began = time.monotonic()
        step = max(0, min(LONGEST_WAIT, round(end - began)))
        body = {**wish.body(), "wait": step}
        reply = yield from tell("POST", "claims", patience=patience, json=body, wait=step)
        if reply.body:
            return InHand.of(reply)
        left = end - time.monotonic()
        if left < 1:
            return None
        if time.monotonic() - began < min(1, step):
            yield Pause(1.0)  # a server that stops answers at once whoever waits


def take_over(claim_id: str, *, patience: Patience) -> Plan[InHand]:
    """Take over a claim of the same agent, as after a restart: the old token is dead."""
    path = f"claims/{quoted(claim_id)}/takeover"
    return InHand.of((yield from tell("POST", path, patience=patience)))


def keep(held: InHand) -> Plan[None]:
    """Renew a lease at each third of it, until the work is ended or lost.

    A server that is away is asked again until the lease is over: then the work is lost.
    """
    while not held.ended:
        yield Pause(held.pause())
        if held.ended:
            return
        try:
            yield from renew(held, patience=Patience(tries=None, until=held.until))
        except SignoffError as error:
            held.lost = None if held.ended else _lost(error)
            return


def renew(held: InHand, *, patience: Patience) -> Plan[None]:
    """Begin a lease anew, as long as before."""
    path = f"claims/{quoted(held.view.id)}/renew"
    body = {"lease_seconds": round(held.lease)}
    sent = time.monotonic()
    renewed = yield from ask(
        "POST", path, ClaimView, patience=patience, json=body, token=held.token
    )
    held.view = replace(held.view, expires_at=renewed.expires_at)
    held.until = sent + held.lease


def _lost(error: SignoffError) -> SignoffError:
    if isinstance(error, Refused):
        return error
    return ClaimLapsed(
        f"The lease ran out while the server was away: {error}",
        code="claim_lapsed",
        hint="Claim again; the work may be in other hands.",
    )


def release(held: InHand, *, patience: Patience) -> Plan[None]:
    """Give work back as it was claimed."""
    held.check()
    held.ended = True
    path = f"claims/{quoted(held.view.id)}"
    yield from tell("DELETE", path, patience=patience, token=held.token, done=(404, 409))


def let_go(held: InHand) -> Plan[None]:
    """Give work back if it is still ours, without a word if that cannot be done now.

    It lapses by itself then, and is offered again.
    """
    if held.ended or held.lost is not None:
        held.ended = True
        return
    try:
        yield from release(held, patience=ONCE)
    except SignoffError:
        return
