"""Who is told of an event, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signoff.domain.actors import Caller, Role
from signoff.domain.handoffs import Decision, Handoff, Review, State, Step, Verdict
from signoff.domain.ids import ActorId, CredentialId
from signoff.domain.notifications import (
    TOLD,
    Happening,
    Someone,
    audience,
    is_news,
    stands,
)
from signoff.domain.topics import MEANING, Topic
from tests.domain.people import ADA, BOB, NOW, RED, in_review, person

OWNER = person("olga", Role.OWNER)
READER = person("rita", Role.READER)
LEGAL = person("lena", groups=("legal",))
EVERYBODY = tuple(Someone(caller=each) for each in (ADA, BOB, OWNER, READER, LEGAL))
SCRIBE = ActorId("scribe")


def told(
    type_: str, handoff: Handoff | None, *, actor: str = "scribe", **more
) -> dict[str, Topic]:
    happening = Happening(type=type_, actor=ActorId(actor), handoff=handoff, **more)
    return {str(who): topic for who, topic in found(happening).items()}


def found(happening: Happening, hidden: tuple[str, ...] = ()) -> dict[ActorId, Topic]:
    return audience(
        happening, EVERYBODY, sees=lambda caller: str(caller.actor.id) not in hidden
    )


def waiting(**changed) -> Handoff:
    return replace(in_review(), **changed)


def review(by: Caller, verdict: Verdict = Verdict.APPROVE, **more) -> Review:
    return Review(
        by=by.actor.id,
        credential=CredentialId("s"),
        verdict=verdict,
        digest=RED,
        round=1,
        at=NOW,
        **more,
    )


def test_every_topic_has_a_sentence() -> None:
    assert set(MEANING) == set(Topic)


def test_with_nobody_named_it_waits_for_each_reviewer() -> None:
    assert told("handoff.opened", waiting()) == {
        "ada": Topic.OPEN,
        "bob": Topic.OPEN,
        "olga": Topic.OPEN,
        "lena": Topic.OPEN,
    }


def test_a_crowd_of_reviewers_is_not_shouted_at() -> None:
    crowd = [Someone(caller=person(f"p{n}")) for n in range(300)]
    happening = Happening(type="handoff.opened", actor=SCRIBE, handoff=waiting())

    heard = audience(happening, [*crowd, Someone(caller=OWNER)], sees=lambda _caller: True)

    assert heard == {OWNER.actor.id: Topic.OPEN}


def test_of_a_person_and_a_group_each_is_asked_once() -> None:
    named = waiting(reviewers=("lena", "group:legal", "bob"))

    assert told("handoff.opened", named) == {"lena": Topic.ASKED, "bob": Topic.ASKED}


def test_a_reader_who_is_named_cannot_be_asked_so_managers_are_told() -> None:
    assert told("handoff.opened", waiting(reviewers=("rita",))) == {"olga": Topic.OPEN}


def test_only_who_took_it_is_reminded() -> None:
    taken = waiting(taken_by=BOB.actor.id)

    assert told("handoff.reminded", taken, actor="system") == {"bob": Topic.REMINDED}


def test_whoever_has_reviewed_is_not_reminded() -> None:
    half = waiting(
        reviewers=("ada", "bob"),
        steps=(Step(reviewers=("ada", "bob"), required=2),),
        reviews=(review(ADA),),
    )

    assert told("handoff.reminded", half, actor="system") == {"bob": Topic.REMINDED}


def test_the_owner_of_the_agent_is_not_asked_where_four_eyes_are_wanted() -> None:
    of_bob = waiting(owner=BOB.actor.id)

    assert "bob" in told("handoff.opened", of_bob)
    assert "bob" not in told("handoff.opened", of_bob, four_eyes=True)


@pytest.mark.parametrize(
    ("type_", "topic"),
    [("handoff.raised", Topic.RAISED), ("handoff.reassigned", Topic.REASSIGNED)],
)
def test_whom_an_event_names_is_told(type_: str, topic: Topic) -> None:
    assert told(type_, waiting(), to=("group:legal",)) == {"lena": topic}


def test_managers_as_such_may_be_named() -> None:
    assert told("handoff.raised", waiting(), to=("role:manager",)) == {"olga": Topic.RAISED}


def test_a_second_look_is_for_eyes_that_had_no_part_in_it() -> None:
    decision = Decision(verdict=Verdict.APPROVE, by=ADA.actor.id, at=NOW, round=1, digest=RED)
    approved = waiting(state=State.APPROVED, decision=decision, reviews=(review(ADA),))

    heard = told("handoff.second_look_asked", approved, actor="system")

    assert heard == dict.fromkeys(("bob", "olga", "lena"), Topic.SECOND_LOOK)


def test_the_end_is_told_to_the_submitter_and_to_whom_it_had_asked() -> None:
    rejected = waiting(state=State.REJECTED, submitted_by=READER.actor.id)

    heard = told("handoff.rejected", rejected, actor="ada", asked=frozenset({BOB.actor.id}))

    assert heard == {"rita": Topic.DECIDED, "bob": Topic.SETTLED}


def test_the_weightiest_of_several_reasons_is_told() -> None:
    mine = waiting(state=State.APPROVED, submitted_by=BOB.actor.id)

    heard = told("handoff.approved", mine, actor="ada", asked=frozenset({BOB.actor.id}))

    assert heard == {"bob": Topic.DECIDED}


def test_a_webhook_that_failed_is_its_makers_business_or_the_managers() -> None:
    assert told("endpoint.disabled", None, actor="system", to=("bob",)) == {
        "bob": Topic.ENDPOINT
    }
    assert told("endpoint.disabled", None, actor="system", to=("we_1",)) == {
        "olga": Topic.ENDPOINT
    }


def test_what_asks_a_person_stands_until_somebody_else_takes_it_or_it_is_decided() -> None:
    open_ = waiting()

    assert stands(open_, 1, BOB.actor.id)
    assert stands(replace(open_, taken_by=BOB.actor.id), 1, BOB.actor.id)
    assert not stands(replace(open_, taken_by=ADA.actor.id), 1, BOB.actor.id)
    assert not stands(replace(open_, reviews=(review(BOB),)), 1, BOB.actor.id)
    assert not stands(replace(open_, round=2), 1, BOB.actor.id)
    assert not stands(replace(open_, state=State.APPROVED), 1, BOB.actor.id)


def test_a_decision_elsewhere_is_news_for_who_had_begun() -> None:
    assert is_news(waiting(taken_by=BOB.actor.id), BOB.actor.id)
    assert is_news(waiting(reviews=(review(BOB),)), BOB.actor.id)
    assert not is_news(waiting(), BOB.actor.id)


IDS = st.sampled_from([str(each.id) for each in EVERYBODY])


@given(
    type_=st.sampled_from(sorted(map(str, TOLD))),
    actor=IDS,
    hidden=st.lists(IDS, max_size=3),
    named=st.lists(IDS | st.just("group:legal"), max_size=3),
    taken=st.none() | IDS,
    state=st.sampled_from(State),
    submitter=IDS,
)
def test_neither_the_actor_nor_who_may_not_see_it_is_ever_told(
    *, type_, actor, hidden, named, taken, state, submitter
) -> None:
    handoff = waiting(
        state=state, reviewers=tuple(named), taken_by=taken, submitted_by=ActorId(submitter)
    )
    happening = Happening(
        type=type_,
        actor=ActorId(actor),
        handoff=handoff,
        to=tuple(named),
        text="@ada @bob @rita",
        asked=frozenset(each.id for each in EVERYBODY),
        before=frozenset(each.id for each in EVERYBODY),
    )

    heard = found(happening, tuple(hidden))

    assert heard.keys().isdisjoint({actor, *hidden})
