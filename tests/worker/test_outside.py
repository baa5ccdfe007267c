"""Calls to servers that are not ours: what comes back, what is refused, what cannot get in."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from signoff.domain.errors import Invalid
from signoff.domain.urls import parse_allowed
from signoff.worker import outside as room
from signoff.worker.outside import (
    Answer,
    Broken,
    Failed,
    Forbidden,
    Garbled,
    Outside,
    TimedOut,
    Untrusted,
)
from tests.ports import free_port
from tests.webhooks.receivers import (
    Authority,
    Behave,
    answering,
    boasting,
    dripping,
    dropping,
    flooding,
    hanging,
    in_turn,
    raw,
    receiver,
)

LOOPBACK = parse_allowed("127.0.0.1")
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture
async def client() -> AsyncIterator[Outside]:
    opened = Outside(reach=LOOPBACK)
    yield opened
    await opened.close()


async def post(client: Outside, url: str, body: bytes = b"{}", **how: float) -> Answer:
    return await client.post(url, headers={"x-a": "b"}, body=body, **how)  # type: ignore[arg-type]


async def test_a_body_goes_out_and_an_answer_comes_back(client):
    async with receiver(answering(201, {"x-said": "yes"}, b"hello")) as there:
        answer = await post(client, there.url + "?a=b", b"the body")

    assert (answer.status, answer.body, answer.headers["x-said"]) == (201, b"hello", "yes")
    assert answer.seconds > 0
    came = there.came[0]
    assert (came.line, came.body) == ("POST /hook?a=b HTTP/1.1", b"the body")
    assert came.headers["host"] == f"127.0.0.1:{there.port}"
    assert came.headers["x-a"] == "b"
    assert came.headers["user-agent"].startswith("Signoff/")


async def test_a_connection_is_used_again(client):
    async with receiver() as there:
        for _ in range(5):
            await post(client, there.url)

    assert (len(there.came), there.connections) == (5, 1)


async def test_a_connection_that_was_closed_meanwhile_is_made_anew(client):
    async with receiver(raw(NO_CONTENT, and_end=True)) as there:
        for _ in range(3):
            assert (await post(client, there.url)).status == 204

    assert len(there.came) == 3


async def test_a_connection_that_is_to_end_is_not_used_again(client):
    async with receiver(answering(200, {"connection": "close"})) as there:
        await post(client, there.url)
        await post(client, there.url)

    assert there.connections == 2


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
        b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ],
)
async def test_every_way_in_which_an_answer_may_end_is_understood(client, data):
    async with receiver(raw(data, and_end=True)) as there:
        answer = await post(client, there.url)

    assert (answer.status, answer.body) == (200, b"ok")
    assert "link" not in answer.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(client, status):
    async with receiver() as inside:
        turned = answering(status, {"location": inside.url})
        async with receiver(turned) as there:
            answer = await post(client, there.url)

    assert answer.status == status
    assert inside.came == []


@pytest.mark.parametrize(
    ("behave", "kind"),
    [
        (dropping, Broken),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", and_end=True), Broken),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-le", and_end=True), Broken),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), Garbled),
        (raw(b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"), Garbled),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"), Garbled),
        (boasting, Garbled),
    ],
)
async def test_what_is_no_answer_is_said_to_be_none(client, behave, kind):
    async with receiver(behave) as there:
        with pytest.raises(kind):
            await post(client, there.url)


@pytest.mark.parametrize("behave", [hanging, dripping])
async def test_who_takes_too_long_is_not_waited_for(client, behave: Behave):
    async with receiver(behave) as there:
        began = time.perf_counter()
        with pytest.raises(TimedOut):
            await post(client, there.url, timeout=0.2)

    assert time.perf_counter() - began < 2


async def test_of_an_answer_without_end_only_the_beginning_is_read(client):
    async with receiver(flooding) as there:
        answer = await post(client, there.url, limit=1000)

    assert (answer.status, len(answer.body)) == (200, 1000)
    assert len(there.came) == 1


async def test_nobody_there_is_said_without_saying_where(client):
    with pytest.raises(Broken) as failed:
        await post(client, f"http://127.0.0.1:{free_port()}/")

    assert "127.0.0.1" not in str(failed.value)


async def test_what_nobody_asked_for_ends_a_connection(client):
    async with receiver(raw(NO_CONTENT + NO_CONTENT)) as there:
        first = await post(client, there.url)
        await asyncio.sleep(0.05)
        second = await post(client, there.url)

    assert (first.status, second.status, there.connections) == (204, 204, 2)


# Inside.


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0", "2130706433"])
async def test_without_an_allowance_nothing_inside_is_called(host):
    client = Outside()
    async with receiver() as there:
        with pytest.raises(Forbidden):
            await post(client, f"https://{host}:{there.port}/")
    await client.close()

    assert there.connections == 0


async def test_the_metadata_of_a_cloud_is_not_read():
    client = Outside()
    with pytest.raises(Forbidden):
        await post(client, "https://169.254.169.254/latest/meta-data/")
    await client.close()


async def test_a_name_that_leads_inside_is_refused_before_it_is_called():
    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return ("93.184.215.14", "127.0.0.1")

    client = Outside(resolve=resolve)
    with pytest.raises(Forbidden):
        await post(client, "https://flows.acme.example/")
    await client.close()


async def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch):
    """A name server that says another address each time cannot lead inside (rebinding)."""
    asked: list[str] = []
    looked_up = socket.getaddrinfo
    turns = iter([("93.184.215.14", "0"), ("127.0.0.1", "0")])

    async def resolve(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return (next(turns)[0],)

    def nobody(host: Any, *rest: Any, **how: Any) -> Any:
        assert host != "flows.acme.example"
        return looked_up(host, *rest, **how)

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    monkeypatch.setattr(room, "CONNECT", 0.2)
    client = Outside(resolve=resolve)
    async with receiver() as there:
        with pytest.raises(Failed) as first:
            await post(client, f"https://flows.acme.example:{there.port}/", timeout=1)
        monkeypatch.setattr(room, "KNOWN_FOR", 0)
        client._known.clear()
        with pytest.raises(Forbidden):
            await post(client, f"https://flows.acme.example:{there.port}/")
    await client.close()

    assert not isinstance(first.value, Forbidden)
    assert asked == ["flows.acme.example"] * 2
    assert there.connections == 0


async def test_who_answers_elsewhere_than_at_the_judged_address_is_refused(monkeypatch):
    """Were a connection ever made to another address, its peer is judged again."""
    client = Outside(resolve=_outside_address)
    loop = asyncio.get_running_loop()
    connect = loop.create_connection
    async with receiver() as there:

        async def elsewhere(made, _address, port, **_how):
            return await connect(made, "127.0.0.1", port)

        monkeypatch.setattr(loop, "create_connection", elsewhere)
        with pytest.raises(Forbidden):
            await post(client, f"https://flows.acme.example:{there.port}/")

        assert there.came == []
    await client.close()


async def _outside_address(_host: str, _port: int) -> tuple[str, ...]:
    return ("93.184.215.14",)


async def test_no_proxy_is_taken_from_the_environment(client, monkeypatch):
    async with receiver() as proxy, receiver() as there:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await post(client, there.url)

    assert (len(there.came), proxy.connections) == (1, 0)


async def test_a_name_that_nobody_knows_has_no_address(client):
    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    client = Outside(resolve=resolve)
    with pytest.raises(Broken) as failed:
        await post(client, "https://nowhere.example/")
    await client.close()

    assert str(failed.value) == "The host has no address: the name is not known"


async def test_a_name_that_hangs_is_looked_up_once_however_many_ask():
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        if host == "slow.example":
            await asyncio.sleep(3600)
        return ("127.0.0.1",)

    client = Outside(reach=LOOPBACK, resolve=resolve)
    async with receiver() as there:
        hung = [post(client, "https://slow.example/", timeout=0.3) for _ in range(100)]
        waiting = [asyncio.ensure_future(each) for each in hung]
        answer = await post(client, f"http://quick.example:{there.port}/")
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    await client.close()

    assert answer.status == 204
    assert {type(each) for each in ended} == {TimedOut}
    assert asked.count("slow.example") == 1


async def test_the_next_address_is_tried_when_one_is_dead():
    async with receiver() as there:

        async def resolve(_host: str, _port: int) -> tuple[str, ...]:
            return ("127.0.0.2", "127.0.0.1")

        client = Outside(reach=parse_allowed("127.0.0.0/8"), resolve=resolve)
        answer = await post(client, f"http://flows.acme.example:{there.port}/")
        await client.close()

    assert answer.status == 204


@pytest.mark.parametrize("headers", [{"x": "a\r\nb: c"}, {"a\r\nb": "c"}])
async def test_a_header_cannot_become_two(client, headers):
    with pytest.raises(ValueError, match="one line"):
        await client.post("https://acme.example/", headers=headers, body=b"")


async def test_a_url_that_cannot_be_called_is_invalid(client):
    with pytest.raises(Invalid):
        await post(client, "gopher://acme.example/")


# Certificates.


async def test_a_server_that_proves_who_it_is_is_trusted(tmp_path: Path):
    authority = Authority(tmp_path)
    client = Outside(reach=LOOPBACK, ca_bundle=str(authority.file))
    async with receiver(tls=authority.context()) as there:
        for _ in range(2):
            assert (await post(client, there.url)).status == 204
    await client.close()

    assert there.connections == 1


@pytest.mark.parametrize("fault", ["unknown authority", "other name", "too old"])
async def test_a_server_that_does_not_is_sent_nothing(tmp_path: Path, fault: str):
    authority = Authority(tmp_path)
    bundle = "" if fault == "unknown authority" else str(authority.file)
    client = Outside(reach=LOOPBACK, ca_bundle=bundle)
    tls = authority.context(
        "other.example" if fault == "other name" else "127.0.0.1",
        days=-1 if fault == "too old" else 30,
    )
    async with receiver(tls=tls) as there:
        with pytest.raises(Untrusted):
            await post(client, there.url)
    await client.close()

    assert there.came == []


async def test_a_server_without_tls_is_not_spoken_to_as_if_it_had(tmp_path: Path, client):
    async with receiver(raw(b"HTTP/1.1 400 Bad\r\n\r\n", and_end=True)) as there:
        with pytest.raises(Failed):
            await post(client, f"https://127.0.0.1:{there.port}/", timeout=3)


# Many at a time.


async def test_one_who_hangs_holds_up_nobody_else(client):
    async with receiver(hanging) as slow, receiver() as there:
        waiting = [asyncio.create_task(post(client, slow.url, timeout=2)) for _ in range(20)]
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        await asyncio.gather(*(post(client, there.url) for _ in range(50)))
        took = time.perf_counter() - began
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    assert took < 1.5
    assert len(there.came) == 50


async def test_connections_that_nobody_uses_are_closed(client, monkeypatch):
    monkeypatch.setattr(room, "IDLE_FOR", 0.05)
    async with receiver() as there:
        await post(client, there.url)
        assert client._idle_count == 1
        await asyncio.sleep(0.2)

    assert (client._idle_count, client._idle, client._reaping) == (0, {}, None)


async def test_a_failure_then_an_answer_leave_one_connection(client):
    async with receiver(in_turn(dropping, answering(204))) as there:
        with pytest.raises(Broken):
            await post(client, there.url)
        await post(client, there.url)

    assert client._idle_count == 1
