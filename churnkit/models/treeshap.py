"""Contributions in a forest: what each column or feature adds to a row's log-odds, with numpy only."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from churnkit.arrays import Bytes, Flags, Floats, Indices, Places, Singles
from churnkit.models.forest import BLOCK_ROWS, Forest, leaves_of, margins, row_blocks, zero_one

CODE_BITS = 8  # a code is one byte: a table has at most 256 entries per column
UNTABLED_ROWS = 64  # up to this many rows, building tables takes longer than it saves
TABLED_LEAVES = 32_768  # leaves whose tables are in memory at a time: usually 50 MB, at most 270 MB
TABLED_AT_ONCE = 64  # leaves; fewer take more calls, more do not fit in the cache of a core
MARGIN = -1  # the last feature of a table: the value of the leaf that a row reaches
GAME_CELLS = 1 << 18  # players times rows, at a time


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
    up = _parents(forest)
    parts = np.zeros((len(leaves), columns))
    rows = np.arange(len(leaves))
    for tree, root in enumerate(forest.roots):
        node = leaves[:, tree]
        while (node > root).any():  # a root is its own parent, and adds 0
            parent = up[node]
            parts[rows, forest.column[parent]] += forest.value[node] - forest.value[parent]
            node = parent
    return parts


def shap_contributions(
    forest: Forest, feature: tuple[int, ...], matrix: Singles, features: int
) -> tuple[Floats, float, Floats]:
    """Exact path-dependent Shapley values of the features: a test of an absent feature splits by cover.

    feature: (k,) the feature of each column, less than features; all columns of a category are one feature,
    present or absent together. matrix: (rows, k), NaN is missing. Returns the margins, the base (the mean of
    the leaves, weighted by cover) and (rows, features), in log-odds; base + a row's sum is its margin.

    Each leaf is a game. Its players are the features tested above it. Its worth is the leaf's value times a
    product over the players: met (0 or 1) for a present player, the kept share of the cover for an absent
    one. A player's share depends only on one bit per player. So for more than a few rows, the shares of a
    leaf are stored in tables, indexed by the bits of the tests above it and of neighbouring leaves.
    Source: Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
    trees, path-dependent; as an integral: Owen (1972), Multilinear extensions of games.
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
                _play(forest, games, matrix, shares)
            continue
        branches, deep_games = _branches(forest, feature, trees)
        has_margins = has_margins and deep_games is None
        _play(forest, deep_games, matrix, shares)
        for rows, columns in row_blocks(matrix, BLOCK_ROWS):
            start = np.zeros(columns.shape[1], dtype=np.uint8)
            for branch in branches:
                _add_branch(branch, start, columns, parts[:, rows])
    return parts[MARGIN] if has_margins else margins(forest, matrix), base, shares.T


def _parents(forest: Forest) -> Indices:
    """The parent of each node; a root is its own parent."""
    up = np.arange(len(forest.column), dtype=np.int32)
    inner = np.flatnonzero(forest.column >= 0)
    up[forest.left[inner]] = inner
    up[forest.right[inner]] = inner
    return up


class _Players(NamedTuple):
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


def _players(forest: Forest, feature: tuple[int, ...], leaf: Places) -> _Players:
    up = _parents(forest)
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
    return _Players(
        node=parent,  # type: ignore[arg-type]
        passed=zero_one(forest)[1][parent] == child,
        condition=condition,
        leaf=leaf[condition],
        feature=tested[condition],
        kept=kept,
        game=np.cumsum(new_leaf) - 1,
        first=np.flatnonzero(new_leaf),
    )


def _shares(forest: Forest, players: _Players, agrees: Flags, max_players: int) -> Floats:
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


def _sum_by_slot(shares: Floats, slot: Places) -> tuple[Places, Floats]:
    """The distinct slots, ascending, and for each the sum of its rows of shares."""
    order = np.argsort(slot, kind="stable")
    slot = slot[order]
    first = np.flatnonzero(np.diff(slot, prepend=-1))
    return slot[first], np.add.reduceat(shares[order], first, axis=0)


class _Games(NamedTuple):
    """Leaves to compute without tables.

    group: (p,) for each player, the group of its leaf: leaves of one group are summed before they are added
    to the result, group after group. max_players: maximum number of players of a leaf.
    """

    players: _Players
    group: Places
    max_players: int


def _games(
    forest: Forest, feature: tuple[int, ...], leaf: list[int], group: list[int], max_players: int
) -> _Games | None:
    """The games of these leaves, with the group of each leaf; None if there are no leaves."""
    if not leaf:
        return None
    players = _players(forest, feature, np.array(leaf, dtype=np.intp))
    groups = np.array(group, dtype=np.intp)[np.argsort(leaf)]
    return _Games(players, groups[players.game], max_players)


def _play(forest: Forest, games: _Games | None, matrix: Singles, parts: Floats) -> None:
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
        slot, total = _sum_by_slot(_shares(forest, players, agrees, games.max_players), slots)
        np.add.at(parts[:, rows], slot % width, total)  # in order, so that sums are reproducible


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
def _branches(forest: Forest, feature: tuple[int, ...], trees: range) -> tuple[list[_Branch], _Games | None]:
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
    return branches, _games(forest, feature, too_deep, [0] * len(too_deep), shape.max_players)


def _batches(shape: _Shape, heads: list[int]) -> Iterator[list[int]]:
    """The heads in parts that have about TABLED_AT_ONCE leaves."""
    leaves = np.cumsum([shape.tests[head] + 1 for head in heads])
    first = np.flatnonzero(np.diff(leaves // TABLED_AT_ONCE, prepend=-1)).tolist()
    for start, stop in pairwise([*first, len(heads)]):
        yield heads[start:stop]


@lru_cache(maxsize=1)
def _games_without_tables(
    forest: Forest, feature: tuple[int, ...], trees: range
) -> tuple[_Games | None, _Games | None]:
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
        _games(forest, feature, too_deep, [0] * len(too_deep), shape.max_players),
        _games(forest, feature, leaf, group, min(CODE_BITS, shape.max_players)),
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
    players = _players(forest, feature, leaves_of)
    bits = bit[players.node][:, None]
    agrees = (np.arange(1 << (int(bits.max()) + 1)) >> bits & 1) == players.passed[:, None]
    width = max(feature) + 1
    slot = head_of[players.game] * width + players.feature
    shares = _shares(forest, players, agrees, min(CODE_BITS, shape.max_players))
    slot, table = _sum_by_slot(shares, slot)
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
