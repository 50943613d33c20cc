"""Expected losses and their interval, against a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.evaluation.expected_loss import ExpectedLoss


def test_sums_and_variances_are_those_of_many_simulations() -> None:
    rng = np.random.default_rng(2)
    probability, value = rng.random(200), rng.random(200) * 100
    losses = ExpectedLoss()
    losses.add(probability[:50], value[:50])
    losses.add(probability[50:], value[50:])
    leaves = rng.random((20_000, 200)) < probability
    assert losses.churned == pytest.approx(leaves.sum(axis=1).mean(), rel=0.01)
    assert losses.churned_variance == pytest.approx(leaves.sum(axis=1).var(), rel=0.05)
    assert losses.loss == pytest.approx((leaves * value).sum(axis=1).mean(), rel=0.01)
    assert losses.loss_variance == pytest.approx((leaves * value).sum(axis=1).var(), rel=0.05)


def test_a_customer_of_unknown_value_is_counted_without_a_loss() -> None:
    losses = ExpectedLoss()
    losses.add(np.array([0.5, 0.5]), np.array([10.0, np.nan]))
    assert (losses.rows, losses.unknown, losses.churned, losses.loss) == (2, 1, 1.0, 5.0)
