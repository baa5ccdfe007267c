"""`python -m bench [NAME …] [--rounds N] [--seconds S] [--postgres]`: measure and print."""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

from bench import cells

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(cells.CELLS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    chosen = parser.parse_args()
    names = chosen.names or list(cells.CELLS)
    unknown = set(names) - set(cells.CELLS)
    if unknown:
        sys.exit(f"no such measurement: {', '.join(sorted(unknown))}")
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
    for name in names:
        rows = []
        for number in range(chosen.rounds):
            row = cells.CELLS[name](chosen.seconds)
            rows.append(row)
            with kept.open("a") as file:
                file.write(json.dumps({"cell": name, "round": number, **row}) + "\n")
        print(f"\n{name}")
        for key in rows[0]:
            values = [row[key] for row in rows if isinstance(row.get(key), int | float)]
            if not values:
                print(f"  {key:34} {rows[0][key]}")
                continue
            middle = statistics.median(values)
            spread = f"[{min(values):,.4g} – {max(values):,.4g}]" if len(values) > 1 else ""
            print(f"  {key:34} {middle:>12,.4g}  {spread}")
    print(f"\nkept in {kept}")


if __name__ == "__main__":
    main()
