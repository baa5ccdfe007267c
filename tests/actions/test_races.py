"""Many at once, on both engines: each piece of work and each lock is given once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import claims, locks
from signoff.actions.claims import OneClaim, ReleaseClaim, TakeClaim
from signoff.actions.house import House
from signoff.actions.locks import OneLock, TakeLock
from signoff.actions.workspaces import keys_of
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey
from signoff.blobs.memory import MemoryStore
from signoff.domain.actors import system
from signoff.domain.errors import Conflict, Held
from tests.actions.cast import ACME, ADA, BEN, CLERK, DAN, MAY, SCRIBE, do, log, move_in
from tests.actions.works import names_in, put, text_of
from tests.databases import KINDS, engine


@pytest.fixture(params=KINDS)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """Acme and the cast, on either engine."""
    kind = str(request.param)
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    store = MemoryStore()
    opened = engine(kind, folder=tmp_path, postgres_url=url)
    keyring = Keyring(RootKey(b"k" * 32), keys_of(opened, store))
    house = House(opened, Encrypted(store, keyring), keyring, base_url="http://signoff.example")
    await move_in(house)
    yield house
    await house.close()


async def claim(house, caller=SCRIBE, asked=TakeClaim()):  # noqa: B008  a frozen value
    return (await house.do(claims.take, caller, asked)).result


async def test_two_agents_that_race_for_one_item_get_it_once(house):
    for n in range(6):
        await put(house, DAN, f"input/{n}.csv")

        taken = await asyncio.gather(*(claim(house, who) for who in (SCRIBE, CLERK) * 3))

        assert [each.from_path for each in taken if each] == [f"input/{n}.csv"]


async def test_a_named_item_is_given_once(house):
    await put(house, DAN, "input/x.csv")
    asked = TakeClaim(path="input/x.csv")

    results = await asyncio.gather(
        *(claim(house, who, asked) for who in (SCRIBE, CLERK) * 4), return_exceptions=True
    )

    assert sum(not isinstance(each, BaseException) for each in results) == 1


async def test_many_agents_empty_the_queue_without_doubling(house):
    for n in range(20):
        await put(house, DAN, f"input/{n:02}.csv", f"{n}")

    got = []
    for _ in range(6):
        taken = await asyncio.gather(*(claim(house, who) for who in (SCRIBE, CLERK) * 4))
        got += [each.from_path for each in taken if each is not None]

    assert sorted(got) == [f"input/{n:02}.csv" for n in range(20)]
    assert await names_in(house, "input") == []


async def test_a_write_and_a_claim_at_once_are_one_after_the_other(house):
    for n in range(5):
        path = f"input/{n}.csv"
        await put(house, DAN, path, "first")

        _, first = await asyncio.gather(put(house, DAN, path, "second"), claim(house))

        taken = first or await claim(house)
        standing = [await text_of(house, DAN, taken.path)]
        standing += [await text_of(house, DAN, path) for _ in await names_in(house, "input")]
        assert standing in (["second"], ["first", "second"])
        if len(standing) == 2:
            assert (await claim(house)).from_path == path


async def test_a_claim_is_ended_once(house):
    await put(house, DAN, "input/x.csv")
    taken = await claim(house)
    forced = ReleaseClaim(claim=taken.id, reason="It hangs")

    results = await asyncio.gather(
        *(house.do(claims.release, who, forced) for who in (MAY, ADA, MAY)),
        return_exceptions=True,
    )

    assert sum(not isinstance(each, BaseException) for each in results) == 1
    types = [entry["type"] for entry in await log(house)]
    assert types.count("claim.released") == 1
    with pytest.raises(Conflict):
        await do(house, claims.lapse, system(ACME), OneClaim(claim=taken.id))


async def test_of_many_who_race_one_holds_the_lock(house):
    await put(house, DAN, "shared/a.txt")

    for path in ("shared/a.txt", "shared", "shared/new.txt"):
        results = await asyncio.gather(
            *(house.do(locks.take, who, TakeLock(path=path)) for who in (DAN, BEN, ADA, MAY)),
            return_exceptions=True,
        )
        (given,) = [each.result for each in results if not isinstance(each, BaseException)]
        assert sum(isinstance(each, Held) for each in results) == 3
        who = {"Dan": DAN, "Ben": BEN, "Ada": ADA, "May": MAY}[given.holder.name]
        await do(house, locks.release, who, OneLock(token=given.token))


async def test_a_file_and_its_folder_are_not_locked_by_two(house):
    for n in range(5):
        await put(house, DAN, f"shared{n}/a.txt")

        results = await asyncio.gather(
            house.do(locks.take, BEN, TakeLock(path=f"shared{n}")),
            house.do(locks.take, DAN, TakeLock(path=f"shared{n}/a.txt")),
            return_exceptions=True,
        )

        assert sum(isinstance(each, Held) for each in results) == 1
