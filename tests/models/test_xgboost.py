"""Boosted trees agree with XGBoost, to the accuracy of its floats."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.models import encoding as designs
from churnkit.models import xgboost
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from tests.models.fitted import (
    REFUSALS,
    near_borders,
    read_back,
    simulated,
    watch_first_argument,
)
from tests.models.trees_by_hand import shapley


def test_scores_and_contributions_of_numbers_are_those_of_xgboost_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import xgboost as library

    boosters = watch_first_argument(monkeypatch, xgboost, "forest_of")
    model = xgboost.fit(simulated(), {}, 0)
    peer_rows = library.DMatrix(designs.encode(model.design, near_borders()))
    margin = boosters[-1].predict(peer_rows, output_margin=True)
    assert xgboost.log_odds(model, near_borders()) == pytest.approx(margin, abs=2e-5)
    numbers = xgboost.fit(simulated().only([0, 2]), {}, 0)
    rows = near_borders()[:, [0, 2]]
    theirs = boosters[-1].predict(library.DMatrix(rows.astype(np.float32)), pred_contribs=True)
    base, added = xgboost.contributions(numbers, rows)
    assert base == pytest.approx(theirs[0, -1], abs=2e-5)
    assert added == pytest.approx(theirs[:, :-1], abs=1e-4)


def test_contributions_are_shapley_values_of_whole_categories() -> None:
    columns = [
        Column("x", NUMBER),
        Column("plan", CATEGORY, ("a", "b", "c")),
        Column("y", NUMBER),
        Column("town", CATEGORY, ("d", "e", "f", "g")),
    ]
    rng = np.random.default_rng(4)
    levels = [rng.random(600), rng.integers(0, 4, 600), rng.random(600), rng.integers(0, 5, 600)]
    matrix = np.column_stack(levels).astype(float)
    risk = np.where(matrix[:, 1] == 1, matrix[:, 0], np.where(matrix[:, 3] > 1, matrix[:, 2], 0.3))
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    truth = (rng.random(600) < risk).astype(float)
    data = TrainingRows(columns, matrix, truth, np.arange(600), np.ones(600))
    model = xgboost.fit(data, {"rounds": 48, "learning_rate": 0.3, "min_child_weight": 1.0}, 0)
    feature = [column.feature for column in model.design]
    unseen, missing = [0.5, 3, 0.1, 4], [np.nan] * 4
    chosen = np.vstack([unseen, missing, matrix[:6]])
    base, added = xgboost.contributions(model, chosen)
    assert len(model.forest.roots) == 48
    assert base + added.sum(axis=1) == pytest.approx(xgboost.log_odds(model, chosen), abs=1e-9)
    for row, of_row in zip(designs.encode(model.design, chosen), added, strict=True):
        assert of_row == pytest.approx(shapley(model.forest, feature, 4, row), abs=1e-9)


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
