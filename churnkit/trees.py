"""Decision trees and boosted trees as flat arrays: checked, walked, explained, with numpy alone.

Whatever fitted a tree, here a row goes left at a node when float32(x) < threshold, and where the node
says so when x is missing (NaN). A forest's answer is the sum of one leaf a tree, in log-odds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Singles: TypeAlias = npt.NDArray[np.float32]
Indices: TypeAlias = npt.NDArray[np.int32]
Counts: TypeAlias = npt.NDArray[np.intp]
Flags: TypeAlias = npt.NDArray[np.bool_]

BLOCK_ROWS = 16_384  # a block's columns and results stay in the second cache
FEW_ROWS = 512  # up to here walking the nodes beats answering every test of the forest
PLACED_LEAVES = 256  # a place in a tree is one byte
CODE_BITS = 8  # a code is one byte: a table has at most 256 entries a column
UNTABLED_ROWS = 64  # up to here tables cost more than they save
TABLED_LEAVES = 32_768  # whose tables are kept at one time: usually 50 MB, 270 MB at worst
GAME_CELLS = 1 << 18  # of players times rows, at one time


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees, one after the other, as arrays over their nodes; they must not be changed.

    roots: (t,) the first node of each tree, ascending. column: (n,) of the matrix, that the node
    tests; -1 at a leaf. threshold: (n,) float32(x) < threshold goes left; 0 at a leaf. left, right:
    (n,) the children, after the node itself; -1 at a leaf. missing_left: (n,) whether NaN goes left.
    value: (n,) log-odds, at a leaf what is added. cover: (n,) weight of the training rows, > 0.
    """

    roots: Indices
    column: Indices
    threshold: Singles
    left: Indices
    right: Indices
    missing_left: Flags
    value: Floats
    cover: Floats


# ---------------------------------------------------------------- in and out, and doubt


def to_plain(forest: Forest) -> dict[str, list[Any]]:
    """The forest as lists of plain numbers, for JSON, that read back as the same bits.

    A threshold is the shortest number that reads back as its float32; missing_left is 0 or 1.
    """
    short = np.array([float(str(number)) for number in forest.threshold], dtype=np.float64)
    exact = forest.threshold.astype(np.float64)
    plain: dict[str, list[Any]] = {name: getattr(forest, name).tolist() for name in _FIELDS}
    plain["threshold"] = np.where(short.astype(np.float32) == exact, short, exact).tolist()
    plain["missing_left"] = forest.missing_left.astype(int).tolist()
    return plain


def from_plain(plain: Mapping[str, object]) -> Forest:
    """The forest that `to_plain` wrote. Other keys are ignored; what it means is for `checked`.

    Raises ValueError on a missing key, and on anything in a list that is not a finite number of its
    kind: a text, true, null, NaN, a list, a number too large.
    """
    return Forest(
        roots=_whole_numbers(plain, "roots").astype(np.int32),
        column=_whole_numbers(plain, "column").astype(np.int32),
        threshold=_numbers(plain, "threshold", float(np.finfo(np.float32).max)).astype(np.float32),
        left=_whole_numbers(plain, "left").astype(np.int32),
        right=_whole_numbers(plain, "right").astype(np.int32),
        missing_left=_whole_numbers(plain, "missing_left", 0, 1).astype(np.bool_),
        value=_numbers(plain, "value"),
        cover=_numbers(plain, "cover"),
    )


_FIELDS = ("roots", "column", "threshold", "left", "right", "missing_left", "value", "cover")


def _listed(plain: Mapping[str, object], name: str, kinds: set[type], what: str) -> list[Any]:
    """The list of this name, all of it of these types."""
    if name not in plain:
        raise ValueError(f"the trees have no {name!r}")
    items = plain[name]
    if not isinstance(items, list):
        raise ValueError(f"{name!r} of the trees is not a list")
    if not set(map(type, items)) <= kinds:
        place = next(i for i, item in enumerate(items) if type(item) not in kinds)
        raise ValueError(f"{name}[{place}] of the trees is not {what}")
    return items


def _whole_numbers(
    plain: Mapping[str, object], name: str, least: int = -1, most: int = 2**31 - 1
) -> npt.NDArray[np.int64]:
    items = _listed(plain, name, {int}, "a whole number")
    if items and not least <= min(items) <= max(items) <= most:
        place = next(i for i, item in enumerate(items) if not least <= item <= most)
        raise ValueError(f"{name}[{place}] of the trees is not in {least} to {most}")
    return np.array(items, dtype=np.int64)


def _numbers(plain: Mapping[str, object], name: str, most: float = math.inf) -> Floats:
    items = _listed(plain, name, {int, float}, "a number")
    try:
        numbers = np.array([float(item) for item in items], dtype=np.float64)
    except OverflowError:  # an int past 1.8e308
        raise ValueError(f"{name!r} of the trees has a number that is too large") from None
    odd = ~np.isfinite(numbers) | (np.abs(numbers) > most)
    if odd.any():
        raise ValueError(f"{name}[{int(odd.argmax())}] of the trees is not finite or too large")
    return numbers


def checked(forest: Forest, columns: int) -> Forest:
    """The forest itself, sure to be trees over a matrix of so many columns, that can be walked.

    Raises ValueError, naming the node, where it is not: then walking it might fail or never end.
    Takes time in proportion to the nodes.
    """
    nodes = len(forest.column)
    for name in _FIELDS[1:]:
        if getattr(forest, name).shape != (nodes,):
            raise ValueError(f"the trees have {nodes} nodes, but not as many of {name!r}")
    roots = forest.roots
    if not len(roots):
        raise ValueError("there is no tree")
    if roots[0] != 0 or (np.diff(roots) <= 0).any() or roots[-1] >= nodes:
        raise ValueError("the roots of the trees do not ascend from node 0 to the last nodes")
    inner = forest.column != -1
    after = np.arange(nodes)
    ends = np.append(roots[1:], nodes)
    end = np.repeat(ends, ends - roots)
    child_is_off = np.zeros(nodes, dtype=np.bool_)
    for child in (forest.left, forest.right):
        _refuse((child != -1) != inner, "has children at a leaf, or too few at a test")
        child_is_off |= inner & ((child <= after) | (child >= end))
    _refuse(child_is_off, "has a child that is not after it in its own tree")
    parents = np.bincount(np.append(forest.left[inner], forest.right[inner]), minlength=nodes)
    parents[roots] += 1
    _refuse(parents != 1, "is not the child of exactly one node")
    _refuse((forest.column < -1) | (forest.column >= columns), f"tests none of {columns} columns")
    for name in ("threshold", "value", "cover"):
        _refuse(~np.isfinite(getattr(forest, name)), f"has a {name} that is not finite")
    _refuse(forest.cover <= 0, "has a cover that is not above 0")
    return forest


def _refuse(faulty: Flags, words: str) -> None:
    if faulty.any():
        raise ValueError(f"node {int(faulty.argmax())} of the trees {words}")


# ---------------------------------------------------------------- which leaf


def leaves(forest: Forest, matrix: Singles) -> Indices:
    """The node where each row ends, in each tree. matrix: (rows, k), NaN is missing.

    Returns (rows, t).
    """
    placed = np.empty((len(forest.roots), len(matrix)), dtype=np.int32)
    numbers = np.arange(len(forest.column), dtype=np.int32)
    for rows, columns in _blocks(matrix, BLOCK_ROWS):
        for tree, reached in enumerate(_at_leaves(forest, numbers, columns)):
            placed[tree, rows] = reached
    return placed.T


def margins(forest: Forest, matrix: Singles) -> Floats:
    """The sum of the leaves' values, tree after tree, for each row, in log-odds.

    matrix: (rows, k), NaN is missing. Returns (rows,); a row's sum never depends on other rows.
    """
    total = np.zeros(len(matrix))
    for rows, columns in _blocks(matrix, BLOCK_ROWS):
        for reached in _at_leaves(forest, forest.value, columns):
            total[rows] += reached
    return total


def _blocks(matrix: Singles, step: int) -> Iterator[tuple[slice, Singles]]:
    """Slices of rows, and those rows as (k, rows) float32, where a column is contiguous."""
    for start in range(0, len(matrix), step):
        rows = slice(start, min(start + step, len(matrix)))
        with np.errstate(over="ignore"):  # doubles past float32 are infinite, and that is right
            yield rows, np.ascontiguousarray(matrix[rows].T, dtype=np.float32)


def _at_leaves(forest: Forest, per_node: npt.NDArray[Any], columns: Singles) -> Iterator[Any]:
    """For each tree what stands in per_node, (n,), at the leaf of each row: (rows,), or a scalar."""
    if columns.shape[1] <= FEW_ROWS:
        yield from per_node[_walked(forest, forest.roots, columns)]
        return
    for root, plan in zip(forest.roots, _plans(forest), strict=True):
        if plan is None:
            yield per_node[_walked(forest, root[None], columns)[0]]
        else:
            yield per_node[plan.leaves][_place(plan.first, columns) if plan.first else 0]


def _walked(forest: Forest, roots: Indices, columns: Singles) -> Indices:
    """The leaves, (trees, rows), by going down level by level, all of these trees at once."""
    rows = columns.shape[1]
    node = np.repeat(roots, rows)
    moving = np.flatnonzero(forest.column[node] >= 0)
    while moving.size:
        here = node[moving]
        x = columns[forest.column[here], moving % rows]
        goes_left = np.where(np.isnan(x), forest.missing_left[here], x < forest.threshold[here])
        here = np.where(goes_left, forest.left[here], forest.right[here])
        node[moving] = here
        moving = moving[forest.column[here] >= 0]
    return node.reshape(len(roots), rows)


class _Test(NamedTuple):
    """A node's test so that NaN needs no care: rows that do not pass go to zero, others to one."""

    column: int
    passes: np.ufunc
    threshold: np.float32
    zero: _Test | None  # None is a leaf
    one: _Test | None
    zeros: np.uint8  # how many leaves zero has


class _Plan(NamedTuple):
    """A tree to be placed in: its leaves in the order of their places, and its first test."""

    leaves: Counts
    first: _Test | None


@lru_cache(maxsize=2)
def _plans(forest: Forest) -> list[_Plan | None]:
    """For each tree its plan, None where it has more leaves than a byte can count."""
    ends = np.append(forest.roots[1:], len(forest.column))
    small = ends - forest.roots < 2 * PLACED_LEAVES
    return [_plan(forest, int(r)) if s else None for r, s in zip(forest.roots, small, strict=True)]


def _plan(forest: Forest, root: int) -> _Plan:
    zeros, ones = _zero_one(forest)
    order: list[int] = []

    def planned(node: int) -> _Test | None:
        if forest.column[node] < 0:
            order.append(node)
            return None
        passes = np.greater_equal if forest.missing_left[node] else np.less
        before = len(order)
        zero = planned(int(zeros[node]))  # first, so that its places are smaller
        count = np.uint8(len(order) - before)
        one = planned(int(ones[node]))
        return _Test(int(forest.column[node]), passes, forest.threshold[node], zero, one, count)

    first = planned(root)
    return _Plan(np.array(order, dtype=np.intp), first)


def _place(step: _Test, columns: Singles) -> npt.NDArray[np.uint8]:
    """The place, a byte for each row, among the leaves below this test, all tests answered.

    The places of one are all larger than those of zero, so a choice is a product and a maximum of
    bytes, without a branch: 30 times as fast as following each row.
    """
    place = step.passes(columns[step.column], step.threshold).view(np.uint8)
    if step.one is not None:
        other = _place(step.one, columns)
        np.add(other, step.zeros, out=other)
        np.multiply(place, other, out=place)
    elif step.zeros > 1:
        np.multiply(place, step.zeros, out=place)
    if step.zero is not None:
        np.maximum(place, _place(step.zero, columns), out=place)
    return place  # type: ignore[no-any-return]


# ---------------------------------------------------------------- why


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
        placed = leaves(forest, matrix[start : start + BLOCK_ROWS])
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
    if len(matrix) <= UNTABLED_ROWS:
        _play(forest, leaf, matrix, parts)
        return base, parts.T
    for trees in _chunks(forest):
        branches, wide = _tabled(forest, trees)
        _play(forest, wide, matrix, parts)
        for rows, columns in _blocks(matrix, BLOCK_ROWS):
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


def _zero_one(forest: Forest) -> tuple[Indices, Indices]:
    """For each node the child of rows that do not pass its test (see _Test), and of others."""
    swapped = forest.missing_left
    zeros = np.where(swapped, forest.left, forest.right)
    return zeros, np.where(swapped, forest.right, forest.left)


class _Players(NamedTuple):
    """The columns tested above leaves, a player a leaf and column, in the order of the leaves.

    node, passed: (c,) the conditions on the ways, sorted by player: a test, and what it must say.
    condition: (p,) the first of each player. leaf, column, kept: (p,) the node, the column, and the
    product of the shares of cover. game, first: (p,) number of the leaf, (l,) its first player.
    """

    node: Counts
    passed: Flags
    condition: Counts
    leaf: Counts
    column: Indices
    kept: Floats
    game: Counts
    first: Counts


def _players(forest: Forest, up: Indices, leaf: Counts) -> _Players:
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
        passed=_zero_one(forest)[1][parent] == child,
        condition=condition,
        leaf=leaf[condition],
        column=column[condition],
        kept=kept,
        game=np.cumsum(new_leaf) - 1,
        first=np.flatnonzero(new_leaf),
    )


def _shares(forest: Forest, players: _Players, passes: Flags) -> Floats:
    """What each player gets, (p, n), when the tests of the conditions say passes, (c, n).

    value * (met - kept) * integral over t in 0-1 of the product over the leaf's other players of
    kept * (1 - t) + met * t: a polynomial, so that Gauss's few points are exact.
    """
    agrees = passes == players.passed[:, None]
    met = np.logical_and.reduceat(agrees, players.condition, axis=0)
    most = int(np.diff(players.first, append=len(players.game)).max())
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


def _summed(shares: Floats, slot: Counts) -> tuple[Counts, Floats]:
    """The slots there are, ascending, and for each the sum of the rows of shares it has."""
    order = np.argsort(slot, kind="stable")
    slot = slot[order]
    first = np.flatnonzero(np.diff(slot, prepend=-1))
    return slot[first], np.add.reduceat(shares[order], first, axis=0)


def _play(forest: Forest, leaf: Counts, matrix: Singles, parts: Floats) -> None:
    """Adds to parts, (k, rows), what these leaves give each row, without tables."""
    players = _players(forest, _parents(forest), leaf)
    if not players.node.size:
        return
    threshold = forest.threshold[players.node][:, None]
    to_zero = forest.missing_left[players.node][:, None]
    step = max(1, GAME_CELLS // players.node.size)
    for rows, columns in _blocks(matrix, step):
        x = columns[forest.column[players.node]]
        passes = np.where(to_zero, x >= threshold, x < threshold)
        column, total = _summed(_shares(forest, players, passes), players.column)  # type: ignore[arg-type]
        parts[column, rows] += total


_BitTest: TypeAlias = tuple[int, np.ufunc, np.float32, np.uint8]


class _Branch(NamedTuple):
    """Tests that add bits to a code (column, ufunc, threshold, bit), and what is known then.

    columns: that get something here: answers, (columns, codes), in log-odds. below: what goes on.
    """

    tests: list[_BitTest]
    columns: list[int]
    answers: Floats
    below: list[_Branch]


def _read(branch: _Branch, code: npt.NDArray[np.uint8], columns: Singles, parts: Floats) -> None:
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
def _tabled(forest: Forest, trees: range) -> tuple[list[_Branch], Counts]:
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
    return branches, np.array(wide, dtype=np.intp)


class _Shape(NamedTuple):
    """For each node the children (see _zero_one), the tests above it, the tests from it down."""

    zeros: list[int]
    ones: list[int]
    depth: list[int]
    tests: list[int]


def _shape(forest: Forest) -> _Shape:
    zeros, ones = (side.tolist() for side in _zero_one(forest))
    inner = [node for node, column in enumerate(forest.column.tolist()) if column >= 0]
    depth, tests = [0] * len(zeros), [0] * len(zeros)
    for node in inner:
        depth[zeros[node]] = depth[ones[node]] = depth[node] + 1
    for node in reversed(inner):
        tests[node] = 1 + tests[zeros[node]] + tests[ones[node]]
    return _Shape(zeros, ones, depth, tests)


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


def _tables(forest: Forest, shape: _Shape, heads: list[int], bit: Counts) -> dict[int, _Branch]:
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
    slot, answers = _summed(_shares(forest, players, passes), slot)
    edges = np.searchsorted(slot, np.arange(len(heads) + 1) * width).tolist()
    branches = {}
    for head, nodes, a, b in zip(heads, inner, edges, edges[1:], strict=False):
        tests = [_bit_test(forest, node, bit) for node in nodes]
        branches[head] = _Branch(tests, (slot[a:b] % width).tolist(), answers[a:b], [])
    return branches


def _bit_test(forest: Forest, node: int, bit: Counts) -> _BitTest:
    passes = np.greater_equal if forest.missing_left[node] else np.less
    return int(forest.column[node]), passes, forest.threshold[node], np.uint8(1 << bit[node])


def _grown(
    forest: Forest, shape: _Shape, node: int, heads: dict[int, _Branch], bit: Counts
) -> _Branch | None:
    """The branch from a node down to heads, None where there are none."""
    if node in heads or not shape.tests[node] or shape.depth[node] >= CODE_BITS:
        return heads.get(node)
    sides = shape.zeros[node], shape.ones[node]
    below = [b for side in sides if (b := _grown(forest, shape, side, heads, bit))]
    return _Branch([_bit_test(forest, node, bit)], [], np.empty((0, 0)), below) if below else None
