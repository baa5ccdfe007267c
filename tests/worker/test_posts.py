"""Requests to services outside: none leads inside, none waits for ever."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from signoff.worker.channels import Later, Undeliverable, posts
from signoff.worker.channels.posts import Outside, Reply, check, is_public
from tests.ports import free_port
from tests.worker.letterbox import certificate
from tests.worker.receivers import receiver


@contextmanager
def outside(*hosts: str) -> Iterator[Outside]:
    post = Outside(frozenset(hosts))
    try:
        yield post
    finally:
        post.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
async def test_nothing_inside_is_spoken_to(host: str) -> None:
    async with receiver() as there:
        with outside() as post, pytest.raises((Undeliverable, Later)):
            await post("POST", f"http://{host}:{there.port}/", {})

    assert there.requests == []


async def test_a_name_with_one_address_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*stream, ("8.8.8.8", port)), (*stream, ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with outside() as post, pytest.raises(Undeliverable) as refused:
        await post("POST", "http://two.example/", {})

    assert refused.value.for_good


async def test_a_host_that_the_operator_named_is_spoken_to() -> None:
    async with receiver() as there:
        with outside(there.host) as post:
            reply = await post("POST", f"{there.url}/hook?a=b", {"text": "é"})

    assert reply == Reply(status=200, body=b"{}")
    assert there.requests[0].path == "/hook?a=b"
    assert there.requests[0].json == {"text": "é"}


async def test_a_host_with_a_certificate_that_is_trusted_is_spoken_to(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path)
    async with receiver(server) as there:
        host = f"localhost:{there.port}"
        post = Outside(frozenset({host}), tls=trusting)
        reply = await post("POST", f"https://{host}/hook", {})
        post.close()

    assert reply.status == 200
    assert there.requests[0].headers["host"] == host


async def test_a_host_that_cannot_prove_who_it_is_is_told_nothing(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    async with receiver(server) as there:
        host = f"localhost:{there.port}"
        with outside(host) as post, pytest.raises(Later):
            await post("POST", f"https://{host}/hook", {})

    assert there.requests == []


async def test_another_port_of_a_named_host_is_not() -> None:
    async with receiver() as there:
        with outside("127.0.0.1", "127.0.0.1:1") as post, pytest.raises(Undeliverable):
            await post("POST", there.url, {})

    assert there.requests == []


async def test_a_redirect_is_not_followed() -> None:
    async with receiver() as there:
        there.answer = lambda _: (307, {"Location": f"{there.url}/inside"}, b"")
        with outside(there.host) as post:
            reply = await post("POST", there.url, {})

    assert reply.status == 307
    assert len(there.requests) == 1


async def test_of_a_long_answer_the_beginning_is_read() -> None:
    async with receiver() as there:
        there.answer = lambda _: (200, {}, b"x" * 1_000_000)
        with outside(there.host) as post:
            reply = await post("POST", there.url, {})

    assert len(reply.body) == posts.MOST_READ


async def test_who_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "TIMEOUT", 0.1)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        with outside(host) as post, pytest.raises(Later):
            await post("POST", f"http://{host}/", {})


async def test_who_is_away_is_tried_later() -> None:
    host = f"127.0.0.1:{free_port()}"
    with outside(host) as post, pytest.raises(Later, match="did not answer"):
        await post("POST", f"http://{host}/secret", {})


def test_what_an_answer_means() -> None:
    gone = frozenset({404})

    check(Reply(status=204), "It", gone=gone)
    for status, kind, facts in (
        (429, Later, {"seconds": 7.0}),
        (503, Later, {"seconds": 7.0}),
        (404, Undeliverable, {"for_good": True}),
        (400, Undeliverable, {"for_good": False}),
        (302, Undeliverable, {"for_good": False}),
    ):
        with pytest.raises(kind) as raised:
            check(Reply(status=status, wait=7.0), "It", gone=gone)
        assert {name: getattr(raised.value, name) for name in facts} == facts
