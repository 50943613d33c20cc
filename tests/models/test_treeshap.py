"""Contributions are Shapley values, computed here by their definition over all coalitions."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.models import treeshap
from churnkit.models.forest import Forest, margins
from tests.models.trees_by_hand import expected, grown, leaf, rows


def _by_definition(forest: Forest, row: np.ndarray) -> list[float]:
    """Shapley (1953): what a column adds to the columns before it, as the mean over all orders."""
    columns = range(len(row))
    worth = {
        frozenset(known): sum(expected(forest, int(root), row, frozenset(known)) for root in forest.roots)
        for size in range(len(row) + 1)
        for known in itertools.combinations(columns, size)
    }
    orders = math.factorial(len(row))
    return [
        sum(
            math.factorial(len(known)) * math.factorial(len(row) - len(known) - 1) / orders
            * (worth[known | {column}] - worth[known])
            for known in worth
            if column not in known
        )
        for column in columns
    ]  # fmt: skip


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([5, 200]), st.sampled_from([1, 3, 6]))
def test_contributions_are_shapley_values_with_tables_and_without(seed: int, count: int, depth: int) -> None:
    forest, matrix = grown(seed, depth=depth), rows(seed, count)
    base, added = treeshap.shap_contributions(forest, matrix)
    for row, of_row in zip(matrix[:5], added[:5], strict=True):
        assert of_row == pytest.approx(_by_definition(forest, row), abs=1e-9)
    empty = sum(expected(forest, int(root), matrix[0], frozenset()) for root in forest.roots)
    assert base == pytest.approx(empty)


@pytest.mark.parametrize("depth", [0, 2, 9, 11])
def test_base_and_contributions_add_up_to_the_margin(depth: int) -> None:
    forest, matrix = grown(8, trees=5, depth=depth), rows(8, 1_000)
    base, added = treeshap.shap_contributions(forest, matrix)
    assert base + added.sum(axis=1) == pytest.approx(margins(forest, matrix))


@given(st.integers(0, 10_000), st.sampled_from([0, 2, 6, 9, 11]), st.sampled_from([1, 5, 64, 65]))
def test_a_rows_contributions_are_the_same_bits_whatever_other_rows_there_are(
    seed: int, depth: int, some: int
) -> None:
    forest, matrix = grown(seed, trees=4, depth=depth, columns=6), rows(seed, 300, columns=6)
    base, added = treeshap.shap_contributions(forest, matrix)
    chosen = np.random.default_rng(seed).choice(300, some, replace=False)
    base_of_some, added_of_some = treeshap.shap_contributions(forest, matrix[chosen])
    assert base == base_of_some
    assert (added[chosen] == added_of_some).all()


@given(st.integers(0, 10_000))
def test_each_step_of_a_path_belongs_to_the_tested_column(seed: int) -> None:
    forest, matrix = grown(seed, trees=2), rows(seed, 3)
    base, added = treeshap.path_contributions(forest, matrix)
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
