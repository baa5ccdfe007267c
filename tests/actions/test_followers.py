"""Followers read in order, at least once, under one epoch at a time, and can go back."""

import pytest
from msgspec.structs import replace

from signoff.actions import followers
from signoff.actions.context import Context
from signoff.actions.followers import Every, Follow, Follower, Lagging, Rewind
from signoff.actions.house import House
from signoff.domain.actors import system
from signoff.domain.errors import Conflict, Forbidden, Invalid, NotFound
from signoff.domain.ids import INSTANCE
from signoff.store.audit import LogRow
from tests.actions.cast import ACME, ADA, DAN, MAY, do, last, log
from tests.actions.works import put

CLOCK = system(ACME)


class Reader:
    """A follower that remembers the positions that it was given."""

    def __init__(self, *, chunk: int = 500) -> None:
        self.seen: list[int] = []
        self.follower = Follower(name="names", sentence="Reads.", take=self.take, chunk=chunk)

    def take(self, _ctx: Context, rows: tuple[LogRow, ...]) -> None:
        self.seen += [row.position for row in rows]

    async def read(self, house: House, *, epoch: int = 1) -> followers.Followed:
        asked = Follow(follower=self.follower, epoch=epoch)
        return await do(house, followers.follow, CLOCK, asked)


@pytest.fixture
def reader() -> Reader:
    return Reader()


async def test_a_follower_reads_every_entry_once_and_in_order(house, reader):
    for n in range(5):
        await put(house, DAN, f"shared/{n}.txt")
    await reader.read(house)
    await put(house, DAN, "shared/late.txt")
    await reader.read(house)

    done = await reader.read(house)

    assert reader.seen == [entry["position"] for entry in await log(house)]
    assert (done.position, done.more) == (reader.seen[-1], False)


async def test_it_reads_in_chunks_and_says_when_there_is_more(house):
    reader = Reader(chunk=2)
    for n in range(3):
        await put(house, DAN, f"shared/{n}.txt")

    first = await reader.read(house)

    assert (len(reader.seen), first.more) == (2, True)


async def test_what_fails_moves_no_cursor(house, reader):
    await put(house, DAN, "shared/a.txt")

    def fail(_ctx: Context, _rows: tuple[LogRow, ...]) -> None:
        raise Conflict("It cannot be done now")

    broken = replace(reader.follower, take=fail)
    with pytest.raises(Conflict):
        await do(house, followers.follow, CLOCK, Follow(follower=broken, epoch=1))

    await reader.read(house)
    assert reader.seen[0] == 1


async def test_one_whose_lease_went_to_another_writes_nothing_any_more(house, reader):
    await put(house, DAN, "shared/a.txt")
    await reader.read(house, epoch=2)
    await put(house, DAN, "shared/b.txt")

    with pytest.raises(Conflict):
        await reader.read(house, epoch=1)

    assert (await view(house)).behind == 1


async def test_it_goes_back_and_reads_again(house, reader):
    await put(house, DAN, "shared/a.txt")
    await reader.read(house)
    stood = (await view(house)).position

    seen = await do(house, followers.rewind, MAY, Rewind(name="names", position=1))

    assert (seen.position, seen.behind) == (1, stood - 1)
    told = await last(house)
    assert told["type"] == "follower.rewound"
    assert (told["subject"], told["codes"]) == ("names", {"from": stood, "to": 1})
    reader.seen.clear()
    await reader.read(house)
    assert reader.seen[0] == 2


async def test_it_does_not_go_ahead_of_what_it_read(house, reader):
    await reader.read(house)
    stood = (await view(house)).position

    with pytest.raises(Invalid):
        await do(house, followers.rewind, MAY, Rewind(name="names", position=stood + 1))
    with pytest.raises(Invalid):
        await do(house, followers.rewind, MAY, Rewind(name="names", position=-1))
    with pytest.raises(NotFound):
        await do(house, followers.rewind, MAY, Rewind(name="nobody", position=0))


async def test_only_managers_send_one_back_and_only_the_house_follows(house, reader):
    with pytest.raises(Forbidden):
        await do(house, followers.rewind, DAN, Rewind(name="names", position=0))
    with pytest.raises(Forbidden):
        await house.ask(followers.every, DAN, Every())
    with pytest.raises(Forbidden):
        await do(house, followers.follow, ADA, Follow(follower=reader.follower))


async def test_logs_that_lag_are_named_until_they_are_read(house, reader):
    await put(house, DAN, "shared/a.txt")
    before = await house.ask(followers.lagging, system(INSTANCE), Lagging(name="names"))
    behind = await house.ask(followers.lags, system(INSTANCE), Every())
    await reader.read(house)

    after = await house.ask(followers.lagging, system(INSTANCE), Lagging(name="names"))

    assert (before, after) == ((ACME,), ())
    names = next(each for each in behind if each.name == "names")
    assert names.entries == len(await log(house))
    assert names.since is not None


async def view(house: House) -> followers.FollowerView:
    page = await house.ask(followers.every, MAY, Every())
    found: list[followers.FollowerView] = [each for each in page.items if each.name == "names"]
    return found[0]
