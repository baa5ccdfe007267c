"""tus-js-client as the judge: what a browser will upload with, here in Node."""

from pathlib import Path
from typing import Any

import pytest

from tests.uploads.nodes import ended, start
from tests.uploads.sites import INSIDE, Line, Site, noise

pytestmark = pytest.mark.needs("tus-js-client")

MIB = 1 << 20


def told(site: Site, file: Path, name: str, **how: Any) -> dict[str, Any]:
    return {
        "endpoint": site.uploads,
        "headers": site.headers,
        "file": str(file),
        "metadata": {"filename": name, "folder": "input/js", "filetype": "text/csv"},
        **how,
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of three mebibytes and a little."""
    made = tmp_path / "data.bin"
    made.write_bytes(noise(3 * MIB + 17))
    return made


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"chunkSize": MIB},
        {"atOnce": True},
        {"deferred": True, "chunkSize": MIB},
        {"override": True},
        {"atOnce": True, "chunkSize": MIB},
    ],
)
def test_a_file_is_sent_in_every_way_that_it_knows(
    site: Site, file: Path, how: dict[str, Any]
) -> None:
    name = "-".join(how) + ".csv"

    said = ended(start(told(site, file, name, **how)))

    assert said["done"], said
    assert site.read(f"input/js/{name}") == file.read_bytes()


def test_what_was_aborted_goes_on(site: Site, file: Path) -> None:
    aborted = ended(start(told(site, file, "aborted.csv", chunkSize=MIB, abortAt=MIB + 1)))
    assert aborted["aborted"], aborted
    assert site.offset(aborted["url"]) >= MIB

    said = ended(start(told(site, file, "aborted.csv", url=aborted["url"])))

    assert said["done"], said
    assert said["version"] == "1"
    assert site.read("input/js/aborted.csv") == file.read_bytes()


def test_a_line_that_breaks_is_no_end(site: Site, file: Path) -> None:
    line = Line(site.node.port, cuts=[MIB, MIB, MIB, MIB])
    try:
        how = {"endpoint": f"http://127.0.0.1:{line.port}{INSIDE}uploads"}
        said = ended(start({**told(site, file, "broken.csv"), **how}))
    finally:
        line.close()

    assert said["done"], said
    assert line.broken >= 2
    assert site.read("input/js/broken.csv") == file.read_bytes()


def test_a_server_that_is_killed_is_no_end(site: Site, file: Path) -> None:
    how = {"chunkSize": 100_000, "retryDelays": [500] * 40}
    sending = start(told(site, file, "killed.csv", **how))
    assert sending.stderr is not None
    for line in sending.stderr:
        if line.startswith("sent ") and int(line.split()[1]) > MIB:
            break
    site.node.kill()
    site.node.start()

    said = ended(sending)

    assert said["done"], said
    assert site.read("input/js/killed.csv") == file.read_bytes()


def test_what_cannot_be_named_is_never_taken_for_done(site: Site, file: Path) -> None:
    path = "files/shared/js-taken.csv"
    taken = {"filename": "js-taken.csv", "folder": "shared", "if_none_match": "*"}
    how = {"metadata": taken, "retryDelays": [100, 100], "chunkSize": MIB}
    sending = start(told(site, file, "", **how))
    assert sending.stderr is not None
    next(iter(sending.stderr))
    site.client.put(path, content=b"first").raise_for_status()

    said = ended(sending)

    assert said["failed"] == 412, said
    assert site.client.get(path).content == b"first"
