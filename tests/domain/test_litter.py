"""What desktops leave behind: which paths, how much of it, and locks that hinder nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain import litter
from signoff.domain.errors import Conflict, Held, Stale, TooLarge
from signoff.domain.files import is_litter
from signoff.domain.ids import (
    MINUTE,
    SECOND,
    ActorId,
    CredentialId,
    Instant,
    LockToken,
    Micros,
    NodeId,
    Path,
)
from signoff.domain.litter import Litter

NOW = Instant(1_000_000_000)
ENTRY = Litter(
    id=NodeId("li_1"),
    credential=CredentialId("ap_1"),
    parent=NodeId("nd_1"),
    name="._a.txt",
    size=3,
    created_at=NOW,
    modified_at=NOW,
)
PATH = Path("shared/._a.txt")
FIRST, SECOND_TOKEN = LockToken("opaquelocktoken:1"), LockToken("opaquelocktoken:2")
NAMES = st.sampled_from(["input", "a.txt", "._a.txt", ".DS_Store", "d", ".nfs0001", "Ärger"])


def locked(timeout: int = 10 * MINUTE) -> Litter:
    return litter.lock(
        ENTRY,
        path=PATH,
        token=FIRST,
        holder=ActorId("pe_1"),
        timeout=Micros(timeout),
        now=NOW,
    )


@pytest.mark.parametrize(
    ("path", "apart"),
    [
        (".DS_Store", True),
        ("needs-review/.ds_store", True),
        ("input/THUMBS.DB", True),
        ("shared/._report.pdf", True),
        ("shared/~$budget.xlsx", True),
        ("shared/.~lock.plan.odt#", True),
        (".Trashes/501/report.pdf", True),
        ("input/report.pdf", False),
        ("", False),
        ("input/.fuse_hidden0000001", False),
        ("input/.nfs000000000001", False),
        ("input/report.pdf.crdownload", False),
        (".TemporaryItems/folders.501/report.pdf", False),
        ("input/.goutputstream-A1B2C3", False),
    ],
)
def test_which_paths_lie_beside_the_tree(path, apart):
    assert litter.is_litter(Path(path)) is apart


@given(st.lists(NAMES, max_size=5))
def test_a_path_is_split_where_its_litter_begins(names):
    path = Path("/".join(names))

    if litter.is_litter(path):
        folder, own = litter.split(path)
        assert "/".join((*([folder] if folder else []), *own)) == path
        assert not litter.is_litter(folder)
        assert litter.is_litter(Path(own[0]))
    else:
        with pytest.raises(Conflict):
            litter.split(path)


@given(st.text(max_size=20))
def test_whatever_lies_beside_the_tree_is_in_no_digest(name):
    assert is_litter(name) or not litter.is_litter(Path(name.replace("/", "")))


def test_a_file_has_its_bounds():
    litter.check_size(1_048_576)

    with pytest.raises(TooLarge):
        litter.check_size(1_048_577)


def test_a_credential_has_its_bounds():
    assert litter.fits(2_000, 16_777_216)
    assert not litter.fits(2_001, 0)
    assert not litter.fits(1, 16_777_217)


def test_each_write_has_an_etag_and_a_context_of_its_own():
    written = litter.written(ENTRY, size=4, media_type="text/plain", now=Instant(NOW + 1))

    assert (ENTRY.etag, written.etag) == ('"li_1-1"', '"li_1-2"')
    assert ENTRY.context != written.context
    assert (written.size, written.modified_at, written.created_at) == (4, NOW + 1, NOW)


def test_a_second_lock_meets_the_first_while_it_lives():
    with pytest.raises(Held) as held:
        litter.lock(
            locked(),
            path=PATH,
            token=SECOND_TOKEN,
            holder=ActorId("pe_1"),
            timeout=None,
            now=Instant(NOW + 4 * MINUTE),
        )

    assert held.value.facts["seconds_left"] == 360
    assert held.value.facts["paths"] == [PATH]
    assert FIRST not in str(held.value.facts)


def test_a_lock_whose_time_is_over_stands_in_nobodys_way():
    again = litter.lock(
        locked(),
        path=PATH,
        token=SECOND_TOKEN,
        holder=ActorId("pe_1"),
        timeout=None,
        now=Instant(NOW + 10 * MINUTE),
    )

    assert again.token == SECOND_TOKEN
    assert again.locked_until == NOW + 40 * MINUTE


def test_a_lock_lasts_as_long_as_locks_do():
    assert locked(timeout=SECOND).locked_until == NOW + 180 * SECOND


def test_a_refreshed_lock_begins_anew():
    later = Instant(NOW + 9 * MINUTE)

    refreshed = litter.refresh(locked(), token=FIRST, timeout=None, now=later)

    assert refreshed.locked_until == later + 30 * MINUTE


@pytest.mark.parametrize(("token", "after"), [(SECOND_TOKEN, 0), (FIRST, 10 * MINUTE)])
def test_a_wrong_or_dead_token_ends_nothing(token, after):
    with pytest.raises(Stale):
        litter.unlock(locked(), token=token, now=Instant(NOW + after))
    with pytest.raises(Stale):
        litter.refresh(locked(), token=token, timeout=None, now=Instant(NOW + after))


def test_a_lock_ends_with_its_token_and_stays_behind_in_a_move():
    ended = litter.unlock(locked(), token=FIRST, now=NOW)
    moved = litter.moved(locked(), parent=NodeId("nd_2"), name="._b.txt")

    assert (ended.token, ended.locked_until) == (None, None)
    assert (moved.token, moved.locked_until) == (None, None)
    assert litter.written(locked(), size=1, media_type="", now=NOW).token == FIRST
