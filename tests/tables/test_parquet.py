"""Parquet is read as the texts that CSV would contain, or is an error."""

from __future__ import annotations

import datetime
import io
import random
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.tables import parquet
from tests.shell import LIMIT_S


def test_values_equal_the_texts_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    noon = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    pl.DataFrame(
        {
            "id": ["00123", None, ""],
            "whole": [9_007_199_254_740_993, None, -1],
            "day": [datetime.date(2024, 5, 1), None, None],
            "at": pl.Series([noon, None, None]).cast(pl.Datetime("us", "UTC")),
            "tags": [["a", "é"], [], None],
        }
    ).write_parquet(path)
    assert parquet.texts(str(path)).rows() == [
        ("00123", "9007199254740993", "2024-05-01", "2024-05-01T10:00:00.000000Z", '["a", "\\u00e9"]'),
        (None, None, None, None, "[]"),
        (None, "-1", None, None, None),
    ]


def test_a_file_with_the_ending_of_parquet_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(ChurnkitError, match="not a Parquet file; if it is CSV, use --from csv"):
        parquet.texts(str(path))


def test_a_corrupt_file_gives_one_error_line(tmp_path: Path, shell_env: dict[str, str]) -> None:
    whole = io.BytesIO()
    pl.DataFrame({"customer_id": [f"c{k}" for k in range(200)], "x": [1.5] * 200}).write_parquet(whole)
    rng = random.Random(3)
    for k in range(120):
        data = bytearray(whole.getvalue())
        for _ in range(rng.choice([1, 2, 8])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        (tmp_path / f"{k}.parquet").write_bytes(data)
    script = (
        "import sys; from churnkit import cli\n"
        "for path in sys.argv[1:]: assert cli.run(['sample', '--rate', '0', '--no-header', path]) in (0, 2)\n"
    )
    paths = sorted(map(str, tmp_path.glob("*.parquet")))
    done = subprocess.run(
        [sys.executable, "-c", script, *paths], env=shell_env, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert done.returncode <= 0  # the library itself may abort; then nothing has been written
    lines = done.stderr.splitlines()
    assert len(lines) > 20
    assert {line.split(":")[0] for line in lines} == {"churnkit sample"}
