"""The calibration error without chance: what a perfect score shows, and how often the interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.evaluation import metrics
from churnkit.evaluation.calibration_error import calibration_error
from tests.scored import simulated


def test_the_chance_is_the_mean_error_of_outcomes_drawn_from_the_probabilities() -> None:
    _, said = simulated(400, 1)
    rng = np.random.default_rng(2)
    drawn = [metrics.figures((rng.random(400) < said).astype(float), said)["ece"] for _ in range(500)]
    truth = (rng.random(400) < said).astype(float)
    assert calibration_error(truth, said).chance == pytest.approx(np.mean(drawn), rel=0.05)


@pytest.mark.parametrize("off", [0.0, 0.05])
def test_the_interval_holds_the_true_error_in_nine_of_ten_repetitions(off: float) -> None:
    held, corrected, plain = 0, [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        said = rng.beta(1, 4, 800) * 0.9
        truth = (rng.random(800) < said + off).astype(float)
        found = calibration_error(truth, said)
        held += found.low - 1e-6 <= off <= found.high
        corrected.append(found.corrected)
        plain.append(metrics.figures(truth, said)["ece"])
    assert held >= 36
    assert abs(np.mean(corrected) - off) < abs(np.mean(plain) - off)


def test_repeated_rows_of_customers_promise_no_smaller_error() -> None:
    truth, said = simulated(300, 3)
    once = calibration_error(truth, said)
    thrice = calibration_error(np.tile(truth, 3), np.tile(said, 3), np.tile(np.arange(300), 3))
    assert thrice.high == pytest.approx(once.high, rel=0.1)
    assert thrice.chance == pytest.approx(once.chance, rel=0.1)


def test_a_weight_counts_as_rows_for_the_corrected_figure() -> None:
    truth, said = simulated(5_000, 4)
    said = said / 2  # far from right, so that chance adds little
    times = np.random.default_rng(0).integers(1, 4, 5_000)
    weighted = calibration_error(truth, said, weights=times.astype(float))
    repeated = calibration_error(truth.repeat(times), said.repeat(times))
    assert weighted.corrected == pytest.approx(repeated.corrected, rel=0.02)


def test_certain_probabilities_that_are_wrong_have_an_error_and_no_chance() -> None:
    found = calibration_error(np.array([1.0, 0, 0, 0]), np.zeros(4))
    assert found.chance == 0
    assert 0 < found.low < 0.1  # a perfect score that says 0 is never wrong
    assert found.corrected == pytest.approx(0.25, abs=0.1)
    assert 0.25 <= found.high <= 1


def test_a_score_calibrated_on_these_rows_is_not_told_as_certainly_right() -> None:
    said = np.repeat([0.1, 0.3], 100)
    truth = np.concatenate([np.arange(100) < 10, np.arange(100) < 30]).astype(float)
    found = calibration_error(truth, said)
    assert (found.corrected, found.low) == (0, 0)
    assert found.high > 0.02
