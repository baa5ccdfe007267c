"""tuspy as the judge: whole and in chunks, over lines that break, through a server's death."""

import io
from collections.abc import Iterator

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from tests.uploads.sites import INSIDE, Line, Site, noise

MIB = 1 << 20


@pytest.fixture
def client(site: Site) -> TusClient:
    return TusClient(site.uploads, headers=site.headers)


@pytest.fixture
def breaking(site: Site) -> Iterator[tuple[Line, TusClient]]:
    """A client whose line breaks three times, but not while it asks how far it is."""
    whole = 10**9
    cuts = [whole, MIB, whole, 700_000, whole, 2 * MIB + 3]
    line = Line(site.node.port, cuts=cuts)
    yield line, TusClient(f"http://127.0.0.1:{line.port}{INSIDE}uploads", headers=site.headers)
    line.close()


@pytest.mark.parametrize("chunk", [10**9, MIB, 300_001])
@pytest.mark.parametrize("checked", [False, True])
def test_a_file_is_sent_in_chunks_of_any_size(
    site: Site, client: TusClient, chunk: int, *, checked: bool
) -> None:
    data = noise(2 * MIB + 11)
    path = f"input/{chunk}-{checked}.bin"
    uploader = client.uploader(
        file_stream=io.BytesIO(data),
        chunk_size=chunk,
        metadata={"path": path, "filetype": "application/pdf"},
        upload_checksum=checked,
    )

    uploader.upload()

    assert uploader.offset == len(data)
    assert site.read(path) == data
    assert len(site.client.get(f"versions/{path}").json()["items"]) == 1


def test_an_empty_file_is_sent(site: Site, client: TusClient) -> None:
    client.uploader(file_stream=io.BytesIO(b""), metadata={"path": "input/empty"}).upload()

    assert site.read("input/empty") == b""


def test_an_upload_goes_on_by_its_address(site: Site, client: TusClient) -> None:
    data = noise(MIB)
    before = client.uploader(
        file_stream=io.BytesIO(data), chunk_size=400_000, metadata={"path": "input/goes-on.bin"}
    )
    before.upload_chunk()

    after = client.uploader(file_stream=io.BytesIO(data), url=before.url)
    assert after.offset == 400_000
    after.upload()

    assert site.read("input/goes-on.bin") == data


def test_an_upload_survives_a_line_that_breaks_again_and_again(
    site: Site, breaking: tuple[Line, TusClient]
) -> None:
    line, client = breaking
    data = noise(6 * MIB)
    uploader = client.uploader(
        file_stream=io.BytesIO(data),
        metadata={"path": "input/breaks.bin"},
        retries=5,
        retry_delay=0,
    )

    uploader.upload()

    assert line.broken == 3
    assert site.read("input/breaks.bin") == data


def test_an_upload_survives_a_server_that_is_killed_and_one_that_is_stopped(
    site: Site, client: TusClient
) -> None:
    data = noise(3 * MIB)
    uploader = client.uploader(
        file_stream=io.BytesIO(data), chunk_size=MIB, metadata={"path": "input/killed.bin"}
    )
    uploader.upload_chunk()
    site.node.kill()
    with pytest.raises((TusCommunicationError, TusUploadFailed)):
        uploader.upload_chunk()
    site.node.start()
    uploader.upload_chunk()
    assert site.node.process is not None
    site.node.process.terminate()
    site.node.process.wait(30)
    site.node.start()

    again = client.uploader(file_stream=io.BytesIO(data), url=uploader.url)
    again.upload()

    assert again.offset == 3 * MIB
    assert site.read("input/killed.bin") == data


def test_a_refusal_is_told(client: TusClient) -> None:
    uploader = client.uploader(file_stream=io.BytesIO(b"x"), metadata={"path": "approved/a"})

    with pytest.raises(TusCommunicationError) as refused:
        uploader.upload()

    assert refused.value.status_code == 403
