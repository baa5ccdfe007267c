import pytest

from signoff.blobs.memory import MemoryStore
from tests.blobs.contract import EncryptedContract, StoreContract


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class TestMemory(StoreContract):
    pass


class TestEncryptedMemory(EncryptedContract):
    pass
