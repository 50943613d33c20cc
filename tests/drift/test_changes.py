"""What has moved, in words."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.arrays import Floats
from churnkit.drift.changes import Change, largest_changes
from churnkit.models.columns import CATEGORY, NUMBER, Column, histogram

RNG = np.random.default_rng(0)
VALUES = RNG.normal(50, 10, 5_000)


def _changes(base: Floats, new: Floats, categories: tuple[str, ...] = ()) -> list[Change]:
    plain = Column("x", CATEGORY if categories else NUMBER, categories)
    column = Column("x", plain.type, categories, histogram=histogram(plain, base))
    counts = []
    for values in (base, new):
        known = values[~np.isnan(values)]
        if categories:
            rows = [np.count_nonzero(known == k) for k in range(len(categories) + 1)]
        else:
            edges = [-np.inf, *(column.histogram or {})["edges"], np.inf]
            rows = np.histogram(known, edges)[0].tolist()
        counts.append(np.array([*rows, len(values) - len(known)], dtype=float))
    means = float(np.nanmean(base)), float(np.nanmean(new))
    return largest_changes(column, counts[0], counts[1], means)


def test_missing_values_are_named_first() -> None:
    base, new = (np.where(RNG.random(5_000) < share, np.nan, VALUES) for share in (0.05, 0.15))
    (change,) = _changes(base, new)
    assert change.what == "missing"
    assert float(change.before[:-1]) == round(100 * np.isnan(base).mean(), 1)
    assert float(change.after[:-1]) == round(100 * np.isnan(new).mean())


def test_swapped_categories_are_both_named() -> None:
    base, new = np.repeat([0.0, 1, 2], [600, 300, 100]), np.repeat([0.0, 1, 2], [300, 600, 100])
    assert set(_changes(base, new, ("a", "b", "c"))) == {
        Change("share of a", "60%", "30%"),
        Change("share of b", "30%", "60%"),
    }


def test_a_new_category_is_among_the_other_values() -> None:
    base, new = np.repeat([0.0, 1], [500, 500]), np.repeat([0.0, 1, 2], [500, 250, 250])
    assert _changes(base, new, ("a", "b"))[0] == Change("other values", "0%", "25%")


def test_a_wider_spread_is_named_by_both_ends() -> None:
    changes = _changes(VALUES, 50 + 1.3 * (VALUES - 50))
    assert [change.what.split()[0] for change in changes] == ["below", changes[1].what.split()[0]]
    assert changes[1].what.endswith("and above")
    assert all(float(change.before[:-1]) < 11 and float(change.after[:-1]) > 13 for change in changes)


def test_a_shift_is_named_by_its_mean_and_the_bin_that_adds_most() -> None:
    mean, bin_ = _changes(VALUES, VALUES + 5)
    assert mean.what == "mean"
    assert float(mean.after) - float(mean.before) == pytest.approx(5, abs=0.01)
    assert bin_.what.endswith("and above") or bin_.what.startswith("below")


def test_bins_with_no_rows_before_do_not_hide_the_largest_change() -> None:
    base, new = np.repeat([1.0, 2, 3], [500, 499, 1]), np.repeat([1.0, 2], [100, 900])
    assert _changes(base, new)[1].what != "3 and above"
