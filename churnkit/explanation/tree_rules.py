"""A tree in words: for each node what is true of who is in it, what share left; and its leaves as rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.features.words import describe_sides, describe_subject, describe_value
from churnkit.formatting import format_value
from churnkit.models.columns import Column
from churnkit.models.encoding import EncodedColumn
from churnkit.models.tree import LARGEST, TreeParameters

OTHER = "other"
BELOW, ABOVE, KNOWN, UNKNOWN, AMONG = "below", "above", "known", "unknown", "among"  # sides of a border


@dataclass(frozen=True)
class Condition:
    """What is true of those who take one branch. name: by the column's name. words: in plain words. sql: a
    condition that selects exactly them. what: the column, and the side of a border where they are. values: of
    a category, those that they may have. is_known: none of them is without a value."""

    name: str
    words: str
    sql: str
    what: tuple[str, str]
    values: tuple[str, ...] = ()
    is_known: bool = False


@dataclass(frozen=True)
class Node:
    """One box of the picture.

    answer: of those who came here from the node above, None at the root. rows: training rows. share: of them
    that left, 0 to 1, drawn to the base rate by two rows. children: places in the outline, the one of lower
    share first; none at a leaf. depth: from 0.
    """

    answer: Condition | None
    rows: int
    share: float
    children: tuple[int, ...]
    depth: int


def describe_tree(parameters: TreeParameters, columns: Sequence[Column]) -> list[Node]:
    """The nodes from the root down, each before its children; the riskier branch stands second."""
    nodes: list[Node | None] = []

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
            known = possible.get(column.name, {*column.categories, OTHER})
            can_miss = bool((column.histogram or {}).get("missing")) and column.name not in settled
            left, right = _answers(design, column, forest.threshold[node], is_left, known, can_miss)
            branches = [(forest.left[node], left), (forest.right[node], right)]
            branches.sort(key=lambda branch: forest.value[branch[0]])
            children = [
                walk(
                    int(child),
                    told,
                    depth + 1,
                    {**possible, column.name: set(told.values)},
                    settled | {column.name} if told.is_known else settled,
                )
                for child, told in branches
            ]
        value = float(forest.value[node])
        nodes[place] = Node(
            answer, round(forest.cover[node]), 1 / (1 + float(np.exp(-value))), tuple(children), depth
        )
        return place

    walk(0, None, 0, {}, frozenset())
    return [node for node in nodes if node is not None]


def leaf_paths(nodes: Sequence[Node]) -> list[tuple[Node, list[Condition]]]:
    """Each leaf with the answers that lead to it, the riskiest first."""
    found: list[tuple[Node, list[Condition]]] = []

    def walk(place: int, answers: list[Condition]) -> None:
        node = nodes[place]
        answers = [*answers, node.answer] if node.answer else answers
        if not node.children:
            found.append((node, answers))
        for child in node.children:
            walk(child, answers)

    walk(0, [])
    return sorted(found, key=lambda leaf: -leaf[0].share)


def shorten(answers: Sequence[Condition]) -> list[Condition]:
    """The answers on a way down without those that a later one of the same column makes needless to say."""
    later = [{answer.what for answer in answers[place + 1 :]} for place in range(len(answers))]
    return [
        answer
        for answer, whats in zip(answers, later, strict=True)
        if answer.what not in whats
        and not (answer.what[1] == KNOWN and answer.what[0] in {column for column, _ in whats})
    ]


def rule_records(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """The leaves as records, the riskiest first: rule (a number), churn_rate, rows, share, words, sql."""
    return [
        {
            "rule": number,
            "churn_rate": leaf.share,
            "rows": leaf.rows,
            "share": leaf.rows / max(1, nodes[0].rows),
            "words": " and ".join(answer.words for answer in shorten(answers)) or "all",
            "sql": " AND ".join(f"({answer.sql})" for answer in answers) or "TRUE",
        }
        for number, (leaf, answers) in enumerate(leaf_paths(nodes), 1)
    ]


def _answers(
    design: EncodedColumn,
    column: Column,
    threshold: np.float32,
    missing_left: bool,
    possible: set[str],
    can_miss: bool,
) -> tuple[Condition, Condition]:
    """What is true on the left, and on the right.

    possible: the categories that can still come here. can_miss: whether someone without a value can.
    """
    if design.lookup:
        sides = _words_sides(design, column, threshold, possible)
    else:
        sides = _number_sides(column, threshold)
    found = []
    for answer, takes_missing in zip(sides, (missing_left, not missing_left), strict=True):
        is_told = takes_missing and can_miss and not _parts_known(threshold)
        unknown = " or unknown" if is_told else ""
        sql = f"{answer.sql} OR {_quoted(column.name)} IS NULL" if takes_missing else answer.sql
        name, words = answer.name + unknown, answer.words + unknown
        found.append(Condition(name, words, sql, answer.what, answer.values, not takes_missing))
    return found[0], found[1]


def _parts_known(threshold: np.float32) -> bool:
    """Whether all numbers stand on one side of it, and only what is unknown on the other."""
    return bool(abs(threshold) >= LARGEST)


def _number_sides(column: Column, threshold: np.float32) -> tuple[Condition, Condition]:
    is_whole = (column.histogram or {}).get("whole", False)
    border = format_value(float(np.ceil(threshold)) if is_whole else float(threshold))
    below, above = describe_sides(column.name, border)
    name, exact = _quoted(column.name), _border(threshold)
    if _parts_known(threshold):
        told = [
            (f"{column.name} is known", f"{column.name} is known", KNOWN),
            (f"{column.name} is unknown", describe_value(column.name, None), UNKNOWN),
        ]
        left, right = told if threshold > 0 else told[::-1]
    else:
        left = f"{column.name} below {border}", below, BELOW
        right = f"{column.name} {border} or more", above, ABOVE
    return (
        Condition(*left[:2], f"{name} < {exact!r}", (column.name, left[2])),
        Condition(*right[:2], f"{name} >= {exact!r}", (column.name, right[2])),
    )


def _border(threshold: np.float32) -> float:
    """The smallest double that is not below a threshold once it is rounded to 32 bits."""
    below = np.nextafter(threshold, np.float32(-np.inf))
    middle = (float(below) + float(threshold)) / 2
    if not np.isfinite(middle):
        return float(threshold)
    return middle if np.float32(middle) >= threshold else float(np.nextafter(middle, np.inf))


def _words_sides(
    design: EncodedColumn, column: Column, threshold: np.float32, possible: set[str]
) -> tuple[Condition, Condition]:
    other_was_there = bool(((column.histogram or {}).get("rows") or [0])[-1])
    *ranks, other = design.lookup
    found = []
    for is_left in (True, False):
        names = [n for n, rank in zip(column.categories, ranks, strict=True) if (rank < threshold) == is_left]
        has_other = (other < threshold) == is_left
        values = [*names, OTHER] if has_other and other_was_there else names
        values = [value for value in values if value in possible]
        told = _either(values)
        if has_other:  # whatever is not on the other side
            rest = [name for name in column.categories if name not in names]
            sql = f"{_quoted(column.name)} NOT IN ({_listed(rest)})" if rest else "TRUE"
        else:
            sql = f"{_quoted(column.name)} IN ({_listed(names)})" if names else "FALSE"
        subject = describe_subject(column.name)
        what = (column.name, AMONG)
        found.append(Condition(f"{column.name} is {told}", f"{subject} is {told}", sql, what, tuple(values)))
    return found[0], found[1]


def _either(names: Sequence[str]) -> str:
    if len(names) > 6:
        return f"{', '.join(names[:5])} or {len(names) - 5} others"
    return " or ".join(([", ".join(names[:-1])] if len(names) > 1 else []) + list(names[-1:]))


def _quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _listed(words: Sequence[str]) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)
