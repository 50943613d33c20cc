"""Folds keep a customer together and spread churned customers; a date split respects the label window."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from churnkit.evaluation.splits import customer_folds, date_split, first_test_date


@given(st.integers(0, 1000), st.integers(5, 300), st.integers(2, 5))
def test_each_row_is_tested_once_by_models_that_never_saw_its_customer(
    seed: int, rows: int, number: int
) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, max(2, rows // 3), rows)
    truth = (rng.random(rows) < 0.3).astype(float)
    splits = customer_folds(truth, groups, number, seed)
    assert sorted(np.concatenate([split.test for split in splits]).tolist()) == list(range(rows))
    for split in splits:
        assert not set(groups[split.train]) & set(groups[split.test])
        assert len(split.train) + len(split.test) == rows


def test_churned_customers_are_spread_evenly() -> None:
    truth = (np.arange(1_000) % 10 == 0).astype(float)
    counts = [truth[split.test].sum() for split in customer_folds(truth, np.arange(1_000))]
    assert counts == [20] * 5


def test_folds_depend_on_the_seed() -> None:
    truth, groups = np.arange(100) % 2.0, np.arange(100)
    one, same, other = (customer_folds(truth, groups, seed=seed)[0].test.tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_rows_whose_label_window_reaches_past_the_test_date_do_not_train() -> None:
    instants = np.array([1, 2, 3, 4, 4])
    split = date_split(instants, 4, train_before=2)
    assert (split.train.tolist(), split.test.tolist()) == ([0, 1], [3, 4])
    assert not len(date_split(instants, 4, train_before=0).train)


def test_the_latest_date_is_tested_or_the_latest_fifth_where_customers_have_their_own_dates() -> None:
    assert first_test_date(np.array([1, 1, 2, 2, 3])) == 3
    own = np.random.default_rng(0).permutation(1_000)
    assert (own >= first_test_date(own)).sum() == 200
