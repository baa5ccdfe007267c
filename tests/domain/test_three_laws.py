"""The three laws and RULES 1, after every step that two agents and two people can take.

`House` is the smallest world in which the law can be broken: a tree of files, a log, and the
rows of handoffs, claims and locks. It writes what the domain says, and nothing of its own.
"""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from signoff.domain import claims, locks
from signoff.domain.actors import SYSTEM, Actor, Caller, CredentialKind, Door, Kind, Role
from signoff.domain.asks import Ask
from signoff.domain.candidates import Candidate, in_order, may_take
from signoff.domain.claims import Claim, Escalate
from signoff.domain.decisions import Terms, review
from signoff.domain.errors import Code, Forbidden, Refusal
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import (
    Decision,
    Handoff,
    State,
    Submission,
    Verdict,
    stands_rightly,
)
from signoff.domain.handoffs import Kind as HandoffKind
from signoff.domain.ids import (
    MINUTE,
    ROOT,
    ClaimId,
    Digest,
    HandoffId,
    Instant,
    LockToken,
    NodeId,
    Path,
)
from signoff.domain.locks import Depth, Lock, Mode
from signoff.domain.meanings import Meaning, Source, Spot, Target, Unit, spot_of
from signoff.domain.moves import judge, judge_write
from signoff.domain.outcomes import Outcome, Result
from signoff.domain.rounds import edited, open_, recall, resubmit, withdraw
from signoff.domain.sidecars import Question, Sidecar
from signoff.domain.stages import Stage, stage_of
from tests.domain.people import NOW, agent, person

AGENTS = (agent("scribe", door=Door.DAV), agent("clerk", owner="bob", door=Door.DAV))
PEOPLE = (
    person("ada", Role.MANAGER, kind=CredentialKind.APP_PASSWORD, door=Door.DAV),
    person("bob", Role.REVIEWER, kind=CredentialKind.APP_PASSWORD, door=Door.DAV),
)
CAST = AGENTS + PEOPLE
TERMS = Terms(max_rounds=3, raise_to="group:leads")
STATES = {
    Type.HANDOFF_OPENED: State.IN_REVIEW,
    Type.HANDOFF_RESUBMITTED: State.IN_REVIEW,
    Type.HANDOFF_RECALLED: State.IN_REVIEW,
    Type.HANDOFF_APPROVED: State.APPROVED,
    Type.HANDOFF_REJECTED: State.REJECTED,
    Type.HANDOFF_CHANGES_REQUESTED: State.CHANGES_REQUESTED,
    Type.HANDOFF_ANSWERED: State.ANSWERED,
    Type.HANDOFF_WITHDRAWN: State.WITHDRAWN,
}
DECISIONS = frozenset(
    {
        Type.HANDOFF_APPROVED,
        Type.HANDOFF_REJECTED,
        Type.HANDOFF_CHANGES_REQUESTED,
        Type.HANDOFF_ANSWERED,
    }
)


class House:
    """A tree, a log, and the rows of handoffs, claims and locks."""

    def __init__(self) -> None:
        self.now = NOW
        self.paths: dict[NodeId, Path] = {}
        self.contents: dict[NodeId, int] = {}
        self.attempts: dict[NodeId, int] = {}
        self.handoffs: dict[HandoffId, Handoff] = {}
        self.claims: dict[ClaimId, Claim] = {}
        self.locks: dict[LockToken, Lock] = {}
        self.log: list[tuple[Actor, Event]] = []
        self.decided: dict[tuple[HandoffId, int], Decision] = {}
        self.seen_at_decision: dict[tuple[HandoffId, int], Digest] = {}
        self.numbers = 0

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def record(self, actor: Actor, *events: Event) -> None:
        self.log.extend((actor, event) for event in events)

    def digest(self, node: NodeId) -> Digest:
        return Digest("sha256:" + sha256(str(self.contents[node]).encode()).hexdigest())

    def handoff_at(self, node: NodeId) -> Handoff | None:
        for handoff in self.handoffs.values():
            if handoff.node == node and handoff.state is not State.WITHDRAWN:
                return handoff
        return None

    def claim_on(self, node: NodeId) -> Claim | None:
        return next((one for one in self.claims.values() if one.node == node), None)

    def check_others(self, node: NodeId, caller: Caller) -> None:
        locks.check_others(self.locks.values(), chain=(ROOT, node), caller=caller, now=self.now)

    def move(self, node: NodeId, folder: str, actor: Actor) -> None:
        """Move a node; locks on it end with that (RFC 4918, section 7.5)."""
        name = self.paths[node].rpartition("/")[2]
        self.paths[node] = Path(f"{folder}/{name}")
        for token, lock in list(self.locks.items()):
            if lock.node == node:
                del self.locks[token]
                self.record(actor, Event(type=Type.LOCK_RELEASED, subject=token))

    def arrive(self) -> NodeId:
        node = NodeId(f"n{self.number()}")
        self.paths[node] = Path(f"input/{node}.csv")
        self.contents[node] = self.number()
        self.attempts[node] = 0
        self.record(AGENTS[0].actor, Event(type=Type.FILE_CREATED, node=node))
        return node

    def candidates(self, caller: Caller) -> tuple[Candidate, ...]:
        found = []
        for node, path in self.paths.items():
            stage, handoff = stage_of(path), self.handoff_at(node)
            if stage not in (Stage.INPUT, Stage.FEEDBACK) or self.claim_on(node):
                continue
            locked = any(
                one.node == node
                and one.holder != caller.actor.id
                and not locks.expired(one, self.now)
                for one in self.locks.values()
            )
            found.append(
                Candidate(
                    node=node,
                    path=path,
                    stage=stage,
                    since=Instant(int(node[1:])),
                    agent=handoff.submitted_by if handoff else None,
                    free=not locked,
                    handoff=handoff.id if handoff else None,
                )
            )
        return in_order(one for one in found if may_take(one, caller))

    def claim(self, caller: Caller) -> Claim | None:
        offered = self.candidates(caller)
        return self.claim_this(offered[0], caller) if offered else None

    def claim_this(self, candidate: Candidate, caller: Caller) -> Claim:
        key = ClaimId(f"cl_{self.number()}")
        self.check_others(candidate.node, caller)
        claim, event = claims.take(
            candidate,
            id=key,
            folder=NodeId(key),
            token=LockToken(f"token-{key}"),
            caller=caller,
            version=1,
            attempts=self.attempts[candidate.node],
            now=self.now,
        )
        self.claims[key] = claim
        self.record(caller.actor, event)
        self.move(candidate.node, f"processing/{key}", caller.actor)
        return claim

    def write(self, node: NodeId, caller: Caller, tokens: frozenset[LockToken]) -> None:
        handoff, claim = self.handoff_at(node), self.claim_on(node)
        if claim is not None:
            claims.check(claim, caller=caller, tokens=tokens, now=self.now)
        judge_write(caller, self.source(node, caller, held=claim is not None))
        locks.may_write(
            self.locks.values(),
            chain=(ROOT, node),
            caller=caller,
            tokens=tokens,
            now=self.now,
        )
        assert claim is None or (claim.agent == caller.actor.id and claim.token in tokens)
        self.contents[node] = self.number()
        self.record(caller.actor, Event(type=Type.FILE_WRITTEN, node=node))
        if claim is not None:
            self.claims[claim.id] = claims.written(claim, now=self.now)
        if handoff is not None and handoff.state is State.IN_REVIEW:
            changed, event = edited(
                handoff, digest=self.digest(node), revision=handoff.revision + 1
            )
            self.handoffs[handoff.id] = changed
            self.record(caller.actor, event)

    def source(self, node: NodeId, caller: Caller, *, held: bool) -> Source:
        handoff, claim = self.handoff_at(node), self.claim_on(node)
        made_by = handoff.submitted_by if handoff else caller.actor.id
        return Source(
            spot=spot_of(stage_of(self.paths[node])),
            unit=Unit.PLAIN if handoff is None else Unit.PACKAGE,
            handoff=handoff.id if handoff else None,
            claimed_by=claim.agent if claim else None,
            held=held,
            own=made_by == caller.actor.id,
        )

    def submit(
        self,
        node: NodeId,
        by: Actor,
        kind: HandoffKind = HandoffKind.APPROVAL,
        *,
        context: Sidecar | None = None,
        after_lapse: bool = False,
    ) -> Handoff:
        self.move(node, "needs-review", by)
        given = Submission(
            kind=kind,
            node=node,
            is_folder=False,
            path=self.paths[node],
            digest=self.digest(node),
            context=context or Sidecar(questions=(Question(id="q", text="Which?"),)),
            title=node,
            after_lapse=after_lapse,
        )
        before = self.handoff_at(node)
        if before is None:
            key = HandoffId(f"ho_{self.number()}")
            handoff, event = open_(given, id=key, by=by, now=self.now)
        else:
            handoff, event = resubmit(before, given, by=by, now=self.now)
        self.handoffs[handoff.id] = handoff
        self.record(by, event)
        return handoff

    def submit_claimed(
        self, claim: Claim, caller: Caller, tokens: frozenset[LockToken], kind: HandoffKind
    ) -> Handoff:
        live = claims.check(
            self.claims.get(claim.id), caller=caller, tokens=tokens, now=self.now
        )
        self.check_others(live.node, caller)
        del self.claims[live.id]
        self.record(caller.actor, Event(type=Type.CLAIM_RELEASED, subject=live.id))
        return self.submit(live.node, caller.actor, kind)

    def lapse(self, claim: Claim) -> None:
        went, event = claims.lapse(claim, max_attempts=2, now=self.now)
        del self.claims[claim.id]
        self.attempts[went.node] = went.attempts
        self.record(SYSTEM, event)
        if isinstance(went, Escalate):
            holder = next(one.actor for one in AGENTS if one.actor.id == went.submitted_by)
            context = Sidecar(questions=(went.question,))
            self.submit(
                went.node, holder, HandoffKind.ESCALATION, context=context, after_lapse=True
            )
        else:
            self.move(went.node, went.to_path.rpartition("/")[0], SYSTEM)

    def withdraw(self, handoff: Handoff, caller: Caller) -> None:
        withdrawn, event = withdraw(handoff, caller=caller)
        self.check_others(handoff.node, caller)
        self.handoffs[handoff.id] = withdrawn
        self.record(caller.actor, event)
        self.move(handoff.node, "processing", caller.actor)

    def decide(self, handoff: Handoff, ask: Ask, caller: Caller) -> Outcome:
        outcome = review(
            handoff,
            ask,
            caller=caller,
            terms=TERMS,
            earlier=tuple(one for (key, _), one in self.decided.items() if key == handoff.id),
            now=self.now,
        )
        if outcome.result is Result.STANDING:
            assert outcome.handoff == handoff
            assert outcome.events == ()
            return outcome
        self.check_others(handoff.node, caller)
        decision = outcome.decision
        assert decision is not None
        key = (handoff.id, decision.round)
        assert key not in self.decided
        self.decided[key] = decision
        self.seen_at_decision[key] = self.digest(handoff.node)
        self.handoffs[handoff.id] = outcome.handoff
        self.record(caller.actor, *outcome.events)
        if outcome.stage is Stage.INPUT:
            self.attempts[handoff.node] = 0
        if outcome.stage is not None:
            self.move(handoff.node, outcome.stage, caller.actor)
        return outcome

    def recall(self, handoff: Handoff, caller: Caller) -> None:
        recalled, event = recall(
            handoff,
            caller=caller,
            reason="Look again.",
            claimed=self.claim_on(handoff.node) is not None,
            digest=self.digest(handoff.node),
            now=self.now,
        )
        self.check_others(handoff.node, caller)
        self.handoffs[handoff.id] = recalled
        self.record(caller.actor, event)
        self.move(handoff.node, "needs-review", caller.actor)

    def move_by_hand(self, node: NodeId, spot: Spot, caller: Caller) -> Meaning:
        """Do what `moves` says that a move means, as a mounted drive would ask for it."""
        claim = self.claim_on(node)
        held = claim is not None and claim.agent == caller.actor.id
        if claim is not None and held:
            tokens = frozenset({LockToken(f"token-{claim.id}")})
            claims.check(claim, caller=caller, tokens=tokens, now=self.now)
        judged = judge(caller, self.source(node, caller, held=held), Target(spot=spot))
        assert claim is None or held, "what another has claimed was moved"
        self.check_others(node, caller)
        handoff = self.handoff_at(node)
        match judged.meaning:
            case Meaning.CLAIM:
                (wanted,) = (one for one in self.candidates(caller) if one.node == node)
                self.claim_this(wanted, caller)
            case Meaning.SUBMIT:
                if claim is not None:
                    del self.claims[claim.id]
                    gone = Event(type=Type.CLAIM_RELEASED, subject=claim.id)
                    self.record(caller.actor, gone)
                self.submit(node, caller.actor)
            case Meaning.WITHDRAW if handoff is not None:
                self.withdraw(handoff, caller)
            case Meaning.VERDICT if handoff is not None and judged.verdict is not None:
                ask = Ask(
                    verdict=judged.verdict,
                    digest=self.digest(node),
                    round=handoff.round,
                    reason="By hand.",
                    by_moving=True,
                )
                self.decide(handoff, ask, caller)
            case Meaning.TAKE_OFF_QUEUE:
                self.move(node, "processing", caller.actor)
                self.record(caller.actor, Event(type=Type.FILE_MOVED, node=node))
            case Meaning.MOVE:
                if claim is None and spot is not Spot.TRASH:
                    self.move(node, "shared" if spot is Spot.ORDINARY else spot, caller.actor)
                    self.record(caller.actor, Event(type=Type.FILE_MOVED, node=node))
            case other:
                pytest.fail(f"A move was judged to be “{other}”")
        return judged.meaning

    def lock(self, node: NodeId, caller: Caller, mode: Mode) -> Lock:
        claim = self.claim_on(node)
        if claim is not None:
            raise claims.claimed(claim, self.now)
        token = LockToken(f"lock-{self.number()}")
        taken, yielded, _ = locks.take(
            self.locks.values(),
            chain=(ROOT, node),
            path=self.paths[node],
            token=token,
            caller=caller,
            depth=Depth.ZERO,
            mode=mode,
            now=self.now,
        )
        assert yielded == ()
        self.locks[token] = taken
        self.record(caller.actor, Event(type=Type.LOCK_TAKEN, subject=token))
        return taken

    def sweep(self) -> None:
        for claim in list(self.claims.values()):
            if claims.lapsed(claim, self.now):
                self.lapse(claim)
        for token, lock in list(self.locks.items()):
            if locks.expired(lock, self.now):
                event = locks.expire(lock, now=self.now)
                del self.locks[token]
                self.record(SYSTEM, replace(event, subject=token))


Screen = tuple[HandoffId, Digest, int]
numbers = st.integers(min_value=0, max_value=7)
people = st.sampled_from(PEOPLE)
agents = st.sampled_from(AGENTS)
cast = st.sampled_from(CAST)


def pick(things: Any, n: int) -> Any:
    given = list(things)
    return given[n % len(given)]


class ThreeLaws(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.house = House()
        self.screens: list[tuple[Caller, Screen]] = []
        for _ in range(2):
            self.house.arrive()

    def trying(self, act: Callable[[], object]) -> None:
        """Try an act; a refusal must leave the tree, the rows and the log as they were."""
        before = self.snapshot()
        refused = False
        try:
            act()
        except Refusal:
            refused = True
        assert not refused or self.snapshot() == before

    def in_review(self) -> list[Handoff]:
        handoffs = self.house.handoffs.values()
        return [one for one in handoffs if one.state is State.IN_REVIEW]

    def snapshot(self) -> object:
        house = self.house
        return (
            dict(house.paths),
            dict(house.contents),
            dict(house.handoffs),
            set(house.claims),
            set(house.locks),
            len(house.log),
        )

    @precondition(lambda self: len(self.house.paths) < 5)
    @rule()
    def a_file_arrives(self) -> None:
        self.house.arrive()

    @rule(minutes=st.integers(min_value=1, max_value=12), swept=st.booleans())
    def time_passes(self, minutes: int, swept: bool) -> None:  # noqa: FBT001
        self.house.now = Instant(self.house.now + minutes * MINUTE)
        if swept:
            self.house.sweep()

    @rule(caller=agents)
    def an_agent_claims(self, caller: Caller) -> None:
        self.trying(lambda: self.house.claim(caller))

    @precondition(lambda self: self.house.claims)
    @rule(caller=agents, n=numbers, kind=st.sampled_from(HandoffKind), with_token=st.booleans())
    def an_agent_submits(
        self,
        caller: Caller,
        n: int,
        kind: HandoffKind,
        with_token: bool,  # noqa: FBT001
    ) -> None:
        claim = pick(self.house.claims.values(), n)
        tokens = frozenset({claim.token} if with_token else ())
        late = self.house.now >= claim.expires_at
        before = len(self.house.claims)

        self.trying(lambda: self.house.submit_claimed(claim, caller, tokens, kind))

        right = with_token and not late and claim.agent == caller.actor.id
        assert (len(self.house.claims) < before) is right

    @precondition(lambda self: self.house.paths)
    @rule(caller=cast, n=numbers, m=numbers)
    def somebody_writes(self, caller: Caller, n: int, m: int) -> None:
        node = pick(self.house.paths, n)
        known = [one.token for one in self.house.claims.values() if one.token]
        tokens = frozenset([pick([*known, *self.house.locks, LockToken("none")], m)])
        self.trying(lambda: self.house.write(node, caller, tokens))

    @precondition(lambda self: self.in_review())
    @rule(caller=people, n=numbers)
    def a_person_looks(self, caller: Caller, n: int) -> None:
        handoff = pick(self.in_review(), n)
        screen = (handoff.id, handoff.digest, handoff.round)
        self.screens = [(caller, screen), *self.screens[:2]]

    @precondition(lambda self: self.in_review())
    @rule(caller=people, n=numbers)
    def a_person_edits_what_is_in_review(self, caller: Caller, n: int) -> None:
        node = pick(self.in_review(), n).node
        self.trying(lambda: self.house.write(node, caller, frozenset(self.house.locks)))

    @precondition(lambda self: self.house.handoffs)
    @rule(caller=agents, n=numbers, verdict=st.sampled_from(Verdict))
    def an_agent_cannot_decide(self, caller: Caller, n: int, verdict: Verdict) -> None:
        handoff = pick(self.house.handoffs.values(), n)
        ask = Ask(verdict=verdict, digest=handoff.digest, round=handoff.round, reason="x")

        with pytest.raises(Forbidden) as no:
            self.house.decide(handoff, ask, caller)

        assert no.value.code is Code.AGENT_CANNOT_DECIDE

    @precondition(lambda self: self.screens)
    @rule(
        n=numbers, verdict=st.sampled_from(Verdict), choice=st.sampled_from(list(claims.Choice))
    )
    def a_person_decides_on_a_screen(self, n: int, verdict: Verdict, choice: str) -> None:
        caller, (key, digest, round_) = pick(self.screens, n)
        handoff = self.house.handoffs[key]
        ask = Ask(
            verdict=verdict,
            digest=digest,
            round=round_,
            reason="Because.",
            answers={one.id: str(choice) for one in handoff.context.questions},
        )
        before = set(self.house.decided)
        self.trying(lambda: self.house.decide(handoff, ask, caller))
        for new in self.house.decided.keys() - before:
            assert new == (key, round_)
            assert self.house.seen_at_decision[new] == digest

    @precondition(lambda self: self.house.paths)
    @rule(caller=cast, n=numbers, spot=st.sampled_from(Spot))
    def somebody_moves(self, caller: Caller, n: int, spot: Spot) -> None:
        node = pick(self.house.paths, n)
        self.trying(lambda: self.house.move_by_hand(node, spot, caller))

    @precondition(lambda self: self.house.handoffs)
    @rule(caller=cast, n=numbers)
    def somebody_withdraws(self, caller: Caller, n: int) -> None:
        handoff = pick(self.house.handoffs.values(), n)
        self.trying(lambda: self.house.withdraw(handoff, caller))

    @precondition(lambda self: self.house.handoffs)
    @rule(caller=cast, n=numbers)
    def somebody_recalls(self, caller: Caller, n: int) -> None:
        handoff = pick(self.house.handoffs.values(), n)
        self.trying(lambda: self.house.recall(handoff, caller))

    @precondition(lambda self: self.house.paths)
    @rule(caller=cast, n=numbers, mode=st.sampled_from([Mode.EXCLUSIVE, Mode.SHARED]))
    def somebody_locks(self, caller: Caller, n: int, mode: Mode) -> None:
        node = pick(self.house.paths, n)
        self.trying(lambda: self.house.lock(node, caller, mode))

    @precondition(lambda self: self.house.locks)
    @rule(caller=cast, n=numbers)
    def somebody_unlocks(self, caller: Caller, n: int) -> None:
        token, lock = pick(self.house.locks.items(), n)
        with suppress(Refusal):
            event = locks.release(lock, caller=caller, now=self.house.now)
            assert lock.holder == caller.actor.id
            del self.house.locks[token]
            self.house.record(caller.actor, replace(event, subject=token))

    @invariant()
    def one_truth_the_tree_says_the_state(self) -> None:
        for handoff in self.house.handoffs.values():
            claimed = any(one.handoff == handoff.id for one in self.house.claims.values())
            stage = stage_of(self.house.paths[handoff.node])
            assert stands_rightly(handoff.state, stage, claimed=claimed)
            if handoff.state is State.IN_REVIEW:
                assert handoff.digest == self.house.digest(handoff.node)
        for node, path in self.house.paths.items():
            in_front = [
                one
                for one in self.house.handoffs.values()
                if one.node == node and one.state is not State.WITHDRAWN
            ]
            assert len(in_front) == (
                stage_of(path) not in (None, Stage.INPUT, Stage.PROCESSING)
                or any(
                    one.state in (State.CHANGES_REQUESTED, State.ANSWERED) for one in in_front
                )
            )

    @invariant()
    def one_record_the_log_tells_every_state(self) -> None:
        states: dict[HandoffId, State] = {}
        rounds: dict[HandoffId, int] = {}
        held: set[str] = set()
        for _, event in self.house.log:
            if event.handoff is not None and event.round is not None:
                rounds[event.handoff] = event.round
            if event.handoff is not None and event.type in STATES:
                states[event.handoff] = State(str(event.codes["state"]))
            if event.type in (Type.CLAIM_TAKEN, Type.LOCK_TAKEN):
                held.add(str(event.subject))
            if event.type in (Type.CLAIM_RELEASED, Type.CLAIM_LAPSED):
                held.remove(str(event.subject))
            if event.type in (Type.LOCK_RELEASED, Type.LOCK_EXPIRED):
                held.remove(str(event.subject))
        assert states == {key: one.state for key, one in self.house.handoffs.items()}
        assert rounds == {key: one.round for key, one in self.house.handoffs.items()}
        assert held == {*self.house.claims, *self.house.locks}

    @invariant()
    def one_verdict_binds_bytes_and_a_person_gives_it(self) -> None:
        house = self.house
        for key, decision in house.decided.items():
            assert decision.by in {one.actor.id for one in PEOPLE}
            assert decision.digest == house.seen_at_decision[key]
            assert key[1] == decision.round
            assert decision.by != house.handoffs[key[0]].submitted_by or key[1] != (
                house.handoffs[key[0]].round
            )
        told = [
            (event.handoff, event.round, actor.kind)
            for actor, event in house.log
            if event.type in DECISIONS
        ]
        assert all(kind is Kind.PERSON for _, _, kind in told)
        assert [(key, round_) for key, round_, _ in told] == list(house.decided)
        for handoff in house.handoffs.values():
            if handoff.state in (State.APPROVED, State.REJECTED):
                assert handoff.decision is not None
                assert handoff.decision.digest == house.digest(handoff.node)

    @invariant()
    def nothing_is_held_twice(self) -> None:
        house = self.house
        worked_on = [one.node for one in house.claims.values()]
        assert len(worked_on) == len(set(worked_on))
        for node in house.paths:
            live = [
                one
                for one in house.locks.values()
                if one.node == node and not locks.expired(one, house.now)
            ]
            assert len(live) <= 1 or all(one.mode is Mode.SHARED for one in live)


ThreeLaws.TestCase.settings = settings(deadline=None)
TestThreeLaws = ThreeLaws.TestCase


def test_the_house_can_be_walked_from_input_to_approved():
    scribe, ada = AGENTS[0], PEOPLE[0]
    house = House()
    node = house.arrive()
    claim = house.claim(scribe)
    assert claim is not None
    assert claim.token is not None
    tokens = frozenset({claim.token})
    house.write(node, scribe, tokens)
    handoff = house.submit_claimed(claim, scribe, tokens, HandoffKind.APPROVAL)
    ask = Ask(verdict=Verdict.APPROVE, digest=handoff.digest, round=1)

    house.decide(handoff, ask, ada)

    assert house.paths[node] == "approved/n1.csv"
    assert [event.type for _, event in house.log] == [
        "file.created",
        "claim.taken",
        "file.written",
        "claim.released",
        "handoff.opened",
        "handoff.approved",
    ]


def test_the_house_can_be_walked_by_moving_alone():
    scribe, ada = AGENTS[0], PEOPLE[0]
    house = House()
    node = house.arrive()

    meanings = [
        house.move_by_hand(node, spot, caller)
        for spot, caller in (
            (Spot.PROCESSING, scribe),
            (Spot.REVIEW, scribe),
            (Spot.FEEDBACK, ada),
            (Spot.REVIEW, scribe),
            (Spot.APPROVED, ada),
        )
    ]

    assert meanings == ["claim", "submit", "verdict", "submit", "verdict"]
    assert (house.paths[node], len(house.decided)) == ("approved/n1.csv", 2)
