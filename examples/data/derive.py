"""Break the clean tables in known ways, and keep the truth beside each.

    python examples/data/derive.py [FOLDER]

writes `messy/*.csv`, `truth/*.csv` of the same names and `messy/broken.json`, which says for
each file what was broken, cell by cell where it can. Seeded: the same files every time.
"""

import csv
import io
import json
import random
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Rows = list[list[str]]
Damage = list[dict[str, Any]]
SPELLED = {
    "Mayaguez": "Mayagüez",
    "Luis Munoz Marin International": "Luis Muñoz Marín International",
    "Antonio (Nery) Juarbe Pol": "Antonio “Nery” Juarbe Pol",
    "Rafael Hernandez": "Rafael Hernández",
    "Eugenio Maria De Hostos": "Eugenio María De Hostos",
    "Antonio Rivera Rodriguez": "Antonio Rivera Rodríguez",
    "Diego Jimenez Torres": "Diego Jiménez Torres",
}


def main(target: Path) -> None:
    """Write every case below the folder."""
    for name in ("messy", "truth"):
        (target / name).mkdir(parents=True, exist_ok=True)
    broken: dict[str, Damage] = {}
    for name, make in CASES.items():
        messy, truth, damage = make(random.Random(f"signoff {name}"))  # noqa: S311
        (target / "messy" / name).write_bytes(messy)
        (target / "truth" / name).write_bytes(dump(truth).encode())
        broken[name] = damage
    said = json.dumps(broken, ensure_ascii=False, indent=1) + "\n"
    (target / "messy" / "broken.json").write_text(said, encoding="utf-8")


def weather_mixed(dice: random.Random) -> tuple[bytes, Rows, Damage]:
    """Mixed date formats, repeated rows, words for missing cells, stray spaces."""
    truth = weather()[:400]
    damage: Damage = []
    formats = (
        lambda day: day.isoformat(),
        lambda day: day.strftime("%Y/%m/%d"),
        lambda day: day.strftime("%m/%d/%Y"),
        lambda day: day.strftime("%d-%b-%Y"),
        lambda day: day.strftime("%B %d, %Y"),
    )
    messy = [truth[0][:]]
    for row in truth[1:]:
        cells = row[:]
        cells[0] = dice.choice(formats)(date.fromisoformat(row[0]))
        at = len(messy)
        if dice.random() < 0.04:
            column = dice.choice((1, 2, 3, 4))
            row[column] = ""
            cells[column] = dice.choice(("NA", "n/a", "-", "NULL", ""))
            damage.append(spot(at, truth[0][column], "missing cell", cells[column]))
        elif dice.random() < 0.05:
            cells[5] = f" {cells[5]}\u00a0"
            damage.append(spot(at, "weather", "stray space", cells[5]))
        damage.append(spot(at, "date", "date format", cells[0]))
        messy.append(cells)
        if dice.random() < 0.03:
            messy.append(cells[:])
            damage.append(spot(len(messy) - 1, "", "repeated row", ",".join(cells)))
    return dump(messy).encode(), truth, damage


def weather_ambiguous(_: random.Random) -> tuple[bytes, Rows, Damage]:
    """Dates written day-first, and only such days as fit both readings."""
    header, *rows = weather()
    rows = [row for row in rows if row[0][8:] <= "12" and row[0][5:7] != row[0][8:]][:240]
    messy = [[date.fromisoformat(row[0]).strftime("%d/%m/%Y"), *row[1:]] for row in rows]
    damage = [spot(0, "date", "every date fits both readings", "day-first is the truth")]
    return dump([header, *messy]).encode(), [header, *rows], damage


def weather_station(dice: random.Random) -> tuple[bytes, Rows, Damage]:
    """A constant column with gaps, a word among numbers, a day that stands twice."""
    header, *rows = weather()[:181]
    truth = [[*header, "station"], *([*row, "USW00024233"] for row in rows)]
    messy = [row[:] for row in truth]
    damage: Damage = []
    for at in sorted(dice.sample(range(1, 180), 9)):
        messy[at][6] = ""
        damage.append(spot(at, "station", "gap in a constant column", ""))
    for at in (31, 77, 140):
        messy[at][1] = "trace"
        damage.append(spot(at, "precipitation", "word among numbers", "trace"))
    again = [*messy[90][:4], "99.9", *messy[90][5:]]
    messy.append(again)
    truth.append(again)
    damage.append(spot(len(messy) - 1, "date", "the day stands twice", again[0]))
    return dump(messy).encode(), truth, damage


def airports_semicolons(_: random.Random) -> tuple[bytes, Rows, Damage]:
    """Windows-1252, semicolons, CRLF, decimal commas, as a European spreadsheet saves it."""
    truth = spelled_airports()
    messy = [[*row[:5], *(cell.replace(".", ",") for cell in row[5:])] for row in truth]
    damage = [
        spot(0, "", "encoding", "cp1252"),
        spot(0, "", "delimiter", ";"),
        spot(0, "", "line ends", "CRLF"),
        spot(0, "latitude", "decimal comma", messy[1][5]),
        spot(0, "longitude", "decimal comma", messy[1][6]),
    ]
    written = dump(messy, delimiter=";").replace("\n", "\r\n")
    return written.encode("cp1252"), truth, damage


def airports_damaged(dice: random.Random) -> tuple[bytes, Rows, Damage]:
    """UTF-8 in which a few letters have lost a byte."""
    header, *rows = spelled_airports()
    truth = [header, *rows[:30], *(row for row in rows[30:] if not "".join(row).isascii())]
    lines = dump(truth).split("\n")
    strange = [at for at, text in enumerate(lines) if not text.isascii()]
    hit = set(dice.sample(strange, 2))
    whole = [text.encode() for text in lines]
    for at in hit:
        first = next(i for i, byte in enumerate(whole[at]) if byte >= 0xC0)
        whole[at] = whole[at][: first + 1] + whole[at][first + 2 :]
    damage = [spot(at, "", "a byte is lost", lines[at]) for at in sorted(hit)]
    return b"\n".join(whole), truth, damage


def airports_truncated(_: random.Random) -> tuple[bytes, Rows, Damage]:
    """The transfer broke off in the middle of a row."""
    truth = airports()[:301]
    whole = dump(truth)
    last = whole.rstrip("\n").rfind("\n") + 1
    cut = whole[: last + 17]
    return cut.encode(), truth[:-1], [spot(300, "", "the file breaks off", cut[last:])]


def airports_ragged(_: random.Random) -> tuple[bytes, Rows, Damage]:
    """Names with commas that nobody quoted, and a row whose end is gone."""
    header, *rows = airports()
    truth = [row for row in rows if any("," in cell for cell in row)] + rows[:140]
    lines = [",".join(row) for row in truth]
    lines[70] = ",".join(truth[70][:5])
    damage = [
        spot(at, "", "ragged", text)
        for at, text in enumerate(lines, start=1)
        if text.count(",") != len(header) - 1
    ]
    bad = {each["row"] for each in damage}
    stays = [row for at, row in enumerate(truth, start=1) if at not in bad]
    return "\n".join([",".join(header), *lines, ""]).encode(), [header, *stays], damage


def employment_thousands(_: random.Random) -> tuple[bytes, Rows, Damage]:
    """UTF-16 with a mark, and thousands separators in quotes."""
    truth = load("us-employment.csv")
    messy = [truth[0], *([row[0], *map(grouped, row[1:])] for row in truth[1:])]
    damage = [spot(0, "", "encoding", "utf-16")]
    columns = zip(*messy, strict=True)
    damage += [
        spot(0, column[0], "thousands separators", f"in {count} rows")
        for column in columns
        if (count := sum("," in cell for cell in column[1:]))
    ]
    return b"\xff\xfe" + dump(messy).encode("utf-16-le"), truth, damage


def employment_undecided(_: random.Random) -> tuple[bytes, Rows, Damage]:
    """Two columns whose every figure is a thousand, or one and a bit."""
    truth = [row[:3] for row in load("us-employment.csv")]
    messy = [truth[0], *([row[0], *map(grouped, row[1:])] for row in truth[1:])]
    damage = [spot(0, name, "every number fits both signs", "point") for name in truth[0][1:]]
    return dump(messy).encode(), truth, damage


def spot(row: int, column: str, what: str, now: str) -> dict[str, Any]:
    """Say what was broken where; data rows of the messy file count from 1."""
    return {"row": row, "column": column, "what": what, "now": now}


def grouped(cell: str) -> str:
    """Put commas between the thousands of a plain number."""
    whole, point, part = cell.partition(".")
    return f"{int(whole):,}{point}{part}" if whole not in ("", "-0") else cell


def weather() -> Rows:
    """Return Seattle's weather with ISO dates, as they should be."""
    header, *rows = load("seattle-weather.csv")
    return [header, *([row[0].replace("/", "-"), *row[1:]] for row in rows)]


def airports() -> Rows:
    """Return the airports without the NA that stands for no city and no state."""
    return [["" if cell == "NA" else cell for cell in row] for row in load("airports.csv")]


def spelled_airports() -> Rows:
    """Return some airports, those of Puerto Rico in Spanish spelling."""
    header, *rows = airports()
    some = [row for row in rows if row[3] in ("PR", "VI", "VT", "DE", "RI", "CT")]
    return [header, *([SPELLED.get(cell, cell) for cell in row] for row in some)]


def load(name: str) -> Rows:
    """Read one of the clean tables."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def dump(rows: Sequence[Sequence[str]], *, delimiter: str = ",") -> str:
    """Write rows as CSV with LF line ends."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


CASES: dict[str, Callable[[random.Random], tuple[bytes, Rows, Damage]]] = {
    "weather-mixed-dates.csv": weather_mixed,
    "weather-ambiguous-dates.csv": weather_ambiguous,
    "weather-station.csv": weather_station,
    "airports-semicolons.csv": airports_semicolons,
    "airports-damaged.csv": airports_damaged,
    "airports-truncated.csv": airports_truncated,
    "airports-ragged.csv": airports_ragged,
    "employment-thousands.csv": employment_thousands,
    "employment-undecided.csv": employment_undecided,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
