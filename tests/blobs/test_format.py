import hashlib
from pathlib import Path

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from hypothesis import given
from hypothesis import strategies as st

from signoff.blobs.format import (
    Encryptor,
    decrypt_small,
    encrypt_small,
    head_length,
    stored_size,
)
from signoff.blobs.headers import read_header
from signoff.blobs.keys import (
    WorkspaceKey,
    WorkspaceKeys,
    add_version,
    new_workspace_key,
    parse_root_key,
    unwrap,
)
from signoff.domain.errors import Damaged
from signoff.domain.ids import Slug

ACME = Slug("acme")
ONE = "0123456789abcdef0123456789abcdef"
KEY = WorkspaceKey(workspace=ACME, version=1, secret=bytes(range(32)))
KEYS = WorkspaceKeys((KEY,))
ROOT = parse_root_key(bytes(32))


@pytest.mark.parametrize("size", [0, 1, 4096, 16383, 16384, 16385, 100_000])
def test_small_bytes_come_back(size: int) -> None:
    data = hashlib.shake_128(b"x").digest(size)

    stored = encrypt_small(KEY, data, context=ONE)

    assert decrypt_small(KEYS, stored, context=ONE) == data
    assert len(stored) == stored_size(ACME, size)


def test_the_same_bytes_never_look_the_same() -> None:
    assert encrypt_small(KEY, b"x", context=ONE) != encrypt_small(KEY, b"x", context=ONE)


def test_a_blob_says_whose_it_is_and_which_key_opens_it() -> None:
    stored = encrypt_small(KEY, b"secret", context=ONE)

    header = read_header(stored)

    assert (header.workspace, header.version, header.length) == ("acme", 1, 19)
    assert stored[:19] == b"SOFFBLOB\x01\x01\x00\x00\x00\x01\x04acme"
    assert head_length(ACME) == 75


@pytest.mark.parametrize(
    "part",
    [
        *(f"magic {at}" for at in range(8)),
        "format 8",
        "suite 9",
        *(f"version {at}" for at in range(10, 14)),
        "length 14",
        *(f"slug {at}" for at in range(15, 19)),
        *(f"salt {at}" for at in (19, 30, 42)),
        *(f"commitment {at}" for at in (43, 60, 74)),
        *(f"body {at}" for at in (75, 76, 16458)),
        *(f"tag {at}" for at in (16459, 16474)),
        *(f"last {at}" for at in (16475, 16494)),
        "end -1",
    ],
)
@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_a_flipped_bit_anywhere_is_damage(part: str, bit: int) -> None:
    stored = bytearray(encrypt_small(KEY, bytes(16384 + 4), context=ONE))
    at = int(part.split()[1])

    stored[at] ^= bit

    with pytest.raises(Damaged):
        decrypt_small(KEYS, bytes(stored), context=ONE)


@given(data=st.data())
def test_no_other_bytes_are_ever_returned(data: st.DataObject) -> None:
    stored = bytearray(encrypt_small(KEY, bytes(40), context=ONE))
    at = data.draw(st.integers(0, len(stored) - 1))
    flip = data.draw(st.integers(1, 255))

    stored[at] ^= flip

    with pytest.raises(Damaged):
        decrypt_small(KEYS, bytes(stored), context=ONE)


@given(length=st.integers(0, 16384 + 4 + 19 + 56 + 32 - 1))
def test_cut_anywhere_it_is_damage(length: int) -> None:
    stored = encrypt_small(KEY, bytes(16384 + 4), context=ONE)

    with pytest.raises(Damaged):
        decrypt_small(KEYS, stored[:length], context=ONE)


@given(more=st.binary(min_size=1, max_size=20_000))
def test_with_more_behind_it_is_damage(more: bytes) -> None:
    stored = encrypt_small(KEY, b"the end", context=ONE)

    with pytest.raises(Damaged):
        decrypt_small(KEYS, stored + more, context=ONE)


@given(junk=st.binary(max_size=300))
def test_junk_is_damage(junk: bytes) -> None:
    with pytest.raises(Damaged):
        decrypt_small(KEYS, junk, context=ONE)


def test_chunks_in_another_order_are_damage() -> None:
    stored = encrypt_small(KEY, bytes(3 * 16384), context=ONE)
    first, second = stored[75 : 75 + 16400], stored[75 + 16400 : 75 + 32800]

    with pytest.raises(Damaged):
        decrypt_small(KEYS, stored[:75] + second + first + stored[75 + 32800 :], context=ONE)


def test_another_blobs_bytes_are_damage() -> None:
    stored = encrypt_small(KEY, b"one", context=ONE)

    with pytest.raises(Damaged):
        decrypt_small(KEYS, stored, context="f" * 32)


def test_another_workspaces_bytes_are_damage() -> None:
    other = WorkspaceKey(workspace=Slug("zeta"), version=1, secret=bytes(range(32)))
    stored = encrypt_small(other, b"one", context=ONE)

    with pytest.raises(Damaged):
        decrypt_small(KEYS, stored, context=ONE)
    with pytest.raises(Damaged):
        decrypt_small(KEYS, stored.replace(b"zeta", b"acme"), context=ONE)


def test_old_blobs_open_after_a_new_version_of_the_key() -> None:
    first, wrapped = new_workspace_key(ROOT, ACME)
    old = encrypt_small(first, b"old", context=ONE)

    keys = unwrap(ROOT, ACME, add_version(ROOT, ACME, wrapped))
    new = encrypt_small(keys.newest, b"new", context=ONE)

    assert read_header(new).version == 2
    assert decrypt_small(keys, old, context=ONE) == b"old"
    assert decrypt_small(keys, new, context=ONE) == b"new"


def test_a_version_that_is_not_known_is_named() -> None:
    later = WorkspaceKey(workspace=ACME, version=7, secret=bytes(32))
    stored = encrypt_small(later, b"x", context=ONE)

    with pytest.raises(Damaged, match="version 7 of the key of acme") as refusal:
        decrypt_small(KEYS, stored, context=ONE)

    assert "keys/acme" in refusal.value.hint


def test_the_example_in_the_reference_opens() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "blob-format.md"
    example = page.read_text().rpartition("plaintext `hello`:")[2].strip().strip("`")

    assert decrypt_small(KEYS, bytes.fromhex(example), context=ONE) == b"hello"


def test_another_implementation_opens_a_blob_as_the_reference_says() -> None:
    stored = encrypt_small(KEY, b"hello", context=ONE)

    theirs = Cobblestone256Decryptor(bytes(range(32)), context=stored[:19] + ONE.encode())

    assert theirs.update(stored[19:]) + theirs.finalize() == b"hello"


def test_a_stream_in_pieces_is_the_same_format() -> None:
    data = hashlib.shake_128(b"x").digest(70_000)
    encryptor = Encryptor(KEY, context=ONE)

    stored = bytes(encryptor.update(memoryview(data)[:32768]))
    stored += bytes(encryptor.update(memoryview(data)[32768:65536]))
    stored += bytes(encryptor.finish(memoryview(data)[65536:]))

    assert decrypt_small(KEYS, stored, context=ONE) == data
    assert (encryptor.size, encryptor.encrypted_size) == (70_000, len(stored))


def test_a_stream_takes_no_half_chunk_in_the_middle() -> None:
    with pytest.raises(ValueError, match="16 KiB"):
        Encryptor(KEY, context=ONE).update(memoryview(b"half"))
