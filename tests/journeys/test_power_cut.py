"""The power goes right after an answer: what was answered is there, and the rest is whole.

No machine is unplugged. A layer between SQLite and the disk keeps, beside each file, what was
synced and what was only written since. At any moment the disk may then hold the synced bytes
and any part of the others, torn where it pleases. Such images are taken right after answers
and opened anew. What the layer leaves out: disks that lie about a sync.
"""

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from signoff.actions import seals, verifications
from signoff.domain.actors import operator
from signoff.domain.ids import ROOT, Slug
from signoff.server import DATABASE, open_house
from signoff.settings import Settings
from signoff.store.transaction import Transaction
from tests.actions.test_every_act_keeps_the_laws import Walk
from tests.journeys.server import WORKSPACE, running

SECTOR = 512
BENEATH = apsw.vfs_names()[0]
ACME = Slug(WORKSPACE)


class Medium:
    """What of one file is on the medium, and what only the system has heard of."""

    def __init__(self) -> None:
        self.synced = bytearray()
        self.heard: list[tuple[int, bytes | None]] = []
        self.syncs = 0

    def sync(self) -> None:
        for at, data in self.heard:
            _apply(self.synced, at, data)
        self.heard.clear()
        self.syncs += 1

    def image(self, chance: random.Random) -> bytes:
        """Return the file as it may be after a cut: each sector of what was heard, or not."""
        found = bytearray(self.synced)
        for at, data in self.heard:
            if data is None:
                if chance.random() < 0.5:
                    _apply(found, at, None)
                continue
            for start in range(0, len(data), SECTOR):
                if chance.random() < 0.5:
                    _apply(found, at + start, data[start : start + SECTOR])
        return bytes(found)


def _apply(file: bytearray, at: int, data: bytes | None) -> None:
    """Write at a place, or with no data cut the file there."""
    if data is None:
        del file[at:]
        return
    if len(file) < at:
        file.extend(bytes(at - len(file)))
    file[at : at + len(data)] = data


class Watched(apsw.VFSFile):
    """A file whose writes and syncs are noted."""

    def __init__(self, name: Any, flags: list[int], media: "Media") -> None:
        super().__init__(BENEATH, name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._medium = media.of(path)
        self._media = media

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  SQLite's names
        super().xWrite(data, offset)
        with self._media.turn:
            self._medium.heard.append((offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        with self._media.turn:
            self._medium.heard.append((newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        with self._media.turn:
            self._medium.sync()


class Media(apsw.VFS):
    """The layer: every file of SQLite's, by its path."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.files: dict[str, Medium] = {}
        super().__init__("watched", BENEATH, makedefault=True)

    def of(self, path: str) -> Medium:
        return self.files.setdefault(path, Medium())

    def xOpen(self, name: Any, flags: list[int]) -> Watched:  # noqa: N802
        return Watched(name, flags, self)

    def cut(self, folder: Path, chance: random.Random) -> None:
        """Leave in a folder what the medium may hold now."""
        folder.mkdir()
        with self.turn:
            for path, medium in self.files.items():
                if Path(path).name in {DATABASE, f"{DATABASE}-wal"}:
                    (folder / Path(path).name).write_bytes(medium.image(chance))


@pytest.fixture
def media() -> Iterator[Media]:
    made = Media()
    yield made
    made.unregister()
    apsw.set_default_vfs(BENEATH)


async def test_what_was_answered_survives_a_power_cut_and_nothing_is_half(
    media: Media, tmp_path: Path
) -> None:
    chance = random.Random(20260722)  # noqa: S311  cuts that can be repeated
    wanted: list[tuple[Path, dict[str, str]]] = []
    known: dict[str, str] = {}

    async with running(tmp_path / "data") as server:
        await server.found()
        async with server.agent() as agent, server.signed_in("ben") as ben:
            for number in range(12):
                path = f"input/{number}.txt"
                put = await agent.put(f"files/{path}", content=b"x" * 200 * number)
                known[path] = "file"
                _cut(media, tmp_path, known, wanted, chance)
                made = (await agent.post("handoffs", json={"paths": [path]})).json()
                del known[path]
                known[made["id"]] = "in_review"
                _cut(media, tmp_path, known, wanted, chance)
                said = {"verdict": "approve", "digest": made["digest"], "round": 1}
                done = await ben.put(f"handoffs/{made['id']}/decision", json=said)
                known[made["id"]] = "approved"
                _cut(media, tmp_path, known, wanted, chance)
                assert (put.status_code, done.status_code) == (201, 200)

    assert len(wanted) == 36
    assert any(medium.syncs for path, medium in media.files.items() if path.endswith("-wal"))
    for folder, facts in wanted:
        await _expect(folder, facts, key=tmp_path / "data" / "root.key")


def _cut(
    media: Media,
    tmp_path: Path,
    known: dict[str, str],
    wanted: list[tuple[Path, dict[str, str]]],
    chance: random.Random,
) -> None:
    folder = tmp_path / f"cut-{len(wanted)}"
    media.cut(folder, chance)
    wanted.append((folder, dict(known)))


async def _expect(folder: Path, facts: dict[str, str], *, key: Path) -> None:
    """Open what the cut left as a new server would, and look for everything answered."""
    house = open_house(Settings(data=folder, root_key_file=str(key)))
    try:
        await seals.open_log_key(house)
        missing = await house.engine.read(
            lambda tx: [name for name, state in facts.items() if _found(tx, name) != state],
            workspace=ACME,
        )
        assert missing == [], folder.name
        await house.engine.read(_check_laws, workspace=ACME)
        report = await verifications.verify(house, operator(ACME))
        assert report.sound, report.faults
    finally:
        await house.close()


def _found(tx: Transaction, name: str) -> str | None:
    if name.startswith("input/"):
        parent = tx.one(
            "SELECT id FROM nodes WHERE ws = :ws AND parent = :root AND name = 'input'",
            ws=ACME,
            root=ROOT,
        )
        assert parent is not None
        node = tx.files.child(parent[0], name.removeprefix("input/"))
        return "file" if node else None
    row = tx.one("SELECT state FROM handoffs WHERE ws = :ws AND id = :id", ws=ACME, id=name)
    return str(row[0]) if row else None


def _check_laws(tx: Transaction) -> None:
    nobody: Any = None  # only its steps need a desk
    Walk(nobody, 0)._check(tx)


def test_the_layer_loses_what_was_not_synced() -> None:
    """So that the test above could fail."""
    medium = Medium()
    medium.heard.append((0, b"synced"))
    medium.sync()
    medium.heard.append((0, b"unsync"))
    images = {medium.image(random.Random(seed)) for seed in range(20)}  # noqa: S311

    assert images == {b"synced", b"unsync"}
