"""A tree for Mermaid and Graphviz: an arrow for each branch, and no value breaks out of its quotes."""

from __future__ import annotations

import re

import pytest

from churnkit.explanation.tree_rules import Node
from churnkit.pictures import tree_graph
from tests.pictures.drawn import NASTY, NODES


@pytest.mark.parametrize("draw", [tree_graph.mermaid, tree_graph.dot])
def test_a_graph_has_an_arrow_for_each_branch_and_no_bare_quote(draw: object) -> None:
    text = draw(NODES, NASTY)  # type: ignore[operator]
    assert len(re.findall(r"-->|->", text)) == 4
    for line in text.splitlines():
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0


@pytest.mark.parametrize("draw", [tree_graph.mermaid, tree_graph.dot])
def test_arrows_join_the_nodes_that_the_tree_joins(draw: object) -> None:
    text = draw(NODES, "all")  # type: ignore[operator]
    arrows = re.findall(r"^ *n(\d+) -(?:->\|.*\||>) ?n(\d+)", text, re.M)
    assert sorted((int(a), int(b)) for a, b in arrows) == [
        (place, child) for place, node in enumerate(NODES) for child in node.children
    ]


@pytest.mark.parametrize("draw", [tree_graph.mermaid, tree_graph.dot])
def test_a_box_has_the_churn_rate_and_the_rows_that_churned(draw: object) -> None:
    text = draw(NODES, "all")  # type: ignore[operator]
    assert re.findall(r"([\d.]+%)(?:<br/>|\\n)(\d+) of ([\d,]+) rows", text) == [
        (f"{node.churn_rate:.1%}", str(node.churned), f"{node.rows:,}") for node in NODES
    ]


@pytest.mark.parametrize("draw", [tree_graph.mermaid, tree_graph.dot])
def test_a_tree_of_one_leaf_is_drawn_too(draw: object) -> None:
    assert "n0" in draw([Node(None, 10, 5, 0.5, 0.5, (), 0)], "all")  # type: ignore[operator]


def test_no_character_with_a_meaning_in_mermaid_is_left_in_a_text() -> None:
    for line in tree_graph.mermaid(NODES, NASTY).splitlines()[2:]:
        words = re.sub(r"<br/>", "", "".join(re.findall(r'"([^"]*)"', line)))
        assert not {"<", ">", "`", "|"} & {*words}


def test_darker_boxes_of_a_digraph_are_riskier() -> None:
    grey = [int(level) for level in re.findall(r"fillcolor=grey(\d+)", tree_graph.dot(NODES, "all"))]
    shares = [node.churn_rate for node in NODES]
    assert sorted(range(5), key=lambda k: -grey[k]) == sorted(range(5), key=lambda k: shares[k])
    assert all(0 <= level <= 100 for level in grey)
