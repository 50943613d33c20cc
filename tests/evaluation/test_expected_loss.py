"""Expected losses and their interval, against a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.evaluation.expected_loss import ExpectedLoss, model_error, past_outcomes
from churnkit.evaluation.outcomes import earned_ends


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
    losses.add(np.array([0.5, 0.5, 0.5]), np.array([np.nan, np.nan, 10.0]))
    losses.add(np.array([0.5]), np.array([10.0]))
    assert (losses.rows, losses.unknown, losses.churned, losses.loss) == (6, 3, 3.0, 15.0)
    assert losses.sentence.endswith("; 3 without a value")


def test_the_error_of_the_model_widens_both_intervals() -> None:
    probability, value = np.full(1_000, 0.1), np.full(1_000, 20.0)
    by_chance, by_both = ExpectedLoss(), ExpectedLoss(0.2)
    for losses in (by_chance, by_both):
        losses.add(probability, value)
    chance, both = 1.959964 * 90**0.5, 1.959964 * (90 + (0.2 * 100) ** 2) ** 0.5
    assert (
        f"expected to leave: 100.0 of 1,000 ({100 - chance:.1f} to {100 + chance:.1f});" in by_chance.sentence
    )
    assert f"expected to leave: 100.0 of 1,000 ({100 - both:.1f} to {100 + both:.1f});" in by_both.sentence
    assert f"({20 * (100 - both):,.2f} to {20 * (100 + both):,.2f})" in by_both.sentence
    assert "chance alone" in by_chance.sentence
    assert "the error of the model" in by_both.sentence


@pytest.mark.parametrize(
    ("ratio", "low", "high", "error"),
    [(1.0, 0.804, 1.196, 0.1), (1.5, 1.4, 1.6, 0.5), (0.5, 0.4, 0.6, 0.5), (None, 0.8, 1.2, None)],
)
def test_the_error_of_a_model_is_its_standard_error_or_its_miss(
    ratio: float | None, low: float, high: float, error: float | None
) -> None:
    metrics = {f"observed_over_expected{end}": v for end, v in (("", ratio), ("_low", low), ("_high", high))}
    assert model_error(metrics) == (None if error is None else pytest.approx(error, abs=1e-3))


@pytest.mark.parametrize("has_money", [True, False])
def test_after_a_backtest_the_intervals_are_those_that_its_dates_earned(has_money: bool) -> None:
    dates = [
        {"as_of": f"2024-0{k}-01", "expected": 100.0 + k, "observed": 90.0 + 4 * k, "chance_sd": 9.0}
        for k in range(1, 6)
    ]
    if has_money:
        dates = [
            {**date, "expected_loss": 1000.0, "observed_loss": 1300.0, "chance_sd_loss": 20.0}
            for date in dates
        ]
    past = past_outcomes(dates)
    assert past is not None
    losses = ExpectedLoss(0.2, past)
    losses.add(np.full(1_000, 0.1), np.full(1_000, 20.0))
    customers = earned_ends(100.0, 90.0, past.customers)
    money = earned_ends(2000.0, 36_000.0, past.money if has_money else past.customers)
    assert f"({customers.low:,.1f} to {customers.high:,.1f})" in losses.sentence
    assert f"({money.low:,.2f} to {money.high:,.2f})" in losses.sentence
    assert "the errors of the newest 5 dates of a backtest" in losses.sentence
    assert ("had no values" in losses.sentence) is not has_money


def test_a_model_without_a_history_has_no_past() -> None:
    assert past_outcomes(None) is None
