"""Where a call may lead: to the open internet, encrypted, and nowhere else unless allowed."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Invalid
from signoff.domain.urls import (
    NOTHING,
    is_inside,
    parse_allowed,
    refused,
    refused_by_form,
    target_of,
)

OPEN = ("8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450::1")
INSIDE = (
    "0.0.0.0",  # noqa: S104  an address like others
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "3fff::1",
    "100::1",
    "not an address",
)


@pytest.mark.parametrize("address", OPEN)
def test_the_open_internet_is_outside(address: str) -> None:
    assert not is_inside(address)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_on_the_open_internet_is_inside(address: str) -> None:
    assert is_inside(address)


@given(st.ip_addresses())
def test_nothing_that_the_library_calls_private_is_outside(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert is_inside(str(address))


def test_a_url_leads_to_a_host_a_port_and_a_path() -> None:
    target = target_of("https://Hooks.Acme.example:8443/a b?c=d&e=ü#f".replace(" ", "%20"))

    assert (target.secure, target.host, target.port) == (True, "hooks.acme.example", 8443)
    assert target.path == "/a%20b?c=d&e=%C3%BC"
    assert target.authority == "hooks.acme.example:8443"
    assert target.origin == "https://hooks.acme.example:8443"


def test_ports_that_go_without_saying_are_left_out() -> None:
    assert target_of("https://acme.example").authority == "acme.example"
    assert target_of("http://acme.example:80/").authority == "acme.example"
    assert target_of("https://[2606:2800::1]:443/x").authority == "[2606:2800::1]"


def test_a_name_in_other_letters_is_written_as_the_network_has_it() -> None:
    assert target_of("https://bücher.example/").host == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.example",
        "ftp://acme.example/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://acme.example:port/",
        "https://acme.example:99999/",
        "https://ada:secret@acme.example/",
        "https://acme.example\\@inside/",
        "https://acme.example/\r\nX-Injected: yes",
        "https://acme.example/ GET",
        "https://[fe80::1%25eth0]/",
        "https://acme.example/" + "x" * 2048,
    ],
)
def test_a_url_that_cannot_be_called_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        target_of(url)


@given(st.text(max_size=60))
def test_whatever_a_url_says_its_path_is_one_line_of_ascii(text: str) -> None:
    try:
        target = target_of(f"https://acme.example/{text}")
    except Invalid:
        return

    assert target.path.isascii()
    assert not {" ", "\r", "\n", "\t"} & set(target.path)


def test_one_address_inside_is_enough_to_refuse() -> None:
    target = target_of("https://acme.example/")

    assert refused(target, ("8.8.8.8",), NOTHING) == ""
    assert refused(target, ("8.8.8.8", "10.0.0.1"), NOTHING)


def test_without_encryption_nothing_is_called() -> None:
    assert refused(target_of("http://acme.example/"), ("8.8.8.8",), NOTHING)


def test_what_is_allowed_is_called_inside_and_without_encryption() -> None:
    allowed = parse_allowed("10.1.0.0/16, n8n.internal:5678 [::1]:9000")

    assert refused(target_of("http://flows.example/"), ("10.1.2.3",), allowed) == ""
    assert refused(target_of("http://n8n.internal:5678/"), ("10.9.9.9",), allowed) == ""
    assert refused(target_of("http://[::1]:9000/"), ("::1",), allowed) == ""
    assert refused(target_of("http://n8n.internal/"), ("10.9.9.9",), allowed)
    assert refused(target_of("http://[::1]:9001/"), ("::1",), allowed)
    assert refused(target_of("http://flows.example/"), ("10.2.0.1",), allowed)


@pytest.mark.parametrize("text", ["10.0.0.0/99", "a/b", ":80"])
def test_an_allowance_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_allowed(text)


def test_a_url_with_an_address_in_it_is_judged_by_its_form() -> None:
    assert refused_by_form("https://127.0.0.1/", NOTHING)
    assert refused_by_form("https://[::ffff:10.0.0.1]/", NOTHING)
    assert refused_by_form("http://acme.example/", NOTHING)
    assert refused_by_form("https://acme.example/", NOTHING) == ""
    assert refused_by_form("https://8.8.8.8/", NOTHING) == ""
    assert refused_by_form("http://127.0.0.1:9/", parse_allowed("127.0.0.0/8")) == ""
