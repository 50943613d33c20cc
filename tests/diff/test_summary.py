"""The whole difference: mix and rates by hand, their intervals by repetition, and what is called alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.arrays import Floats, Ints
from churnkit.diff.decomposition import MEAN, SUM, ComparedRows, GroupingColumn, decompose
from churnkit.diff.summary import Summary, compare
from churnkit.intervals import Z

ROW = st.tuples(st.floats(-1e6, 1e6), st.integers(0, 3))
SIDES = st.tuples(st.lists(ROW, min_size=1, max_size=30), st.lists(ROW, min_size=1, max_size=30))
SHARES, RATES = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.05, 0.1, 0.2, 0.15])


def _summary(x: Floats, after: Floats, group: Ints, stat: str = MEAN) -> Summary:
    rows = ComparedRows(x.astype(float), after.astype(bool), np.arange(len(x)), stat)
    return compare(rows, (GroupingColumn("g", group, ["a", "b", "c", "d"]),))[1]


@given(SIDES, st.sampled_from([MEAN, SUM]))
def test_mix_and_rates_are_the_sums_over_groups_and_add_up(
    sides: tuple[list[tuple[float, int]], list[tuple[float, int]]], stat: str
) -> None:
    x, group = (np.array([row[k] for side in sides for row in side]) for k in range(2))
    after = np.repeat([0, 1], [len(side) for side in sides])
    found = _summary(x, after, group, stat)
    if found.groups == 1:
        assert found.mix is None
        return
    rates, moved = 0.0, []
    for number in range(4):
        old, new = (x[(group == number) & (after == side)] for side in range(2))
        if len(old) and len(new):
            size = (
                (len(old) / len(sides[0]) + len(new) / len(sides[1])) / 2
                if stat == MEAN
                else (len(old) + len(new)) / 2
            )
            rates += size * (new.mean() - old.mean())
            moved.append(new.mean() - old.mean())
    scale = max(1.0, np.abs(x).sum())
    assert found.rates == pytest.approx(rates, abs=1e-9 * scale)
    assert found.mix is not None
    assert found.mix + found.rates == pytest.approx(found.difference, abs=1e-12 * scale)
    assert found.both == len(moved)


def _draw(rng: np.random.Generator, rise: float, rows: int = 2_000) -> tuple[Floats, Ints, Ints]:
    later = SHARES * np.array([1, rise, 1 / rise, 1])
    shares, rates = [SHARES, later / later.sum()], [RATES, RATES * rise]
    groups = [rng.choice(4, rows, p=w) for w in shares]
    x = np.concatenate([rng.random(rows) < r[g] for g, r in zip(groups, rates, strict=True)])
    return x, np.repeat([0, 1], rows), np.concatenate(groups)


def test_the_interval_of_the_difference_holds_the_truth_and_nothing_is_named_in_95_of_100() -> None:
    rng, held, mix, rates, alike, repeats = np.random.default_rng(1), 0, 0, 0, 0, 300
    for _ in range(repeats):
        found = _summary(*_draw(rng, 1.0, 800))
        assert found.margin is not None
        held += abs(found.difference) <= found.margin
        mix, rates, alike = mix + (not found.has_mix), rates + (not found.has_rates), alike + found.is_alike
    assert min(held, mix, rates, alike) >= 0.93 * repeats
    assert max(held, mix, rates) <= 0.98 * repeats


def test_the_interval_is_that_of_two_proportions_by_hand() -> None:
    x, after, group = _draw(np.random.default_rng(2), 1.3)
    p, q = x[after == 0].mean(), x[after == 1].mean()
    found = _summary(x, after, group)
    assert found.margin == pytest.approx(Z * np.sqrt(p * (1 - p) / 2_000 + q * (1 - q) / 2_000))


def test_a_mix_and_rates_that_moved_are_not_called_chance() -> None:
    x, after, group = _draw(np.random.default_rng(3), 1.6, 20_000)
    found = _summary(x, after, group)
    assert found.has_mix
    assert found.has_rates
    assert not found.is_alike
    assert found.gained == ("b",)
    assert (found.up, found.down, found.both) == (4, 0, 4)


def test_repeated_rows_are_the_rows_written_out() -> None:
    rng = np.random.default_rng(4)
    group, after = np.tile(np.arange(4), 2), np.repeat([False, True], 4)
    n = rng.integers(20, 90, 8)
    k = rng.binomial(n, 0.2)
    x = np.repeat([1.0, 0.0], 8)
    short = ComparedRows(x, np.tile(after, 2), np.arange(16), MEAN, np.concatenate([k, n - k]).astype(float))
    column = GroupingColumn("g", np.tile(group, 2), ["a", "b", "c", "d"])
    times = np.concatenate([k, n - k])
    written = ComparedRows(np.repeat(x, times), np.repeat(short.after, times), np.arange(times.sum()), MEAN)
    records, summary = compare(short, (column,))
    wanted, whole = compare(written, (GroupingColumn("g", np.repeat(column.codes, times), column.names),))
    for record, right in zip(records, wanted, strict=True):
        assert {
            key: right[key] for key in ("g", "status", "rows_before", "rows_after", "noise")
        }.items() <= record.items()
        for key in ("part", "low", "high", "size_part", "rate_part", "value_before"):
            assert record[key] == pytest.approx(right[key])
    assert (summary.margin, summary.mix, summary.rates) == pytest.approx(
        (whole.margin, whole.mix, whole.rates)
    )
    assert summary.is_alike == whole.is_alike


def test_a_ratio_of_sums_adds_up_even_where_a_denominator_is_zero() -> None:
    k, n = np.array([3.5, 2.0, 4.0, 7.0]), np.array([10.0, 0.0, 20.0, 6.5])  # the second has none
    rows = ComparedRows(
        np.repeat([1.0, 0.0], 4), np.tile([False, False, True, True], 2), np.arange(8), MEAN,
        np.concatenate([k, n - k]), is_counted=False,
    )  # fmt: skip
    parts = decompose(rows, np.tile([0, 1, 0, 1], 2), 2)
    assert parts.part.sum() == pytest.approx(11 / 26.5 - 5.5 / 10, abs=1e-15)
    records, summary = compare(rows, (GroupingColumn("g", np.tile([0, 1, 0, 1], 2), ["a", "b"]),))
    assert {record["noise"] for record in records} == {record["low"] for record in records} == {None}
    assert (summary.margin, summary.is_alike, summary.is_rate) == (None, False, False)
