"""Reads a log whose lines are sorted by customer: customer by customer, in constant memory.

What a log is like (its end, its events, the types of its columns) must be known before its first features are
computed. A file that `events` wrote tells it in few of its columns. Of any other it is known at the last line
only, so the rows are checked and held for later, beyond some megabytes in a temporary file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from churnkit.eventlog.customer_runs import Runs, SeenCustomers, find_runs, whole_customers
from churnkit.eventlog.found_events import EVENT, EventsOfLog, FoundEvent, find_events
from churnkit.eventlog.log_columns import LogColumns, LogRoles, NeededKinds, PossibleTypes, compact_rows
from churnkit.eventlog.log_parts import LogParts, Makers, count_events
from churnkit.eventlog.reading import (
    drop_repeated,
    names_of,
    needed_kinds,
    note_repeated,
    read_in_memory,
)
from churnkit.eventlog.typed_log import TypedLog, find_typed_log
from churnkit.tables.column_casts import note_number_notation
from churnkit.tables.spool import Spool
from churnkit.tables.table import Frame, Table


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
    typed = None if dedupe else find_typed_log(table, needed)
    return _held(table, needed, zone, dedupe=dedupe) if typed is None else _typed(typed, zone)


def _typed(log: TypedLog, zone: str) -> LogParts:
    """A log that is read whenever its parts are wanted."""
    names = names_of(log.names, log.place)
    log_columns = LogColumns(log.needed, names, log.positions(names), log.types(), log.notation, zone)

    def makers() -> Makers:
        for rows in whole_customers(log.blocks()):
            yield partial(log_columns.log, rows)
        if log.latest is None:
            yield partial(log_columns.log, log.needed.no_rows)

    return replace(
        _log_parts(log_columns, log.earliest, log.latest, makers),
        event_counts=partial(log.event_counts, names),
        are_read=True,
    )


def _held(table: Table, needed: NeededKinds, zone: str, *, dedupe: bool) -> LogParts:
    """A log that is read once, and held for later."""

    def pack(frame: Frame) -> _FoundRuns | None:
        return _look_at(frame, needed, is_whole=dedupe) if frame.rows.height else None

    facts, spool = _LogFacts(PossibleTypes(needed, table.reading.notation)), Spool()
    for found in table.blocks(needed.kinds, needed.both, pack):
        if found is not None:
            facts.add(found)
            spool.add(found.runs.customers)
            spool.add(facts.events.add(found.events, found.runs.rows))
    names = names_of(list(facts.events.numbers), facts.events.places.__getitem__)
    positions = facts.events.positions(names)
    log_columns = LogColumns(needed, names, positions, facts.types.found, table.reading.notation, zone)
    log = _SpooledLog(log_columns, spool, dedupe)
    first = next(log.makers())()
    note_number_notation(log_columns.plain_texts([first]), table.reading.notation.decimal)
    return _log_parts(log_columns, facts.earliest, facts.latest, log.makers)


def _log_parts(
    log_columns: LogColumns, earliest: int | None, latest: int | None, makers: Callable[[], Makers]
) -> LogParts:
    slugs, empty = log_columns.names.slugs, log_columns.log(log_columns.needed.no_rows)
    names = list(empty.values), list(empty.texts), list(empty.dates)
    return LogParts(slugs, *names, earliest, latest, makers, partial(count_events, makers, slugs))


@dataclass(frozen=True)
class _FoundRuns:
    """What is found in a block. ends: the first and the last time. words: slug of a text → its distinct
    texts. frame: the lines."""

    runs: Runs
    ends: tuple[int, int]
    events: list[FoundEvent]
    words: dict[str, pl.Series]
    frame: Frame


def _look_at(frame: Frame, needed: NeededKinds, *, is_whole: bool) -> _FoundRuns:
    """is_whole: all columns are kept."""
    times = frame.rows[needed.roles.time]
    by_type = needed.texts if needed.by_type else ()
    rows = compact_rows(frame.rows, needed)
    if is_whole:
        rows = frame.rows.with_columns(column for column in rows if column.name == EVENT)
    return _FoundRuns(
        Runs(find_runs(frame.rows[needed.roles.id]), rows),
        (int(times.min()), int(times.max())),  # type: ignore[arg-type]
        find_events(frame.rows, needed.roles.event, frame.place),
        {short: frame.rows[needed.source(short)].unique().drop_nulls() for short in by_type},
        replace(frame, rows=frame.rows.clear()),
    )


@dataclass
class _LogFacts:
    """What is known about the whole log."""

    types: PossibleTypes
    earliest: int | None = None
    latest: int | None = None
    events: EventsOfLog = field(default_factory=EventsOfLog)
    _seen: SeenCustomers = field(default_factory=SeenCustomers)

    def add(self, found: _FoundRuns) -> None:
        """Looks at a block. Raises ChurnkitError if a customer comes again after another one."""
        self._seen.check(found.runs.customers, found.frame.place)
        first, last = found.ends
        self.earliest = first if self.earliest is None else min(self.earliest, first)
        self.latest = last if self.latest is None else max(self.latest, last)
        for short, words in found.words.items():
            self.types.look(short, words)


@dataclass
class _SpooledLog:
    """The rows of a log, held for later: in the spool runs and rows of each block, in turns."""

    columns: LogColumns
    spool: Spool
    dedupe: bool
    _is_noted: bool = False

    def makers(self) -> Makers:
        """What makes each part; at least one."""
        is_empty, dropped = True, 0
        for part in whole_customers(self._blocks):
            if self.dedupe:
                kept, places = drop_repeated(part.rows)
                dropped += part.rows.height - kept.height
                part = replace(part, owner=part.owner[places.to_numpy()], rows=kept)
            yield partial(self.columns.log, part)
            is_empty = False
        if is_empty:
            yield partial(self.columns.log, self.columns.needed.no_rows)
        if self.dedupe and not self._is_noted:
            self._is_noted = True
            note_repeated(dropped)

    @property
    def _blocks(self) -> Iterator[Runs]:
        return (
            Runs(self.spool.read(place), self.spool.read(place + 1)) for place in range(0, len(self.spool), 2)
        )
