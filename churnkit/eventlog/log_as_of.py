"""What is known of an event log at one observation date."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.eventlog.log import EventLog
from churnkit.windows import AsOf


@dataclass(frozen=True)
class LogAsOf:
    """What is known of each customer at one observation date; all arrays have a place a customer."""

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
        """(c,) the row behind each customer's last event before as_of."""
        return self.cut(self.as_of.instant)

    @property
    def is_known(self) -> Flags:
        """(c,) whether a customer has an event before as_of."""
        return self.end > self.first

    def cut(self, instant: int) -> Ints:
        """(c,) the row behind each customer's last event before an instant."""
        if instant not in self._cuts:
            cuts = list(self._cuts)  # at once: other threads add to them
            low = max((known for known in cuts if known < instant), default=None)
            high = min((known for known in cuts if known > instant), default=None)
            bounds = (None if known is None else self._cuts[known] for known in (low, high))
            self._cuts[instant] = self.log.cut(instant, *bounds)
        return self._cuts[instant]

    def window(self, days: int) -> tuple[Ints, Ints]:
        """(c,) and (c,): the rows of the window of so many days that ends at as_of: from, and behind."""
        start, end = self.as_of.window(days)
        return self.cut(start), self.cut(end)

    def window_before(self, days: int) -> tuple[Ints, Ints]:
        """The rows of the window of the same length that ends where `window` begins."""
        start, end = self.as_of.window_before(days)
        return self.cut(start), self.cut(end)

    def amounts(self, column: str, start: int, end: int) -> tuple[Floats, Ints, Ints]:
        """A value column's numbers that are not empty, and which of them each customer has in [start, end).

        start, end: instants. Returns (m,), and (c,) and (c,): from, and behind.
        """
        return self.log.amounts(column), self._place(column, start), self._place(column, end)

    def _place(self, column: str, instant: int) -> Ints:
        if (column, instant) not in self._places:
            rows = self.log.rows_with(column)
            self._places[column, instant] = np.searchsorted(rows, self.cut(instant))
        return self._places[column, instant]

    def active_days(self, days: int) -> Ints:
        """(c,) calendar days of the window with an event."""
        return self._active_days(*self.window(days))

    @property
    def active_days_ever(self) -> Ints:
        """(c,) calendar days before as_of with an event."""
        return self._active_days(self.first, self.end)

    def _active_days(self, start: Ints, end: Ints) -> Ints:
        """A stretch's first event begins a day of it; of the others those that begin a new day."""
        more = count_in(self.log.first_of_day, start + 1, np.maximum(end, start + 1))
        return np.where(end > start, more + 1, 0)

    def last(self, rows: Ints) -> tuple[Ints, Flags]:
        """(c,) the last of these rows that a customer has before as_of, and whether she has one."""
        if not len(rows):
            return np.zeros(len(self.first), dtype=np.int64), np.zeros(len(self.first), np.bool_)
        found = np.searchsorted(rows, self.end) - 1
        row = rows[np.maximum(found, 0)]
        return row, (found >= 0) & (row >= self.first)


def count_in(rows: Ints, start: Ints, end: Ints) -> Ints:
    """(c,) how many of these rows lie in each stretch [start, end)."""
    found: Ints = np.searchsorted(rows, end) - np.searchsorted(rows, start)
    return found


def add_up(amounts: Floats, start: Ints, end: Ints, add: np.ufunc = np.add) -> Floats:
    """(c,) the amounts of each stretch [start, end) added up in their order; NaN where it is empty.

    amounts: (m,). start, end: (c,) ascending, start <= end <= next start. add: np.add, np.minimum or
    np.maximum.
    """
    out = np.full(len(start), np.nan)
    filled = end > start
    if not filled.any():
        return out
    borders = np.column_stack((start[filled], end[filled])).ravel()
    padded = np.append(amounts, 0.0)  # reduceat wants each border inside
    out[filled] = add.reduceat(padded, borders)[::2]
    return out
