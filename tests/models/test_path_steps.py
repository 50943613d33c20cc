"""The contributions along a path, beside a walk down the tree in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models.path_steps import path_contributions
from tests.models.trees_by_hand import grown, leaf, rows


@given(st.integers(0, 10_000))
def test_each_step_of_a_path_belongs_to_the_tested_column(seed: int) -> None:
    forest, matrix = grown(seed, trees=2), rows(seed, 3)
    base, added = path_contributions(forest, matrix)
    assert base == pytest.approx(float(forest.value[forest.roots].sum()))
    for row, of_row in zip(matrix, added, strict=True):
        steps = np.zeros(len(row))
        for root in forest.roots.tolist():
            node, end = root, leaf(forest, root, row)
            while node != end:
                left, right = int(forest.left[node]), int(forest.right[node])
                below = left if left <= end < right else right  # a tree stands in the order of its growth
                steps[forest.column[node]] += forest.value[below] - forest.value[node]
                node = below
        assert of_row == pytest.approx(steps)
