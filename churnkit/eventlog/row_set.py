"""Some rows of an event log, which are counted up to any row without a search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from churnkit.arrays import Flags, Indices, Ints


@dataclass(frozen=True)
class RowSet:
    """Some rows of a log of n events. is_in: (n,) whether a row is one of them."""

    is_in: Flags

    @cached_property
    def rows(self) -> Ints:
        """(m,) the rows, ascending."""
        return np.flatnonzero(self.is_in)

    @cached_property
    def before(self) -> Indices:
        """(n + 1,) the number of these rows before each row, and of all."""
        numbers = np.zeros(len(self.is_in) + 1, dtype=np.int32)
        numbers[1:] = self.is_in
        return np.cumsum(numbers, out=numbers)

    def only(self, kept: Flags) -> RowSet:
        """Some of these rows. kept: (m,)."""
        is_in = np.zeros_like(self.is_in)
        is_in[self.rows[kept]] = True
        return RowSet(is_in)

    def places(self, cut: Ints) -> Ints:
        """(c,) the number of these rows before each cut: the place in `rows` where they go on."""
        return self.before[cut].astype(np.int64)

    def count(self, start: Ints, end: Ints) -> Ints:
        """(c,) the number of these rows in each range [start, end)."""
        return np.subtract(self.before[end], self.before[start], dtype=np.int64)
