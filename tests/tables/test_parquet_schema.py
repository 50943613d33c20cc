"""The footer of a Parquet file says what polars does not, or is refused."""

from __future__ import annotations

import contextlib
import io
import random
from pathlib import Path

import duckdb
import pytest

from churnkit.tables import parquet_schema


def _written(tmp_path: Path) -> bytes:
    path = tmp_path / "t.parquet"
    duckdb.sql(f"""COPY (SELECT 1 AS x, uuid() AS id, {{'u': uuid()}} AS parts, INTERVAL 3 DAY AS span,
        MAP {{'k': 1}} AS map, [1, 2] AS list, INTERVAL 1 DAY AS other) TO '{path}'""")
    return path.read_bytes()


def test_the_types_of_columns_are_those_that_were_written(tmp_path: Path) -> None:
    schema = parquet_schema.read_schema(io.BytesIO(_written(tmp_path)))
    intervals = {"span": "INTERVAL", "other": "INTERVAL"}
    assert schema.columns == {"id": "UUID", "parts": "UUID", "map": "MAP", **intervals}
    assert len(schema.patches) == 2 * len(intervals)


def test_a_footer_that_is_cut_or_altered_is_refused_or_read(tmp_path: Path) -> None:
    data = _written(tmp_path)
    length = int.from_bytes(data[-8:-4], "little")
    rng = random.Random(1)
    for _ in range(300):
        footer = bytearray(data[-8 - length : -8])
        for _ in range(rng.choice([1, 3])):
            footer[rng.randrange(length)] = rng.randrange(256)
        with contextlib.suppress(ValueError):
            parquet_schema.read_schema(io.BytesIO(data[: -8 - length] + bytes(footer) + data[-8:]))
    for size in range(1, 60, 7):
        with pytest.raises(ValueError, match=r"too short|no footer"):
            parquet_schema.read_schema(io.BytesIO(data[-size:] if size < 12 else data[:size]))


def test_the_ends_of_times_and_whole_numbers_are_those_of_all_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    duckdb.sql(f"""COPY (SELECT i AS x, -i AS y, i::INT AS small, i::DOUBLE AS number, i::VARCHAR AS word,
        IF(i < 5000, NULL, i) AS late, NULL::BIGINT AS nothing,
        make_timestamp(i * 1000000) AS at, {{'i': i}} AS part FROM range(9000) r(i))
        TO '{path}' (ROW_GROUP_SIZE 2048)""")
    with path.open("rb") as file:
        schema = parquet_schema.read_schema(file)
    assert len(schema.groups) > 1
    assert schema.ends == {
        "x": (0, 8999),
        "y": (-8999, 0),
        "at": (0, 8999_000_000),
    }  # of `late`, a row group without numbers says nothing
