"""A tree as a slide for readers new to trees: boxes in plain words, darker for more churn, and the rules."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

from churnkit.explanation.tree_rules import Node, leaf_paths, shorten
from churnkit.pictures.svg import INK, SOFT, mixed, sheet, text
from churnkit.pictures.wording import title_in_words

WIDTH, HEIGHT = 1600, 900
TOP, TREE_HEIGHT = 120, 470  # where the tree begins, and its height, px
BOX = 42  # height of a box, px
SAFE, RISKY = (255, 244, 229), (150, 45, 0)  # light to dark, so that the order is visible in grey
SUBTITLE = "Each box: the share that churned, the number of rows and their share of all. Darker: more churn."
RULES_TITLE = (
    "Groups, highest churn rate first: churn rate, churned of rows, probability that score returns, condition"
)
EDGE = "#afb8c1"
MAX_RULES = 12


def draw(nodes: Sequence[Node], title: str) -> str:
    """nodes: of `describe_tree`. A box has its churn rate and rows; its condition is above it."""
    title = title_in_words(title)
    slot = (WIDTH - 80) / max(1, sum(not node.children for node in nodes))
    centers = _centers(nodes, slot)
    levels = max(node.depth for node in nodes) + 1
    step = min(130.0, (TREE_HEIGHT - BOX) / max(1, levels - 1))
    width = min(150.0, slot - 8)
    most = max(node.churn_rate for node in nodes)
    parts = [
        text(40, 56, title, 30, weight="bold"),
        text(40, 84, SUBTITLE, 16, SOFT),
    ]
    for place, node in enumerate(nodes):
        x, y = centers[place], TOP + node.depth * step
        for child in node.children:
            below = TOP + nodes[child].depth * step - 14 * len(_lines(nodes[child], width)) - 4
            line = f"M{x:.1f} {y + BOX:.1f}V{y + BOX + 6:.1f}H{centers[child]:.1f}V{below:.1f}"
            parts.append(f'<path d="{line}" fill="none" stroke="{EDGE}" stroke-width="1.5"/>')
    for place, node in enumerate(nodes):
        parts += _box(node, centers[place], TOP + node.depth * step, width, most, nodes[0].rows)
    parts += _rules(nodes)
    return sheet(WIDTH, HEIGHT, title, parts)


def _centers(nodes: Sequence[Node], slot: float) -> list[float]:
    """The x of each node: leaves side by side, a node above the middle of its children."""
    centers = [0.0] * len(nodes)
    leaves = 0
    for place in range(len(nodes)):  # a node comes before its children, so leaves are in order
        if not nodes[place].children:
            centers[place] = 40 + (leaves + 0.5) * slot
            leaves += 1
    for place in reversed(range(len(nodes))):
        if nodes[place].children:
            inside = [centers[child] for child in nodes[place].children]
            centers[place] = sum(inside) / len(inside)
    return centers


def _lines(node: Node, width: float) -> list[str]:
    """The condition of a box, in lines that fit above it."""
    if node.answer is None:
        return []
    return textwrap.wrap(node.answer.words, max(10, int(width / 6.3)), max_lines=3, placeholder=" …")


def _box(node: Node, x: float, y: float, width: float, most: float, all_rows: int) -> list[str]:
    fill, ink = _colours(node.churn_rate / most if most else 0.0)
    lines = _lines(node, width)
    what = node.answer.name if node.answer else "all rows"
    return [
        f"<g><title>{escape(what)}: {node.churned:,} of {node.rows:,} churned</title>",
        *(text(x, y - 14 * (len(lines) - k) + 8, line, 12, INK, "middle") for k, line in enumerate(lines)),
        f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BOX}" rx="6" fill="{fill}" '
        f'stroke="{EDGE}"/>',
        text(x, y + 19, f"{node.churn_rate:.1%}", 17, ink, "middle", "bold"),
        text(x, y + 35, f"{node.rows:,} · {node.rows / max(1, all_rows):.0%}", 12, ink, "middle"),
        "</g>",
    ]


def _colours(risk: float) -> tuple[str, str]:
    """The colours of a box and of its text. risk: 0 to 1."""
    return mixed(SAFE, RISKY, risk), "#ffffff" if risk > 0.55 else INK


def _rules(nodes: Sequence[Node]) -> list[str]:
    """The leaves as rules, the highest risk first."""
    leaves = leaf_paths(nodes)
    top = TOP + TREE_HEIGHT + 40
    parts = [text(40, top, RULES_TITLE, 18, weight="bold")]
    for number, (leaf, answers) in enumerate(leaves[:MAX_RULES]):
        y = top + 26 + 20 * number
        words = ", ".join(answer.words for answer in shorten(answers)) or "all rows"
        parts.append(text(100, y, f"{leaf.churn_rate:.1%}", 14, INK, "end", "bold"))
        parts.append(text(240, y, f"{leaf.churned:,} of {leaf.rows:,}", 14, SOFT, "end"))
        parts.append(text(310, y, f"{leaf.probability:.1%}", 14, SOFT, "end"))
        parts.append(text(330, y, textwrap.shorten(words, 175, placeholder=" …"), 14))
    if len(leaves) > MAX_RULES:
        parts.append(text(330, top + 26 + 20 * MAX_RULES, f"and {len(leaves) - MAX_RULES} more", 14, SOFT))
    return parts
