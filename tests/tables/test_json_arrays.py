"""A row per element of a JSON array: the rows that pandas makes of the same objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables.table import Reading, Table

SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from(["x", "y z", 'a"b', "é"])
OBJECTS = st.dictionaries(st.sampled_from(["sku", "price", "of.old"]), SCALARS, max_size=3)
ARRAYS = st.lists(st.none() | st.lists(OBJECTS, max_size=3), min_size=1, max_size=6)
KINDS = {"id": "id", "items": "text", "items.sku": "text", "items.price": "text", "items.of.old": "text"}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _written(folder: Path, ending: str, arrays: list[Any]) -> str:
    """A table with an array in each row: JSON text in CSV, an array in JSON Lines."""
    path = folder / f"in.{ending}"
    ids = [f"c{place}" for place in range(len(arrays))]
    if ending == "csv":
        texts = [None if array is None else json.dumps(array) for array in arrays]
        pl.DataFrame({"id": ids, "items": pl.Series(texts, dtype=pl.String)}).write_csv(path)
    else:
        lines = (json.dumps({"id": id_, "items": array}) for id_, array in zip(ids, arrays, strict=True))
        path.write_text("\n".join(lines) + "\n")
    return str(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays=ARRAYS, ending=st.sampled_from(["csv", "jsonl"]))
def test_the_rows_are_those_of_pandas_without_the_empty_ones(
    tmp_path: Path, arrays: list[Any], ending: str
) -> None:
    table = Table([_written(tmp_path, ending, arrays)], explode="items")
    rows, _ = table.whole(KINDS)
    exploded = pd.DataFrame({"items": pd.Series(arrays, dtype=object)}).explode("items").dropna()
    expected = [
        (f"c{row}", None, *(_text(element.get(key)) for key in ("sku", "price", "of.old")))
        for row, element in zip(exploded.index, exploded["items"], strict=True)
    ]
    assert rows.rows() == expected
    assert table.odd.without_elements == sum(not array for array in arrays)


def test_an_element_that_is_no_object_is_the_column_itself(tmp_path: Path) -> None:
    array = [1.50, "x", None, True, [1, {"a": 2}], {"deep": {"er": "y"}}]
    table = Table([_written(tmp_path, "csv", [array])], explode="items")
    rows, _ = table.whole({"items": "text", "items.deep.er": "text"})
    assert rows["items"].to_list() == ["1.5", "x", None, "true", '[1,{"a":2}]', None]
    assert rows["items.deep.er"].to_list() == [*5 * [None], "y"]


def test_a_list_of_parquet_is_an_array(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    arrays = [[{"sku": "x", "price": 5}, {"sku": "y"}], [], None]
    pl.DataFrame({"id": ["a", "b", "c"], "items": arrays}).write_parquet(path)
    kinds = {"id": "id", "items.sku": "text", "items.price": "number"}
    rows, _ = Table([str(path)], explode="items").whole(kinds)
    assert rows.rows() == [("a", "x", 5), ("a", "y", None)]


def test_null_words_are_those_of_elements_too(tmp_path: Path) -> None:
    path = _written(tmp_path, "csv", [["NA", "x"], None])
    table = Table([path], Reading(null=("NA",)), explode="items")
    assert table.whole({"items": "text"})[0]["items"].to_list() == [None, "x"]


@pytest.mark.parametrize(
    ("array", "words"),
    [
        ("['x']", "is not a JSON array; SQL writes one with to_json(items), Python with json.dumps"),
        ("{x,y}", "'{x,y}' is not a JSON array"),
        ("5", "'5' is not a JSON array"),
        ('{"sku":1}', "is not a JSON array"),
        ("[" * 2000, "nested deeper"),
        ('[{"a.b":1,"a":{"b":2}}]', "the column 'items.a.b' appears twice"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_array_is_an_error_with_its_line(tmp_path: Path, array: str, words: str) -> None:
    path = tmp_path / "in.csv"
    pl.DataFrame({"id": ["a", "b"], "items": ["[]", array]}).write_csv(path)
    with pytest.raises(ChurnkitError) as error:
        Table([str(path)], explode="items").whole({"id": "id"})
    assert str(error.value).startswith(f"{path}:3: column 'items': ")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id":"b","items":{"sku":"x"}}', "an object, not an array: the row has a value in 'items.sku'"),
        ('{"id":"b","items":[{"sku":"x"}],"items.sku":"y"}', "the array has the key of another column"),
    ],
)
def test_an_object_beside_the_array_is_an_error(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(f'{{"id":"a","items":[{{"sku":"x"}}]}}\n{line}\n')
    with pytest.raises(ChurnkitError, match=f":2: column 'items': {words}"):
        Table([str(path)], explode="items").whole({"id": "id", "items.sku": "text"})


@pytest.mark.parametrize("name", ["in.csv", "in.jsonl"])
def test_a_column_that_no_row_has_cannot_be_exploded(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("id,items\na,[]\n" if name == "in.csv" else '{"id":"a","items":[]}\n')
    with pytest.raises(ChurnkitError, match="no column 'item'; did you mean 'items'"):
        Table([str(path)], explode="item").whole({"id": "id"})


def test_a_bad_element_skips_its_whole_line_once(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    good, bad = '[{"price":1},{"price":2}]', '[{"price":1},{"price":"x"},{"price":"y"}]'
    pl.DataFrame({"id": ["a", "b", "c", "d"], "items": [good, bad, "[1", good]}).write_csv(path)
    table = Table([str(path)], Reading(skip=True, rejects=str(tmp_path / "rejects.csv")), explode="items")
    rows, _ = table.whole({"id": "id", "items.price": "number"})
    assert rows.rows() == [("a", 1), ("a", 2), ("d", 1), ("d", 2)]
    rejects = pl.read_csv(tmp_path / "rejects.csv")
    assert rejects["line"].to_list() == [3, 4]
    lines = path.read_text().splitlines()
    assert rejects["row"].to_list() == lines[2:4]
