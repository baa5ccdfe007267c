import hashlib

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from hypothesis import given
from hypothesis import strategies as st

from signoff.blobs.cobblestone import (
    CHUNK,
    Cipher,
    InputKey,
    encrypted_size,
    open_cipher,
    plain_size,
)
from signoff.domain.errors import Damaged

SECRET = bytes(range(32))
SALT = bytes(range(24))


def encrypt(data: bytes, *, salt: bytes = SALT, context: bytes = b"demo") -> bytes:
    cipher = Cipher(InputKey(SECRET), salt=salt, context=context)
    out = bytearray(encrypted_size(len(data)))
    end = cipher.encrypt_into(0, memoryview(data), memoryview(out))
    tail = b"" if len(data) % CHUNK else cipher.encrypt(len(data) // CHUNK, b"")
    return cipher.prologue + bytes(out[:end]) + tail


def test_keys_are_derived_as_published() -> None:
    key, nonce, commitment = InputKey(SECRET).derive(SALT, b"demo")

    assert key.hex() == "9222526da7754cc00e5344a1ff90b015e163d8ee9608ac1e7c61f133f26ae1ac"
    assert nonce.to_bytes(12, "big").hex() == "9d4a5f90ebf3e0c7be1c6248"
    assert (
        commitment.hex() == "4d54d5bd1d7e99a8d6d94fce92f667cc57896a22069d6c6d71bf5cada1393890"
    )


@pytest.mark.parametrize(
    ("data", "length", "expected"),
    [
        (b"", 72, "94667282a4eef6ce1ffe9f0857c8803b65e155a8783827bd488fcac891e4e0b3"),
        (b"hello", 77, "9cc7c6da7a7bc75041b0ed6195f5c9b7facb4f5bb08cace60b65c3280dc4ab8c"),
        (
            bytes(16384),
            16472,
            "9126aaa05fe42e8c5dcc63ca5f296d970a9850d02b8c077b9c0b0343c0566daa",
        ),
        (
            bytes(20480),
            20568,
            "6bddcb9e75b76541e3c2376831e69b4cb39984c6d2fb1dbcd454674d4fb35e8c",
        ),
    ],
)
def test_messages_are_what_they_were_when_first_computed(
    data: bytes, length: int, expected: str
) -> None:
    message = encrypt(data)

    assert len(message) == length
    assert hashlib.sha256(message).hexdigest() == expected


@given(size=st.integers(0, 5 * CHUNK), context=st.binary(max_size=80))
def test_another_implementation_opens_what_we_write(size: int, context: bytes) -> None:
    data = hashlib.shake_128(b"x").digest(size)

    theirs = Cobblestone256Decryptor(SECRET, context=context)
    opened = theirs.update(encrypt(data, context=context)) + theirs.finalize()

    assert opened == data


@given(size=st.integers(0, 5 * CHUNK), context=st.binary(max_size=80))
def test_we_open_what_another_implementation_writes(size: int, context: bytes) -> None:
    data = hashlib.shake_128(b"x").digest(size)
    theirs = Cobblestone256Encryptor(SECRET, context=context)
    message = theirs.update(data) + theirs.finalize()

    cipher = open_cipher(InputKey(SECRET), message[:56], context=context)

    assert cipher.decrypt(message[56:]) == data
    assert plain_size(len(message)) == size


@given(size=st.integers(0, 1 << 50))
def test_sizes_are_told_from_each_other(size: int) -> None:
    assert plain_size(encrypted_size(size)) == size


@pytest.mark.parametrize("length", [0, 55, 56, 71, 56 + 16400, 56 + 16400 + 15])
def test_a_length_that_no_message_has_is_damage(length: int) -> None:
    with pytest.raises(Damaged):
        plain_size(length)
