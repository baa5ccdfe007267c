"""What a worker does by itself: the table of duties, and what each of them is made of.

| duty     | every | what it does                                                        |
|----------|-------|---------------------------------------------------------------------|
| seal     | 1 s   | takes new entries into the log's tree and signs its head            |
| claims   | 30 s  | ends claims whose lease ran out; sleeps only until the next one     |
| locks    | 30 s  | ends locks whose time is over; sleeps only until the next one       |
| arrivals | 1 s   | opens what was written into needs-review/ and has settled           |
| reasons  | 60 s  | tells decisions taken by moving whose reason did not come           |
| timers   | 30 s  | reminds, raises, reassigns, rejects; sleeps only until the next one |
| replans  | 30 s  | plans what is open by a policy that was set                         |
| denials  | 60 s  | records how often refusals were repeated                            |
| sessions | 5 min | ends sessions whose time, or idle time, is over                     |
| retries  | 1 h   | forgets answers kept for retries, and old failures to sign in       |
| trash    | 1 h   | destroys what was in the trash for its time                         |
| staged   | 1 h   | removes copies that were begun out of sight and never published     |
| litter   | 1 h   | forgets what desktops left behind and nobody asks for any more      |
| uploads  | 1 h   | forgets uploads of which nothing was heard for a day                |
| blobs    | 1 h   | removes the objects of blobs that were given up or never came       |
| destroy  | 1 h   | destroys workspaces that were closed thirty days ago                |
| strays   | 1 day | removes objects that no row knows                                   |
| webhooks | 60 s  | sends what is in line for endpoints (`sender.py`), as soon as it is |
| told     | 1 h   | forgets deliveries whose time is over                               |
| heard    | 1 h   | forgets what people were told long ago                              |
| fold     | 60 s  | folds a grown write-ahead log into the database (SQLite)            |
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from msgspec import Struct

from signoff.actions import (
    arrivals,
    claims,
    explaining,
    locks,
    outboxes,
    sending,
    sweeps,
    timers,
    trash,
)
from signoff.actions.house import Action, House
from signoff.domain.actors import system
from signoff.domain.errors import Refusal
from signoff.domain.ids import DAY, INSTANCE, MINUTE, SECOND, Micros, Slug
from signoff.worker.destroy import destroy_closed
from signoff.worker.seal import seal_all
from signoff.worker.sweep import remove_doomed, remove_strays

R = TypeVar("R")

LOG = "log"
NOTHING = Micros(0)
MOST_AT_ONCE = 1000
REPLANNED_AGAIN = timers.REMEMBERED / SECOND


class Duty(Struct, frozen=True, kw_only=True):
    """Something to do every so many seconds, by one worker at a time.

    `run` returns in how many seconds it wants to run again if that is sooner, or None.
    With `hears` it also runs soon, `settle` seconds, after a log grew (`LOG`), or after the
    follower of that name took entries in.
    """

    name: str
    every: float
    run: Callable[[House], Awaitable[float | None]]
    hears: str = ""
    settle: float = 1.0

    @property
    def lease(self) -> str:
        """Return whose lease it is done under; beside its follower, where it hears one."""
        of_its_own = self.hears in ("", LOG)
        return f"duty:{self.name}" if of_its_own else f"follower:{self.hears}"


async def act(house: House, action: Action[Any, R], asked: object, workspace: Slug) -> R:
    """Have the system do an act in the background."""
    done = await house.do(action, system(workspace), asked, background=True)
    return done.result  # type: ignore[return-value]


async def where_due(
    house: House, table: str, after: Micros
) -> tuple[tuple[Slug, ...], float | None]:
    """Return where rows have come due, and in how many seconds the next will."""
    found = await house.ask(sweeps.due, system(INSTANCE), sweeps.Look(table=table, after=after))
    if found.next_at is None:
        return found.workspaces, None
    return found.workspaces, max(0.0, (found.next_at - house.engine.now()) / SECOND)


async def _workspaces(house: House) -> tuple[Slug, ...]:
    found = await house.ask(sweeps.workspaces, system(INSTANCE), sweeps.Chunk())
    return tuple(map(Slug, found))


async def _each(found: tuple[str, ...], run: Callable[[str], Awaitable[object]]) -> None:
    """Do each in a transaction of its own; what has changed meanwhile is left for later."""
    for name in found:
        try:
            await run(name)
        except Refusal:
            continue


async def lapse_claims(house: House) -> float | None:
    """End claims whose lease has run out; the work goes back (RULES 13)."""
    where, soon = await where_due(house, "claims", NOTHING)
    for workspace in where:
        lapsed = await house.ask(sweeps.lapsed_claims, system(workspace), sweeps.Chunk())

        async def lapse(name: str, at: Slug = workspace) -> object:
            return await act(house, claims.lapse, claims.OneClaim(claim=name), at)

        await _each(lapsed, lapse)
    return soon


async def expire_locks(house: House) -> float | None:
    """End locks whose time is over; a draft is not published by that (RULES 15)."""
    where, soon = await where_due(house, "locks", NOTHING)
    for workspace in where:
        over = await house.ask(sweeps.expired_locks, system(workspace), sweeps.Chunk())

        async def expire(token: str, at: Slug = workspace) -> object:
            return await act(house, locks.expire, locks.OneLock(token=token), at)

        await _each(over, expire)
    return soon


async def keep_time(house: House) -> float | None:
    """Do what is to happen to handoffs by now, each thing once, in the order of time."""
    where, soon = await where_due(house, "handoffs", NOTHING)
    for workspace in where:
        asked: timers.Look | None = timers.Look()
        while asked is not None:
            due = await house.ask(timers.due, system(workspace), asked)
            for one in due:
                await _fire(house, workspace, timers.Fire(handoff=one.id, node=one.node))
            more = len(due) == timers.CHUNK
            asked = timers.Look(at=due[-1].at, handoff=due[-1].id) if more else None
    return soon


async def _fire(house: House, workspace: Slug, asked: timers.Fire) -> None:
    """Do all for which it is time, one by one; what cannot be done now is tried again."""
    with suppress(Refusal):
        while (await act(house, timers.fire, asked, workspace)).more:
            pass


async def replan(house: House) -> float | None:
    """Plan what was open when a policy was set."""
    where, _ = await where_due(house, "replans", NOTHING)
    for workspace in where:
        while await act(house, timers.replan, timers.Replan(), workspace):
            pass
    return REPLANNED_AGAIN if where else None


async def flush_denials(house: House) -> float | None:
    """Record the count of repeated refusals, minute by minute (RULES 32)."""
    where, soon = await where_due(house, "denials", MINUTE)
    for workspace in where:
        await _while_any(house, sweeps.flush_denials, workspace)
    return soon


async def settle_arrivals(house: House) -> float | None:
    """Open what was written straight into needs-review/ and has settled (RULES 18)."""
    where, soon = await where_due(house, "arrivals", NOTHING)
    waiting = False
    for workspace in where:
        for _ in range(MOST_AT_ONCE):
            settled = await act(house, arrivals.settle, arrivals.Settle(), workspace)
            if not settled.more:
                break
        waiting = True
    return 1.0 if waiting else soon


async def give_up_waiting(house: House) -> float | None:
    """Tell decisions taken by moving whose reason did not come (RULES 30)."""
    for workspace in await _workspaces(house):
        for _ in range(MOST_AT_ONCE):
            asked = explaining.Unexplained()
            if not (await act(house, explaining.give_up_waiting, asked, workspace)).more:
                break
    return None


async def sweep_trash(house: House) -> float | None:
    """Destroy what was in the trash for its time."""
    for workspace in await _workspaces(house):
        while (await act(house, trash.sweep, trash.Sweep(), workspace)).more:
            pass
    return None


async def forget_staged(house: House) -> float | None:
    """Remove what was staged and never published: a crash or a refusal came between."""
    for workspace in await _workspaces(house):
        await _while_any(house, sweeps.forget_staged, workspace)
    return None


async def forget_litter(house: House) -> float | None:
    """Forget what desktops left behind, a week after it was written last."""
    for workspace in await _workspaces(house):
        await _while_any(house, sweeps.forget_litter, workspace)
    return None


async def end_sessions(house: House) -> float | None:
    """End sessions whose time is over."""
    await _while_any(house, sweeps.end_sessions, INSTANCE)
    return None


async def forget_retries(house: House) -> float | None:
    """Forget what no retry may ask for any more."""
    await act(house, sweeps.forget_retries, sweeps.Chunk(), INSTANCE)
    return None


async def forget_deliveries(house: House) -> float | None:
    """Forget what endpoints were told, or were not, once nobody will look at it any more."""
    for workspace in await _workspaces(house):
        while await act(house, sending.forget, sending.Forget(), workspace):
            pass
    return None


async def forget_told(house: House) -> float | None:
    """Forget what people were told, and what was sent, long ago."""
    for workspace in await _workspaces(house):
        while await act(house, outboxes.forget, outboxes.Chunk(), workspace):
            pass
    return None


async def fold(house: House) -> float | None:
    """Let the database do its own housekeeping."""
    await house.engine.checkpoint()
    return None


async def _while_any(house: House, action: Action[sweeps.Chunk, int], workspace: Slug) -> None:
    """Repeat an act chunk by chunk until it finds nothing more."""
    while await act(house, action, sweeps.Chunk(), workspace):
        pass


async def give_up_uploads(house: House) -> float | None:
    """Forget uploads whose time is over; their bytes go with the blobs that are given up."""
    where, soon = await where_due(house, "uploads", NOTHING)
    for workspace in where:
        await _while_any(house, sweeps.give_up_uploads, workspace)
    return soon


async def remove_blobs(house: House) -> float | None:
    """Remove the objects of what was given up."""
    doomed, _ = await where_due(house, "blobs", sweeps.DOOMED_FOR)
    overdue, _ = await where_due(house, "expected", sweeps.OVERDUE_FOR)
    for workspace in dict.fromkeys((*doomed, *overdue)):
        await remove_doomed(house, workspace)
    return None


async def sweep_strays(house: House) -> float | None:
    """Remove objects that no row knows."""
    await remove_strays(house)
    return None


DUTIES: tuple[Duty, ...] = (
    Duty(name="seal", every=10, run=seal_all, hears=LOG),
    Duty(name="claims", every=30, run=lapse_claims),
    Duty(name="locks", every=30, run=expire_locks),
    Duty(name="arrivals", every=10, run=settle_arrivals, hears=LOG),
    Duty(name="reasons", every=60, run=give_up_waiting),
    Duty(name="timers", every=30, run=keep_time),
    Duty(name="replans", every=30, run=replan, hears=LOG),
    Duty(name="denials", every=60, run=flush_denials),
    Duty(name="sessions", every=300, run=end_sessions),
    Duty(name="retries", every=3600, run=forget_retries),
    Duty(name="trash", every=3600, run=sweep_trash),
    Duty(name="staged", every=3600, run=forget_staged),
    Duty(name="litter", every=3600, run=forget_litter),
    Duty(name="uploads", every=3600, run=give_up_uploads),
    Duty(name="blobs", every=3600, run=remove_blobs),
    Duty(name="destroy", every=3600, run=destroy_closed),
    Duty(name="heard", every=3600, run=forget_told),
    Duty(name="strays", every=DAY / SECOND, run=sweep_strays),
    Duty(name="told", every=3600, run=forget_deliveries),
    Duty(name="fold", every=60, run=fold),
)
