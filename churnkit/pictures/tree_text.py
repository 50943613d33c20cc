"""A tree as indented text."""

from __future__ import annotations

from collections.abc import Sequence

from churnkit.explanation.tree_rules import Node
from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows

BAR = 20  # characters of a full bar
LEGEND = "share that churned, rows (share of all); ● ends a path: its churn_probability"


def draw(nodes: Sequence[Node], title: str, scale: float = 1.0) -> str:
    """One line per node: the counted share that churned, a bar, the number of rows, and the condition.

    A leaf also has what `score` returns. scale: of the bars.
    """
    bar_length = round(BAR * scale)
    all_rows = max(nodes[0].rows, 1)
    rows = []
    for node in nodes:
        end = "" if node.children else f"  ● {node.probability:.1%}"
        words = node.answer.name if node.answer else "all"
        size = [
            f"{node.churn_rate:.1%}",
            bar(node.churn_rate, bar_length),
            f"{node.rows:,}",
            f"{node.rows / all_rows:.0%}",
        ]
        rows.append([*size, "   " * node.depth + words + end])
    lines = align_rows(rows, f">7 <{bar_length} >9 (>4)  <")
    return "\n".join([title, "", *lines, "", LEGEND])
