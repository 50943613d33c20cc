"""Why a forest answers as it does: what each column adds for each row, in log-odds, with numpy alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

from churnkit.arrays import Bytes, Flags, Floats, Indices, Places, Singles
from churnkit.models.forest import BLOCK_ROWS, Forest, leaves_of, row_blocks, zero_one

CODE_BITS = 8  # a code is one byte: a table has at most 256 entries a column
UNTABLED_ROWS = 64  # up to here tables cost more than they save
TABLED_LEAVES = 32_768  # whose tables are kept at one time: usually 50 MB, 270 MB at worst
GAME_CELLS = 1 << 18  # of players times rows, at one time


def path_contributions(forest: Forest, matrix: Singles) -> tuple[float, Floats]:
    """What each step down the trees changes, given to the column that decided it, in log-odds.

    matrix: (rows, k), NaN is missing. Returns the base, the sum of the roots' values, and (rows, k);
    base + a row's sum is its margin. For one tree that is drawn; it underrates the low tests of
    many trees.
    Source: Saabas (2014), Interpreting random forests.
    """
    up = _parents(forest)
    parts = np.zeros(matrix.shape)
    for start in range(0, len(matrix), BLOCK_ROWS):
        part = parts[start : start + BLOCK_ROWS]
        rows = np.arange(len(part))
        placed = leaves_of(forest, matrix[start : start + BLOCK_ROWS])
        for tree, root in enumerate(forest.roots):
            node = placed[:, tree]
            while (node > root).any():  # a root is its own parent, and adds 0
                parent = up[node]
                part[rows, forest.column[parent]] += forest.value[node] - forest.value[parent]
                node = parent
    return float(forest.value[forest.roots].sum()), parts


def shap_contributions(forest: Forest, matrix: Singles) -> tuple[float, Floats]:
    """Shapley values of the columns, exact, where an absent column follows the training rows.

    matrix: (rows, k), NaN is missing. Returns the base, the mean of the leaves by their cover, and
    (rows, k), in log-odds; base + a row's sum is its margin.
    A leaf is a game that is won when all columns tested above it allow it: it is worth its value
    times the product over these players of met (0 or 1) if present, of the share of cover that is
    kept if absent. What a player gets depends on one bit a player, so for more than a few rows each
    leaf's answers are tabled by the bits of the tests above it and of its neighbours.
    Source: Lundberg et al. (2020), From local explanations to global understanding with explainable
    AI for trees, path-dependent; as an integral: Owen (1972), Multilinear extensions of games.
    """
    leaf = np.flatnonzero(forest.column < 0)
    tree = np.searchsorted(forest.roots, leaf, side="right") - 1
    share = forest.cover[leaf] / forest.cover[forest.roots[tree]]
    base = float((forest.value[leaf] * share).sum())
    parts = np.zeros(matrix.shape[::-1])
    for trees in _chunks(forest):
        if len(matrix) <= UNTABLED_ROWS:
            for games in _untabled(forest, trees):
                _play(forest, games, matrix, parts)
            continue
        branches, wide = _tabled(forest, trees)
        _play(forest, wide, matrix, parts)
        for rows, columns in row_blocks(matrix, BLOCK_ROWS):
            start = np.zeros(columns.shape[1], dtype=np.uint8)
            for branch in branches:
                _read(branch, start, columns, parts[:, rows])
    return base, parts.T


def _parents(forest: Forest) -> Indices:
    """For each node its parent, for a root itself."""
    up = np.arange(len(forest.column), dtype=np.int32)
    inner = np.flatnonzero(forest.column >= 0)
    up[forest.left[inner]] = inner
    up[forest.right[inner]] = inner
    return up


class _Players(NamedTuple):
    """The columns tested above leaves, a player a leaf and column, in the order of the leaves.

    node, passed: (c,) the conditions on the ways, sorted by player: a test, and what it must say.
    condition: (p,) the first of each player. leaf, column, kept: (p,) the node, the column, and the
    product of the shares of cover. game, first: (p,) number of the leaf, (l,) its first player.
    """

    node: Places
    passed: Flags
    condition: Places
    leaf: Places
    column: Indices
    kept: Floats
    game: Places
    first: Places


def _players(forest: Forest, up: Indices, leaf: Places) -> _Players:
    steps = []  # type: ignore[var-annotated]
    child = leaf
    while not steps or leaf.size:
        parent = up[child]
        below = parent != child
        leaf, child, parent = leaf[below], child[below], parent[below]
        steps.append((leaf, child, parent))
        child = parent
    leaf, child, parent = (np.concatenate(part) for part in zip(*steps, strict=True))
    column = forest.column[parent]
    order = np.lexsort((column, leaf))
    leaf, child, parent, column = leaf[order], child[order], parent[order], column[order]
    new_leaf = np.diff(leaf, prepend=-1) != 0
    new = new_leaf | (np.diff(column, prepend=-1) != 0)
    condition = np.flatnonzero(new)
    kept = np.multiply.reduceat(forest.cover[child] / forest.cover[parent], condition)
    new_leaf = new_leaf[condition]
    return _Players(
        node=parent,  # type: ignore[arg-type]
        passed=zero_one(forest)[1][parent] == child,
        condition=condition,
        leaf=leaf[condition],
        column=column[condition],
        kept=kept,
        game=np.cumsum(new_leaf) - 1,
        first=np.flatnonzero(new_leaf),
    )


def _shares(forest: Forest, players: _Players, passes: Flags, most: int) -> Floats:
    """What each player gets, (p, n), when the tests of the conditions say passes, (c, n).

    most: a leaf's players, or more.
    value * (met - kept) * integral over t in 0-1 of the product over the leaf's other players of
    kept * (1 - t) + met * t: a polynomial, so that Gauss's few points are exact.
    """
    agrees = passes == players.passed[:, None]
    met = np.logical_and.reduceat(agrees, players.condition, axis=0)
    kept = players.kept[:, None]
    integral = np.zeros(met.shape)
    for at, weight in zip(*np.polynomial.legendre.leggauss((most + 1) // 2), strict=True):
        t = (at + 1) / 2
        factor = met * t
        factor += kept * (1 - t)
        product = np.multiply.reduceat(factor, players.first, axis=0)
        product *= weight / 2
        integral += product[players.game] / factor
    integral *= met - kept
    integral *= forest.value[players.leaf][:, None]
    return integral


def _summed(shares: Floats, slot: Places) -> tuple[Places, Floats]:
    """The slots there are, ascending, and for each the sum of the rows of shares it has."""
    order = np.argsort(slot, kind="stable")
    slot = slot[order]
    first = np.flatnonzero(np.diff(slot, prepend=-1))
    return slot[first], np.add.reduceat(shares[order], first, axis=0)


class _Games(NamedTuple):
    """Leaves to be played without tables. leaf: (l,) nodes. group: (l,) whose shares are summed before they
    are added, one after the other. most: players of a leaf."""

    leaf: Places
    group: Places
    most: int


def _play(forest: Forest, games: _Games, matrix: Singles, parts: Floats) -> None:
    """Adds to parts, (k, rows), what these leaves give each row."""
    if not games.leaf.size:
        return
    players = _players(forest, _parents(forest), games.leaf)
    width = len(parts)
    slots = games.group[np.argsort(games.leaf)][players.game] * width + players.column
    threshold = forest.threshold[players.node][:, None]
    to_zero = forest.missing_left[players.node][:, None]
    step = max(1, GAME_CELLS // players.node.size)
    for rows, columns in row_blocks(matrix, step):
        x = columns[forest.column[players.node]]
        passes = np.where(to_zero, x >= threshold, x < threshold)
        slot, total = _summed(_shares(forest, players, passes, games.most), slots)
        np.add.at(parts[:, rows], slot % width, total)  # one after the other


_BitTest: TypeAlias = tuple[int, np.ufunc, np.float32, np.uint8]


class _Branch(NamedTuple):
    """Tests that add bits to a code (column, ufunc, threshold, bit), and what is known then.

    columns: that get something here: answers, (columns, codes), in log-odds. below: what goes on.
    """

    tests: list[_BitTest]
    columns: list[int]
    answers: Floats
    below: list[_Branch]


def _read(branch: _Branch, code: Bytes, columns: Singles, parts: Floats) -> None:
    """Adds to parts, (k, rows), what the tables say for rows with this code so far, (rows,)."""
    for column, passes, threshold, bit in branch.tests:
        bits = passes(columns[column], threshold).view(np.uint8)
        np.multiply(bits, bit, out=bits)
        code = np.add(code, bits, out=bits)
    if branch.columns:
        index = code.astype(np.intp)
        for column, answers in zip(branch.columns, branch.answers, strict=True):
            parts[column] += answers.take(index, mode="clip")  # clip: no second look at the index
    for below in branch.below:
        _read(below, code, columns, parts)


def _chunks(forest: Forest) -> Iterator[range]:
    """The trees, cut so that the tables of each part can be kept."""
    ends = np.append(forest.roots[1:], len(forest.column))
    leaves_up_to = np.cumsum(forest.column < 0)[ends - 1]
    first = np.flatnonzero(np.diff(leaves_up_to // TABLED_LEAVES, prepend=-1)).tolist()
    yield from map(range, first, [*first[1:], len(forest.roots)])


@lru_cache(maxsize=1)
def _tabled(forest: Forest, trees: range) -> tuple[list[_Branch], _Games]:
    """These trees as branches, and the leaves that are too deep for tables."""
    shape = _shape(forest)
    branches, wide = [], []
    bit = np.array(shape.depth)
    for root in forest.roots[trees.start : trees.stop].tolist():
        heads, deep = _cut(shape, root)
        wide += deep
        if heads and shape.tests[root]:
            branch = _grown(forest, shape, root, _tables(forest, shape, heads, bit), bit)
            branches += [branch] if branch else []
    return branches, _games(wide, [0] * len(wide), shape.most)


def _untabled(forest: Forest, trees: range) -> tuple[_Games, _Games]:
    """The same leaves, those that tables would hold group by group as tables hold them: a row's parts are the
    same to the last bit whether there are few rows or many."""
    shape = _shape(forest)
    wide: list[int] = []
    leaf: list[int] = []
    group: list[int] = []
    for root in forest.roots[trees.start : trees.stop].tolist():
        heads, deep = _cut(shape, root)
        wide += deep
        for head in heads if shape.tests[root] else []:
            below = _from(shape, head)[1]
            group += [group[-1] + 1 if group else 0] * len(below)
            leaf += below
    return _games(wide, [0] * len(wide), shape.most), _games(leaf, group, min(CODE_BITS, shape.most))


def _games(leaf: list[int], group: list[int], most: int) -> _Games:
    return _Games(np.array(leaf, dtype=np.intp), np.array(group, dtype=np.intp), most)


class _Shape(NamedTuple):
    """For each node the children (see trees.zero_one), the tests above it, the tests from it down.

    most: no leaf has more players.
    """

    zeros: list[int]
    ones: list[int]
    depth: list[int]
    tests: list[int]
    most: int


def _shape(forest: Forest) -> _Shape:
    zeros, ones = (side.tolist() for side in zero_one(forest))
    inner = [node for node, column in enumerate(forest.column.tolist()) if column >= 0]
    depth, tests = [0] * len(zeros), [0] * len(zeros)
    for node in inner:
        depth[zeros[node]] = depth[ones[node]] = depth[node] + 1
    for node in reversed(inner):
        tests[node] = 1 + tests[zeros[node]] + tests[ones[node]]
    most = min(max(depth), len(np.unique(forest.column)) - 1)  # -1 is a leaf
    return _Shape(zeros, ones, depth, tests, most)


def _cut(shape: _Shape, root: int) -> tuple[list[int], list[int]]:
    """Nodes such that the tests above and from each fit in a code, and leaves where none is."""
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
    """The tests and the leaves from a node down."""
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


def _tables(forest: Forest, shape: _Shape, heads: list[int], bit: Places) -> dict[int, _Branch]:
    """The branch of each head, with what its leaves give for every code.

    bit: (n,) of the code, for each test: its depth, but below a head, where it is set here.
    """
    inner, leaf = zip(*(_from(shape, head) for head in heads), strict=True)
    for head, nodes in zip(heads, inner, strict=True):
        bit[nodes] = range(shape.depth[head], shape.depth[head] + len(nodes))
    leaves_of = np.concatenate(leaf)
    head_of = np.repeat(np.arange(len(heads)), [len(nodes) for nodes in leaf])
    players = _players(forest, _parents(forest), leaves_of)
    bits = bit[players.node][:, None]
    passes = (np.arange(1 << (int(bits.max()) + 1)) >> bits & 1).astype(np.bool_)
    width = int(players.column.max()) + 1
    slot = head_of[np.argsort(leaves_of)][players.game] * width + players.column
    slot, answers = _summed(_shares(forest, players, passes, min(CODE_BITS, shape.most)), slot)
    edges = np.searchsorted(slot, np.arange(len(heads) + 1) * width).tolist()
    branches = {}
    for head, nodes, a, b in zip(heads, inner, edges, edges[1:], strict=False):
        tests = [_bit_test(forest, node, bit) for node in nodes]
        branches[head] = _Branch(tests, (slot[a:b] % width).tolist(), answers[a:b], [])
    return branches


def _bit_test(forest: Forest, node: int, bit: Places) -> _BitTest:
    passes = np.greater_equal if forest.missing_left[node] else np.less
    return int(forest.column[node]), passes, forest.threshold[node], np.uint8(1 << bit[node])


def _grown(
    forest: Forest, shape: _Shape, node: int, heads: dict[int, _Branch], bit: Places
) -> _Branch | None:
    """The branch from a node down to heads, None where there are none."""
    if node in heads or not shape.tests[node] or shape.depth[node] >= CODE_BITS:
        return heads.get(node)
    sides = shape.zeros[node], shape.ones[node]
    below = [b for side in sides if (b := _grown(forest, shape, side, heads, bit))]
    return _Branch([_bit_test(forest, node, bit)], [], np.empty((0, 0)), below) if below else None
