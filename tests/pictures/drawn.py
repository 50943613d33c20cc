"""A tree whose words are nasty, and what an SVG holds, for the tests of pictures."""

from __future__ import annotations

from xml.etree import ElementTree

from churnkit.explanation.tree_rules import AMONG, Condition, Node

NASTY = 'x < 3 & "y" \\ <script>'
ANSWERS = [
    Condition(f"{NASTY} {k}", f"plainly {NASTY} {k}", "TRUE", (f"column {k}", AMONG)) for k in range(4)
]
NODES = [
    Node(None, 1_000, 200, 0.2, 0.21, (1, 2), 0),
    Node(ANSWERS[0], 700, 35, 0.05, 0.06, (), 1),
    Node(ANSWERS[1], 300, 165, 0.55, 0.52, (3, 4), 1),
    Node(ANSWERS[2], 100, 30, 0.3, 0.31, (), 2),
    Node(ANSWERS[3], 200, 135, 0.675, 0.645, (), 2),
]


def words_of(svg: str) -> list[str]:
    """All words of a picture, in their order. Raises ParseError where it is not well formed."""
    return [
        element.text
        for element in ElementTree.fromstring(svg).iter()
        if element.text and element.text.strip()
    ]


def shapes_of(svg: str, tag: str) -> list[dict[str, str]]:
    """The attributes of all shapes of a kind: rect, circle, …; without the ground of the sheet."""
    root = ElementTree.fromstring(svg)
    found = [dict(element.attrib) for element in root.iter() if element.tag.endswith(f"}}{tag}")]
    return [shape for shape in found if shape.get("fill") != "#ffffff" or tag != "rect"]
