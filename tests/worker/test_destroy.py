"""What is left of a closed workspace after thirty days: its slug."""

import pytest
from msgspec.structs import replace

from signoff.actions import destroying, workspaces
from signoff.actions.destroying import Destroy
from signoff.actions.house import House
from signoff.blobs.stores import key_name
from signoff.domain.actors import system
from signoff.domain.errors import Code, Conflict, Gone, NotFound
from signoff.domain.ids import DAY, INSTANCE, Slug
from signoff.store.destructions import KEYS
from signoff.store.schema import DIRECTORY
from signoff.store.workspaces import Workspaces
from signoff.worker.destroy import destroy_closed
from tests.actions.cast import ACME, ADA, DAN, OPERATOR, SCRIBE, do, log
from tests.actions.works import later, many, put, text_of

CLOCK = system(ACME)
BETA = Slug("beta")


@pytest.fixture
async def closed(house: House) -> House:
    """Acme with files large and small, closed by its owner; and Beta beside it."""
    await many(house, "shared/x", folders=2, files=300)
    await put(house, SCRIBE, "input/large.txt", "large " * 10_000)
    await do(house, workspaces.create, OPERATOR, workspaces.Create(slug=BETA))
    await house.keys(BETA)
    await do(house, workspaces.close, ADA, workspaces.Close(slug=ACME))
    return house


async def left(house: House, slug: str = ACME) -> dict[str, int]:
    """Return which tables still have rows of a workspace."""
    counted = await house.engine.read(
        lambda tx: {
            table: tx.all(f"SELECT count(*) FROM {table} WHERE ws = :ws", ws=slug)[0][0]
            for table in KEYS
        },
        workspace=ACME,
    )
    return {table: int(count) for table, count in counted.items() if count}


async def objects(house: House) -> list[str]:
    return [found.name async for found in house.blobs.store.walk() if ACME in found.name]


async def test_every_table_that_is_keyed_by_workspace_is_destroyed(house: House) -> None:
    keyed = await house.engine.read(
        lambda tx: tx.all(
            "SELECT m.name, group_concat(c.name, ', ') FROM sqlite_schema m"
            " JOIN pragma_table_info(m.name) c ON c.pk > 0 WHERE m.type = 'table'"
            " AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) w WHERE w.name = 'ws')"
            " GROUP BY m.name"
        ),
        workspace=ACME,
    )

    primary = {table: set(key.split(", ")) | {"ws"} for table, key in keyed}
    assert primary == {table: set(key.split(", ")) | {"ws"} for table, key in KEYS.items()}
    assert not DIRECTORY & KEYS.keys()


async def test_a_closed_workspace_has_thirty_days(closed: House) -> None:
    later(closed, 29 * DAY)

    await destroy_closed(closed)

    assert await text_of(closed, DAN, "input/large.txt") == "large " * 10_000


async def test_after_thirty_days_nothing_is_left_but_the_slug(closed: House) -> None:
    beta = await left(closed, BETA)
    later(closed, 30 * DAY)

    await destroy_closed(closed)

    row = await closed.engine.read(lambda tx: tx.workspaces.by_slug(ACME), workspace=ACME)
    assert row is not None
    assert (row.keys, row.name, await left(closed), await objects(closed)) == (b"", "", {}, [])
    assert await left(closed, BETA) == beta
    with pytest.raises(Conflict) as refused:
        await do(closed, workspaces.create, OPERATOR, workspaces.Create(slug=ACME))
    assert refused.value.code is Code.EXISTS


async def test_a_destruction_is_on_the_instances_record(closed: House) -> None:
    later(closed, 30 * DAY)

    await destroy_closed(closed)
    await destroy_closed(closed)

    told = [e for e in await log(closed, INSTANCE) if e["type"] == "workspace.destroyed"]
    assert [(e["subject"], e["codes"], e["actor_kind"]) for e in told] == [
        ("acme", {"what": "keys"}, "system"),
        ("acme", {"what": "all"}, "system"),
    ]


async def test_keys_go_first_and_a_destruction_that_was_cut_off_goes_on(closed: House) -> None:
    later(closed, 30 * DAY)
    await do(closed, destroying.destroy_keys, CLOCK, Destroy())
    closed.keyring.forget(ACME)
    gone = (await closed.do(destroying.destroy_rows, CLOCK, Destroy(limit=50))).result

    assert await closed.keys(ACME) is None
    assert gone is not None
    assert 0 < gone <= 50
    assert await left(closed)

    await destroy_closed(closed)

    assert (await left(closed), await objects(closed)) == ({}, [])


async def test_what_is_open_or_has_time_is_not_destroyed(closed: House) -> None:
    for slug in (ACME, BETA):
        with pytest.raises(Conflict) as refused:
            await closed.do(destroying.destroy_keys, system(slug), Destroy())
        assert refused.value.code is Code.WRONG_STATE


async def test_a_closed_workspace_is_reopened_and_not_destroyed(closed: House) -> None:
    later(closed, 29 * DAY)

    await do(closed, workspaces.reopen, OPERATOR, workspaces.Reopen(slug=ACME))
    later(closed, 5 * DAY)
    await destroy_closed(closed)

    assert (await log(closed, INSTANCE))[-1]["type"] == "workspace.reopened"
    await put(closed, DAN, "shared/again.txt")


async def test_what_is_destroyed_or_open_is_not_reopened(closed: House) -> None:
    with pytest.raises(Conflict):
        await do(closed, workspaces.reopen, OPERATOR, workspaces.Reopen(slug=BETA))
    with pytest.raises(NotFound):
        await do(closed, workspaces.reopen, OPERATOR, workspaces.Reopen(slug="nowhere"))
    later(closed, 30 * DAY)
    with pytest.raises(Gone):
        await do(closed, workspaces.reopen, OPERATOR, workspaces.Reopen(slug=ACME))


async def test_a_closed_workspace_is_read_and_not_written(closed: House) -> None:
    agent = replace(SCRIBE, closed=True)

    assert await text_of(closed, agent, "input/large.txt") == "large " * 10_000
    with pytest.raises(Conflict) as refused:
        await put(closed, agent, "input/more.txt")
    assert refused.value.code is Code.WORKSPACE_CLOSED


async def test_a_closing_says_when_it_ends(house: House) -> None:
    shown = await do(house, workspaces.close, ADA, workspaces.Close(slug=ACME))

    assert shown.closed_at is not None
    assert shown.ends_at is not None
    assert (shown.ends_at - shown.closed_at).days == 30


async def test_a_workspace_reopened_at_the_last_moment_keeps_the_copy_of_its_keys(
    closed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(closed, 31 * DAY)
    monkeypatch.setattr(Workspaces, "destroy_keys", lambda *_: False)

    with pytest.raises(Conflict):
        await destroy_closed(closed)

    assert key_name(ACME) in await objects(closed)
