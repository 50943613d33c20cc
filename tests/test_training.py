"""A model is tested on what it has not seen, calibrated, and compared with one column."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from churnkit import splitting, training
from churnkit.schema import CATEGORY, NUMBER, Column


def _data(rows: int = 1_500) -> training.Data:
    rng = np.random.default_rng(4)
    matrix = np.column_stack([rng.normal(size=rows), rng.integers(0, 3, rows), rng.normal(size=rows)]).astype(
        float
    )
    odds = np.exp(1.5 * matrix[:, 0] + (matrix[:, 1] == 2) - 1)
    truth = (rng.random(rows) < odds / (1 + odds)).astype(float)
    columns = [Column("x", NUMBER), Column("plan", CATEGORY, ("a", "b", "c")), Column("noise", NUMBER)]
    return training.Data(columns, matrix, truth, np.arange(rows) // 3)


@pytest.mark.parametrize("kind", ["logistic", "tree"])
def test_noise_is_not_predicted_from_rows_of_the_same_customer(kind: str) -> None:
    rng = np.random.default_rng(0)
    customers = np.repeat(np.arange(300), 5)
    own = rng.normal(size=300)[customers]
    truth = (rng.random(300) < 0.4)[customers].astype(float)
    data = training.Data([Column("own", NUMBER)], own[:, None], truth, customers)
    found = training.trained(kind, data, None, {}, 0)
    assert roc_auc_score(truth, found.probability) < 0.6


def test_probabilities_of_rows_not_seen_add_up_to_what_happened() -> None:
    data = _data()
    found = training.trained("logistic", data, None, {}, 0)
    assert found.probability.sum() == pytest.approx(data.truth.sum(), rel=0.05)
    assert roc_auc_score(data.truth, found.probability) > 0.75


def test_what_comes_after_the_train_rows_does_not_change_what_is_said_of_the_test_rows() -> None:
    data = _data()
    split = splitting.Split(np.arange(0, 900), np.arange(1_200, 1_500))
    flipped = data.truth.copy()
    flipped[900:1_200] = 1 - flipped[900:1_200]
    other = training.Data(data.columns, data.matrix, flipped, data.groups)
    one, two = (training.trained("tree", d, split, {}, 0) for d in (data, other))
    assert np.array_equal(one.probability, two.probability)
    assert one.tested.tolist() == split.test.tolist()


def test_the_best_single_column_is_found_by_its_own_ranking() -> None:
    data = _data()
    best = training.best_single_column(data, np.arange(len(data.truth)))
    auc = roc_auc_score(data.truth, data.matrix[:, 0])
    assert (best.column, best.auc) == ("x", pytest.approx(max(auc, 1 - auc)))


def test_the_same_seed_trains_the_same_model() -> None:
    data = _data(600)
    one, two = (training.trained("xgboost", data, None, {}, 7) for _ in range(2))
    assert np.array_equal(one.probability, two.probability)
