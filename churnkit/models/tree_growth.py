"""Growing a tree best-first, where a question is chosen by the tree that follows from it.

Columns are cut into bins once, so that all splits of a node are compared by a few sums. Best-first growth
takes the split with the largest gain. Then, from the root down, the next best columns of each node are tried:
the tree is grown again with that question, which is kept if the whole tree fits the training rows better.
To look at one more question only, not at the tree that follows, gave a higher log loss on each of five public
tables; see Murthy, Salzberg (1995), Lookahead and pathology in decision tree induction.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from churnkit.arrays import Flags, Floats, Ints, Singles
from churnkit.bins import bins_of

BINS = 255  # of a column, besides one for missing values
CANDIDATES = 3  # columns that are tried for a question
LEAST_GAIN = 1.0  # of log-likelihood, for another question than the best at its node
PRIOR_ROWS = 2.0  # of the base rate, in the churn rate of each node
LARGEST = np.float32(3e38)  # a threshold above all numbers, in a model file


@dataclass(frozen=True)
class Rules:
    """What a tree must keep to.

    leaves: at most. min_rows: in each leaf. directions: of each column, 1 if higher values may only raise the
    churn rate, -1 if only lower it, else 0. first: the column of the first question, None for any.
    """

    leaves: int
    min_rows: int
    directions: Sequence[int]
    first: int | None


@dataclass(frozen=True)
class Question:
    """gain: of log-likelihood. cut: the last bin on the left; missing_left: where missing values go."""

    gain: float
    column: int
    cut: int
    missing_left: bool


@dataclass(eq=False)
class GrownNode:
    """A node, and what may follow from it.

    rows: row numbers. sums: (3, m, bins + 1) number of rows, weight and churned weight by column and bin, the
    last for missing values. bounds: of the smoothed churn rate, from the directions. questions: the best of
    each column, the largest gain first. chosen: index in questions. is_fixed: whether the question must be
    in the tree. children: by index of the question.
    """

    rows: Ints
    sums: Floats
    bounds: tuple[float, float]
    questions: list[Question]
    chosen: int = 0
    is_fixed: bool = False
    children: dict[int, tuple[GrownNode, GrownNode]] = field(default_factory=dict)

    @property
    def question(self) -> Question:
        return self.questions[self.chosen]

    @property
    def weight(self) -> float:
        return float(self.sums[1, 0].sum())

    @property
    def churned(self) -> float:
        return float(self.sums[2, 0].sum())


class Grower:
    """Grows trees on these rows. columns: (n, m), NaN is missing. truth: (n,) of 0 and 1. weights: (n,)."""

    def __init__(self, columns: Singles, truth: Floats, weights: Floats, rules: Rules) -> None:
        self.rules, self.truth, self.weights = rules, truth, weights
        self.base = float(np.average(truth, weights=weights))
        counts = np.arange(len(truth) + 1.0)  # sums of rows that all have the weight 1
        self.of_count = _x_log_x(counts) if (weights == 1).all() else None
        self.cuts = [_cuts(column) for column in columns.T]
        self.bins = max(len(cuts) for cuts in self.cuts) + 1
        self.codes: Ints = np.empty(columns.shape, dtype=np.int64)
        for place, cuts in enumerate(self.cuts):
            column = columns[:, place].astype(np.float64)
            self.codes[:, place] = np.where(np.isnan(column), self.bins, bins_of(cuts, column))

    def grow(self, looks_ahead: bool) -> tuple[GrownNode, list[GrownNode]]:
        """The root, and the nodes with a question, best-first. No question if none leaves enough rows.

        looks_ahead: whether questions are chosen by the tree that follows; the tree without comes first, as
        this one changes its nodes.
        """
        inner = self._expand(self._root)
        if looks_ahead:
            inner = self._look_ahead(self._root, inner)
        return self._root, _by_gain(self._root, inner)

    @cached_property
    def _root(self) -> GrownNode:
        rows = np.arange(len(self.truth))
        root = self._node(rows, self._sums(rows), (0.0, 1.0))
        if self.rules.first is not None:
            root.questions = [question for question in root.questions if question.column == self.rules.first]
            root.is_fixed = True
        return root

    def threshold(self, question: Question) -> np.float32:
        """Known values below it go left."""
        cuts = self.cuts[question.column]
        return np.float32(cuts[question.cut]) if question.cut < len(cuts) else LARGEST

    def _look_ahead(self, root: GrownNode, inner: list[GrownNode]) -> list[GrownNode]:
        best, waiting = _total(inner), [root]
        while waiting:
            node = waiting.pop(0)
            kept = node.chosen
            for candidate in range(min(CANDIDATES, len(node.questions))):
                if candidate == kept:
                    continue
                before = node.chosen, node.is_fixed
                node.chosen, node.is_fixed = candidate, True
                tried = self._expand(root)
                if _total(tried) > best + LEAST_GAIN:
                    best, inner = _total(tried), tried
                    node.children.pop(before[0], None)
                else:
                    node.children.pop(candidate, None)
                    node.chosen, node.is_fixed = before
            waiting += [child for child in node.children.get(node.chosen, ()) if child in inner]
        return inner

    def _expand(self, root: GrownNode) -> list[GrownNode]:
        """The nodes with a question of the best-first tree; fixed questions come first."""
        inner: list[GrownNode] = []
        serial = 0
        frontier: list[tuple[float, int, GrownNode]] = []

        def offer(node: GrownNode) -> None:
            nonlocal serial
            if node.questions:
                gain = np.inf if node.is_fixed else node.question.gain
                heapq.heappush(frontier, (-gain, serial, node))
                serial += 1

        offer(root)
        while frontier and len(inner) < self.rules.leaves - 1:
            _, _, node = heapq.heappop(frontier)
            inner.append(node)
            if node.chosen not in node.children:
                node.children[node.chosen] = self._children(node)
            for child in node.children[node.chosen]:
                offer(child)
        return inner

    def _children(self, node: GrownNode) -> tuple[GrownNode, GrownNode]:
        question = node.question
        codes = self.codes[node.rows, question.column]
        goes_left = np.where(codes == self.bins, question.missing_left, codes <= question.cut)
        left, right = node.rows[goes_left], node.rows[~goes_left]
        smaller = self._sums(left if len(left) <= len(right) else right)
        larger = node.sums - smaller
        sums = (smaller, larger) if len(left) <= len(right) else (larger, smaller)
        low, high = node.bounds
        bounds = [(low, high), (low, high)]
        if direction := self.rules.directions[question.column]:
            rates = [self.rate(each[1, 0].sum(), each[2, 0].sum()) for each in sums]
            middle = float(np.mean(rates))
            bounds = [(low, middle), (middle, high)][::direction]
        return self._node(left, sums[0], bounds[0]), self._node(right, sums[1], bounds[1])

    def _node(self, rows: Ints, sums: Floats, bounds: tuple[float, float]) -> GrownNode:
        return GrownNode(rows, sums, bounds, self._questions(sums, bounds))

    def _sums(self, rows: Ints) -> Floats:
        """(3, m, bins + 1) the sums of a node; see GrownNode."""
        size = self.bins + 1
        columns = self.codes.shape[1]
        cells = self.codes[rows] + size * np.arange(columns)
        weights, has_churned = self.weights[rows], self.truth[rows] > 0
        shape = (columns, size)

        def count(cells: Ints, weights: Floats | None) -> Floats:
            repeated = None if weights is None else np.repeat(weights, columns)
            return np.bincount(cells.ravel(), repeated, columns * size).reshape(shape).astype(np.float64)

        number = count(cells, None)
        if (weights == 1).all():
            return np.array([number, number, count(cells[has_churned], None)])
        return np.array([number, count(cells, weights), count(cells[has_churned], weights[has_churned])])

    def _questions(self, sums: Floats, bounds: tuple[float, float]) -> list[Question]:
        """The best split of each column, the largest gain first."""
        missing = sums[:, :, -1:]
        left = np.cumsum(sums[:, :, :-1], axis=2)  # with cut at each bin: without missing values
        whole = left[:, :, -1:] + missing
        is_cut: Flags = np.any(sums[:, :, :-1], axis=0)  # a bin without rows repeats the cut before it
        is_cut[:, 0] = True  # below it there may be missing values
        best = self._gains(left, whole, is_cut, bounds)
        on_left = np.zeros(best.shape, dtype=np.bool_)
        if missing[0].any():
            with_missing = self._gains(left + missing, whole, is_cut & np.any(missing, axis=0), bounds)
            on_left = with_missing > best
            best = np.maximum(best, with_missing)
        cut = best.argmax(axis=1)
        places = np.arange(len(best))
        gain = best[places, cut]
        is_larger = 2 * left[0, places, cut] > whole[0, :, 0]  # where missing values go if none was seen
        is_left = np.where(missing[0, :, 0] > 0, on_left[places, cut], is_larger)
        order = np.argsort(-gain, kind="stable")[: np.count_nonzero(gain > 0)]
        numbers = (each[order].tolist() for each in (gain, places, cut, is_left))
        return [Question(*each) for each in zip(*numbers, strict=True)]

    def _gains(self, left: Floats, whole: Floats, is_cut: Flags, bounds: tuple[float, float]) -> Floats:
        """(m, bins) the gain of each split; -inf if it is not allowed. left, whole: sums. is_cut: (m, bins)
        the splits that are compared."""
        least, most = self.rules.min_rows, whole[0] - self.rules.min_rows
        cells = np.flatnonzero(is_cut & (left[0] >= least) & (left[0] <= most))
        column = cells // is_cut.shape[1]
        left, whole = left.reshape(3, -1)[:, cells], whole[:, :, 0]
        right = whole[:, column] - left
        gains = self._log_likelihood(left) + self._log_likelihood(right) - self._log_likelihood(whole)[column]
        if any(self.rules.directions):
            rates = [self.rate(part[1], part[2]) for part in (left, right)]
            keeps = np.array(self.rules.directions)[column] * (rates[1] - rates[0]) >= 0
            for rate in rates:
                keeps &= (rate >= bounds[0]) & (rate <= bounds[1])
            gains[~keeps] = -np.inf
        of_all = np.full(is_cut.shape, -np.inf)
        of_all.ravel()[cells] = gains
        return of_all

    def _log_likelihood(self, sums: Floats) -> Floats:
        """Of rows that all have their own churn rate. sums: number of rows, weight, churned weight."""
        _, weight, churned = sums
        if self.of_count is None:
            return _x_log_x(churned) + _x_log_x(weight - churned) - _x_log_x(weight)
        all_, left = weight.astype(np.intp), churned.astype(np.intp)  # a table is faster than a logarithm
        return np.asarray(self.of_count[left] + self.of_count[all_ - left] - self.of_count[all_])

    def rate(self, weight: Any, churned: Any) -> Any:
        """The smoothed churn rate."""
        return (churned + PRIOR_ROWS * self.base) / (weight + PRIOR_ROWS)


def _x_log_x(x: Floats) -> Floats:
    return x * np.log(np.maximum(x, 1e-300))


def _cuts(column: Singles) -> Floats:
    """Ascending thresholds half-way between values. If there are more than BINS - 1, some of them, with about
    the same number of rows between them."""
    values, rows = np.unique(column[~np.isnan(column)], return_counts=True)
    places = np.arange(1, len(values))
    if len(places) >= BINS:
        wanted = np.linspace(0, rows.sum(), BINS + 1)[1:-1]
        places = np.unique(np.searchsorted(np.cumsum(rows), wanted) + 1)
        places = places[places < len(values)]
    lower, upper = values[places - 1], values[places]
    middle = ((lower.astype(np.float64) + upper) / 2).astype(np.float32)
    return np.where(middle > lower, middle, upper).astype(np.float64)


def _total(inner: Sequence[GrownNode]) -> float:
    return float(sum(node.question.gain for node in inner))


def _by_gain(root: GrownNode, inner: Sequence[GrownNode]) -> list[GrownNode]:
    """The nodes with a question in the order in which best-first growth would ask them."""
    ordered: list[GrownNode] = []
    known = set(map(id, inner))
    frontier = [(0.0, 0, root)] if inner else []
    serial = 0
    while frontier:
        _, _, node = heapq.heappop(frontier)
        ordered.append(node)
        for child in node.children[node.chosen]:
            if id(child) in known:
                serial += 1
                heapq.heappush(frontier, (-child.question.gain, serial, child))
    return ordered
