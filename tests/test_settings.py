"""What an operator can set, from the environment and from options."""

from pathlib import Path

import pytest

from signoff.domain.errors import Invalid
from signoff.settings import from_environment


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "PORT", "WORKER", "PUBLIC_URL"):
        monkeypatch.delenv(f"SIGNOFF_{name}", raising=False)


def test_everything_has_a_default():
    settings = from_environment()

    assert (settings.data, settings.host, settings.port) == (
        Path("signoff-data"),
        "127.0.0.1",
        8484,
    )
    assert settings.base_url == "http://127.0.0.1:8484"
    assert settings.all_local


def test_an_option_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("SIGNOFF_PORT", "9000")
    monkeypatch.setenv("SIGNOFF_DATA", "/srv/signoff")

    settings = from_environment(port=9001, data=None)

    assert (settings.port, settings.data) == (9001, Path("/srv/signoff"))


@pytest.mark.parametrize(("raw", "worker"), [("no", False), ("0", False), ("YES", True)])
def test_yes_and_no_are_read(monkeypatch, raw, worker):
    monkeypatch.setenv("SIGNOFF_WORKER", raw)

    assert from_environment().worker is worker


@pytest.mark.parametrize(
    ("name", "raw"), [("PORT", "many"), ("PORT", "-1"), ("WORKER", "maybe")]
)
def test_what_cannot_be_read_is_refused_by_name(monkeypatch, name, raw):
    monkeypatch.setenv(f"SIGNOFF_{name}", raw)

    with pytest.raises(Invalid, match=f"SIGNOFF_{name}"):
        from_environment()


def test_a_public_url_has_no_slash_at_the_end():
    assert from_environment(public_url="https://s.example/").base_url == "https://s.example"
