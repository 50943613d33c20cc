"""A logistic regression is that of scikit-learn, as a sum of curves, one per feature."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnkit.models import logistic
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from tests.models.fitted import REFUSALS, read_back, simulated


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


@pytest.mark.parametrize(("transform", "x"), [(logistic.LINEAR, lambda u: 10 * u), (logistic.LOG, np.expm1)])
def test_a_number_gets_the_transform_that_makes_churn_linear(transform: str, x: object) -> None:
    rng = np.random.default_rng(6)
    u = rng.uniform(0, 9, 3_000)
    truth = (rng.random(3_000) < 1 / (1 + np.exp(4 - u))).astype(float)
    matrix = x(u)[:, None]  # type: ignore[operator]
    data = TrainingRows([Column("x", NUMBER)], matrix, truth, np.arange(3_000), np.ones(3_000))
    assert logistic.fit(data, {"strength": 1.0}, 0).curves[0].transform == transform


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
    ],
)
def test_invalid_parameters_are_refused(place: int, field: str, value: object, words: str) -> None:
    plain = logistic.to_plain(logistic.fit(simulated(), {"strength": 1.0}, 0))
    plain["curves"][place][field] = value
    with pytest.raises(REFUSALS, match=words):
        read_back("logistic", plain)


def test_a_curve_for_each_column_is_needed() -> None:
    plain = logistic.to_plain(logistic.fit(simulated(), {"strength": 1.0}, 0))
    plain["curves"].pop()
    with pytest.raises(ValueError, match="has 2 curves, but there are 3 features"):
        read_back("logistic", plain)
