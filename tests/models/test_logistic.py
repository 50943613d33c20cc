"""A logistic regression is that of scikit-learn, as a sum of curves, one per feature."""

from __future__ import annotations

import math
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models import curves, logistic, pairs
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from churnkit.models.pairs import Pair
from tests.models.fitted import REFUSALS, fitted, read_back, simulated


def test_logistic_scores_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(3)
    matrix = rng.integers(0, 2, (600, 4)).astype(float)  # of 0 and 1, nothing is bent or clipped
    truth = (rng.random(600) < 1 / (1 + np.exp(1 - matrix @ [2, -1, 0.5, 0]))).astype(float)
    columns = [Column(name, NUMBER) for name in "abcd"]
    model = logistic.fit(
        TrainingRows(columns, matrix, truth, np.arange(600), np.ones(600)), {"strength": 0.1}, 0
    )
    scaled = StandardScaler().fit_transform(matrix)
    theirs = LogisticRegression(C=0.1, tol=1e-8).fit(scaled, truth).decision_function(scaled)
    assert logistic.log_odds(model, matrix) == pytest.approx(theirs, abs=1e-4)


def test_levels_and_missing_are_the_weights_of_columns_of_zero_and_one() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(5)
    codes = rng.choice([0.0, 1.0, 2.0, np.nan], 900)
    odds = np.where(np.isnan(codes), 1.0, codes - 1)
    truth = (rng.random(900) < 1 / (1 + np.exp(-odds))).astype(float)
    data = TrainingRows(
        [Column("plan", CATEGORY, ("a", "b", "c"))], codes[:, None], truth, np.arange(900), np.ones(900)
    )
    model = logistic.fit(data, {"strength": 1.0}, 0)
    hot = np.column_stack([codes == 0, codes == 1, codes == 2, np.isnan(codes)]).astype(float)
    peer = LogisticRegression(C=1.0, tol=1e-8).fit(hot, truth)
    assert logistic.log_odds(model, codes[:, None]) == pytest.approx(peer.decision_function(hot), abs=1e-3)


def _one_number(x: np.ndarray, odds: np.ndarray, seed: int) -> TrainingRows:
    truth = (np.random.default_rng(seed).random(len(x)) < 1 / (1 + np.exp(-odds))).astype(float)
    return TrainingRows([Column("x", NUMBER)], x[:, None], truth, np.arange(len(x)), np.ones(len(x)))


def test_a_number_that_bends_follows_the_truth() -> None:
    x = np.random.default_rng(1).uniform(20, 70, 8_000).round()
    truth = 0.004 * (x - 45) ** 2 - 1
    model = logistic.fit(_one_number(x, truth, 2), {"strength": 1.0}, 0)
    grid = np.arange(22.0, 69.0)
    told = logistic.log_odds(model, grid[:, None])
    assert model.curves[0].points
    assert told == pytest.approx(0.004 * (grid - 45) ** 2 - 1, abs=0.3)
    assert abs(grid[told.argmin()] - 45) <= 6


def test_a_frequent_value_has_a_step_of_its_own() -> None:
    rng = np.random.default_rng(3)
    x = np.where(rng.random(6_000) < 0.4, 0.0, rng.uniform(1, 50, 6_000))
    model = logistic.fit(_one_number(x, np.where(x == 0, 1.0, -1.0), 4), {"strength": 1.0}, 0)
    at_zero, beside, far = logistic.log_odds(model, np.array([[0.0], [1.2], [40.0]]))
    assert at_zero - beside == pytest.approx(2, abs=0.4)
    assert beside == pytest.approx(far, abs=0.3)


def test_a_number_straight_on_a_logarithm_is_like_it_without_a_logarithm_in_the_model() -> None:
    u = np.random.default_rng(6).uniform(0, 9, 3_000)
    data = _one_number(np.expm1(u), u - 4, 7)
    model = logistic.fit(data, {"strength": 10.0}, 0)
    grid = np.linspace(0.5, 8.5, 50)
    told = logistic.log_odds(model, np.expm1(grid)[:, None])
    assert model.curves[0].transform == curves.LINEAR
    assert np.abs(told - (grid - 4)).mean() < 0.4


@pytest.mark.parametrize(("option", "sign"), [("rising", 1), ("falling", -1)])
@given(seed=st.integers(0, 10_000), steps=st.booleans())
def test_a_curve_that_may_only_rise_or_fall_does(option: str, sign: int, seed: int, steps: bool) -> None:
    rng = np.random.default_rng(seed)
    x = rng.gamma(1, 20, 400)
    x = np.where(rng.random(400) < 0.4, 0.0, x) if steps else x
    wave = 2 * np.sin(x / rng.uniform(3, 20)) + rng.normal() * x / 20
    model = logistic.fit(_one_number(x, wave, seed), {option: ["x"], "strength": 10.0}, 0)
    grid = np.sort(np.concatenate([np.linspace(-10, 200, 500), x]))
    assert (sign * np.diff(logistic.log_odds(model, grid[:, None])) >= 0).all()


def test_a_direction_that_the_rows_follow_changes_nothing() -> None:
    data = simulated(800)
    free = logistic.fit(data, {"strength": 1.0}, 0)
    bound = logistic.fit(data, {"strength": 1.0, "rising": ["x"]}, 0)
    rows = data.matrix[~np.isnan(data.matrix[:, 0])]
    assert (np.diff(logistic.contributions(free, rows[np.argsort(rows[:, 0])])[1][:, 0]) >= 0).all()
    assert logistic.log_odds(bound, rows) == pytest.approx(logistic.log_odds(free, rows), abs=1e-4)


def test_a_model_is_the_same_in_sql_with_plus_times_and_comparisons() -> None:
    rng = np.random.default_rng(8)
    x = np.where(rng.random(5_000) < 0.3, 0.0, rng.gamma(1, 30, 5_000).round(2))
    model = logistic.fit(_one_number(x, np.sin(x / 20) * 2, 9), {}, 0)
    at, added = model.curves[0].points or ((), ())
    cases = "".join(
        f" WHEN x < {b!r}::DOUBLE THEN {p!r}::DOUBLE + {(q - p) / (b - a)!r}::DOUBLE * (x - {a!r}::DOUBLE)"
        for a, b, p, q in zip(at[1:-1], at[2:], added[1:-1], added[2:], strict=True)
    )
    first = f"WHEN x < {at[1]!r}::DOUBLE THEN {added[0]!r}::DOUBLE + {(added[1] - added[0]) / (at[1] - at[0])!r}::DOUBLE * (greatest(x, {at[0]!r}::DOUBLE) - {at[0]!r}::DOUBLE)"
    grid = pd.DataFrame({"x": np.concatenate([x[:300], at, np.linspace(-5, 400, 300)])})
    sql = f"SELECT {model.base!r}::DOUBLE + CASE {first}{cases} ELSE {added[-1]!r}::DOUBLE END FROM grid"
    theirs = np.array(duckdb.sql(sql).fetchall())[:, 0]
    assert np.abs(theirs - logistic.log_odds(model, grid.to_numpy())).max() < 1e-12


def test_the_mean_contribution_of_each_feature_is_zero() -> None:
    data = simulated(800)
    base, added = logistic.contributions(logistic.fit(data, {}, 0), data.matrix)
    assert added.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert math.isfinite(base)


def test_a_category_without_training_rows_adds_zero() -> None:
    model = logistic.fit(simulated(), {}, 0)
    assert logistic.contributions(model, np.array([[0.5, 2.0, 1.0]]))[1][0, 1] == 0.0


def test_a_value_beyond_the_training_range_counts_as_its_end() -> None:
    model = logistic.fit(simulated(), {}, 0)
    far, end = (logistic.log_odds(model, np.array([[0.5, 1.0, y]]))[0] for y in (1e9, 1e6))
    assert far == end


@pytest.mark.parametrize(
    ("place", "field", "value", "words"),
    [
        (0, "scale", 0.0, r"> 0.0 - at `\$.curves\[0\].scale"),
        (0, "transform", "square", "square"),
        (0, "weight", None, r"curves\[0\], the curve of 'x': has no weight"),
        (0, "weight", math.nan, "malformed"),
        (0, "weight", math.inf, "malformed"),
        (0, "weight", 1e300, r"curves\[0\].weight"),
        (0, "low", 1e9, "its low is above its high"),
        (1, "levels", [0.1], r"curves\[1\], the curve of 'plan': must have 3 levels"),
        (2, "values", [1.0, 3.0, 2.0], r"curves\[2\], the curve of 'y': its values do not ascend"),
        (2, "values", [1.0, 1.0, 2.0], "its values do not ascend"),
        (2, "values", [1.0, 2.0], "at least two and equally many"),
        (2, "values", None, "at least two and equally many"),
        (2, "contributions", [0.1, math.nan, 0.2], "malformed"),
        (2, "missing", None, "missing"),
    ],
)
def test_invalid_parameters_are_refused(place: int, field: str, value: object, words: str) -> None:
    line = curves.Curve(low=0.0, high=1.0, weight=1.0)
    bent = curves.Curve(points=((0.0, 1.0, 5.0), (0.1, -0.1, 0.3)))
    model = logistic.LogisticParameters(0.1, (line, curves.Curve(levels=(0.1, 0.2, 0.0)), bent), 1.0)
    plain = logistic.to_plain(model)
    assert read_back("logistic", plain) == model
    plain["curves"][place][field] = value
    with pytest.raises(REFUSALS, match=words):
        read_back("logistic", plain)


def test_the_model_file_is_of_version_2_if_a_number_bends_and_3_if_there_are_pairs() -> None:
    line, bent = curves.Curve(), curves.Curve(points=((0.0, 1.0), (0.0, 1.0)))
    pair = Pair(0, 1, (0.0, 1.0), (0.0, 1.0), ((0.0, 1.0), (1.0, 0.0)), 0.0)
    versions = [
        logistic.format_of(logistic.LogisticParameters(0.0, both, 1.0, pairs))
        for both, pairs in (((line, line), ()), ((line, bent), ()), ((line, line), (pair,)))
    ]
    assert versions == [1, 2, 3]


def test_what_two_features_add_together_is_shared_as_shapley_values_are() -> None:
    model, row = fitted("logistic"), np.array([[0.3, 1.0, 40.0]])
    pair = model.pairs[0]
    only = replace(model, pairs=(pair,), curves=(curves.Curve(),) * 3)
    together = float(pairs.contribution(pair, row)[0])
    alone = 0.0  # its mean is 0 along either feature, so one of the two says nothing
    share = ((together - alone) + (alone - 0)) / 2  # the mean over the two orders
    assert logistic.contributions(only, row)[1][0, [pair.first, pair.second]] == pytest.approx(share)


def test_a_curve_for_each_column_is_needed() -> None:
    plain = logistic.to_plain(logistic.fit(simulated(), {"strength": 1.0}, 0))
    plain["curves"].pop()
    with pytest.raises(ValueError, match="has 2 curves, but there are 3 features"):
        read_back("logistic", plain)
