"""The part of an event log that is known at one observation date."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from churnkit.arrays import Flags, Ints
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.row_set import RowSet
from churnkit.eventlog.window_amounts import WindowAmounts
from churnkit.windows import AsOf


@dataclass(frozen=True)
class LogAsOf:
    """What is known about each customer at one observation date; all arrays have one element per customer."""

    log: EventLog
    as_of: AsOf
    _cuts: dict[int, Ints] = field(default_factory=dict)
    _amounts: dict[tuple[str, int, int], WindowAmounts] = field(default_factory=dict)

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
            self._cuts[instant] = self.log.cut(instant)
        return self._cuts[instant]

    def window(self, days: int) -> tuple[Ints, Ints]:
        """(c,) and (c,): the first row of the window [as_of - days, as_of), and the row after its last."""
        start, end = self.as_of.window(days)
        return self.cut(start), self.cut(end)

    def window_before(self, days: int) -> tuple[Ints, Ints]:
        """The rows of the window of the same length just before `window`."""
        start, end = self.as_of.window_before(days)
        return self.cut(start), self.cut(end)

    def amounts(self, column: str, start: int, end: int) -> WindowAmounts:
        """The non-empty numbers of a value column from one instant to before another."""
        if (column, start, end) not in self._amounts:
            rows = self.log.rows_with(column)
            places = rows.places(self.cut(start)), rows.places(self.cut(end))
            self._amounts[column, start, end] = WindowAmounts(self.log.amounts(column), *places)
        return self._amounts[column, start, end]

    def active_days(self, days: int) -> Ints:
        """(c,) calendar days in the window with an event."""
        return self._active_days(*self.window(days))

    @property
    def active_days_ever(self) -> Ints:
        """(c,) calendar days before as_of with an event."""
        return self._active_days(self.first, self.end)

    def _active_days(self, start: Ints, end: Ints) -> Ints:
        """(c,) active days in the rows start to end: the day of the first row, and days that start later."""
        more = self.log.first_of_day.count(np.minimum(start + 1, end), end)
        return np.where(end > start, more + 1, 0)

    def last(self, rows: RowSet) -> tuple[Ints, Flags]:
        """(c,) each customer's last of these rows before as_of, and whether there is one."""
        behind = rows.places(self.end)
        exists = behind > rows.places(self.first)
        row = np.zeros(len(behind), dtype=np.int64)
        row[exists] = rows.rows[behind[exists] - 1]
        return row, exists
