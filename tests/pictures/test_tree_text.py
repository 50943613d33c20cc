"""A tree as indented text: one line per node, a bar as long as its share."""

from __future__ import annotations

from churnkit.pictures import tree_text
from tests.pictures.drawn import NODES


def test_each_node_has_a_line_with_its_share_its_rows_and_its_condition() -> None:
    lines = tree_text.draw(NODES, "the title").splitlines()
    assert lines[0] == "the title"
    for node, line in zip(NODES, lines[2:], strict=False):
        assert line.lstrip().startswith(f"{node.churn_rate:.1%}")
        assert line.count("█") == round(node.churn_rate * tree_text.BAR)
        assert f"{node.rows:,}" in line
        assert f"({node.rows / 1000:4.0%})" in line
        assert (node.answer.name if node.answer else "all") in line
        assert line.endswith(f"● {node.probability:.1%}") == (not node.children)


def test_a_deeper_node_stands_further_to_the_right() -> None:
    lines = tree_text.draw(NODES, "").splitlines()[2:]
    words = [node.answer.name if node.answer else "all" for node in NODES]
    starts = [line.index(name) for line, name in zip(lines, words, strict=False)]
    assert starts == [starts[0] + 3 * node.depth for node in NODES]
