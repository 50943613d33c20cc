"""The pipes from and to databases in the topic `pipes` print what the commands print for the same rows in a file.

Postgres, which needs a server: tests/export/test_postgres.py.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.shell import lines_of_topic, run_bash

LOG = pl.DataFrame(
    {
        "customer_id": [f"{k % 20:05d}" for k in range(120)],
        "timestamp": [f"2024-0{1 + k % 5}-{1 + k * 7 % 28:02d} 10:00:0{k % 10}" for k in range(120)],
        "event": [("buy", "a, b", 'say "x"', "NULL")[k % 4] for k in range(120)],
        "amount": [None if k % 3 == 0 else k / 4 for k in range(120)],
    }
)


def _shell_of(program: str, how: str) -> str:
    """A PATH that ends with the folder of the Python that runs the tests; skips a test without the program."""
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}"
    if shutil.which(program, path=path) is None:
        pytest.skip(f"no {program}: {how}")
    return f"{Path(sys.executable).parent}"


def _run(script: str, folder: Path, env: dict[str, str], more: str) -> None:
    done = run_bash(
        f"set -eo pipefail; {script}", folder, {**env, "PATH": f"{env['PATH']}{os.pathsep}{more}"}
    )
    assert done.returncode == 0, done.stderr


def test_sqlite_is_both_ends_of_a_pipe(tmp_path: Path, warm_env: dict[str, str]) -> None:
    more = _shell_of("sqlite3", "apt-get install sqlite3")
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE events (customer_id text, timestamp text, event text, amount real)")
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", LOG.rows())
    _run(lines_of_topic("pipes", "SQLite"), tmp_path, warm_env, more)
    LOG.write_csv(tmp_path / "log.csv")
    _run("churnkit measure -q --inactive 30d log.csv > expected.csv", tmp_path, warm_env, more)
    expected = (tmp_path / "expected.csv").read_text()
    assert (tmp_path / "months.csv").read_text() == expected
    names, *rows = [tuple(line.split(",")) for line in expected.splitlines()]
    with sqlite3.connect(tmp_path / "shop.db") as database:
        found = database.execute("SELECT * FROM months")
        assert tuple(column[0] for column in found.description) == names
        assert found.fetchall() == rows


def test_duckdb_reads_lists_of_parquet_for_a_log(tmp_path: Path, warm_env: dict[str, str]) -> None:
    more = _shell_of("duckdb", "pip install duckdb-cli")
    (tmp_path / "orders").mkdir()
    items = [
        [{"sku": row["event"], "price": row["amount"]}] * (place % 3)
        for place, row in enumerate(LOG.iter_rows(named=True))
    ]
    orders = LOG.select("customer_id", pl.col("timestamp").str.to_datetime()).with_columns(
        pl.Series("items", items)
    )
    orders[:50].write_parquet(tmp_path / "orders" / "1.parquet")
    orders[50:].write_parquet(tmp_path / "orders" / "2.parquet")
    _run(lines_of_topic("pipes", "DuckDB over files"), tmp_path, warm_env, more)
    with (tmp_path / "orders.jsonl").open("w") as file:
        for row, array in zip(LOG.iter_rows(named=True), items, strict=True):
            record = {"customer_id": row["customer_id"], "timestamp": row["timestamp"], "items": array}
            file.write(json.dumps(record) + "\n")
    words = "--explode items --event items.sku --value items.price orders.jsonl"
    _run(f"churnkit events -q {words} > expected.csv", tmp_path, warm_env, more)
    assert (tmp_path / "log.csv").read_text() == (tmp_path / "expected.csv").read_text()
