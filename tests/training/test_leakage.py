"""A test that is too good names the fewest columns that are enough for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from churnkit.models.columns import NUMBER, Column, TrainingRows
from churnkit.training import fitting
from churnkit.training.baselines import report_test
from churnkit.training.leakage import TooGood, find_too_good

ROWS = 900


def _found(matrix: np.ndarray, truth: np.ndarray) -> tuple[TooGood | None, Any]:
    columns = [Column(f"x{k}", NUMBER) for k in range(matrix.shape[1])]
    data = TrainingRows(columns, matrix, truth, np.arange(len(truth)), np.ones(len(truth)))
    test = fitting.score_test_rows("logistic", data, None, lambda _: {}, 0)
    report = report_test(test, data, 0)
    return find_too_good(data, report, 0), report


def test_two_columns_that_hold_the_outcome_together_are_named() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(ROWS, 5))
    matrix[:, 3] = rng.integers(1, 8, ROWS)
    matrix[:, 1] = matrix[:, 3] + rng.integers(0, 10, ROWS)
    found, report = _found(matrix, (matrix[:, 1] - matrix[:, 3] >= 5).astype(float))
    assert report.best_column.auc < 0.95
    assert found is not None
    assert sorted(found.columns) == ["x1", "x3"]
    assert found.auc > 0.95


def test_one_column_that_is_too_good_is_named() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, ROWS).astype(float)
    matrix = np.column_stack([rng.normal(size=ROWS), truth + rng.normal(0, 0.38, ROWS)])
    found, report = _found(matrix, truth)
    assert 0.95 < report.best_column.auc < 0.99  # below what is left out as a leak
    assert found == TooGood(["x1"], report.best_column.auc)


def test_an_honest_result_raises_no_suspicion() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(ROWS, 4))
    truth = (rng.random(ROWS) < 1 / (1 + np.exp(-2 * matrix.sum(axis=1)))).astype(float)
    found, report = _found(matrix, truth)
    assert report.figures["auc"] > 0.85
    assert found is None


def test_a_strong_result_that_many_columns_carry_is_no_leak() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(ROWS, 30))
    truth = (matrix.sum(axis=1) > 0).astype(float)
    found, report = _found(matrix, truth)
    assert report.figures["auc"] > 0.98
    assert found is None
