"""The law of uploads: they grow at their end, in turns, and become a file once."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from signoff.domain import uploads
from signoff.domain.errors import Busy, Code, Conflict, Gone, Held, Invalid, Malformed, TooLarge
from signoff.domain.ids import DAY, ActorId, Digest, Instant, Path, UploadId
from signoff.domain.uploads import MOST_OPEN, MOST_PARTS, Upload, Written

NOW = Instant(1_800_000_000_000_000)
RED = Digest("sha256:" + "aa" * 32)
BLUE = Digest("sha256:" + "bb" * 32)
FILE = Written(version=1, digest=RED, etag='"nd_1-1"', created=True)


def upload(length: int | None = 10, *, stored: int = 0, digest: Digest | None = None) -> Upload:
    new = Upload(
        id=UploadId("up_1"),
        by=ActorId("ag_1"),
        path=Path("input/a.csv"),
        length=length,
        expires_at=NOW,
        digest=digest,
    )
    begun = uploads.begun(new, open_already=0, now=NOW)
    return uploads.grown(begun, turn=0, stored=stored, now=NOW)


def test_an_upload_is_kept_for_a_day() -> None:
    assert upload().expires_at == NOW + DAY


def test_an_actor_has_a_hundred_unfinished_uploads_at_most() -> None:
    uploads.begun(upload(), open_already=MOST_OPEN - 1, now=NOW)

    with pytest.raises(Busy) as refused:
        uploads.begun(upload(), open_already=MOST_OPEN, now=NOW)

    assert refused.value.code is Code.TOO_MANY_UPLOADS


def test_what_is_sent_goes_on_where_the_upload_is() -> None:
    resumed = uploads.resumed(upload(stored=4), offset=4, length=None, now=Instant(NOW + 5))

    assert resumed.turn == 1
    assert resumed.expires_at == NOW + 5 + DAY


@pytest.mark.parametrize("offset", [0, 3, 5, 10])
def test_what_is_sent_from_elsewhere_is_refused_with_the_place(offset: int) -> None:
    with pytest.raises(Conflict) as refused:
        uploads.resumed(upload(stored=4), offset=offset, length=None, now=NOW)

    assert refused.value.code is Code.OFFSET_MISMATCH
    assert refused.value.facts == {"offset": 4}


@pytest.mark.parametrize("offset", [9, 10])
def test_what_is_whole_and_unnamed_is_shown_short_of_its_last_byte(offset: int) -> None:
    whole = upload(stored=10)

    assert whole.offset == 9
    assert uploads.resumed(whole, offset=offset, length=None, now=NOW).is_whole


def test_what_is_named_is_shown_whole() -> None:
    named = uploads.finished(upload(stored=10), FILE, now=NOW)

    assert named.offset == 10


def test_an_empty_upload_is_whole_from_the_beginning() -> None:
    assert upload(0).is_whole
    assert upload(0).offset == 0


def test_the_length_may_be_said_later() -> None:
    open_ended = upload(None, stored=4)

    assert not open_ended.is_whole
    assert uploads.resumed(open_ended, offset=4, length=4, now=NOW).is_whole
    assert uploads.resumed(open_ended, offset=4, length=9, now=NOW).length == 9


def test_the_length_may_be_said_again_but_not_changed() -> None:
    assert uploads.resumed(upload(), offset=0, length=10, now=NOW).length == 10

    with pytest.raises(Malformed):
        uploads.resumed(upload(), offset=0, length=11, now=NOW)


def test_a_length_shorter_than_what_came_is_refused() -> None:
    with pytest.raises(Malformed):
        uploads.resumed(upload(None, stored=4), offset=4, length=3, now=NOW)


def test_an_older_turn_adds_nothing() -> None:
    newer = uploads.resumed(upload(), offset=0, length=None, now=NOW)

    with pytest.raises(Held):
        uploads.grown(newer, turn=0, stored=5, now=NOW)


def test_what_became_a_file_takes_no_more() -> None:
    named = uploads.finished(upload(stored=10), FILE, now=NOW)

    with pytest.raises(Held):
        uploads.grown(named, turn=0, stored=10, now=NOW)


def test_an_upload_ends_a_day_after_the_last_that_was_heard_of_it() -> None:
    last = Instant(NOW + DAY - 1)
    uploads.check_alive(upload(), last)

    with pytest.raises(Gone):
        uploads.check_alive(upload(), Instant(NOW + DAY))


def test_no_more_comes_than_belongs_to_it() -> None:
    assert uploads.room_left(upload(stored=4), most=100) == 6
    assert uploads.room_left(upload(None, stored=4), most=100) == 96
    uploads.check_fits(6, 6)

    with pytest.raises(TooLarge):
        uploads.check_fits(7, 6)


def test_a_file_is_no_longer_than_files_may_be() -> None:
    uploads.check_length(None, most=100)
    uploads.check_length(100, most=100)

    with pytest.raises(TooLarge):
        uploads.check_length(101, most=100)


def test_the_bytes_are_those_that_were_announced() -> None:
    uploads.check_digest(upload(), RED)
    uploads.check_digest(upload(digest=RED), RED)

    with pytest.raises(Invalid) as refused:
        uploads.check_digest(upload(digest=RED), BLUE)

    assert refused.value.code is Code.DIGEST_MISMATCH


def test_an_upload_comes_in_ten_thousand_pieces_at_most() -> None:
    uploads.check_parts(MOST_PARTS - 1)

    with pytest.raises(Invalid):
        uploads.check_parts(MOST_PARTS)


class Sending(RuleBasedStateMachine):
    """Clients that send, break off, take over and ask, in whatever order."""

    @initialize(length=st.one_of(st.none(), st.integers(0, 30)))
    def begin(self, length: int | None) -> None:
        self.upload = upload(length)
        self.now = NOW
        self.turns = [0]
        self.acknowledged = 0

    @rule(seconds=st.integers(0, 100_000))
    def time_passes(self, seconds: int) -> None:
        self.now = Instant(self.now + seconds * 1_000_000)

    def alive(self) -> bool:
        return self.now < self.upload.expires_at

    @rule(offset=st.integers(0, 31), length=st.one_of(st.none(), st.integers(0, 30)))
    def somebody_goes_on(self, offset: int, length: int | None) -> None:
        before = self.upload
        try:
            uploads.check_alive(before, self.now)
            self.upload = uploads.resumed(before, offset=offset, length=length, now=self.now)
        except (Conflict, Malformed, Gone):
            assert self.upload is before
            return
        assert offset in (before.offset, before.stored)
        assert before.length in (None, self.upload.length)
        self.turns.append(self.upload.turn)

    @rule(more=st.integers(0, 12), turn=st.integers(0, 50))
    def something_comes(self, more: int, turn: int) -> None:
        before = self.upload
        room = uploads.room_left(before, most=30)
        sender = self.turns[turn % len(self.turns)]
        try:
            uploads.check_alive(before, self.now)
            uploads.check_fits(more, room)
            self.upload = uploads.grown(
                before, turn=sender, stored=before.stored + more, now=self.now
            )
        except (TooLarge, Held, Gone):
            assert self.upload is before
            return
        assert sender == self.turns[-1], "an older request added to the upload"
        self.acknowledged = max(self.acknowledged, self.upload.offset)

    @precondition(lambda self: self.alive() and self.upload.is_whole)
    @rule()
    def it_is_named(self) -> None:
        if self.upload.written is None:
            self.upload = uploads.finished(self.upload, FILE, now=self.now)

    @invariant()
    def what_was_acknowledged_stays(self) -> None:
        assert self.upload.offset >= self.acknowledged or self.upload.is_whole
        assert self.upload.stored >= self.acknowledged

    @invariant()
    def nobody_takes_it_for_done_before_it_is_named(self) -> None:
        shown_whole = self.upload.offset == self.upload.length and self.upload.length != 0
        assert shown_whole == (self.upload.written is not None and self.upload.length != 0)

    @invariant()
    def it_is_no_longer_than_it_was_said_to_be(self) -> None:
        assert self.upload.length is None or self.upload.stored <= self.upload.length


TestSending = Sending.TestCase
