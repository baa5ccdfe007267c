"""A read on a thread of its own stays away from what the loop's thread remembers."""

import threading
from pathlib import Path

from signoff.actions.context import Context
from signoff.actions.house import House
from signoff.store.sqlite import Sqlite
from tests.actions.cast import ADA, empty_house, move_in


class Watched(Sqlite):
    """SQLite that notes by which threads it is asked how old rights are."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.asked_by: set[int] = set()

    def rights_version(self) -> int | None:
        self.asked_by.add(threading.get_ident())
        return super().rights_version()


def _grants(ctx: Context, asked: None) -> int:
    del asked
    return len(ctx.grants)


async def test_only_the_loop_asks_how_old_rights_are(tmp_path: Path) -> None:
    founded = empty_house(tmp_path)
    await move_in(founded)
    engine = Watched(founded.engine.path)  # type: ignore[attr-defined]
    await founded.engine.close()
    engine.open()
    house = House(engine, founded.blobs, founded.keyring, base_url="http://signoff.example")

    try:
        assert await house.ask(_grants, ADA, None) == 0
        assert await house.ask(_grants, ADA, None, long=True) == 0
    finally:
        await house.close()

    assert engine.asked_by == {threading.get_ident()}
