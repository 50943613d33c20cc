"""A tree as source text for two drawing tools: Mermaid and Graphviz."""

from __future__ import annotations

from collections.abc import Sequence

from churnkit.explanation.tree_rules import Node
from churnkit.pictures.wording import MERMAID_UNSAFE, title_in_words


def mermaid(nodes: Sequence[Node], title: str) -> str:
    """A Mermaid flowchart with the root at the top."""
    lines = ["flowchart TD", f"  %% {' '.join(title_in_words(title).split())}"]
    for place, node in enumerate(nodes):
        lines.append(f'  n{place}["{node.churn_rate:.1%}<br/>{node.churned:,} of {node.rows:,} rows"]')
    for place, node in enumerate(nodes):
        for child in node.children:
            answer = nodes[child].answer
            words = answer.name.translate(MERMAID_UNSAFE) if answer else ""
            lines.append(f'  n{place} -->|"{words}"| n{child}')
    return "\n".join(lines)


def dot(nodes: Sequence[Node], title: str) -> str:
    """A Graphviz digraph with the root at the top; a darker node has a higher churn rate."""
    most = max(node.churn_rate for node in nodes) or 1.0
    lines = [
        "digraph tree {",
        f"  label={_quoted(title_in_words(title))}; labelloc=t;",
        '  node [shape=box, style="rounded,filled", fontname=Helvetica]; edge [fontname=Helvetica];',
    ]
    for place, node in enumerate(nodes):
        grey = 100 - round(node.churn_rate / most * 60)
        words = _quoted(f"{node.churn_rate:.1%}\n{node.churned:,} of {node.rows:,} rows")
        lines.append(f"  n{place} [label={words}, fillcolor=grey{grey}];")
    for place, node in enumerate(nodes):
        for child in node.children:
            answer = nodes[child].answer
            lines.append(f"  n{place} -> n{child} [label={_quoted(answer.name if answer else '')}];")
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
