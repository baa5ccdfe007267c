import io
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct

from signoff.cli import main


class Ran(Struct, frozen=True):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def signoff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Run the command `signoff` on a data directory of the test's own."""
    monkeypatch.setenv("SIGNOFF_DATA", str(tmp_path / "data"))
    for name in ("DATABASE_URL", "BLOB_URL", "PUBLIC_URL", "ROOT_KEY_FILE", "ROOT_KEY"):
        monkeypatch.delenv(f"SIGNOFF_{name}", raising=False)

    def run(*arguments: str, stdin: str = "") -> Ran:
        capfd.readouterr()
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        monkeypatch.setattr("sys.stdin", given)
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        written = capfd.readouterr()
        return Ran(int(ended.value.code or 0), written.out, written.err)

    return run
