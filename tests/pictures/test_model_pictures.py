"""Pictures of models are well formed, say what the model says, and let no value break out of its place."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from churnkit.explanation.tree_rules import AMONG, Condition, Node
from churnkit.pictures import importance_svg, tree_graph, tree_svg

NASTY = 'x < 3 & "y" \\ <script>'
ANSWERS = [
    Condition(f"{NASTY} {k}", f"plainly {NASTY} {k}", "TRUE", (f"column {k}", AMONG)) for k in range(4)
]
NODES = [
    Node(None, 1_000, 0.2, (1, 2), 0),
    Node(ANSWERS[0], 700, 0.05, (), 1),
    Node(ANSWERS[1], 300, 0.55, (3, 4), 1),
    Node(ANSWERS[2], 100, 0.3, (), 2),
    Node(ANSWERS[3], 200, 0.675, (), 2),
]


def test_the_slide_of_a_tree_shows_every_box_and_every_rule() -> None:
    words = [e.text for e in ElementTree.fromstring(tree_svg.draw(NODES, NASTY)).iter() if e.text]
    for node in NODES:
        assert f"{node.share:.1%}" in words
    assert f"plainly {NASTY} 1, plainly {NASTY} 3" in words
    assert words.index(f"plainly {NASTY} 1, plainly {NASTY} 3") < words.index(f"plainly {NASTY} 0")


def test_darker_boxes_are_riskier() -> None:
    fills = [tree_svg._colours(risk)[0] for risk in (0, 0.25, 0.5, 0.75, 1)]
    grey = [sum(int(fill[k : k + 2], 16) for k in (1, 3, 5)) for fill in fills]
    assert grey == sorted(grey, reverse=True)


def test_a_tree_of_one_leaf_is_drawn_too() -> None:
    root = [Node(None, 10, 0.5, (), 0)]
    assert "50.0%" in tree_svg.draw(root, "all")
    assert "n0" in tree_graph.mermaid(root, "all")


@pytest.mark.parametrize("draw", [tree_graph.mermaid, tree_graph.dot])
def test_a_graph_has_an_arrow_for_each_branch_and_no_bare_quote(draw: object) -> None:
    text = draw(NODES, NASTY)  # type: ignore[operator]
    assert len(re.findall(r"-->|->", text)) == 4
    for line in text.splitlines():
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0


def test_the_slide_of_drivers_has_a_bar_a_feature_by_importance() -> None:
    records = [
        {"feature": NASTY, "importance": 0.5, "direction": "more speaks for leaving"},
        {"feature": "b", "importance": 0.25, "direction": None},
    ]
    root = ElementTree.fromstring(importance_svg.draw(records, NASTY))
    widths = [float(e.get("width", 0)) for e in root.iter() if e.tag.endswith("rect")][1:]
    assert widths == [importance_svg.ROOM, importance_svg.ROOM / 2]
