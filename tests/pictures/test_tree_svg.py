"""A tree as a slide: every box and every rule, darker where the risk is higher."""

from __future__ import annotations

import itertools

from churnkit.explanation.tree_rules import Node
from churnkit.pictures import tree_svg
from tests.pictures.drawn import NASTY, NODES, shapes_of, words_of


def test_the_slide_of_a_tree_shows_every_box_and_every_rule() -> None:
    words = words_of(tree_svg.draw(NODES, NASTY))
    for node in NODES:
        assert f"{node.churn_rate:.1%}" in words
    for leaf in (node for node in NODES if not node.children):
        assert {f"{leaf.churned} of {leaf.rows}", f"{leaf.probability:.1%}"} <= {*words}
    assert f"plainly {NASTY} 1, plainly {NASTY} 3" in words
    assert words.index(f"plainly {NASTY} 1, plainly {NASTY} 3") < words.index(f"plainly {NASTY} 0")


def test_darker_boxes_are_riskier() -> None:
    fills = [shape["fill"] for shape in shapes_of(tree_svg.draw(NODES, "all"), "rect")]
    assert len(fills) == len(NODES)
    light = {
        node.churn_rate: sum(int(fill[k : k + 2], 16) for k in (1, 3, 5))
        for node, fill in zip(NODES, fills, strict=True)
    }
    assert [share for share, _ in sorted(light.items(), key=lambda item: -item[1])] == sorted(light)


def test_boxes_of_one_level_do_not_overlap_and_lie_on_the_sheet() -> None:
    shapes = shapes_of(tree_svg.draw(NODES, "all"), "rect")
    for depth in range(3):
        row = [s for node, s in zip(NODES, shapes, strict=True) if node.depth == depth]
        ends = sorted((float(s["x"]), float(s["x"]) + float(s["width"])) for s in row)
        assert all(end < start for (_, end), (start, _) in itertools.pairwise(ends))
        assert ends[0][0] >= 0
        assert ends[-1][1] <= tree_svg.WIDTH


def test_a_tree_of_one_leaf_is_drawn_too() -> None:
    assert "50.0%" in tree_svg.draw([Node(None, 10, 5, 0.5, 0.5, (), 0)], "all")


def test_the_title_has_the_definition_of_the_label() -> None:
    svg = tree_svg.draw(NODES, "Who leaves: churned_cancel_30d")
    assert words_of(svg)[0] == "Who leaves: cancel in the next 30 days"
    assert "churned_cancel_30d" not in svg
