"""Which rows train and which test: folds of whole customers, or the latest date with an embargo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats, Ints

FOLDS = 5
INNER_FOLDS = 3  # of choices made inside a fit


@dataclass(frozen=True)
class Split:
    """train, test: row numbers, ascending."""

    train: Ints
    test: Ints


def customer_folds(truth: Floats, groups: Ints, number: int = FOLDS, seed: int = 0) -> list[Split]:
    """A split a fold; all rows of a customer lie in one fold, and churners are spread evenly.

    truth: (n,) 0 and 1. groups: (n,) a number a customer, from 0. Each row is tested once. There are
    fewer folds where there are fewer customers of either kind.
    """
    count = int(groups.max()) + 1
    ever = np.zeros(count)
    np.maximum.at(ever, groups, truth)
    present = np.unique(groups)
    shuffled = np.random.default_rng(seed).permutation(present)
    dealt = shuffled[np.argsort(ever[shuffled], kind="stable")]
    number = max(2, min(number, len(present)))
    fold_of = np.zeros(count, dtype=np.int64)
    fold_of[dealt] = np.arange(len(dealt)) % number
    fold = fold_of[groups]
    return [Split(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(number)]


def latest_date_split(instants: Ints, train_before: int) -> Split:
    """Tested at the latest date, trained at the dates whose label window is over by then.

    instants: (n,) each row's observation date. train_before: the latest instant of a training row (the
    embargo). The training part is empty where no date is early enough.
    """
    test = np.flatnonzero(instants == instants.max())
    train = np.flatnonzero(instants <= train_before)
    return Split(train, test)
