"""A leak is found, and a good predictor is not called a leak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from churnkit.evaluation.leaks import VALUE, Leak, find_leak, one_column_auc

NO_NULLS = (0, 0)


def _counts(numbers: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, place = np.unique(numbers, return_inverse=True)
    return np.bincount(place), np.bincount(place, weights=truth).astype(np.int64)


def _normal(gap: float, left: int, stayed: int) -> Leak | None:
    """A cause whose values are spread evenly around two means."""
    random = np.random.default_rng(0)
    numbers = np.concatenate([random.normal(gap, 1, left), random.normal(0, 1, stayed)])
    return find_leak(*_counts(numbers, np.repeat([1, 0], [left, stayed])), NO_NULLS)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=4, max_size=80))
def test_the_auc_of_counts_is_that_of_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    numbers, truth = np.array(pairs).T
    found = one_column_auc(*_counts(numbers, truth))
    if truth.min() == truth.max():
        assert found is None
    else:
        assert found == pytest.approx(roc_auc_score(truth, numbers))


def test_a_value_that_separates_is_a_leak() -> None:
    leak = _normal(5, 300, 700)
    assert leak is not None
    assert leak.how == VALUE


@pytest.mark.parametrize("gap", [0, 0.5, 1, 2, 2.5])
@pytest.mark.parametrize("left", [30, 300, 3_000])
def test_a_good_predictor_is_not_a_leak(gap: float, left: int) -> None:
    assert _normal(gap, left, 5_000) is None
    assert _normal(-gap, left, 5_000) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_score_that_is_certain_at_both_ends_is_a_leak(sign: int) -> None:
    random = np.random.default_rng(0)
    numbers = np.concatenate([random.integers(65, 101, 1_800), random.integers(5, 81, 5_000)])
    truth = np.repeat([1, 0], [1_800, 5_000])
    leak = find_leak(*_counts(sign * numbers, truth), NO_NULLS)
    assert leak is not None
    assert leak.how == VALUE
    gone = int(((numbers > 80) & (truth == 1)).sum())
    assert f"{gone:,} churned" in leak.why


@pytest.mark.parametrize(
    ("filled", "filled_left", "nulls", "leak"),
    [
        (100, 100, (300, 0), "filled only for customers who churned (100 rows)"),
        (300, 3, (100, 100), "empty only for customers who churned (100 rows)"),
        (100, 100, (300, 295), None),  # nearly all left anyway
        (5, 5, (300, 20), None),  # five rows may be chance
        (100, 60, (300, 30), None),
    ],
)
def test_being_filled_only_for_churned_customers_is_a_leak(
    filled: int, filled_left: int, nulls: tuple[int, int], leak: str | None
) -> None:
    found = find_leak(np.array([filled]), np.array([filled_left]), nulls)
    assert (found.why if found else None) == leak


@pytest.mark.parametrize(("certain", "is_leak"), [(250, True), (249, False)])
def test_half_of_the_rows_predicted_without_an_error_are_a_leak(certain: int, is_leak: bool) -> None:
    """Two values are certain, the rest of 1,000 rows has one value of both classes."""
    rest = 1_000 - 2 * certain
    known, churned = np.array([certain, rest, certain]), np.array([0, rest // 2, certain])
    assert (find_leak(known, churned, NO_NULLS) is not None) == is_leak
