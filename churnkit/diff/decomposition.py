"""Why a metric differs between two sets of rows: a part for each group; they add up to the difference.

With w the share of rows, r the mean of a group, R the mean of all, a bar the average of before and after:
part = w1 (r1 - R̄) - w0 (r0 - R̄) = Δw (r̄ - R̄) + w̄ Δr, by size and by rate. For a sum, n rows of mean m:
part = t1 - t0 = Δn m̄ + n̄ Δm. Source: Kitagawa (1955), Components of a difference between two rates.

The variance of a part is the sum over customers of the square of what each of them adds to it (the delta
method, clustered): the rows of one customer, in either period, count together.
Source: Liang, Zeger (1986), Longitudinal data analysis using generalized linear models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.groups import combine_codes, group_names, renumber
from churnkit.intervals import Z

MEAN, SUM, COUNT = "mean", "sum", "count"
CONFIDENCE = 0.05  # how often any group of an unchanged report is called a cause


@dataclass(frozen=True)
class ComparedRows:
    """The rows of both sides. x: (n,) the metric, 1 for a count. after: (n,) which side. customer: (n,) a
    number each, from 0. stat: MEAN, SUM or COUNT."""

    x: Floats
    after: Flags
    customer: Ints
    stat: str

    @cached_property
    def sizes(self) -> Floats:
        """(2,) rows before and after."""
        return np.bincount(self.after, minlength=2).astype(float)

    @cached_property
    def totals(self) -> Floats:
        """(2,) the means, or the sums, before and after."""
        sums = np.bincount(self.after, weights=self.x, minlength=2).astype(float)
        return sums / np.maximum(self.sizes, 1) if self.stat == MEAN else sums

    @property
    def difference(self) -> float:
        return float(self.totals[1] - self.totals[0])

    @cached_property
    def is_binary(self) -> bool:
        return self.stat == MEAN and bool(((self.x == 0) | (self.x == 1)).all())

    @cached_property
    def influence(self) -> Floats:
        """(c, 4) of each customer: her share of the rows before, and after; half of what she adds to both
        means; what she adds to their difference."""
        side = self.after.astype(np.int64)
        sign = np.where(self.after, 1.0, -1.0)
        if self.stat != MEAN:
            added = np.bincount(self.customer, weights=sign * self.x)
            return np.column_stack([np.zeros((len(added), 3)), added])
        of_row = 1 / self.sizes[side]
        off = (self.x - self.totals[side]) * of_row
        columns = (of_row * ~self.after, of_row * self.after, off / 2, sign * off)
        return np.column_stack([np.bincount(self.customer, weights=part) for part in columns])

    @cached_property
    def gram(self) -> Floats:
        """(4, 4) the influences' products, summed over customers in one order."""
        products: Floats = np.einsum("ci,cj->ij", self.influence, self.influence)
        return products


@dataclass(frozen=True)
class Decomposition:
    """(g,) each. rows, values: (2, g) before and after, values NaN without rows. excess: what a part is above
    its group's share of the difference."""

    rows: Floats
    values: Floats
    size_part: Floats
    rate_part: Floats
    part: Floats
    variance: Floats
    excess: Floats
    excess_variance: Floats

    @property
    def is_noise(self) -> Flags:
        """Whether a part is within chance, all groups together (Bonferroni)."""
        there = max(int((self.rows.sum(axis=0) > 0).sum()), 1)
        return np.abs(self.part) <= noise_limit(there) * np.sqrt(self.variance)


def noise_limit(groups: int) -> float:
    """Standard errors past which one of so many groups is beyond chance."""
    return NormalDist().inv_cdf(1 - CONFIDENCE / 2 / max(groups, 1))


def decompose(rows: ComparedRows, group: Ints, groups: int) -> Decomposition:
    """The parts of the groups. group: (n,) from 0."""
    side = rows.after.astype(np.int64)
    n, sums = _by_side(rows, group, groups, np.ones(len(group))), _by_side(rows, group, groups, rows.x)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / n
    is_both = (n > 0).all(axis=0)
    known = np.nan_to_num(mean)
    coefficients = np.zeros((groups, 4))
    sign = np.where(rows.after, 1.0, -1.0)
    if rows.stat == MEAN:
        w = n / np.maximum(rows.sizes, 1)[:, None]
        middle = float(rows.totals.mean())
        shift = w[1] - w[0]
        part = w[1] * (known[1] - middle) - w[0] * (known[0] - middle)
        size_part = shift * (known.mean(axis=0) - middle)
        share = w.mean(axis=0)
        coefficients[:, 0] = -w[0] * (middle - known[0])
        coefficients[:, 1] = w[1] * (middle - known[1])
        coefficients[:, 2] = -shift
        each = sign * (rows.x - middle) / rows.sizes[side]
        values = mean
    else:
        part = sums[1] - sums[0]
        size_part = (n[1] - n[0]) * known.mean(axis=0)
        share = n.sum(axis=0) / max(n.sum(), 1)
        each = sign * rows.x
        values = np.where(n > 0, sums, np.nan)
    cells = _cells(rows, group, each)
    variance = _variance(rows, cells, coefficients)
    coefficients[:, 3] = -share
    excess_variance = _variance(rows, cells, coefficients)
    if rows.is_binary:
        more = _unseen_variance(rows, n, sums)
        variance, excess_variance = variance + more, excess_variance + more
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


def _by_side(rows: ComparedRows, group: Ints, groups: int, amounts: Floats) -> Floats:
    """(2, g) the amounts of each group, before and after."""
    sides = (~rows.after, rows.after)
    return np.stack([np.bincount(group[s], weights=amounts[s], minlength=groups) for s in sides])


def _cells(rows: ComparedRows, group: Ints, each: Floats) -> tuple[Ints, Ints, Floats]:
    """What each customer adds in each group: (m,) group, customer, sum, added in one order."""
    customers = len(rows.influence)
    if customers == len(each):  # each row is a customer of its own
        return group, rows.customer, each
    key = group * customers + rows.customer
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return key[first] // customers, key[first] % customers, np.add.reduceat(each[order], first)


def _variance(rows: ComparedRows, cells: tuple[Ints, Ints, Floats], coefficients: Floats) -> Floats:
    """(g,) the sum over customers of the square of: what her rows in the group add, and coefficients times
    her influence."""
    group, customer, own = cells
    groups = len(coefficients)
    total: Floats = np.bincount(group, weights=own**2, minlength=groups).astype(float)
    for place in np.flatnonzero(coefficients.any(axis=0)):
        crossed = np.bincount(group, weights=own * rows.influence[customer, place], minlength=groups)
        total = total + 2 * coefficients[:, place] * crossed
    total = total + np.einsum("gi,ij,gj->g", coefficients, rows.gram, coefficients)
    return np.maximum(total, 0.0)


def _unseen_variance(rows: ComparedRows, n: Floats, sums: Floats) -> Floats:
    """(g,) what a group of none or all leaves out: its rate is rather (k + 1) / (n + 2) than 0 or 1."""
    w = n / np.maximum(rows.sizes, 1)[:, None]
    sign = np.array([[-1.0], [1.0]])
    rate = (sums + 1) / (n + 2)
    is_flat = (n > 0) & ((sums == 0) | (sums == n))
    added = w * rate * (1 - rate) * (1 + sign * (w[1] - w[0])) / np.maximum(rows.sizes, 1)[:, None]
    found: Floats = np.where(is_flat, added, 0.0).sum(axis=0)
    return found


@dataclass(frozen=True)
class GroupingColumn:
    """A column to split by. codes: (n,) from 0. names: of the codes."""

    name: str
    codes: Ints
    names: list[str | None]


FIELDS = (
    "status", "rows_before", "rows_after", "value_before", "value_after", "size_part", "rate_part", "part",
    "low", "high", "noise",
)  # fmt: skip


def compare(rows: ComparedRows, split: tuple[GroupingColumn, ...]) -> list[dict[str, Any]]:
    """One record per group of a split, the largest part first."""
    group, numbers = group_rows(split, len(rows.x))
    return part_records(decompose(rows, group, len(numbers)), split, numbers)


def metric_name(stat: str, metric: str | None) -> str:
    """What is compared, in words."""
    return {MEAN: f"{metric}", SUM: f"the sum of {metric}", COUNT: "the number of rows"}[stat]


def part_records(
    found: Decomposition, split: tuple[GroupingColumn, ...], numbers: Ints
) -> list[dict[str, Any]]:
    """One record per group, the largest part first: its names, and FIELDS. Only groups that both sides have
    have a size_part and a rate_part. numbers: of the groups, as `group_rows` gives them."""
    made = []
    names, groups = [c.name for c in split], group_names(numbers, [c.names for c in split])
    error, is_noise = np.sqrt(found.variance), found.is_noise
    for number in np.flatnonzero(found.rows.sum(axis=0) > 0).tolist():
        before, after = found.rows[:, number].astype(int).tolist()
        part, reach = float(found.part[number]), Z * float(error[number])
        record: dict[str, Any] = dict(zip(names, groups[number], strict=True))
        record["status"] = "both" if before and after else "new" if after else "vanished"
        record.update(rows_before=before, rows_after=after)
        record.update(
            value_before=_known(found.values[0, number]), value_after=_known(found.values[1, number])
        )
        record.update(size_part=_known(found.size_part[number]), rate_part=_known(found.rate_part[number]))
        record.update(part=part, low=part - reach, high=part + reach, noise=bool(is_noise[number]))
        made.append(record)
    return sorted(made, key=lambda r: (-abs(r["part"]), [r[c.name] or "" for c in split]))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def group_rows(split: tuple[GroupingColumn, ...], rows: int) -> tuple[Ints, Ints]:
    """(rows,) the place of each row's group, and (g,) the combination of names that each place stands for."""
    numbers = combine_codes([c.codes for c in split], [c.names for c in split], rows)
    there, (places,) = renumber(numbers)
    return places, there
