"""The messy tables are what the script that derives them makes."""

import runpy

from tests.examples.conftest import DATA


def test_deriving_again_makes_the_same_files(tmp_path) -> None:
    derive = runpy.run_path(str(DATA / "derive.py"))

    derive["main"](tmp_path)

    made = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*.*")}
    kept = {
        str(path.relative_to(DATA)): path
        for folder in ("messy", "truth")
        for path in (DATA / folder).iterdir()
    }
    assert made.keys() == kept.keys()
    assert all(made[name].read_bytes() == kept[name].read_bytes() for name in made)
    assert all(path.stat().st_size < 300_000 for path in kept.values())
