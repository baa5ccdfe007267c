"""Destroying a closed workspace, on each of the databases."""

from signoff.actions import destroying, workspaces
from signoff.actions.destroying import Destroy, Overdue
from signoff.domain.actors import system
from signoff.domain.events import Event, Type
from signoff.domain.ids import DAY, INSTANCE
from signoff.store.destructions import KEYS
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, DAN, OPERATOR, at, do, log
from tests.actions.tree import rows
from tests.actions.works import many, put

CLOCK = system(ACME)


def _long_ago(tx: Transaction) -> None:
    tx.run("UPDATE workspaces SET closed_at = closed_at - :days", days=31 * DAY)
    tx.record(Event(type=Type.WORKSPACE_CLOSED), caller=system(INSTANCE))


async def test_every_row_goes_in_chunks_after_the_keys(acme):
    await many(acme, "shared/x", folders=2, files=300)
    await put(acme, DAN, "shared/noted.txt", mtime_seconds=1)
    await do(acme, workspaces.close, ADA, workspaces.Close(slug=ACME))
    await acme.engine.write(_long_ago, workspace=INSTANCE)

    kept = (await acme.do(destroying.destroy_rows, CLOCK, Destroy())).result
    await do(acme, destroying.destroy_keys, CLOCK, Destroy())
    went = []
    while gone := (await acme.do(destroying.destroy_rows, CLOCK, Destroy())).result:
        went.append(gone)
    await do(acme, destroying.finish, CLOCK, Destroy())

    assert (kept, max(went)) == (0, destroying.CHUNK)
    for table in KEYS:
        assert await rows(acme, f"SELECT count(*) FROM {table} WHERE ws = :ws") == [(0,)]
    assert await acme.ask(destroying.overdue, system(INSTANCE), Overdue()) == ()
    assert (await log(acme, INSTANCE))[-1]["codes"] == {"what": "all"}


async def test_a_workspace_is_reopened_once(acme):
    await do(acme, workspaces.close, ADA, workspaces.Close(slug=ACME))

    reopened = await do(acme, workspaces.reopen, OPERATOR, workspaces.Reopen(slug=ACME))

    assert (reopened.closed_at, reopened.ends_at) == (None, None)
    mine = await acme.ask(workspaces.every, at(ADA, INSTANCE), workspaces.Every())
    assert [each.closed_at for each in mine.items] == [None]
