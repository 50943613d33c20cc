"""The whole difference: its interval, and how much of it is due to the mix of groups and to their rates.

rates = Σ w̄ Δr over the groups on both sides (for a sum Σ n̄ Δm); mix = difference - rates, with new and
vanished groups. Their variances are sums over customers of the squares of each customer's contribution, as in
`decomposition`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from churnkit.arrays import Flags, Floats
from churnkit.diff.decomposition import (
    MEAN,
    Cells,
    ComparedRows,
    Decomposition,
    GroupingColumn,
    decompose_cells,
    find_cells,
    group_rows,
    part_records,
)
from churnkit.groups import group_names
from churnkit.intervals import Z


@dataclass(frozen=True)
class Summary:
    """The difference and its two parts, in units of the metric.

    totals: before and after. margin: half the width of the interval of the difference, None if chance is not
    known. mix, rates: None for fewer than two groups. has_mix, has_rates: whether they are beyond chance
    (true if chance is not known). is_alike: whether all groups differ from the whole by chance alone, and
    the mix adds no more than chance (false if chance is not known). up, down: number of groups whose rate
    rose, fell. both: groups on both sides. groups: all groups. gained: the names of the group whose share of
    the rows grew most, one per column.
    """

    stat: str
    totals: tuple[float, float]
    margin: float | None
    is_rate: bool
    groups: int
    mix: float | None = None
    rates: float | None = None
    has_mix: bool = True
    has_rates: bool = True
    is_alike: bool = False
    up: int = 0
    down: int = 0
    both: int = 0
    gained: tuple[str | None, ...] = ()

    @property
    def difference(self) -> float:
        """The total after minus the total before."""
        return self.totals[1] - self.totals[0]

    @property
    def is_compared(self) -> bool:
        """Whether there are groups to compare: two or more, and one of them on both sides."""
        return self.both > 0

    @property
    def is_chance(self) -> bool:
        """Whether the interval of the difference contains 0."""
        return self.margin is not None and abs(self.difference) <= self.margin


def compare(rows: ComparedRows, split: tuple[GroupingColumn, ...]) -> tuple[list[dict[str, Any]], Summary]:
    """One record per group of a split, the largest part first, and the summary."""
    group, numbers = group_rows(split, len(rows.x))
    cells = find_cells(rows, group, len(numbers))
    parts = decompose_cells(rows, cells, len(numbers))
    names = group_names(numbers, [column.names for column in split])
    return part_records(parts, split, numbers, rows.is_counted), summarize(rows, parts, cells, names)


def summarize(
    rows: ComparedRows, parts: Decomposition, cells: Cells, names: list[list[str | None]]
) -> Summary:
    """The summary of a decomposition.

    cells: of which it was computed. names: of each group, one per column.
    """
    before, after = rows.totals.tolist()
    margin = Z * sqrt(rows.difference_variance) if rows.is_counted else None
    groups = int(parts.has_rows.sum())
    if groups < 2:
        return Summary(rows.stat, (before, after), margin, rows.is_binary, groups)
    rates = float(np.nansum(parts.rate_part))
    mix = rows.difference - rates
    rate_variance, mix_variance = part_variances(rows, parts, cells)
    change = np.where(np.isnan(parts.rate_part), 0.0, parts.rate_part)
    shares = parts.rows / np.maximum(rows.sizes, 1)[:, None]
    return Summary(
        rows.stat,
        (before, after),
        margin,
        rows.is_binary,
        groups,
        mix=mix,
        rates=rates,
        has_mix=not rows.is_counted or abs(mix) > Z * sqrt(mix_variance),
        has_rates=not rows.is_counted or abs(rates) > Z * sqrt(rate_variance),
        is_alike=rows.is_counted and parts.is_alike and abs(mix) <= parts.limit * sqrt(mix_variance),
        up=int((change > 0).sum()),
        down=int((change < 0).sum()),
        both=int((~np.isnan(parts.rate_part)).sum()),
        gained=tuple(names[int(np.argmax(shares[1] - shares[0]))]),
    )


def part_variances(rows: ComparedRows, parts: Decomposition, cells: Cells) -> tuple[float, float]:
    """The variances of rates and of mix, by the delta method. cells: of which the parts were computed."""
    n = parts.rows
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = parts.values if rows.stat == MEAN else parts.values / n
    is_both = np.asarray((n > 0).all(axis=0))
    change = np.where(is_both, mean[1] - mean[0], 0.0)
    size = rows.sizes if rows.stat == MEAN else np.ones(2)
    middle = n / size[:, None]
    # a number per side and group is computed there, and looked up for each cell
    place = cells.side * n.shape[1] + cells.group
    weight = np.where(is_both, middle.mean(axis=0), 0.0) / np.maximum(n, 1) * np.array([[-1.0], [1.0]])
    rate = weight.take(place) * (cells.total - cells.n * np.nan_to_num(mean).take(place))
    each = change / 2 / size[:, None]
    whole = cells.sign * cells.total
    if rows.stat == MEAN:
        each = each - ((middle * change).sum(axis=1) / 2 / size)[:, None]
        whole = cells.sign * (cells.total - cells.n * rows.totals[cells.side]) / size[cells.side]
    rate += cells.n * each.take(place)
    return (
        _clustered(rows, cells, rate) + _unseen(rows, n, mean, is_both),
        _clustered(rows, cells, whole - rate),
    )


def _clustered(rows: ComparedRows, cells: Cells, contribution: Floats) -> float:
    """The sum over customers of the square of what their cells contribute."""
    of_customer = np.bincount(cells.customer, weights=contribution)
    return float((of_customer**2 if rows.times is None else of_customer**2 * rows.times).sum())


def _unseen(rows: ComparedRows, n: Floats, mean: Floats, is_both: Flags) -> float:
    """Extra variance of the rates of groups in which nobody or everybody churned, as in `decomposition`."""
    if not rows.is_binary:
        return 0.0
    weight = (n / rows.sizes[:, None]).mean(axis=0)
    rate = (n * np.nan_to_num(mean) + 1) / (n + 2)
    is_flat = is_both & ((mean == 0) | (mean == 1))
    return float(np.where(is_flat, weight**2 * rate * (1 - rate) / np.maximum(n, 1), 0.0).sum())
