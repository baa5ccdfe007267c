"""Letters over real SMTP: who gets them, how they hang together, and what a refusal means."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from signoff.domain.ids import HandoffId, Slug
from signoff.domain.messages import Message
from signoff.worker.channels import Later, Undeliverable, mail, servers
from signoff.worker.channels.mail import Mail
from tests.ports import free_port
from tests.worker.example_messages import ASKED, BURST, DECIDED
from tests.worker.letterbox import Letterbox, certificate, knows, letterbox

BASE = "https://signoff.example.org"
ADA = "ada@example.org"


@asynccontextmanager
async def sending(url: str, **given: Any) -> AsyncIterator[Mail]:
    channel = Mail(servers.parse(url, base_url=BASE), **given)
    try:
        yield channel
    finally:
        await channel.close()


@asynccontextmanager
async def posted() -> AsyncIterator[tuple[Letterbox, Mail]]:
    async with letterbox() as box, sending(f"smtp://127.0.0.1:{box.port}") as channel:
        yield box, channel


def saying(headline: str, **other: Any) -> Message:
    return msgspec.structs.replace(ASKED, headline=headline, **other)


async def test_a_letter_says_all_in_text_and_in_html() -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, ASKED, earlier=None)

    [letter] = box.letters
    text, html = (letter.get_body([kind]).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for part in (text, html):
        assert "contract-bot asks you to approve “Renewal dates" in part
        assert "82 %" in part
        assert "rows 118 and 131" in part
        assert ASKED.url in part
        assert ASKED.settings_url in part
    assert box.envelopes[0].rcpt_tos == [ADA]
    assert box.envelopes[0].mail_from == "signoff@signoff.example.org"
    assert str(letter["From"]) == "Signoff <signoff@signoff.example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(letter["Date"]).timestamp() * 1_000_000 == ASKED.at


async def test_a_letter_loads_nothing_and_runs_nothing() -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, BURST, earlier=None)

    html = box.letters[0].get_body(["html"]).get_content()  # type: ignore[union-attr]
    assert not re.search(
        r"<(img|script|link|iframe|form|object|svg)\b|\bsrc=|url\(|@import", html
    )
    assert {part.get_content_maintype() for part in box.letters[0].walk()} == {
        "multipart",
        "text",
    }


async def test_letters_of_a_handoff_hang_together() -> None:
    async with posted() as (box, channel):
        first = await channel.send(ADA, ASKED, earlier=None)
        await channel.send(ADA, DECIDED, earlier=first)

    one, two = box.letters
    root = one["References"]
    assert one["In-Reply-To"] == root
    assert two["References"].split() == [root, one["Message-ID"]]
    assert two["In-Reply-To"] == one["Message-ID"]
    assert two["Subject"] == f"Re: {one['Subject']}"
    assert "Ben approved" in two.get_body(["plain"]).get_content()  # type: ignore[union-attr]


async def test_letters_stay_together_when_the_one_before_is_not_known() -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, ASKED, earlier=None)
        await channel.send(ADA, DECIDED, earlier="{a reference of another kind")

    one, two = box.letters
    assert one["References"] == two["References"]


async def test_a_message_sent_again_has_the_same_id() -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, ASKED, earlier=None)
        await channel.send(ADA, ASKED, earlier=None)

    assert len({letter["Message-ID"] for letter in box.letters}) == 1


async def test_the_mail_program_can_end_such_letters_with_one_click() -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, ASKED, earlier=None)
        await channel.send(ADA, BURST, earlier=None)

    with_stop, without = box.letters
    assert with_stop["List-Unsubscribe"] == f"<{ASKED.stop_url}>"
    assert with_stop["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert without["List-Unsubscribe"] is None


async def test_a_long_address_in_a_field_is_left_whole() -> None:
    stop = f"{ASKED.stop_url}/{'x' * 300}"
    async with posted() as (box, channel):
        await channel.send(ADA, msgspec.structs.replace(ASKED, stop_url=stop), earlier=None)

    (envelope,) = box.envelopes
    assert f"\r\nList-Unsubscribe: <{stop}>\r\n".encode() in (envelope.original_content or b"")


@pytest.mark.parametrize(
    "headline",
    [
        "Hello\r\nBcc: eve@example.org",
        "Hello\nX-Evil: 1\n\nbody",
        "Hello\x0b\x0c\x1c\x85\u2028Bcc: eve@example.org",
        "=?utf-8?q?Hello=0D=0ABcc:_eve=40example.org?=",
    ],
)
async def test_no_header_can_be_slipped_in(headline: str) -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, saying(headline), earlier=None)

    [letter] = box.letters
    assert letter["Bcc"] is None
    assert letter["X-Evil"] is None
    assert box.envelopes[0].rcpt_tos == [ADA]
    assert b"\nBcc:" not in (box.envelopes[0].content or b"")


@pytest.mark.parametrize(
    "headline",
    [
        "Prüfung der Verträge für „Café Ærø“, bitte bis Freitag 🗂️",
        "請批准季度報告" + "長" * 120,
        "word" * 60,
        "Ёлки " * 39,
    ],
)
async def test_a_subject_in_any_script_arrives_as_it_was(headline: str) -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, saying(headline), earlier=None)

    [letter], raw = box.letters, box.envelopes[0].content or b""
    wanted = " ".join(headline.split())
    assert letter["Subject"] == (wanted if len(wanted) <= 200 else wanted[:199] + "…")
    assert max(map(len, raw.split(b"\r\n"))) <= 998  # type: ignore[arg-type]
    assert raw.isascii()


async def test_a_long_body_arrives_whole_and_its_dots_too() -> None:
    body = "\n".join(["..", ".", "From here on", "é" * 900, "x" * 2000])

    async with posted() as (box, channel):
        await channel.send(ADA, saying("Long", body=body), earlier=None)

    text = box.letters[0].get_body(["plain"]).get_content()  # type: ignore[union-attr]
    for line in body.splitlines():
        assert f"> {line}" in text.splitlines()


async def test_what_an_agent_writes_stays_text() -> None:
    said = '<script>alert(1)</script><img src="https://evil.example/x.png">'

    async with posted() as (box, channel):
        await channel.send(ADA, saying(said, body=said), earlier=None)

    html = box.letters[0].get_body(["html"]).get_content()  # type: ignore[union-attr]
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


async def test_a_domain_of_another_script_is_written_in_ascii() -> None:
    async with posted() as (box, channel):
        await channel.send("ada@bücher.example", ASKED, earlier=None)

    assert box.envelopes[0].rcpt_tos == ["ada@xn--bcher-kva.example"]


async def test_a_name_of_another_script_goes_where_the_server_takes_it() -> None:
    async with posted() as (box, channel):
        await channel.send("ädä@example.org", ASKED, earlier=None)

    assert box.envelopes[0].rcpt_tos == ["ädä@example.org"]
    assert box.letters[0]["To"] == "ädä@example.org"


async def test_a_name_of_another_script_is_refused_where_it_cannot_go() -> None:
    async with (
        letterbox(enable_SMTPUTF8=False) as box,
        sending(f"smtp://127.0.0.1:{box.port}") as channel,
    ):
        with pytest.raises(Undeliverable) as refused:
            await channel.send("ädä@example.org", ASKED, earlier=None)

    assert refused.value.for_good


async def test_a_batch_goes_over_one_connection() -> None:
    async with posted() as (box, channel):
        await asyncio.gather(*(channel.send(ADA, ASKED, earlier=None) for _ in range(50)))

    assert len(box.envelopes) == 50
    assert box.connections == 1


async def test_a_server_that_takes_a_few_letters_a_time_gets_the_rest_over_another() -> None:
    async with posted() as (box, channel):
        box.most_letters = 2
        for _ in range(5):
            await channel.send(ADA, ASKED, earlier=None)

    assert len(box.envelopes) == 5
    assert box.connections == 3


async def test_a_connection_that_was_cut_is_made_anew() -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, ASKED, earlier=None)
        for transport in box.open:
            transport.abort()
        await channel.send(ADA, ASKED, earlier=None)

    assert len(box.envelopes) == 2


async def test_a_letter_that_was_broken_off_spoils_no_other() -> None:
    async with posted() as (box, channel):
        await channel.send(ADA, ASKED, earlier=None)
        box.slow.clear()
        sending = asyncio.create_task(channel.send("ben@example.org", ASKED, earlier=None))
        await box.waiting.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        box.slow.set()
        await channel.send("may@example.org", ASKED, earlier=None)

    assert [one.rcpt_tos for one in box.envelopes] == [[ADA], ["may@example.org"]]


@pytest.mark.parametrize(
    ("command", "answer", "for_good"),
    [
        ("RCPT", "550 5.1.1 No such user", True),
        ("RCPT", "550 No such user", True),
        ("RCPT", "553 5.1.3 Bad address", True),
        ("RCPT", "550 5.7.1 We do not take mail from you", False),
        ("MAIL", "550 5.7.1 Not this sender", False),
        ("DATA", "554 5.7.1 This looks like spam", False),
    ],
)
async def test_a_refusal_is_for_good_if_the_address_is_wrong(
    command: str, answer: str, *, for_good: bool
) -> None:
    async with posted() as (box, channel):
        box.refuse[command] = answer
        with pytest.raises(Undeliverable) as refused:
            await channel.send(ADA, ASKED, earlier=None)
        await channel.send(ADA, DECIDED, earlier=None)

    assert refused.value.for_good is for_good
    assert answer[:3] in refused.value.reason
    assert len(box.envelopes) == 1
    assert box.connections == 1


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("RCPT", "450 4.2.0 Greylisted"),
        ("RCPT", "452 4.2.2 Mailbox full"),
        ("MAIL", "451 4.3.0 Trouble"),
        ("DATA", "451 4.3.0 Trouble"),
    ],
)
async def test_what_passes_is_tried_later(command: str, answer: str) -> None:
    async with posted() as (box, channel):
        box.refuse[command] = answer
        with pytest.raises(Later) as later:
            await channel.send(ADA, ASKED, earlier=None)

    assert later.value.seconds == mail.GREYLISTED


async def test_a_server_that_is_away_is_tried_later() -> None:
    async with sending(f"smtp://127.0.0.1:{free_port()}") as channel:
        with pytest.raises(Later, match="could not be reached"):
            await channel.send(ADA, ASKED, earlier=None)


async def test_a_server_that_says_nothing_keeps_nobody_waiting() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org\r\n")
        await reader.readline()
        writer.write(b"250 mail.example.org\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, sending(f"smtp://127.0.0.1:{port}", answer=0.2) as channel:
        with pytest.raises(Later):
            await asyncio.wait_for(channel.send(ADA, ASKED, earlier=None), 5)


async def test_the_way_is_encrypted_and_the_password_goes_with_it(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path)
    async with (
        letterbox(
            tls_context=server,
            require_starttls=True,
            auth_required=True,
            authenticator=knows(b"signoff", b"pa:ss@word"),
        ) as box,
        sending(
            f"smtp://signoff:pa%3Ass%40word@localhost:{box.port}?starttls=always", tls=trusting
        ) as channel,
    ):
        await channel.send(ADA, ASKED, earlier=None)

    assert box.encrypted == [True]


async def test_a_server_with_tls_from_the_start_is_spoken_to_so(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path)
    async with (
        letterbox(implicit=server) as box,
        sending(f"smtps://localhost:{box.port}", tls=trusting) as channel,
    ):
        await channel.send(ADA, ASKED, earlier=None)

    assert len(box.envelopes) == 1


async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    async with (
        letterbox(tls_context=server) as box,
        sending(f"smtp://localhost:{box.port}?starttls=always") as channel,
    ):
        with pytest.raises(Later, match="prove"):
            await channel.send(ADA, ASKED, earlier=None)

    assert box.envelopes == []


async def test_a_server_on_this_machine_need_not_prove_who_it_is(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    async with (
        letterbox(tls_context=server) as box,
        sending(f"smtp://localhost:{box.port}") as channel,
    ):
        await channel.send(ADA, ASKED, earlier=None)

    assert box.encrypted == [True]


async def test_without_encryption_nothing_is_sent_where_it_is_wanted() -> None:
    async with (
        letterbox() as box,
        sending(f"smtp://a:b@127.0.0.1:{box.port}?starttls=always") as channel,
    ):
        with pytest.raises(Later):
            await channel.send(ADA, ASKED, earlier=None)

    assert box.envelopes == []


async def test_a_wrong_password_is_tried_later_and_not_told(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    async with (
        letterbox(
            tls_context=server, auth_required=True, authenticator=knows(b"signoff", b"right")
        ) as box,
        sending(f"smtp://signoff:wrong@127.0.0.1:{box.port}") as channel,
    ):
        with pytest.raises(Later) as later:
            await channel.send(ADA, ASKED, earlier=None)

    assert later.value.seconds == mail.MISCONFIGURED
    assert "wrong" not in later.value.reason


@pytest.mark.parametrize("to", ["ada", "ada@", "a b@example.org", "ada@x\r\nRCPT TO:<b@x>"])
async def test_what_is_no_address_is_refused_before_anything_is_sent(to: str) -> None:
    async with posted() as (box, channel):
        with pytest.raises(Undeliverable) as refused:
            await channel.send(to, ASKED, earlier=None)

    assert refused.value.for_good
    assert box.connections == 0


async def test_names_of_any_kind_make_sound_ids() -> None:
    odd = msgspec.structs.replace(
        ASKED, id="msg 1>\r\n@x", handoff=HandoffId("ho<7>"), workspace=Slug("a b")
    )

    async with posted() as (box, channel):
        await channel.send(ADA, odd, earlier=None)

    assert re.fullmatch(r"<[\w-]+@signoff\.example\.org>", box.letters[0]["Message-ID"])
