"""The regression returns the log-odds of the model that is made of it."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.models import logistic
from churnkit.models.columns import TrainingRows
from churnkit.models.curves import contribution
from churnkit.models.pairs import contribution as of_pair
from churnkit.models.regression import BLOCK_ROWS, add_pairs, prepare
from tests.models.fitted import COLUMNS, simulated


def test_the_log_odds_of_the_design_are_those_of_the_terms_with_missing_and_unseen_values() -> None:
    data = simulated()
    matrix = np.array([[0.5, 2.0, 1.0], [np.nan, 0.0, 3.0], [0.2, np.nan, np.nan], [1.0, 1.0, 1e9]])
    new = TrainingRows(COLUMNS, matrix, np.array([0.0, 1, 0, 1]), np.arange(4), np.ones(4))
    features = prepare(data, data, {})
    regression = add_pairs(features, data, next(features.fits(data, [1.0])), 5, {})
    assert regression.pairs
    (fitted,) = regression.fits(data, [1.0])
    base, curves, pairs = regression.terms(fitted)
    for rows in (new, data):
        terms = sum(contribution(curve, rows.matrix[:, k]) for k, curve in enumerate(curves))
        terms = base + terms + sum(of_pair(pair, rows.matrix) for pair in pairs)
        assert regression.log_odds(rows, [fitted])[0] == pytest.approx(terms, abs=1e-12)


def test_a_design_in_pieces_is_the_design_of_all_rows() -> None:
    data = simulated()
    many = data.part(np.arange(2 * BLOCK_ROWS) % len(data.truth))
    regression = prepare(data, data, {})
    again = np.arange(2 * BLOCK_ROWS) % len(data.truth)
    assert np.array_equal(regression.design(many), regression.design(data)[again])


def test_a_start_changes_no_solution() -> None:
    data = simulated()
    regression = prepare(data, data, {})
    (far,) = regression.fits(data, [10.0])
    solutions = [next(regression.fits(data, [0.1], start)) for start in (None, far)]
    assert solutions[0] == pytest.approx(solutions[1], abs=1e-5)


def test_pairs_are_no_more_than_allowed() -> None:
    assert len(logistic.fit(simulated(), {"pairs": 1}, 0).pairs) == 1
    assert logistic.fit(simulated(), {}, 0).pairs == ()
