"""Scores from a database are compared with those of `score`, row by row."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit.export.reading import SCORE, largest_difference

SCORES = pl.DataFrame({"id": ["b", "a", "a"], "as_of": ["2024-01-01"] * 3, SCORE: [0.5, 0.2, 0.1]})


def test_the_order_of_the_rows_does_not_matter() -> None:
    moved = SCORES.reverse().with_columns(pl.col(SCORE) + 1e-13)
    assert largest_difference(SCORES, moved) == pytest.approx(1e-13, rel=1e-3)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (SCORES.with_columns(pl.Series(SCORE, [0.5, 0.2, 0.1001])), r"in 1 row, by up to 1\.0e-04"),
        (SCORES.with_columns(pl.Series(SCORE, [0.5, 0.2, float("nan")])), "in "),
        (SCORES.head(2), "other rows"),
        (SCORES.with_columns(pl.Series("id", ["b", "a", "c"])), "other rows"),
    ],
)
def test_a_difference_above_a_billionth_or_another_row_is_found(found: pl.DataFrame, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        largest_difference(SCORES, found)


def test_no_rows_do_not_differ() -> None:
    assert largest_difference(SCORES.head(0), SCORES.head(0)) == 0
