"""Boosted trees agree with XGBoost, to the accuracy of its floats."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.models import encoding as designs
from churnkit.models import xgboost
from tests.models.fitted import (
    COLUMNS,
    REFUSALS,
    near_borders,
    read_back,
    simulated,
    watch_first_argument,
)


def test_xgboost_scores_and_contributions_are_those_of_xgboost_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import xgboost as library

    boosters = watch_first_argument(monkeypatch, xgboost, "forest_of")
    model = xgboost.fit(simulated(), {}, 0)
    peer_rows = library.DMatrix(designs.encode(model.design, near_borders()))
    margin = boosters[-1].predict(peer_rows, output_margin=True)
    assert xgboost.log_odds(model, near_borders()) == pytest.approx(margin, abs=2e-5)
    theirs = boosters[-1].predict(peer_rows, pred_contribs=True)
    base, added = xgboost.contributions(model, near_borders())
    assert base == pytest.approx(theirs[0, -1], abs=2e-5)
    by_column = designs.sum_by_feature(model.design, theirs[:, :-1].astype(float), len(COLUMNS))
    assert added == pytest.approx(by_column, abs=1e-4)


def test_a_higher_value_of_a_rising_column_never_lowers_the_log_odds() -> None:
    data = simulated().only([0, 2])
    model = xgboost.fit(data, {"rising": ("x",), "falling": ("y",), "learning_rate": 0.3}, 0)
    steps = np.linspace(-1, 2, 60)
    for y in (0.5, 9.0, 40.0):
        moved = xgboost.log_odds(model, np.column_stack([steps, np.full(60, y)]))
        assert (np.diff(moved) >= -1e-9).all()
    moved = xgboost.log_odds(model, np.column_stack([np.full(60, 0.5), 50 * steps]))
    assert (np.diff(moved) <= 1e-9).all()
    assert moved[0] > moved[-1]


def test_random_settings_are_valid_for_xgboost() -> None:
    rng = np.random.default_rng(0)
    for drawn in (xgboost.draw_settings(rng) for _ in range(50)):
        assert drawn.keys() <= xgboost.DEFAULTS.keys()
        assert all(value > 0 for value in drawn.values())
        assert max(drawn["subsample"], drawn["colsample_bytree"]) <= 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("offset", None, "offset"), ("design", [], "design"), ("offset", 1e9, "offset")],
)
def test_invalid_parameters_are_refused(field: str, value: object, words: str) -> None:
    plain = xgboost.to_plain(xgboost.fit(simulated(60), {"max_depth": 1}, 0))
    with pytest.raises(REFUSALS, match=words):
        read_back("xgboost", {**plain, field: value})
