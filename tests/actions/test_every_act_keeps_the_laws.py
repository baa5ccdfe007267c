"""A long walk over the real acts; after every commit the laws of RULES are checked from rows."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from signoff.actions import arrivals, claims, deciding, locks, moves, trash, withdrawing
from signoff.actions.arrivals import Settle
from signoff.actions.claims import OneClaim, ReleaseClaim, TakeClaim
from signoff.actions.deciding import Recall
from signoff.actions.locks import TakeLock
from signoff.actions.moves import Move
from signoff.actions.withdrawing import Withdraw
from signoff.domain.actors import system
from signoff.domain.errors import Refusal
from signoff.domain.files import names
from signoff.domain.handoffs import State, stands_rightly
from signoff.domain.ids import ROOT, NodeId
from signoff.domain.ids import Path as TreePath
from signoff.domain.packages import digest_of, is_covered
from signoff.domain.stages import FIXED, stage_of
from signoff.store.holds import HoldKind
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, BEN, CLERK, SCRIBE, by_drive
from tests.actions.desk import Desk, opened_desk

AGENTS = (SCRIBE, CLERK)
PEOPLE = (ADA, BEN)
NAMES = ("a.csv", "b.csv", "d/c.csv", "d/e.csv")
VERDICTS = ("approve", "request_changes", "reject", "answer")
STEPS = 250


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


class Walk:
    """Two agents and two people who do what comes to their minds."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk = desk
        self.random = random.Random(seed)  # noqa: S311  a walk that can be repeated
        self.tokens: dict[str, str | None] = {}
        self.done: Counter[str] = Counter()
        self.checked: set[tuple[str, int]] = set()

    async def step(self) -> None:
        acts: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (6, self.write),
            (4, self.claim),
            (6, self.submit),
            (8, self.decide),
            (2, self.withdraw),
            (2, self.recall),
            (1, self.lock),
            (3, self.edit),
            (3, self.move),
            (2, self.release),
            (1, self.lapse),
            (2, self.settle),
            (1, self.remove),
        ]
        weights, every = zip(*acts, strict=True)
        act = self.random.choices(every, weights)[0]
        try:
            await act()
            self.done[act.__name__] += 1
        except Refusal:
            self.done["refused"] += 1

    async def some_path(self, *stages: str) -> str:
        paths = [path for path in await self.desk.paths() if path.startswith(stages)]
        return self.random.choice(sorted(paths) or ["input/none"])

    async def some_handoff(self, *states: State) -> str:
        found = await self.desk.look(lambda tx: tx.handoffs.page(limit=100))
        ids = [s.handoff.id for s in found if not states or s.handoff.state in states]
        return str(self.random.choice(ids or ["ho_none"]))

    async def write(self) -> None:
        caller = self.random.choice((*AGENTS, *PEOPLE))
        stage = self.random.choice(("input", "input", "needs-review", "shared"))
        data = str(self.random.randrange(4))
        await self.desk.put(caller, f"{stage}/{self.random.choice(NAMES)}", data)

    async def claim(self) -> None:
        caller = self.random.choice(AGENTS)
        done = await self.desk.house.do(claims.take, caller, TakeClaim())
        if done.result is not None:
            self.tokens[done.result.id] = done.result.lock_token

    async def held(self):
        found = await self.desk.look(lambda tx: tx.claims.page())
        claim = self.random.choice(found) if found else None
        caller = next((a for a in AGENTS if claim and a.actor.id == claim.agent), SCRIBE)
        return claim, caller, self.tokens.get(claim.id) if claim else None

    async def submit(self) -> None:
        claim, caller, token = await self.held()
        if claim is not None and self.random.random() < 0.6:
            path = await self.desk.look(lambda tx: tx.files.path_of(claim.node))
            if self.random.random() < 0.5:
                await self.desk.put(caller, f"{path.rpartition('/')[0]}/extra.md", "x", token)
            await self.desk.submit(caller, str(path), token=token, summary="done")
            return
        caller = self.random.choice((*AGENTS, *PEOPLE))
        path = await self.some_path("input", "shared", "feedback", "needs-review")
        folder = path.rpartition("/")[0]
        paths = (path,) if "/" not in folder or self.random.random() < 0.5 else (folder,)
        await self.desk.submit(caller, *paths, title=self.random.choice((None, "T")))

    async def decide(self) -> None:
        person = self.random.choice(PEOPLE)
        seen = await self.desk.read(person, await self.some_handoff(State.IN_REVIEW))
        verdict = self.random.choice(VERDICTS)
        files = {}
        if seen.files_count > 2 and self.random.random() < 0.5:
            files = {seen.files[0].path: self.random.choice(VERDICTS[:3])}
        answers = {"next": "try again"} if seen.questions else None
        await self.desk.decide(person, seen, verdict, "Because.", files=files, answers=answers)

    async def withdraw(self) -> None:
        caller = self.random.choice((*AGENTS, *PEOPLE))
        asked = Withdraw(handoff=await self.some_handoff(State.IN_REVIEW))
        done = await self.desk.do(withdrawing.withdraw, caller, asked)
        if done.claim is not None:
            self.tokens[done.claim.id] = done.claim.lock_token

    async def recall(self) -> None:
        handoff = await self.some_handoff(State.APPROVED, State.REJECTED)
        await self.desk.do(deciding.recall, ADA, Recall(handoff=handoff, reason="Again"))

    async def lock(self) -> None:
        caller = self.random.choice((*AGENTS, *PEOPLE))
        path = await self.some_path("input", "needs-review", "shared")
        await self.desk.do(locks.take, caller, TakeLock(path=path))

    async def edit(self) -> None:
        path = await self.some_path("needs-review", "feedback")
        await self.desk.put(self.random.choice(PEOPLE), path, str(self.random.random()))

    async def move(self) -> None:
        path = await self.some_path("input", "needs-review", "shared", "feedback")
        stages = ("input", "needs-review", "approved", "feedback", "rejected", "processing")
        to = f"{self.random.choice(stages)}/{names(TreePath(path))[-1]}"
        caller = self.random.choice((*AGENTS, by_drive(BEN, decides=True), ADA))
        await self.desk.do(moves.move, caller, Move(from_=path, to=to))

    async def remove(self) -> None:
        path = await self.some_path("input", "needs-review", "shared")
        caller = self.random.choice((*AGENTS, *PEOPLE))
        await self.desk.do(trash.delete, caller, trash.Delete(path=path))

    async def release(self) -> None:
        claim, caller, token = await self.held()
        if claim is not None:
            await self.desk.do(claims.release, caller, ReleaseClaim(claim=claim.id), token)

    async def lapse(self) -> None:
        self.desk.wait(700)
        claim, _, _ = await self.held()
        if claim is not None:
            await self.desk.do(claims.lapse, system(ACME), OneClaim(claim=claim.id))

    async def settle(self) -> None:
        self.desk.wait(6)
        await self.desk.house.do(arrivals.settle, system(ACME), Settle())

    async def check(self) -> None:
        await self.desk.look(self._check)

    def _check(self, tx: Transaction) -> None:
        self._check_stages(tx)
        self._check_digests(tx)
        self._check_holds(tx)
        self._check_log(tx)

    def _check_stages(self, tx: Transaction) -> None:
        """RULES 1: the folder is the state."""
        live = {claim.id for claim in tx.claims.page(limit=1000)}
        for stored in tx.handoffs.page(limit=1000):
            handoff = stored.handoff
            path = tx.files.path_of(handoff.node)
            if handoff.state is State.WITHDRAWN:
                continue
            assert path is not None, handoff.state
            assert stands_rightly(
                handoff.state, stage_of(path), claimed=stored.claim is not None
            ), (handoff.state, path, stored.claim)
            assert stored.claim is None or stored.claim in live

    def _check_digests(self, tx: Transaction) -> None:
        """Law 3: a decision names the bytes that were there when it was taken."""
        for stored in tx.handoffs.page(limit=1000):
            handoff = stored.handoff
            for kept in tx.rounds.of(handoff.id):
                manifest = tx.rounds.manifest(handoff.id, kept.number)
                whole = digest_of((each.path, each.digest) for each in manifest)
                assert kept.digest == whole
                if kept.decision is not None:
                    assert kept.decision.digest == whole
            key = (handoff.id, handoff.round)
            decision = handoff.decision
            if decision is None or decision.round != handoff.round or key in self.checked:
                continue
            self.checked.add(key)
            # What is to be tried again has lost the server's question, what was split its parts.
            entire = not decision.files and handoff.split_from is None
            if entire and handoff.state is not State.WITHDRAWN:
                assert decision.digest == self._recomputed(tx, stored)

    def _recomputed(self, tx: Transaction, stored) -> str:
        handoff = stored.handoff
        node = tx.files.by_id(handoff.node)
        assert node is not None
        if node.is_folder:
            found = tx.files.below(node.id, limit=1000)
            return digest_of(
                (path, each.digest) for each, path in found if each.digest and is_covered(path)
            )
        sidecar = tx.files.by_id(handoff.sidecar) if handoff.sidecar else None
        files = [("file", node.digest)] + ([("sidecar", sidecar.digest)] if sidecar else [])
        return digest_of(files)  # type: ignore[arg-type]

    def _check_holds(self, tx: Transaction) -> None:
        """The index of holds is what the rows say: locks, claims, packages and arrivals."""
        wanted: set[tuple[str, str, str, str]] = set()

        def hold(kind: HoldKind, ref: str, node: NodeId) -> None:
            chain = [step.id for step in tx.files.chain(node)]
            asked = {above for above in chain if above != ROOT}
            if kind is not HoldKind.LOCK:
                asked -= {above for above in FIXED if above != node}
            wanted.update((node, above, kind.value, ref) for above in asked)

        claimed: list[str] = []
        for claim in tx.claims.page(limit=1000):
            hold(HoldKind.CLAIM, claim.id, claim.folder)
            claimed.append(claim.node)
        assert len(claimed) == len(set(claimed)), "two live claims on one node"
        for stored in tx.handoffs.page(limit=1000):
            handoff = stored.handoff
            if handoff.state is State.WITHDRAWN:
                continue
            hold(HoldKind.PACKAGE, handoff.id, handoff.node)
            if not handoff.is_folder and handoff.sidecar is not None:
                package, sidecar = (
                    tx.files.by_id(handoff.node),
                    tx.files.by_id(handoff.sidecar),
                )
                if package and sidecar and sidecar.parent == package.parent:
                    hold(HoldKind.PACKAGE, handoff.id, handoff.sidecar)
        for row in tx.all("SELECT node, token FROM locks WHERE ws = :ws", ws=ACME):
            hold(HoldKind.LOCK, row[1], NodeId(row[0]))
        for row in tx.all("SELECT node FROM arrivals WHERE ws = :ws", ws=ACME):
            hold(HoldKind.ARRIVAL, row[0], NodeId(row[0]))
        rows = tx.all("SELECT node, ancestor, kind, ref FROM holds WHERE ws = :ws", ws=ACME)
        assert {tuple(row) for row in rows} == wanted

    def _check_log(self, tx: Transaction) -> None:
        head, _ = tx.audit.head()
        row = tx.one("SELECT count(*), max(position) FROM entries WHERE ws = :ws", ws=ACME)
        assert row is not None
        assert row[0] == row[1] == head


@pytest.mark.parametrize("seed", range(12))
async def test_every_act_keeps_the_laws(desk: Desk, seed: int):
    walk = Walk(desk, seed)

    for _ in range(STEPS):
        await walk.step()
        await walk.check()

    assert walk.done["decide"] >= 3, walk.done
    assert walk.done["submit"] >= 5, walk.done
