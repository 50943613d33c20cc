"""What each step of `profile` takes of a CSV file: CPU seconds, one step after the other, the least of some runs.

    python -m tests.bench.profile_lines log.csv             # the file of a job of `tests.bench`, say
    python -m tests.bench.profile_lines --repeats 5 log.csv

Beside it, `tests.bench.floors` shows what plain calls of the libraries take. In two threads, as `profile` runs, steps
take a little more. The start of Python is not included.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict

from churnkit.profiling.profile import Profile
from churnkit.profiling.reading import BLOCK_BYTES, PART_ROWS, row_parts
from churnkit.tables import memory
from churnkit.tables.table import Table

READING, HASHES, RECORDS = "bytes read, SHA-256, blocks cut and parsed", "a hash for each text", "statistics"


def run(path: str) -> dict[str, float]:
    """Step → CPU seconds of all threads."""
    table, profile = Table([path], piece=BLOCK_BYTES, is_digested=True), Profile()
    used: dict[str, float] = defaultdict(float)
    last = time.process_time()

    def end(step: str) -> None:
        nonlocal last
        now = time.process_time()
        used[step] += now - last
        last = now

    for part, _ in row_parts(table.frames(), PART_ROWS):
        end(READING)
        steps = profile.steps(part)
        end(HASHES)
        for (what, column), step in steps.items():
            step()
            end(f"{what} {column}".strip())
    end(READING)
    profile.records(table.bytes, table.sha256)
    end(RECORDS)
    return used


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profile_lines", description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    memory.keep_freed_memory()
    runs = [run(given.file) for _ in range(given.repeats)]
    least = {step: min(used[step] for used in runs) for step in runs[0]}
    print("| step | CPU s |\n|---|---|")
    for step, seconds in least.items():
        print(f"| {step} | {seconds:.2f} |")
    print(f"| all steps | {sum(least.values()):.2f} |")


if __name__ == "__main__":
    main()
