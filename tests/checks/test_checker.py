"""Each planted fault at random places is found, and no other row is rejected."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.checks.blocks import RecordBlock
from churnkit.checks.expectations import Expectations
from churnkit.checks.findings import TableLimits, find
from churnkit.tables.formats import Layout
from churnkit.tables.records import Block
from tests import checked, deliveries


@pytest.fixture(scope="module")
def expected() -> Expectations:
    return checked.expectations(checked.base())


@pytest.mark.parametrize("fault", deliveries.FAULTS)
@settings(max_examples=2)
@given(seed=st.integers(0, 10**6))
def test_a_planted_fault_is_found_and_no_other_row_is_rejected(
    fault: str, seed: int, expected: Expectations
) -> None:
    rng = np.random.default_rng(seed)
    planted = deliveries.FAULTS[fault](rng, checked.delivered(1_200, seed % 3))
    checker = checked.checker(expected, planted.header)
    judged = checker.judge(checked.block(planted.lines, planted.header))
    codes = {finding.code for finding in find(checker.facts, TableLimits(checked.NOW))}
    assert planted.rejects is None or {*judged.rejects} == planted.rejects
    assert planted.codes <= codes
    assert planted.codes or not codes


@settings(max_examples=3)
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 1_199))
def test_rows_are_judged_alike_in_one_block_and_in_two(seed: int, cut: int, expected: Expectations) -> None:
    rows = checked.delivered(1_200, seed % 3)
    rows[7], rows[1_100] = list(rows[1_000]), ["c9", *rows[3][1:4], "-1", *rows[3][5:]]
    whole, parts = checked.checker(expected), checked.checker(expected)
    judged = whole.judge(checked.block(deliveries.lines(rows)))
    head, rest = checked.block(deliveries.lines(rows)).split(cut)
    kept = [part.is_kept for part in (parts.judge(head), parts.judge(rest))]
    assert np.concatenate(kept).tolist() == judged.is_kept.tolist()
    assert find(whole.facts, TableLimits(checked.NOW)) == find(parts.facts, TableLimits(checked.NOW))
    assert sorted(judged.rejects) == [1_000, 1_100]


def test_several_reasons_of_a_row_are_joined(expected: Expectations) -> None:
    rows = checked.delivered(40)
    rows[5][2], rows[5][4] = "gold", "old"
    judged, _ = checked.judged(
        expected, deliveries.lines(rows), rules="amount > 0\nplan != gold  # never sold"
    )
    words = "column 'plan': 'gold' is a new value; column 'age': 'old' is not a number; rule 2: plan != gold"
    assert judged.rejects == {5: words}


def test_a_rule_may_ask_for_a_key_of_two_columns(expected: Expectations) -> None:
    rows = checked.delivered(40)
    rows[9] = [*rows[9][:2], *rows[3][2:]]
    rows[9][4], rows[9][1] = rows[3][4], rows[3][1]
    judged, _ = checked.judged(expected, deliveries.lines(rows), rules="(timestamp, age) unique")
    assert judged.rejects == {9: f"columns 'timestamp', 'age': '{rows[3][1]}', '{rows[3][4]}' came before"}


def test_an_empty_value_in_a_key_equals_no_other(expected: Expectations) -> None:
    rows = checked.delivered(40)
    for row in rows[:3]:
        row[3], row[9] = "country 1", ""
    rows[20][3], rows[20][9] = rows[30][3], rows[30][9] = "country 2", "0.5"
    judged, _ = checked.judged(expected, deliveries.lines(rows), rules="(country, discount) unique")
    assert not {0, 1, 2} & {*judged.rejects}
    assert 30 in judged.rejects


def test_a_key_that_no_record_of_a_jsonl_has_is_empty_in_all(expected: Expectations) -> None:
    rows = [dict(zip(deliveries.NAMES, row, strict=True)) for row in checked.delivered(3)]
    for row in rows:
        del row["plan"]
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    block = RecordBlock(Block(data, 1), Layout("jsonl", b""), b"", deliveries.NAMES)
    judged = checked.checker(expected).judge(block)
    assert judged.rejects == dict.fromkeys(range(3), "column 'plan': is empty")
