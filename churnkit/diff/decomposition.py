"""Splits the difference of a metric between two sets of rows into one part per group; the parts add up to it.

w is the share of rows and r the mean of a group, R the mean of all rows; a bar is the average of before and
after. For a mean: part = w1 (r1 - R̄) - w0 (r0 - R̄) = Δw (r̄ - R̄) + w̄ Δr = size_part + rate_part. For a sum,
with n rows of mean m: part = n1 m1 - n0 m0 = Δn m̄ + n̄ Δm.
Source: Kitagawa (1955), Components of a difference between two rates.

The variance of a part is the sum over customers of the square of each customer's contribution to it (delta
method, clustered by customer): the rows of one customer, before and after, count together.
Source: Liang, Zeger (1986), Longitudinal data analysis using generalized linear models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.groups import combine_codes, group_names, renumber, sort_codes
from churnkit.hash_index import first_of_each
from churnkit.intervals import Z

MEAN, SUM, COUNT = "mean", "sum", "count"
MOST_PLACES = 4  # possible cells for each row; if there are more, sorting the rows is faster than a table
FALSE_CAUSE_RATE = 0.05  # share of reports without a change in which a group is called a cause


@dataclass(frozen=True)
class ComparedRows:
    """The rows before and after.

    x: (n,) the metric; 1 for a count. after: (n,) whether the row is of after. customer: (n,) number of the
    customer, from 0. stat: MEAN, SUM or COUNT. times: (n,) how many equal rows a row stands for, each of a
    customer of its own; None for 1. is_counted: whether these are numbers of rows, so that chance is known.
    """

    x: Floats
    after: Flags
    customer: Ints
    stat: str
    times: Floats | None = None
    is_counted: bool = True

    @cached_property
    def side(self) -> Ints:
        """(n,) 0 before, 1 after."""
        return self.after.astype(np.int64)

    @cached_property
    def repeated(self) -> Floats:
        """(n,) x, as often as its row counts."""
        return self.x if self.times is None else self.x * self.times

    @cached_property
    def customers(self) -> int:
        """The number of customers."""
        return int(self.customer.max(initial=-1)) + 1

    @cached_property
    def sizes(self) -> Floats:
        """(2,) number of rows before and after."""
        if self.times is None:
            number = np.count_nonzero(self.after)
            return np.array([len(self.after) - number, number], dtype=float)
        return np.bincount(self.side, weights=self.times, minlength=2).astype(float)

    @cached_property
    def totals(self) -> Floats:
        """(2,) the mean, or the sum, before and after."""
        sums = np.array([self.repeated[~self.after].sum(), self.repeated[self.after].sum()])
        totals: Floats = sums / _never_zero(self.sizes) if self.stat == MEAN else sums
        return totals

    @property
    def difference(self) -> float:
        """The total after minus the total before."""
        return float(self.totals[1] - self.totals[0])

    @cached_property
    def is_binary(self) -> bool:
        """Whether the metric is a rate: a mean of 0 and 1."""
        if self.stat != MEAN or (self.times is not None and self.times.min(initial=0) < 0):
            return False
        return bool(((self.x == 0) | (self.x == 1)).all())

    @cached_property
    def influence(self) -> Floats:
        """(c, 4) per customer (one of those in a row): share of the rows before; share of the rows after;
        half of the contribution to the two means; contribution to their difference."""
        place = 2 * self.customer + self.after
        sums = np.bincount(place, weights=self.x, minlength=2 * self.customers).reshape(-1, 2)
        if self.stat != MEAN:
            return np.column_stack([np.zeros((self.customers, 3)), sums[:, 1] - sums[:, 0]])
        rows, sizes = np.bincount(place, minlength=2 * self.customers).reshape(-1, 2), _never_zero(self.sizes)
        share = rows / sizes
        deviation = sums / sizes - share * self.totals
        return np.column_stack([share, deviation.mean(axis=1), deviation[:, 1] - deviation[:, 0]])

    @cached_property
    def gram(self) -> Floats:
        """(4, 4) products of the influences, summed over customers in a fixed order."""
        repeated = self.influence if self.times is None else self.influence * self.times[:, None]
        products: Floats = np.einsum("ci,cj->ij", self.influence, repeated)
        return products

    @cached_property
    def difference_variance(self) -> float:
        """The variance of the difference, clustered by customer."""
        variance = float(self.gram[3, 3])
        if self.is_binary:
            sums = self.totals * self.sizes
            rate = (sums + 1) / (self.sizes + 2)
            is_flat = (sums == 0) | (sums == self.sizes)  # a rate of 0 or 1 would have no variance
            variance += float(np.where(is_flat, rate * (1 - rate) / np.maximum(self.sizes, 1), 0.0).sum())
        return variance


@dataclass(frozen=True)
class Cells:
    """The rows of a customer in a group, before or after: (m,) each, those of a customer side by side.

    side: 0 before, 1 after. n: the number of rows. total: the sum of their x.
    """

    group: Ints
    customer: Ints
    side: Ints
    n: Floats
    total: Floats

    @cached_property
    def sign(self) -> Floats:
        """(m,) -1 before, 1 after."""
        return np.where(self.side == 1, 1.0, -1.0)


def find_cells(rows: ComparedRows, group: Ints, groups: int) -> Cells:
    """The cells of the rows, in a fixed order. group: (n,) number of each row's group, from 0."""
    if rows.customers == len(rows.x):  # each row is its own customer
        return Cells(group, rows.customer, rows.side, np.ones(len(rows.x)), rows.x)
    place = 2 * (rows.customer * groups + group) + rows.after
    number = 2 * rows.customers * groups
    if number <= MOST_PLACES * len(place):
        counts = np.bincount(place, minlength=number)
        used = np.flatnonzero(counts)
        n = counts[used].astype(np.float64)
        total = np.bincount(place, rows.x, number).astype(np.float64, copy=False)[used]
    else:
        ordered, order = sort_codes(place)
        first = first_of_each(ordered)
        used, n = ordered[first], np.diff(first, append=len(ordered)).astype(np.float64)
        total = np.add.reduceat(rows.x[order], first)
    pair = used >> 1
    customer = pair // groups
    return Cells(pair - customer * groups, customer, used & 1, n, total)


@dataclass(frozen=True)
class Decomposition:
    """The parts of the groups, (g,) each.

    rows, values: (2, g) before and after; values are NaN without rows. excess: the part minus the group's
    share of the difference.
    """

    rows: Floats
    values: Floats
    size_part: Floats
    rate_part: Floats
    part: Floats
    variance: Floats
    excess: Floats
    excess_variance: Floats

    @property
    def has_rows(self) -> Flags:
        """Whether a group has rows (or a part without them: a ratio whose denominator is 0)."""
        has_rows: Flags = (self.rows.sum(axis=0) > 0) | (self.part != 0)
        return has_rows

    @property
    def limit(self) -> float:
        """The number of standard errors that chance can explain, for all groups together (Bonferroni)."""
        return noise_limit(int(self.has_rows.sum()))

    @property
    def is_noise(self) -> Flags:
        """Whether chance can explain a part."""
        return np.abs(self.part) <= self.limit * np.sqrt(self.variance)

    @property
    def is_alike(self) -> bool:
        """Whether chance can explain how all groups differ from their share of the difference."""
        return bool((np.abs(self.excess) <= self.limit * np.sqrt(self.excess_variance))[self.has_rows].all())


def noise_limit(groups: int) -> float:
    """The number of standard errors above which chance does not explain a part, for this number of groups."""
    return NormalDist().inv_cdf(1 - FALSE_CAUSE_RATE / 2 / max(groups, 1))


def decompose(rows: ComparedRows, group: Ints, groups: int) -> Decomposition:
    """The parts of the groups. group: (n,) number of each row's group, from 0. groups: number of groups."""
    return decompose_cells(rows, find_cells(rows, group, groups), groups)


def decompose_cells(rows: ComparedRows, cells: Cells, groups: int) -> Decomposition:
    """As `decompose`, of cells that are known."""
    n, sums = _by_side(rows, cells, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / n
    is_both = (n > 0).all(axis=0)
    filled = np.nan_to_num(mean)
    coefficients = np.zeros((groups, 4))
    if rows.stat == MEAN:
        w = n / _never_zero(rows.sizes)[:, None]
        middle = float(rows.totals.mean())
        shift = w[1] - w[0]
        deviation = (sums - n * middle) / _never_zero(rows.sizes)[:, None]  # w (r - R̄), also where n is 0
        part = deviation[1] - deviation[0]
        size_part = shift * (filled.mean(axis=0) - middle)
        share = w.mean(axis=0)
        coefficients[:, 0] = -w[0] * (middle - filled[0])
        coefficients[:, 1] = w[1] * (middle - filled[1])
        coefficients[:, 2] = -shift
        each = cells.sign * (cells.total - cells.n * middle) / rows.sizes[cells.side]
        values = mean
    else:
        part = sums[1] - sums[0]
        size_part = (n[1] - n[0]) * filled.mean(axis=0)
        share = n.sum(axis=0) / max(n.sum(), 1)
        each = cells.sign * cells.total
        values = np.where(n > 0, sums, np.nan)
    own = _contributions(cells, each)
    variance = _variance(rows, own, coefficients)
    coefficients[:, 3] = -share
    excess_variance = _variance(rows, own, coefficients)
    if rows.is_binary:
        extra = _unseen_variance(rows, n, sums)
        variance, excess_variance = variance + extra, excess_variance + extra
    return Decomposition(
        rows=n,
        values=values,
        size_part=np.where(is_both, size_part, np.nan),
        rate_part=np.where(is_both, part - size_part, np.nan),
        part=part,
        variance=variance,
        excess=part - share * rows.difference,
        excess_variance=excess_variance,
    )


def _by_side(rows: ComparedRows, cells: Cells, groups: int) -> tuple[Floats, Floats]:
    """(2, g) and (2, g): the number of rows and the sum of x per group, before and after."""
    place = cells.side * groups + cells.group
    n = cells.n if rows.times is None else rows.times
    total = cells.total if rows.times is None else rows.repeated
    sums = (np.bincount(place, weights=amounts, minlength=2 * groups) for amounts in (n, total))
    n, total = (amounts.reshape(2, groups).astype(float) for amounts in sums)
    return n, total


def _contributions(cells: Cells, each: Floats) -> tuple[Ints, Ints, Floats]:
    """The contribution of each customer to each group: (k,) group, customer, sum. each: (m,) of the cells."""
    is_first = np.ones(len(each), dtype=np.bool_)
    is_first[1:] = (cells.customer[1:] != cells.customer[:-1]) | (cells.group[1:] != cells.group[:-1])
    first = np.flatnonzero(is_first)
    if len(first) == len(each):
        return cells.group, cells.customer, each
    return cells.group[first], cells.customer[first], np.add.reduceat(each, first)


def _variance(rows: ComparedRows, contributions: tuple[Ints, Ints, Floats], coefficients: Floats) -> Floats:
    """(g,) sum over customers of the square of: the contribution of their rows in the group, plus the
    coefficients times their influence."""
    group, customer, own = contributions
    groups = len(coefficients)
    repeated = own if rows.times is None else own * rows.times[customer]
    total: Floats = np.bincount(group, weights=own * repeated, minlength=groups).astype(float)
    for place in np.flatnonzero(coefficients.any(axis=0)):
        cross_product = np.bincount(
            group, weights=repeated * rows.influence[customer, place], minlength=groups
        )
        total = total + 2 * coefficients[:, place] * cross_product
    total = total + np.einsum("gi,ij,gj->g", coefficients, rows.gram, coefficients)
    return np.maximum(total, 0.0)


def _unseen_variance(rows: ComparedRows, n: Floats, sums: Floats) -> Floats:
    """(g,) extra variance of a group in which nobody or everybody churned: k of n.

    Its rate is estimated as (k + 1) / (n + 2), because a rate of 0 or 1 would have no variance.
    """
    w = n / np.maximum(rows.sizes, 1)[:, None]
    sign = np.array([[-1.0], [1.0]])
    rate = (sums + 1) / (n + 2)
    is_flat = (n > 0) & ((sums == 0) | (sums == n))
    of_side = w * rate * (1 - rate) * (1 + sign * (w[1] - w[0])) / np.maximum(rows.sizes, 1)[:, None]
    variance: Floats = np.where(is_flat, of_side, 0.0).sum(axis=0)
    return variance


def _never_zero(sizes: Floats) -> Floats:
    """The sizes, with 1 for 0."""
    return np.where(sizes == 0, 1.0, sizes)


@dataclass(frozen=True)
class GroupingColumn:
    """A column to split by. codes: (n,) from 0. names: the name of each code."""

    name: str
    codes: Ints
    names: list[str | None]


FIELDS = (
    "status", "rows_before", "rows_after", "value_before", "value_after", "size_part", "rate_part", "part",
    "low", "high", "noise",
)  # fmt: skip


def metric_name(stat: str, metric: str | None, per: str | None = None) -> str:
    """The compared metric as text."""
    ratio = f"{metric} per {per}" if per else f"{metric}"
    return {MEAN: ratio, SUM: f"the sum of {metric}", COUNT: "the number of rows"}[stat]


def part_records(
    decomposition: Decomposition, split: tuple[GroupingColumn, ...], numbers: Ints, is_counted: bool = True
) -> list[dict[str, Any]]:
    """One record per group, the largest part first: the names of the group, and FIELDS.

    size_part and rate_part are None if the group is not on both sides; low, high and noise if chance is not
    known (is_counted). numbers: (g,) as from `group_rows`.
    """
    records = []
    names, groups = [c.name for c in split], group_names(numbers, [c.names for c in split])
    error, is_noise = np.sqrt(decomposition.variance), decomposition.is_noise
    values, size_part, rate_part = decomposition.values, decomposition.size_part, decomposition.rate_part
    for number in np.flatnonzero(decomposition.has_rows).tolist():
        before, after = map(_whole, decomposition.rows[:, number].tolist())
        part, margin = float(decomposition.part[number]), Z * float(error[number])
        record: dict[str, Any] = dict(zip(names, groups[number], strict=True))
        record["status"] = "both" if before and after else "new" if after else "vanished"
        record.update(rows_before=before, rows_after=after)
        record.update(
            value_before=_none_if_nan(values[0, number]),
            value_after=_none_if_nan(values[1, number]),
        )
        record.update(
            size_part=_none_if_nan(size_part[number]),
            rate_part=_none_if_nan(rate_part[number]),
        )
        record.update(part=part, low=None, high=None, noise=None)
        if is_counted:
            record.update(low=part - margin, high=part + margin, noise=bool(is_noise[number]))
        records.append(record)
    return sorted(records, key=lambda r: (-abs(r["part"]), [r[c.name] or "" for c in split]))


def _whole(size: float) -> int | float:
    return int(size) if size.is_integer() else size


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else float(value) + 0.0  # -0 is 0


def group_rows(split: tuple[GroupingColumn, ...], rows: int) -> tuple[Ints, Ints]:
    """(rows,) the group of each row, from 0, and (g,) the combined code of the names of each group."""
    numbers = combine_codes([c.codes for c in split], [c.names for c in split], rows)
    combined_codes, (group,) = renumber(numbers)
    return group, combined_codes
