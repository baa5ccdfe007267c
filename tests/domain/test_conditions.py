"""Judging an `If` header: AND within a list, OR between lists and resources (RFC 4918, 10.4)."""

import pytest

from signoff.domain.conditions import Clause, Condition, Conditions, Standing, hold
from signoff.domain.ids import LockToken, Path

FILE, OTHER = Path("a.txt"), Path("b.txt")
HELD = Standing(etag='"a-1"', tokens=frozenset({LockToken("urn:mine")}))
FREE = Standing(etag='"b-7"')
STANDS = {FILE: HELD, OTHER: FREE}

MINE = Condition(token=LockToken("urn:mine"))
DEAD = Condition(token=LockToken("urn:dead"))
NO_LOCK = Condition(token=LockToken("DAV:no-lock"))
NOT_NO_LOCK = Condition(token=LockToken("DAV:no-lock"), negated=True)
ETAG = Condition(etag='"a-1"')
OLD = Condition(etag='"a-0"')


def holds(*clauses: Clause) -> bool:
    return hold(Conditions(clauses), STANDS.__getitem__)


def test_who_says_nothing_is_right():
    assert holds()


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        (((MINE, ETAG),), True),
        (((MINE, OLD),), False),
        (((NO_LOCK, ETAG),), False),
        (((MINE,), (NOT_NO_LOCK,)), True),
        (((DEAD,), (NOT_NO_LOCK,)), True),
        (((MINE, ETAG), (NOT_NO_LOCK, ETAG)), True),
        (((DEAD, OLD), (NOT_NO_LOCK, OLD)), False),
        (((DEAD,), (OLD,)), False),
        (((NOT_NO_LOCK,),), True),
        (((NO_LOCK,),), False),
    ],
)
def test_one_list_of_a_resource_must_be_true(
    lists: tuple[tuple[Condition, ...], ...], expected: object
):
    assert holds(Clause(FILE, lists)) is expected


def test_one_resource_must_be_true_of_those_that_are_named():
    assert holds(Clause(OTHER, ((MINE,),)), Clause(FILE, ((MINE,),)))
    assert not holds(Clause(OTHER, ((MINE,),)), Clause(FILE, ((DEAD,),)))


def test_of_what_is_not_here_only_a_negation_is_true():
    assert not holds(Clause(None, ((MINE,), (ETAG,))))
    assert holds(Clause(None, ((Condition(etag='"a-1"', negated=True),),)))


def test_a_folder_has_no_entity_tag_to_match():
    standing = Standing()

    assert not hold(Conditions((Clause(FILE, ((ETAG,),)),)), lambda _: standing)


def test_a_weak_tag_is_not_the_strong_one():
    assert not holds(Clause(FILE, ((Condition(etag='W/"a-1"'),),)))
