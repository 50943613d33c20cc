"""Is a polluted CSV file read right, refused, or read otherwise without a word? The public benchmark Pollock.

    git clone https://github.com/HPI-Information-Systems/Pollock
    python -m tests.bench.pollock Pollock/polluted_files

Each of its 2,290 files is one table with one fault, and has its clean version beside it. One line per way to
read (stop at a bad row, or skip it) with the number of files: right; right but for the records that a note
counts; otherwise, with a note; otherwise, without one (wanted: 0); refused in one line. Then the names of
those read otherwise, or refused although bad rows are skipped.
Source: Vitagliano et al. (2023), Pollock: a data loading benchmark, PVLDB 16(8).
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

from churnkit import messages
from churnkit.errors import ChurnkitError
from churnkit.tables.table import Reading, Table

Rows = list[tuple[str, ...]]
RIGHT, BUT_FOR, NOTED, SILENT, REFUSED = (
    "right", "right but for skipped records", "otherwise, with a note", "otherwise, without a word", "refused",
)  # fmt: skip


def read(path: Path, skip: bool) -> tuple[Rows | None, int, int]:
    """The rows of a file with its header (None: refused), the number of its notes, and of skipped records."""
    messages.begin()
    messages.set_quiet(True)
    try:
        table = Table([str(path)], Reading(skip=skip))
        rows, _ = table.whole()
    except ChurnkitError:
        return None, 0, 0
    found = [tuple(table.names), *(tuple(value or "" for value in row) for row in rows.iter_rows())]
    return found, len(messages.records()[1]), len(table.rejects)


def judge(path: Path, clean: Path, skip: bool) -> str:
    """How a file is read, beside its clean version."""
    rows, notes, skipped = read(path, skip)
    if rows is None:
        return REFUSED
    with clean.open(encoding="utf-8-sig", newline="") as file:
        expected = [tuple(row) for row in csv.reader(file)]
    if rows == expected:
        return RIGHT
    lacks, extra = Counter(expected) - Counter(rows), Counter(rows) - Counter(expected)
    if not extra and lacks.total() <= skipped:
        return BUT_FOR
    return NOTED if notes else SILENT


def main(folder: Path) -> None:
    for skip in (False, True):
        ways = {
            path: judge(path, folder / "clean" / path.name, skip)
            for path in sorted((folder / "csv").iterdir())
        }
        counts = Counter(ways.values())
        numbers = "; ".join(f"{way}: {counts[way]:,}" for way in (RIGHT, BUT_FOR, NOTED, SILENT, REFUSED))
        print(f"--on-error {'skip' if skip else 'stop'}: {len(ways):,} files; {numbers}", flush=True)
        for way in (SILENT, NOTED, *([REFUSED] if skip else [])):
            names = [path.name for path, its in ways.items() if its == way]
            print(f"  {way}: {', '.join(names[:40])}{' …' if len(names) > 40 else ''}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
