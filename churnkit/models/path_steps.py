"""Contributions along the paths of trees: each step belongs to the column that it tests."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats, Indices, Singles
from churnkit.models.forest import BLOCK_ROWS, Forest, leaves_of, parents


def path_contributions(forest: Forest, matrix: Singles) -> tuple[float, Floats]:
    """The change of log-odds at each step down the trees, assigned to the column that the step tests.

    matrix: (rows, k), NaN is missing. Returns the base (the sum of the roots' values) and (rows, k); base + a
    row's sum is its margin. Meant for one tree in a picture; with many trees it underrates the tests near the
    leaves.
    Source: Saabas (2014), Interpreting random forests.
    """
    parts = np.zeros(matrix.shape)
    for start in range(0, len(matrix), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        parts[block] = path_changes(forest, leaves_of(forest, matrix[block]), matrix.shape[1])
    return float(forest.value[forest.roots].sum()), parts


def path_changes(forest: Forest, leaves: Indices, columns: int) -> Floats:
    """(rows, columns) the changes of log-odds on the paths to these leaves. leaves: (rows, trees)."""
    up = parents(forest)
    parts = np.zeros((len(leaves), columns))
    rows = np.arange(len(leaves))
    for tree, root in enumerate(forest.roots):
        node = leaves[:, tree]
        while (node > root).any():  # a root is its own parent, and adds 0
            parent = up[node]
            parts[rows, forest.column[parent]] += forest.value[node] - forest.value[parent]
            node = parent
    return parts
