"""The numbers of a value column in a window of each customer: sums, the smallest and the largest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from churnkit.arrays import Floats, Ints

CANCELLED = 1e-12  # a sum below this part of the sum of its absolute terms is 0


@dataclass(frozen=True)
class WindowAmounts:
    """The non-empty numbers of a column, in the order of the log, and each customer's range [start, end).

    numbers: (m,). start, end: (c,) ascending, start <= end <= next start. Figures are (c,), NaN for an empty
    range; each is computed once.
    """

    numbers: Floats
    start: Ints
    end: Ints

    @cached_property
    def number(self) -> Ints:
        """The numbers in each range."""
        return self.end - self.start

    @cached_property
    def sums(self) -> Floats:
        """The sums, added in order. A sum that cancels out is exactly 0: 0.1 + 0.2 - 0.3 leaves nothing but
        the error of the last bit."""
        out = self._plain_sums.copy()
        if len(self.numbers) and self.numbers.min() < 0:  # only amounts of both signs can cancel out
            is_nothing = np.abs(out) < CANCELLED * add_up(np.abs(self.numbers), self.start, self.end)
            out[is_nothing] = 0.0
        return out

    @cached_property
    def smallest(self) -> Floats:
        """The smallest numbers."""
        return add_up(self.numbers, self.start, self.end, np.minimum)

    @cached_property
    def largest(self) -> Floats:
        """The largest numbers."""
        return add_up(self.numbers, self.start, self.end, np.maximum)

    @cached_property
    def deviations(self) -> Floats:
        """Standard deviations with n - 1, in two passes; NaN with fewer than two numbers."""
        means = self._plain_sums / np.maximum(self.number, 1)
        sizes = np.diff(np.concatenate(([0], self.start, [len(self.numbers)])))  # up to the next start
        squares = (self.numbers - np.repeat(np.append(np.nan, means), sizes)) ** 2
        spread = np.where(self.smallest == self.largest, 0.0, add_up(squares, self.start, self.end))
        return np.where(self.number > 1, np.sqrt(spread / np.maximum(self.number - 1, 1)), np.nan)

    @cached_property
    def _plain_sums(self) -> Floats:
        return add_up(self.numbers, self.start, self.end)


def add_up(amounts: Floats, start: Ints, end: Ints, add: np.ufunc = np.add) -> Floats:
    """(c,) the sum of the amounts in each range [start, end), added in order; NaN for an empty range.

    amounts: (m,). start, end: (c,) ascending, start <= end <= next start. add: np.add, np.minimum or
    np.maximum.
    """
    out = np.full(len(start), np.nan)
    filled = end > start
    if not filled.any():
        return out
    borders = np.column_stack((start[filled], end[filled])).ravel()
    padded = np.append(amounts, 0.0)  # reduceat needs each border inside
    out[filled] = add.reduceat(padded, borders)[::2]
    return out
