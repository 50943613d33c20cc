"""Times each job beside its peer, in turns; prints a table of the medians and their ratio.

    python -m tests.bench                        # all jobs, on 5 million simulated events, a million rows to score
    python -m tests.bench --rows 200000 sample   # those whose name holds a word, on fewer
    python -m tests.bench --jsonl measured.jsonl # a line of JSON a job as well

Jobs that read a log are timed twice: with the lines of a customer together, and in time order, as a log is written.
A ratio of 1 is as fast as the peer, a smaller one faster. A peer that is not installed is left out. BENCH_PEERS names
a Python that has libraries which the tests do not need (pandera, frictionless, great_expectations). Memory is the
largest resident set of one process, in MB; less than 9 is not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.features_in_sql import features

CHURNKIT = f'"{sys.executable}" -m churnkit'
PYTHON = f'"{sys.executable}"'
HERE = f'PYTHONPATH="{Path(__file__).parents[2]}" "{sys.executable}" -m'
SQL = f"{HERE} tests.bench.features_in_sql"
METRICS = f"{HERE} tests.bench.metrics_in_sql"
PEERS = f'PYTHONPATH="{Path(__file__).parents[2]}" "{os.environ.get("BENCH_PEERS", sys.executable)}" -m'
CHECKS = f"{PEERS} tests.bench.checking"
BY_HAND = f"{HERE} tests.bench.scoring"
TEN_TIMES = "(cat rows.csv; for i in 1 2 3 4 5 6 7 8 9; do tail -n +2 rows.csv; done)"
EVENTS_PER_CUSTOMER = 37
CHECKING = "check"  # how the names of jobs begin that need a delivery
SCORING = ("score", "explain")  # how the names of jobs begin that need rows and a model
# the same log, the same halves of its customers; the header stays on top
BY_TIME = "(head -n 1 {0}; tail -n +2 {0} | LC_ALL=C sort -s -t, -k2,2) > {1}"
MIXED = {"log.csv": "mixed.csv", "half_0.csv": "mixed_0.csv", "half_1.csv": "mixed_1.csv"}


class Job(NamedTuple):
    """ours, peer: shell lines; goal: of the ratio of their times. needs: a program of the peer. most_mb: of ours.

    same: two tables that they leave, which must hold the same values.
    """

    name: str
    ours: str
    peer: str
    goal: float
    needs: str = "sh"
    same: tuple[str, str] | None = None
    most_mb: float | None = None


# of the columns that events writes without --keep
FEATURIZE = f"{CHURNKIT} featurize -q --as-of 2024-10-01 --features {','.join(name for name in features() if name != 'plan_last')}"
LOG_JOBS = [
    Job("sample -n / shuf", f"{CHURNKIT} sample -n 10000 log.csv", "shuf -n 10000 log.csv", 1.0, "shuf"),
    Job("sample --rate / mlr sample", f"{CHURNKIT} sample --rate 0.01 log.csv", "mlr --icsv --ocsv filter 'urand() < 0.01' log.csv", 0.2, "mlr"),
    Job("sample --rate / csvkit", f"{CHURNKIT} sample --rate 0.01 log.csv", "csvcut log.csv", 0.2, "csvcut"),
    Job("sample --by / sample --rate", f"{CHURNKIT} sample --by customer_id --rate 0.01 log.csv", f"{CHURNKIT} sample --rate 0.01 log.csv", 2.0),
    Job("sample --rate of a pipe / of a file", f"cat log.csv | {CHURNKIT} sample --rate 0.01", f"{CHURNKIT} sample --rate 0.01 log.csv", 1.5),
    Job("profile / DuckDB SUMMARIZE", f"{CHURNKIT} profile log.csv", f'{PYTHON} -c "import duckdb; duckdb.sql(\'SUMMARIZE FROM read_csv(\\\'log.csv\\\')\').fetchall()"', 1.0),
    Job(f"featurize / DuckDB, {len(features())} features", f"{CHURNKIT} featurize -q --as-of 2024-10-01 --features {','.join(features())} -o ours.csv log.csv", f"{SQL} log.csv theirs.csv", 0.7, same=("ours.csv", "theirs.csv")),
    Job("featurize of six dates / of one", f"{CHURNKIT} featurize -q --as-of 2024-05-01..2024-10-01/1mo -o six.csv log.csv", f"{CHURNKIT} featurize -q --as-of 2024-10-01 -o one.csv log.csv", 2.5),
    Job("measure / DuckDB", f"{CHURNKIT} measure -q --inactive 30d -o ours.csv log.csv", f"{METRICS} measure log.csv theirs.csv", 1.0, same=("ours.csv", "theirs.csv")),
    Job("diff / DuckDB", f"{CHURNKIT} diff -q --metric amount --stat sum --by plan -o ours.csv half_0.csv half_1.csv", f"{METRICS} diff half_0.csv half_1.csv theirs.csv", 1.0, same=("ours.csv", "theirs.csv")),
    Job("drift / DuckDB", f"{CHURNKIT} drift -q half_0.csv half_1.csv", f"{METRICS} drift half_0.csv half_1.csv theirs.csv", 1.0),
]  # fmt: skip


def in_time_order(job: Job) -> Job:
    """The same job of the log in time order, in which the lines of customers are mixed."""
    ours, peer = job.ours, job.peer
    for name, mixed in MIXED.items():
        ours, peer = ours.replace(name, mixed), peer.replace(name, mixed)
    return job._replace(name=f"{job.name}; in time order", ours=ours, peer=peer)


JOBS = [
    Job("start: --help / import click", f"{CHURNKIT} --help", f"{PYTHON} -c 'import click'", 2.0),
    Job("start: sample / import click", f"{CHURNKIT} sample -n 2 small.csv", f"{PYTHON} -c 'import click'", 2.0),
    *(kind for job in LOG_JOBS for kind in (job, in_time_order(job))),
    Job("featurize of log.parquet / of the CSV", f"{FEATURIZE} -o ours.csv log.parquet", f"{FEATURIZE} -o theirs.csv log.csv", 0.5, same=("ours.csv", "theirs.csv")),
    *(
        Job(f"check / {library}", f"{CHURNKIT} check -q base.jsonl new.csv", f"{CHECKS} {library} new.csv", 1.0, f"import {library}", most_mb=600)
        for library in ("pandera", "frictionless", "great_expectations")
    ),
    Job("check / reading the rows", f"{CHURNKIT} check -q base.jsonl new.csv", f"{CHURNKIT} sample --by customer_id --rate 1 new.csv", 9.0),
    Job("score / polars and XGBoost by hand", f"{CHURNKIT} score -q model.json rows.csv > ours.csv", f"{BY_HAND} score trees.ubj rows.csv > theirs.csv", 1.0, most_mb=250),
    Job("score of a pipe of ten times the rows / of a file", f"{TEN_TIMES} | {CHURNKIT} score -q model.json", f"{CHURNKIT} score -q model.json rows.csv", 10.0, most_mb=250),
    Job("score of 1,000 rows / import polars", f"{CHURNKIT} score -q model.json thousand.csv", f"{PYTHON} -c 'import polars'", 2.0),
    Job("score of 16 files: xargs -P2 / one process", f"ls part_* | xargs -P2 -n8 {CHURNKIT} score -q model.json --no-header", f"{CHURNKIT} score -q model.json --no-header part_*", 0.63),
    Job("score of 16 files: xargs -P2 / one process on one core", f"ls part_* | xargs -P2 -n8 {CHURNKIT} score -q model.json --no-header", f"taskset -c 0 {CHURNKIT} score -q model.json --no-header part_*", 0.63, "taskset"),
    Job("explain: the contributions alone / pred_contribs", f"{BY_HAND} ours model.json tenth.csv", f"{BY_HAND} explain trees.ubj tenth.csv", 0.1),
    Job("explain, written as JSON Lines / pred_contribs, not written", f"{CHURNKIT} explain -q model.json tenth.csv", f"{BY_HAND} explain trees.ubj tenth.csv", 0.1),
    Job("explain: of a row / import polars", f"head -n 2 thousand.csv | {CHURNKIT} explain -q model.json", f"{PYTHON} -c 'import polars'", 2.5),
]  # fmt: skip


def run(line: str, folder: Path) -> tuple[float, float]:
    """Seconds, and MB of the largest process. In a process of its own, see `launcher`."""
    # as installed: without compiled modules each start would take a quarter of a second more; and polars, which
    # this process has imported, has left its settings of memory there
    own = {"PYTHONDONTWRITEBYTECODE", "_RJEM_MALLOC_CONF"}
    environment = {key: word for key, word in os.environ.items() if key not in own}
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launcher.py")), line]
    done = subprocess.run(
        launcher, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    seconds, kilobytes, status = map(float, done.stdout.split())
    if status:
        raise SystemExit(f"{line} failed: {status:.0f}")
    return seconds, kilobytes / 1024


def make_logs(rows: int, folder: Path) -> None:
    """log.csv, two halves of its customers, and all three in time order."""
    customers = max(1, rows // EVENTS_PER_CUSTOMER)
    run(f"{CHURNKIT} simulate --customers {customers} -o log.csv", folder)
    for half in (0, 1):
        run(f"{CHURNKIT} sample --by customer_id --shard {half + 1}/2 log.csv > half_{half}.csv", folder)
    for name, mixed in MIXED.items():
        run(BY_TIME.format(name, mixed), folder)


def measured(job: Job, folder: Path, repeats: int) -> dict[str, object]:
    """In turns, so that what slows the machine slows both."""
    ours, peers = [], []
    for _ in range(repeats):
        ours.append(run(job.ours, folder))
        peers.append(run(job.peer, folder))
    if job.same:
        run(f"{HERE} tests.bench.same {' '.join(job.same)}", folder)
    seconds, peer_seconds = (statistics.median(s for s, _ in runs) for runs in (ours, peers))
    return {
        "job": job.name,
        "seconds": round(seconds, 3),
        "peer_seconds": round(peer_seconds, 3),
        "ratio": round(seconds / peer_seconds, 2),
        "goal": job.goal,
        "mb": round(max(mb for _, mb in ours)),
        "most_mb": job.most_mb,
        "peer_mb": round(max(mb for _, mb in peers)),
    }


def _is_here(needs: str) -> bool:
    """Whether a program, or a library of the peers' Python, is installed."""
    if not needs.startswith("import "):
        return shutil.which(needs) is not None
    python = os.environ.get("BENCH_PEERS", sys.executable)
    return subprocess.run([python, "-c", needs], capture_output=True).returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("words", nargs="*", help="jobs whose names hold one of these words")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--jsonl", help="append the records to this file")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    jobs = [job for job in JOBS if not given.words or any(word in job.name for word in given.words)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if any(job.name.startswith(CHECKING) for job in jobs):
            run(f"{HERE} tests.bench.checking make {given.rows // 5} .", folder)
        if not all(job.name.startswith((*SCORING, CHECKING)) for job in jobs):
            make_logs(given.rows, folder)
            (folder / "small.csv").write_text("a,b\n1,2\n3,4\n")
            run(f"{CHURNKIT} events -q -o log.parquet log.csv", folder)
        if any(job.name.startswith(SCORING) for job in jobs):
            run(f"{BY_HAND} make {given.rows // 5} .", folder)
        print(
            f"{machine()}\n\n| job | s | peer, s | ratio | goal | MB | peer, MB |\n|---|---|---|---|---|---|---|"
        )
        for job in jobs:
            found: dict[str, Any] = {"job": job.name, "left_out": f"no {job.needs} here"}
            if _is_here(job.needs):
                found = measured(job, folder, given.repeats)
            print(line(found), flush=True)
            if given.jsonl:
                with open(given.jsonl, "a") as file:
                    file.write(json.dumps(found) + "\n")


def machine() -> str:
    """Where and with what it was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("polars", "numpy", "duckdb", "xgboost-cpu"))
    cores = f"{os.cpu_count()} cores"
    return f"{date.today()}, {platform.system()} {platform.machine()}, {cores}, Python {platform.python_version()}, {versions}"


def line(found: dict[str, Any]) -> str:
    """A row of the table; a ratio past its goal stands in bold."""
    if "left_out" in found:
        return f"| {found['job']} | {found['left_out']} | | | | | |"
    ratio = f"{found['ratio']:.2f}" if found["ratio"] <= found["goal"] else f"**{found['ratio']:.2f}**"
    memory = f"{found['mb']}" if found["most_mb"] is None else f"{found['mb']} of {found['most_mb']:.0f}"
    return (
        f"| {found['job']} | {found['seconds']:.2f} | {found['peer_seconds']:.2f} | {ratio} | {found['goal']:g} "
        f"| {memory} | {found['peer_mb']} |"
    )


if __name__ == "__main__":
    main()
