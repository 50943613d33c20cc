"""The same figures by plain calls of polars, numpy and Python: what the libraries alone take for the same bytes.

    python -m tests.bench.floors                        # all of them, of 5 million events
    python -m tests.bench.floors --rows 500000 profile  # those whose name holds a word, of fewer events

For each command: its time, its peer's, and the steps in a process of their own, one after the other, each on all cores
that its library can use. Medians of the repeats; CPU seconds beside seconds of the clock. The start and the reading
cannot be less; of the other steps a command may need less, as it works on blocks and on hashes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.__main__ import CHURNKIT, JOBS, machine, make_logs, run

FLOORS = {  # the job in the table of all → its steps in `floor_steps`
    "sample -n / shuf; in time order": "sample",
    "profile / DuckDB SUMMARIZE; in time order": "profile",
    "diff / DuckDB; in time order": "diff",
    "drift / DuckDB; in time order": "drift",
    "featurize of log.parquet / of the CSV": "parquet",
}


def steps_of(job: str, folder: Path) -> list[list[float | str]]:
    """Step, seconds, CPU seconds."""
    script = str(Path(__file__).with_name("floor_steps.py"))
    line = [sys.executable, "-I", script, FLOORS[job], str(folder), repr(time.time())]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(each) for each in done.stdout.splitlines()]


def cpu_seconds(line: str, folder: Path) -> tuple[float, float]:
    """Seconds, and CPU seconds of the shell line."""
    before = os.times()
    seconds, _ = run(line, folder)
    after = os.times()
    return (
        seconds,
        after.children_user + after.children_system - before.children_user - before.children_system,
    )


def measure(name: str, folder: Path, repeats: int) -> None:
    """The rows of one command: ours, the peer's, then each step and their sum."""
    job = next(each for each in JOBS if each.name == name)
    ours, peer, steps = [], [], []
    for _ in range(repeats):
        ours.append(cpu_seconds(job.ours, folder))
        peer.append(cpu_seconds(job.peer, folder))
        steps.append(steps_of(name, folder))
    print(f"| **{name}** | | |\n{row('ours', ours)}\n{row('peer', peer)}")
    for runs in zip(*steps, strict=True):
        print(row(f"libraries: {runs[0][0]}", [(each[1], each[2]) for each in runs]))
    sums = [tuple(sum(step[place] for step in each) for place in (1, 2)) for each in steps]
    print(row("libraries in all", sums), flush=True)


def row(what: str, runs: Sequence[tuple[float, ...]]) -> str:
    seconds, cpu = (statistics.median(each) for each in zip(*runs, strict=True))
    return f"| {what} | {seconds:.2f} | {cpu:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.floors", description=__doc__)
    parser.add_argument("words", nargs="*", help="jobs whose names hold one of these words")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    names = [name for name in FLOORS if not given.words or any(word in name for word in given.words)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make_logs(given.rows, folder)
        run(f"{CHURNKIT} events -q -o log.parquet log.csv", folder)
        print(f"{machine()}\n\n| step | s | CPU s |\n|---|---|---|")
        for name in names:
            measure(name, folder, given.repeats)


if __name__ == "__main__":
    main()
