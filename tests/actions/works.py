"""Work to be done, in tests: files put and read, the tree looked at, time that passes."""

from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import replace

from signoff.actions import files, folders
from signoff.actions.file_views import FileView
from signoff.actions.files import ReadFile, WriteFile
from signoff.actions.folders import ListFolder
from signoff.actions.house import House
from signoff.domain.actors import Caller
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import HandoffId, Instant, LockToken, NodeId, Path
from signoff.domain.words import words_of
from signoff.store.handoffs import Stored
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, DAN, do, log


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def put(
    house: House,
    caller: Caller,
    path: str,
    text: str = "a,b\n",
    *tokens: str | None,
    **said: Any,
) -> FileView:
    """Write a file, as a door does; `said` is what the client says of it."""
    arrived = await house.bytes.take_in(caller, _once(text.encode()))
    asked = WriteFile(
        path=path,
        blob=arrived.blob,
        digest=arrived.digest,
        size=arrived.size,
        inline=arrived.inline,
        **said,
    )
    held = frozenset(LockToken(token) for token in tokens if token)
    return await do(house, files.write, caller, asked, tokens=held)


async def text_of(house: House, caller: Caller, path: str) -> str:
    """Return what a file says to somebody."""
    opened = await house.ask(files.open_, caller, ReadFile(path=path))
    parts = [part async for part in house.bytes.give_out(ACME, opened.blob)]
    return b"".join(parts).decode()


async def names_in(house: House, path: str, caller: Caller = ADA) -> list[str]:
    """Return the names in a folder as somebody sees them."""
    page = await house.ask(folders.list_folder, caller, ListFolder(path=path))
    return [item.name for item in page.items]


async def node_at(house: House, path: str) -> NodeId:
    """Return the id of what stands at a path."""
    chain = await house.engine.read(lambda tx: tx.files.resolve(Path(path)), workspace=ACME)
    return chain[-1].id


async def stored(house: House, handoff: str) -> Stored:
    """Return a handoff as it is kept."""
    found = await house.engine.read(
        lambda tx: tx.handoffs.by_id(HandoffId(handoff)), workspace=ACME
    )
    assert found is not None
    return found


async def handoffs(house: House) -> list[Handoff]:
    """Return every handoff."""
    found = await house.engine.read(lambda tx: tx.handoffs.page(limit=100), workspace=ACME)
    return [each.handoff for each in found]


async def since(house: House, position: int) -> list[dict[str, Any]]:
    """Return the entries after a position."""
    return (await log(house))[position:]


def later(house: House, micros: int) -> None:
    """Let time pass."""
    before = house.engine.now
    house.engine.now = lambda: Instant(before() + micros)  # type: ignore[method-assign]


async def many(house: House, path: str, *, folders: int, files: int) -> None:
    """Fill a folder with sub-folders of so many files each, all of the same bytes."""
    first = await put(house, DAN, f"{path}/f000/000.txt", "one")
    chain = await house.engine.read(
        lambda tx: tx.files.resolve(Path(first.path)), workspace=ACME
    )
    _, *_, top, begun, file = chain

    def work(tx: Transaction) -> None:
        made = [begun]
        for n in range(1, folders):
            node = replace(begun, id=NodeId(tx.new_id("nd")), name=f"f{n:03}")
            made.append(node)
        below = [
            replace(file, id=NodeId(tx.new_id("nd")), parent=each.id, name=f"{n:03}.txt")
            for each in made
            for n in range(each is begun, files)
        ]
        version = tx.versions.by_number(file.id, 1)
        assert version is not None
        tx.files.add_many([*made[1:], *below])
        tx.versions.add_many([replace(version, node=each.id) for each in below])
        tx.words.add({each.id: words_of(each.name) for each in below})
        tx.record(Event(type=Type.FILE_COPIED, node=top.id), caller=DAN)

    await house.engine.write(work, workspace=ACME)
