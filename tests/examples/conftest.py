"""The tables of `examples/data`, and what the steward makes of them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from table_steward.choices import Choices
from table_steward.memories import Memory
from table_steward.packages import Package, prepare

DATA = Path(__file__).parents[2] / "examples" / "data"
MESSY = DATA / "messy"
TRUTH = DATA / "truth"
CLEAN = ("airports.csv", "seattle-weather.csv", "us-employment.csv")


def made_of(data: bytes, *, name: str = "table.csv", **choices: Any) -> Package:
    """Return the package for some bytes, as if people had made these choices."""
    return prepare(data, memory=Memory(name=name, choices=Choices(**choices)))


def messy(name: str) -> bytes:
    return (MESSY / name).read_bytes()


def truth(name: str) -> list[list[str]]:
    return rows_of((TRUTH / name).read_bytes())


def broken(name: str) -> list[dict[str, Any]]:
    damage: list[dict[str, Any]] = json.loads((MESSY / "broken.json").read_text())[name]
    return damage


def rows_of(data: bytes, *, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    text = io.StringIO(data.decode(encoding, errors="replace"), newline="")
    return list(csv.reader(text, delimiter=delimiter))


def changes_of(package: Package) -> list[dict[str, str]]:
    text = io.StringIO(package.files["changes.csv"].decode(), newline="")
    return list(csv.DictReader(text))


def replayed(original: list[list[str]], package: Package) -> list[list[str]]:
    """Do to the original what `changes.csv` says, and nothing else."""
    header, rows = [*original[0]], {at: [*row] for at, row in enumerate(original[1:], start=1)}
    dropped: list[int] = []
    for change in changes_of(package):
        row, column = int(change["row"]), change["column"]
        if row and column:
            at = header.index(column)
            assert rows[row][at] == change["before"]
            rows[row][at] = change["after"]
        elif row and change["after"]:
            assert rows[row] == next(csv.reader([change["before"]]), [])
            rows[row] = next(csv.reader([change["after"]]))
        elif row:
            assert rows.pop(row) == next(csv.reader([change["before"]]), [])
        elif change["rule"] == "column named":
            header[header.index(change["before"])] = column
        elif change["rule"] == "column dropped":
            dropped.append(header.index(column))
    kept = [header, *rows.values()]
    return [[cell for at, cell in enumerate(row) if at not in dropped] for row in kept]
