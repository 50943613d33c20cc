"""How long catalog takes for folders of tables: 150 columns in 20 tables, and 10,000 in 500.

python -m tests.bench.folders [--rows 200]. Prints a record per folder: CPU seconds of the catalog, of reading the same
tables as text alone, and the goal. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

from churnkit.catalog.reading import read_catalog
from churnkit.tables.table import Reading, Table

NAMES = "abcdefghijklmnopqrstuvwxyz"
FOLDERS = {"150 columns in 20 tables": (20, 150, 2.0), "10,000 columns in 500 tables": (500, 10_000, 60.0)}


def write_tables(folder: Path, tables: int, columns: int, rows: int) -> None:
    """Each table has an id, references to some others, numbers and words."""
    rng = random.Random(0)
    width = columns // tables
    for number in range(tables):
        name = f"{NAMES[number // 26 % 26]}{NAMES[number % 26]}"
        with (folder / f"{name}_things.csv").open("w") as file:
            others = [f"{NAMES[k // 26 % 26]}{NAMES[k % 26]}_thing_id" for k in (number // 2, number // 3)]
            heads = ["id", *dict.fromkeys(others), *(f"value_{k}" for k in range(columns))][
                : width + (number < columns % tables)
            ]
            file.write(",".join(heads) + "\n")
            for row in range(rows):
                cells = [
                    str(rng.randrange(rows) + 1 if "id" in head else rng.choice((row % 7, f"w{row % 300}")))
                    for head in heads
                ]
                file.write(",".join([str(row + 1), *cells[1:]]) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.folders", description=__doc__)
    parser.add_argument("--rows", type=int, default=200)
    given = parser.parse_args()
    for what, (tables, columns, goal) in FOLDERS.items():
        with tempfile.TemporaryDirectory() as name:
            write_tables(Path(name), tables, columns, given.rows)
            began = time.process_time()
            for path in sorted(Path(name).iterdir()):
                for _ in Table([str(path)], Reading()).frames():
                    pass
            reading, began = time.process_time() - began, time.process_time()
            records = read_catalog([name], Reading(), "2024-01-01T00:00:00Z").records
            seconds = time.process_time() - began
        record = {
            "folder": what,
            "seconds": round(seconds, 2),
            "reading_seconds": round(reading, 2),
            "goal": goal,
        }
        print(json.dumps({**record, "tables": len(records), "joins": sum(len(r["joins"]) for r in records)}))


if __name__ == "__main__":
    main()
