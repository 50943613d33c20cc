"""Rows are not changed: a sample of all rows has the same bytes."""

from __future__ import annotations

import csv
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from churnkit.sampling.rows import SampleChoice
from tests.sampled import TABLES, fields, sampled, written


@given(TABLES, st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_a_rate_of_one_is_byte_identical_with_all_options(
    path: str, rows: list[tuple[str, str, str]], separator: str, quoting: Any
) -> None:
    data = written(rows, separator, quoting)
    size = len(rows)
    for choice in ({}, {"size": size}, {"by": "customer_id"}, {"by": "customer_id", "size": size},
                   {"stratify": "customer_id"}, {"stratify": "customer_id", "size": size}):  # fmt: skip
        assert sampled(path, data, **choice) == data


@given(TABLES, st.floats(0.05, 0.95), st.integers(0, 9), st.integers(0, 30))
def test_the_sample_is_the_same_with_and_without_reading_a_column(
    path: str, rows: list[tuple[str, str, str]], rate: float, seed: int, size: int
) -> None:
    data = written(rows)
    for choice in ({"rate": rate}, {"size": size}):
        unseen = fields(sampled(path, data, seed=seed, **choice))
        seen = fields(sampled(path, data, seed=seed, pseudonymize=("y",), key=b"k", **choice))
        assert [row[:2] for row in unseen] == [row[:2] for row in seen]


@given(TABLES, st.integers(0, 50), st.integers(0, 9))
def test_exactly_n_rows_are_kept_in_their_order(
    path: str, rows: list[tuple[str, str, str]], size: int, seed: int
) -> None:
    found = fields(sampled(path, written(rows), size=size, seed=seed))[1:]
    assert len(found) == min(size, len(rows))
    left = iter([list(row) for row in rows])
    assert all(row in left for row in found)


def test_the_deciding_column_is_the_first_of_the_read_columns() -> None:
    assert SampleChoice().columns == []
    assert SampleChoice(by="id", pseudonymize=("mail", "id")).columns == ["id", "mail", "id"]
