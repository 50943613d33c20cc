"""A rule stands in one place: what only that place may write is written nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "churnkit"
SOURCES = {str(path.relative_to(PACKAGE).with_suffix("")): path.read_text() for path in PACKAGE.rglob("*.py")}

# rule → what only its place writes (a pattern), and that place
RULES = {
    "the z of an interval": (
        r"1\.9[56]\d|NormalDist\(\)\.inv_cdf\((?!1 - (?:FALSE_CAUSE_RATE|CHANCE))",
        {"intervals"},
    ),
    "the percentiles of an interval": (r"97\.5|0\.975|^TAILS\b", {"intervals"}),
    "the confidence level in text": (r"\bf\"[^\"]*95 %", set()),
    "the bin of a number": (r"np\.digitize|searchsorted\((?:inner|_?edges)", {"bins"}),
    "before the observation date": (r"\btimes(?:\[\w+\])? < |AS_OF\) [<>]", {"windows"}),
    "an alias of an array": (r"^\w+(?:: TypeAlias)? = (?:npt\.)?NDArray", {"arrays"}),
    "the formats of files": (r"\"\.(?:csv|tsv|jsonl|ndjson|parquet|svg|dot|mmd)\"", {"tables/formats"}),
    "the compressions": (r"\\x1f\\x8b|\\xfd7zXZ", {"tables/compression"}),
    "the AUC": (r"def (?!_auc\b|auc\b|one_column_auc\b)\w*auc\w*\(", {"evaluation/metrics"}),
    "the log loss of log-odds": (r"logaddexp", {"evaluation/metrics"}),
    "the sigmoid": (
        r"1(?:\.0)? / \(1(?:\.0)? \+ (?:np\.exp|small)",
        {"eventlog/simulation", "models/calibration"},
    ),
    "a bridged break": (r"<= gap\b", {"eventlog/subscriptions"}),
    "what differs by model kind": (
        r"kind [!=]= \"(?:logistic|tree|xgboost)|[!=]= \"(?:logistic|xgboost)\"",
        set(),
    ),
    "the kinds of model": (r"\"logistic\".*\"tree\"|\"churnkit\.models\.tree\"", {"models/__init__"}),
    "the commands": (r"^COMMANDS\b", {"commands/__init__"}),
    "the words of a feature": (r"\"\{of\} \{v\}", {"features/__init__"}),
    "the chance of a PSI": (r"erfc", {"drift/psi"}),
    "the databases": (r"^DIALECTS\b", {"export/dialects"}),
    "the languages of scorers": (r"^LANGUAGES\b", {"export/languages"}),
    "the border of a 32-bit float": (r"nextafter\(single", {"models/forest"}),
    "the words that mean yes": (r"\"yes\", \"y\"", {"target"}),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_stands_in_one_place(rule: str) -> None:
    pattern, place = RULES[rule]
    found = {module for module, text in SOURCES.items() if re.search(pattern, text, re.MULTILINE)}
    assert found == place


@pytest.mark.parametrize("rule", [rule for rule, (_, place) in RULES.items() if place])
def test_a_copy_elsewhere_would_be_found(rule: str) -> None:
    pattern, places = RULES[rule]
    written = re.search(pattern, SOURCES[min(places)], re.MULTILINE)
    assert written
    copy = f"{SOURCES['errors']}\n{written.group(0)}"
    assert re.search(pattern, copy, re.MULTILINE)
