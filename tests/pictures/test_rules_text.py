"""Rules as text: what was counted, what is scored, and the condition, in columns."""

from __future__ import annotations

from churnkit.explanation.tree_rules import rule_records
from churnkit.pictures import rules_text
from tests.pictures.drawn import NODES


def test_a_rule_has_a_line_with_its_counts_its_probability_and_its_condition() -> None:
    records = rule_records(NODES)
    head, *lines = rules_text.draw(records).splitlines()
    assert head.split() == ["churn", "rate", "churned", "rows", "scored", "rule"]
    assert lines[0].split()[:5] == ["67.5%", "135", "of", "200", "64.5%"]
    for record, line in zip(records, lines, strict=True):
        assert line.endswith(f"   {record['words']}")
