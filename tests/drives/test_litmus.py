"""litmus, the test suite of the authors of neon: RFC 4918 as its clients understand it."""

import re

import pytest

from tests.drives.drive import ADA, Drive
from tests.drives.programs import Machine

pytestmark = [pytest.mark.needs("litmus"), pytest.mark.xdist_group("drives")]

SUMMARY = re.compile(r"<- summary for `(\w+)': of (\d+) tests run: (\d+) passed, (\d+) failed")
ASIDE = re.compile(r"-> \d+ (?:warnings? w|tests? w)\w+ (?:issued|skipped)")


def test_every_test_of_litmus_passes_and_none_warns(drive: Drive, machine: Machine) -> None:
    done = machine.ran("litmus", "-k", drive.url, ADA, drive.password)

    said = done.text.replace("\r", "\n")
    passed = {name: int(count) for name, _, count, _ in SUMMARY.findall(said)}
    failed = sum(int(count) for *_, count in SUMMARY.findall(said))
    complaints = [line for line in said.splitlines() if "FAIL" in line or "WARNING" in line]
    assert complaints == []
    assert failed == 0
    assert ASIDE.findall(said) == []
    assert passed == {"basic": 16, "copymove": 13, "props": 30, "locks": 41, "http": 4}
    assert done.code == 0
