"""Webhooks, in tests: endpoints made, the log followed, tries settled as if they were sent."""

from typing import Any

from signoff.actions import endpoints, followers, sending
from signoff.actions.endpoint_views import EndpointView
from signoff.actions.endpoints import Create
from signoff.actions.followers import FOLLOWERS, Follow
from signoff.actions.house import House
from signoff.actions.sending import Parcel, Pull, Pulled, Result, Settle
from signoff.domain.actors import Caller, system
from signoff.domain.deliveries import Attempt, Outcome
from signoff.domain.ids import INSTANCE, EndpointId, Instant
from signoff.store.deliveries import Packed
from tests.actions.cast import ACME, MAY, do

CLOCK = system(ACME)
URL = "https://flows.acme.example/hook"
ANNOUNCER = next(each for each in FOLLOWERS if each.name == "webhooks")


async def endpoint(house: House, caller: Caller = MAY, **said: Any) -> EndpointView:
    """Add an endpoint; what happened before it is told to nobody."""
    await announce(house)
    made = await do(house, endpoints.create, caller, Create(url=said.pop("url", URL), **said))
    await announce(house)
    await _forget_all(house)
    return made


async def _forget_all(house: House) -> None:
    await house.engine.write(
        lambda tx: tx.run("DELETE FROM deliveries WHERE ws = :ws", ws=ACME), workspace=ACME
    )


async def announce(house: House) -> None:
    """Let the follower read to the end of the log."""
    more = True
    while more:
        done = await house.do(followers.follow, CLOCK, Follow(follower=ANNOUNCER, epoch=1))
        assert done.result is not None
        more = done.result.more


async def in_line(house: House, line: str) -> list[Packed]:
    """Return every delivery of a line, the oldest event first."""
    await announce(house)
    found = await house.engine.read(
        lambda tx: tx.deliveries.page(EndpointId(line), before=2**53, limit=500),
        workspace=ACME,
    )
    return found[::-1]


async def types(house: House, line: str) -> list[str]:
    """Return the types of the events that are in a line."""
    return [each.delivery.type.value for each in await in_line(house, line)]


async def lines(house: House) -> sending.Lines:
    """Return which lines go on now."""
    return await house.ask(sending.lines, system(INSTANCE), sending.Look())


async def pull(house: House, most: int = 10) -> Pulled:
    """Return what would be sent now."""
    await announce(house)
    due = (await lines(house)).by_workspace.get(ACME, ())
    return await house.ask(sending.pull, CLOCK, Pull(wanted=dict.fromkeys(due, most)))


def tried(parcel: Parcel, outcome: Outcome, *, seconds: float = 0.01) -> Result:
    """Return how a try went."""
    return Result(
        delivery=parcel.delivery,
        outcome=outcome,
        attempt=Attempt(
            number=0,
            at=Instant(1),
            seconds=seconds,
            url=parcel.url,
            request={},
            status=outcome.status,
            failure=outcome.failure,
        ),
        chance=0.0,
    )


async def settle(house: House, *results: Result) -> None:
    """Keep how tries went."""
    await house.do(sending.settle, CLOCK, Settle(results=results))


async def answer(house: House, outcome: Outcome) -> Pulled:
    """Send what is to be sent now, and have every receiver answer alike."""
    pulled = await pull(house)
    await settle(house, *(tried(parcel, outcome) for parcel in pulled.parcels))
    return pulled
