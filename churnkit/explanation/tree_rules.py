"""A tree in words: the condition and churn rate of each node, and the leaves as rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.columns import PROBABILITY
from churnkit.features.words import describe_sides, describe_subject, describe_value
from churnkit.formatting import format_value
from churnkit.models import encoding as designs
from churnkit.models.calibration import Calibration
from churnkit.models.columns import Column
from churnkit.models.encoding import EncodedColumn
from churnkit.models.forest import border_of
from churnkit.models.tree import TreeParameters
from churnkit.models.tree_growth import LARGEST

OTHER = "other"
# what a condition says about a column
BELOW, ABOVE, KNOWN, UNKNOWN, AMONG = "below", "above", "known", "unknown", "among"


@dataclass(frozen=True)
class Condition:
    """The condition for one branch of a test.

    name: with the column's name. words: in plain words. sql: selects exactly the rows of this branch. what:
    the column, and what the condition says about it (BELOW, …). values: the possible values of a category.
    is_known: whether no row of this branch has a missing value.
    """

    name: str
    words: str
    sql: str
    what: tuple[str, str]
    values: tuple[str, ...] = ()
    is_known: bool = False


@dataclass(frozen=True)
class Node:
    """One node of the tree, a box of the picture.

    answer: the condition that leads here from the parent; None at the root. rows, churned: the number of
    training rows, and of those that churned. churn_rate: churned / rows; if the rows have weights, the share
    of their weight. probability: at a leaf, what `score` returns. children: indices of nodes, the lower churn
    rate first; empty at a leaf. depth: from 0. number: of the node in the forest.
    """

    answer: Condition | None
    rows: int
    churned: int
    churn_rate: float
    probability: float
    children: tuple[int, ...]
    depth: int
    number: int = 0


def describe_tree(
    parameters: TreeParameters, calibration: Calibration, columns: Sequence[Column]
) -> list[Node]:
    """The nodes from the root down, each before its children; the lower churn rate is the first branch."""
    nodes: list[Node | None] = []
    counts = parameters.counts
    probability = calibration.probability(parameters.forest.value)

    def walk(
        node: int,
        answer: Condition | None,
        depth: int,
        possible: dict[str, set[str]],
        settled: frozenset[str],
    ) -> int:
        place = len(nodes)
        nodes.append(None)
        forest = parameters.forest
        children: list[int] = []
        if forest.column[node] >= 0:
            design = parameters.design[forest.column[node]]
            column = columns[design.feature]
            is_left = bool(forest.missing_left[node])
            categories = possible.get(column.name, {*column.categories, OTHER})
            can_miss = bool((column.histogram or {}).get("missing")) and column.name not in settled
            left, right = _conditions(design, column, forest.threshold[node], is_left, categories, can_miss)
            branches = [(forest.left[node], left), (forest.right[node], right)]
            branches.sort(key=lambda branch: counts.churn_rate[branch[0]])
            children = [
                walk(
                    int(child),
                    condition,
                    depth + 1,
                    {**possible, column.name: set(condition.values)},
                    settled | {column.name} if condition.is_known else settled,
                )
                for child, condition in branches
            ]
        nodes[place] = Node(
            answer,
            int(counts.rows[node]),
            int(counts.churned[node]),
            float(counts.churn_rate[node]),
            float(probability[node]),
            tuple(children),
            depth,
            node,
        )
        return place

    walk(0, None, 0, {}, frozenset())
    return [node for node in nodes if node is not None]


def leaf_paths(nodes: Sequence[Node]) -> list[tuple[Node, list[Condition]]]:
    """Each leaf with the conditions that lead to it, the highest churn rate first."""
    leaves: list[tuple[Node, list[Condition]]] = []

    def walk(place: int, conditions: list[Condition]) -> None:
        node = nodes[place]
        conditions = [*conditions, node.answer] if node.answer else conditions
        if not node.children:
            leaves.append((node, conditions))
        for child in node.children:
            walk(child, conditions)

    walk(0, [])
    return sorted(leaves, key=lambda leaf: -leaf[0].churn_rate)


def shorten(conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions of a path without those that a later condition on the same column implies."""
    later = [{condition.what for condition in conditions[place + 1 :]} for place in range(len(conditions))]
    return [
        condition
        for condition, whats in zip(conditions, later, strict=True)
        if condition.what not in whats
        and not (condition.what[1] == KNOWN and condition.what[0] in {column for column, _ in whats})
    ]


def rule_records(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """One record per leaf, the highest churn rate first.

    rule: a number. churn_rate, churned, rows: counted in the training rows; share: of all rows.
    churn_probability: what `score` returns. words. sql: selects the customers.
    """
    return [
        {
            "rule": number,
            "churn_rate": leaf.churn_rate,
            "churned": leaf.churned,
            "rows": leaf.rows,
            "share": leaf.rows / max(1, nodes[0].rows),
            PROBABILITY: leaf.probability,
            "words": " and ".join(condition.words for condition in shorten(conditions)) or "all",
            "sql": " AND ".join(f"({condition.sql})" for condition in conditions) or "TRUE",
        }
        for number, (leaf, conditions) in enumerate(leaf_paths(nodes), 1)
    ]


def _conditions(
    design: EncodedColumn,
    column: Column,
    threshold: np.float32,
    missing_left: bool,
    possible: set[str],
    can_miss: bool,
) -> tuple[Condition, Condition]:
    """The conditions of the left and the right branch.

    possible: the categories that can still occur here. can_miss: whether missing values can occur here.
    """
    if design.lookup:
        sides = _category_sides(design, column, threshold, possible)
    else:
        sides = _number_sides(column, threshold)
    conditions = []
    for side, takes_missing in zip(sides, (missing_left, not missing_left), strict=True):
        has_unknown = takes_missing and can_miss and not _separates_missing(threshold)
        unknown = " or unknown" if has_unknown else ""
        sql = f"{side.sql} OR {_quoted(column.name)} IS NULL" if takes_missing else side.sql
        name, words = side.name + unknown, side.words + unknown
        conditions.append(Condition(name, words, sql, side.what, side.values, not takes_missing))
    return conditions[0], conditions[1]


def _separates_missing(threshold: np.float32) -> bool:
    """Whether all numbers are on one side, so that the other side has only missing values."""
    return bool(abs(threshold) >= LARGEST)


def _number_sides(column: Column, threshold: np.float32) -> tuple[Condition, Condition]:
    is_whole = (column.histogram or {}).get("whole", False)
    border = format_value(float(np.ceil(threshold)) if is_whole else float(threshold))
    below, above = describe_sides(column.name, border)
    name, exact = _quoted(column.name), border_of(float(threshold))
    if _separates_missing(threshold):
        sides = [
            (f"{column.name} is known", f"{column.name} is known", KNOWN),
            (f"{column.name} is unknown", describe_value(column.name, None), UNKNOWN),
        ]
        left, right = sides if threshold > 0 else sides[::-1]
    else:
        left = f"{column.name} below {border}", below, BELOW
        right = f"{column.name} {border} or more", above, ABOVE
    return (
        Condition(*left[:2], f"{name} < {exact!r}", (column.name, left[2])),
        Condition(*right[:2], f"{name} >= {exact!r}", (column.name, right[2])),
    )


def _category_sides(
    design: EncodedColumn, column: Column, threshold: np.float32, possible: set[str]
) -> tuple[Condition, Condition]:
    has_trained_other = bool(((column.histogram or {}).get("rows") or [0])[-1])
    conditions = []
    for names, has_other in designs.words_by_side(design, column.categories, float(threshold)):
        values = [*names, OTHER] if has_other and has_trained_other else names
        values = [value for value in values if value in possible]
        listed = _listed_words(values)
        if has_other:  # every value that is not on the other side
            rest = [name for name in column.categories if name not in names]
            sql = f"{_quoted(column.name)} NOT IN ({_sql_texts(rest)})" if rest else "TRUE"
        else:
            sql = f"{_quoted(column.name)} IN ({_sql_texts(names)})" if names else "FALSE"
        subject = describe_subject(column.name)
        what = (column.name, AMONG)
        conditions.append(
            Condition(f"{column.name} is {listed}", f"{subject} is {listed}", sql, what, tuple(values))
        )
    return conditions[0], conditions[1]


def _listed_words(names: Sequence[str]) -> str:
    if len(names) > 6:
        return f"{', '.join(names[:5])} or {len(names) - 5} others"
    return " or ".join(([", ".join(names[:-1])] if len(names) > 1 else []) + list(names[-1:]))


def _quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _sql_texts(words: Sequence[str]) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)
