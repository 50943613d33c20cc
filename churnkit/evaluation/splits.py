"""Splits into training and test rows: folds of whole customers, or the latest date with an embargo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats, Ints

FOLDS = 5
INNER_FOLDS = 3  # for choices inside one fit
LEAST_SHARE_OF_A_DATE = 0.02  # of the rows, to be a test of its own
TEST_SHARE = 0.2


@dataclass(frozen=True)
class Split:
    """train, test: row numbers, ascending."""

    train: Ints
    test: Ints


def customer_folds(
    truth: Floats, groups: Ints, number: int = FOLDS, seed: int = 0, equal: Ints | None = None
) -> list[Split]:
    """One split per fold. All rows of a customer are in one fold; churned customers are spread evenly.

    truth: (n,) 0 and 1. groups: (n,) the number of each row's customer, from 0. equal: (n,) a number that
    equal rows share; such a row is in the fold of the first one, without the other rows of its customer.
    Each row is tested once. There are fewer folds if there are fewer customers.
    """
    count = int(groups.max()) + 1
    has_churned = np.zeros(count)
    np.maximum.at(has_churned, groups, truth)
    present = np.unique(groups)
    shuffled = np.random.default_rng(seed).permutation(present)
    ordered = shuffled[np.argsort(has_churned[shuffled], kind="stable")]
    number = max(2, min(number, len(present)))
    fold_of = np.zeros(count, dtype=np.int64)
    fold_of[ordered] = np.arange(len(ordered)) % number
    fold = fold_of[groups]
    if equal is not None:
        _, first, place = np.unique(equal, return_index=True, return_inverse=True)
        fold = fold[first][place]
    return [Split(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(number)]


def first_test_date(instants: Ints) -> int:
    """The latest date; or, if it has under 2 % of the rows, the first date of the latest fifth of the rows.

    That is so where each customer has an observation date of their own. instants: (n,) of the rows.
    """
    latest = instants.max()
    if np.count_nonzero(instants == latest) >= LEAST_SHARE_OF_A_DATE * len(instants):
        return int(latest)
    return int(np.quantile(instants, 1 - TEST_SHARE, method="higher"))


def date_split(instants: Ints, test_from: int, train_before: int) -> Split:
    """Tests the rows from a date on; trains on the dates whose label window has ended by then.

    instants: (n,) each row's observation date. train_before: the latest instant of a training row (the
    embargo). The training part is empty if no date is early enough.
    """
    return Split(np.flatnonzero(instants <= train_before), np.flatnonzero(instants >= test_from))
