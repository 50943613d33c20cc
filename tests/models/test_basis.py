"""Knots are values of the rows; the penalty is zero for changes of slope that are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models.basis import Basis, KnownNumbers, describe, ramps
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from churnkit.models.curves import contribution


def _described(values: np.ndarray, category: bool = False) -> Basis:
    column = Column("x", CATEGORY, ("a", "b")) if category else Column("x", NUMBER)
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, len(values)).astype(float)
    data = TrainingRows([column], values[:, None], truth, np.arange(len(values)), np.ones(len(values)))
    return describe(data)[0]


def test_few_values_are_knots_each() -> None:
    basis = _described(np.random.default_rng(1).choice([0.0, 1.0, 2.5, 7.0], 300))
    assert basis.knots.tolist() == [0.0, 1.0, 2.5, 7.0]
    assert not basis.is_step.any()


def test_a_frequent_value_is_between_two_steps_and_not_a_quantile() -> None:
    rng = np.random.default_rng(2)
    values = np.where(rng.random(2_000) < 0.6, 5.0, rng.uniform(0, 100, 2_000))
    basis = _described(values)
    steps = np.flatnonzero(basis.is_step)
    assert basis.knots[steps[0] + 1] == 5.0
    assert len(steps) == 2
    assert basis.knots[steps[1] + 1] == np.unique(values)[np.searchsorted(np.unique(values), 5.0) + 1]
    others = np.quantile(values[values != 5.0], np.arange(1, 9) / 9, method="lower")
    assert set(others) <= set(basis.knots)


@given(st.lists(st.integers(-3, 3), min_size=1), st.floats(0, 1))
def test_a_quantile_is_that_of_numpy(numbers: list[int], level: float) -> None:
    values = np.array([*numbers, np.nan], dtype=float)
    known = KnownNumbers.of(values)
    assert known.distinct[known.quantiles([level])] == np.quantile(numbers, level, method="lower")
    rows = np.where(known.distinct == known.distinct[0], 0, known.rows)  # without the smallest
    if rows.any():
        others = values[values > known.distinct[0]]
        assert known.distinct[known.quantiles([level], rows)] == np.quantile(others, level, method="lower")


def test_ramps_rise_between_two_knots() -> None:
    values = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 9.0])
    assert ramps(np.array([0.0, 2.0, 4.0]), values).tolist() == [
        [0, 0], [0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1]
    ]  # fmt: skip


@pytest.mark.parametrize("values", [
    np.random.default_rng(3).normal(size=500),
    np.random.default_rng(3).gamma(0.3, 99, 500),
    np.maximum(np.random.default_rng(3).normal(size=500), 0),
    np.random.default_rng(3).poisson(2, 500).astype(float),
], ids=["even", "skewed", "many zeros", "counts"])  # fmt: skip
def test_the_shape_without_bends_costs_what_one_weight_costs(values: np.ndarray) -> None:
    basis = _described(values).bent()
    weights = np.append(1.7 * basis.heights, 0.0)
    assert weights @ basis.penalty() @ weights == pytest.approx(1.7**2)
    assert np.linalg.eigvalsh(basis.penalty()).min() > 0


def test_the_curve_is_what_the_regression_columns_add() -> None:
    rng = np.random.default_rng(5)
    values = np.where(rng.random(400) < 0.2, np.nan, rng.gamma(1, 9, 400))
    for basis in (_described(values), _described(values).bent(), _described(values).bent().bounded(0)):
        design = np.empty((400, basis.width))
        basis.encode(values, design)
        weights = rng.normal(size=basis.width)
        means = design.mean(axis=0)
        curve = basis.curve(weights, means, np.full(basis.width, True))
        assert contribution(curve, values) == pytest.approx(design @ weights - means @ weights, abs=1e-9)


@pytest.mark.parametrize("values", [
    np.full(50, np.nan), np.append(np.full(40, 3.0), np.nan), np.array([1e308, -1e308, 0.0] * 20),
    np.array([0.0, 5e-324, 1.0] * 20), 1e15 + np.arange(60.0), np.append(np.zeros(59), 1e300),
], ids=["nothing", "one value", "huge", "tiny", "close", "one far away"])  # fmt: skip
def test_strange_numbers_have_finite_columns(values: np.ndarray) -> None:
    basis = _described(values)
    for each in (basis, basis.bent()) if basis.can_bend else (basis,):
        design = np.empty((len(values), each.width))
        each.encode(values, design)
        assert np.isfinite(design).all()
        assert np.isfinite(each.penalty()).all()
