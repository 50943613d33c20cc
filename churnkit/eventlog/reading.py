"""Reads a table as an event log: casts the columns, checks the event names, sorts the rows."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from churnkit import columns, messages, windows
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.event_names import EventNameError, EventNames, name_events
from churnkit.eventlog.found_events import EventsOfLog, FoundEvent, find_events
from churnkit.eventlog.log import PART_ROWS, EventLog
from churnkit.eventlog.log_blocks import BlocksOfLog, LogBlock, block_of, taken
from churnkit.eventlog.log_columns import LogColumns, NeededKinds, compact_rows, types_of
from churnkit.eventlog.log_columns import LogRoles as LogRoles
from churnkit.eventlog.log_parts import LogParts, parts_of
from churnkit.tables.casts import ID, MAYBE_TIME, NUMBER, TEXT, TIME, WORD
from churnkit.tables.column_casts import note_number_notation
from churnkit.tables.prefetch import WORKERS, map_ahead
from churnkit.tables.same_as import SameAs, resolve
from churnkit.tables.table import Reading, Table, place_of

PIECE = 4 << 20  # bytes of a block: larger ones take more memory, and no less time
ROW = "\0row"  # a header cannot contain such a name


def with_same_as(reading: Reading, path: str) -> Reading:
    """The reading of a log in which old ids count for the ids in a FILE with two columns: old id, id.

    Raises ChurnkitError: other columns, an empty id, an old id with two ids, a cycle.
    """
    table = Table([path], Reading(encoding=reading.encoding))
    rows, frames = table.whole(dict.fromkeys(table.names, ID))
    if len(table.names) != 2:
        found = f"{messages.count(len(table.names), 'column')}: {columns.list_names(table.names)}"
        raise ChurnkitError(f"{table.name}: --same-as needs two columns, the old id and the id, not {found}")
    old, new = table.names
    distinct = rows.unique(maintain_order=True)
    if distinct[old].is_duplicated().any():
        id_ = distinct[old].filter(distinct[old].is_duplicated())[0]
        ids = distinct[new].filter(distinct[old] == id_)
        row = int(((rows[old] == id_) & (rows[new] == ids[1])).arg_true()[0])
        text = f"the old id {quote(id_)} has two ids, {quote(ids[0])} and {quote(ids[1])}"
        raise ChurnkitError(f"{place_of(frames, row)}: {text}")
    try:
        ids_of_old = resolve(dict(distinct.iter_rows()))
    except ValueError as error:
        raise ChurnkitError(f"{table.name}: {error}") from None
    return replace(reading, same_as=SameAs(ids_of_old, table.name, (old, new)))


def open_log(paths: Sequence[str], reading: Reading) -> Table:
    """A table that is read as a log."""
    return Table(list(paths), reading, PIECE)


def find_roles(table: Table, roles: LogRoles, asked: Container[str]) -> LogRoles:
    """The roles that this table has.

    asked: the roles that the user named; their columns, id and time must exist. A default column that does
    not exist is not used. Raises ChurnkitError for a missing column.
    """
    table.require(
        roles.id, "choose another with --id; name the columns of a file without a header with --columns"
    )
    table.require(roles.time, "choose another with --time")
    for role, name in (("event", roles.event), ("value", roles.value)):
        if role in asked and name is not None:
            table.require(name)
    event, value = (name if name in table.names else None for name in (roles.event, roles.value))
    return replace(roles, event=event, value=value)


def needed_kinds(
    table: Table,
    roles: LogRoles,
    numbers: Mapping[str, str],
    texts: Mapping[str, str],
    dates: Mapping[str, str],
    *,
    dedupe: bool,
    by_type: bool,
) -> NeededKinds:
    """The kinds of the columns of a log. numbers, texts, dates: slug → column."""
    kinds: dict[str, str] = {roles.id: ID, roles.time: TIME}
    if roles.event is not None:
        kinds[roles.event] = WORD
    kinds.update(dict.fromkeys(numbers.values(), NUMBER))
    kinds.update(dict.fromkeys(dates.values(), MAYBE_TIME))
    kinds.update({name: TEXT for name in texts.values() if name not in kinds})
    if dedupe:
        kinds.update({name: TEXT for name in table.names if name not in kinds})
    both = [
        name
        for name in dict.fromkeys([*texts.values(), *dates.values()])
        if kinds[name] in (NUMBER, MAYBE_TIME)
    ]
    return NeededKinds(roles, kinds, both, numbers, texts, dates, by_type)


def read_log(
    table: Table,
    roles: LogRoles,
    numbers: Mapping[str, str],
    texts: Mapping[str, str],
    zone: str,
    dedupe: bool,
    dates: Mapping[str, str] | None = None,
    *,
    by_type: bool = False,
) -> EventLog:
    """The log in memory. numbers, texts, dates: slug → column, those needed besides id, time and event.

    by_type: texts become what their values are: dates, and numbers in `recurring`. Raises ChurnkitError for a
    bad value, and for event names that cannot be used in the name of a feature.
    """
    needed = needed_kinds(table, roles, numbers, texts, dates or {}, dedupe=dedupe, by_type=by_type)
    return _read_logs(table, needed, zone, dedupe=dedupe, most_rows=None)[0]


def read_in_memory(table: Table, needed: NeededKinds, zone: str, *, dedupe: bool) -> LogParts:
    """The log in memory, in parts; otherwise as read_log."""
    return parts_of(_read_logs(table, needed, zone, dedupe=dedupe, most_rows=PART_ROWS))


def _read_logs(
    table: Table, needed: NeededKinds, zone: str, *, dedupe: bool, most_rows: int | None
) -> list[EventLog]:
    """The log in one or more parts of about this many rows."""
    blocks, events = BlocksOfLog(), EventsOfLog()
    for block, found in _blocks(table, needed, dedupe=dedupe):
        blocks.add(replace(block, rows=events.add(found, block.rows)))
    names = names_of(list(events.numbers), events.places.__getitem__)
    parts = blocks.take_parts(most_rows) or [needed.no_rows]
    types = types_of(needed, parts, table.reading.notation)
    log_columns = LogColumns(needed, names, events.positions(names), types, table.reading.notation, zone)
    logs = list(map_ahead(log_columns.log, taken(parts), WORKERS))
    note_number_notation(log_columns.plain_texts(logs), table.reading.notation.decimal)
    return logs


def _blocks(
    table: Table, needed: NeededKinds, *, dedupe: bool
) -> Iterator[tuple[LogBlock, list[FoundEvent]]]:
    """Each block of the log, and the events in it."""

    def pack(rows: pl.DataFrame, place: Callable[[int], str]) -> tuple[LogBlock, list[FoundEvent]]:
        block = block_of(rows[needed.roles.id].rechunk(), compact_rows(rows, needed))
        return block, find_events(rows, needed.roles.event, place)

    if not dedupe:
        yield from table.blocks(needed.kinds, needed.both, lambda frame: pack(frame.rows, frame.place))
        return
    rows, frames = table.whole(needed.kinds, needed.both)
    kept, places = drop_repeated(rows)
    note_repeated(rows.height - kept.height)
    if kept.height:
        yield pack(kept, lambda row: place_of(frames, int(places[row])))


def end_of_log(log: EventLog | LogParts, until: str | None, zone: str) -> int | None:
    """The first instant that the log does not cover; None if it has no event."""
    latest = log.latest
    if latest is None:
        return None
    end = windows.log_end(until, latest, zone)
    if until is None and end > windows.FAR_FUTURE:
        messages.warn(
            "far-end",
            f"the last event is on {windows.day_of(latest, zone)}; to end the log earlier, use --until",
        )
    return end


def note_unknown_events(log: EventLog | LogParts, events: Sequence[str]) -> None:
    """Writes a note for each requested event that the log does not contain. events: slugs."""
    for event in dict.fromkeys(events):
        if event not in log.slugs:
            messages.note(
                "unknown-event",
                f"no event {quote(event)} in the log{columns.suggestion(event, log.slugs)}",
            )


def check_churn_event(log: EventLog | LogParts, churn_event: str) -> None:
    """Writes a warning if a log does not contain the churn event: nobody churns, which looks like good news.

    Raises ChurnkitError if the log has an event with a similar name, or no names of events at all. A part of
    a log may well lack the event. churn_event: a slug.
    """
    if log.latest is None or churn_event in log.slugs:
        return
    if not log.slugs:
        raise ChurnkitError("--churn-event needs a log with names of events (--event COLUMN)")
    if columns.suggestion(churn_event, log.slugs):
        raise columns.missing("event", churn_event, log.slugs, "--churn-event")
    messages.warn(
        "unknown-event",
        f"no event {quote(churn_event)} in the log, so nobody churns; the events are: "
        f"{columns.list_names(log.slugs)}",
    )


def drop_repeated(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Of rows that are equal in every column the first, and the number of each of these rows."""
    kept = rows.with_row_index(ROW).unique(subset=rows.columns, maintain_order=True, keep="first")
    return kept.drop(ROW), kept[ROW]


def note_repeated(dropped: int) -> None:
    text = f"{messages.count(dropped, 'duplicate event')} dropped (--dedupe)"
    messages.note("duplicates-dropped", text, count=dropped)


def names_of(raw: Sequence[str], place: Callable[[str], str]) -> EventNames:
    """The slugs of event names, and notes on spellings. place: name → FILE:LINE, for an error."""
    try:
        names = name_events(raw)
    except EventNameError as error:
        raise ChurnkitError(f"{place(error.event)}: the event {quote(error.event)} {error}") from None
    for short, spellings in names.spellings.items():
        if len(spellings) > 1:
            written = ", ".join(quote(name) for name in spellings[:5])
            messages.note("spellings", f"{len(spellings)} spellings count as one event, {short}: {written}")
    return names
