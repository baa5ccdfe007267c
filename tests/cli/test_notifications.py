"""`signoff notify test`: it says whether a message arrives, and what is in the way."""

import re
from pathlib import Path

import pytest

from signoff.cli.notifications import example
from signoff.domain.addresses import parse, parse_hosts
from signoff.domain.errors import Refusal
from signoff.domain.services import SERVICES
from signoff.settings import Settings
from signoff.worker.channels import servers
from tests.cli.shells import Shell
from tests.ports import free_port
from tests.worker.letterbox import letterbox
from tests.worker.receivers import receiver


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An operator's shell, in which nothing is set up."""
    return Shell(tmp_path, {"SIGNOFF_SMTP_URL": "", "SIGNOFF_NOTIFY_HOSTS": ""})


async def test_a_letter_arrives_and_the_command_says_by_which_way(shell: Shell) -> None:
    async with letterbox() as box:
        shell.env["SIGNOFF_SMTP_URL"] = f"smtp://127.0.0.1:{box.port}"
        ran = await shell.tries("notify", "test", "--to", "ada@example.org")

    assert (ran.code, ran.out) == (
        0,
        f"Sent to ada@example.org by 127.0.0.1:{box.port}\n",
    )
    assert "how Signoff will tell you" in box.letters[0]["Subject"]


async def test_another_service_is_told_and_its_secret_is_not_printed(shell: Shell) -> None:
    async with receiver() as there:
        to = f"json://{there.host}/in/a-secret-that-is-long"
        ran = await shell.tries("notify", "test", "--to", to, "--notify-hosts", there.host)

    assert ran.code == 0
    assert ran.out == f"Sent to JSON over HTTP at {there.host}, …long\n"
    assert len(there.requests) == 1


async def refused(shell: Shell, *arguments: str) -> Refusal:
    with pytest.raises(Refusal) as said:
        await shell.tries("notify", "test", *arguments)
    return said.value


async def test_mail_without_a_mail_server_is_refused(shell: Shell) -> None:
    said = await refused(shell, "--to", "ada@example.org")

    assert said.message == "There is no mail server to send by"
    assert "SIGNOFF_SMTP_URL" in said.hint


async def test_a_host_inside_is_refused_until_it_is_named(shell: Shell) -> None:
    async with receiver() as there:
        said = await refused(shell, "--to", f"json://{there.host}/in")

    assert "SIGNOFF_NOTIFY_HOSTS" in said.hint
    assert there.requests == []


async def test_what_is_in_the_way_is_said(shell: Shell) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    async with letterbox() as box:
        box.refuse["RCPT"] = "550 5.1.1 No such user"
        url = f"smtp://127.0.0.1:{box.port}"
        gone = await refused(shell, "--to", "eve@example.org", "--smtp-url", url)
    away = await refused(shell, "--to", "eve@example.org", "--smtp-url", f"smtp://{nobody}")

    assert "550: 5.1.1 No such user" in gone.message
    assert f"{nobody} could not be reached" in away.message


def test_the_example_says_that_it_is_one() -> None:
    message = example(Settings(public_url="https://signoff.example.org"))

    assert "Nothing waits for you" in message.body
    assert message.url == "https://signoff.example.org"


PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "set-up-slack-and-email.md"
FILLED = {
    "BOT-TOKEN": "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
    "CHAT-ID": "-100",
    "…": "a",
    "HOST": "chat.example.org",
}


def written() -> list[str]:
    """Return the addresses of the how-to, with something in the place of its words."""
    found = re.findall(r"`(\w+://[^`|]+)`", PAGE.read_text())
    found += re.findall(r"notify test --to (\S+)", PAGE.read_text())
    for word, filling in FILLED.items():
        found = [one.replace(word, filling) for one in found]
    kept = ("smtp", "https://api.slack.com")
    return [one for one in found if not one.startswith(kept)]


def test_every_address_of_the_how_to_is_one() -> None:
    hosts = parse_hosts("chat.example.org,a")

    services = {parse(one, hosts=hosts).service for one in written()}

    known = {name for name in SERVICES if f"{name}s" not in SERVICES} - {"ntfy"}
    assert known | {"email", "slack", "discord", "teams", "telegram"} <= services


def test_the_mail_server_of_the_how_to_is_one() -> None:
    [url] = re.findall(r"SIGNOFF_SMTP_URL='(.*)'", PAGE.read_text())

    found = servers.parse(url, base_url="http://localhost")

    assert (found.shown, found.user, str(found.sender)) == (
        "mail.example.org:587",
        "signoff",
        "Signoff <signoff@example.org>",
    )
