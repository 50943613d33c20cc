"""A decision tree small enough to read: at most max_leaves leaves, their number chosen by cross-validation.

A category is split after ordering its values by churn rate. The churn rate behind a node's log-odds is
smoothed by two rows of the base rate, so that no leaf is certain; what people read is counted. A contribution
is what the splits of a feature change on the row's path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
import numpy as np

from churnkit.arrays import Floats, Ints, Singles
from churnkit.errors import ChurnkitError, quote
from churnkit.models import encoding as designs
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import Column, Count, TrainingRows
from churnkit.models.encoding import Design, DesignFile
from churnkit.models.forest import (
    Forest,
    ForestFile,
    check_forest,
    forest_from_plain,
    forest_to_plain,
    leaves_of,
    margins,
)
from churnkit.models.formula import Formula
from churnkit.models.path_steps import path_contributions
from churnkit.models.paths import Path, total_loss
from churnkit.models.tree_growth import PRIOR_ROWS, Grower, GrownNode, Rules

LIBRARY = "numpy"
OPTIONS = ("max_leaves", "rising", "falling", "first")
SIZE = "leaves"
SHAPES: tuple[dict[str, Any], ...] = ({}, {"looks_ahead": True})
LEAST_GAIN = 0.0
ALL_CORES_FROM = np.inf
MAX_LEAVES = 12
READABLE_LEAVES = 24  # a larger tree is not for reading, and never looks ahead
LEAF_SHARE = 0.005


@dataclass(frozen=True)
class NodeCounts:
    """The training rows of each node, counted.

    rows, churned: (n,) the number of rows, and of those that churned. churn_rate: (n,) churned / rows; if the
    rows have weights, the share of their weight.
    """

    rows: Ints
    churned: Ints
    churn_rate: Floats


@dataclass(frozen=True)
class TreeParameters:
    """design: the columns that the tree tests. forest: one tree; a node has its log-odds as value, its
    weighted rows as cover."""

    design: Design
    forest: Forest
    counts: NodeCounts


class CountsFile(msgspec.Struct, frozen=True, kw_only=True):
    """The counts in a model file: the arrays of NodeCounts as lists."""

    rows: list[Count]
    churned: list[Count]
    churn_rate: list[Annotated[float, msgspec.Meta(ge=0, le=1)]]


class TreeFile(ForestFile, frozen=True, kw_only=True):
    """The parameters of a tree in a model file. counts: null in files of churnkit 0.1.0."""

    design: DesignFile
    counts: CountsFile | None = None


FILE = TreeFile


def fit(data: TrainingRows, settings: dict[str, Any], seed: int) -> TreeParameters:
    """settings: leaves (default: max_leaves), leaf_share (minimum share of the rows in a leaf), rising and
    falling (names of number columns whose higher values may only raise, or lower, the probability), first
    (name of the column of the first question), looks_ahead (whether a question is chosen by what follows).

    Raises ChurnkitError if the first column allows no question.
    """
    max_leaves = int(settings.get("max_leaves", MAX_LEAVES))
    design, grower = _plant(data, settings, max_leaves)
    largest = _grow(data, grower, settings, max_leaves)
    forest = _prune(largest, settings.get(SIZE, max_leaves))
    return TreeParameters(design, forest, _count(design, forest, data))


def path(train: TrainingRows, test: TrainingRows, settings: dict[str, Any], seed: int) -> Path:
    """The trees with 2, 3, … max_leaves leaves."""
    max_leaves = int(settings.get("max_leaves", MAX_LEAVES))
    design, grower = _plant(train, settings, max_leaves)
    encoded = designs.encode(design, test.matrix)

    def reshaped(other: dict[str, Any]) -> Path:
        largest = _grow(train, grower, other, max_leaves)
        all_sizes = range(2, max_leaves + 1)
        sizes = [other[SIZE]] if SIZE in other else list(all_sizes)
        by_size = dict(zip(all_sizes, _scores_by_size(largest, encoded, max_leaves), strict=True))
        scores = [by_size[size] for size in sizes]
        return Path(sizes, [total_loss(test, each) for each in scores], scores.__getitem__, reshaped=reshaped)

    return reshaped(settings)


def draw_settings(rng: np.random.Generator) -> dict[str, Any]:
    """Settings at random, for a search."""
    return {"leaf_share": float(10 ** rng.uniform(-3, -1.3))}


def contributions(parameters: TreeParameters, matrix: Floats) -> tuple[float, Floats]:
    """(base, (n, k)): base + row sum = log-odds."""
    encoded = designs.encode(parameters.design, matrix)
    base, by_column = path_contributions(parameters.forest, encoded)
    return base, designs.sum_by_feature(parameters.design, by_column, matrix.shape[1])


def explain(parameters: TreeParameters, matrix: Floats) -> tuple[Floats, float, Floats]:
    """The log-odds, and what `contributions` returns."""
    return log_odds(parameters, matrix), *contributions(parameters, matrix)


def log_odds(parameters: TreeParameters, matrix: Floats) -> Floats:
    """(n,) log-odds of churn."""
    return margins(parameters.forest, designs.encode(parameters.design, matrix))


def odds_ratios(parameters: TreeParameters, column: Column, place: int, slope: float) -> dict[str, Any]:
    """Empty: in a tree no feature has one constant odds ratio."""
    return {}


def pairs_of(parameters: TreeParameters) -> tuple[()]:
    """None: a tree has no terms of two features."""
    return ()


def as_tree(parameters: TreeParameters) -> TreeParameters:
    """The tree itself."""
    return parameters


def formula(parameters: TreeParameters) -> Formula:
    """What the model adds up."""
    return Formula(0.0, design=parameters.design, forest=parameters.forest)


def format_of(parameters: TreeParameters) -> int:
    """1: every version of the model file can hold it."""
    return 1


def to_plain(parameters: TreeParameters) -> dict[str, Any]:
    """The parameters as plain values, for JSON."""
    counts = {name: numbers.tolist() for name, numbers in vars(parameters.counts).items()}
    return {
        "design": designs.to_plain(parameters.design),
        **forest_to_plain(parameters.forest),
        "counts": counts,
    }


def from_plain(plain: TreeFile, columns: Sequence[Column]) -> TreeParameters:
    """The parameters from JSON. Raises ValueError if they are not a tree for these columns."""
    design = designs.check_design(plain.design, columns)
    forest = check_forest(forest_from_plain(plain), len(design))
    if len(forest.roots) != 1:
        raise ValueError(f"parameters.roots: a tree has one root, not {len(forest.roots)}")
    counts = _counts_of_values(forest) if plain.counts is None else _counts_from_plain(plain.counts)
    for numbers in vars(counts).values():
        if len(numbers) != len(forest.column):
            raise ValueError(f"parameters.counts: should have {len(forest.column)} numbers for each name")
    if (counts.churned > counts.rows).any():
        raise ValueError("parameters.counts: more rows churned than there are")
    return TreeParameters(design, forest, counts)


def _counts_from_plain(plain: CountsFile) -> NodeCounts:
    return NodeCounts(
        np.array(plain.rows, dtype=np.int64),
        np.array(plain.churned, dtype=np.int64),
        np.array(plain.churn_rate, dtype=np.float64),
    )


def _counts_of_values(forest: Forest) -> NodeCounts:
    """The counts of a tree in a file without them, by undoing the smoothing of the nodes' churn rates.

    Exact, except for a tree that was fitted with weights or with --rising or --falling.
    """
    smoothed = sigmoid(forest.value)
    rows = np.maximum(1, np.round(forest.cover))
    churned = np.round(smoothed * (rows + PRIOR_ROWS) - PRIOR_ROWS * smoothed[0]).clip(0, rows)
    return NodeCounts(rows.astype(np.int64), churned.astype(np.int64), churned / rows)


def _count(design: Design, forest: Forest, data: TrainingRows) -> NodeCounts:
    """The counts of these rows in each node."""
    leaves = leaves_of(forest, designs.encode(design, data.matrix))[:, 0]
    columns = [np.ones(len(data.truth)), data.truth, data.weights, data.weights * data.truth]
    sums = np.array([np.bincount(leaves, column, len(forest.column)) for column in columns])
    for node in np.flatnonzero(forest.column >= 0)[::-1]:  # children come after their node
        sums[:, node] = sums[:, forest.left[node]] + sums[:, forest.right[node]]
    rows, churned, weight, weight_churned = sums
    return NodeCounts(
        rows.astype(np.int64),
        churned.astype(np.int64),
        np.divide(weight_churned, weight, out=np.zeros(len(rows)), where=weight > 0),
    )


def _scores_by_size(forest: Forest, encoded: Singles, max_leaves: int) -> Iterator[Floats]:
    """(n,) log-odds from the trees with 2, 3, … max_leaves leaves.

    Best-first growth adds two nodes at a time. So the tree with k leaves is the first 2 k - 1 nodes, and a
    row ends at the last of these nodes on its path.
    """
    at = np.zeros(len(encoded), dtype=np.int64)  # node of each row
    rows = np.arange(len(encoded))
    for leaves in range(2, max_leaves + 1):
        while True:
            column = forest.column[at]
            values = encoded[rows, np.maximum(column, 0)]
            goes_left = np.where(np.isnan(values), forest.missing_left[at], values < forest.threshold[at])
            child = np.where(goes_left, forest.left[at], forest.right[at])
            moves = (column >= 0) & (child < 2 * leaves - 1)
            if not moves.any():
                break
            at = np.where(moves, child, at)
        yield forest.value[at]


def _prune(forest: Forest, leaves: int) -> Forest:
    """The tree with k = leaves leaves: the first 2 k - 1 nodes; nodes that lose their children become
    leaves."""
    size = 2 * leaves - 1
    kept = {name: getattr(forest, name)[:size] for name in ("value", "cover")}
    is_leaf = (forest.column[:size] < 0) | (forest.right[:size] >= size)
    return replace(
        forest,
        column=np.where(is_leaf, -1, forest.column[:size]).astype(np.int32),
        threshold=np.where(is_leaf, np.float32(0), forest.threshold[:size]),
        left=np.where(is_leaf, -1, forest.left[:size]).astype(np.int32),
        right=np.where(is_leaf, -1, forest.right[:size]).astype(np.int32),
        missing_left=forest.missing_left[:size] & ~is_leaf,
        **kept,
    )


def _plant(data: TrainingRows, settings: dict[str, Any], leaves: int) -> tuple[Design, Grower]:
    """The design, and the rows cut into bins."""
    design = designs.encode_by_rate(data)
    first = next((k for k, column in enumerate(data.columns) if column.name == settings.get("first")), None)
    rules = Rules(
        leaves=max(2, leaves),
        min_rows=max(5, round(len(data.truth) * settings.get("leaf_share", LEAF_SHARE))),
        directions=designs.directions(design, data.columns, settings),
        first=first,  # the design has one column per feature
    )
    encoded = designs.encode_for_fit(design, data.matrix)
    return design, Grower(encoded, data.truth, data.population_weights, rules)


def _grow(data: TrainingRows, grower: Grower, settings: dict[str, Any], leaves: int) -> Forest:
    """The tree with the most leaves."""
    root, inner = grower.grow(settings.get("looks_ahead", False) and leaves <= READABLE_LEAVES)
    rules = grower.rules
    if rules.first is not None and not inner:
        name = quote(data.columns[rules.first].name)
        raise ChurnkitError(f"--first: no question about {name} leaves {rules.min_rows} rows on each side")
    forest = _forest(grower, root, inner)
    return replace(forest, cover=forest.cover * data.weights.sum() / grower.weights.sum())


def _forest(grower: Grower, root: GrownNode, inner: Sequence[GrownNode]) -> Forest:
    """The nodes as arrays: the root, then both children of each question, in the order of the questions."""
    nodes = [root, *(child for node in inner for child in node.children[node.chosen])]
    place = {id(node): number for number, node in enumerate(nodes)}
    size = len(nodes)
    column, left, right = (np.full(size, -1, dtype=np.int32) for _ in range(3))
    threshold, missing_left = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.bool_)
    for number, node in enumerate(inner):
        at, question = place[id(node)], node.question
        column[at], threshold[at], missing_left[at] = (
            question.column,
            grower.threshold(question),
            question.missing_left,
        )
        left[at], right[at] = 2 * number + 1, 2 * number + 2
    churned = np.array([grower.rate(node.weight, node.churned) for node in nodes])
    return Forest(
        roots=np.zeros(1, dtype=np.int32),
        column=column,
        threshold=threshold,
        left=left,
        right=right,
        missing_left=missing_left,
        value=np.log(churned) - np.log1p(-churned),
        cover=np.array([node.weight for node in nodes]),
    )
