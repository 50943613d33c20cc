"""Reads a log whose lines are sorted by customer: customer by customer, in constant memory.

The rows are read once, checked, and held for later (beyond some megabytes in a temporary file), because what
a log is like (its end, its events, the types of its columns) is known at its last line only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from churnkit.arrays import Hashes
from churnkit.columns import RECURRING
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.date_columns import as_dates
from churnkit.eventlog.found_events import EVENT, EventsOfLog, FoundEvent, find_events
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_blocks import CustomerRows, of_one_type
from churnkit.eventlog.log_columns import (
    DATE,
    LogColumns,
    LogRoles,
    NeededKinds,
    compact_rows,
    recurring_numbers,
)
from churnkit.eventlog.log_parts import LogParts
from churnkit.eventlog.reading import (
    drop_repeated,
    names_of,
    needed_kinds,
    note_repeated,
    read_in_memory,
)
from churnkit.hash_index import hash_texts
from churnkit.tables.casts import NUMBER
from churnkit.tables.column_casts import Notation, note_number_notation
from churnkit.tables.spool import Spool
from churnkit.tables.table import Frame, Table

PART_ROWS = 1 << 17  # half of a log in memory: a part takes a hundred bytes a row while it is used
ID, SIZE = "id", "size"  # the columns of runs of rows: the customer, and the number of rows


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
    """A log in parts, in memory or customer by customer. Otherwise as read_log."""
    needed = needed_kinds(table, roles, numbers, texts, dates or {}, dedupe=dedupe, by_type=by_type)
    if is_by_customer(table, roles, is_sorted):
        return read_by_customer(table, needed, zone, dedupe=dedupe)
    return read_in_memory(table, needed, zone, dedupe=dedupe)


def is_by_customer(table: Table, roles: LogRoles, is_sorted: bool) -> bool:
    """Whether a log is read customer by customer: with is_sorted, or if the FILE says that it is sorted."""
    return is_sorted or table.sorted_by == roles.id


def read_by_customer(table: Table, needed: NeededKinds, zone: str, *, dedupe: bool) -> LogParts:
    """The log in parts, its customers in their order. Raises ChurnkitError for a bad value, and for a
    customer who comes again after another one."""
    facts, spool = _LogFacts(needed, table.reading.notation), Spool()

    def pack(frame: Frame) -> _Runs | None:
        return _runs_of(frame, needed, is_whole=dedupe) if frame.rows.height else None

    for runs in table.blocks(needed.kinds, needed.both, pack):
        if runs is not None:
            facts.add(runs)
            spool.add(runs.customers)
            spool.add(facts.events.add(runs.events, runs.rows))
    names = names_of(list(facts.events.numbers), facts.events.places.__getitem__)
    positions = facts.events.positions(names)
    log_columns = LogColumns(needed, names, positions, facts.types, table.reading.notation, zone)
    log = _SpooledLog(log_columns, spool, dedupe)
    first = next(log.parts(1))
    note_number_notation(log_columns.plain_texts([first]), table.reading.notation.decimal)
    columns = list(first.values), list(first.texts), list(first.dates)
    return LogParts(names.slugs, *columns, facts.earliest, facts.latest, log.parts)


@dataclass(frozen=True)
class _Runs:
    """The rows of a block, and the runs of rows of one customer.

    customers: (r,) ID and SIZE of each run. rows: (n,) the other columns. ends: the first and the last time.
    words: slug of a text → its distinct texts. frame: the lines.
    """

    customers: pl.DataFrame
    rows: pl.DataFrame
    ends: tuple[int, int]
    events: list[FoundEvent]
    words: dict[str, pl.Series]
    frame: Frame


def _runs_of(frame: Frame, needed: NeededKinds, *, is_whole: bool) -> _Runs:
    """is_whole: all columns are kept."""
    ids, times = frame.rows[needed.roles.id].rechunk(), frame.rows[needed.roles.time]
    heads = ids.ne_missing(ids.shift(1)).arg_true()
    sizes = np.diff(heads.to_numpy().astype(np.int64), append=len(ids))
    by_type = needed.texts if needed.by_type else ()
    rows = compact_rows(frame.rows, needed)
    if is_whole:
        rows = frame.rows.with_columns(column for column in rows if column.name == EVENT)
    return _Runs(
        pl.DataFrame([ids.gather(heads).alias(ID), pl.Series(SIZE, sizes)]),
        rows,
        (int(times.min()), int(times.max())),  # type: ignore[arg-type]
        find_events(frame.rows, needed.roles.event, frame.place),
        {short: frame.rows[needed.source(short)].unique().drop_nulls() for short in by_type},
        replace(frame, rows=frame.rows.clear()),
    )


@dataclass
class _LogFacts:
    """What is known about the whole log. types: slug → DATE or NUMBER, of a column with such texts only."""

    needed: NeededKinds
    notation: Notation
    earliest: int | None = None
    latest: int | None = None
    events: EventsOfLog = field(default_factory=EventsOfLog)
    _seen: _SeenIds = field(default_factory=lambda: _SeenIds())
    _may_be: dict[str, set[str]] = field(default_factory=dict)  # slug → the types that all values have

    def __post_init__(self) -> None:
        if RECURRING in self.needed.texts and self.needed.by_type:
            self._may_be[RECURRING] = {NUMBER, DATE}  # without values it is a number

    @property
    def types(self) -> dict[str, str]:
        return {short: NUMBER if NUMBER in types else DATE for short, types in self._may_be.items() if types}

    def add(self, runs: _Runs) -> None:
        """Looks at a block. Raises ChurnkitError if a customer comes again after another one."""
        ids = runs.customers[ID]
        again = self._seen.first_again(ids)
        if again is not None:
            row = int(runs.customers[SIZE].head(again).sum())
            raise ChurnkitError(
                f"{runs.frame.place(row)}: the customer {quote(ids[again])} comes again after "
                "another one, so the log is not sorted by customer; leave out --sorted, or sort it first: "
                "churnkit events -o log.parquet"
            )
        first, last = runs.ends
        self.earliest = first if self.earliest is None else min(self.earliest, first)
        self.latest = last if self.latest is None else max(self.latest, last)
        for short, words in runs.words.items():
            self._look(short, words)

    def _look(self, short: str, words: pl.Series) -> None:
        types = self._may_be.get(short, {DATE})
        if not len(words) or not types:
            return
        if NUMBER in types and recurring_numbers(short, words, self.notation) is None:
            types = types - {NUMBER}
        if DATE in types and as_dates(words, self.notation) is None:
            types = types - {DATE}
        self._may_be[short] = types


@dataclass
class _SeenIds:
    """The customers that have been read: 8 bytes for each, a hash of 64 bits."""

    last: str | None = None  # the customer of the last line
    largest: str | None = None
    _known: list[Hashes] = field(default_factory=list)  # sorted each, and of very different sizes

    def first_again(self, ids: pl.Series) -> int | None:
        """The first run of a customer who comes again after another one, or None. Remembers these customers.

        ids: (r,) of runs of rows; the first may go on with the last customer before.
        """
        goes_on = bool(ids[0] == self.last)
        self.last = str(ids[-1])
        words = ids[1:] if goes_on else ids
        if not len(words):
            return None
        hashes = hash_texts(words, 1)
        is_ascending = (self.largest is None or words[0] > self.largest) and (words[1:] > words[:-1]).all()
        if not is_ascending:
            again = ~words.is_first_distinct().to_numpy()
            for known in self._known:
                place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
                again |= known[place] == hashes
            if again.any():
                return int(np.argmax(again)) + int(goes_on)
        self.largest = max(str(words.max()), self.largest or "")
        self._remember(np.sort(hashes))
        return None

    def _remember(self, hashes: Hashes) -> None:
        while self._known and len(self._known[-1]) < 2 * len(hashes):
            hashes = np.sort(np.concatenate([self._known.pop(), hashes]))
        self._known.append(hashes)


@dataclass
class _SpooledLog:
    """The rows of a log, held for later: in the spool runs and rows of each block, in turns."""

    columns: LogColumns
    spool: Spool
    dedupe: bool
    _is_noted: bool = False

    def parts(self, most: int | None = None) -> Iterator[EventLog]:
        """The log in parts; at least one. most: the number of parts that are asked for."""
        number, dropped = 0, 0
        for part in self._whole_customers():
            if self.dedupe:
                kept, places = drop_repeated(part.rows)
                dropped += part.rows.height - kept.height
                part = replace(part, owner=part.owner[places.to_numpy()], rows=kept)
            yield self.columns.log(part)
            number += 1
            if number == most:
                return
        if not number:
            yield self.columns.log(self.columns.needed.no_rows)
        if self.dedupe and not self._is_noted:
            self._is_noted = True
            note_repeated(dropped)

    def _whole_customers(self) -> Iterator[CustomerRows]:
        """The rows in pieces, each with all rows of its customers."""
        runs: list[pl.DataFrame] = []
        rows: list[pl.DataFrame] = []
        for number in range(0, len(self.spool), 2):
            runs.append(self.spool.read(number))
            rows.append(self.spool.read(number + 1))
            if sum(block.height for block in rows) >= PART_ROWS:
                ids = pl.concat(runs)
                others = (ids[ID] != ids[ID][-1]).arg_true()
                cut = int(others[-1]) + 1 if len(others) else 0
                if cut:
                    whole, stop = _joined(rows), int(ids[SIZE].head(cut).sum())
                    yield _customer_rows(ids.head(cut), whole.head(stop))
                    runs, rows = [ids.slice(cut)], [whole.slice(stop)]
        if rows:
            yield _customer_rows(pl.concat(runs), _joined(rows))


def _customer_rows(runs: pl.DataFrame, rows: pl.DataFrame) -> CustomerRows:
    is_new = runs[ID].ne_missing(runs[ID].shift(1))
    places = is_new.cum_sum().cast(pl.Int32).to_numpy() - 1
    return CustomerRows(runs[ID].filter(is_new), np.repeat(places, runs[SIZE].to_numpy()), rows)


def _joined(blocks: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.DataFrame(
        [pl.concat(of_one_type([rows[name] for rows in blocks]), rechunk=True) for name in blocks[0].columns]
    )
