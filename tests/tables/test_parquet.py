"""Parquet is read as the texts that CSV would contain, or is an error."""

from __future__ import annotations

import datetime
import io
import os
import random
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.tables import parquet
from churnkit.tables.table import Reading, Table
from tests.shell import LIMIT_S


def _texts(path: Path, *names: str) -> pl.DataFrame:
    return pl.concat(rows for _, rows in parquet.open_table(str(path)).parts(names or None))


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
    assert _texts(path).rows() == [
        ("00123", "9007199254740993", "2024-05-01", "2024-05-01T10:00:00.000000Z", '["a", "\\u00e9"]'),
        (None, None, None, None, "[]"),
        (None, "-1", None, None, None),
    ]


def test_a_file_with_the_ending_of_parquet_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(ChurnkitError, match="not a Parquet file; if it is CSV, use --from csv"):
        parquet.open_table(str(path))


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


@pytest.fixture(scope="module")
def odd_types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a column per type that is no text, as DuckDB writes it."""
    import duckdb

    path = tmp_path_factory.mktemp("odd") / "t.parquet"
    duckdb.sql(f"""COPY (SELECT customer_id, i AS x, uuid() AS session, {{'u': customer_id}} AS parts,
        INTERVAL 3 DAY AS span, MAP {{'k': i}} AS map, [[i, 2], [3]] AS nested, '\\xFF'::BLOB AS bytes,
        'plain'::BLOB AS words, [i, 2] AS list, INTERVAL 5 HOUR AS other
        FROM (SELECT i, ('00000000-0000-4000-8000-00000000000' || i)::UUID AS customer_id FROM range(3) r(i))
        ORDER BY i) TO '{path}'""")
    return path


def test_a_uuid_is_its_text(odd_types: Path) -> None:
    import duckdb

    rows = _texts(odd_types, "customer_id", "session", "parts", "words", "list", "x")
    assert rows["customer_id"].to_list() == [f"00000000-0000-4000-8000-00000000000{i}" for i in range(3)]
    assert rows["session"].to_list() == [
        row[0] for row in duckdb.sql(f"SELECT session::TEXT FROM '{odd_types}'").fetchall()
    ]
    assert rows["parts"][1] == '{"u": "00000000-0000-4000-8000-000000000001"}'
    assert (rows["words"][0], rows["list"][0], rows["x"].to_list()) == ("plain", "[0, 2]", ["0", "1", "2"])


@pytest.mark.parametrize(
    ("column", "type_"),
    [("span", "an INTERVAL"), ("other", "an INTERVAL"), ("map", "a MAP"), ("nested", "a nested list"), ("bytes", "binary")],
)  # fmt: skip
def test_a_column_that_has_no_text_is_an_error_only_where_it_is_needed(
    odd_types: Path, column: str, type_: str
) -> None:
    words = rf"t\.parquet: column '{column}': {type_} .*cannot be read; cast it to text"
    with pytest.raises(ChurnkitError, match=words):
        Table([str(odd_types)], Reading()).whole({"customer_id": "id", column: "text"})
    rows, _ = Table([str(odd_types)], Reading()).whole({"customer_id": "id", "x": "number"})
    assert rows["x"].to_list() == [0, 1, 2]
    with pytest.raises(ChurnkitError, match="'span'"):
        Table([str(odd_types)], Reading()).whole()


def test_only_the_needed_columns_are_read_and_row_groups_are_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.parquet"
    rows = pl.DataFrame({"id": [f"c{k}" for k in range(100)], "x": range(100), "y": ["a"] * 100})
    rows.write_parquet(path, row_group_size=10)
    monkeypatch.setattr(parquet, "READ_ROWS", 25)
    parts = list(parquet.open_table(str(path)).parts({"x", "id"}))
    assert [(line, part.height) for line, part in parts] == [(1, 20), (21, 20), (41, 20), (61, 20), (81, 20)]
    monkeypatch.setattr(parquet, "READ_ROWS", 30)  # three row groups are just as many
    lines = [line for line, _ in parquet.open_table(str(path)).parts({"x"})]
    assert lines == [1, 31, 61, 91]
    monkeypatch.setattr(parquet, "PART_ROWS", 20)  # what is read at once is used in parts
    smaller = [(line, part.height) for line, part in parquet.open_table(str(path)).parts({"x"})]
    assert smaller == [(1, 20), (21, 10), (31, 20), (51, 10), (61, 20), (81, 10), (91, 10)]
    assert pl.concat(part for _, part in parts).equals(rows.select("id", pl.col("x").cast(pl.String)))
    monkeypatch.setattr(parquet, "MOST_ROWS", 7)
    again = list(parquet.open_table(str(path)).parts())
    assert pl.concat(part for _, part in again).equals(rows.cast(pl.String))


def test_times_and_numbers_of_a_typed_file_are_those_of_their_texts(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    moments = pl.Series(
        [datetime.datetime(2024, 5, 1, 12, 0, 0, 5), datetime.datetime(1969, 12, 31, 23), None]
    )
    typed = pl.DataFrame(
        {
            **{f"t_{unit}": moments.cast(pl.Datetime(unit)) for unit in ("ms", "us", "ns")},  # type: ignore[arg-type]
            "beside": pl.Series([-1, 1_999, None]).cast(pl.Datetime("ns")),  # a nanosecond before 1970
            "day": moments.cast(pl.Date),
            "utc": moments.dt.replace_time_zone("Asia/Tokyo"),
            "x": [0.1, None, -1e300],
            "k": [2**62, None, -3],
            "f": pl.Series([0.1, None, 2.5], dtype=pl.Float32),
        }
    )
    typed.write_parquet(path)
    (line_and_texts,) = parquet.open_table(str(path)).parts()
    line_and_texts[1].write_csv(tmp_path / "t.csv")
    kinds = {name: "number" if name in ("x", "k", "f") else "time or empty" for name in typed.columns}
    found, expected = (Table([str(p)], Reading()).whole(kinds)[0] for p in (path, tmp_path / "t.csv"))
    assert found.equals(expected)


@pytest.mark.parametrize("bad", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_none_is_refused_with_its_row_as_it_would_be_in_csv(
    tmp_path: Path, bad: float
) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"x": [1.5, None, bad]}).write_parquet(path)
    (_, texts), *_ = parquet.open_table(str(path)).parts()
    texts.write_csv(tmp_path / "t.csv")
    errors = []
    for table in (path, tmp_path / "t.csv"):
        with pytest.raises(ChurnkitError) as raised:
            Table([str(table)], Reading()).whole({"x": "number"})
        errors.append(str(raised.value).partition(": column")[2])
    assert errors[0] == errors[1] != ""


def test_the_last_microsecond_of_the_year_9999_is_a_time_and_the_next_one_is_read_as_its_text(
    tmp_path: Path,
) -> None:
    path, end = tmp_path / "t.parquet", 253_402_300_800_000_000
    for instant, is_typed in ((end - 1, True), (end, False)):
        pl.DataFrame({"t": pl.Series([instant]).cast(pl.Datetime("us"))}).write_parquet(path)
        ((_, rows),) = parquet.open_table(str(path)).parts(typed={"t": pl.Datetime("us")})
        assert (rows["t"].dtype == pl.Datetime("us")) == is_typed


def test_a_full_disk_is_the_error_of_the_disk() -> None:
    class _Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    parts = iter([pl.DataFrame({"x": [1, 2]})])
    with pytest.raises(OSError, match="No space left on device"):
        parquet.write_parts(parts, {"x": pl.Int64()}, {}, _Full())


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.parquet"
    os.mkfifo(pipe)
    with pytest.raises(ChurnkitError, match=r"pipe\.parquet: Parquet is read from a file, not from a pipe"):
        parquet.open_table(str(pipe))
    with pytest.raises(ChurnkitError, match="standard input: Parquet is read from a file"):
        parquet.open_table("-")


def test_the_columns_of_a_parquet_file_have_names_already(tmp_path: Path) -> None:
    pl.DataFrame({"x": [1]}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(ChurnkitError, match=r"t.parquet: --columns is for CSV without a header"):
        Table([str(tmp_path / "t.parquet")], Reading(columns=("a",)))
