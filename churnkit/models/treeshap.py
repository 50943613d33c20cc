"""Shapley values of the features in a forest, from tables where there are many rows; with numpy only."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from churnkit.arrays import Bytes, Floats, Places, Singles
from churnkit.models.forest import BLOCK_ROWS, Forest, margins, row_blocks, zero_one
from churnkit.models.leaf_games import Games, games_of, play, players_of, shares_of, sum_by_slot

CODE_BITS = 8  # a code is one byte: a table has at most 256 entries per column
UNTABLED_ROWS = 64  # up to this many rows, building tables takes longer than it saves
TABLED_LEAVES = 32_768  # leaves whose tables are in memory at a time: usually 50 MB, at most 270 MB
TABLED_AT_ONCE = 64  # leaves; fewer take more calls, more do not fit in the cache of a core
MARGIN = -1  # the last feature of a table: the value of the leaf that a row reaches


def shap_contributions(
    forest: Forest, feature: tuple[int, ...], matrix: Singles, features: int
) -> tuple[Floats, float, Floats]:
    """Exact path-dependent Shapley values of the features: a test of an absent feature splits by cover.

    feature: (k,) the feature of each column, less than features; all columns of a category are one feature,
    present or absent together. matrix: (rows, k), NaN is missing. Returns the margins, the base (the mean of
    the leaves, weighted by cover) and (rows, features), in log-odds; base + a row's sum is its margin.

    Each leaf is a game, see `leaf_games`. A player's share depends only on one bit per player. So for more
    than a few rows, the shares of a leaf are stored in tables, indexed by the bits of the tests above it and
    of neighbouring leaves.
    Source: Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
    trees, path-dependent.
    """
    leaf = np.flatnonzero(forest.column < 0)
    tree = np.searchsorted(forest.roots, leaf, side="right") - 1
    share = forest.cover[leaf] / forest.cover[forest.roots[tree]]
    base = float((forest.value[leaf] * share).sum())
    parts = np.zeros((features + 1, len(matrix)))
    shares = parts[:MARGIN]
    has_margins = len(matrix) > UNTABLED_ROWS
    for trees in _chunks(forest):
        if len(matrix) <= UNTABLED_ROWS:
            for games in _games_without_tables(forest, feature, trees):
                play(forest, games, matrix, shares)
            continue
        branches, deep_games = _branches(forest, feature, trees)
        has_margins = has_margins and deep_games is None
        play(forest, deep_games, matrix, shares)
        for rows, columns in row_blocks(matrix, BLOCK_ROWS):
            start = np.zeros(columns.shape[1], dtype=np.uint8)
            for branch in branches:
                _add_branch(branch, start, columns, parts[:, rows])
    return parts[MARGIN] if has_margins else margins(forest, matrix), base, shares.T


_BitTest: TypeAlias = tuple[int, np.ufunc, np.float32, np.uint8]


class _Branch(NamedTuple):
    """Tests that add bits to a code (column, ufunc, threshold, bit), and a table of contributions by code.

    features: those with contributions here. table: (features, codes), in log-odds. below: the branches below.
    """

    tests: list[_BitTest]
    features: list[int]
    table: Floats
    below: list[_Branch]


def _add_branch(branch: _Branch, code: Bytes, columns: Singles, parts: Floats) -> None:
    """Adds the table entries to parts, (features, rows). code: (rows,) the code of each row so far."""
    for column, passes, threshold, bit in branch.tests:
        bits = passes(columns[column], threshold).view(np.uint8)
        np.multiply(bits, bit, out=bits)
        code = np.add(code, bits, out=bits)
    if branch.features:
        index = code.astype(np.intp)
        for feature, table in zip(branch.features, branch.table, strict=True):
            parts[feature] += table.take(index, mode="clip")  # clip: skips the bounds check
    for below in branch.below:
        _add_branch(below, code, columns, parts)


def _chunks(forest: Forest) -> Iterator[range]:
    """Ranges of trees whose tables fit in memory together."""
    ends = np.append(forest.roots[1:], len(forest.column))
    leaves_up_to = np.cumsum(forest.column < 0)[ends - 1]
    first = np.flatnonzero(np.diff(leaves_up_to // TABLED_LEAVES, prepend=-1)).tolist()
    yield from map(range, first, [*first[1:], len(forest.roots)])


@lru_cache(maxsize=1)
def _branches(forest: Forest, feature: tuple[int, ...], trees: range) -> tuple[list[_Branch], Games | None]:
    """These trees as branches with tables, and the games of the leaves that are too deep for tables."""
    shape = _shape(forest, feature)
    roots = forest.roots[trees.start : trees.stop].tolist()
    bit = np.array(shape.depth)
    tabled: dict[int, _Branch] = {}
    heads: list[int] = []
    too_deep: list[int] = []
    for root in roots:
        if not shape.tests[root]:
            tabled[root] = _Branch([], [MARGIN], forest.value[None, [root]], [])
            continue
        of_tree, deep = _cut(shape, root)
        heads += of_tree
        too_deep += deep
    for some in _batches(shape, heads):
        tabled |= _tables(forest, feature, shape, some, bit)
    branches = [branch for root in roots if (branch := _branch(forest, shape, root, tabled, bit))]
    return branches, games_of(forest, feature, too_deep, [0] * len(too_deep), shape.max_players)


def _batches(shape: _Shape, heads: list[int]) -> Iterator[list[int]]:
    """The heads in parts that have about TABLED_AT_ONCE leaves."""
    leaves = np.cumsum([shape.tests[head] + 1 for head in heads])
    first = np.flatnonzero(np.diff(leaves // TABLED_AT_ONCE, prepend=-1)).tolist()
    for start, stop in pairwise([*first, len(heads)]):
        yield heads[start:stop]


@lru_cache(maxsize=1)
def _games_without_tables(
    forest: Forest, feature: tuple[int, ...], trees: range
) -> tuple[Games | None, Games | None]:
    """The games of all leaves, without tables. Leaves that would share a table are one group, so that the
    result of a row is the same to the last bit for few rows and for many."""
    shape = _shape(forest, feature)
    too_deep: list[int] = []
    leaf: list[int] = []
    group: list[int] = []
    for root in forest.roots[trees.start : trees.stop].tolist():
        heads, deep = _cut(shape, root)
        too_deep += deep
        for head in heads if shape.tests[root] else []:
            below = _from(shape, head)[1]
            group += [group[-1] + 1 if group else 0] * len(below)
            leaf += below
    return (
        games_of(forest, feature, too_deep, [0] * len(too_deep), shape.max_players),
        games_of(forest, feature, leaf, group, min(CODE_BITS, shape.max_players)),
    )


class _Shape(NamedTuple):
    """For each node: the children (see forest.zero_one), the number of tests above it, and of tests from it
    down.

    max_players: the maximum number of players of a leaf.
    """

    zeros: list[int]
    ones: list[int]
    depth: list[int]
    tests: list[int]
    max_players: int


def _shape(forest: Forest, feature: tuple[int, ...]) -> _Shape:
    zeros, ones = (side.tolist() for side in zero_one(forest))
    inner = [node for node, column in enumerate(forest.column.tolist()) if column >= 0]
    depth, tests = [0] * len(zeros), [0] * len(zeros)
    for node in inner:
        depth[zeros[node]] = depth[ones[node]] = depth[node] + 1
    for node in reversed(inner):
        tests[node] = 1 + tests[zeros[node]] + tests[ones[node]]
    tested = {feature[column] for column in forest.column.tolist() if column >= 0}
    max_players = min(max(depth), len(tested))
    return _Shape(zeros, ones, depth, tests, max_players)


def _cut(shape: _Shape, root: int) -> tuple[list[int], list[int]]:
    """Nodes whose tests, above and below together, fit in a code; and the leaves that are below no such
    node."""
    heads, deep = [], []
    stack = [root]
    while stack:
        node = stack.pop()
        if shape.depth[node] + shape.tests[node] <= CODE_BITS:
            heads.append(node)
        elif shape.tests[node]:
            stack += [shape.ones[node], shape.zeros[node]]
        else:
            deep.append(node)
    return heads, deep


def _from(shape: _Shape, head: int) -> tuple[list[int], list[int]]:
    """The tests and the leaves of the subtree at a node."""
    inner, leaf = [], []
    stack = [head]
    while stack:
        node = stack.pop()
        if shape.tests[node]:
            inner.append(node)
            stack += [shape.ones[node], shape.zeros[node]]
        else:
            leaf.append(node)
    return inner, leaf


def _tables(
    forest: Forest, feature: tuple[int, ...], shape: _Shape, heads: list[int], bit: Places
) -> dict[int, _Branch]:
    """The branch of each head, with the contributions of its leaves for every code.

    bit: (n,) the bit of each test in the code: its depth; for tests below a head, this function sets it.
    """
    inner, leaf = zip(*(_from(shape, head) for head in heads), strict=True)
    for head, nodes in zip(heads, inner, strict=True):
        bit[nodes] = range(shape.depth[head], shape.depth[head] + len(nodes))
    leaves_of = np.concatenate(leaf)
    in_order = np.argsort(leaves_of)
    head_of = np.repeat(np.arange(len(heads)), [len(nodes) for nodes in leaf])[in_order]
    players = players_of(forest, feature, leaves_of)
    bits = bit[players.node][:, None]
    agrees = (np.arange(1 << (int(bits.max()) + 1)) >> bits & 1) == players.passed[:, None]
    width = max(feature) + 1
    slot = head_of[players.game] * width + players.feature
    shares = shares_of(forest, players, agrees, min(CODE_BITS, shape.max_players))
    slot, table = sum_by_slot(shares, slot)
    reached = np.logical_and.reduceat(agrees, players.condition[players.first], axis=0)
    worth = np.zeros(
        (len(heads), 1, agrees.shape[1])
    )  # of the leaf that is reached, 0 if none below the head
    np.add.at(worth[:, 0], head_of, reached * forest.value[leaves_of[in_order]][:, None])
    edges = np.searchsorted(slot, np.arange(len(heads) + 1) * width).tolist()
    branches = {}
    for place, (head, nodes) in enumerate(zip(heads, inner, strict=True)):
        own = slice(edges[place], edges[place + 1])
        tests = [_bit_test(forest, node, bit) for node in nodes]
        features = [*(slot[own] % width).tolist(), MARGIN]
        branches[head] = _Branch(tests, features, np.concatenate([table[own], worth[place]]), [])
    return branches


def _bit_test(forest: Forest, node: int, bit: Places) -> _BitTest:
    passes = np.greater_equal if forest.missing_left[node] else np.less
    return int(forest.column[node]), passes, forest.threshold[node], np.uint8(1 << bit[node])


def _branch(
    forest: Forest, shape: _Shape, node: int, heads: dict[int, _Branch], bit: Places
) -> _Branch | None:
    """The branch from a node down to its heads; None if it has no heads."""
    if node in heads or not shape.tests[node] or shape.depth[node] >= CODE_BITS:
        return heads.get(node)
    sides = shape.zeros[node], shape.ones[node]
    below = [b for side in sides if (b := _branch(forest, shape, side, heads, bit))]
    return _Branch([_bit_test(forest, node, bit)], [], np.empty((0, 0)), below) if below else None
