"""When a log is asked, and which customers: at the same dates for all, or at each customer's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from churnkit import columns, windows
from churnkit.columns import slug
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_columns import LogRoles
from churnkit.eventlog.log_parts import LogParts
from churnkit.features.feature_table import Asked
from churnkit.features.join import JoinedTable, dated_rows
from churnkit.features.own_dates import OwnDates, find_own_dates, rows_of_log
from churnkit.windows import AsOf, OwnDate


@dataclass(frozen=True)
class SameObservations:
    """The same dates for all customers."""

    dates: Sequence[AsOf]

    def __call__(self, log: EventLog) -> Asked:
        return [(date, None) for date in self.dates]


@dataclass(frozen=True)
class LastObservation:
    """The last of the customers' own dates. without: customers who have none. too_late: dates after the log's
    end."""

    date: AsOf
    without: int
    too_late: int


@dataclass(frozen=True)
class OwnObservations:
    """Each customer's own dates, from a joined table or from the log. end: of the log."""

    wanted: OwnDate
    joins: Sequence[JoinedTable]
    end: int
    zone: str

    @property
    def _nobody(self) -> AsOf:
        return windows.as_of(windows.day_of(self.end, self.zone), self.zone)

    def __call__(self, log: EventLog) -> Asked:
        return [*self.find(log).asked] or [(self._nobody, np.empty(0, dtype=np.int64))]

    def find(self, log: EventLog) -> OwnDates:
        """The dates of the customers of a part."""
        join = next((join for join in self.joins if self.wanted.column in join.columns), None)
        if join is None:
            rows = rows_of_log(log, slug(self.wanted.column))
        else:
            rows = dated_rows(join, self.wanted.column, log.customers)
        return find_own_dates(rows, self.wanted, len(log.customers), self.end, self.zone)

    def last(self, log: LogParts) -> LastObservation:
        """The last of the dates, and what is left out."""
        without, too_late, last = 0, 0, self._nobody
        latest: int | None = None
        for part in log.parts():
            found = self.find(part)
            without, too_late = without + found.without, too_late + found.too_late
            if found.asked and (latest is None or found.asked[-1][0].instant > latest):
                last = found.asked[-1][0]
                latest = last.instant
        return LastObservation(last, without, too_late)


def column_of_dates(
    wanted: OwnDate, names: Sequence[str], roles: LogRoles, joins: Sequence[JoinedTable]
) -> str:
    """The column of the log with each customer's own date. names: of its columns. Raises ChurnkitError if it
    has none."""
    if wanted.column in (roles.id, roles.time, roles.event, roles.value):
        raise ChurnkitError(f"--as-of {wanted}: {quote(wanted.column)} is not a column of other dates")
    if wanted.column not in names:
        known = [*names, *(name for join in joins for name in join.columns)]
        way_out = "--as-of takes a date such as 2024-09-01, latest, or a column of the log or of --join"
        raise columns.missing_column(wanted.column, known, way_out)
    return wanted.column
