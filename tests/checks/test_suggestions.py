"""Suggested rules are rules, and the base breaks none."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from churnkit import cli
from churnkit.checks.checker import rule_types
from churnkit.checks.rules import parse_rules
from churnkit.checks.suggestions import suggest_rules
from tests import deliveries
from tests.checks.test_expectations import expected_of


def test_the_base_breaks_no_rule_that_it_suggests(tmp_path: Path) -> None:
    header = ("customer_id", "timestamp", "the plan", "in", *deliveries.NAMES[4:])
    rows = deliveries.delivery(np.random.default_rng(0), 1_100, deliveries.MONTHS[0])
    data = deliveries.table(deliveries.lines(rows), header)
    expected = expected_of(tmp_path, data)
    text = suggest_rules(expected)
    rules = [rule.text for rule in parse_rules(text, "rules", rule_types(expected, header))]
    assert "customer_id unique" in rules
    assert '"the plan" in (basic, plus, premium)' in rules
    assert '"in" is not empty' in rules
    assert "timestamp <= now + 1d" in rules
    assert any(rule.startswith("age between 0 and 1") for rule in rules)
    (tmp_path / "rules.txt").write_text(text)
    words = ["--rules", str(tmp_path / "rules.txt"), "--now", deliveries.NOW, "-o", str(tmp_path / "out.csv")]
    base = str(tmp_path / "base.csv")
    assert cli.run(["check", "-q", *words, base, base]) == 0
    assert (tmp_path / "out.csv").read_bytes() == data
