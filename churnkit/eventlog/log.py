"""An event log in memory, sorted by customer and time.

The events of a customer are adjacent rows, sorted by time, then by line of the input. So each window of a
customer is one range of rows, and sums are always added in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from churnkit import windows
from churnkit.arrays import Flags, Floats, Indices, Ints
from churnkit.eventlog.event_names import EventNames
from churnkit.eventlog.row_set import RowSet
from churnkit.groups import rank_texts
from churnkit.tables.sorting import sorted_order
from churnkit.windows import DAY

NO_EVENT = -1
PART_ROWS = 1 << 18
NO_DATE = -(2**63)


@dataclass(frozen=True)
class EventLog:
    """A log of n events of c customers.

    customers: (c,) ids as text, sorted, or in the order of a log that is read customer by customer. starts:
    (c + 1,) customer i has the rows from starts[i] to before starts[i + 1]. times: (n,) microseconds since
    1970, UTC. zone: in which days begin. codes: (n,) index in slugs, -1 without event name. values: column →
    (n,) doubles, NaN where empty. texts: column → (n,) String or Categorical series, null where empty. dates:
    column → (n,) microseconds, NO_DATE where empty. A column may be in several of them.
    """

    customers: pl.Series
    starts: Ints
    times: Ints
    zone: str
    codes: Indices
    slugs: list[str]
    values: dict[str, Floats]
    texts: dict[str, pl.Series]
    dates: dict[str, Ints] = field(default_factory=dict)
    _rows: dict[str, RowSet] = field(default_factory=dict)
    _same: dict[str, Ints] = field(default_factory=dict)
    _amounts: dict[str, Floats] = field(default_factory=dict)

    @cached_property
    def days(self) -> Ints:
        """(n,) the number of the calendar day of each event."""
        return day_numbers(self.times, self.zone)

    @cached_property
    def earliest(self) -> int | None:
        """The time of the first event; None without events."""
        return int(self.times.min()) if len(self.times) else None

    @cached_property
    def latest(self) -> int | None:
        """The time of the last event; None without events."""
        return int(self.times.max()) if len(self.times) else None

    @cached_property
    def first_of_day(self) -> RowSet:
        """The first row of each active day of each customer."""
        is_first = np.empty(len(self.days), dtype=np.bool_)
        is_first[:1] = True
        np.not_equal(self.days[1:], self.days[:-1], out=is_first[1:])
        is_first[self.starts[:-1]] = True
        return RowSet(is_first)

    def rows_of(self, *events: str) -> RowSet:
        """The rows of some events, by their slugs; none of an event that the log does not have."""
        key = "of " + ",".join(events)
        if key not in self._rows:
            known = [self.slugs.index(event) for event in events if event in self.slugs]
            is_one = self.codes == known[0] if len(known) == 1 else np.isin(self.codes, known)
            self._rows[key] = RowSet(is_one)
        return self._rows[key]

    def amounts(self, column: str) -> Floats:
        """(m,) the non-empty numbers of a value column, in the rows of `rows_with`."""
        if column not in self._amounts:
            self._amounts[column] = self.values[column][self.rows_with(column).rows]
        return self._amounts[column]

    def rows_with(self, column: str) -> RowSet:
        """The rows where a value, text or date column is not empty."""
        key = f"with {column}"
        if key not in self._rows:
            if column in self.texts:  # a column is empty in the same rows as text, value and date
                known = self.texts[column].is_not_null().to_numpy()
            elif column in self.values:
                known = ~np.isnan(self.values[column])
            else:
                known = self.dates[column] != NO_DATE
            self._rows[key] = RowSet(known)
        return self._rows[key]

    def same_before(self, column: str) -> Ints:
        """(m,) for each of `rows_with` the customer's row before with the same value; -1 without one."""
        if column not in self._same:
            rows = self.rows_with(column).rows
            table = pl.DataFrame(
                {
                    "customer": np.searchsorted(self.starts, rows, side="right"),
                    "value": self.texts[column].gather(rows)
                    if column in self.texts
                    else self.amounts(column),
                    "row": rows,
                }
            )
            earlier = table.select(pl.col("row").shift(1).over("customer", "value")).to_series()
            self._same[column] = earlier.fill_null(-1).to_numpy()
        return self._same[column]

    def is_followed(self, these: RowSet, by: RowSet | None) -> Flags:
        """(m,) whether a later line of the same customer has the same time as each of these rows.

        by: the only lines that count; None for all lines.
        """
        rows = these.rows
        if by is None:
            later, exists = rows + 1, np.ones(len(rows), dtype=np.bool_)
        else:
            place = by.places(rows + 1)
            exists = place < len(by.rows)
            later = np.append(by.rows, 0)[place]
        exists &= later < self.starts[np.searchsorted(self.starts, rows, side="right")]
        instants = self.times[np.where(exists, later, rows)]
        followed: Flags = exists & (instants == self.times[rows])
        return followed

    def before(self, instant: int) -> EventLog:
        """The log as it was at an instant: without later events and customers."""
        kept: Flags = windows.is_before(self.times, instant)
        sizes = np.diff(np.concatenate(([0], np.cumsum(kept)))[self.starts])
        codes = self.codes[kept]
        used = np.unique(codes[codes >= 0])
        flags = pl.Series(kept)
        return EventLog(
            customers=self.customers.filter(pl.Series(sizes > 0)),
            starts=np.concatenate(([0], np.cumsum(sizes[sizes > 0]))).astype(np.int64),
            times=self.times[kept],
            zone=self.zone,
            codes=np.where(codes >= 0, np.searchsorted(used, codes), NO_EVENT).astype(np.int32),
            slugs=[self.slugs[code] for code in used.tolist()],
            values={name: values[kept] for name, values in self.values.items()},
            texts={name: texts.filter(flags) for name, texts in self.texts.items()},
            dates={name: dates[kept] for name, dates in self.dates.items()},
        )

    def only(self, places: Ints) -> EventLog:
        """The log of some customers. places: (k,) their positions, ascending."""
        rows, _ = rows_in(self.starts[places], self.starts[places + 1])
        sizes = self.starts[places + 1] - self.starts[places]
        return EventLog(
            customers=self.customers.gather(places),
            starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
            times=self.times[rows],
            zone=self.zone,
            codes=self.codes[rows],
            slugs=self.slugs,
            values={name: values[rows] for name, values in self.values.items()},
            texts={name: texts.gather(rows) for name, texts in self.texts.items()},
            dates={name: dates[rows] for name, dates in self.dates.items()},
        )

    def anew(self) -> EventLog:
        """The same log, without what was computed of it and is kept for later."""
        return replace(self, _rows={}, _same={}, _amounts={})

    def cuts(self, instants: Sequence[int]) -> dict[int, Ints]:
        """Instant → `cut`, for some instants, with one look at each row for all of them."""
        borders = np.unique(np.array(instants, dtype=np.int64))
        number = len(borders) + 1
        places = np.searchsorted(borders, self.times, side="right")  # the instants that are not after a row
        places += np.repeat(np.arange(len(self.customers)) * number, np.diff(self.starts))
        rows = np.bincount(places, minlength=len(self.customers) * number).reshape(-1, number)
        cuts = self.starts[:-1, None] + np.cumsum(rows, axis=1)
        return {
            instant: np.ascontiguousarray(cuts[:, place]) for place, instant in enumerate(borders.tolist())
        }

    def cut(self, instant: int) -> Ints:
        """(c,) for each customer the row after their last event before an instant."""
        earlier = RowSet(windows.is_before(self.times, instant))
        return self.starts[:-1] + earlier.count(self.starts[:-1], self.starts[1:])


def part_borders(starts: Ints, most_rows: int | None = PART_ROWS) -> list[int]:
    """The customers at which parts of about this many rows begin, and the number of customers.

    starts: (c + 1,) as in EventLog. most_rows: None for one part.
    """
    customers = len(starts) - 1
    borders = [0]
    while borders[-1] < customers:
        stop = customers
        if most_rows is not None:
            stop = int(np.searchsorted(starts, starts[borders[-1]] + most_rows, side="right")) - 1
        borders.append(min(max(stop, borders[-1] + 1), customers))
    return borders


def rows_in(start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """All rows of the ranges [start, end), (m,), and the position of the range of each, (m,)."""
    number = end - start
    owner = np.repeat(np.arange(len(number)), number)
    before = np.cumsum(number) - number
    return (start - before)[owner] + np.arange(len(owner)), owner


def build_log(
    ids: pl.Series,
    times: pl.Series,
    events: pl.Series | None,
    values: Mapping[str, pl.Series],
    texts: Mapping[str, pl.Series],
    names: EventNames,
    zone: str,
    dates: Mapping[str, pl.Series] | None = None,
) -> EventLog:
    """An EventLog from columns in the order of the input, each (n,).

    ids, events: String or Categorical (events may be None). times: Int64, microseconds. values: Float64.
    texts: String. dates: Int64, microseconds.
    """
    customers, ranks = rank_texts(ids)
    return assemble_log(
        customers,
        ranks.to_numpy(),
        times,
        event_codes(events, names, len(ids)),
        {**values},
        {**texts},
        {**(dates or {})},
        names.slugs,
        zone,
    )


def assemble_log(
    customers: pl.Series,
    owner: Indices,
    times: pl.Series,
    codes: pl.Series,
    values: dict[str, pl.Series],
    texts: dict[str, pl.Series],
    dates: dict[str, pl.Series],
    slugs: list[str],
    zone: str,
) -> EventLog:
    """An EventLog from columns in the order of the input, each (n,).

    customers: (c,). owner: the position of each row's customer. codes: Int32, of the event, -1 for none. The
    dicts are emptied: a column is dropped as soon as it is sorted, so that memory holds few of them twice.
    """
    instants = times.to_numpy()
    order = sorted_order(owner, instants)
    return EventLog(
        customers=customers,
        starts=np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=len(customers))))),
        times=instants if order is None else times.gather(order).to_numpy(),
        zone=zone,
        codes=_in_order(codes, order).to_numpy(),
        slugs=slugs,
        values={name: _in_order(values.pop(name), order).to_numpy() for name in list(values)},  # null is NaN
        texts={name: _in_order(texts.pop(name), order) for name in list(texts)},
        dates={name: _in_order(dates.pop(name), order).fill_null(NO_DATE).to_numpy() for name in list(dates)},
    )


def _in_order(values: pl.Series, order: npt.NDArray[np.uint32] | None) -> pl.Series:
    return values if order is None else values.gather(order)


def event_codes(events: pl.Series | None, names: EventNames, number: int) -> pl.Series:
    """(n,) Int32: the position of each event's slug, NO_EVENT without a name."""
    if events is None:
        return pl.repeat(NO_EVENT, number, dtype=pl.Int32, eager=True)
    raw, places = rank_texts(events)
    return pl.Series([names.code[name] for name in raw], dtype=pl.Int32).gather(places).fill_null(NO_EVENT)


def day_numbers(times: Ints, zone: str) -> Ints:
    """(n,) the calendar day of each instant in a zone, in days since 1970-01-01."""
    if zone == "UTC":
        return times // DAY
    local = pl.Series(times).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    return local.dt.date().cast(pl.Int64).to_numpy()
