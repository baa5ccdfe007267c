"""Reading, proving, verifying, exporting and erasing the log."""

import json

import pytest
from msgspec import UNSET

from signoff.actions import audit, seals, tiles, verifications, workspaces
from signoff.actions.house import House
from signoff.domain.actors import Caller, system
from signoff.domain.errors import Code, Conflict, Damaged, Forbidden, Gone, Malformed, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, Instant, Path
from signoff.domain.notes import parse_verifier_key, verify_proof
from signoff.domain.tiles import decode_bundle
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, BEN, CLERK, MAY, RITA, SCRIBE, at, do, last, log


async def happen(house: House, count: int = 1, *, caller: Caller = SCRIBE) -> list[int]:
    """Have things happen in Acme, a few to a transaction; return their positions."""

    def work(tx: Transaction) -> None:
        for number in range(min(count, 500)):
            event = Event(
                type=Type.FILE_WRITTEN,
                path=Path(f"input/{number}.csv"),
                reason="a reason",
                codes={"number": number},
            )
            tx.record(event, caller=caller)

    positions: list[int] = []
    while len(positions) < count:
        _, recorded = await house.engine.write(work, workspace=ACME)
        positions += [entry.position for entry in recorded]
    return positions


async def seal(house: House) -> int:
    """Seal until nothing waits; return the size of the tree."""
    seed = await seals.open_log_key(house)
    while True:
        sealing = await do(house, seals.seal, system(ACME), seals.Seal(seed=seed))
        if not sealing.more:
            return sealing.size


async def tamper(house: House, sql: str, **parameters: object) -> None:
    """Change rows behind the house's back."""
    await house.engine.write(lambda tx: tx.run(sql, **parameters), workspace=ACME)


# Reading.


async def test_an_entry_shows_the_exact_bytes_that_were_sealed(house: House) -> None:
    (position,) = await happen(house)

    view = await house.ask(audit.entry, BEN, audit.AtPosition(position=position))

    assert view.type == "file.written"
    assert view.path == "input/0.csv"
    assert view.actor.name == "Scribe"
    assert json.loads(view.leaf)["position"] == position
    assert "input" not in view.leaf
    assert view.erased is False


async def test_the_log_is_searched_by_actor_and_action(house: House) -> None:
    await happen(house, 2, caller=SCRIBE)
    await happen(house, 1, caller=CLERK)
    wanted = audit.FindEntries(actor=CLERK.actor.id, action="file.")

    page = await house.ask(audit.find, ADA, wanted)

    assert [(view.actor.id, view.type) for view in page.items] == [("ag_clerk", "file.written")]
    assert page.next is None


async def test_a_page_says_where_the_next_one_begins(house: House) -> None:
    positions = await happen(house, 3)

    first = await house.ask(audit.find, ADA, audit.FindEntries(after=positions[0] - 1, limit=2))
    assert first.next is not None
    second = await house.ask(audit.find, ADA, audit.FindEntries(after=first.next, limit=2))

    found = [view.position for view in (*first.items, *second.items)]
    assert found == positions


async def test_a_stranger_sees_no_log(house: House) -> None:
    with pytest.raises(NotFound):
        await house.ask(audit.find, at(BEN, INSTANCE), audit.FindEntries())


async def test_the_instances_log_is_its_admins_business(house: House) -> None:
    page = await house.ask(audit.find, at(ADA, INSTANCE), audit.FindEntries())

    assert "workspace.created" in {view.type for view in page.items}


async def test_an_entry_that_is_not_there_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        await house.ask(audit.entry, ADA, audit.AtPosition(position=10_000))


# Sealing and proving.


async def test_an_entry_is_proved_without_the_server(house: House) -> None:
    positions = await happen(house, 700)
    await seal(house)

    view = await do(house, audit.prove, BEN, audit.AtPosition(position=positions[321]))

    signed = verify_proof(view.proof, leaf=view.leaf.encode(), key=parse_verifier_key(view.key))
    assert signed.origin == "signoff.example/log/acme"
    assert signed.size == positions[-1]


async def test_a_proof_does_not_hold_for_another_entry(house: House) -> None:
    positions = await happen(house, 3)
    await seal(house)
    view = await do(house, audit.prove, BEN, audit.AtPosition(position=positions[0]))
    other = await house.ask(audit.entry, BEN, audit.AtPosition(position=positions[1]))

    with pytest.raises(Damaged):
        verify_proof(view.proof, leaf=other.leaf.encode(), key=parse_verifier_key(view.key))


async def test_an_entry_younger_than_the_checkpoint_is_not_proved_yet(house: House) -> None:
    await seal(house)
    (position,) = await happen(house)

    with pytest.raises(Conflict) as refusal:
        await house.do(audit.prove, BEN, audit.AtPosition(position=position))

    assert refusal.value.code is Code.BUSY


async def test_sealing_twice_changes_nothing(house: House) -> None:
    await happen(house, 5)
    first = await seal(house)

    second = await seal(house)

    assert second == first


async def test_growing_step_by_step_gives_the_same_tree(house: House) -> None:
    for count in (1, 300, 2, 255, 500):
        await happen(house, count)
        await seal(house)

    report = await verifications.verify(house, ADA)

    assert report.faults == ()
    assert report.signed_size == report.entries


async def test_a_checkpoint_that_was_given_out_is_kept(house: House) -> None:
    await happen(house)
    await seal(house)
    given = await do(house, audit.checkpoint, RITA, audit.LatestCheckpoint())
    for _ in range(3):
        await happen(house)
        await seal(house)

    kept = await house.engine.read(
        lambda tx: tx.trees.checkpoints(after=0, limit=10), workspace=ACME
    )

    assert [head.size for head in kept] == [given.size, given.size + 3]


async def test_the_last_checkpoint_of_each_hour_is_kept(house: House) -> None:
    hour = Instant(3_600_000_000)
    await happen(house)
    first = await seal(house)
    await tamper(house, "UPDATE checkpoints SET at = at - :hour", hour=hour)
    await happen(house)
    await seal(house)
    await happen(house)
    third = await seal(house)

    kept = await house.engine.read(
        lambda tx: tx.trees.checkpoints(after=0, limit=10), workspace=ACME
    )

    assert [head.size for head in kept] == [first, third]


async def test_tiles_and_bundles_are_served(house: House) -> None:
    await happen(house, 300)
    size = await seal(house)
    width = size - 256

    full = await house.ask(tiles.tile, RITA, tiles.TilePath(path="tile/0/000"))
    partial = await house.ask(tiles.tile, RITA, tiles.TilePath(path=f"tile/0/001.p/{width}"))
    bundle = await house.ask(
        tiles.tile, RITA, tiles.TilePath(path=f"tile/entries/001.p/{width}")
    )

    assert len(full) == 8192
    assert len(partial) == width * 32
    assert [json.loads(leaf)["position"] for leaf in decode_bundle(bundle)] == list(
        range(257, size + 1)
    )


async def test_a_tile_that_is_not_there_yet_is_not_found(house: House) -> None:
    await seal(house)

    with pytest.raises(NotFound):
        await house.ask(tiles.tile, RITA, tiles.TilePath(path="tile/0/000"))
    with pytest.raises(NotFound):
        await house.ask(tiles.tile, RITA, tiles.TilePath(path="tile/entries/000"))


async def test_only_the_house_seals(house: House) -> None:
    seed = await seals.open_log_key(house)

    with pytest.raises(Forbidden):
        await house.do(seals.seal, ADA, seals.Seal(seed=seed))


async def test_the_log_key_is_drawn_once(house: House) -> None:
    first = await seals.open_log_key(house)

    second = await seals.open_log_key(house)

    assert first == second


async def test_a_changed_public_key_stops_the_house(house: House) -> None:
    await seals.open_log_key(house)
    await tamper(
        house, "UPDATE meta SET value = :key WHERE key = 'log_public'", key=b"\x01" * 32
    )

    with pytest.raises(Damaged):
        await seals.open_log_key(house)


# Verifying.


async def test_an_untouched_log_is_sound(house: House) -> None:
    await happen(house, 1500)
    size = await seal(house)

    report = await verifications.verify(house, RITA)

    assert report.sound
    assert report.entries == size
    assert report.signed_size == size


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE entries SET actor = 'pe_eve' WHERE position = 20", "columns_differ"),
        ("UPDATE entries SET leaf = leaf || X'20' WHERE position = 20", "leaf_hash"),
        ("UPDATE entries SET leaf = X'00' WHERE position = 20", "unreadable"),
        ("UPDATE privates SET body = X'7b7d' WHERE position = 20", "private_differs"),
        ("DELETE FROM entries WHERE position = 20", "misplaced"),
        ("DELETE FROM entries WHERE position > 20", "length"),
        ("UPDATE tiles SET hashes = zeroblob(length(hashes))", "tile_differs"),
        ("DELETE FROM tiles WHERE level = 0", "tile_differs"),
        ("UPDATE edges SET edge = zeroblob(length(edge))", "edge_differs"),
        ("UPDATE checkpoints SET root = zeroblob(32)", "checkpoint_differs"),
        ("UPDATE checkpoints SET note = replace(note, 'acme', 'acne')", "signature"),
    ],
)
async def test_what_was_tampered_with_is_found(house: House, sql: str, code: str) -> None:
    await happen(house, 300)
    await seal(house)
    await tamper(house, f"{sql} AND ws = 'acme'" if "WHERE" in sql else sql)

    report = await verifications.verify(house, ADA)

    assert code in {fault.code for fault in report.faults}
    assert not report.sound


async def test_a_log_that_was_cut_and_signed_anew_is_found_by_a_checkpoint(
    house: House,
) -> None:
    await happen(house, 30)
    await seal(house)
    given = await do(house, audit.checkpoint, ADA, audit.LatestCheckpoint())
    for table in ("edges", "tiles", "checkpoints"):
        await tamper(house, f"DELETE FROM {table} WHERE ws = 'acme'")
    await tamper(house, "DELETE FROM entries WHERE ws = 'acme' AND position > 20")
    await tamper(house, "DELETE FROM privates WHERE ws = 'acme' AND position > 20")
    await tamper(house, "UPDATE heads SET position = 20 WHERE ws = 'acme'")
    await seal(house)

    alone = await verifications.verify(house, ADA)
    against = await verifications.verify(house, ADA, against=given.note)

    assert alone.sound
    assert {fault.code for fault in against.faults} == {"shorter"}


async def test_another_logs_checkpoint_proves_nothing_here(house: House) -> None:
    await house.do(
        workspaces.create, at(ADA, INSTANCE), workspaces.Create(slug="other", name="Other")
    )
    await happen(house)
    await seal(house)
    seed = await seals.open_log_key(house)
    await house.do(seals.seal, system(INSTANCE), seals.Seal(seed=seed))
    given = await do(house, audit.checkpoint, at(ADA, INSTANCE), audit.LatestCheckpoint())

    with pytest.raises(Damaged):
        await verifications.verify(house, ADA, against=given.note)


# Erasing.


async def test_an_erased_entry_is_still_sound_and_says_so(house: House) -> None:
    positions = await happen(house, 10)
    await seal(house)

    erased = await do(
        house, audit.erase, MAY, audit.Erase(position=positions[4], reason="She asked for it")
    )

    await seal(house)
    report = await verifications.verify(house, MAY)
    view = await house.ask(audit.entry, MAY, audit.AtPosition(position=positions[4]))
    event = await last(house)
    assert report.sound
    assert report.erased == 1
    assert view.erased is True
    assert view.reason is UNSET
    assert (event["type"], event["id"]) == ("entry.erased", erased.event)
    assert event["codes"] == {"position": positions[4]}
    assert event["private"]["reason"] == "She asked for it"


async def test_only_managers_erase_and_only_once(house: House) -> None:
    positions = await happen(house, 1)
    asked = audit.Erase(position=positions[0], reason="asked")

    with pytest.raises(Forbidden):
        await house.do(audit.erase, BEN, asked)
    await house.do(audit.erase, MAY, asked)
    with pytest.raises(Gone):
        await house.do(audit.erase, MAY, asked)


# Exporting.


async def test_an_export_verifies_offline_and_is_on_the_record(house: House) -> None:
    positions = await happen(house, 1200)
    await do(house, audit.erase, MAY, audit.Erase(position=positions[7], reason="asked"))
    await seal(house)
    key = (await do(house, audit.checkpoint, MAY, audit.LatestCheckpoint())).key

    lines = b"".join([part async for part in verifications.export(house, MAY)]).splitlines()

    report = verifications.verify_export(lines, key=key)
    exported = [entry for entry in await log(house) if entry["type"] == "access.exported"]
    assert report.faults == ()
    assert report.entries == positions[-1] + 2
    assert report.erased == 1
    assert len(exported) == 1


async def test_a_changed_export_does_not_verify(house: House) -> None:
    await happen(house, 10)
    await seal(house)
    text = b"".join([part async for part in verifications.export(house, MAY)])

    changed = text.replace(b"ag_scribe", b"ag_screbe", 1).splitlines()
    cut = text.splitlines()[:-4]

    assert not verifications.verify_export(changed).sound
    assert {fault.code for fault in verifications.verify_export(cut).faults} >= {"length"}


async def test_only_managers_export(house: House) -> None:
    with pytest.raises(Forbidden):
        [part async for part in verifications.export(house, BEN)]


def test_what_is_no_export_is_refused() -> None:
    with pytest.raises(Malformed):
        verifications.verify_export([b"hello\n"])
