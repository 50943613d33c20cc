"""Rows that repeat share a fold, and are reported."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from churnkit.models.columns import NUMBER, Column, TrainingRows
from churnkit.training import fitting
from churnkit.training.baselines import report_test
from churnkit.training.repeats import find_repeats, first_equal_rows


def _rows(matrix: np.ndarray, truth: np.ndarray, groups: np.ndarray | None = None) -> TrainingRows:
    columns = [Column(f"x{k}", NUMBER) for k in range(matrix.shape[1])]
    groups = np.arange(len(truth)) if groups is None else groups
    return TrainingRows(columns, matrix, truth, groups, np.ones(len(truth)), first_equal_rows(matrix, truth))


def _noise(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.normal(size=(rows, 3)), rng.integers(0, 2, rows).astype(float)


def test_a_row_repeats_if_every_column_and_the_target_are_equal() -> None:
    matrix = np.arange(800.0).reshape(400, 2)
    matrix[0] = [0.0, np.nan]
    truth = (np.arange(400) % 2).astype(float)
    matrix[300:340], truth[300:340] = matrix[:40], truth[:40]
    matrix[300, 0] = -0.0
    truth[339] = 1 - truth[39]
    expected = np.arange(400)
    expected[300:339] = np.arange(39)
    assert first_equal_rows(matrix, truth).tolist() == expected.tolist()


def test_many_equal_rows_are_a_table_of_few_values() -> None:
    matrix, truth = np.arange(300.0)[:, None], np.arange(300) % 20 == 19
    matrix[:4] = -1  # more than 1 % of 300 rows
    matrix[10:13] = -2
    truth = truth.astype(float)
    expected = np.arange(300)
    expected[10:13] = 10
    assert first_equal_rows(matrix, truth).tolist() == expected.tolist()


def test_equal_rows_are_in_one_fold_without_the_other_rows_of_their_customers() -> None:
    matrix, truth = _noise(400)
    copies = np.arange(0, 400, 40)
    data = _rows(
        np.vstack([matrix, matrix[copies]]), np.concatenate([truth, truth[copies]]), np.arange(410) // 2
    )
    fold_of = np.empty(410, dtype=int)
    for number, split in enumerate(data.folds(5, 0)):
        fold_of[split.test] = number
    assert np.array_equal(fold_of[400:], fold_of[copies])
    pairs = fold_of[:400].reshape(-1, 2)
    assert (pairs[:, 0] == pairs[:, 1]).all()


def test_copies_do_not_make_noise_look_predictable() -> None:
    matrix, truth = (np.repeat(each, 3, axis=0) for each in _noise(200))
    data = _rows(matrix, truth)
    test = fitting.score_test_rows("tree", data, None, lambda _: {}, 0)
    honest = roc_auc_score(truth, test.probability)
    assert honest < 0.6
    without = TrainingRows(data.columns, matrix, truth, data.groups, data.weights)
    told = fitting.score_test_rows("tree", without, None, lambda _: {}, 0)
    assert roc_auc_score(truth, told.probability) > honest + 0.1


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_few_repeated_rows_are_only_counted(share: float) -> None:
    matrix, truth = _noise(500)
    copies = np.arange(round(share * 500))
    data = _rows(np.vstack([matrix, matrix[copies]]), np.concatenate([truth, truth[copies]]))
    test = fitting.score_test_rows("logistic", data, None, lambda _: {}, 0)
    repeats = find_repeats(data, test, report_test(test, data, 0))
    assert (repeats is None) == (share == 0)
    if repeats:
        assert (repeats.rows, repeats.auc) == (10, None)


def test_copies_of_training_rows_on_the_test_date_are_a_warning() -> None:
    matrix, truth = _noise(500)
    later, happened = _noise(1_000)
    rows = np.vstack([matrix, matrix[:250], later[500:750]])
    data = _rows(rows, np.concatenate([truth, truth[:250], happened[500:750]]))
    probability = np.concatenate(
        [truth[:250], np.linspace(0, 1, 250)]
    )  # what a tree that knows rows by heart says
    test = fitting.TestScores(np.arange(500, 1_000), probability, None, {})
    split = fitting.Split(np.arange(500), np.arange(500, 1_000))
    repeats = find_repeats(data, test, report_test(test, data, 0, split))
    assert repeats is not None
    assert repeats.auc == pytest.approx(roc_auc_score(happened[500:750], np.linspace(0, 1, 250)))


def test_customers_with_equal_columns_are_no_copies_if_their_targets_differ() -> None:
    rng = np.random.default_rng(2)
    matrix = rng.integers(0, 6, size=(3_000, 4)).astype(float)  # 1,296 different rows
    truth = (rng.random(3_000) < 0.1 + 0.8 * (matrix[:, 0] < 2)).astype(float)
    assert first_equal_rows(matrix, truth).tolist() == list(range(3_000))
    copied = np.vstack([_noise(3_000)[0], _noise(300)[0]])
    happened = np.concatenate([truth, truth[:300]])
    copied[3_000:] = copied[:300]
    assert (first_equal_rows(copied, happened)[3_000:] == np.arange(300)).all()
