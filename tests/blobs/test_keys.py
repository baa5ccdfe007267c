import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.blobs.keys import (
    Keyring,
    add_version,
    load_root_key,
    new_workspace_key,
    parse_root_key,
    rewrap,
    unwrap,
)
from signoff.domain.errors import Code, Damaged, Invalid
from signoff.domain.ids import Slug

ACME = Slug("acme")
OLD = parse_root_key(bytes(range(32)))
NEW = parse_root_key(bytes(32))
_, WRAPPED = new_workspace_key(OLD, ACME)


def test_a_root_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "root.key"

    made = load_root_key(path=path, create=True)
    again = load_root_key(path=path, create=True)

    assert made.id == again.id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(base64.b64decode(path.read_bytes())) == 32
    assert [entry.name for entry in path.parent.iterdir()] == ["root.key"]


def test_a_missing_root_key_is_a_refusal_unless_it_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        load_root_key(path=tmp_path / "root.key")

    assert refusal.value.code is Code.ROOT_KEY_MISSING
    assert "SIGNOFF_ROOT_KEY_FILE" in refusal.value.hint


@pytest.mark.parametrize(
    "text",
    [
        bytes(range(32)).hex(),
        bytes(range(32)).hex().upper() + "\n",
        base64.b64encode(bytes(range(32))).decode(),
        base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="),
        b"  " + base64.b64encode(bytes(range(32))) + b"\r\n",
        bytes(range(32)),
    ],
)
def test_a_root_key_is_read_in_each_usual_form(text: bytes | str) -> None:
    assert parse_root_key(text).id == OLD.id


@pytest.mark.parametrize("text", ["", "short", "z" * 64, b"x" * 31, "ä" * 16, b"\xff" * 43])
def test_what_is_no_root_key_is_refused(text: bytes | str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_root_key(text)

    assert refusal.value.code is Code.ROOT_KEY_WRONG
    assert "openssl rand" in refusal.value.hint


def test_an_empty_key_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    path.touch()

    with pytest.raises(Invalid, match=r"root\.key is not 32 bytes"):
        load_root_key(path=path, create=True)

    assert path.read_bytes() == b""


def test_a_root_key_shows_nothing_of_itself() -> None:
    shown = (
        repr(OLD) + repr(unwrap(OLD, ACME, WRAPPED)) + repr(unwrap(OLD, ACME, WRAPPED).newest)
    )

    assert bytes(range(32)).hex()[:8] not in shown
    assert OLD.derive("one") != OLD.derive("two")


def test_a_wrong_root_key_is_a_clear_refusal() -> None:
    with pytest.raises(Invalid, match="The keys of acme were wrapped by root key") as refusal:
        unwrap(NEW, ACME, WRAPPED)

    assert refusal.value.code is Code.ROOT_KEY_WRONG
    assert refusal.value.hint


def test_a_rotated_root_key_opens_what_was_written_before() -> None:
    key, wrapped = new_workspace_key(OLD, ACME)
    blob = encrypt_small(key, b"before", context="one")

    rotated = rewrap(OLD, NEW, wrapped)

    assert decrypt_small(unwrap(NEW, ACME, rotated), blob, context="one") == b"before"
    with pytest.raises(Invalid):
        unwrap(OLD, ACME, rotated)


def test_keys_of_another_workspace_are_damage() -> None:
    with pytest.raises(Damaged):
        unwrap(OLD, Slug("zeta"), WRAPPED)
    with pytest.raises(Damaged):
        unwrap(OLD, Slug("zeta"), WRAPPED.replace(b"acme", b"zeta"))


@given(at=st.integers(0, len(WRAPPED) - 1), flip=st.integers(1, 255))
def test_wrapped_keys_that_were_changed_are_refused(at: int, flip: int) -> None:
    changed = bytearray(WRAPPED)
    changed[at] ^= flip

    with pytest.raises((Damaged, Invalid)):
        unwrap(OLD, ACME, bytes(changed))


@given(length=st.integers(0, len(WRAPPED) - 1))
def test_wrapped_keys_that_were_cut_are_refused(length: int) -> None:
    with pytest.raises(Damaged):
        unwrap(OLD, ACME, WRAPPED[:length])


async def test_a_keyring_fetches_once_and_again_for_a_version_it_lacks() -> None:
    wrapped = WRAPPED
    fetched: list[Slug] = []

    async def fetch(workspace: Slug) -> bytes:
        fetched.append(workspace)
        return wrapped

    ring = Keyring(OLD, fetch)
    first = await ring.keys(ACME)
    again = await ring.keys(ACME, version=1)
    wrapped = add_version(OLD, ACME, wrapped)
    later = await ring.keys(ACME, version=2)

    assert first is again
    assert (first.newest.version, later.newest.version) == (1, 2)
    assert fetched == ["acme", "acme"]


async def test_a_keyring_forgets() -> None:
    async def fetch(_: Slug) -> bytes:
        return WRAPPED

    ring = Keyring(OLD, fetch)
    ring.learn(ACME, WRAPPED)
    known = ring.known(ACME)

    ring.forget(ACME)

    assert known
    assert ring.known(ACME) is None
