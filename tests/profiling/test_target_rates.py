"""How a column goes with churn: scikit-learn's AUC, and the rate of each tenth and value by pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from churnkit.intervals import wilson
from churnkit.profiling.distribution import Distribution
from churnkit.profiling.target_rates import CategoryCounts, rates_by_target

NO_NULLS = np.zeros(3, dtype=np.int64)
PAIRS = st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 1)), min_size=2, max_size=80)


def _distribution(numbers: list[float], left: list[int]) -> Distribution:
    table = pd.DataFrame({"x": numbers, "left": left}).groupby("x")["left"].agg(["size", "sum"])
    return Distribution.of(
        table.index.to_numpy(float), np.array([table["size"], table["size"], table["sum"]], dtype=np.int64)
    )


@given(PAIRS)
def test_the_auc_of_numbers_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    numbers, left = (list(column) for column in zip(*pairs, strict=True))
    assume(0 < sum(left) < len(left))
    found = rates_by_target(_distribution(numbers, left), None, NO_NULLS)
    assert found["auc"] == pytest.approx(roc_auc_score(left, numbers))
    assert sum(rate["rows"] for rate in found["target_rates"]) == len(left)
    for rate in found["target_rates"]:
        inside = [y for x, y in pairs if rate["from"] <= x <= rate["to"]]
        assert (rate["rows"], rate["left"]) == (len(inside), sum(inside))
        assert (rate["rate_low"], rate["rate_high"]) == wilson(sum(inside), len(inside))


def test_numbers_that_all_differ_are_in_ten_tenths() -> None:
    found = rates_by_target(
        _distribution([float(k) for k in range(200)], [k % 2 for k in range(200)]), None, NO_NULLS
    )
    assert [rate["rows"] for rate in found["target_rates"]] == [20] * 10
    assert [(rate["from"], rate["to"]) for rate in found["target_rates"]][:2] == [(0, 19), (20, 39)]


def _counts(rows: dict[str, tuple[int, int]]) -> CategoryCounts:
    """Value → rows and churned among them, the most frequent first."""
    known, left = (np.array(column, dtype=np.int64) for column in zip(*rows.values(), strict=True))
    return CategoryCounts(list(rows), known, left)


def test_the_auc_of_texts_ranks_each_row_by_the_rate_of_its_value_in_other_rows() -> None:
    counts = {"a": (500, 100), "b": (300, 200), "c": (200, 10)}
    score = [left / rows for rows, left in counts.values() for _ in range(rows)]
    truth = [int(k < left) for rows, left in counts.values() for k in range(rows)]
    auc = rates_by_target(None, _counts(counts), NO_NULLS)["auc"]
    assert auc == pytest.approx(roc_auc_score(truth, score), abs=0.01)


@pytest.mark.parametrize("values", [10, 40])
def test_values_of_pure_noise_have_an_auc_of_a_half(values: int) -> None:
    aucs = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows = rng.multinomial(400, np.full(values, 1 / values))
        left = rng.binomial(rows, 0.3)
        counts = {f"v{k}": (int(n), int(c)) for k, (n, c) in enumerate(zip(rows, left, strict=True))}
        aucs.append(rates_by_target(None, _counts(counts), NO_NULLS)["auc"])
    assert np.mean(aucs) == pytest.approx(0.5, abs=0.03)


def test_rare_values_are_merged() -> None:
    rare = {f"r{k}": (1, 1) for k in range(4)}
    known, left = _counts({"a": (10, 2), "b": (8, 4), **rare}).ordered_by_rate()
    assert list(zip(known.tolist(), left.tolist(), strict=True)) == [(10, 2), (8, 4), (4, 4)]


def test_values_beyond_the_tenth_are_merged_and_missing_ones_are_separate() -> None:
    counts = {f"v{k:02d}": (30 - k, k) for k in range(13)}
    rates = rates_by_target(None, _counts(counts), np.array([9, 7, 3]))["target_rates"]
    assert [rate["value"] for rate in rates] == [*list(counts)[:10], None, None]
    others, missing = rates[-2:]
    assert (others["other"], others["rows"], others["left"]) == (True, 20 + 19 + 18, 10 + 11 + 12)
    assert ("other" in missing, missing["rows"], missing["left"]) == (False, 7, 3)


def test_rows_without_a_value_are_a_group_even_if_nobody_churned() -> None:
    rates = rates_by_target(None, _counts({"a": (20, 3)}), np.array([5, 4, 0]))["target_rates"]
    assert [(rate["value"], rate["rows"], rate["rate"]) for rate in rates] == [
        ("a", 20, 0.15),
        (None, 4, 0),
    ]
