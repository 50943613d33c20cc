"""A log on a Spark cluster of this machine, beside featurize and score and beside DuckDB: CPU seconds and differences.

python -m tests.bench.spark                               # five million events; on two workers, then on one
python -m tests.bench.spark --events 500000 --set spark.sql.shuffle.partitions=200
python -m tests.bench.spark forest                        # 200 boosted trees on a million rows

Needs pyspark, Java and 6 GB. A worker has one core and 1.5 GB. CPU seconds are those of all processes of Spark, from
a warm start: one small query ran before.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from churnkit.models.encoding import one_hot
from churnkit.models.xgboost import BoostedParameters
from tests import spark
from tests.bench.__main__ import CHURNKIT, EVENTS_PER_CUSTOMER, machine
from tests.bench.export_sql import COLUMNS, full
from tests.export.written import model_of, sql_of

AS_OF = "2024-12-01"
TRAINING_CUSTOMERS = 2_000
VIEW = (
    "CREATE OR REPLACE TEMPORARY VIEW events (customer_id STRING, timestamp TIMESTAMP_NTZ, event STRING, amount DOUBLE,"
    " plan STRING) USING csv OPTIONS (path '{}', header 'true', escape '\"', enforceSchema 'false', mode 'FAILFAST')"
)
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.spark", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("log", "forest"), default="log")
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--runs", nargs="*", default=["pipeline:2", "features:1", "pipeline:1"])
    parser.add_argument("--folder", help="keep the files there")
    parser.add_argument("--set", nargs="*", default=[], help="settings of Spark, NAME=VALUE")
    words = parser.parse_args()
    more = {name: value for name, _, value in (setting.partition("=") for setting in words.set)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(words.folder or name)
        print(machine(), flush=True)
        if words.what == "forest":
            bench_forest(folder, more)
        else:
            bench_log(words.events, folder, [run.split(":") for run in words.runs], more)


def bench_log(events: int, folder: Path, runs: Sequence[Sequence[str]], more: dict[str, str]) -> None:
    """Prints a table: what one machine takes, and what clusters take for the same rows."""
    dates = "2024-07-01..2024-09-01/1mo"
    _shell(f"{CHURNKIT} simulate --customers {TRAINING_CUSTOMERS} --seed 1 -o small.csv", folder)
    _shell(f"{CHURNKIT} featurize -q --as-of {dates} --horizon 30d -o train.csv small.csv", folder)
    _shell(f"{CHURNKIT} fit -q --model logistic -o model.json train.csv", folder)
    _shell(f"{CHURNKIT} simulate --customers {events // EVENTS_PER_CUSTOMER} -o log.csv", folder)
    events = pl.scan_csv(folder / "log.csv").select(pl.len()).collect().item()
    print(
        "| what | CPU s | s | events/CPU s | rows | largest difference | shuffle MB |\n|---|---|---|---|---|---|---|"
    )
    used = _shell(f"{CHURNKIT} featurize -q --like model.json --as-of {AS_OF} -o now.csv log.csv", folder)
    score = _shell(f"{CHURNKIT} score -q -o scores.csv model.json now.csv", folder)
    expected = {
        "features": pl.read_csv(
            folder / "now.csv", schema_overrides={"customer_id": pl.String}, infer_schema_length=None
        ),
        "pipeline": pl.read_csv(folder / "scores.csv", schema_overrides={"customer_id": pl.String}),
    }
    rows = len(expected["pipeline"])
    _line("featurize", *used, events, rows, 0.0, 0.0)
    _line("score", *score, events, rows, 0.0, 0.0)
    query = _export("pipeline", "duckdb", folder)
    with duckdb.connect() as database:
        database.execute(f"CREATE VIEW events AS FROM read_csv('{folder / 'log.csv'}')")
        with _timed() as used:
            database.execute(f"COPY ({query}) TO '{folder / 'duckdb.parquet'}'")
    worst = _difference(pl.read_parquet(folder / "duckdb.parquet"), expected["pipeline"], True)
    _line("DuckDB, pipeline", *used, events, rows, worst, 0.0)
    for what, workers in runs:
        on_spark(what, int(workers), events, folder, expected[what], more)


def on_spark(
    what: str, workers: int, events: int, folder: Path, expected: pl.DataFrame, more: dict[str, str]
) -> None:
    """Prints what a cluster takes to create a table: of the features, or of the scores of a pipeline."""
    name = f"{what}_{workers}"
    query = _export(what, "spark", folder, "--into", name)
    with spark.cluster(folder, f"local-cluster[{workers},1,1536]", **_settings(more)) as session:
        session.sql(VIEW.format(folder / "log.csv"))
        session.sql("SELECT COUNT(*) FROM RANGE(10)").collect()
        at = time.perf_counter(), _cpu_of_java()
        session.sql(query)
        used = [_cpu_of_java() - at[1], time.perf_counter() - at[0]]
        shuffled = _shuffled(session)
    found = pl.read_parquet(folder / "warehouse" / name / "*.parquet")
    worst = _difference(found, expected, what == "pipeline")
    _line(f"Spark, {what}, {workers} workers", *used, events, len(found), worst, shuffled)


def _export(what: str, dialect: str, folder: Path, *more: str) -> str:
    words = [f"--{what}", "--as-of", AS_OF, "--dialect", dialect, *more, "-o", "out.sql", "model.json"]
    _shell(f"{CHURNKIT} export -q {' '.join(words)}", folder)
    return (folder / "out.sql").read_text()


def bench_forest(folder: Path, more: dict[str, str], rows: int = 1_000_000) -> None:
    """Prints what 200 trees of depth 4 cost on a table of features."""
    rng = np.random.default_rng(1)
    matrix = rng.gamma(2, 10, (rows, len(COLUMNS)))
    matrix[rng.random(matrix.shape) < 0.02] = np.nan
    table = {column.name: matrix[:, place] for place, column in enumerate(COLUMNS)}
    pl.DataFrame({"id": np.arange(rows), **table}).write_parquet(folder / "rows.parquet")
    model = model_of("xgboost", COLUMNS)
    parameters = BoostedParameters(-2.0, one_hot(COLUMNS), full(200, 4))
    model = replace(model, fitted=replace(model.fitted, parameters=parameters))
    with _timed() as used:
        expected = model.fitted.probability(matrix)
    print("| what | CPU s | s |\n|---|---|---|")
    print(f"| score | {used[0]:.0f} | {used[1]:.0f} |")
    query = sql_of(model, "spark", table=f"parquet.`{folder / 'rows.parquet'}`")
    with spark.cluster(folder, "local-cluster[1,1,1536]", **_settings(more)) as session:
        session.sql("SELECT COUNT(*) FROM RANGE(10)").collect()
        for title, text in (("a row", query.replace("ORDER BY", "LIMIT 1 --")), ("all rows", query)):
            at = time.perf_counter(), _cpu_of_java()
            session.sql(text).write.mode("overwrite").parquet(str(folder / "out.parquet"))
            print(
                f"| Spark, {title} | {_cpu_of_java() - at[1]:.0f} | {time.perf_counter() - at[0]:.0f} |",
                flush=True,
            )
    found = pl.read_parquet(folder / "out.parquet" / "*.parquet").sort(pl.col("id").cast(pl.Int64))
    print(f"largest difference {np.abs(found['churn_probability'].to_numpy() - expected).max():.1e}")


def _settings(more: dict[str, str]) -> dict[str, str]:
    """No settings of the tests that only help short queries."""
    return {
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC",
        "spark.executor.extraJavaOptions": "-XX:+UseSerialGC",
        "spark.executor.memory": "1536m",
        **more,
    }


@contextmanager
def _timed() -> Iterator[list[float]]:
    """CPU seconds of this process, and seconds."""
    used: list[float] = []
    at = time.process_time(), time.perf_counter()
    yield used
    used += [time.process_time() - at[0], time.perf_counter() - at[1]]


def _shell(line: str, folder: Path) -> list[float]:
    """CPU seconds of a command, and seconds."""
    at = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(line, shell=True, cwd=folder, check=True)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - at[0].ru_utime - at[0].ru_stime
    return [cpu, time.perf_counter() - at[1]]


def _cpu_of_java() -> float:
    """CPU seconds so far of the processes below this one: the driver of Spark, and its workers."""
    parents, ticks = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
        ticks[int(stat.parent.name)] = int(fields[11]) + int(fields[12])

    def is_below(process: int) -> bool:
        while process in parents:
            process = parents[process]
            if process == os.getpid():
                return True
        return False

    return sum(spent for process, spent in ticks.items() if is_below(process)) / TICKS


def _shuffled(session: Any) -> float:
    """MB written to shuffle files."""
    executors = session.sparkContext._jsc.sc().statusStore().executorList(False)
    return sum(executors.apply(place).totalShuffleWrite() for place in range(executors.size())) / 1e6


def _difference(found: pl.DataFrame, expected: pl.DataFrame, is_absolute: bool) -> float:
    """The largest difference of a number, relative if it is a feature's; rows and empty values must be equal."""
    keys = ["customer_id", "as_of"]
    found, expected = (
        frame.with_columns(pl.col(keys).cast(pl.String)).sort(keys) for frame in (found, expected)
    )
    assert found.select(keys).equals(expected.select(keys)), "other rows"
    worst = 0.0
    for name in expected.columns:
        if name in keys:
            continue
        one, other = found[name], expected[name]
        if other.dtype == pl.String:
            assert one.fill_null("").equals(other.fill_null("")), name
            continue
        one, other = one.cast(pl.Float64), other.cast(pl.Float64)
        assert one.is_null().equals(other.is_null()), name
        size = 1.0 if is_absolute else other.abs().clip(1.0)
        worst = max(worst, float(((one - other).abs() / size).max() or 0.0))
    return worst


def _line(
    what: str, cpu: float, seconds: float, events: int, rows: int, worst: float, shuffled: float
) -> None:
    print(
        f"| {what} | {cpu:.1f} | {seconds:.1f} | {events / cpu:,.0f} | {rows:,} | {worst:.0e} | {shuffled:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
    sys.exit()
