import pytest
from msgspec.structs import replace

from signoff.domain import locks
from signoff.domain.actors import Door
from signoff.domain.drafts import draft_on, visible_version
from signoff.domain.errors import Conflict, Forbidden, Held, Invalid, Refusal, Stale
from signoff.domain.events import Type
from signoff.domain.ids import ActorId, CredentialId, Instant, LockToken, Micros, NodeId, Path
from signoff.domain.locks import Depth, LockKind, Mode, Need
from signoff.domain.tickets import (
    Ticket,
    alive,
    draw,
    first_in_line,
    grant,
    granted,
    renew,
    stands_before,
)
from signoff.domain.tokens import check_tokens
from tests.domain.people import ADA, BOB, CAROL, NOW, SCRIBE, agent, person

SECOND = 1_000_000
ROOT, FOLDER, SUB, FILE = (NodeId(name) for name in ("root", "folder", "sub", "file"))
CHAINS = {
    "folder": (ROOT, FOLDER),
    "sub": (ROOT, FOLDER, SUB),
    "file": (ROOT, FOLDER, SUB, FILE),
    "other": (ROOT, FOLDER, NodeId("other")),
}
ZERO, DEEP = Depth.ZERO, Depth.INFINITY


def after(seconds):
    return Instant(NOW + seconds * SECOND)


def take(at="file", *, held=(), caller=ADA, token="t1", path="shared/file", **more):
    return locks.take(
        held,
        chain=CHAINS[at],
        path=Path(path),
        token=LockToken(token),
        caller=caller,
        now=more.pop("now", NOW),
        **more,
    )


def lock(at="file", **more):
    return take(at, **more)[0]


def test_a_lock_names_its_holder_and_its_end():
    one, yielded, events = take(owner_text="Ada's laptop")

    assert (one.holder, one.mode, one.depth) == ("ada", "exclusive", "infinity")
    assert (one.expires_at, yielded) == (after(1800), ())
    assert [(event.type, event.node) for event in events] == [(Type.LOCK_TAKEN, "file")]
    assert "t1" not in repr(events)


@pytest.mark.parametrize(
    ("asked", "given"), [(None, 1800), (1, 180), (600, 600), (2**32 - 1, 86_400)]
)
def test_a_timeout_is_between_three_minutes_and_a_day(asked, given):
    one = lock(timeout=None if asked is None else Micros(asked * SECOND))

    assert one.expires_at == after(given)


@pytest.mark.parametrize(
    ("held", "depth", "asked", "asked_depth", "conflicts"),
    [
        ("file", ZERO, "file", ZERO, True),
        ("folder", DEEP, "file", ZERO, True),
        ("folder", ZERO, "file", ZERO, False),
        ("file", ZERO, "folder", DEEP, True),
        ("file", ZERO, "folder", ZERO, False),
        ("other", ZERO, "sub", DEEP, False),
        ("sub", DEEP, "folder", ZERO, False),
    ],
)
def test_locks_conflict_on_a_node_above_it_and_below(
    held, depth, asked, asked_depth, conflicts
):
    first = lock(held, depth=depth)

    if conflicts:
        with pytest.raises(Held) as no:
            take(asked, held=[first], caller=BOB, token="t2", depth=asked_depth)
        assert no.value.facts["holder"] == "ada"
        assert no.value.facts["seconds_left"] == 1800
        assert "t1" not in repr(no.value.facts)
    else:
        second = lock(asked, held=[first], caller=BOB, token="t2", depth=asked_depth)
        assert second.holder == "bob"


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (Mode.SHARED, Mode.SHARED, True),
        (Mode.SHARED, Mode.EXCLUSIVE, False),
        (Mode.EXCLUSIVE, Mode.SHARED, False),
        (Mode.DRAFT, Mode.SHARED, False),
        (Mode.DRAFT, Mode.DRAFT, False),
    ],
)
def test_only_shared_locks_stand_together(first, second, together):
    one = lock(mode=first)

    if together:
        assert lock(held=[one], mode=second, caller=BOB, token="t2").mode is second
    else:
        with pytest.raises(Held):
            take(held=[one], mode=second, caller=BOB, token="t2")


def test_even_the_holder_does_not_lock_twice():
    with pytest.raises(Held):
        take(held=[lock()], token="t2")


def test_an_expired_lock_keeps_nobody_out():
    one = lock()

    assert lock(held=[one], caller=BOB, token="t2", now=after(1800)).holder == "bob"


@pytest.mark.parametrize("depth", list(Depth))
@pytest.mark.parametrize("path", ["", "input", "needs-review", "archive"])
def test_a_stage_cannot_be_locked(path, depth):
    with pytest.raises(Forbidden):
        take("folder", path=path, depth=depth)


@pytest.mark.parametrize("stage", ["needs-review", "feedback", "approved", "rejected"])
def test_what_people_look_at_cannot_be_a_draft(stage):
    with pytest.raises(Invalid):
        take(path=f"{stage}/x", mode=Mode.DRAFT)


@pytest.mark.parametrize("stage", ["input", "processing", "shared"])
def test_work_in_the_making_can_be_a_draft(stage):
    assert lock(path=f"{stage}/x", mode=Mode.DRAFT, version_before=2).version_before == 2


NEEDS = [
    # A lock here,       of depth, forbids to write, create in, remove, the file's folder: sub
    ("file", ZERO, True, False, True),
    ("sub", ZERO, False, True, True),
    ("sub", DEEP, True, True, True),
    ("folder", ZERO, False, False, False),
    ("folder", DEEP, True, True, True),
    ("other", DEEP, False, False, False),
]


@pytest.mark.parametrize(("at", "depth", "write", "create", "remove"), NEEDS)
def test_an_act_meets_the_locks_that_the_standard_names(at, depth, write, create, remove):
    held = [lock(at, depth=depth)]

    def forbidden(need, chain):
        try:
            locks.may_write(held, chain=CHAINS[chain], need=need, caller=BOB, now=NOW)
        except Held:
            return True
        return False

    assert forbidden(Need.WRITE, "file") is write
    assert forbidden(Need.CREATE, "sub") is create
    assert forbidden(Need.REMOVE, "file") is remove


def test_removing_a_folder_meets_every_lock_below_it():
    with pytest.raises(Held) as no:
        locks.may_write([lock()], chain=CHAINS["folder"], need=Need.REMOVE, caller=BOB, now=NOW)

    assert no.value.facts["paths"] == ["shared/file"]


def test_a_holder_notes_what_windows_does_unasked_without_a_token():
    def note(caller, need):
        return locks.may_write(
            [lock()], chain=CHAINS["file"], need=need, caller=caller, now=NOW
        )

    assert note(ADA, Need.NOTE) == ()
    with pytest.raises(Held):
        note(ADA, Need.WRITE)
    with pytest.raises(Held):
        note(BOB, Need.NOTE)


@pytest.mark.parametrize(
    ("caller", "tokens", "may"),
    [
        (ADA, {"t1"}, True),
        (ADA, set(), False),
        (ADA, {"t2"}, False),
        (BOB, {"t1"}, False),
        (agent("scribe", owner="ada"), {"t1"}, False),
    ],
    ids=["both", "no token", "another token", "another principal", "the holder's agent"],
)
def test_a_lock_is_satisfied_by_principal_and_token(caller, tokens, may):
    def write():
        return locks.may_write(
            [lock()], chain=CHAINS["file"], caller=caller, tokens=frozenset(tokens), now=NOW
        )

    if may:
        assert write() == ()
    else:
        with pytest.raises(Held):
            write()


def test_of_several_shared_locks_ones_own_is_enough():
    one = lock(mode=Mode.SHARED)
    two = lock(held=[one], mode=Mode.SHARED, caller=BOB, token="t2")

    passed = locks.may_write(
        [one, two],
        chain=CHAINS["file"],
        caller=BOB,
        tokens=frozenset({LockToken("t2")}),
        now=NOW,
    )

    assert passed == ()
    with pytest.raises(Held):
        locks.may_write([one, two], chain=CHAINS["file"], caller=CAROL, now=NOW)


def test_a_checkout_on_a_page_yields_to_the_same_persons_drive():
    checkout = lock(kind=LockKind.WEB)
    drive = person("ada", door=Door.DAV)

    mounted, yielded, events = take(
        held=[checkout], caller=drive, token="t2", kind=LockKind.DAV
    )

    assert (mounted.kind, yielded) == (LockKind.DAV, (checkout,))
    assert [event.type for event in events] == [Type.LOCK_RELEASED, Type.LOCK_TAKEN]
    assert locks.may_write([checkout], chain=CHAINS["file"], caller=drive, now=NOW) == (
        checkout,
    )


@pytest.mark.parametrize(
    ("kind", "caller"),
    [
        (LockKind.DAV, person("ada", door=Door.WEB)),
        (LockKind.WEB, person("bob", door=Door.DAV)),
        (LockKind.WEB, person("ada", door=Door.REST)),
        (LockKind.WEB, agent("ada", door=Door.DAV)),
        (LockKind.WEB, agent("scribe", owner="ada", door=Door.DAV)),
    ],
    ids=["the other way", "another person", "another door", "an agent", "the person's agent"],
)
def test_nothing_else_yields(kind, caller):
    held = [lock(kind=kind)]

    with pytest.raises(Held):
        take(held=held, caller=caller, token="t2")
    with pytest.raises(Held):
        locks.may_write(held, chain=CHAINS["file"], caller=caller, now=NOW)


def test_acts_on_a_package_meet_what_others_hold_in_it():
    locks.check_others([lock()], chain=CHAINS["folder"], caller=ADA, now=NOW)

    with pytest.raises(Held):
        locks.check_others([lock()], chain=CHAINS["folder"], caller=BOB, now=NOW)


def test_a_dead_token_writes_nothing():
    one = lock()
    tokens = frozenset({LockToken("t1")})

    check_tokens(tokens, locks=[one], now=NOW)
    for held, now in (([one], after(1800)), ([], NOW)):
        with pytest.raises(Stale):
            check_tokens(tokens, locks=held, now=now)


def test_a_refresh_starts_the_time_anew():
    assert locks.refresh(lock(), caller=ADA, now=after(60)).expires_at == after(1860)


@pytest.mark.parametrize(
    ("caller", "seconds", "refusal"), [(BOB, 0, Conflict), (ADA, 1800, Stale)]
)
def test_only_the_holder_refreshes_and_releases_and_in_time(caller, seconds, refusal):
    one = lock()

    with pytest.raises(refusal):
        locks.refresh(one, caller=caller, now=after(seconds))
    with pytest.raises(refusal):
        locks.release(one, caller=caller, now=after(seconds))


def test_locks_end_by_release_by_force_and_by_time():
    one = lock()

    released = locks.release(one, caller=ADA, now=NOW)
    broken = locks.break_(one, caller=CAROL, reason="Ada is on leave.")
    expired = locks.expire(one, now=after(1800))

    assert [released.type, broken.type, expired.type] == [
        "lock.released",
        "lock.broken",
        "lock.expired",
    ]
    assert broken.reason == "Ada is on leave."
    with pytest.raises(Conflict):
        locks.expire(one, now=after(1799))


@pytest.mark.parametrize("caller", [BOB, ADA, SCRIBE])
def test_only_a_manager_breaks_a_lock(caller):
    with pytest.raises(Forbidden):
        locks.break_(lock(), caller=caller)


@pytest.mark.parametrize(
    ("caller", "before", "seconds", "seen"),
    [
        (ADA, 2, 0, 5),
        (BOB, 2, 0, 2),
        (SCRIBE, 2, 0, 2),
        (CAROL, 0, 0, None),
        (ADA, 2, 1800, 2),
        (ADA, 0, 1800, None),
    ],
)
def test_a_draft_shows_others_the_version_before_it(caller, before, seconds, seen):
    draft = draft_on([lock(mode=Mode.DRAFT, version_before=before)], chain=CHAINS["file"])

    assert visible_version(draft, version=5, caller=caller, now=after(seconds)) == seen


def test_a_draft_on_a_folder_hides_what_is_new_below_it():
    draft = draft_on([lock("folder", mode=Mode.DRAFT)], chain=CHAINS["file"])

    assert visible_version(draft, version=5, before=4, caller=BOB, now=NOW) == 4
    assert visible_version(draft, version=1, before=0, caller=BOB, now=NOW) is None


def test_without_a_draft_everybody_sees_the_last_version():
    draft = draft_on([lock(mode=Mode.EXCLUSIVE)], chain=CHAINS["file"])

    assert visible_version(draft, version=5, caller=BOB, now=NOW) == 5


def ticket(number, *, now=NOW) -> Ticket:
    return draw(
        number=number,
        chain=CHAINS["file"],
        depth=ZERO,
        mode=Mode.EXCLUSIVE,
        holder=ActorId(f"actor-{number}"),
        credential=CredentialId("c"),
        now=now,
    )


def test_whoever_waits_longest_and_still_waits_is_next():
    gone, second, third = ticket(1, now=after(-60)), ticket(2), ticket(3)

    first = first_in_line([third, gone, second], now=NOW)

    assert first == second
    assert stands_before([second, third], mine=third, now=NOW) == second
    assert stands_before([second, third], mine=second, now=NOW) is None
    assert stands_before([second], mine=None, now=NOW) == second
    assert first_in_line([gone], now=NOW) is None


def test_a_ticket_lives_while_it_is_renewed():
    assert not alive(ticket(1), after(25))
    assert alive(renew(ticket(1), now=after(20)), after(44))


def test_a_grant_that_is_not_confirmed_passes_on():
    first, second = grant(ticket(1), now=NOW), ticket(2)

    assert granted(first, after(14))
    assert grant(first, now=after(10)).granted_until == after(15)
    late = replace(first, expires_at=after(60))
    assert first_in_line([late, second], now=after(14)) == late
    assert first_in_line([late, second], now=after(15)) == second


def test_every_refusal_has_a_way_out():
    with pytest.raises(Refusal) as no:
        take(held=[lock()], caller=BOB, token="t2")

    assert no.value.hint == (
        "Wait until the lock ends, ask its holder, or ask a manager to break it."
    )
