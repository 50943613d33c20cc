"""Trees get numbers unchanged, and a category as its rank by churn rate or as columns of 0 and 1."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pandas as pd
import pytest

from churnkit.models import encoding
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from churnkit.models.encoding import Design, DesignFile, EncodedColumn
from tests.models.fitted import REFUSALS

PLANS = Column("plan", CATEGORY, ("a", "b", "c"))
COLUMNS = [Column("x", NUMBER), PLANS]
CODES = np.array([0, 1, 2, 3, np.nan])  # 3: an unknown category
MATRIX = np.column_stack([[0.1, np.nan, -2, 1e300, 5], CODES])


def test_one_hot_columns_are_the_dummies_of_pandas() -> None:
    encoded = encoding.encode(encoding.one_hot(COLUMNS), MATRIX)
    words = pd.Categorical([PLANS.categories[int(c)] if c < 3 else None for c in CODES], PLANS.categories)
    dummies = pd.get_dummies(words, dtype=float).to_numpy(copy=True)
    dummies[np.isnan(CODES)] = np.nan  # unknown is missing, another category is none of them
    assert np.array_equal(encoded[:, 1:], dummies, equal_nan=True)


def test_a_row_is_encoded_to_the_same_bits_whatever_other_rows_there_are() -> None:
    design = encoding.one_hot(COLUMNS)
    many = encoding.encode(design, np.tile(MATRIX, (9, 1)))
    assert many.tobytes() == np.tile(encoding.encode(design, MATRIX), (9, 1)).tobytes()


def test_numbers_are_float32_and_limited_to_its_largest_for_a_library() -> None:
    design = encoding.one_hot(COLUMNS[:1])
    encoded = encoding.encode(design, MATRIX)[:, 0]
    assert encoded.tolist()[:1] == [np.float32(0.1)]
    assert (np.isnan(encoded[1]), np.isinf(encoded[3])) == (True, True)
    assert encoding.encode_for_fit(design, MATRIX)[3, 0] == np.finfo(np.float32).max


def _rated(codes: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> tuple[float, ...]:
    rows = TrainingRows([PLANS], codes[:, None], truth, np.arange(len(truth)), weights)
    return encoding.encode_by_rate(rows)[0].lookup


def test_a_category_is_its_rank_by_smoothed_churn_rate() -> None:
    rng = np.random.default_rng(0)
    codes = rng.choice([0.0, 1.0, 2.0], 600, p=[0.5, 0.48, 0.02])
    truth = (rng.random(600) < np.array([0.5, 0.2, 0.9])[codes.astype(int)]).astype(float)
    weights = rng.uniform(0.5, 1.5, 600)
    table = pd.DataFrame({"code": codes, "left": truth * weights, "rows": weights}).groupby("code").sum()
    rates = (table["left"] + 10 * np.average(truth, weights=weights)) / (table["rows"] + 10)
    lookup = _rated(codes, truth, weights)
    assert np.argsort(lookup[:3]).tolist() == np.argsort(rates.to_numpy()).tolist()
    assert sorted(lookup) == [0, 1, 2, 3]


def test_a_category_of_few_rows_is_not_at_an_end() -> None:
    codes = np.array([0.0] * 100 + [1.0] * 100 + [2.0])
    truth = np.array([1.0] * 60 + [0.0] * 40 + [1.0] * 20 + [0.0] * 80 + [1.0])
    lookup = _rated(codes, truth, np.ones(201))
    assert lookup[1] < lookup[2] < lookup[0]


def test_contributions_are_added_up_by_feature() -> None:
    design = encoding.one_hot(COLUMNS)
    added = np.arange(8.0).reshape(2, 4)
    assert encoding.sum_by_feature(design, added, 2).tolist() == [[0, 1 + 2 + 3], [4, 5 + 6 + 7]]


def test_directions_are_those_of_the_named_numbers() -> None:
    design = encoding.one_hot([*COLUMNS, Column("y", NUMBER)])
    settings = {"rising": ("x",), "falling": ("y",)}
    columns = [*COLUMNS, Column("y", NUMBER)]
    assert encoding.directions(design, columns, settings) == [1, 0, 0, 0, -1]


def _read(plain: object) -> Design:
    return encoding.check_design(msgspec.json.decode(json.dumps(plain), type=DesignFile), COLUMNS)


def test_a_design_reads_back_from_its_json() -> None:
    design = (EncodedColumn(0), EncodedColumn(1, (2.0, 0.0, 1.0, 3.0)))
    assert _read(encoding.to_plain(design)) == design


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ([], "length >= 1"),
        ([{}], "`feature`"),
        ([{"feature": -1}], "feature"),
        ([{"feature": 0}, {"feature": 2}], r"design\[1\].feature: 2, but there are 2 features"),
        ([{"feature": 1, "lookup": [1.0]}], r"design\[0\].lookup: should have 4 numbers"),
        ([{"feature": 0, "lookup": [1.0]}], r"design\[0\].lookup: should have 0 numbers"),
    ],
    ids=["no column", "no feature", "below 0", "missing", "too few", "lookup of a number"],
)
def test_a_design_that_does_not_fit_the_columns_is_refused(plain: object, words: str) -> None:
    with pytest.raises(REFUSALS, match=words):
        _read(plain)
