"""Where messages may go, what is shown of it, and what is refused."""

import pytest

from signoff.domain.addresses import Hosts, parse, parse_hosts
from signoff.domain.errors import Code, Invalid
from signoff.domain.messages import ChannelKind

HERE: Hosts = frozenset({"ntfy.example.org", "10.0.0.7:8080", "[fd00::7]:80"})
BOT = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
TEAMS = (
    "https://prod-12.westeurope.logic.azure.com:443/workflows/3e1f/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=nQ5vE-yT7kXsecretABCD"
)
POWER = (
    "https://defaultab12.9c.environment.api.powerplatform.com/powerautomate/automations/direct"
    "/workflows/3e1f/triggers/manual/paths/invoke/?api-version=1&sig=nQ5vE-yT7kXsecretABCD"
)


@pytest.mark.parametrize(
    ("raw", "service", "text", "shown"),
    [
        (" Ada@Example.ORG ", "email", "Ada@example.org", "Ada@example.org"),
        ("mailto:ada@example.org", "email", "ada@example.org", "ada@example.org"),
        ("ada@bücher.example", "email", "ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@faß.example", "email", "ada@xn--fa-hia.example", "ada@faß.example"),
        (
            "https://hooks.slack.com/services/T01/B02/abcdefghijklWXYZ",
            "slack",
            "https://hooks.slack.com/services/T01/B02/abcdefghijklWXYZ",
            "Slack, …WXYZ",
        ),
        (
            "https://discordapp.com/api/v10/webhooks/123/abcdefghijkl-_YZ/?thread_id=9&wait=1",
            "discord",
            "https://discord.com/api/webhooks/123/abcdefghijkl-_YZ?thread_id=9",
            "Discord, …-_YZ",
        ),
        (
            "discord://123/abcdefghijklWXYZ",
            "discord",
            "https://discord.com/api/webhooks/123/abcdefghijklWXYZ",
            "Discord, …WXYZ",
        ),
        (TEAMS, "teams", TEAMS.replace(":443", ""), "Teams, …ABCD"),
        (POWER, "teams", POWER, "Teams, …ABCD"),
        (
            f"tgram://{BOT}/-100123",
            "telegram",
            f"tgram://{BOT}/-100123",
            "Telegram, chat -100123",
        ),
        (
            f"tgram://{BOT}/@team:7/",
            "telegram",
            f"tgram://{BOT}/@team:7",
            "Telegram, chat @team",
        ),
        ("ntfys://ntfy.sh/reviews", "ntfys", "ntfys://ntfy.sh/reviews", "ntfy at ntfy.sh"),
        (
            "ntfys://tk_abc@NTFY.example.org:443/reviews-4711?priority=high",
            "ntfys",
            "ntfys://tk_abc@ntfy.example.org/reviews-4711?priority=high",
            "ntfy at ntfy.example.org, …4711",
        ),
        (
            "json://10.0.0.7:8080/in/box",
            "json",
            "json://10.0.0.7:8080/in/box",
            "JSON over HTTP at 10.0.0.7:8080",
        ),
        ("json://[fd00::7]/in", "json", "json://[fd00::7]/in", "JSON over HTTP at [fd00::7]"),
        ("pover://user@token123", "pover", "pover://user@token123", "Pushover"),
        (
            "gchat://AAAA/key-of-chat/tokentokenWXYZ",
            "gchat",
            "gchat://AAAA/key-of-chat/tokentokenWXYZ",
            "Google Chat, …WXYZ",
        ),
    ],
)
def test_an_address_is_cleaned_and_shown_without_its_secret(
    raw: str, service: str, text: str, shown: str
) -> None:
    found = parse(raw, hosts=HERE)

    assert (found.service, found.text, found.shown) == (service, text, shown)


@pytest.mark.parametrize(
    "raw",
    ["Ada@example.org", "discord://1/abcdefghijklWXYZ", TEAMS, f"tgram://{BOT}/5", "json://[fd00::7]/a%20b"],
)  # fmt: skip
def test_a_clean_address_stays_as_it_is(raw: str) -> None:
    once = parse(raw, hosts=HERE)

    assert parse(once.text, kind=once.kind, hosts=HERE) == once


@pytest.mark.parametrize(
    "scheme",
    ["file", "exec", "dbus", "syslog", "rsyslog", "gnome", "macosx", "windows", "glib", "blink1",
     "growl", "mailto", "mailtos", "mqtt", "ssh", "ftp", "gopher", "kodi", "xbmc", "emby",
     "apprise", "matrix", "matrixs", "smpp", "workflows", "msteams", "slack", "hassio", "tor",
     "javascript", "data", "ses", "sns"],
)  # fmt: skip
def test_no_other_scheme_is_taken(scheme: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(f"{scheme}://ntfy.example.org/a", hosts=HERE)

    assert refused.value.code is Code.ADDRESS_INVALID
    assert refused.value.hint


@pytest.mark.parametrize(
    "raw",
    [
        "json://localhost/",
        "json://127.0.0.1/",
        "json://10.0.0.7/",
        "json://10.0.0.7:8081/",
        "jsons://10.0.0.7:8080@evil.example/",
        "json://10.0.0.7:8080#@evil.example/",
        "json://evil.example\\@10.0.0.7:8080/",
        "json://evil.example%2F@10.0.0.7:80/",
        "json://10.0.0.7:8080%2F@evil.example/",
        "ntfy://metadata.internal/x",
        "ntfys://ntfy.sh:22/x",
        "ntfy://reviews",
        "gotify://ntfy.example.org",
        "zulip://bot@acme.evil.example/token",
        "zulip://bot@acme%2Eevil.example/token",
        "zulip://bot@acme%2eevil/token",
        "pover://user@token:8080",
        "https://evil.example/services/T01/B02/abc",
        "https://hooks.slack.com.evil.example/services/T01/B02/abc",
        "https://hooks.slack.com@evil.example/services/T01/B02/abc",
        "https://hooks.slack.com:8443/services/T01/B02/abc",
        "http://hooks.slack.com/services/T01/B02/abc",
        "https://hooks.slack.com/services/../x",
        "https://hooks.slack.com/triggers/T01/B02/abc",
        "https://discord.com/api/webhooks/1/../../users",
        "https://evil.logic.azure.com.evil.example/workflows/1/triggers/manual/paths/invoke?sig=1",
        "https://prod.logic.azure.com/other?sig=1",
        "https://prod.logic.azure.com/workflows/1/triggers/manual/paths/invoke",
        f"tgram://{BOT}",
        f"tgram://{BOT}/../getMe",
        "tgram://bot/1",
    ],
)
def test_no_address_leads_where_it_should_not(raw: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(raw, hosts=HERE)

    assert refused.value.code is Code.ADDRESS_INVALID


@pytest.mark.parametrize(
    "option",
    ["template=/etc/passwd", "attach=/etc/passwd", "verify=no", "redirect=yes", "rto=9999",
     "+Authorization=x", ":a=b", "-a=b", "to=other", "mode=cloud", "token=x", "format=html",
     "priority=1&attach=/etc/passwd", "store=yes", "method=DELETE", "avatar_url=http://a"],
)  # fmt: skip
def test_nothing_else_can_be_set_in_an_address(option: str) -> None:
    with pytest.raises(Invalid, match="cannot be set"):
        parse(f"ntfy://ntfy.example.org/a?{option}", hosts=HERE)


@pytest.mark.parametrize(
    "raw",
    ["", "  ", "ada", "@example.org", "ada@", "a b@example.org", "ada@exa mple.org",
     "ada@example.org\r\nBcc: eve@example.org", "ada@example.org,eve@example.org",
     "<ada@example.org>", '"ada"@example.org', "ada..b@example.org", ".ada@example.org",
     "ada@-example.org", "ada@" + "a" * 64 + ".org", "a" * 65 + "@example.org", "ada@ex_mple.org",
     "x" * 3000, "ada\u202e@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(raw)

    assert refused.value.hint


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(Invalid, match="slack"):
        parse("ada@example.org", kind=ChannelKind.SLACK)


def test_a_named_host_may_stand_in_for_slack() -> None:
    found = parse("http://10.0.0.7:8080/hook", kind=ChannelKind.SLACK, hosts=HERE)

    assert found.text == "http://10.0.0.7:8080/hook"


def test_no_refusal_repeats_a_secret() -> None:
    for raw in (f"tgram://{BOT}/?", "ntfys://user:secret@inside/x", "https://a.b/s/secret"):
        with pytest.raises(Invalid) as refused:
            parse(raw)
        assert "secret" not in refused.value.message + refused.value.hint
        assert BOT not in refused.value.message + refused.value.hint


def test_hosts_are_separated_by_commas() -> None:
    assert parse_hosts(" Ntfy.example.org, 10.0.0.7:8080,[fd00::7]:80 ,") == HERE


@pytest.mark.parametrize("raw", ["https://a.b", "a.b/c", "*.a.b", "a b", "10.0.0.0/8"])
def test_what_is_no_host_is_refused(raw: str) -> None:
    with pytest.raises(Invalid, match="no host"):
        parse_hosts(raw)
