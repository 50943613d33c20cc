"""Leaves as games: the features tested above a leaf are its players, and each has an exact share.

The worth of a leaf is its value times a product over the players: met (0 or 1) for a present player, the kept
share of the cover for an absent one.
Source: Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees,
path-dependent; as an integral: Owen (1972), Multilinear extensions of games.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from churnkit.arrays import Flags, Floats, Places, Singles
from churnkit.models.forest import Forest, parents, row_blocks, zero_one

GAME_CELLS = 1 << 18  # players times rows, at a time


class Players(NamedTuple):
    """The features tested above leaves: one player per leaf and feature, in the order of the leaves.

    node, passed: (c,) the conditions on the paths, sorted by player: a test, and the result it must have.
    condition: (p,) the first condition of each player. leaf, feature, kept: (p,) the leaf's node, the
    feature, and the product of the kept shares of cover. game: (p,) the leaf's number. first: (l,) the first
    player of a leaf.
    """

    node: Places
    passed: Flags
    condition: Places
    leaf: Places
    feature: Places
    kept: Floats
    game: Places
    first: Places


def players_of(forest: Forest, feature: tuple[int, ...], leaf: Places) -> Players:
    """The players of these leaves, each once. feature: (k,) the feature of each column. leaf: nodes below a
    test."""
    up = parents(forest)
    steps = []  # type: ignore[var-annotated]
    child = leaf
    while not steps or leaf.size:
        parent = up[child]
        below = parent != child
        leaf, child, parent = leaf[below], child[below], parent[below]
        steps.append((leaf, child, parent))
        child = parent
    leaf, child, parent = (np.concatenate(part) for part in zip(*steps, strict=True))
    tested = np.array(feature, dtype=np.intp)[forest.column[parent]]
    order = np.lexsort((tested, leaf))
    leaf, child, parent, tested = leaf[order], child[order], parent[order], tested[order]
    new_leaf = np.diff(leaf, prepend=-1) != 0
    new = new_leaf | (np.diff(tested, prepend=-1) != 0)
    condition = np.flatnonzero(new)
    kept = np.multiply.reduceat(forest.cover[child] / forest.cover[parent], condition)
    new_leaf = new_leaf[condition]
    return Players(
        node=parent,  # type: ignore[arg-type]
        passed=zero_one(forest)[1][parent] == child,
        condition=condition,
        leaf=leaf[condition],
        feature=tested[condition],
        kept=kept,
        game=np.cumsum(new_leaf) - 1,
        first=np.flatnonzero(new_leaf),
    )


def shares_of(forest: Forest, players: Players, agrees: Flags, max_players: int) -> Floats:
    """(p, n) the share of each player. agrees: (c, n) whether each condition is met.

    max_players: at least the number of players of any leaf.
    A share is value * (met - kept) * integral over t in 0-1 of the product over the leaf's other players of
    kept * (1 - t) + met * t. That is a polynomial, so a few points of Gauss quadrature are exact.
    """
    met = np.logical_and.reduceat(agrees, players.condition, axis=0)
    kept = players.kept[:, None]
    integral = np.zeros(met.shape)
    for t, weight in _quadrature((max_players + 1) // 2):
        factor = met * t
        factor += kept * (1 - t)
        product = np.multiply.reduceat(factor, players.first, axis=0)
        product *= weight
        integral += product[players.game] / factor
    integral *= met - kept
    integral *= forest.value[players.leaf][:, None]
    return integral


@lru_cache
def _quadrature(points: int) -> list[tuple[float, float]]:
    """Gauss's points between 0 and 1, with their weights."""
    at, weight = np.polynomial.legendre.leggauss(points)
    return list(zip(((at + 1) / 2).tolist(), (weight / 2).tolist(), strict=True))


def sum_by_slot(shares: Floats, slot: Places) -> tuple[Places, Floats]:
    """The distinct slots, ascending, and for each the sum of its rows of shares."""
    order = np.argsort(slot, kind="stable")
    slot = slot[order]
    first = np.flatnonzero(np.diff(slot, prepend=-1))
    return slot[first], np.add.reduceat(shares[order], first, axis=0)


class Games(NamedTuple):
    """Leaves to compute without tables.

    group: (p,) for each player, the group of its leaf: leaves of one group are summed before they are added
    to the result, group after group. max_players: maximum number of players of a leaf.
    """

    players: Players
    group: Places
    max_players: int


def games_of(
    forest: Forest, feature: tuple[int, ...], leaf: list[int], group: list[int], max_players: int
) -> Games | None:
    """The games of these leaves, with the group of each leaf; None if there are no leaves."""
    if not leaf:
        return None
    players = players_of(forest, feature, np.array(leaf, dtype=np.intp))
    groups = np.array(group, dtype=np.intp)[np.argsort(leaf)]
    return Games(players, groups[players.game], max_players)


def play(forest: Forest, games: Games | None, matrix: Singles, parts: Floats) -> None:
    """Adds the contributions of these leaves to parts, (features, rows)."""
    if games is None:
        return
    players = games.players
    width = len(parts)
    slots = games.group * width + players.feature
    threshold = forest.threshold[players.node][:, None]
    to_zero = forest.missing_left[players.node][:, None]
    step = max(1, GAME_CELLS // players.node.size)
    for rows, columns in row_blocks(matrix, step):
        x = columns[forest.column[players.node]]
        passes = np.where(to_zero, x >= threshold, x < threshold)
        agrees = passes == players.passed[:, None]
        slot, total = sum_by_slot(shares_of(forest, players, agrees, games.max_players), slots)
        np.add.at(parts[:, rows], slot % width, total)  # in order, so that sums are reproducible
