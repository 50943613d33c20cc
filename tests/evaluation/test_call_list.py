"""A list of contacts beside scores: counted by hand, and its interval against repetition."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.evaluation.call_list import compare_list, is_list
from tests.scored import simulated


def test_both_contact_the_same_number_and_are_counted_by_hand() -> None:
    truth, said = simulated(400, 1)
    listed = (np.random.default_rng(2).random(400) < 0.2).astype(float)
    found = compare_list(truth, said, listed, None, None, 0)
    contacts = int(listed.sum())
    top = np.argsort(-said)[:contacts]
    assert found["baseline_contacts"] == contacts
    assert found["baseline_recall"] == pytest.approx(truth[listed > 0].sum() / truth.sum())
    assert found["recall_same_contacts"] == pytest.approx(truth[top].sum() / truth.sum())
    assert found["recall_difference_low"] > 0  # a random list reaches fewer


def test_a_list_by_the_same_scores_does_not_differ() -> None:
    truth, said = simulated(300, 3)
    listed = (said >= np.sort(said)[-60]).astype(float)
    found = compare_list(truth, said, listed, np.arange(300), None, 0)
    assert [found[f"recall_difference{end}"] for end in ("", "_low", "_high")] == pytest.approx([0, 0, 0])


def test_a_row_of_weight_three_counts_three_times() -> None:
    truth, said = simulated(200, 4)
    listed = (np.arange(200) % 4 == 0).astype(float)
    times = np.random.default_rng(0).integers(1, 4, 200)
    one = compare_list(truth, said, listed, None, times.astype(float), 0)
    other = compare_list(truth.repeat(times), said.repeat(times), listed.repeat(times), None, None, 0)
    for name in ("baseline_recall", "recall_same_contacts"):
        assert one[name] == pytest.approx(other[name])


@pytest.mark.parametrize(
    ("values", "answer"), [([0, 1, 1], True), ([0, 0.5, 1], False), ([1, 1], True), ([0, 2], False)]
)
def test_only_zeros_and_ones_are_a_list(values: list[float], answer: bool) -> None:
    assert is_list(np.array(values, dtype=float)) == answer
