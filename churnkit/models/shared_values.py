"""Numbers that a model file may show: those of enough customers, or round ones that are nobody's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.bins import bins_of
from churnkit.groups import LEAST_CUSTOMERS, are_enough

SMALLEST, LARGEST = -320, 309  # exponents of ten of a double
DIGITS = 2  # of a limit that is moved outwards


@dataclass(frozen=True)
class KnownValues:
    """The known numbers of a column.

    values, customers: (n,) each number and its customer. distinct, rows: (d,) the different numbers,
    ascending, and the rows of each. most_rows: of one customer in the whole table.
    """

    values: Floats
    customers: Ints
    distinct: Floats
    rows: Ints
    most_rows: int

    def are_shared(self, place: int) -> bool:
        """Whether enough customers have exactly the number at a place of `distinct`."""
        rows = int(self.rows[place])
        if rows < LEAST_CUSTOMERS:
            return False
        is_sure = rows > (LEAST_CUSTOMERS - 1) * self.most_rows
        return is_sure or are_enough(self.customers[self.values == self.distinct[place]], self.most_rows)

    def edges(self, edges: Floats) -> Floats:
        """The edges without those of bins with too few customers; see `edge`. A bin without rows may stay."""
        shown = [self.edge(edge) for edge in self._of_large_bins(edges).tolist()]
        return np.unique(np.array([edge for edge in shown if edge is not None], dtype=np.float64))

    def _of_large_bins(self, edges: Floats) -> Floats:
        """Edges that remain when each bin with rows, but too few customers, is joined with the next one."""
        rows = np.bincount(bins_of(edges, self.distinct), self.rows, len(edges) + 1)
        if np.all((rows == 0) | (rows > (LEAST_CUSTOMERS - 1) * self.most_rows)):
            return edges
        order = np.argsort(bins_of(edges, self.values).astype(np.int16), kind="stable")
        current, *others = np.split(self.customers[order], np.cumsum(rows.astype(np.int64))[:-1])
        kept = np.zeros(len(edges), dtype=np.bool_)
        for place, part in enumerate(others):
            kept[place] = all(not len(one) or are_enough(one, self.most_rows) for one in (current, part))
            current = part if kept[place] else np.concatenate((current, part))
        return edges[kept]

    def edge(self, edge: float) -> float | None:
        """An edge that parts the values as this one does, and that is no value of few customers.

        None if it parts nothing.
        """
        above = int(np.searchsorted(self.distinct, edge))
        has_value = above < len(self.distinct) and self.distinct[above] == edge
        at = above if has_value else above - 1  # the edge after a value is the next double
        if at < 0 or self.are_shared(at):
            return edge
        if above == 0:
            return _outwards(edge, -1)
        low, high = self.distinct[above - 1 : above + 1].tolist() if above < len(self.distinct) else (0, None)
        return None if high is None else between(low, high)

    def quartile(self, value: float) -> float:
        """This value, or a round number between it and the next smaller value, if few customers have it."""
        shown = self.edge(value)
        return value if shown is None else shown

    def limits(self) -> list[float]:
        """The smallest and the largest value, each moved outwards to two digits if few customers have it."""
        ends = ((0, -1), (-1, 1))
        numbers = self.distinct.tolist()
        return [numbers[at] if self.are_shared(at) else _outwards(numbers[at], to) for at, to in ends]


def between(low: float, high: float) -> float:
    """The roundest number above low and below high; high if there is no double between them."""
    largest = max(abs(low), abs(high))
    exponent = min(math.floor(math.log10(largest)) + 1, LARGEST - 1)
    for digits in range(-exponent, -SMALLEST + 1):
        step = 10.0**-digits
        found = round((math.floor(low / step) + 1) * step, digits) if step else high
        if low < found < high:
            return found
        if step <= math.ulp(low):
            break
    middle = low + (high - low) / 2
    return middle if low < middle < high else high


def _outwards(value: float, direction: int) -> float:
    """The next number with two digits beyond a value."""
    exponent = math.floor(math.log10(abs(value))) - DIGITS + 1 if value else 0
    step = 10.0**exponent
    if not step or not math.isfinite(value / step):
        return value
    whole = math.floor(value / step) + 1 if direction > 0 else math.ceil(value / step) - 1
    moved = round(whole * step, -exponent)
    return moved if math.isfinite(moved) else value
