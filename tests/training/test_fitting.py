"""A model is tested on unseen rows, and calibrated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from churnkit.evaluation.splits import Split
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from churnkit.training import fitting


def _default_settings(_: TrainingRows) -> dict[str, Any]:
    return {}


def _data(rows: int = 1_500) -> TrainingRows:
    rng = np.random.default_rng(4)
    matrix = np.column_stack([rng.normal(size=rows), rng.integers(0, 3, rows), rng.normal(size=rows)]).astype(
        float
    )
    odds = np.exp(1.5 * matrix[:, 0] + (matrix[:, 1] == 2) - 1)
    truth = (rng.random(rows) < odds / (1 + odds)).astype(float)
    columns = [Column("x", NUMBER), Column("plan", CATEGORY, ("a", "b", "c")), Column("noise", NUMBER)]
    return TrainingRows(columns, matrix, truth, np.arange(rows) // 3, np.ones(rows))


@pytest.mark.parametrize("kind", ["logistic", "tree"])
def test_noise_is_not_predicted_from_rows_of_the_same_customer(kind: str) -> None:
    rng = np.random.default_rng(0)
    customers = np.repeat(np.arange(300), 5)
    own = rng.normal(size=300)[customers]
    truth = (rng.random(300) < 0.4)[customers].astype(float)
    data = TrainingRows([Column("own", NUMBER)], own[:, None], truth, customers, np.ones(1_500))
    test = fitting.score_test_rows(kind, data, None, _default_settings, 0)
    assert roc_auc_score(truth, test.probability) < 0.6


def test_the_probabilities_of_unseen_rows_add_up_to_the_number_that_churned() -> None:
    data = _data()
    test = fitting.score_test_rows("logistic", data, None, _default_settings, 0)
    assert test.probability.sum() == pytest.approx(data.truth.sum(), rel=0.05)
    assert roc_auc_score(data.truth, test.probability) > 0.75


def test_rows_outside_the_training_part_do_not_change_the_test_scores() -> None:
    data = _data()
    split = Split(np.arange(0, 900), np.arange(1_200, 1_500))
    flipped = data.truth.copy()
    flipped[900:1_200] = 1 - flipped[900:1_200]
    other = replace(data, truth=flipped)
    one, two = (fitting.score_test_rows("tree", d, split, _default_settings, 0) for d in (data, other))
    assert np.array_equal(one.probability, two.probability)
    assert one.rows.tolist() == split.test.tolist()


def test_the_same_seed_trains_the_same_model() -> None:
    data = _data(300)
    one, two = (fitting.score_test_rows("xgboost", data, None, _default_settings, 7) for _ in range(2))
    assert np.array_equal(one.probability, two.probability)


def test_settings_are_chosen_from_the_training_rows_only() -> None:
    data = _data(600)
    row_counts: list[int] = []

    def choose(train: TrainingRows) -> dict[str, Any]:
        row_counts.append(len(train.truth))
        return {"strength": 1.0}

    fitting.score_test_rows("logistic", data, None, choose, 0)
    assert row_counts == [480] * 5


def _all_alike(rows: int = 700) -> TrainingRows:
    """Churn where six columns are all above 0 or all below, which no tree of depth four can ask."""
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(rows, 6)) + rng.choice([-1.0, 1.0], size=rows)[:, None]
    truth = (np.abs(np.sign(matrix).sum(axis=1)) == 6).astype(float)
    columns = [Column(f"x{k}", NUMBER) for k in range(6)]
    return TrainingRows(columns, matrix, truth, np.arange(rows), np.ones(rows))


def test_the_shape_of_boosted_trees_is_the_one_that_other_folds_need() -> None:
    few_rounds = {"learning_rate": 0.3}  # a sixth of the time
    deep = fitting.score_test_rows("xgboost", _all_alike(), None, lambda _: few_rounds, 0)
    assert deep.folds
    assert deep.folds.settings["max_depth"] == 6
    shallow = fitting.score_test_rows("xgboost", _data(300), None, _default_settings, 0)
    assert shallow.folds
    assert "max_depth" not in shallow.folds.settings


def test_pairs_of_a_regression_enter_if_the_folds_gain_by_them() -> None:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(900, 4))
    columns = [Column(name, NUMBER) for name in "abcd"]
    chosen = []
    for together in (1.5, 0.0):
        odds = matrix[:, 0] + together * matrix[:, 1] * matrix[:, 2]
        truth = (rng.random(900) < 1 / (1 + np.exp(-odds))).astype(float)
        data = TrainingRows(columns, matrix, truth, np.arange(900), np.ones(900))
        test = fitting.score_test_rows("logistic", data, None, _default_settings, 0)
        model = fitting.refit("logistic", data, test, {}, 0)
        chosen.append([(pair.first, pair.second) for pair in model.pairs])
    assert chosen == [[(1, 2)], []]


def test_the_progress_counts_folds() -> None:
    steps: list[tuple[str, int, int]] = []
    fitting.score_test_rows("tree", _data(300), None, _default_settings, 0, lambda *step: steps.append(step))
    assert steps[:5] == [("tree: fold", done, 5) for done in range(1, 6)]


def test_the_test_of_noise_is_not_cut_off_at_chance() -> None:
    aucs = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 120).astype(float)
        data = TrainingRows(
            [Column("x", NUMBER)], rng.normal(size=(120, 1)), truth, np.arange(120), np.ones(120)
        )
        test = fitting.score_test_rows("tree", data, None, _default_settings, 0)
        aucs.append(float(roc_auc_score(truth, test.probability)))
    assert min(aucs) < 0.45
    assert np.mean(aucs) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("kind", ["logistic", "xgboost"])
def test_folds_of_an_earlier_model_change_nothing(kind: str) -> None:
    data = _data(400)
    splits = [Split(np.arange(end), np.arange(end, end + 100)) for end in (200, 300)]
    train = data.part(splits[1].train)
    _, earlier = fitting.fit_untested(kind, train, splits[0], {}, 0)
    assert earlier is not None
    assert earlier.are_of(train, train.folds(fitting.CALIBRATION_FOLDS, 0))
    with_them, alone = (
        fitting.fit_untested(kind, data, splits[1], {}, 0, each)[0] for each in (earlier, None)
    )
    assert np.array_equal(with_them.log_odds(data.matrix), alone.log_odds(data.matrix))


def test_folds_of_other_rows_are_not_those_of_these_rows() -> None:
    data = _data(200)
    other = replace(data, matrix=data.matrix[:, ::-1].copy())
    folds = fitting.SimplestFolds(data, data.folds(3, 0))
    assert not folds.are_of(other, other.folds(3, 0))
    assert not folds.are_of(data, data.folds(3, 1))
