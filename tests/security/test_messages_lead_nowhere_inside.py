"""An address that was taken makes us speak to a service's own host, or to a named one."""

import re
import socket
from typing import Any

import pytest
from apprise.plugins import url_to_dict
from hypothesis import assume, example, given
from hypothesis import strategies as st

from signoff.domain.addresses import parse
from signoff.domain.errors import Invalid
from signoff.domain.services import SERVICES
from signoff.worker.channels import Later, Undeliverable
from signoff.worker.channels.posts import Outside
from signoff.worker.channels.services import Services
from tests.worker.example_messages import ASKED

NAMED = "own.example.org"
HOSTS = frozenset({NAMED})
MAKERS = {
    "gchat": {"chat.googleapis.com"},
    "wxteams": {"webexapis.com", "api.ciscospark.com"},
    "zulip": {"acme.zulipchat.com"},
    "pover": {"api.pushover.net"},
    "pbul": {"api.pushbullet.com"},
    "line": {"api.line.me"},
    "feishu": {"open.feishu.cn"},
    "dingtalk": {"oapi.dingtalk.com"},
    "wecombot": {"qyapi.weixin.qq.com"},
    "signl4": {"connect.signl4.com"},
}
"""Where each service without a host in its address is."""

A = "a" * 32
SAMPLES = {
    "gchat": f"gchat://AAAA/{A}/{A}",
    "wxteams": f"wxteams://{A * 3}",
    "zulip": f"zulip://bot@acme/{A}/dev",
    "pover": f"pover://{'u' * 30}@{'t' * 30}",
    "pbul": f"pbul://{A}",
    "line": f"line://{A}/U12",
    "feishu": f"feishu://{A}",
    "dingtalk": f"dingtalk://{A}",
    "wecombot": f"wecombot://{A}",
    "signl4": f"signl4://{A}",
    "ntfy": f"://{NAMED}/topic",
    "gotify": f"://{NAMED}/{A}",
    "mmost": f"://{NAMED}/{A[:26]}",
    "rocket": f"://{A}%2F{A}@{NAMED}/%23general",
    "nctalk": f"://ada:secret@{NAMED}/room1",
    "bark": f"://{NAMED}/{A}",
    "signal": f"://{NAMED}/15551234567/15557654321",
    "json": f"://{NAMED}/a",
    "xml": f"://{NAMED}/a",
    "form": f"://{NAMED}/a",
}


def sample(scheme: str) -> str:
    if scheme in MAKERS:
        return SAMPLES[scheme]
    name = scheme if scheme in SAMPLES else scheme.removesuffix("s")
    return scheme + SAMPLES[name]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that are looked up; none is found, so nothing leaves the machine."""
    names: set[str] = set()

    def look_up(host: str, *_: Any, **__: Any) -> list[Any]:
        names.add(host)
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


@pytest.mark.parametrize("scheme", SERVICES)
async def test_each_service_is_spoken_to_at_its_own_host_alone(
    scheme: str, asked: set[str]
) -> None:
    outside = Outside(HOSTS)
    channel = Services(outside, hosts=HOSTS)

    with pytest.raises((Later, Undeliverable)):
        await channel.send(sample(scheme), ASKED, earlier=None)
    await channel.close()
    outside.close()

    assert asked
    assert asked <= MAKERS.get(scheme, {NAMED})


PIECES = st.one_of(
    st.sampled_from([NAMED, "evil.example", "127.0.0.1", "[::1]", "localhost", "acme", A]),
    st.sampled_from(list("@:/?#[]%\\.&=+;,!$'*()~_- ")),
    st.sampled_from(["%2F", "%40", "%3A", "%2e", "%5B", "%00", "%0d%0a", "//", "..", ":80"]),
    st.text("ab0", min_size=1, max_size=3),
)


@given(scheme=st.sampled_from(sorted(SERVICES)), pieces=st.lists(PIECES, max_size=9))
@example(scheme="json", pieces=[NAMED, "@", "evil.example"])
@example(scheme="ntfy", pieces=["a", "@", NAMED, "/", "a"])
@example(scheme="zulip", pieces=["a", "@", "acme", "%2e", "evil.example", "/", A])
def test_apprise_reads_an_address_as_we_do(scheme: str, pieces: list[str]) -> None:
    try:
        address = parse(f"{scheme}://{''.join(pieces)}", hosts=HOSTS)
    except Invalid:
        return
    read = url_to_dict(address.text)
    assume(read is not None)

    assert read["schema"] == scheme
    if SERVICES[scheme].port:
        assert read["host"] in {NAMED, *SERVICES[scheme].homes}
        assert read["port"] in (None, SERVICES[scheme].port)
    else:
        assert not re.search(r"[./:@%]", str(read["host"]))
    allowed = {*SERVICES[scheme].options, "format", "overflow"}
    assert set(read["qsd"]) <= allowed
    for kind in ("qsd+", "qsd-", "qsd:"):
        assert not read[kind]
    assert parse(address.text, hosts=HOSTS) == address
