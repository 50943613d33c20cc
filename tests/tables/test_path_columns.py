"""The date in a name and the folders of a path are columns of all rows of a FILE."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from churnkit.errors import ChurnkitError
from churnkit.tables import path_columns
from churnkit.tables.table import Reading, Table


@pytest.mark.parametrize(
    ("name", "pattern", "date"),
    [
        ("2023.csv", "%Y.csv", "2023-01-01"),
        ("2023.csv.gz", "%Y.csv", "2023-01-01"),
        ("a/b/at_2024-05.jsonl", "at_%Y-%m.jsonl", "2024-05-01"),
        ("x20240531.parquet", "x%Y%m%d.parquet", "2024-05-31"),
        ("2024-05-31T06.csv", "%Y-%m-%dT%H.csv", "2024-05-31T06:00:00"),
    ],
)
def test_the_date_in_a_name_is_read_and_missing_parts_are_the_first(
    name: str, pattern: str, date: str
) -> None:
    assert path_columns.date_of_name(name, pattern) == date


def test_folders_are_columns_of_the_path_alone() -> None:
    path = "lake/year=2024/plan=a%20b/city=__HIVE_DEFAULT_PARTITION__/x=1.csv"
    assert path_columns.hive_columns(path) == {"year": "2024", "plan": "a b", "city": None}


def test_each_file_has_its_own_values(tmp_path: Path) -> None:
    paths = []
    for year, text in (("2023", b"id,x\na,1\nb,2\n"), ("2024", gzip.compress(b"x,id\n3,a\n"))):
        folder = tmp_path / f"region={year[-1]}"
        folder.mkdir()
        path = folder / f"{year}.csv{'.gz' if text[:1] != b'i' else ''}"
        path.write_bytes(text)
        paths.append(str(path))
    table = Table(paths, Reading(as_of_name="%Y.csv", is_hive=True))
    assert table.names == ["id", "x", "as_of", "region"]
    rows, _ = table.whole({"id": "id", "x": "number", "as_of": "time", "region": "text"})
    assert [(row[0], row[1], row[3]) for row in rows.rows()] == [("a", 1, "3"), ("b", 2, "3"), ("a", 3, "4")]
    assert rows["as_of"].is_sorted()
    assert rows["as_of"].n_unique() == 2


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("2023.csv", "id,as_of\na,2023-01-01\n", "the table has a column 'as_of'"),
        ("jan.csv", "id\na\n", "'%Y.csv' does not fit the name 'jan.csv'"),
    ],
)
def test_what_cannot_be_added_is_an_error(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ChurnkitError, match=words):
        Table([str(tmp_path / name)], Reading(as_of_name="%Y.csv"))
    with pytest.raises(ChurnkitError, match="--hive needs a folder"):
        path_columns.columns_of_path(name, None, True)
    with pytest.raises(ChurnkitError, match="standard input has no name"):
        path_columns.columns_of_path("-", "%Y.csv", False)
