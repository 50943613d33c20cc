"""Numbers bend where a likelihood ratio would say so, and hardly ever by chance."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.models import bends
from churnkit.models.basis import describe
from churnkit.models.columns import NUMBER, Column, TrainingRows
from churnkit.models.penalised import fit_weights


def _rows(x: np.ndarray, odds: np.ndarray, seed: int, groups: np.ndarray | None = None) -> TrainingRows:
    truth = (np.random.default_rng(seed).random(len(x)) < 1 / (1 + np.exp(-odds))).astype(float)
    groups = np.arange(len(x)) if groups is None else groups
    return TrainingRows([Column("x", NUMBER)], x[:, None], truth, groups, np.ones(len(x)))


def _bends(data: TrainingRows) -> bool:
    """Whether x bends, beside a straight regression."""
    (basis,) = describe(data)
    design = np.empty((len(data.truth), 2))
    basis.encode(data.matrix[:, 0], design)
    line = design[:, :1]
    weights = fit_weights(
        lambda: [(slice(None), line)], data.truth, data.weights, np.eye(1), np.array([False]), np.zeros(2)
    )
    return bends.find_bends([basis], data, line, line @ weights[1:] + weights[0])[0]


@pytest.mark.parametrize("rows", [300, 1_000])
def test_a_straight_number_bends_in_few_data_sets(rows: int) -> None:
    x = np.random.default_rng(0).normal(size=rows)
    assert sum(_bends(_rows(x, x - 1, seed)) for seed in range(40)) <= 7  # 2 or 3 are expected


def test_a_number_with_a_valley_bends() -> None:
    x = np.random.default_rng(1).normal(size=1_000)
    assert all(_bends(_rows(x, x**2 - 1, seed)) for seed in range(10))


def test_rows_of_one_customer_do_not_count_as_evidence_of_their_own() -> None:
    x, copies = np.random.default_rng(2).normal(size=150), np.arange(150).repeat(12)
    single, copied = 0, 0
    for seed in range(12):
        data = _rows(x, np.zeros(150), seed).part(copies)
        single += _bends(data)
        copied += _bends(
            TrainingRows(data.columns, data.matrix, data.truth, np.arange(len(copies)), data.weights)
        )
    assert single <= 3 < 6 < copied
