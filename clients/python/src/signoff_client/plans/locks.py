"""Locks: to take one, in line if somebody holds it; to keep it; to end it."""

import time
from dataclasses import dataclass

from msgspec.structs import replace

from signoff_client.asking import Patience, ask, read, seconds_until, tell
from signoff_client.errors import Held, SignoffError
from signoff_client.place import quoted
from signoff_client.steps import Pause, Plan
from signoff_client.views import LockView, Ticket

LONGEST_WAIT = 60


@dataclass(kw_only=True, slots=True)
class Locked:
    """A lock that is ours while it is renewed."""

    view: LockView
    seconds: int
    """From one renewal to the end of it."""
    until: float
    """When it ends unless it is renewed, on the clock of `time.monotonic`."""
    ended: bool = False
    lost: SignoffError | None = None

    def check(self) -> None:
        """Raise why it is not ours any more, if so."""
        if self.lost is not None:
            raise self.lost

    def pause(self) -> float:
        """Return the seconds until the lock is renewed: a third of its time."""
        return self.seconds / 3


def lock(
    path: str,
    *,
    mode: str,
    depth: str,
    timeout_seconds: int | None,
    wait: float,
    patience: Patience,
) -> Plan[Locked]:
    """Lock a path, or stand in line for it; raise Held when the time for that is over."""
    end = time.monotonic() + wait
    body: dict[str, object] = {"path": path.strip("/"), "mode": mode, "depth": depth}
    if timeout_seconds is not None:
        body["timeout_seconds"] = timeout_seconds
    while True:
        step = max(0, min(LONGEST_WAIT, round(end - time.monotonic())))
        asked = {**body, "wait": step}
        try:
            reply = yield from tell("POST", "locks", patience=patience, json=asked, wait=step)
        except Held as held:
            if end - time.monotonic() < 1:
                raise
            body["ticket"] = held.facts.get("ticket", "")
            yield Pause(0.2)
            continue
        if reply.status != 202:  # noqa: PLR2004
            view = read(reply, LockView)
            seconds = max(1, round(seconds_until(view.expires_at, reply)))
            return Locked(view=view, seconds=seconds, until=time.monotonic() + seconds)
        ticket = read(reply, Ticket)
        body["ticket"] = ticket.ticket
        yield Pause(min(ticket.retry_after, max(0.2, end - time.monotonic())))


def keep(locked: Locked) -> Plan[None]:
    """Renew a lock at each third of its time, until it is ended or lost."""
    while not locked.ended:
        yield Pause(locked.pause())
        if locked.ended:
            return
        sent = time.monotonic()
        patience = Patience(tries=None, until=locked.until)
        path = f"locks/{quoted(locked.view.token)}/refresh"
        body = {"path": locked.view.path, "timeout_seconds": locked.seconds}
        try:
            view = yield from ask(
                "POST",
                path,
                LockView,
                patience=patience,
                json=body,
            )
        except SignoffError as error:
            locked.lost = None if locked.ended else error
            return
        locked.view = replace(locked.view, expires_at=view.expires_at)
        locked.until = sent + locked.seconds


def unlock(locked: Locked, *, patience: Patience) -> Plan[None]:
    """End a lock; who waits longest is next."""
    if locked.ended:
        return
    locked.ended = True
    path = f"locks/{quoted(locked.view.token)}"
    params = {"path": locked.view.path}
    yield from tell("DELETE", path, patience=patience, params=params, done=(404, 409))
