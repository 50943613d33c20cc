"""Pairs of features enter where they act together, and not by chance."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from churnkit.models.interactions import describe_parts
from churnkit.models.regression import add_pairs, prepare

COLUMNS = [Column("a", NUMBER), Column("plan", CATEGORY, ("x", "y", "z")), Column("b", NUMBER)]
COLUMNS += [Column("c", NUMBER), Column("twin", NUMBER)]


def _rows(odds: str, rows: int = 1_200, seed: int = 0, groups: np.ndarray | None = None) -> TrainingRows:
    """odds: none; single (each feature alone); together (a and b, beside that)."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, rows))
    plan = rng.choice([0.0, 1.0, 2.0], rows, p=[0.6, 0.3, 0.1])
    matrix = np.column_stack([a, plan, np.exp(b), rng.poisson(np.exp(c)), a * 0.17])
    matrix[rng.random(matrix.shape) < 0.03] = np.nan
    said = np.full(rows, -1.0)
    if odds != "none":
        said += 0.7 * a - 0.8 * (plan == 1) + 0.5 * b
    if odds == "together":
        said += 1.2 * a * b
    truth = (rng.random(rows) < 1 / (1 + np.exp(-said))).astype(float)
    return TrainingRows(COLUMNS, matrix, truth, np.arange(rows) if groups is None else groups, np.ones(rows))


def _found(data: TrainingRows, **settings: list[str]) -> list[tuple[int, int]]:
    features = prepare(data, data, settings)
    regression = add_pairs(features, data, next(features.fits(data, [1.0])), 5, settings)
    return [(pair.first, pair.second) for pair in regression.pairs]


def test_features_that_act_together_are_found_and_a_twin_of_one_adds_nothing() -> None:
    assert _found(_rows("together")) in ([(0, 2)], [(2, 4)])


@pytest.mark.parametrize("odds", ["none", "single"])
def test_a_pair_is_found_in_few_data_sets_where_none_is(odds: str) -> None:
    assert sum(bool(_found(_rows(odds, 400, seed))) for seed in range(8)) <= 2  # fewer than one is expected


def test_rows_of_one_customer_do_not_count_as_evidence_of_their_own() -> None:
    copies = np.arange(150).repeat(12)
    copied = [_rows("none", 150, seed).part(copies) for seed in range(2)]
    assert sum(bool(_found(data)) for data in copied) == 0
    apart = [TrainingRows(d.columns, d.matrix, d.truth, np.arange(len(copies)), d.weights) for d in copied]
    assert sum(bool(_found(data)) for data in apart) == 2


def test_a_feature_that_may_only_rise_or_fall_enters_no_pair() -> None:
    assert _found(_rows("together"), rising=["b"]) == []


def test_the_columns_of_a_feature_have_mean_0_spread_1_and_no_correlation() -> None:
    data = _rows("none")
    for place, parts in enumerate(describe_parts(data, {})):
        values = data.matrix[:, place]
        columns = parts.encode(values)
        known = columns[~np.isnan(values)]
        assert known.mean(axis=0) == pytest.approx(0, abs=1e-9)
        assert known.T @ known / len(known) == pytest.approx(np.eye(parts.width), abs=1e-9)
        assert not columns[np.isnan(values)].any()


def test_a_category_that_no_training_row_had_counts_as_the_average() -> None:
    parts = describe_parts(_rows("none"), {})[1]
    assert not parts.encode(np.array([3.0])).any()


def test_constant_and_empty_columns_enter_no_pair() -> None:
    columns = [Column("one", NUMBER), Column("empty", NUMBER), Column("plan", CATEGORY, ("x",))]
    matrix = np.column_stack([np.ones(50), np.full(50, np.nan), np.zeros(50)])
    data = TrainingRows(columns, matrix, np.arange(50) % 2.0, np.arange(50), np.ones(50))
    assert [parts.width for parts in describe_parts(data, {})] == [0, 0, 0]
    assert _found(data) == []
