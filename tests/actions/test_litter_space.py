"""The laws of the space beside the tree, held against a model of it by Hypothesis.

What was written is read back until its week is over or newer things needed the room; nobody
is ever beyond the bounds; and another credential sees nothing of it.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import folders, litter, sweeps
from signoff.actions.folder_views import PathOnly
from signoff.actions.litter import MoveLitter, WriteLitter
from signoff.actions.scratch import AT_ONCE
from signoff.actions.sweeps import Chunk
from signoff.domain.accounts import AppPassword
from signoff.domain.actors import Caller, system
from signoff.domain.errors import Refusal
from signoff.domain.events import Event, Type
from signoff.domain.ids import CredentialId
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, DAN, RITA, by_drive, log
from tests.actions.desk import Desk, opened_desk

DAY = 86_400
MIB = 1_048_576


def drive(person: Caller, name: str) -> Caller:
    caller = by_drive(person, decides=False)
    return replace(caller, credential=replace(caller.credential, id=CredentialId(f"ap_{name}")))


DRIVES = (drive(DAN, "mac"), drive(DAN, "phone"), drive(RITA, "reader"))
FOLDERS = ("", "shared", ".Trashes", "shared/.Trashes", ".Trashes/501")
FILES = (".DS_Store", "~$b.docx", *(f"._{n}" for n in range(6)))
NAMES = (*FILES, ".Trashes", "501")
PATHS = tuple(
    f"{folder}/{name}".lstrip("/")
    for folder in FOLDERS
    for name in NAMES
    if name != "501" or folder.endswith(".Trashes")
)
REAL = frozenset({"", "shared"})

drives = st.sampled_from((DRIVES[0], *DRIVES))
paths = st.sampled_from(PATHS)
targets = st.sampled_from(PATHS[:24])
"""Mostly in folders that are there."""
numbers = st.integers(0, 10_000)
sizes = st.sampled_from((0, 40, 300_000, MIB))


class Kept(Struct):
    """What the model holds of an entry: its bytes, None for a folder; when it was written."""

    data: bytes | None
    order: int
    day: int


class Space:
    """One credential's litter, as it ought to be."""

    def __init__(self) -> None:
        self.entries: dict[str, Kept] = {}

    def below(self, path: str) -> list[str]:
        return [one for one in self.entries if one == path or one.startswith(f"{path}/")]

    def some(self, n: int) -> str:
        """Return a path at which there mostly is something."""
        folders = [one for one in sorted(self.entries) if self.holds(one)]
        every = [*folders * 20, *sorted(self.entries) * 4, *PATHS[:10]]
        return every[n % len(every)]

    def holds(self, path: str) -> bool:
        return len(self.below(path)) > 1

    def takes(self, path: str) -> bool:
        """Say whether something may lie at a path: in a folder that is there."""
        parent = path.rpartition("/")[0]
        above = self.entries.get(parent)
        return parent in REAL or (above is not None and above.data is None)

    def drop(self, path: str) -> None:
        for one in self.below(path):
            del self.entries[one]

    def fits(self) -> bool:
        return sum(len(each.data or b"") for each in self.entries.values()) <= 16 * MIB

    def make_room(self, kept: str) -> None:
        while not self.fits():
            leaves = [one for one in self.entries if not self.holds(one) and one != kept]
            leaves.sort(key=lambda path: self.entries[path].order)
            for one in leaves[:AT_ONCE]:
                if not self.fits():
                    del self.entries[one]

    def expire(self, today: int) -> None:
        while over := [
            one
            for one, kept in self.entries.items()
            if today - kept.day >= 7 and not self.holds(one)
        ]:
            for one in over:
                del self.entries[one]


class ScratchSpace(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.desk: Desk = self.loop.run(opened_desk(Path(self.folder.name)))
        self.loop.run(self.settle_in())
        self.log = self.loop.run(log(self.desk.house))
        self.spaces = {one.credential.id: Space() for one in DRIVES}
        self.order = 0
        self.day = 0

    async def settle_in(self) -> None:
        def let_in(tx: Transaction) -> None:
            for one in DRIVES:
                password = AppPassword(
                    id=one.credential.id,
                    person=one.actor.id,
                    name="drive",
                    decides=False,
                    created_at=tx.now,
                )
                tx.accounts.add_app_password(password, hash_=one.credential.id.encode())
            tx.record(Event(type=Type.APP_PASSWORD_CREATED), caller=DAN)

        await self.desk.house.engine.write(let_in, workspace=ACME)
        await self.desk.do(folders.make_folder, DAN, PathOnly(path="shared"))

    def teardown(self) -> None:
        self.loop.run(self.desk.house.close())
        self.loop.close()
        self.folder.cleanup()

    def does(self, action, caller: Caller, asked, *, allowed: bool) -> bool:
        """Do an act; it must be refused exactly when the model says so."""
        try:
            self.loop.run(self.desk.house.do(action, caller, asked))
        except Refusal:
            assert not allowed
            return False
        assert allowed
        self.order += 1
        return True

    def kept(self, data: bytes | None) -> Kept:
        return Kept(data=data, order=self.order, day=self.day)

    @initialize()
    def fill_the_first(self) -> None:
        self.make_folder(DRIVES[0], ".Trashes")
        for folder in sorted(REAL):
            self.fill(DRIVES[0], folder, 1)

    @rule(caller=drives, path=paths, size=sizes, fill=st.integers(0, 255))
    def write(self, caller: Caller, path: str, size: int, fill: int) -> None:
        self.write_at(caller, path, bytes([fill]) * size)

    def write_at(self, caller: Caller, path: str, data: bytes) -> None:
        space = self.spaces[caller.credential.id]
        there = space.entries.get(path)
        allowed = space.takes(path) and (there is None or there.data is not None)
        asked = WriteLitter(path=path, data=data)
        if self.does(litter.write, caller, asked, allowed=allowed):
            space.entries[path] = self.kept(data)
            space.make_room(path)

    @rule(caller=drives, folder=st.sampled_from(FOLDERS), fill=st.integers(0, 255))
    def fill(self, caller: Caller, folder: str, fill: int) -> None:
        """Write eight mebibytes, so that the bounds are met."""
        for name in FILES:
            self.write_at(caller, f"{folder}/{name}".lstrip("/"), bytes([fill]) * MIB)

    @rule(caller=drives, path=paths)
    def write_too_much(self, caller: Caller, path: str) -> None:
        asked = WriteLitter(path=path, data=b"x" * (MIB + 1))
        self.does(litter.write, caller, asked, allowed=False)

    @rule(caller=drives, path=st.sampled_from((".Trashes", ".Trashes/501", "shared/.Trashes")))
    def make_folder(self, caller: Caller, path: str) -> None:
        space = self.spaces[caller.credential.id]
        allowed = space.takes(path) and path not in space.entries
        if self.does(litter.make_folder, caller, PathOnly(path=path), allowed=allowed):
            space.entries[path] = self.kept(None)
            space.make_room(path)

    @rule(caller=drives, n=numbers)
    def remove(self, caller: Caller, n: int) -> None:
        space = self.spaces[caller.credential.id]
        path = space.some(n)
        allowed = path in space.entries
        if self.does(litter.remove, caller, PathOnly(path=path), allowed=allowed):
            space.drop(path)

    @rule(caller=drives, n=numbers, to=targets, overwrite=st.booleans())
    def move(self, caller: Caller, n: int, to: str, *, overwrite: bool) -> None:
        space = self.spaces[caller.credential.id]
        from_ = space.some(n)
        asked = MoveLitter(from_=from_, to=to, overwrite=overwrite)
        allowed = self.may_go(space, asked)
        if not self.does(litter.move, caller, asked, allowed=allowed):
            return
        going = {one: space.entries.pop(one) for one in space.below(from_)}
        space.drop(to)
        for one, kept in going.items():
            space.entries[to + one.removeprefix(from_)] = kept

    @rule(caller=drives, n=numbers, to=targets, overwrite=st.booleans())
    def copy(self, caller: Caller, n: int, to: str, *, overwrite: bool) -> None:
        space = self.spaces[caller.credential.id]
        from_ = space.some(n)
        if space.holds(from_):
            return  # what is written at one time has no order among itself
        asked = MoveLitter(from_=from_, to=to, overwrite=overwrite)
        if self.does(litter.copy, caller, asked, allowed=self.may_go(space, asked)):
            data = space.entries[from_].data
            space.drop(to)
            space.entries[to] = self.kept(data)
            space.make_room(to)

    def may_go(self, space: Space, asked: MoveLitter) -> bool:
        from_, to = asked.from_, asked.to
        inside = to == from_ or to.startswith(f"{from_}/") or from_.startswith(f"{to}/")
        free = to not in space.entries or asked.overwrite
        return from_ in space.entries and space.takes(to) and not inside and free

    @rule(days=st.sampled_from((3, 9)))
    def wait(self, days: int) -> None:
        self.desk.wait(days * DAY)
        self.day += days
        while self.loop.run(
            self.desk.house.do(sweeps.forget_litter, system(ACME), Chunk())
        ).result:
            pass
        for space in self.spaces.values():
            space.expire(self.day)

    @rule(caller=drives, n=numbers)
    def read(self, caller: Caller, n: int) -> None:
        space = self.spaces[caller.credential.id]
        path = space.some(n)
        kept = space.entries.get(path)
        asked = self.desk.house.ask(litter.read, caller, PathOnly(path=path))
        try:
            found = self.loop.run(asked)
        except Refusal:
            assert kept is None or kept.data is None
        else:
            assert kept is not None
            assert found.data == kept.data

    @invariant()
    def each_sees_their_own_and_nothing_else(self) -> None:
        for caller in DRIVES:
            space = self.spaces[caller.credential.id]
            mine = {
                path: None if kept.data is None else len(kept.data)
                for path, kept in space.entries.items()
            }
            assert self.loop.run(self.seen(caller)) == mine

    async def seen(self, caller: Caller) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        ahead = sorted(REAL)
        while ahead:
            asked = PathOnly(path=ahead.pop())
            page = await self.desk.house.ask(litter.list_, caller, asked)
            for item in page.items:
                found[item.path] = item.size if item.type == "file" else None
                ahead += [item.path] if item.type == "folder" else []
        return found

    @invariant()
    def nobody_is_beyond_the_bounds(self) -> None:
        for caller in DRIVES:
            entries, size = self.loop.run(
                self.desk.look(lambda tx, one=caller: tx.litter.used(one.credential.id))
            )
            mine = self.spaces[caller.credential.id].entries.values()
            assert entries == len(mine) <= 2_000
            assert size == sum(len(kept.data or b"") for kept in mine) <= 16 * MIB

    @invariant()
    def the_log_tells_nothing_of_it(self) -> None:
        assert self.loop.run(log(self.desk.house)) == self.log


TestScratchSpace = ScratchSpace.TestCase
TestScratchSpace.settings = settings(
    max_examples=20,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
