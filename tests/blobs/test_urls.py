from pathlib import Path

import pytest

from signoff.blobs import blob_name, key_name, new_blob_id, open_store
from signoff.blobs.memory import MemoryStore
from signoff.domain.errors import Invalid
from signoff.domain.ids import BlobId, Slug


@pytest.mark.parametrize("form", ["{}", "file://{}", "file://localhost{}"])
async def test_a_path_is_a_folder_of_blobs(tmp_path: Path, form: str) -> None:
    store = open_store(form.format(tmp_path / "a b"))
    await store.put("keys/acme", b"key")
    await store.close()

    assert (tmp_path / "a b" / "keys" / "me" / "acme").read_bytes() == b"key"


async def test_spaces_in_a_file_url_may_be_escaped(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/a%20b")
    await store.put("keys/acme", b"key")
    await store.close()

    assert (tmp_path / "a b").is_dir()


def test_memory_is_a_store() -> None:
    assert isinstance(open_store("memory:"), MemoryStore)


@pytest.mark.parametrize("url", ["ftp://host/x", "http://host/x", "file://far-away/x"])
def test_other_places_are_refused_with_those_that_work(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        open_store(url)

    assert "file:///" in refusal.value.hint


def test_opening_a_store_makes_nothing_yet(tmp_path: Path) -> None:
    open_store(str(tmp_path / "later"))

    assert list(tmp_path.iterdir()) == []


def test_names_say_what_an_object_is() -> None:
    assert blob_name(Slug("acme"), BlobId("0f")) == "blobs/acme/0f"
    assert key_name(Slug("acme")) == "keys/acme"


def test_ids_are_random() -> None:
    drawn = {new_blob_id() for _ in range(1000)}

    assert len(drawn) == 1000
    assert {len(blob_id) for blob_id in drawn} == {32}
