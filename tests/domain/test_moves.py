from itertools import product
from typing import Any

import pytest

from signoff.domain.actors import CredentialKind, Door
from signoff.domain.errors import Code, Refusal
from signoff.domain.handoffs import Verdict
from signoff.domain.ids import ActorId, HandoffId
from signoff.domain.meanings import Meaning, Source, Spot, Target, Unit, spot_of
from signoff.domain.moves import judge, judge_write
from signoff.domain.stages import Stage
from tests.domain.people import CAROL, DAN, SCRIBE, agent, person

HO = HandoffId("ho_1")
DRIVE = agent("scribe", door=Door.DAV)
BOB = person("bob", door=Door.DAV, kind=CredentialKind.APP_PASSWORD)

# To:            input processing needs-review feedback approved rejected ordinary trash
# m move · c claim · q take off queue · s submit · w withdraw · v verdict · f file verdict ·
# e edit · refusals: D agent cannot decide · B by decision only · N not a move · Z frozen ·
# C claim first · H holds handoffs
AGENT = {
    (Unit.PLAIN, Spot.INPUT): "m c s N B B m m",
    (Unit.PLAIN, Spot.PROCESSING): "N m s N B B N m",
    (Unit.PLAIN, Spot.REVIEW): "m N m N B B m m",
    (Unit.PLAIN, Spot.FEEDBACK): "N N s N B B N N",
    (Unit.PLAIN, Spot.APPROVED): "Z Z Z Z Z B Z Z",
    (Unit.PLAIN, Spot.REJECTED): "Z Z Z Z B Z Z Z",
    (Unit.PLAIN, Spot.ORDINARY): "m N s N B B m m",
    (Unit.PACKAGE, Spot.PROCESSING): "N m s N B B N N",
    (Unit.PACKAGE, Spot.REVIEW): "Z w N D D D Z Z",
    (Unit.PACKAGE, Spot.FEEDBACK): "N N s N B B N N",
    (Unit.PACKAGE, Spot.APPROVED): "Z Z Z Z Z B Z Z",
    (Unit.PACKAGE, Spot.REJECTED): "Z Z Z Z B Z Z Z",
    (Unit.PART, Spot.PROCESSING): "N m s N B B N m",
    (Unit.PART, Spot.REVIEW): "Z Z Z D D D Z Z",
    (Unit.PART, Spot.FEEDBACK): "C C C C B B C C",
    (Unit.PART, Spot.APPROVED): "Z Z Z Z Z B Z Z",
    (Unit.PART, Spot.REJECTED): "Z Z Z Z B Z Z Z",
    (Unit.PLACE, Spot.INPUT): "m H H H H H H H",
    (Unit.PLACE, Spot.PROCESSING): "H N H H H H H H",
    (Unit.PLACE, Spot.REVIEW): "H H N H H H H H",
    (Unit.PLACE, Spot.FEEDBACK): "H H H N H H H H",
    (Unit.PLACE, Spot.APPROVED): "Z Z Z Z Z B Z Z",
    (Unit.PLACE, Spot.REJECTED): "Z Z Z Z B Z Z Z",
    (Unit.PLACE, Spot.ORDINARY): "H H H H H H m H",
}
PERSON = AGENT | {
    (Unit.PLAIN, Spot.INPUT): "m q s N B B m m",
    (Unit.PACKAGE, Spot.REVIEW): "Z w N v v v Z Z",
    (Unit.PART, Spot.REVIEW): "Z Z e f f f Z e",
    (Unit.PART, Spot.FEEDBACK): "N N N e B B N e",
}
TARGETS = (
    Spot.INPUT,
    Spot.PROCESSING,
    Spot.REVIEW,
    Spot.FEEDBACK,
    Spot.APPROVED,
    Spot.REJECTED,
    Spot.ORDINARY,
    Spot.TRASH,
)
MEANINGS = {
    "m": Meaning.MOVE,
    "c": Meaning.CLAIM,
    "q": Meaning.TAKE_OFF_QUEUE,
    "s": Meaning.SUBMIT,
    "w": Meaning.WITHDRAW,
    "v": Meaning.VERDICT,
    "f": Meaning.FILE_VERDICT,
    "e": Meaning.EDIT,
}
REFUSALS = {
    "D": Code.AGENT_CANNOT_DECIDE,
    "B": Code.BY_DECISION_ONLY,
    "N": Code.NOT_A_MOVE,
    "Z": Code.FROZEN,
    "C": Code.CLAIM_FIRST,
    "H": Code.HOLDS_HANDOFFS,
}


def source(unit=Unit.PACKAGE, spot=Spot.REVIEW, **more):
    known: dict[str, Any] = {"handoff": HO} if unit in (Unit.PACKAGE, Unit.PART) else {}
    return Source(spot=spot, unit=unit, own=more.pop("own", True), **known, **more)


def refused(act, *args):
    with pytest.raises(Refusal) as no:
        act(*args)
    return no.value


def test_the_tables_of_the_test_are_whole():
    sources = {
        (unit, spot)
        for unit, spot in product(Unit, TARGETS[:-1])
        # A package is nowhere but in the stages behind processing, nor are its parts.
        if unit in (Unit.PLAIN, Unit.PLACE) or spot not in (Spot.INPUT, Spot.ORDINARY)
    }

    assert set(AGENT) == set(PERSON) == sources


@pytest.mark.parametrize(("unit", "spot"), AGENT)
@pytest.mark.parametrize(
    ("caller", "table"), [(DRIVE, AGENT), (BOB, PERSON)], ids=["agent", "person"]
)
def test_every_move_means_what_the_rules_say(caller, table, unit, spot):
    for target, letter in zip(TARGETS, table[unit, spot].split(), strict=True):
        move = (caller, source(unit, spot), Target(spot=target))

        if letter in MEANINGS:
            assert judge(*move).meaning is MEANINGS[letter], target
        else:
            assert refused(judge, *move).code is REFUSALS[letter], target


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        (Spot.APPROVED, Verdict.APPROVE),
        (Spot.REJECTED, Verdict.REJECT),
        (Spot.FEEDBACK, Verdict.REQUEST_CHANGES),
    ],
)
@pytest.mark.parametrize("unit", [Unit.PACKAGE, Unit.PART])
def test_where_a_person_moves_it_is_their_verdict(unit, target, verdict):
    judged = judge(BOB, source(unit), Target(spot=target))

    assert (judged.verdict, judged.handoff) == (verdict, HO)


def test_moving_decides_only_with_the_right_to_decide():
    plain = person("bob", kind=CredentialKind.APP_PASSWORD, decides=False, door=Door.DAV)

    no = refused(judge, plain, source(), Target(spot=Spot.APPROVED))

    assert no.code is Code.CREDENTIAL_CANNOT_DECIDE


def test_a_persons_token_on_mcp_moves_as_an_agent():
    caller = person("bob", door=Door.MCP)

    no = refused(judge, caller, source(), Target(spot=Spot.APPROVED))

    assert no.code is Code.AGENT_CANNOT_DECIDE


def test_an_agent_claims_by_moving_only_over_the_drive():
    item = source(Unit.PLAIN, Spot.INPUT)

    no = refused(judge, SCRIBE, item, Target(spot=Spot.PROCESSING))

    assert (no.code, no.hint) == (Code.CLAIM_INSTEAD, "POST claims with its path.")


@pytest.mark.parametrize(
    ("caller", "own", "may"),
    [(DRIVE, True, True), (DRIVE, False, False), (DAN, False, False), (CAROL, False, True)],
)
def test_the_submitter_or_a_manager_withdraws_by_moving(caller, own, may):
    move = (caller, source(own=own), Target(spot=Spot.PROCESSING))

    if may:
        assert judge(*move).meaning is Meaning.WITHDRAW
    else:
        assert refused(judge, *move).code is Code.FORBIDDEN


@pytest.mark.parametrize("caller", [DRIVE, BOB], ids=["agent", "person"])
@pytest.mark.parametrize("target", [Spot.PROCESSING, Spot.REVIEW, Spot.TRASH])
def test_what_another_has_claimed_stays(caller, target):
    theirs = source(Unit.PLAIN, Spot.PROCESSING, own=False, claimed_by=ActorId("clerk"))

    no = refused(judge, caller, theirs, Target(spot=target))

    assert (no.code, no.facts) == (Code.CLAIMED, {"holder": "clerk"})


def test_nothing_is_put_into_anothers_work_folder():
    folder = Target(spot=Spot.PROCESSING, claimed_by=ActorId("clerk"))

    no = refused(judge, BOB, source(Unit.PLAIN, Spot.INPUT), folder)

    assert no.code is Code.CLAIMED


def test_a_refusal_of_right_comes_before_that_of_a_claim():
    theirs = source(Unit.PLAIN, Spot.PROCESSING, claimed_by=ActorId("clerk"))

    no = refused(judge, BOB, theirs, Target(spot=Spot.APPROVED))

    assert no.code is Code.BY_DECISION_ONLY


def test_the_holder_submits_from_its_claim():
    mine = source(
        Unit.PLAIN, Spot.PROCESSING, own=False, claimed_by=ActorId("scribe"), held=True
    )

    assert judge(DRIVE, mine, Target(spot=Spot.REVIEW)).meaning is Meaning.SUBMIT


@pytest.mark.parametrize("spot", [Spot.REVIEW, Spot.FEEDBACK])
def test_adding_to_a_package_is_an_edit_of_a_persons_and_not_an_agents(spot):
    codes = {Spot.REVIEW: Code.FROZEN, Spot.FEEDBACK: Code.CLAIM_FIRST}
    plain = source(Unit.PLAIN, Spot.ORDINARY)
    inside = Target(spot=spot, package=HO)

    judged = judge(BOB, plain, inside)

    assert (judged.meaning, judged.handoff) == (Meaning.EDIT, HO)
    assert refused(judge, DRIVE, plain, inside).code is codes[spot]


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        (Unit.PACKAGE, Code.PACKAGE_NESTED),
        (Unit.PLACE, Code.HOLDS_HANDOFFS),
        (Unit.PART, Code.NOT_A_MOVE),
    ],
)
def test_packages_do_not_nest_or_trade_files(unit, code):
    other = Target(spot=Spot.REVIEW, package=HandoffId("ho_2"))

    assert refused(judge, BOB, source(unit), other).code is code


def test_the_last_file_of_a_package_in_review_stays():
    last = source(Unit.PART, last_file=True)

    assert refused(judge, BOB, last, Target(spot=Spot.TRASH)).code is Code.FROZEN
    renamed = judge(BOB, last, Target(spot=Spot.REVIEW, package=HO))
    assert renamed.meaning is Meaning.EDIT


@pytest.mark.parametrize("target", [Spot.INPUT, Spot.REVIEW, Spot.TRASH])
def test_what_still_arrives_is_its_writers_alone(target):
    arriving = source(Unit.PLAIN, Spot.REVIEW, own=False)

    assert refused(judge, DRIVE, arriving, Target(spot=target)).code is Code.FROZEN
    assert judge(DRIVE, source(Unit.PLAIN), Target(spot=target)).meaning is Meaning.MOVE


WRITES = {
    # (unit, spot): (agent, person)
    (Unit.PLAIN, Spot.INPUT): ("write", "write"),
    (Unit.PLAIN, Spot.ORDINARY): ("write", "write"),
    (Unit.PLAIN, Spot.PROCESSING): ("loose work", "loose work"),
    (Unit.PLAIN, Spot.REVIEW): ("submit", "submit"),
    (Unit.PACKAGE, Spot.REVIEW): (Code.FROZEN, "edit"),
    (Unit.PART, Spot.REVIEW): (Code.FROZEN, "edit"),
    (Unit.PLAIN, Spot.FEEDBACK): (Code.NOT_A_MOVE, Code.NOT_A_MOVE),
    (Unit.PACKAGE, Spot.FEEDBACK): (Code.CLAIM_FIRST, "edit"),
    (Unit.PART, Spot.FEEDBACK): (Code.CLAIM_FIRST, "edit"),
    (Unit.PLAIN, Spot.APPROVED): (Code.BY_DECISION_ONLY, Code.BY_DECISION_ONLY),
    (Unit.PART, Spot.APPROVED): (Code.FROZEN, Code.FROZEN),
    (Unit.PACKAGE, Spot.REJECTED): (Code.FROZEN, Code.FROZEN),
}


@pytest.mark.parametrize(("unit", "spot"), WRITES)
def test_every_write_means_what_the_rules_say(unit, spot):
    for caller, expected in zip((SCRIBE, BOB), WRITES[unit, spot], strict=True):
        write = (caller, source(unit, spot))

        if isinstance(expected, Code):
            assert refused(judge_write, *write).code is expected
        else:
            assert judge_write(*write).meaning == expected


def test_the_submitter_adds_a_first_sidecar_before_the_first_review():
    mine = source(first_sidecar=True)
    theirs = source(first_sidecar=True, own=False)

    assert judge_write(SCRIBE, mine).meaning is Meaning.FIRST_SIDECAR
    assert refused(judge_write, SCRIBE, theirs).code is Code.FROZEN


def test_a_claimed_package_is_written_by_its_holder_alone():
    mine = source(Unit.PART, Spot.PROCESSING, claimed_by=ActorId("scribe"), held=True)
    theirs = source(Unit.PART, Spot.PROCESSING, claimed_by=ActorId("clerk"))

    assert judge_write(SCRIBE, mine).meaning is Meaning.WRITE
    assert refused(judge_write, SCRIBE, theirs).code is Code.CLAIMED
    assert refused(judge_write, BOB, theirs).code is Code.CLAIMED


def test_loose_work_is_written_by_its_agent_alone():
    theirs = source(Unit.PLAIN, Spot.PROCESSING, own=False)

    assert refused(judge_write, SCRIBE, theirs).code is Code.FORBIDDEN


@pytest.mark.parametrize("to", [Spot.REVIEW, Spot.PROCESSING, Spot.TRASH])
def test_loose_work_goes_nowhere_but_by_its_agent_or_a_person(to):
    theirs = source(Unit.PLAIN, Spot.PROCESSING, own=False)

    assert refused(judge, SCRIBE, theirs, Target(spot=to)).code is Code.FORBIDDEN
    assert judge(BOB, theirs, Target(spot=to)).meaning in (Meaning.SUBMIT, Meaning.MOVE)


def test_every_stage_is_a_spot():
    assert [spot_of(stage) for stage in (*Stage, None)] == [
        Spot.INPUT,
        Spot.PROCESSING,
        Spot.REVIEW,
        Spot.FEEDBACK,
        Spot.APPROVED,
        Spot.REJECTED,
        Spot.ORDINARY,
    ]


@pytest.mark.parametrize("spot", [Spot.APPROVED, Spot.REJECTED, Spot.FEEDBACK])
def test_a_verdict_onto_the_name_of_another_package_is_a_verdict(spot: Spot):
    source = Source(spot=Spot.REVIEW, unit=Unit.PACKAGE, handoff=HO)
    taken = Target(spot=spot, package=HandoffId("ho_2"), whole=True)
    inside = Target(spot=spot, package=HandoffId("ho_2"))

    assert judge(CAROL, source, taken).meaning is Meaning.VERDICT
    with pytest.raises(Refusal) as refused:
        judge(CAROL, source, inside)
    assert refused.value.code is Code.PACKAGE_NESTED
