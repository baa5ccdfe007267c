"""What is sent is signed as Standard Webhooks 1.0 says; a receiver can tell."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Malformed
from signoff.domain.ids import Instant
from signoff.domain.signatures import Scheme, SigningKey, genuine, live, rotated, signed_headers

SECRET = bytes(range(32))
KEY = SigningKey(scheme=Scheme.HMAC, secret=SECRET)
ED = SigningKey(scheme=Scheme.ED25519, secret=SECRET)
BODY = b'{"type":"file.approved","timestamp":"2026-11-22T00:00:00Z","data":{"id":"f1"}}'
AT = 1_700_000_000


def shown_to(shown: str, headers: dict[str, str], *, body: bytes = BODY, now: int = AT) -> bool:
    return genuine(
        shown,
        name=headers["webhook-id"],
        timestamp=int(headers["webhook-timestamp"]),
        body=body,
        signatures=headers["webhook-signature"],
        now=now,
    )


def test_a_known_secret_signs_a_known_body_in_the_known_way() -> None:
    headers = signed_headers((KEY,), name="msg_1", timestamp=AT, body=BODY)

    assert KEY.shown == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,3/8Fvo6TeuD6EEyFu2lDcxIVd84Sgj2yhGtMcxtlUIw=",
    }


def test_of_ed25519_the_receiver_is_shown_the_public_key_alone() -> None:
    assert ED.shown.startswith("whpk_")
    assert base64.b64encode(SECRET).decode() not in ED.shown
    assert ED.shown == "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="


@pytest.mark.parametrize("key", [KEY, ED])
def test_a_receiver_believes_what_was_signed_and_nothing_else(key: SigningKey) -> None:
    headers = signed_headers((key,), name="msg_1", timestamp=AT, body=BODY)
    other = SigningKey(scheme=key.scheme, secret=b"x" * 32)

    assert shown_to(key.shown, headers)
    assert not shown_to(other.shown, headers)
    assert not shown_to(key.shown, headers, body=BODY + b" ")
    assert not shown_to(key.shown, headers | {"webhook-id": "msg_2"})
    assert not shown_to(key.shown, headers | {"webhook-timestamp": str(AT + 1)})


def test_what_is_old_or_from_the_future_is_not_believed() -> None:
    headers = signed_headers((KEY,), name="msg_1", timestamp=AT, body=BODY)

    assert shown_to(KEY.shown, headers, now=AT + 300)
    assert not shown_to(KEY.shown, headers, now=AT + 301)
    assert not shown_to(KEY.shown, headers, now=AT - 301)


def test_entries_of_another_version_are_passed_over() -> None:
    headers = signed_headers((ED, KEY), name="msg_1", timestamp=AT, body=BODY)

    assert shown_to(KEY.shown, headers)
    assert shown_to(ED.shown, headers)


def test_while_a_secret_is_rotated_both_sign_and_then_the_new_one_alone() -> None:
    now = Instant(1_000_000)
    fresh = SigningKey(scheme=Scheme.HMAC, secret=b"n" * 32)

    keys = rotated((KEY,), fresh, now=now, until=Instant(now + 10))

    for secret in (KEY.shown, fresh.shown):
        assert shown_to(
            secret, signed_headers(live(keys, now), name="m", timestamp=AT, body=BODY)
        )
    later = live(keys, Instant(now + 10))
    assert [key.secret for key in later] == [fresh.secret]


def test_never_more_than_two_secrets_sign() -> None:
    now, until = Instant(0), Instant(100)
    second = SigningKey(scheme=Scheme.HMAC, secret=b"2" * 32)
    third = SigningKey(scheme=Scheme.HMAC, secret=b"3" * 32)

    keys = rotated(rotated((KEY,), second, now=now, until=until), third, now=now, until=until)

    assert [key.secret[:1] for key in live(keys, now)] == [b"3", b"2"]


def test_without_an_overlap_the_old_secret_ends_at_once() -> None:
    fresh = SigningKey(scheme=Scheme.HMAC, secret=b"n" * 32)

    assert rotated((KEY,), fresh, now=Instant(5), until=Instant(5)) == (fresh,)


def test_a_secret_does_not_show_itself() -> None:
    assert repr(KEY) == "SigningKey(v1)"


@given(st.binary(max_size=200), st.binary(min_size=24, max_size=64))
def test_every_body_under_every_secret_is_believed(body: bytes, secret: bytes) -> None:
    key = SigningKey(scheme=Scheme.HMAC, secret=secret)
    headers = signed_headers((key,), name="ev_1", timestamp=AT, body=body)

    assert shown_to(key.shown, headers, body=body)


@pytest.mark.parametrize("shown", ["", "whsec", "sk_AAAA", "whsec_not base64!"])
def test_what_is_no_secret_is_refused(shown: str) -> None:
    headers = signed_headers((KEY,), name="msg_1", timestamp=AT, body=BODY)

    with pytest.raises(Malformed):
        shown_to(shown, headers)
