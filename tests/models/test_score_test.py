"""A score test says what a likelihood ratio would say, on the scale of a normal number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from churnkit.models.columns import NUMBER, Column, TrainingRows
from churnkit.models.score_test import ScoreTest, standard_score


@pytest.mark.parametrize("freedom", [1, 4, 8, 12])
@pytest.mark.parametrize("chance", [0.05, 0.0003])
def test_a_chi_square_becomes_the_normal_number_that_is_as_rare(freedom: int, chance: float) -> None:
    rare = standard_score(chi2.isf(chance, freedom), freedom)
    assert rare == pytest.approx(norm.isf(chance), abs=0.1)


def test_a_column_is_tested_beside_the_others() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=3_000)
    truth = (rng.random(3_000) < 1 / (1 + np.exp(-x))).astype(float)
    data = TrainingRows([Column("x", NUMBER)], x[:, None], truth, np.arange(3_000), np.ones(3_000))
    twin, other = (x + rng.normal(size=3_000) / 100)[:, None], rng.normal(size=(3_000, 1))
    without = ScoreTest.of(data, other, np.zeros(3_000))
    beside = ScoreTest.of(data, x[:, None], x)
    assert without.standard_score(twin) > 10
    assert beside.standard_score(twin) < 3
    assert beside.standard_score(np.column_stack([x, 2 * x])) == -np.inf
