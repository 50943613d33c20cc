"""Rows become a matrix, and columns have histograms and typical values."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models.columns import (
    CATEGORY,
    NUMBER,
    Column,
    TrainingRows,
    check_histogram,
    encode_rows,
    histogram,
    rows_to_matrix,
    typical_value,
)
from churnkit.models.model_schema import NumberFeature
from tests.models.fitted import REFUSALS

COLUMNS = [Column("x", NUMBER), Column("plan", CATEGORY, ("a", "b"))]
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"x": st.none() | st.floats(-1e9, 1e9), "plan": st.sampled_from(["a", "b", "new", "", None])}
    ),
    min_size=1,
    max_size=20,
)


@pytest.mark.parametrize(
    ("categories", "true"),
    [(("No", "Yes"), "Yes"), (("False", "True"), "True"), (("T", "F"), "T"), (("no", "yes", "maybe"), None)],
)
def test_true_and_false_mean_a_pair_of_words_such_as_yes_and_no(
    categories: tuple[str, ...], true: str | None
) -> None:
    column = Column("is_open", CATEGORY, categories)
    expected = (
        [column.code(true), float(column.other), float("nan")] if true else [column.other] * 2 + [np.nan]
    )
    rows: list[dict[str, object]] = [{"is_open": word} for word in ("true", "new", None)]
    table = pl.DataFrame(rows, schema={"is_open": pl.String})
    for matrix in (encode_rows(table, [column]), rows_to_matrix(rows, [column])):
        assert np.array_equal(matrix[:, 0], expected, equal_nan=True)


@given(RECORDS)
def test_a_table_and_single_rows_become_the_same_matrix(records: list[dict[str, object]]) -> None:
    table = pl.DataFrame(records, schema={"x": pl.Float64, "plan": pl.String})
    expected = [
        [np.nan if r["x"] is None else r["x"], {"a": 0, "b": 1, None: np.nan}.get(r["plan"], 2)]  # type: ignore[call-overload]
        for r in records
    ]
    for matrix in (encode_rows(table, COLUMNS), rows_to_matrix(records, COLUMNS)):
        assert np.array_equal(matrix, np.array(expected, dtype=float), equal_nan=True)


@given(st.lists(st.integers(-5, 5).map(float) | st.just(float("nan")), min_size=1, max_size=60))
def test_a_histogram_of_numbers_is_that_of_numpy_between_its_edges(numbers: list[float]) -> None:
    values = np.array(numbers)
    known = values[~np.isnan(values)]
    counts = histogram(COLUMNS[0], values)
    assert counts["missing"] == len(values) - len(known)
    if len(known):
        inside, _ = np.histogram(known, [-np.inf, *counts["edges"], np.inf])
        assert counts["rows"] == inside.tolist()
        assert counts["mean"] == pytest.approx(known.mean())
        assert counts["limits"] == [known.min(), known.max()]
        quartiles = [sorted(known)[k * (len(known) - 1) // 4] for k in (1, 3)]
        assert counts["quartiles"] == quartiles
    assert check_histogram(counts, None) == counts


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, float("nan")]), min_size=1, max_size=30))
def test_a_histogram_of_a_category_counts_each_others_and_missing(codes: list[float]) -> None:
    counts = histogram(COLUMNS[1], np.array(codes))
    assert counts == {
        "rows": [codes.count(code) for code in (0, 1, 2)],
        "missing": sum(c != c for c in codes),
    }
    assert check_histogram(counts, 2) == counts


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30))
def test_the_typical_number_is_the_lower_median(numbers: list[float]) -> None:
    assert typical_value(COLUMNS[0], np.array([*numbers, np.nan])) == sorted(numbers)[(len(numbers) - 1) // 2]


def test_the_typical_category_is_the_most_frequent_known_one() -> None:
    assert typical_value(COLUMNS[1], np.array([1.0, 1.0, 0.0, 2.0, 2.0, 2.0, np.nan])) == "b"
    assert typical_value(COLUMNS[1], np.array([np.nan])) is None


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"edges": [1.0], "rows": [3], "missing": 0},
        {"edges": [2.0, 1.0], "rows": [1, 1, 1], "missing": 0},
        {"edges": [], "rows": [-1], "missing": 0},
        {"edges": [], "rows": [1], "missing": 0, "quartiles": [1]},
        {"edges": [], "rows": [True], "missing": 0},
    ],
    ids=["nothing", "bins", "order", "below 0", "quartiles", "not a number"],
)
def test_an_invalid_histogram_is_refused(broken: object) -> None:
    feature = json.dumps({"type": "number", "name": "x", "histogram": broken})
    with pytest.raises(REFUSALS, match="histogram"):
        msgspec.json.decode(feature, type=NumberFeature)


def test_a_sample_has_each_row_at_most_once_in_order() -> None:
    rows = TrainingRows(
        COLUMNS[:1], np.arange(50.0)[:, None], np.arange(50) % 2.0, np.arange(50), np.ones(50)
    )
    drawn = rows.sample(20, 3)
    assert len(set(drawn.groups.tolist())) == 20
    assert drawn.groups.tolist() == sorted(drawn.groups.tolist()) == drawn.matrix[:, 0].tolist()
    assert rows.sample(50, 3) is rows


def test_the_base_rate_uses_the_weights() -> None:
    rows = TrainingRows([], np.empty((3, 0)), np.array([1.0, 0, 0]), np.arange(3), np.array([2.0, 0.5, 0.5]))
    assert rows.base_rate == pytest.approx(2 / 3)
