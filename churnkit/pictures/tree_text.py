"""A tree as indented text."""

from __future__ import annotations

from collections.abc import Sequence

from churnkit.explanation.tree_rules import Node

BAR = 20  # characters of a full bar


def draw(nodes: Sequence[Node], title: str) -> str:
    """A line a node: the share that left, a bar, how many rows, and what is true of them."""
    all_rows = max(nodes[0].rows, 1)
    lines = [title, ""]
    for node in nodes:
        bar = "█" * round(node.share * BAR)
        end = "" if node.children else "  ●"
        words = node.answer.name if node.answer else "all"
        lines.append(
            f"{node.share:7.1%} {bar:<{BAR}} {node.rows:>9,} ({node.rows / all_rows:4.0%})  "
            f"{'   ' * node.depth}{words}{end}"
        )
    return "\n".join([*lines, "", "share that left, rows (share of all); ● ends a path"])
