"""Destroy closed workspaces when their time is over; begun again, it goes on where it was."""

from signoff.actions import destroying
from signoff.actions.destroying import Destroy
from signoff.actions.house import House
from signoff.blobs.stores import key_name
from signoff.domain.actors import system
from signoff.domain.ids import INSTANCE, Slug


async def destroy_closed(house: House) -> float | None:
    """Destroy every workspace that was closed thirty days ago."""
    overdue = await house.ask(destroying.overdue, system(INSTANCE), destroying.Overdue())
    for slug in map(Slug, overdue):
        await destroy(house, slug)
    return None


async def destroy(house: House, slug: Slug) -> None:
    """Destroy a workspace: keys, the copy of them beside the blobs, rows, bytes."""
    me, store = system(slug), house.blobs.store
    await house.do(destroying.destroy_keys, me, Destroy(), background=True)
    house.keyring.forget(slug)
    await store.remove(key_name(slug))
    while (await house.do(destroying.destroy_rows, me, Destroy(), background=True)).result:
        pass
    async for found in store.walk(f"blobs/{slug}"):
        await store.remove(found.name)
    await house.do(destroying.finish, me, Destroy(), background=True)
