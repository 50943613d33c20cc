"""A tree in words: for each node its question, who is in it, what share of them left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from churnkit.design import DesignColumn
from churnkit.models.tree import Parameters
from churnkit.schema import Column
from churnkit.telling import shown


@dataclass(frozen=True)
class Node:
    """One box of the picture.

    answer: what is true of those who came here from the node above, empty at the root. rows: training rows.
    share: of them that left, 0 to 1, drawn to the base rate by two rows. children: places in the outline,
    the one of lower share first; none at a leaf. depth: from 0.
    """

    answer: str
    rows: int
    share: float
    children: tuple[int, ...]
    depth: int


def outline(parameters: Parameters, columns: Sequence[Column]) -> list[Node]:
    """The nodes from the root down, each before its children; the riskier branch stands second."""
    nodes: list[Node | None] = []

    def walk(node: int, answer: str, depth: int) -> int:
        place = len(nodes)
        nodes.append(None)
        forest = parameters.forest
        children: list[int] = []
        if forest.column[node] >= 0:
            design = parameters.design[forest.column[node]]
            yes, no = _answers(design, columns[design.feature], float(forest.threshold[node]))
            was_missing = bool((columns[design.feature].histogram or {}).get("missing"))
            if was_missing and forest.missing_left[node]:
                yes += " or unknown"
            elif was_missing:
                no += " or unknown"
            branches = [(forest.left[node], yes), (forest.right[node], no)]
            branches.sort(key=lambda branch: forest.value[branch[0]])
            children = [walk(int(child), words, depth + 1) for child, words in branches]
        value = float(forest.value[node])
        nodes[place] = Node(
            answer, int(forest.cover[node]), 1 / (1 + float(np.exp(-value))), tuple(children), depth
        )
        return place

    walk(0, "", 0)
    return [node for node in nodes if node is not None]


def _answers(design: DesignColumn, column: Column, threshold: float) -> tuple[str, str]:
    """What is true on the left, and on the right."""
    if not design.lookup:
        is_whole = (column.histogram or {}).get("whole", False)
        border = shown(float(np.ceil(threshold)) if is_whole else threshold)
        return f"{column.name} below {border}", f"{column.name} {border} or more"
    names = [*column.categories, "other"]
    ranks = list(zip(names, design.lookup, strict=True))
    if not ((column.histogram or {}).get("rows") or [0])[-1]:
        del ranks[-1]  # no training row was of another category
    left = [name for name, rank in ranks if rank < threshold]
    right = [name for name, rank in ranks if rank >= threshold]
    return f"{column.name} is {_either(left)}", f"{column.name} is {_either(right)}"


def _either(names: Sequence[str]) -> str:
    if len(names) > 6:
        return f"{', '.join(names[:5])} or {len(names) - 5} others"
    return " or ".join(([", ".join(names[:-1])] if len(names) > 1 else []) + list(names[-1:]))
