"""curl, as scripts use it: conditions, parts of files, and bodies of unknown length."""

import os

import pytest

from tests.drives.drive import ADA, Drive
from tests.drives.programs import Machine, Ran

pytestmark = [pytest.mark.needs("curl"), pytest.mark.xdist_group("drives")]

BIG = os.urandom(3_000_000)
SAID = "%{stderr}%{http_code} up %{size_upload} down %{size_download}"
WAITS = ("-H", "Expect: 100-continue", "--expect100-timeout", "20")


class Curl:
    """curl with Ada's password, asking below one address."""

    def __init__(self, drive: Drive, machine: Machine) -> None:
        self.url = drive.url
        self.home = machine.home
        self._machine = machine
        machine.write(".netrc", f"machine 127.0.0.1 login {ADA} password {drive.password}\n")

    def __call__(self, path: str, *words: str, stdin: bytes = b"") -> Ran:
        """Ask for something; how it went is told where errors go."""
        said = ("-sS", "-n", "-w", SAID, *words, f"{self.url}{path}")
        return self._machine.run("curl", *said, stdin=stdin)


@pytest.fixture
def curl(drive: Drive, machine: Machine) -> Curl:
    """Ada's curl, with something big to upload."""
    machine.write("big.bin", BIG)
    return Curl(drive, machine)


def _status(done: Ran) -> int:
    return int(done.err.split()[0])


def test_a_file_is_downloaded_only_if_it_changed_and_written_only_as_it_was_seen(
    curl: Curl, drive: Drive
) -> None:
    drive.write("curl/a.txt", b"one")
    first = curl("curl/a.txt", "--etag-save", "tag", "-o", "a.txt")
    tag = (curl.home / "tag").read_text().strip()

    same = curl("curl/a.txt", "--etag-compare", "tag")
    dated = curl("curl/a.txt", "-z", "a.txt")
    written = curl("curl/a.txt", "-H", f"If-Match: {tag}", "-T", "-", stdin=b"two")
    late = curl("curl/a.txt", "-H", f"If-Match: {tag}", "-T", "-", stdin=b"three")
    taken = curl("curl/a.txt", "-H", "If-None-Match: *", "-T", "-", stdin=b"four")
    changed = curl("curl/a.txt", "--etag-compare", "tag")

    assert [_status(each) for each in (first, same, dated)] == [200, 304, 304]
    assert [_status(each) for each in (written, late, taken)] == [204, 412, 412]
    assert (_status(changed), changed.out) == (200, b"two")
    assert drive.read("curl/a.txt") == b"two"


def test_parts_of_a_file_are_read_and_a_download_that_broke_off_goes_on(
    curl: Curl, drive: Drive
) -> None:
    drive.write("curl/parts.bin", BIG)
    (curl.home / "back.bin").write_bytes(BIG[:1_000_000])

    middle = curl("curl/parts.bin", "-r", "10-19")
    end = curl("curl/parts.bin", "-r", "-5")
    beyond = curl("curl/parts.bin", "-r", "3000000-")
    resumed = curl("curl/parts.bin", "-C", "-", "-o", "back.bin")

    assert (_status(middle), middle.out) == (206, BIG[10:20])
    assert (_status(end), end.out) == (206, BIG[-5:])
    assert _status(beyond) == 416
    assert resumed.err == b"206 up 0 down 2000000"
    assert (curl.home / "back.bin").read_bytes() == BIG


def test_a_body_of_unknown_length_arrives_whole(curl: Curl, drive: Drive) -> None:
    drive.write("curl/a.txt", b"one")

    small = curl("curl/small.bin", "-T", "-", stdin=b"a few bytes")
    big = curl("curl/big.bin", "-T", "-", stdin=BIG)

    assert [_status(small), _status(big)] == [201, 201]
    assert drive.read("curl/small.bin") == b"a few bytes"
    assert drive.read("curl/big.bin") == BIG


def test_a_large_body_is_sent_if_it_is_waited_for_and_not_if_it_would_be_refused(
    curl: Curl, drive: Drive
) -> None:
    drive.write("curl/locked.bin", b"one")
    taken = drive.agent.post("locks", json={"path": "curl/locked.bin"})
    assert taken.status_code == 201, taken.text

    done = {
        path: curl(path, "-T", "big.bin", *WAITS)
        for path in (
            "curl/waited.bin",
            "approved/big.bin",
            "curl/no/such/big.bin",
            "curl/locked.bin",
            "curl/locked.bin/big.bin",
            "curl",
        )
    }

    assert {path: each.err.rpartition(b" down")[0] for path, each in done.items()} == {
        "curl/waited.bin": b"201 up 3000000",
        "approved/big.bin": b"403 up 0",
        "curl/no/such/big.bin": b"409 up 0",
        "curl/locked.bin": b"423 up 0",
        "curl/locked.bin/big.bin": b"423 up 0",
        "curl": b"405 up 0",
    }
    assert drive.read("curl/waited.bin") == BIG


def test_who_asks_without_a_name_is_told_how_to_show_one(curl: Curl, drive: Drive) -> None:
    drive.write("curl/named.txt", b"one")

    found = curl("curl/named.txt", "--anyauth", "-w", "%{stderr}%{http_code} %{num_connects}")
    stored = curl("curl/named.bin", "--anyauth", "-T", "big.bin")
    refused = curl("curl/named.txt", "-u", f"{ADA}:wrong", "-D", "headers")

    assert (found.out, found.err) == (b"one", b"200 1")
    assert stored.err == b"201 up 3000000 down 0"
    assert _status(refused) == 401
    headers = (curl.home / "headers").read_text()
    assert 'www-authenticate: Basic realm="Signoff", charset="UTF-8"' in headers
