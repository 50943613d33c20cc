"""Growing agrees with scikit-learn where it does not look ahead, and looking ahead only improves the tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models.tree_growth import Grower, GrownNode, Rules

RULES = Rules(leaves=8, min_rows=10, directions=(0, 0, 0), first=None)


def _rows(seed: int, rows: int = 400, gaps: float = 0.1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns with at most a hundred values, truth and weights."""
    rng = np.random.default_rng(seed)
    columns = np.column_stack(
        [np.round(rng.random(rows), 2), rng.integers(0, 4, rows), np.round(rng.gamma(1, 9, rows))]
    ).astype(np.float32)
    risk = 0.1 + 0.5 * columns[:, 0] + 0.1 * (columns[:, 1] == 2) + 0.2 * (columns[:, 2] > 9)
    columns[rng.random(rows) < gaps, 0] = np.nan
    return columns, (rng.random(rows) < risk).astype(float), rng.uniform(0.5, 2, rows)


def _grown(
    rules: Rules, looks_ahead: bool, columns: np.ndarray, truth: np.ndarray, weights: np.ndarray
) -> list[GrownNode]:
    return Grower(columns, truth, weights, rules).grow(looks_ahead)[1]


def _leaves(inner: list[GrownNode]) -> list[GrownNode]:
    children = [child for node in inner for child in node.children[node.chosen]]
    return [child for child in children if child not in inner]


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_without_looking_ahead_the_leaves_are_those_of_scikit_learn(seed: int, *, is_weighted: bool) -> None:
    from sklearn.tree import DecisionTreeClassifier

    columns, truth, weights = _rows(seed)
    weights = weights if is_weighted else np.ones(len(truth))
    theirs = DecisionTreeClassifier(
        criterion="log_loss", max_leaf_nodes=8, min_samples_leaf=10, random_state=0
    ).fit(columns, truth, weights)
    at = theirs.apply(columns)
    ours = {tuple(leaf.rows.tolist()) for leaf in _leaves(_grown(RULES, False, columns, truth, weights))}
    assert ours == {tuple(np.flatnonzero(at == leaf).tolist()) for leaf in np.unique(at)}


@given(st.integers(0, 10_000), st.booleans())
def test_the_question_of_a_column_is_the_best_of_all_its_cuts(seed: int, is_weighted: bool) -> None:
    columns, truth, weights = _rows(seed, rows=120, gaps=0.3)
    weights = weights if is_weighted else np.ones(len(truth))
    grower = Grower(columns, truth, weights, RULES)
    rows = np.flatnonzero(~(columns[:, 0] < 0.5))  # the lowest bins of the first column are empty
    questions = grower._questions(grower._sums(rows), (0.0, 1.0))

    def fit(part: np.ndarray) -> float:
        rate = np.average(truth[part], weights=weights[part])
        return float(weights[part].sum() * sum(p * np.log(p) for p in (rate, 1 - rate) if p > 0))

    for column in range(3):
        values, gains = columns[rows, column], [0.0]
        for threshold in [-np.inf, *np.unique(values[~np.isnan(values)])]:
            for is_left in (False, True):
                left = np.where(np.isnan(values), is_left, values <= threshold)
                if min(left.sum(), (~left).sum()) >= RULES.min_rows:
                    gains.append(fit(rows[left]) + fit(rows[~left]) - fit(rows))
        found = [question.gain for question in questions if question.column == column]
        assert max(found, default=0.0) == pytest.approx(max(gains), abs=1e-9)


def test_missing_values_alone_go_left_of_the_first_cut_although_its_bin_has_no_rows() -> None:
    columns, _, _ = _rows(0, gaps=0.3)
    grower = Grower(columns, np.isnan(columns[:, 0]).astype(float), np.ones(400), RULES)
    rows = np.flatnonzero(~(columns[:, 0] < 0.5))
    question = grower._questions(grower._sums(rows), (0.0, 1.0))[0]
    assert (question.column, question.cut, question.missing_left) == (0, 0, True)


@given(st.integers(0, 10_000))
def test_looking_ahead_never_fits_the_training_rows_worse(seed: int) -> None:
    rows = _rows(seed, rows=120)
    greedy, ahead = (
        sum(node.question.gain for node in _grown(RULES, looks_ahead, *rows)) for looks_ahead in (False, True)
    )
    assert ahead >= greedy - 1e-9


@given(st.integers(0, 10_000), st.booleans())
def test_every_leaf_has_enough_rows_and_every_row_has_one_leaf(seed: int, looks_ahead: bool) -> None:
    rows = _rows(seed, rows=120)
    leaves = _leaves(_grown(RULES, looks_ahead, *rows))
    assert min(len(leaf.rows) for leaf in leaves) >= 10
    assert sorted(np.concatenate([leaf.rows for leaf in leaves]).tolist()) == list(range(120))
    assert 1 < len(leaves) <= 8


def test_looking_ahead_finds_two_columns_that_only_work_together() -> None:
    rng = np.random.default_rng(0)
    columns = rng.integers(0, 2, (400, 3)).astype(np.float32)
    truth = np.where(columns[:, 1] == columns[:, 2], 1.0, 0.0)
    columns[:, 0] = np.where(rng.random(400) < 0.6, truth, 1 - truth)  # the best question, and of little use
    rules = replace(RULES, leaves=4)
    greedy, ahead = (
        _grown(rules, looks_ahead, columns, truth, np.ones(400)) for looks_ahead in (False, True)
    )
    assert greedy[0].question.column == 0
    assert {node.question.column for node in ahead} == {1, 2}
    assert {leaf.churned / leaf.weight for leaf in _leaves(ahead)} == {0.0, 1.0}


@pytest.mark.parametrize("looks_ahead", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_smoothed_rates_follow_the_directions(seed: int, *, looks_ahead: bool) -> None:
    columns, truth, weights = _rows(seed, gaps=0)
    rules = replace(RULES, leaves=12, directions=(-1, 0, 1))
    grower = Grower(columns, truth, weights, rules)
    _, inner = grower.grow(looks_ahead)
    for node in inner:
        sides: Any = [_leaves_below(child, inner) for child in node.children[node.chosen]]
        rates = [[grower.rate(leaf.weight, leaf.churned) for leaf in side] for side in sides]
        direction = rules.directions[node.question.column]
        if direction > 0:
            assert max(rates[0]) <= min(rates[1])
        if direction < 0:
            assert min(rates[0]) >= max(rates[1])


def _leaves_below(node: GrownNode, inner: list[GrownNode]) -> list[GrownNode]:
    if node not in inner:
        return [node]
    return [leaf for child in node.children[node.chosen] for leaf in _leaves_below(child, inner)]


def test_many_values_are_cut_into_few_bins_of_equal_size() -> None:
    values = np.random.default_rng(0).normal(size=5_000).astype(np.float32)[:, None]
    grower = Grower(values, (values[:, 0] > 0).astype(float), np.ones(5_000), replace(RULES, directions=(0,)))
    sizes = np.bincount(grower.codes[:, 0])
    assert len(sizes) <= 255
    assert sizes.max() - sizes.min() <= 2
