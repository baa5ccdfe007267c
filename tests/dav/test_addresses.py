"""Addresses: what a request's path and the addresses in its headers mean."""

import unicodedata

import pytest

from signoff.dav.addresses import Address, address_of, destination, elsewhere, href, named
from signoff.domain.errors import Code, NotFound, Refusal
from signoff.domain.ids import Path, Slug

ACME = Slug("acme")
HOSTS = frozenset({"signoff.example", "127.0.0.1:8484"})


def to(text: str) -> Path:
    return destination(text, workspace=ACME, hosts=HOSTS)


def test_the_first_segment_is_the_workspace_and_the_rest_the_path():
    assert address_of(["dav"]) == Address()
    assert address_of(["dav", ""]) == Address()
    assert address_of(["dav", "acme"]) == Address(workspace=ACME)
    assert address_of(["dav", "acme", "a", "", "b", ""]) == Address(
        workspace=ACME, path=Path("a/b")
    )


@pytest.mark.parametrize("slug", ["Acme", "a", "-a", "a b", "ä", "..", "x" * 40])
def test_what_cannot_be_a_workspace_is_none(slug: str):
    with pytest.raises(NotFound):
        address_of(["dav", slug, "a"])


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a\x00b", "a\nb", " a", "a "])
def test_what_cannot_be_a_name_is_refused(name: str):
    with pytest.raises(Refusal) as refused:
        address_of(["dav", "acme", name])

    assert refused.value.code is Code.INVALID_PATH


def test_a_mac_writes_its_umlauts_in_two_pieces():
    decomposed = unicodedata.normalize("NFD", "Müller.txt")

    assert address_of(["dav", "acme", decomposed]).path == "M\u00fcller.txt"
    assert to("/dav/acme/Mu%CC%88ller.txt") == "M\u00fcller.txt"


@pytest.mark.parametrize(
    "text",
    [
        "http://signoff.example/dav/acme/a%20b/c.txt",
        "https://signoff.example/dav/acme/a%20b/c.txt",
        "HTTP://SIGNOFF.EXAMPLE/dav/acme/a%20b/c.txt",
        "http://127.0.0.1:8484/dav/acme/a%20b/c.txt",
        "/dav/acme/a%20b/c.txt",
        "/dav/acme/a%20b/c.txt/",
        "/dav/acme//a%20b/c.txt",
        "/dav/acme/a b/c.txt",
        "http://signoff.example:80/dav/acme/a%20b/c.txt",
        "https://signoff.example:443/dav/acme/a%20b/c.txt",
        "http://dan@signoff.example/dav/acme/a%20b/c.txt",
    ],
)
def test_a_destination_is_an_address_or_a_path(text: str):
    assert to(text) == "a b/c.txt"


@pytest.mark.parametrize(
    "text",
    [
        "http://elsewhere.example/dav/acme/a",
        "http://signoff.example:81/dav/acme/a",
        "//elsewhere.example/dav/acme/a",
        "http://signoff.example/dav/other/a",
        "/dav/other/a",
        "/dav/acme",
        "/dav/acme/",
        "/dav/",
        "/",
        "/api/v1/workspaces/acme/files/a",
        "a.txt",
        "http://[::1/dav/acme/a",
        "/dav/acme/%ff",
        "/dav/Not-A-Slug/a",
    ],
)
def test_a_destination_that_is_elsewhere_is_said_to_be(text: str):
    with pytest.raises(Refusal) as refused:
        to(text)

    assert refused.value.code is Code.ELSEWHERE


@pytest.mark.parametrize("text", ["/dav/acme/../b", "/dav/acme/a%2Fb", "/dav/acme/a%00"])
def test_a_destination_that_cannot_be_is_refused(text: str):
    with pytest.raises(Refusal) as refused:
        to(text)

    assert refused.value.code is Code.INVALID_PATH


def test_a_destination_is_demanded():
    with pytest.raises(Refusal) as refused:
        to("")

    assert refused.value.code is Code.MALFORMED


def test_a_header_of_raw_utf_8_is_understood():
    raw = "/dav/acme/Müller.txt".encode().decode("latin-1")

    assert to(raw) == "Müller.txt"


def test_what_an_if_header_names_elsewhere_is_no_path_of_ours():
    def path(text: str) -> Path | None:
        return named(text, workspace=ACME, hosts=HOSTS)

    assert path("/dav/acme/a") == "a"
    assert path("http://signoff.example/dav/acme/a") == "a"
    assert path("/dav/acme/") == ""
    assert path("/dav/other/a") is None
    assert path("http://elsewhere.example/dav/acme/a") is None
    assert path("/dav/acme/a%2Fb") is None
    assert path("nonsense") is None


def test_what_is_not_of_this_server_is_nothing():
    assert elsewhere("http://elsewhere.example/dav/acme/a", hosts=HOSTS) is None
    assert elsewhere("/somewhere", hosts=HOSTS) == Address()


def test_an_address_is_written_so_that_it_is_read_back():
    path = Path("100% & <co>/Müller #1?.txt")

    written = href(ACME, path, is_folder=False)

    assert written == "/dav/acme/100%25%20%26%20%3Cco%3E/M%C3%BCller%20%231%3F.txt"
    assert to(written) == path
    assert href(ACME, Path("")) == "/dav/acme/"
    assert href(ACME, Path("a")) == "/dav/acme/a/"
    assert href(None, Path("")) == "/dav/"
