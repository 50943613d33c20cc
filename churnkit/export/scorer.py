"""What a scorer in another language needs of a model: columns, curves, pairs and trees as plain values."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from churnkit.columns import ID
from churnkit.models import kind_of
from churnkit.models.calibration import Calibration
from churnkit.models.columns import Column
from churnkit.models.curves import Curve
from churnkit.models.encoding import Design
from churnkit.models.forest import Forest, border_of
from churnkit.models.model_file import Model
from churnkit.models.pairs import Pair
from churnkit.tables.casts import parse_number


@dataclass(frozen=True)
class WordNumbers:
    """A number for each word: numbers has one more than words, the last one for all other words."""

    words: tuple[str, ...]
    numbers: tuple[float, ...]


@dataclass(frozen=True)
class TreeInput:
    """What trees test: a feature as it is, or by its words. feature: its index."""

    feature: int
    words: WordNumbers | None


@dataclass(frozen=True)
class SplitNode:
    """A test of a tree: a smaller number than border goes left. tested: index of the TreeInput.

    left, right: node numbers in the tree. missing: where a missing value goes, left or right.
    """

    tested: int
    border: float
    left: int
    right: int
    missing: int


Tree = tuple[SplitNode | float, ...]  # the root first; a leaf is what it adds to the log-odds


@dataclass(frozen=True)
class Scorer:
    """Calibrated log-odds = slope * (base + curves + pairs + a leaf of each tree) + offset.

    The numbers are those of the model file. id: column of the id. needed: columns that a table must have
    besides those of the model. curves: one per column, or none. digits: decimals of the printed probability;
    None for all.
    """

    id: str
    needed: tuple[str, ...]
    columns: tuple[Column, ...]
    null: tuple[str, ...]
    calibration: Calibration
    base: float
    curves: tuple[Curve, ...]
    pairs: tuple[Pair, ...]
    tested: tuple[TreeInput, ...]
    trees: tuple[Tree, ...]
    digits: int | None

    @property
    def null_words(self) -> list[str]:
        """The texts that mean no value."""
        return list(dict.fromkeys(["", *self.null]))

    @property
    def null_numbers(self) -> list[float]:
        """The numbers that mean no value where a value is a number, not a text."""
        return [number for word in self.null if (number := parse_number(word)) is not None]


def scorer_of(model: Model, id_: str | None, digits: int | None) -> Scorer:
    """The scorer of a model. id_: of --id, a column that a table must have then."""
    fitted = model.fitted
    formula = kind_of(fitted.kind).formula(fitted.parameters)  # before the calibration, as in the file
    tested: tuple[TreeInput, ...] = ()
    trees: tuple[Tree, ...] = ()
    if formula.forest is not None:
        tested, trees = _trees(formula.forest, formula.design, model.columns)
    return Scorer(
        id_ or model.id or ID, (id_,) if id_ else (), tuple(model.columns), model.null, fitted.calibration,
        formula.base, formula.curves, formula.pairs, tested, trees, digits,
    )  # fmt: skip


def _trees(
    forest: Forest, design: Design, columns: Sequence[Column]
) -> tuple[tuple[TreeInput, ...], tuple[Tree, ...]]:
    """The columns that are tested, and the trees, with nodes numbered from 0 in each tree."""
    used = np.unique(forest.column[forest.column >= 0]).tolist()
    places = {place: number for number, place in enumerate(used)}
    tested = tuple(
        TreeInput(
            design[place].feature,
            WordNumbers(columns[design[place].feature].categories, design[place].lookup)
            if design[place].lookup
            else None,
        )
        for place in used
    )
    nodes = list(
        zip(
            *(getattr(forest, name).tolist() for name in ("column", "threshold", "left", "right")),
            strict=True,
        )
    )
    missing_left, values = forest.missing_left.tolist(), forest.value.tolist()
    starts = [*forest.roots.tolist(), len(nodes)]
    trees = []
    for root, end in itertools.pairwise(starts):
        tree: list[SplitNode | float] = []
        for node in range(root, end):
            column, threshold, left, right = nodes[node]
            if column < 0:
                tree.append(values[node])
                continue
            sides = left - root, right - root
            missing = sides[0] if missing_left[node] else sides[1]
            tree.append(SplitNode(places[column], border_of(threshold), *sides, missing))
        trees.append(tuple(tree))
    return tested, tuple(trees)
