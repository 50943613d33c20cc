"""A decision tree small enough to read: at most so many leaves, their number chosen by cross-validation.

A category is split by its values ordered by churn rate. A node's share of churners is drawn to the base
rate by two rows, so that no leaf is certain. A contribution is what a split adds on the row's path: what
the picture of the tree shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit import design as designs
from churnkit import splitting, trees
from churnkit.design import Design
from churnkit.schema import Column, Matrix, Truth
from churnkit.splitting import Groups
from churnkit.trees import Forest

MAX_LEAVES = 12
CHOICE_ROWS = 50_000
SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 60)
PRIOR_ROWS = 2.0


@dataclass(frozen=True)
class Parameters:
    """design: what the tree tests. forest: one tree; a node's value is its log-odds, its cover its rows."""

    design: Design
    forest: Forest


def fit(
    columns: Sequence[Column],
    matrix: Matrix,
    truth: Truth,
    groups: Groups,
    settings: dict[str, Any],
    seed: int,
) -> Parameters:
    """matrix: (n, k). truth: (n,) 0 and 1. settings: max_leaves (2 or more)."""
    most = int(settings.get("max_leaves", MAX_LEAVES))
    leaves = _chosen_leaves(columns, matrix, truth, groups, most, seed)
    return _grown(columns, matrix, truth, leaves)


def contributions(parameters: Parameters, matrix: Matrix) -> tuple[float, Matrix]:
    """(base, (n, k)): base + row sum = log-odds."""
    seen = designs.built(parameters.design, matrix)
    base, by_column = trees.path_contributions(parameters.forest, seen)
    return base, designs.grouped(parameters.design, by_column, matrix.shape[1])


def log_odds(parameters: Parameters, matrix: Matrix) -> Truth:
    """(n,) log-odds of leaving."""
    return trees.margins(parameters.forest, designs.built(parameters.design, matrix))


def to_plain(parameters: Parameters) -> dict[str, Any]:
    """For JSON."""
    return {"design": designs.to_plain(parameters.design), **trees.to_plain(parameters.forest)}


def from_plain(plain: dict[str, Any], columns: Sequence[Column]) -> Parameters:
    """From JSON. Raises ValueError on anything that is no such model of these columns."""
    design = designs.from_plain(plain.get("design"), columns)
    forest = trees.checked(trees.from_plain(plain), len(design))
    if len(forest.roots) != 1:
        raise ValueError(f"roots: a tree has one, not {len(forest.roots)}")
    return Parameters(design, forest)


def _chosen_leaves(
    columns: Sequence[Column], matrix: Matrix, truth: Truth, groups: Groups, most: int, seed: int
) -> int:
    """The number of leaves with the smallest log loss on folds of customers."""
    if len(truth) > CHOICE_ROWS:
        some = np.sort(np.random.default_rng(seed).choice(len(truth), CHOICE_ROWS, replace=False))
        matrix, truth, groups = matrix[some], truth[some], groups[some]
    sizes = sorted({min(size, most) for size in SIZES if size <= most} | {most})
    losses = np.zeros(len(sizes))
    for split in splitting.folds(truth, groups, seed=seed):
        if len(np.unique(truth[split.train])) < 2:
            continue
        for place, size in enumerate(sizes):
            grown = _grown(columns, matrix[split.train], truth[split.train], size)
            score = log_odds(grown, matrix[split.test])
            losses[place] += np.sum(np.logaddexp(0, score) - truth[split.test] * score)
    return sizes[int(np.argmin(losses))]


def _grown(columns: Sequence[Column], matrix: Matrix, truth: Truth, leaves: int) -> Parameters:
    from sklearn.tree import DecisionTreeClassifier

    design = designs.ordered_by_rate(columns, matrix, truth)
    fewest = max(5, round(len(truth) / 200))
    grower = DecisionTreeClassifier(
        criterion="log_loss", max_leaf_nodes=max(2, leaves), min_samples_leaf=fewest, random_state=0
    )
    grower.fit(designs.built(design, matrix), truth)
    return Parameters(design, _forest(grower.tree_, float(truth.mean())))


def _forest(tree: Any, base: float) -> Forest:
    """A tree of scikit-learn, which tests x <= t with double t, in our form: float32(x) < threshold."""
    is_leaf = tree.children_left < 0
    below = tree.threshold.astype(np.float32)
    too_high = below.astype(np.float64) > tree.threshold
    below[too_high] = np.nextafter(below[too_high], np.float32(-np.inf))
    threshold = np.nextafter(below, np.float32(np.inf))
    rows = tree.n_node_samples.astype(np.float64)
    share = tree.value[:, 0, -1] if tree.value.shape[2] > 1 else np.full(len(rows), base)
    churned = (share * rows + PRIOR_ROWS * base) / (rows + PRIOR_ROWS)
    return Forest(
        roots=np.zeros(1, dtype=np.int32),
        column=np.where(is_leaf, -1, tree.feature).astype(np.int32),
        threshold=np.where(is_leaf, np.float32(0), threshold).astype(np.float32),
        left=tree.children_left.astype(np.int32),
        right=tree.children_right.astype(np.int32),
        missing_left=np.ascontiguousarray(tree.missing_go_to_left).astype(np.bool_) & ~is_leaf,
        value=np.log(churned) - np.log1p(-churned),
        cover=rows,
    )
