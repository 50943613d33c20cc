"""Parts add up, intervals have their coverage, and chance is rarely named as a cause."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.arrays import Floats, Ints
from churnkit.diff import decomposition
from churnkit.diff.decomposition import COUNT, MEAN, SUM, ComparedRows, Z, decompose, find_cells

ROW = st.tuples(st.floats(-1e6, 1e6), st.integers(0, 4), st.integers(0, 9))
SIDES = st.tuples(st.lists(ROW, min_size=1, max_size=40), st.lists(ROW, min_size=1, max_size=40))


def _rows(x: Floats, after: Floats, customer: Ints | None = None, stat: str = MEAN) -> ComparedRows:
    return ComparedRows(
        x.astype(float), after.astype(bool), np.arange(len(x)) if customer is None else customer, stat
    )


@given(SIDES, st.sampled_from([MEAN, SUM, COUNT]))
def test_parts_are_the_formula_and_add_up_with_new_and_vanished_groups(
    sides: tuple[list[tuple[float, int, int]], list[tuple[float, int, int]]], stat: str
) -> None:
    both = [*((*row, 0) for row in sides[0]), *((*row, 1) for row in sides[1])]
    x, group, customer, after = map(np.array, zip(*both, strict=True))
    rows = _rows(
        np.ones(len(x)) if stat == COUNT else x, after, np.unique(customer, return_inverse=True)[1], stat
    )
    found = decompose(rows, group, 5)
    scale = max(1.0, np.abs(rows.x).sum())
    assert found.part.sum() == pytest.approx(rows.difference, abs=1e-12 * scale)
    for number in range(5):
        before, now = (rows.x[(group == number) & (after == t)] for t in (0, 1))
        if not len(before) or not len(now):
            assert np.isnan(found.size_part[number])
            continue
        if stat == MEAN:
            w0, w1 = len(before) / len(sides[0]), len(now) / len(sides[1])
            size = (w1 - w0) * ((before.mean() + now.mean()) / 2 - rows.totals.mean())
            rate = (w0 + w1) / 2 * (now.mean() - before.mean())
        else:
            size = (len(now) - len(before)) * (before.mean() + now.mean()) / 2
            rate = (len(now) + len(before)) / 2 * (now.mean() - before.mean())
        assert found.size_part[number] == pytest.approx(size, abs=1e-9 * scale)
        assert found.rate_part[number] == pytest.approx(rate, abs=1e-9 * scale)


def test_simpson_every_rate_falls_and_churn_rises() -> None:
    counts = {
        (0, 0): (1000, 100),
        (1, 0): (3000, 270),
        (0, 1): (3000, 60),
        (1, 1): (1000, 18),
    }  # (after, group)
    x, after, group = [], [], []
    for (side, plan), (rows, left) in counts.items():
        x += [1] * left + [0] * (rows - left)
        after += [side] * rows
        group += [plan] * rows
    found = decompose(_rows(np.array(x), np.array(after)), np.array(group), 2)
    assert found.part.sum() == pytest.approx(0.032)
    assert found.size_part == pytest.approx([0.0195, 0.0185])
    assert found.rate_part == pytest.approx([-0.005, -0.001])
    assert not found.is_noise.any()


SHARES = np.array([0.3, 0.25, 0.15, 0.1, 0.08, 0.06, 0.05, 0.01])
RATES = np.array([0.05, 0.1, 0.2, 0.15, 0.08, 0.3, 0.12, 0.1])


def _truth(shares: list[Floats], rates: list[Floats]) -> Floats:
    middle = np.mean([w @ r for w, r in zip(shares, rates, strict=True)])
    return shares[1] * (rates[1] - middle) - shares[0] * (rates[0] - middle)


@pytest.mark.parametrize("rise", [1.0, 1.3])
def test_intervals_hold_the_truth_in_93_to_97_of_100(rise: float) -> None:
    rng = np.random.default_rng(1)
    later = SHARES * np.array([1, rise, 1 / rise, 1, 1, 1, 1, 1])
    shares, rates = [SHARES, later / later.sum()], [RATES, RATES * rise]
    held, repeats = np.zeros(8), 250
    for _ in range(repeats):
        groups = [rng.choice(8, 2_000, p=w) for w in shares]
        x = np.concatenate([rng.random(2_000) < r[g] for g, r in zip(groups, rates, strict=True)])
        found = decompose(_rows(x, np.repeat([0, 1], 2_000)), np.concatenate(groups), 8)
        held += np.abs(found.part - _truth(shares, rates)) <= Z * np.sqrt(found.variance)
    assert 0.93 <= (held / repeats).mean() <= 0.97


def _panel(rng: np.random.Generator) -> tuple[ComparedRows, Ints]:
    """600 customers in both periods, five rows each in either, much alike for one customer; nothing changes."""
    group, taste = rng.choice(8, 600, p=SHARES), rng.random(600)
    parts = []
    for side in (0, 1):
        for _ in range(5):
            mood = np.where(rng.random(600) < 0.8, taste, rng.random(600))
            parts.append((mood < RATES[group], np.full(600, side)))
    x, after = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _rows(x, after, np.tile(np.arange(600), 10)), np.tile(group, 10)


def _parts(rows: ComparedRows, group: Ints, weight: Floats) -> tuple[Floats, float]:
    """The parts of the groups, and the difference, where the rows of a customer count `weight` times: (c,)."""
    each, parts, totals = weight[rows.customer], [], []
    for is_side in (~rows.after, rows.after):
        n = np.bincount(group[is_side], each[is_side], 5)
        sums = np.bincount(group[is_side], (each * rows.x)[is_side], 5)
        totals.append(sums.sum() / n.sum() if rows.stat == MEAN else sums.sum())
        parts.append((sums / n.sum(), n / n.sum()) if rows.stat == MEAN else (sums, np.zeros(5)))
    middle = np.mean(totals)
    (old_sums, old_n), (new_sums, new_n) = parts
    return (new_sums - new_n * middle) - (old_sums - old_n * middle), totals[1] - totals[0]


@pytest.mark.parametrize("stat", [MEAN, SUM])
@pytest.mark.parametrize("size", ["own rows", "own rows, some of them equal", "many rows"])
def test_the_variance_is_the_sum_of_squares_of_what_a_little_more_of_each_customer_changes(
    stat: str, size: str
) -> None:
    """The delta method without its algebra: the parts are computed again with each customer's weight nudged."""
    rng = np.random.default_rng(7)
    customer = np.arange(60) if size.startswith("own") else np.append(np.arange(12), rng.integers(0, 12, 48))
    times = rng.integers(1, 9, 60).astype(float) if "equal" in size else None
    group = np.append(np.arange(5), np.minimum(rng.integers(0, 9, 55), 4))
    rows = ComparedRows(rng.gamma(2, 10, 60) * (1 + group), rng.random(60) < 0.6, customer, stat, times)
    found = decompose(rows, group, 5)
    weight = np.ones(customer.max() + 1) if times is None else times
    parts, difference = _parts(rows, group, weight)
    assert found.part == pytest.approx(parts)
    share = (parts - found.excess) / difference  # of the rows; a number, not an estimate
    nudged = []
    for each in np.eye(len(weight)):
        (more, ahead), (less, behind) = (_parts(rows, group, weight + h * each) for h in (1e-4, -1e-4))
        nudged.append(np.array([more - less, (more - less) - share * (ahead - behind)]) / 2e-4)
    changes = np.array(nudged) ** 2 * (1 if times is None else times[:, None, None])
    assert found.variance == pytest.approx(changes[:, 0].sum(axis=0), rel=1e-6)
    assert found.excess_variance == pytest.approx(changes[:, 1].sum(axis=0), rel=1e-6)


def test_the_rows_of_a_customer_are_taken_together() -> None:
    rng, held, widths = np.random.default_rng(2), 0.0, []
    for _ in range(160):
        rows, group = _panel(rng)
        found = decompose(rows, group, 7 + 1)
        held += (np.abs(found.part) <= Z * np.sqrt(found.variance))[:5].mean() / 160
        alone = decompose(_rows(rows.x, rows.after), group, 8)
        widths.append(np.sqrt(alone.variance[:5] / found.variance[:5]).mean())
    assert 0.93 <= held <= 0.97
    assert np.mean(widths) > 1.2  # customers on both sides are compared with themselves, which is more exact


def test_a_false_cause_is_named_in_under_five_of_100_unchanged_reports() -> None:
    rng, named = np.random.default_rng(3), 0
    for _ in range(400):
        group = rng.choice(8, 4_000, p=SHARES)
        x = rng.random(4_000) < RATES[group]
        found = decompose(_rows(x, np.repeat([0, 1], 2_000)), group, 8)
        named += (~found.is_noise).any()
    assert named < 0.05 * 400


def test_sums_hold_the_truth_too() -> None:
    rng, held = np.random.default_rng(4), np.zeros(3)
    for _ in range(500):
        sizes = rng.poisson([[300, 80, 20], [360, 60, 20]])
        group = np.concatenate([np.repeat(np.arange(3), side) for side in sizes])
        x = rng.gamma(2, 10, len(group))
        found = decompose(_rows(x, np.repeat([0, 1], sizes.sum(axis=1)), stat=SUM), group, 3)
        held += np.abs(found.part - [1_200, -400, 0]) <= Z * np.sqrt(found.variance)
    assert (held / 500).min() >= 0.92
    assert (held / 500).max() <= 0.98


def test_a_group_in_which_nobody_churned_has_a_variance() -> None:
    x = np.array([0] * 10 + [0, 1] * 50 + [0] * 10 + [0, 1] * 50)
    group = np.tile(np.repeat([0, 1], [10, 100]), 2)
    found = decompose(_rows(x, np.repeat([0, 1], 110)), group, 2)
    assert found.variance[0] > (10 / 110) ** 2 * (1 / 12) * (11 / 12) / 10


@pytest.mark.parametrize("most_places", [0, 4], ids=["sorted", "counted"])
@given(rows=st.lists(ROW, min_size=2, max_size=40), sides=st.integers(0, 2**40))
def test_a_cell_has_the_rows_of_a_customer_in_a_group_before_or_after(
    most_places: int, rows: list[tuple[float, int, int]], sides: int
) -> None:
    x, group, customer = map(np.array, zip(*rows, (0.0, 0, rows[0][2]), strict=True))  # one comes twice
    after = np.array([sides >> place & 1 for place in range(len(x))])
    customer = np.unique(customer, return_inverse=True)[1]
    expected: dict[tuple[int, int, int], list[float]] = {}
    for place in zip(customer.tolist(), group.tolist(), after.tolist(), x.tolist(), strict=True):
        expected.setdefault(place[:3], []).append(place[3])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decomposition, "MOST_PLACES", most_places)
        cells = find_cells(_rows(x, after, customer), group, 5)
    assert [*zip(cells.customer, cells.group, cells.side, strict=True)] == sorted(expected)
    assert cells.n.tolist() == [len(expected[key]) for key in sorted(expected)]
    assert cells.total == pytest.approx([sum(expected[key]) for key in sorted(expected)], abs=1e-6)
    assert cells.sign.tolist() == [1.0 if key[2] else -1.0 for key in sorted(expected)]


def test_a_decomposition_holds_nothing_of_the_rows() -> None:
    """A search keeps those of very many splits."""
    found = decompose(_rows(np.arange(40.0), np.tile([0, 1], 20)), np.arange(40) % 3, 3)
    assert {np.shape(figures)[-1] for figures in vars(found).values()} == {3}
