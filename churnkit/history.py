"""An event log in memory, by customer and time, and what of it is known at one observation date.

All events of a customer lie together, ordered by time, then by line of the input: so each window of a
customer is one stretch of rows, and sums are always added in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from churnkit.arrays import Flags, Floats, Ints
from churnkit.columns import slug
from churnkit.groups import rank_texts
from churnkit.windows import DAY, AsOf

NO_EVENT = -1


def loosely(name: str) -> str:
    """A name without what people write differently: capitals, blanks, - and _."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower()).strip("_")


class EventNameError(ValueError):
    """An event's name cannot stand in a feature's name. event: the name."""

    def __init__(self, event: str, why: str) -> None:
        super().__init__(why)
        self.event = event


@dataclass(frozen=True)
class EventNames:
    """The events of a log. slugs: sorted. code: raw name → index in slugs. spellings: slug → names."""

    slugs: list[str]
    code: dict[str, int]
    spellings: dict[str, list[str]]


def event_names(raw: Sequence[str]) -> EventNames:
    """The slugs of raw event names.

    Names that differ in capitals, blanks, - and _ alone are one event. Raises EventNameError for two
    other names with one slug, for a name without a letter or digit, and for one called `event`.
    """
    spellings: dict[str, list[str]] = {}
    for name in sorted(raw):
        short = slug(name)
        if not short:
            raise EventNameError(name, "has no letter or digit, so no feature could be named after it")
        if short == "event":
            raise EventNameError(
                name, "cannot be told from all events: event_count_30d counts them all; rename it"
            )
        others = spellings.setdefault(short, [])
        if others and loosely(others[0]) != loosely(name):
            raise EventNameError(name, f"and {others[0]!r} would both be called {short!r}; rename one")
        others.append(name)
    slugs = sorted(spellings)
    code = {name: i for i, short in enumerate(slugs) for name in spellings[short]}
    return EventNames(slugs, code, spellings)


@dataclass(frozen=True)
class History:
    """A log of n events of c customers.

    customers: (c,) ids as text, sorted. starts: (c + 1,) customer i has the rows starts[i] up to
    starts[i + 1]. times: (n,) microseconds since 1970, UTC. days: (n,) number of the calendar day in
    the zone. codes: (n,) index in slugs, -1 for none. values: column → (n,) doubles, NaN where empty.
    texts: column → (n,) String series, null where empty. A column may be among both.
    """

    customers: pl.Series
    starts: Ints
    times: Ints
    days: Ints
    codes: npt.NDArray[np.int32]
    slugs: list[str]
    values: dict[str, Floats]
    texts: dict[str, pl.Series]
    _positions: dict[str, Ints] = field(default_factory=dict)
    _amounts: dict[str, Floats] = field(default_factory=dict)

    @cached_property
    def first_of_day(self) -> Ints:
        """(m,) rows that begin an active day: another day, or another customer, than the row before."""
        begins = np.empty(len(self.days), dtype=np.bool_)
        begins[:1] = True
        np.not_equal(self.days[1:], self.days[:-1], out=begins[1:])
        begins[self.starts[:-1]] = True
        return np.flatnonzero(begins)

    def rows_of(self, event: str) -> Ints:
        """(m,) rows of an event, by its slug; none where the log has no such event."""
        if event not in self.slugs:
            return np.empty(0, dtype=np.int64)
        if event not in self._positions:
            self._positions[event] = np.flatnonzero(self.codes == self.slugs.index(event))
        return self._positions[event]

    def amounts(self, column: str) -> Floats:
        """(m,) the numbers of a value column that are not empty: those of `rows_with`."""
        if column not in self._amounts:
            self._amounts[column] = self.values[column][self.rows_with(column)]
        return self._amounts[column]

    def rows_with(self, column: str) -> Ints:
        """(m,) rows where a value or text column is not empty."""
        key = f"with {column}"
        if key not in self._positions:
            if column in self.texts:  # the texts know what is empty as the values do
                known = self.texts[column].is_not_null().to_numpy()
            else:
                known = ~np.isnan(self.values[column])
            self._positions[key] = np.flatnonzero(known)
        return self._positions[key]

    def before(self, instant: int) -> History:
        """The log that had been written by an instant: what came later, and who came with it, is unknown."""
        kept = self.times < instant
        sizes = np.diff(np.concatenate(([0], np.cumsum(kept)))[self.starts])
        codes = self.codes[kept]
        used = np.unique(codes[codes >= 0])
        flags = pl.Series(kept)
        return History(
            customers=self.customers.filter(pl.Series(sizes > 0)),
            starts=np.concatenate(([0], np.cumsum(sizes[sizes > 0]))).astype(np.int64),
            times=self.times[kept],
            days=self.days[kept],
            codes=np.where(codes >= 0, np.searchsorted(used, codes), NO_EVENT).astype(np.int32),
            slugs=[self.slugs[code] for code in used.tolist()],
            values={name: values[kept] for name, values in self.values.items()},
            texts={name: texts.filter(flags) for name, texts in self.texts.items()},
        )

    def cut(self, instant: int, low: Ints | None = None, high: Ints | None = None) -> Ints:
        """(c,) for each customer the row behind her last event before an instant: all bisected together.

        low, high: (c,) cuts at an earlier and a later instant, where they are known.
        """
        low = self.starts[:-1] if low is None else low
        high = self.starts[1:] if high is None else high
        while (is_open := low < high).any():
            middle = np.where(is_open, (low + high) // 2, 0)
            is_before = self.times[middle] < instant
            low, high = (
                np.where(is_open & is_before, middle + 1, low),
                np.where(is_open & ~is_before, middle, high),
            )
        return low


def build(
    ids: pl.Series,
    times: pl.Series,
    events: pl.Series | None,
    values: Mapping[str, pl.Series],
    texts: Mapping[str, pl.Series],
    names: EventNames,
    zone: str,
) -> History:
    """A History from columns in the order of the input, each (n,).

    ids, events: String or Categorical (events may be None). times: Int64, microseconds. values: Float64.
    texts: String.
    """
    customers, ranks = rank_texts(ids)
    code, instants = ranks.to_numpy(), times.to_numpy()
    order = _order(code, instants)
    ordered, ordered_times = (v if order is None else v[order] for v in (code, instants))
    return History(
        customers=customers,
        starts=np.searchsorted(ordered, np.arange(len(customers) + 1, dtype=np.int32)),
        times=ordered_times,
        days=day_numbers(ordered_times, zone),
        codes=_taken(_event_codes(events, names, len(ids)), order).to_numpy(),
        slugs=names.slugs,
        values={name: _taken(v, order).fill_null(np.nan).to_numpy() for name, v in values.items()},
        texts={name: _taken(texts, order) for name, texts in texts.items()},
    )


def _order(codes: npt.NDArray[np.int32], times: Ints) -> npt.NDArray[np.uint32] | None:
    """The rows by customer, then time, then line; None where they stand so already."""
    is_later = (codes[1:] == codes[:-1]) & (times[1:] >= times[:-1])
    if ((codes[1:] > codes[:-1]) | is_later).all():
        return None
    keys = pl.DataFrame(_packed(codes, times) or {"customer": codes, "time": times})
    return keys.select(pl.arg_sort_by(keys.columns, maintain_order=True)).to_series().to_numpy()


def _packed(codes: npt.NDArray[np.int32], times: Ints) -> dict[str, Ints] | None:
    """Customer and time as one number, which sorts five times as fast; None where it would not fit."""
    unit = next(unit for unit in (1_000_000, 1_000, 1) if not (times % unit).any())
    since = times // unit - times.min() // unit
    span = int(since.max()) + 1
    if (int(codes.max()) + 1) * span >= 2**63:
        return None
    return {"key": codes.astype(np.int64) * span + since}


def _taken(values: pl.Series, order: npt.NDArray[np.uint32] | None) -> pl.Series:
    return values if order is None else values.gather(order)


def _event_codes(events: pl.Series | None, names: EventNames, number: int) -> pl.Series:
    if events is None:
        return pl.repeat(NO_EVENT, number, dtype=pl.Int32, eager=True)
    raw, places = rank_texts(events)
    return pl.Series([names.code[name] for name in raw], dtype=pl.Int32).gather(places).fill_null(NO_EVENT)


def day_numbers(times: Ints, zone: str) -> Ints:
    """(n,) instants as numbers of their calendar day in a zone, from 1970-01-01."""
    if zone == "UTC":
        return times // DAY
    local = pl.Series(times).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    return local.dt.date().cast(pl.Int64).to_numpy()


@dataclass(frozen=True)
class Past:
    """What is known of each customer at one observation date; all arrays have a place a customer."""

    history: History
    as_of: AsOf
    _cuts: dict[int, Ints] = field(default_factory=dict)
    _places: dict[tuple[str, int], Ints] = field(default_factory=dict)

    @property
    def first(self) -> Ints:
        """(c,) the row of each customer's first event."""
        return self.history.starts[:-1]

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
            self._cuts[instant] = self.history.cut(instant, *bounds)
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
        return self.history.amounts(column), self._place(column, start), self._place(column, end)

    def _place(self, column: str, instant: int) -> Ints:
        if (column, instant) not in self._places:
            rows = self.history.rows_with(column)
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
        more = counted(self.history.first_of_day, start + 1, np.maximum(end, start + 1))
        return np.where(end > start, more + 1, 0)

    def last(self, rows: Ints) -> tuple[Ints, Flags]:
        """(c,) the last of these rows that a customer has before as_of, and whether she has one."""
        if not len(rows):
            return np.zeros(len(self.first), dtype=np.int64), np.zeros(len(self.first), np.bool_)
        found = np.searchsorted(rows, self.end) - 1
        row = rows[np.maximum(found, 0)]
        return row, (found >= 0) & (row >= self.first)


def counted(rows: Ints, start: Ints, end: Ints) -> Ints:
    """(c,) how many of these rows lie in each stretch [start, end)."""
    found: Ints = np.searchsorted(rows, end) - np.searchsorted(rows, start)
    return found


def added(amounts: Floats, start: Ints, end: Ints, add: np.ufunc = np.add) -> Floats:
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
