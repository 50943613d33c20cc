"""The players of leaves and their shares, beside the definition of Shapley over all coalitions."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models.leaf_games import games_of, play, players_of, shares_of
from tests.models.trees_by_hand import goes_left, grown, rows, shapley

FEATURE = (2, 0, 0, 1)  # two columns are one feature


def _inner_leaves(forest) -> list[int]:  # type: ignore[no-untyped-def]
    """The leaves below a test, in no order."""
    below = {*forest.left[forest.column >= 0].tolist(), *forest.right[forest.column >= 0].tolist()}
    return sorted((n for n in below if forest.column[n] < 0), key=lambda n: n % 7)


@given(st.integers(0, 10_000))
def test_the_players_of_a_leaf_keep_its_share_of_the_cover(seed: int) -> None:
    forest = grown(seed)
    leaves = _inner_leaves(forest)
    if not leaves:
        return
    players = players_of(forest, FEATURE, np.array(leaves))
    assert len({*zip(players.leaf.tolist(), players.feature.tolist(), strict=True)}) == len(players.leaf)
    for leaf in leaves:
        root = max(root for root in forest.roots.tolist() if root <= leaf)
        kept = players.kept[players.leaf == leaf]
        assert kept.prod() == pytest.approx(forest.cover[leaf] / forest.cover[root])


@given(st.integers(0, 10_000))
def test_a_share_is_the_mean_over_all_orders_of_what_the_player_adds(seed: int) -> None:
    forest, (row,) = grown(seed), rows(seed, 1)
    leaves = _inner_leaves(forest)[:3]
    if not leaves:
        return
    players = players_of(forest, FEATURE, np.array(leaves))
    sides = [goes_left(forest, node, float(row[forest.column[node]])) for node in players.node.tolist()]
    ones = forest.missing_left[players.node] ^ np.array(
        sides
    )  # the side of a one is that without missing values
    agrees = (ones == players.passed)[:, None]
    met = np.logical_and.reduceat(agrees, players.condition, axis=0)[:, 0].astype(float)
    shares = shares_of(forest, players, agrees, 3)[:, 0]
    for leaf in leaves:
        mine = np.flatnonzero(players.leaf == leaf)
        for one in mine:
            others, mean = [other for other in mine if other != one], 0.0
            for size in range(len(others) + 1):
                weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(mine))
                for present in itertools.combinations(others, size):
                    worth = math.prod(met[k] if k in present else players.kept[k] for k in others)
                    mean += weight * worth * (met[one] - players.kept[one])
            assert shares[one] == pytest.approx(mean * forest.value[leaf])


@given(st.integers(0, 10_000))
def test_all_games_of_a_forest_together_are_its_shapley_values(seed: int) -> None:
    forest, matrix = grown(seed, trees=2), rows(seed, 4)
    leaves = _inner_leaves(forest)
    parts = np.zeros((3, 4))
    play(forest, games_of(forest, FEATURE, leaves, [0] * len(leaves), 3), matrix, parts)
    for row, added in zip(matrix, parts.T, strict=True):
        assert added == pytest.approx(shapley(forest, FEATURE, 3, row), abs=1e-9)
