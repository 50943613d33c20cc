"""Contributions are Shapley values of features, compared with their definition over all coalitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models import treeshap
from churnkit.models.forest import margins
from tests.models.trees_by_hand import expected, grown, rows, shapley


@given(
    st.integers(0, 10_000),
    st.sampled_from([5, 200]),
    st.sampled_from([1, 3, 6]),
    st.sampled_from([(0, 1, 2, 3), (3, 0, 3, 1), (0, 0, 0, 0), (2, 0, 0, 2)]),
)
def test_contributions_are_shapley_values_of_features_with_tables_and_without(
    seed: int, count: int, depth: int, feature: tuple[int, ...]
) -> None:
    forest, matrix = grown(seed, depth=depth), rows(seed, count)
    _, base, added = treeshap.shap_contributions(forest, feature, matrix, 4)
    for row, of_row in zip(matrix[:5], added[:5], strict=True):
        assert of_row == pytest.approx(shapley(forest, feature, 4, row), abs=1e-9)
    empty = sum(expected(forest, int(root), matrix[0], frozenset()) for root in forest.roots)
    assert base == pytest.approx(empty)


@pytest.mark.parametrize("depth", [0, 2, 9, 11])
def test_base_and_contributions_add_up_to_the_margin(depth: int) -> None:
    forest, matrix = grown(8, trees=5, depth=depth), rows(8, 300)
    _, base, added = treeshap.shap_contributions(forest, (0, 1, 1, 2), matrix, 3)
    assert base + added.sum(axis=1) == pytest.approx(margins(forest, matrix))


@given(st.integers(0, 10_000), st.sampled_from([0, 1, 2, 6, 9, 11]), st.sampled_from([1, 64, 65, 300]))
def test_margins_from_the_tables_are_those_of_the_trees_to_the_last_bit(
    seed: int, depth: int, count: int
) -> None:
    forest, matrix = grown(seed, trees=40 if depth < 6 else 4, depth=depth), rows(seed, count)
    margin, _, _ = treeshap.shap_contributions(forest, (0, 1, 1, 2), matrix, 3)
    assert (margin == margins(forest, matrix)).all()


@given(st.integers(0, 10_000), st.sampled_from([0, 2, 6, 9, 11]), st.sampled_from([1, 5, 64, 65]))
def test_a_rows_contributions_are_the_same_bits_whatever_other_rows_there_are(
    seed: int, depth: int, some: int
) -> None:
    forest, matrix = grown(seed, trees=4, depth=depth, columns=6), rows(seed, 100, columns=6)
    feature = (0, 1, 1, 2, 0, 3)
    _, base, added = treeshap.shap_contributions(forest, feature, matrix, 4)
    chosen = np.random.default_rng(seed).choice(100, some, replace=False)
    _, base_of_some, added_of_some = treeshap.shap_contributions(forest, feature, matrix[chosen], 4)
    assert base == base_of_some
    assert (added[chosen] == added_of_some).all()
