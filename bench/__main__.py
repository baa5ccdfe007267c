"""`python -m bench [NAME …] [--rounds N] [--seconds S]`: measure, print, and keep.

Raw rounds go to `bench/results/<time>.jsonl`. With `--publish` the medians are also written
into the table of `docs/explanation/performance.md`.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from pathlib import Path

from bench.catalogue import CELLS, Figures

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "performance.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(CELLS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--publish", action="store_true", help=f"write into {PAGE.name}")
    chosen = parser.parse_args()
    names = chosen.names or list(CELLS)
    unknown = set(names) - set(CELLS)
    if unknown:
        sys.exit(f"no such measurement: {', '.join(sorted(unknown))}")
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
    table = []
    for name in names:
        rows = []
        for number in range(chosen.rounds):
            row = CELLS[name].run(chosen.seconds)
            rows.append(row)
            with kept.open("a") as file:
                file.write(json.dumps({"cell": name, "round": number, **row}) + "\n")
        table += _report(name, rows)
    markdown = _markdown(table, rounds=chosen.rounds)
    kept.with_suffix(".md").write_text(markdown)
    if chosen.publish:
        _publish(markdown)
    print(f"\nkept in {kept}")


def _report(name: str, rows: list[Figures]) -> list[tuple[str, str, str, str]]:
    """Print a measurement's medians; return its lines for the table."""
    print(f"\n{name}")
    lines = []
    for key, first in rows[0].items():
        values = [float(row[key]) for row in rows if isinstance(row.get(key), int | float)]
        if not values:
            print(f"  {key:34} {first}")
            continue
        middle = statistics.median(values)
        spread = f"{_short(min(values))} … {_short(max(values))}" if len(values) > 1 else ""
        verdict = _verdict(name, key, middle)
        print(f"  {key:34} {_short(middle):>12}  {spread}  {verdict}")
        lines.append((f"{name}: {key}", _short(middle), spread, verdict))
    return lines


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _verdict(name: str, key: str, middle: float) -> str:
    promised = CELLS[name].promises.get(key)
    if promised is None:
        return ""
    sign, bound = promised
    kept = middle >= bound if sign == ">=" else middle <= bound
    return f"{'≥' if sign == '>=' else '≤'} {bound:,g}: {'kept' if kept else 'missed'}"


def _markdown(lines: list[tuple[str, str, str, str]], *, rounds: int) -> str:
    head = (
        f"Medians of {rounds} rounds, Python {platform.python_version()}, {_processor()}.\n\n"
    )
    head += "| figure | median | from … to | promise |\n|---|---|---|---|\n"
    return head + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _publish(markdown: str) -> None:
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{markdown}{END}{after}")


if __name__ == "__main__":
    main()
