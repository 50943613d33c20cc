"""Decision trees and boosted trees as flat arrays, checked and evaluated with numpy only.

For every library that fits trees, the rule here is the same: a row goes left at a node if float32(x) <
threshold; if x is missing (NaN), the node's missing_left decides. The result of a forest is the sum of one
leaf per tree, in log-odds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from churnkit.arrays import Bytes, Flags, Floats, Indices, Places, Singles
from churnkit.models.calibration import CalibratedFile

MAX_DEPTH = 1_000  # tests above a leaf; no tree fitted here is that deep
BLOCK_ROWS = 16_384  # a block's columns and results fit in the L2 cache
PLAIN_ROWS = 16  # up to this many rows (and PLAIN_WALKS, but always for one row) plain Python is faster
PLAIN_WALKS = 600  # rows times trees; beyond, numpy is as fast. One row of 80 trees: 4 times faster
FEW_ROWS = 512  # up to this many rows, walking the nodes is faster than evaluating every test
PLACED_LEAVES = 256  # a leaf's place in a tree must fit in one byte


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees, one after the other, as arrays over their nodes. The arrays must not be changed.

    roots: (t,) the first node of each tree, ascending. column: (n,) the matrix column that the node tests; -1
    at a leaf. threshold: (n,) float32(x) < threshold goes left; 0 at a leaf. left, right: (n,) the children,
    after the node itself; -1 at a leaf. missing_left: (n,) whether NaN goes left. value: (n,) log-odds; a
    leaf adds its value. cover: (n,) weight of the training rows, > 0.
    """

    roots: Indices
    column: Indices
    threshold: Singles
    left: Indices
    right: Indices
    missing_left: Flags
    value: Floats
    cover: Floats


NodeNumber = Annotated[int, msgspec.Meta(ge=-1, le=2**31 - 1)]
LARGEST_SINGLE = float(np.finfo(np.float32).max)
SingleNumber = Annotated[float, msgspec.Meta(ge=-LARGEST_SINGLE, le=LARGEST_SINGLE)]


class ForestFile(CalibratedFile, frozen=True, kw_only=True):
    """Trees in a model file: the arrays of a Forest as lists."""

    roots: list[NodeNumber]
    column: list[NodeNumber]
    threshold: list[SingleNumber]
    left: list[NodeNumber]
    right: list[NodeNumber]
    missing_left: list[Annotated[int, msgspec.Meta(ge=0, le=1)]]
    value: list[float]
    cover: list[float]


def forest_to_plain(forest: Forest) -> dict[str, list[Any]]:
    """The forest as lists of plain numbers, for JSON; reading them back gives the same bits.

    A threshold is the shortest number that reads back as the same float32; missing_left is 0 or 1.
    """
    short = np.array([float(str(number)) for number in forest.threshold], dtype=np.float64)
    exact = forest.threshold.astype(np.float64)
    plain: dict[str, list[Any]] = {name: getattr(forest, name).tolist() for name in _FIELDS}
    plain["threshold"] = np.where(short.astype(np.float32) == exact, short, exact).tolist()
    plain["missing_left"] = forest.missing_left.astype(int).tolist()
    return plain


_FIELDS = ("roots", "column", "threshold", "left", "right", "missing_left", "value", "cover")


def forest_from_plain(plain: ForestFile) -> Forest:
    """The forest that `forest_to_plain` wrote. `check_forest` checks that it is valid."""
    return Forest(
        roots=np.array(plain.roots, dtype=np.int32),
        column=np.array(plain.column, dtype=np.int32),
        threshold=np.array(plain.threshold, dtype=np.float32),
        left=np.array(plain.left, dtype=np.int32),
        right=np.array(plain.right, dtype=np.int32),
        missing_left=np.array(plain.missing_left, dtype=np.bool_),
        value=np.array(plain.value, dtype=np.float64),
        cover=np.array(plain.cover, dtype=np.float64),
    )


def check_forest(forest: Forest, columns: int) -> Forest:
    """The forest itself, if it consists of valid trees over a matrix with this number of columns.

    Raises ValueError with the node if it does not: walking such a forest might fail or never end.
    Time is proportional to the number of nodes.
    """
    nodes = len(forest.column)
    for name in _FIELDS[1:]:
        if getattr(forest, name).shape != (nodes,):
            raise ValueError(f"the trees have {nodes} nodes, but {name!r} has another length")
    roots = forest.roots
    if not len(roots):
        raise ValueError("there is no tree")
    if roots[0] != 0 or (np.diff(roots) <= 0).any() or roots[-1] >= nodes:
        raise ValueError("the roots of the trees must ascend, start at node 0 and be existing nodes")
    _check_children(forest)
    _refuse(
        (forest.column < -1) | (forest.column >= columns),
        f"tests a column that does not exist (there are {columns})",
    )
    for name in ("threshold", "value", "cover"):
        _refuse(~np.isfinite(getattr(forest, name)), f"has a {name} that is not finite")
    _refuse(forest.cover <= 0, "has a cover that is not above 0")
    return forest


def _check_children(forest: Forest) -> None:
    """Raises ValueError unless each node except a root has one parent in its own tree, and no tree is too
    deep."""
    inner = forest.column != -1
    nodes = np.arange(len(inner))
    stops = np.append(forest.roots[1:], len(inner))
    stop = np.repeat(stops, stops - forest.roots)
    is_outside = np.zeros(len(inner), dtype=np.bool_)
    for child in (forest.left, forest.right):
        _refuse((child != -1) != inner, "is a leaf with children, or a test with fewer than two")
        is_outside |= inner & ((child <= nodes) | (child >= stop))
    _refuse(is_outside, "has a child that is not after it in its own tree")
    parents = np.bincount(np.append(forest.left[inner], forest.right[inner]), minlength=len(inner))
    parents[forest.roots] += 1
    _refuse(parents != 1, "is not the child of exactly one node")
    level: Indices = forest.roots
    for _ in range(MAX_DEPTH):
        if not len(level):
            return
        level = level[inner[level]]
        level = np.append(forest.left[level], forest.right[level])
    is_deep = np.zeros(len(inner), dtype=np.bool_)
    is_deep[level[inner[level]]] = True
    _refuse(is_deep, f"has more than {MAX_DEPTH} tests above its leaves")


def _refuse(is_bad: Flags, problem: str) -> None:
    if is_bad.any():
        raise ValueError(f"node {int(is_bad.argmax())} of the trees {problem}")


def border_of(threshold: float) -> float:
    """The smallest double that goes right: float32(x) < threshold is x < border, without float32.

    A double half-way between two float32 is rounded to the even one of them; beyond the largest float32, to
    infinity.
    """
    single = np.float32(threshold)
    with np.errstate(over="ignore"):
        below = max(float(np.nextafter(single, np.float32(-np.inf))), -(2.0**128))
        middle = (below + float(single)) / 2
        return middle if np.float32(middle) >= single else float(np.nextafter(middle, np.inf))


def leaves_of(forest: Forest, matrix: Singles) -> Indices:
    """The leaf of each row in each tree, as node numbers (rows, t). matrix: (rows, k), NaN is missing."""
    if _are_few(forest, matrix):
        reached = [_walk_plainly(forest, row) for row in _plain_rows(matrix)]
        return np.array(reached, dtype=np.int32).reshape(len(matrix), len(forest.roots))
    leaves = np.empty((len(forest.roots), len(matrix)), dtype=np.int32)
    numbers = np.arange(len(forest.column), dtype=np.int32)
    for rows, columns in row_blocks(matrix, BLOCK_ROWS):
        for tree, reached in enumerate(_at_leaves(forest, numbers, columns)):
            leaves[tree, rows] = reached
    return leaves.T


def margins(forest: Forest, matrix: Singles) -> Floats:
    """(rows,) the sum of the leaf values over the trees, in log-odds.

    matrix: (rows, k), NaN is missing. A row's sum never depends on other rows.
    """
    if _are_few(forest, matrix):
        return np.array([_margin_plainly(forest, row) for row in _plain_rows(matrix)], dtype=np.float64)
    total = np.zeros(len(matrix))
    for rows, columns in row_blocks(matrix, BLOCK_ROWS):
        for reached in _at_leaves(forest, forest.value, columns):
            total[rows] += reached
    return total


def row_blocks(matrix: Singles, step: int) -> Iterator[tuple[slice, Singles]]:
    """Blocks of rows: the slice, and its rows as (k, rows) float32, where each column is contiguous."""
    for start in range(0, len(matrix), step):
        rows = slice(start, min(start + step, len(matrix)))
        with np.errstate(over="ignore"):  # doubles beyond float32 become infinite, as intended
            yield rows, np.ascontiguousarray(matrix[rows].T, dtype=np.float32)


def _at_leaves(forest: Forest, per_node: npt.NDArray[Any], columns: Singles) -> Iterator[Any]:
    """For each tree: the per_node value, (n,), at the leaf of each row: (rows,), or a scalar."""
    if columns.shape[1] <= FEW_ROWS:
        yield from per_node[_walk(forest, forest.roots, columns)]
        return
    for root, plan in zip(forest.roots, _plans(forest), strict=True):
        if plan is None:
            yield per_node[_walk(forest, root[None], columns)[0]]
        else:
            place = _place(plan.first, columns) if plan.first else 0
            yield per_node[plan.leaves].take(place, mode="clip")  # clip: skips the bounds check


def _walk(forest: Forest, roots: Indices, columns: Singles) -> Indices:
    """The leaves, (trees, rows), found by walking down all of these trees level by level."""
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


def _are_few(forest: Forest, matrix: Singles) -> bool:
    return len(matrix) <= min(PLAIN_ROWS, max(1, PLAIN_WALKS // len(forest.roots)))


def _plain_rows(matrix: Singles) -> list[list[float]]:
    """The rows as lists of Python's floats, rounded to float32."""
    with np.errstate(over="ignore"):
        return matrix.astype(np.float32, copy=False).tolist()  # type: ignore[no-any-return]


@lru_cache(maxsize=2)
def _plain_trees(forest: Forest) -> list[Any]:
    """Each tree as tuples in tuples: column, threshold, left, right, and the side of missing values.

    A leaf is its number.
    """
    arrays = (forest.column, forest.threshold, forest.left, forest.right, forest.missing_left)
    tests = list(zip(*(array.tolist() for array in arrays), strict=True))
    nodes: list[Any] = list(range(len(tests)))
    for node in reversed(range(len(tests))):  # children are after their parent
        column, threshold, left, right, missing_left = tests[node]
        if column >= 0:
            missing = left if missing_left else right
            nodes[node] = (column, threshold, nodes[left], nodes[right], nodes[missing])
    return [nodes[root] for root in forest.roots.tolist()]


def _walk_plainly(forest: Forest, row: list[float]) -> list[int]:
    """The leaf of one row in each tree, as `_walk` finds it."""
    leaves = []
    for node in _plain_trees(forest):
        while node.__class__ is tuple:
            column, threshold, left, right, missing = node
            x = row[column]
            node = left if x < threshold else right if x >= threshold else missing
        leaves.append(node)
    return leaves


def _margin_plainly(forest: Forest, row: list[float]) -> float:
    """The sum of one row's leaf values, tree after tree as in `margins`; sum() may round otherwise."""
    total = 0.0
    for value in forest.value[_walk_plainly(forest, row)].tolist():
        total += value
    return total


def zero_one(forest: Forest) -> tuple[Indices, Indices]:
    """For each node: the child for rows whose test is false (NaN always is), and the child for true."""
    swapped = forest.missing_left
    zeros = np.where(swapped, forest.left, forest.right)
    return zeros, np.where(swapped, forest.right, forest.left)


def parents(forest: Forest) -> Indices:
    """The parent of each node; a root is its own parent."""
    up = np.arange(len(forest.column), dtype=np.int32)
    inner = np.flatnonzero(forest.column >= 0)
    up[forest.left[inner]] = inner
    up[forest.right[inner]] = inner
    return up


class _SplitTest(NamedTuple):
    """A node's test, written so that NaN never passes: rows that do not pass go to zero, others to one."""

    column: int
    passes: np.ufunc
    threshold: np.float32
    zero: _SplitTest | None  # None is a leaf
    one: _SplitTest | None
    zeros: np.uint8  # number of leaves below zero


class _Plan(NamedTuple):
    """A tree prepared for `_place`: its leaves in the order of their places, and its first test."""

    leaves: Places
    first: _SplitTest | None


@lru_cache(maxsize=2)
def _plans(forest: Forest) -> list[_Plan | None]:
    """The plan of each tree; None if it has more leaves than one byte can count."""
    ends = np.append(forest.roots[1:], len(forest.column))
    small = ends - forest.roots < 2 * PLACED_LEAVES
    zeros, ones = (side.tolist() for side in zero_one(forest))
    column, missing_left = forest.column.tolist(), forest.missing_left.tolist()
    order: list[int] = []

    def plan(node: int) -> _SplitTest | None:
        if column[node] < 0:
            order.append(node)
            return None
        passes = np.greater_equal if missing_left[node] else np.less
        before = len(order)
        zero = plan(zeros[node])  # first, so that its places are smaller
        count = np.uint8(len(order) - before)
        return _SplitTest(column[node], passes, forest.threshold[node], zero, plan(ones[node]), count)

    plans: list[_Plan | None] = []
    for root, is_small in zip(forest.roots.tolist(), small.tolist(), strict=True):
        order.clear()
        first = plan(root) if is_small else None
        plans.append(_Plan(np.array(order, dtype=np.intp), first) if is_small else None)
    return plans


def _place(step: _SplitTest, columns: Singles) -> Bytes:
    """(rows,) the place of each row's leaf among the leaves below this test, as a byte; evaluates all tests.

    All places below `one` are larger than those below `zero`, so a choice is a product and a maximum of
    bytes, without a branch: 30 times as fast as walking each row down.
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
