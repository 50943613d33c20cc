"""The part of an event log that is known at one observation date."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.eventlog.log import EventLog
from churnkit.windows import AsOf

CANCELLED = 1e-12  # a sum below this part of the sum of its absolute terms is 0


@dataclass(frozen=True)
class LogAsOf:
    """What is known about each customer at one observation date; all arrays have one element per customer."""

    log: EventLog
    as_of: AsOf
    _cuts: dict[int, Ints] = field(default_factory=dict)
    _places: dict[tuple[str, int], Ints] = field(default_factory=dict)

    @property
    def first(self) -> Ints:
        """(c,) the row of each customer's first event."""
        return self.log.starts[:-1]

    @property
    def end(self) -> Ints:
        """(c,) the row after each customer's last event before as_of."""
        return self.cut(self.as_of.instant)

    @property
    def is_known(self) -> Flags:
        """(c,) whether a customer has an event before as_of."""
        return self.end > self.first

    def cut(self, instant: int) -> Ints:
        """(c,) the row after each customer's last event before an instant."""
        if instant not in self._cuts:
            cuts = list(self._cuts)  # a copy: other threads add to the dict
            low = max((known for known in cuts if known < instant), default=None)
            high = min((known for known in cuts if known > instant), default=None)
            bounds = (None if known is None else self._cuts[known] for known in (low, high))
            self._cuts[instant] = self.log.cut(instant, *bounds)
        return self._cuts[instant]

    def window(self, days: int) -> tuple[Ints, Ints]:
        """(c,) and (c,): the first row of the window [as_of - days, as_of), and the row after its last."""
        start, end = self.as_of.window(days)
        return self.cut(start), self.cut(end)

    def window_before(self, days: int) -> tuple[Ints, Ints]:
        """The rows of the window of the same length just before `window`."""
        start, end = self.as_of.window_before(days)
        return self.cut(start), self.cut(end)

    def amounts(self, column: str, start: int, end: int) -> tuple[Floats, Ints, Ints]:
        """The non-empty numbers of a value column, and the range of each customer's numbers in [start, end).

        start, end: instants. Returns (m,) numbers, (c,) first positions and (c,) positions after the last.
        """
        return self.log.amounts(column), self._place(column, start), self._place(column, end)

    def _place(self, column: str, instant: int) -> Ints:
        if (column, instant) not in self._places:
            rows = self.log.rows_with(column)
            self._places[column, instant] = np.searchsorted(rows, self.cut(instant))
        return self._places[column, instant]

    def active_days(self, days: int) -> Ints:
        """(c,) calendar days in the window with an event."""
        return self._active_days(*self.window(days))

    @property
    def active_days_ever(self) -> Ints:
        """(c,) calendar days before as_of with an event."""
        return self._active_days(self.first, self.end)

    def _active_days(self, start: Ints, end: Ints) -> Ints:
        """(c,) active days in the rows start to end: the day of the first row, and days that start later."""
        more = count_in(self.log.first_of_day, start + 1, np.maximum(end, start + 1))
        return np.where(end > start, more + 1, 0)

    def last(self, rows: Ints) -> tuple[Ints, Flags]:
        """(c,) each customer's last of these rows before as_of, and whether there is one."""
        if not len(rows):
            return np.zeros(len(self.first), dtype=np.int64), np.zeros(len(self.first), np.bool_)
        position = np.searchsorted(rows, self.end) - 1
        row = rows[np.maximum(position, 0)]
        return row, (position >= 0) & (row >= self.first)


def count_in(rows: Ints, start: Ints, end: Ints) -> Ints:
    """(c,) the number of these rows in each range [start, end)."""
    counts: Ints = np.searchsorted(rows, end) - np.searchsorted(rows, start)
    return counts


def sums(amounts: Floats, start: Ints, end: Ints) -> Floats:
    """(c,) the sum of the amounts in each range, as `add_up`; NaN for an empty range.

    A sum that cancels out is exactly 0: 0.1 + 0.2 - 0.3 leaves nothing but the error of the last bit.
    """
    out = add_up(amounts, start, end)
    if len(amounts) and amounts.min() < 0:  # only amounts of both signs can cancel out
        is_nothing = np.abs(out) < CANCELLED * add_up(np.abs(amounts), start, end)
        out[is_nothing] = 0.0
    return out


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
