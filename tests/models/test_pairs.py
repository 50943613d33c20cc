"""A pair is a table of numbers, straight between its places."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import RegularGridInterpolator

from churnkit.models import logistic, pairs
from churnkit.models.curves import Curve
from churnkit.models.pairs import Pair
from tests.models.fitted import REFUSALS, read_back

TABLE = ((0.5, -1.0, 2.0), (0.0, 0.25, -0.5))
NUMBERS = Pair(0, 2, (1.0, 3.0), (-1.0, 0.0, 4.0), TABLE, 0.125, 0.3)
MIXED = replace(NUMBERS, first=1, second=2, first_values=(), table=(*TABLE, (0.1, 0.2, 0.3)))


def test_between_its_places_a_pair_is_straight_and_beyond_them_constant() -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.uniform(0, 4, 300), np.zeros(300), rng.uniform(-3, 6, 300)])
    peer = RegularGridInterpolator((NUMBERS.first_values, NUMBERS.second_values), np.array(TABLE))
    theirs = peer(np.column_stack([rows[:, 0].clip(1, 3), rows[:, 2].clip(-1, 4)]))
    assert pairs.contribution(NUMBERS, rows) == pytest.approx(theirs, abs=1e-12)


def test_a_category_has_a_row_of_its_own_and_a_missing_value_a_number_of_its_own() -> None:
    rows = np.array([[0, 0, -1.0], [0, 1, 2.0], [0, 2, 9.0], [0, np.nan, 1.0], [0, 1, np.nan]])
    assert pairs.contribution(MIXED, rows).tolist() == pytest.approx([0.5, -0.125, 0.3, 0.125, 0.125])


def test_a_pair_is_the_same_in_sql_with_plus_times_and_comparisons() -> None:
    rng = np.random.default_rng(1)
    grid = pd.DataFrame({"plan": rng.integers(0, 3, 400).astype(float), "y": rng.uniform(-3, 6, 400)})
    at = NUMBERS.second_values

    def along(row: tuple[float, ...]) -> str:
        steps = [
            f"WHEN y < {b} THEN {p} + (y - {a}::DOUBLE) / ({b} - {a}::DOUBLE) * ({q} - {p}::DOUBLE)"
            for a, b, p, q in zip(at, at[1:], row, row[1:], strict=False)
        ]
        return f"CASE WHEN y < {at[0]} THEN {row[0]} {' '.join(steps)} ELSE {row[-1]} END::DOUBLE"

    sql = " ".join(f"WHEN plan = {place} THEN {along(row)}" for place, row in enumerate(MIXED.table))
    theirs = np.array(duckdb.sql(f"SELECT CASE {sql} END FROM grid").fetchall(), dtype=float)[:, 0]
    rows = np.column_stack([np.zeros(400), grid.to_numpy()])
    assert np.abs(pairs.contribution(MIXED, rows) - theirs).max() < 1e-12


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("second", 3, r"pairs\[0\]: first and second must be two of the features"),
        ("second", 0, "first and second must be two of the features"),
        ("first", -1, "first"),
        ("second_values", [4.0, 0.0, 5.0], "at least two, ascending"),
        ("second_values", [], "at least two, ascending"),
        ("first_values", [1.0, 2.0], "a category has no values"),
        ("table", [[0.0, 1.0, 2.0]], "its table must have 3 rows of 3 numbers"),
        ("table", [[0.0], [1.0], [2.0]], "its table must have 3 rows of 3 numbers"),
        ("missing", None, "missing"),
        ("importance", -1.0, "importance"),
    ],
)
def test_invalid_pairs_are_refused(field: str, value: object, words: str) -> None:
    curves = (Curve(low=0.0, high=1.0), Curve(levels=(0.1, 0.2, 0.0)), Curve(low=0.0, high=1.0))
    model = logistic.LogisticParameters(0.1, curves, 1.0, (MIXED,))
    plain = logistic.to_plain(model)
    assert read_back("logistic", plain) == model
    plain["pairs"][0][field] = value
    with pytest.raises(REFUSALS, match=words):
        read_back("logistic", plain)
