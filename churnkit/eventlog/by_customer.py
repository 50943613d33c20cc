"""Reads a log whose lines are sorted by customer: customer by customer, in constant memory.

The rows are read once, checked, and held for later (beyond some megabytes in a temporary file), because what
a log is like (its end, its events, the types of its columns) is known at its last line only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from churnkit.arrays import Hashes
from churnkit.columns import RECURRING
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.date_columns import as_dates
from churnkit.eventlog.event_names import EventNames
from churnkit.eventlog.log import PART_ROWS, EventLog, assemble_log, event_codes
from churnkit.eventlog.log_parts import LogParts, parts_of
from churnkit.eventlog.reading import (
    DATE,
    LogRoles,
    NeededKinds,
    cast_columns,
    drop_repeated,
    names_of,
    needed_kinds,
    note_repeated,
    read_log,
    recurring_numbers,
)
from churnkit.tables.casts import MAYBE_TIME, NUMBER, TIME
from churnkit.tables.column_casts import note_number_notation
from churnkit.tables.spool import Spool
from churnkit.tables.table import Frame, Table, text_of


def read_parts(
    table: Table,
    roles: LogRoles,
    numbers: Mapping[str, str],
    texts: Mapping[str, str],
    zone: str,
    dedupe: bool,
    dates: Mapping[str, str] | None = None,
    *,
    by_type: bool = False,
    is_sorted: bool = False,
) -> LogParts:
    """A log in parts: read into memory or, with is_sorted, or if the FILE says that it is sorted, customer by
    customer. Otherwise as read_log."""
    if not (is_sorted or table.sorted_by == roles.id):
        return parts_of(read_log(table, roles, numbers, texts, zone, dedupe, dates, by_type=by_type))
    needed = needed_kinds(table, roles, numbers, texts, dates or {}, dedupe=dedupe, by_type=by_type)
    return read_by_customer(table, roles, needed, zone, dedupe=dedupe)


def read_by_customer(
    table: Table, roles: LogRoles, needed: NeededKinds, zone: str, *, dedupe: bool
) -> LogParts:
    """The log in parts, its customers in their order. Raises ChurnkitError for a bad value, and for a
    customer who comes again after another one."""
    facts, spool = _LogFacts(table, roles, needed), Spool()
    for frame in table.blocks(needed.kinds, needed.both, lambda frame: frame):
        facts.add(frame)
        spool.add(frame.rows)
    names = names_of([*facts.places], lambda event: facts.places[event])
    log = _SpooledLog(table, roles, needed, zone, names, facts.types, spool, dedupe)
    first = next(log.parts(1))
    note_number_notation(log.first_words, table.reading.notation.decimal)
    columns = list(first.values), list(first.texts), list(first.dates)
    return LogParts(names.slugs, *columns, facts.earliest, facts.latest, log.parts)


@dataclass
class _LogFacts:
    """What is known about the whole log. places: event name → FILE:LINE of the first line with it. types:
    slug → DATE or NUMBER, of a text column all of whose values are so."""

    table: Table
    roles: LogRoles
    needed: NeededKinds
    earliest: int | None = None
    latest: int | None = None
    places: dict[str, str] = field(default_factory=dict)
    seen: _SeenIds = field(default_factory=lambda: _SeenIds())
    _may_be: dict[str, set[str]] = field(default_factory=dict)  # slug → the types that all values have

    def __post_init__(self) -> None:
        if RECURRING in self.needed.texts:
            self._may_be[RECURRING] = {NUMBER, DATE}  # without values it is a number

    @property
    def types(self) -> dict[str, str]:
        return {short: NUMBER if NUMBER in types else DATE for short, types in self._may_be.items() if types}

    def add(self, frame: Frame) -> None:
        """Looks at a block. Raises ChurnkitError if a customer comes again after another one."""
        rows = frame.rows
        if not rows.height:
            return
        again = self.seen.first_again(rows[self.roles.id])
        if again is not None:
            raise ChurnkitError(
                f"{frame.place(again)}: the customer {quote(rows[self.roles.id][again])} comes again after "
                "another one, so the log is not sorted by customer; leave out --sorted, or sort it first: "
                "churnkit events -o log.parquet"
            )
        times = rows[self.roles.time]
        ends = int(times.min()), int(times.max())  # type: ignore[arg-type]
        self.earliest = ends[0] if self.earliest is None else min(self.earliest, ends[0])
        self.latest = ends[1] if self.latest is None else max(self.latest, ends[1])
        if self.roles.event is not None:
            events = rows[self.roles.event]
            for event in events.unique().drop_nulls().cast(pl.String).sort():
                if event not in self.places:
                    self.places[event] = frame.place(int((events == event).arg_true()[0]))
        for short in self.needed.texts if self.needed.by_type else ():
            self._look(short, rows[self.needed.source(short)].unique().drop_nulls())

    def _look(self, short: str, words: pl.Series) -> None:
        types = self._may_be.get(short, {DATE})
        if not len(words) or not types:
            return
        notation = self.table.reading.notation
        if NUMBER in types and recurring_numbers(short, words, notation) is None:
            types = types - {NUMBER}
        if DATE in types and as_dates(words, notation) is None:
            types = types - {DATE}
        self._may_be[short] = types


@dataclass
class _SeenIds:
    """The customers that have been read: 8 bytes for each, a hash of 64 bits."""

    last: str | None = None  # the customer of the last line
    largest: str | None = None
    _known: list[Hashes] = field(default_factory=list)  # sorted each, and of very different sizes

    def first_again(self, ids: pl.Series) -> int | None:
        """The first row of a customer who comes again after another one, or None. Remembers these ids."""
        is_new = ids != ids.shift(1)
        is_new[0] = ids[0] != self.last
        heads = is_new.arg_true().to_numpy()
        self.last = str(ids[-1])
        if not len(heads):
            return None
        words = ids.gather(heads)
        hashes = words.hash(1).to_numpy()
        is_ascending = words.is_sorted() and (self.largest is None or words[0] > self.largest)
        if not (is_ascending and words.n_unique() == len(words)):
            again = ~words.is_first_distinct().to_numpy()
            for known in self._known:
                place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
                again |= known[place] == hashes
            if again.any():
                return int(heads[np.argmax(again)])
        self.largest = max(str(words.max()), self.largest or "")
        self._remember(np.sort(hashes))
        return None

    def _remember(self, hashes: Hashes) -> None:
        while self._known and len(self._known[-1]) < 2 * len(hashes):
            hashes = np.sort(np.concatenate([self._known.pop(), hashes]))
        self._known.append(hashes)


@dataclass
class _SpooledLog:
    """The rows of a log, held for later, and what is needed to make parts of them."""

    table: Table
    roles: LogRoles
    needed: NeededKinds
    zone: str
    names: EventNames
    types: dict[str, str]
    spool: Spool
    dedupe: bool
    first_words: dict[str, pl.Series] = field(default_factory=dict)
    _is_noted: bool = False

    def parts(self, most: int | None = None) -> Iterator[EventLog]:
        """The log in parts; at least one. most: the number of parts that are asked for."""
        number, dropped = 0, 0
        for rows in self._whole_customers():
            kept = drop_repeated(rows) if self.dedupe else rows
            dropped += rows.height - kept.height
            yield self._part(kept)
            number += 1
            if number == most:
                return
        if not number:
            yield self._part(pl.DataFrame(schema=_types(self.needed)))
        if self.dedupe and not self._is_noted:
            self._is_noted = True
            note_repeated(dropped)

    def _whole_customers(self) -> Iterator[pl.DataFrame]:
        """The rows in pieces, each with all rows of its customers."""
        waiting: list[pl.DataFrame] = []
        for number in range(len(self.spool)):
            rows = self.spool.read(number)
            if self.roles.event is not None:
                rows = rows.cast({self.roles.event: pl.Categorical})
            if not rows.height:
                continue
            waiting.append(rows)
            if sum(part.height for part in waiting) >= PART_ROWS:
                whole = pl.concat(waiting)
                ids = whole[self.roles.id]
                others = (ids != ids[-1]).arg_true()
                cut = int(others[-1]) + 1 if len(others) else 0
                if cut:
                    yield whole.slice(0, cut)
                waiting = [whole.slice(cut)]
        if waiting:
            yield pl.concat(waiting)

    def _part(self, rows: pl.DataFrame) -> EventLog:
        ids = rows[self.roles.id]
        is_new = ids.ne_missing(ids.shift(1))
        customers = ids.filter(is_new)
        owner = (is_new.cum_sum().cast(pl.Int32) - 1).to_numpy()

        def take(column: str, _: Any) -> pl.Series:
            return rows[column]

        found = cast_columns(take, self.needed, self.table, self.zone, self.types)
        self.first_words = self.first_words or found.plain_words
        events = None if self.roles.event is None else rows[self.roles.event]
        codes = event_codes(events, self.names, rows.height)
        times = rows[self.roles.time]
        return assemble_log(
            customers,
            owner,
            times,
            codes,
            found.values,
            found.texts,
            found.dates,
            self.names.slugs,
            self.zone,
        )


def _types(needed: NeededKinds) -> dict[str, Any]:
    """Column → type of the rows of a log."""
    types = {NUMBER: pl.Float64, TIME: pl.Int64, MAYBE_TIME: pl.Int64}
    found: dict[str, Any] = {name: types.get(kind, pl.String) for name, kind in needed.kinds.items()}
    return {**found, **dict.fromkeys(map(text_of, needed.both), pl.String)}
