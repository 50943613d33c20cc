"""A tree in the languages of two drawing tools: Mermaid and Graphviz."""

from __future__ import annotations

from collections.abc import Sequence

from churnkit.explanation.tree_rules import Node

UNSAFE = {ord(mark): f"#{ord(mark)};" for mark in "\"'`<>[](){}|#&;"}  # as Mermaid writes them


def mermaid(nodes: Sequence[Node], title: str) -> str:
    """A flowchart, the root on top."""
    lines = ["flowchart TD", f"  %% {' '.join(title.split())}"]
    for place, node in enumerate(nodes):
        lines.append(f'  n{place}["{node.share:.1%}<br/>{node.rows:,} rows"]')
    for place, node in enumerate(nodes):
        for child in node.children:
            answer = nodes[child].answer
            words = answer.name.translate(UNSAFE) if answer else ""
            lines.append(f'  n{place} -->|"{words}"| n{child}')
    return "\n".join(lines)


def dot(nodes: Sequence[Node], title: str) -> str:
    """A digraph, the root on top, darker where more left."""
    most = max(node.share for node in nodes) or 1.0
    lines = [
        "digraph tree {",
        f"  label={_quoted(title)}; labelloc=t;",
        '  node [shape=box, style="rounded,filled", fontname=Helvetica]; edge [fontname=Helvetica];',
    ]
    for place, node in enumerate(nodes):
        grey = 100 - round(node.share / most * 60)
        words = _quoted(f"{node.share:.1%}\n{node.rows:,} rows")
        lines.append(f"  n{place} [label={words}, fillcolor=grey{grey}];")
    for place, node in enumerate(nodes):
        for child in node.children:
            answer = nodes[child].answer
            lines.append(f"  n{place} -> n{child} [label={_quoted(answer.name if answer else '')}];")
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
