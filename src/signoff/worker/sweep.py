"""Remove the objects of bytes that nothing names any more (STORAGE 20)."""

from signoff.actions import sweeps
from signoff.actions.house import House
from signoff.domain.actors import system
from signoff.domain.ids import DAY, BlobId, Instant, Micros, Slug

STRAY_FOR = Micros(2 * DAY)
"""An upload's day, and another: so old is an object that no upload can still be finishing."""
CLOCK = "sweep/clock"
LOOKED_UP = 200


async def remove_doomed(house: House, workspace: Slug) -> int:
    """Remove what was given up in a workspace: the object first, its row when it is gone."""
    me = system(workspace)
    removed = 0
    while True:
        doomed = await house.ask(sweeps.doomed_blobs, me, sweeps.Chunk())
        for blob in doomed.objects:
            await house.blobs.remove(workspace, blob)
        ids = (*doomed.objects, *doomed.inline)
        if not ids:
            break
        await house.do(sweeps.forget_blobs, me, sweeps.Blobs(ids=ids), background=True)
        removed += len(ids)
    while True:
        done = await house.do(sweeps.overdue_blobs, me, sweeps.Chunk(), background=True)
        if done.result is None or not done.result.ids:
            return removed
        for blob in done.result.ids:
            await house.blobs.remove(workspace, blob)
        removed += len(done.result.ids)


async def remove_strays(house: House) -> int:
    """Remove objects that no row knows and that are older than any upload may be.

    Ages are by the store's own clock, which a small object shows; ours may be wrong.
    """
    now = await _store_now(house)
    removed = 0
    batch: list[str] = []
    async for found in house.blobs.store.walk("blobs"):
        if found.modified_at < now - STRAY_FOR:
            batch.append(found.name)
        if len(batch) == LOOKED_UP:
            removed += await _remove_unknown(house, batch)
            batch = []
    return removed + await _remove_unknown(house, batch)


async def _store_now(house: House) -> Instant:
    store = house.blobs.store
    await store.put(CLOCK, b"", overwrite=True)
    folder = CLOCK.partition("/")[0]
    times = [found.modified_at async for found in store.walk(folder) if found.name == CLOCK]
    return times[0] if times else Instant(0)


async def _remove_unknown(house: House, names: list[str]) -> int:
    by_workspace: dict[Slug, dict[BlobId, str]] = {}
    for name in names:
        _, workspace, *rest = name.split("/")
        if len(rest) == 1:
            by_workspace.setdefault(Slug(workspace), {})[BlobId(rest[0])] = name
    removed = 0
    for workspace, blobs in by_workspace.items():
        asked = sweeps.Blobs(ids=tuple(blobs))
        unknown = await house.ask(sweeps.strays, system(workspace), asked)
        for blob in unknown.ids:
            await house.blobs.store.remove(blobs[blob])
            removed += 1
    return removed
