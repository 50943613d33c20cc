"""The search finds the split that explains a difference, and finds nothing in chance."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.diff.decomposition import MEAN, ComparedRows, GroupingColumn
from churnkit.diff.search import search_split


def _rows(x: Floats, after: Ints) -> ComparedRows:
    return ComparedRows(x.astype(float), after.astype(bool), np.arange(len(x)), MEAN)


def _columns(rng: np.random.Generator, rows: int) -> list[GroupingColumn]:
    return [
        GroupingColumn(f"c{values}", rng.integers(0, values, rows), [str(k) for k in range(values)])
        for values in (2, 3, 5, 8)
    ]


def test_a_search_on_shuffled_labels_finds_nothing_in_95_of_100_runs() -> None:
    found = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = rng.random(3_000) < np.repeat([0.08, 0.11], 1_500)  # it rose, in every group alike
        found += bool(search_split(_rows(x, np.repeat([0, 1], 1_500)), _columns(rng, 3_000)))
    assert found <= 5


def test_a_search_finds_the_column_and_the_pair_that_cause_the_difference() -> None:
    rng = np.random.default_rng(5)
    columns, after = _columns(rng, 20_000), np.repeat([0, 1], 10_000)
    one = (columns[1].codes == 2) & (after == 1)
    x = rng.random(20_000) < np.where(one, 0.16, 0.08)
    assert [c.name for c in search_split(_rows(x, after), columns)] == ["c3"]
    two = one & (columns[0].codes == 1)
    x = rng.random(20_000) < np.where(two, 0.24, 0.08)
    assert [c.name for c in search_split(_rows(x, after), columns)] == ["c2", "c3"]


def test_of_two_columns_alike_the_first_is_enough() -> None:
    rng = np.random.default_rng(6)
    code, after = rng.integers(0, 3, 8_000), np.repeat([0, 1], 4_000)
    twins = [GroupingColumn(name, code, ["a", "b", "c"]) for name in ("one", "other")]
    x = rng.random(8_000) < np.where((code == 1) & (after == 1), 0.3, 0.1)
    assert [c.name for c in search_split(_rows(x, after), twins)] == ["one"]
