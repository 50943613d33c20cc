"""Random forests for tests, evaluated row by row in plain Python."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import numpy as np

from churnkit.models.forest import Forest


def grown(seed: int, trees: int = 3, columns: int = 4, depth: int = 4) -> Forest:
    """A forest of random tests, whose thresholds are small whole numbers, so that rows can hit them."""
    rng = random.Random(seed)
    roots: list[int] = []
    nodes: list[list[float]] = []

    def grow(room: int, cover: float) -> int:
        here = len(nodes)
        nodes.append([-1, 0, -1, -1, 0, rng.gauss(0, 1), cover])
        if room and rng.random() < 0.85:
            share = rng.uniform(0.1, 0.9)
            column, threshold, missing = rng.randrange(columns), rng.randint(-2, 2), rng.randint(0, 1)
            left, right = grow(room - 1, cover * share), grow(room - 1, cover * (1 - share))
            nodes[here][:5] = [column, threshold, left, right, missing]
        return here

    for _ in range(trees):
        roots.append(grow(depth, 100.0))
    column, threshold, left, right, missing, value, cover = (
        np.array(part) for part in zip(*nodes, strict=True)
    )
    return Forest(
        roots=np.array(roots, dtype=np.int32),
        column=column.astype(np.int32),
        threshold=threshold.astype(np.float32),
        left=left.astype(np.int32),
        right=right.astype(np.int32),
        missing_left=missing.astype(np.bool_),
        value=value.astype(np.float64),
        cover=cover.astype(np.float64),
    )


def rows(seed: int, count: int, columns: int = 4) -> np.ndarray:
    """(count, columns) float32 whole and half numbers, a fifth of them missing."""
    rng = np.random.default_rng(seed)
    matrix = (rng.integers(-6, 7, (count, columns)) / 2).astype(np.float32)
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    return matrix


def goes_left(forest: Forest, node: int, x: float) -> bool:
    return bool(forest.missing_left[node]) if math.isnan(x) else x < float(forest.threshold[node])


def leaf(forest: Forest, root: int, row: np.ndarray) -> int:
    """The leaf that the row reaches in the tree with this root."""
    node = root
    while forest.column[node] >= 0:
        side = forest.left if goes_left(forest, node, float(row[forest.column[node]])) else forest.right
        node = int(side[node])
    return node


def expected(forest: Forest, node: int, row: np.ndarray, known: frozenset[int]) -> float:
    """The mean leaf below a node by cover, if only these columns of the row are known."""
    column = int(forest.column[node])
    if column < 0:
        return float(forest.value[node])
    left, right = int(forest.left[node]), int(forest.right[node])
    if column in known:
        side = left if goes_left(forest, node, float(row[column])) else right
        return expected(forest, side, row, known)
    both = (expected(forest, child, row, known) * float(forest.cover[child]) for child in (left, right))
    return sum(both) / float(forest.cover[node])


def shapley(forest: Forest, feature: Sequence[int], features: int, row: np.ndarray) -> list[float]:
    """Shapley (1953): what a feature adds to the features before it, as the mean over all orders.

    feature: the feature of each column of the row.
    """
    worth = {
        frozenset(known): sum(
            expected(forest, root, row, frozenset(c for c, owner in enumerate(feature) if owner in known))
            for root in forest.roots.tolist()
        )
        for size in range(features + 1)
        for known in itertools.combinations(range(features), size)
    }
    orders = math.factorial(features)
    return [
        sum(
            math.factorial(len(known)) * math.factorial(features - len(known) - 1) / orders
            * (worth[known | {one}] - worth[known])
            for known in worth
            if one not in known
        )
        for one in range(features)
    ]  # fmt: skip
