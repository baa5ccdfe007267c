"""The mail server's URL, read as an operator means it."""

import pytest

from signoff.domain.errors import Invalid
from signoff.worker.channels.servers import Encryption, parse

BASE = "https://signoff.example.org:8443"


@pytest.mark.parametrize(
    ("url", "shown", "encryption", "sender"),
    [
        ("smtp://mail.example.org", "mail.example.org:587", Encryption.ALWAYS,
         "Signoff <signoff@signoff.example.org>"),
        ("smtp://mail.example.org:25?starttls=offered", "mail.example.org:25",
         Encryption.OFFERED, "Signoff <signoff@signoff.example.org>"),
        ("smtp://mail.example.org?starttls=never&from=desk@example.org", "mail.example.org:587",
         Encryption.NEVER, "Signoff <desk@example.org>"),
        ("smtps://mail.example.org/?from=Our%20Desk%20%3Cdesk@bücher.example%3E",
         "mail.example.org:465", Encryption.IMPLICIT,
         "Our Desk <desk@xn--bcher-kva.example>"),
        ("smtp://localhost:1025", "localhost:1025", Encryption.OFFERED,
         "Signoff <signoff@signoff.example.org>"),
        ("smtp://127.0.0.1:1025", "127.0.0.1:1025", Encryption.OFFERED,
         "Signoff <signoff@signoff.example.org>"),
    ],
)  # fmt: skip
def test_a_url_says_where_how_and_from_whom(
    url: str, shown: str, encryption: Encryption, sender: str
) -> None:
    found = parse(url, base_url=BASE)

    assert (found.shown, found.encryption, str(found.sender)) == (shown, encryption, sender)


def test_user_and_password_may_have_any_signs() -> None:
    found = parse("smtp://a%40b:p%3A%2F%40@mail.example.org", base_url=BASE)

    assert (found.user, found.password) == ("a@b", "p:/@")


def test_a_server_without_a_public_name_sends_from_localhost() -> None:
    found = parse("smtp://127.0.0.1", base_url="http://127.0.0.1:8484")

    assert found.sender.addr_spec == "signoff@localhost"


@pytest.mark.parametrize(
    "url",
    ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://a:99999", "smtp://a/b",
     "smtp://a?starttls=maybe", "smtp://a?tls=yes", "smtps://a?starttls=always",
     "smtp://a?from=nobody", "smtp://a?from=a@b.c%0d%0aBcc:%20d@e.f"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_without_its_password(url: str) -> None:
    url = url.replace("://", "://user:secret@")

    with pytest.raises(Invalid) as refused:
        parse(url, base_url=BASE)

    assert refused.value.hint
    assert "secret" not in refused.value.message
