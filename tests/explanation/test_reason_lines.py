"""Reasons made by columns are the records of the rows, byte for byte."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.arrays import Floats
from churnkit.explanation.reason_lines import reason_lines
from churnkit.explanation.reasons import ExplainedRows, reason_records, reasons_table
from churnkit.models.columns import CATEGORY, NUMBER, Column
from tests.texts import ANY_CHARACTER

COLUMNS = [
    Column("x", NUMBER, fill=3.0),
    Column('pl"an', CATEGORY, ("a", 'b"\n'), fill='b"\n'),
    Column("y", NUMBER, fill=None),
    Column("z", CATEGORY, ("é",), fill="é"),
]
NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 7.0, 2.0**53, 1e16, 1e22, 1e-5, 1e-7, 0.1, float("nan")]),
    st.floats(allow_infinity=False, allow_nan=False),
)
CODES = st.sampled_from([0.0, 1.0, 2.0, float("nan")])
TEXTS = st.one_of(
    st.none(), st.text(ANY_CHARACTER, max_size=5), st.sampled_from(["a,b", 'a"', "a\\", "\x01", "c01"])
)


def _rows(added: Floats, matrix: Floats, heads: list[pl.Series]) -> ExplainedRows:
    return ExplainedRows(heads, matrix, 1 / (1 + np.exp(-added.sum(axis=1))), -1.25, added)


def _written(added: Floats, matrix: Floats, heads: list[pl.Series], most: int) -> tuple[bytes, bytes]:
    """By columns, and record by record."""
    rows = _rows(added, matrix, heads)
    records = reason_records(COLUMNS, rows, most)
    lines = b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)
    return reason_lines(COLUMNS, rows, most), lines


ROW = st.tuples(
    st.tuples(TEXTS, TEXTS),
    st.tuples(NUMBERS, CODES, NUMBERS, CODES),
    st.lists(st.sampled_from([0.0, -0.0, 0.5, -0.5, 1e-9, -2e-5, 1.25]), min_size=4, max_size=4),
)


def _cells(record: dict[str, Any], most: int) -> list[Any]:
    """A record as a row of a table: values as text, and nothing where there are fewer reasons."""
    reasons, texts = record.pop("reasons"), ("feature", "value", "typical")
    blanks = [None] * 4 * (most - len(reasons))
    values = [[*(r[n] if r[n] is None else str(r[n]) for n in texts), r["contribution"]] for r in reasons]
    return [*record.values(), *chain.from_iterable(values), *blanks]


@given(st.lists(ROW, min_size=1, max_size=5), st.integers(0, 5))
def test_reasons_made_by_columns_are_the_records(rows: list[tuple[tuple[str, str], ...]], most: int) -> None:
    texts, values, added = (list(part) for part in zip(*rows, strict=True))
    heads = [
        pl.Series(name, [row[k] for row in texts], dtype=pl.String) for k, name in enumerate(("id", "as_of"))
    ]
    lines, records = _written(np.array(added), np.array(values, dtype=float), heads, most)
    assert lines == records
    explained = _rows(np.array(added), np.array(values, dtype=float), heads)
    table = reasons_table(COLUMNS, explained, most)
    assert table.columns[-1] == f"contribution_{most or len(COLUMNS)}"
    assert [list(row) for row in table.iter_rows()] == [
        _cells(record, most or len(COLUMNS)) for record in reason_records(COLUMNS, explained, most)
    ]


@pytest.mark.parametrize("head", [pl.Series("row", [1, 2]), pl.Series("base", ["a", "b"])])
def test_rows_without_an_id_are_numbered_and_a_field_is_written_once(head: pl.Series) -> None:
    lines, records = _written(np.eye(2, 4), np.zeros((2, 4)), [head], 2)
    assert lines == records


def test_no_rows_are_no_lines() -> None:
    assert _written(np.empty((0, 4)), np.empty((0, 4)), [], 3) == (b"", b"")
    table = reasons_table(COLUMNS, _rows(np.empty((0, 4)), np.empty((0, 4)), []), 1)
    assert table.dtypes == [pl.Float64, pl.Float64, pl.String, pl.String, pl.String, pl.Float64]
