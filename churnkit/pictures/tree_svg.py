"""A tree as a slide for people who have never seen one: boxes in words, darker where more left, and rules."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

from churnkit.explanation.tree_rules import Node, leaf_paths, shorten
from churnkit.pictures.svg import INK, SOFT, mixed, sheet, text

WIDTH, HEIGHT = 1600, 900
TOP, ROOM = 120, 470  # where the tree begins, and its height, px
BOX = 42  # height of a box
SAFE, RISKY = (255, 244, 229), (150, 45, 0)  # light to dark: the order survives in grey
EDGE = "#afb8c1"
MOST_RULES = 12


def draw(nodes: Sequence[Node], title: str) -> str:
    """nodes: of `outline`. A box holds the share that left and how many; above it stands who they are."""
    slot = (WIDTH - 80) / max(1, sum(not node.children for node in nodes))
    centers = _centers(nodes, slot)
    levels = max(node.depth for node in nodes) + 1
    step = min(130.0, (ROOM - BOX) / max(1, levels - 1))
    width = min(150.0, slot - 8)
    most = max(node.share for node in nodes)
    parts = [
        text(40, 56, title, 30, weight="bold"),
        text(
            40, 84, "In each box: the share that left, and how many customers. Darker: more left.", 16, SOFT
        ),
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
    """Leaves stand side by side; a node over the middle of its children."""
    centers = [0.0] * len(nodes)
    leaves = 0
    for place in range(len(nodes)):  # each node before its children, so leaves come from left to right
        if not nodes[place].children:
            centers[place] = 40 + (leaves + 0.5) * slot
            leaves += 1
    for place in reversed(range(len(nodes))):
        if nodes[place].children:
            inside = [centers[child] for child in nodes[place].children]
            centers[place] = sum(inside) / len(inside)
    return centers


def _lines(node: Node, width: float) -> list[str]:
    """What is true of a box, in lines that fit above it."""
    if node.answer is None:
        return []
    return textwrap.wrap(node.answer.words, max(10, int(width / 6.3)), max_lines=3, placeholder=" …")


def _box(node: Node, x: float, y: float, width: float, most: float, all_rows: int) -> list[str]:
    fill, ink = _colours(node.share / most if most else 0.0)
    lines = _lines(node, width)
    what = node.answer.name if node.answer else "all"
    return [
        f"<g><title>{escape(what)}: {node.share:.1%} of {node.rows:,}</title>",
        *(text(x, y - 14 * (len(lines) - k) + 8, line, 12, INK, "middle") for k, line in enumerate(lines)),
        f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BOX}" rx="6" fill="{fill}" '
        f'stroke="{EDGE}"/>',
        text(x, y + 19, f"{node.share:.1%}", 17, ink, "middle", "bold"),
        text(x, y + 35, f"{node.rows:,} · {node.rows / max(1, all_rows):.0%}", 12, ink, "middle"),
        "</g>",
    ]


def _colours(risk: float) -> tuple[str, str]:
    """A box's colour and that of its words. risk: 0 to 1."""
    return mixed(SAFE, RISKY, risk), "#ffffff" if risk > 0.55 else INK


def _rules(nodes: Sequence[Node]) -> list[str]:
    """The leaves as sentences, the riskiest first."""
    found = leaf_paths(nodes)
    top = TOP + ROOM + 40
    parts = [text(40, top, "Who leaves, riskiest first", 18, weight="bold")]
    for number, (leaf, answers) in enumerate(found[:MOST_RULES]):
        y = top + 26 + 20 * number
        words = ", ".join(answer.words for answer in shorten(answers)) or "all"
        parts.append(text(100, y, f"{leaf.share:.1%}", 14, INK, "end", "bold"))
        parts.append(text(190, y, f"{leaf.rows:,}", 14, SOFT, "end"))
        parts.append(text(210, y, textwrap.shorten(words, 190, placeholder=" …"), 14))
    if len(found) > MOST_RULES:
        parts.append(text(210, top + 26 + 20 * MOST_RULES, f"and {len(found) - MOST_RULES} more", 14, SOFT))
    return parts
