"""Reads a table as an event log: casts the columns, checks the event names, sorts the rows."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from churnkit import columns, messages, windows
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.date_columns import as_dates, in_zone
from churnkit.eventlog.event_names import EventNameError, EventNames, name_events
from churnkit.eventlog.log import EventLog, build_log
from churnkit.tables.casts import ID, MAYBE_TIME, NUMBER, REPEATED_ID, TEXT, TIME, WORD, cast_numbers
from churnkit.tables.column_casts import note_number_notation
from churnkit.tables.same_as import SameAs, resolve
from churnkit.tables.table import Frame, Reading, Table, place_of, text_of


@dataclass(frozen=True)
class LogRoles:
    """The column of each role; None if the log has no such column."""

    id: str
    time: str
    event: str | None
    value: str | None


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
    kinds: dict[str, str] = {roles.id: REPEATED_ID, roles.time: TIME}
    if roles.event is not None:
        kinds[roles.event] = WORD
    kinds.update(dict.fromkeys(numbers.values(), NUMBER))
    dates = dates or {}
    kinds.update(dict.fromkeys(dates.values(), MAYBE_TIME))
    kinds.update({name: TEXT for name in texts.values() if name not in kinds})
    if dedupe:
        kinds.update({name: TEXT for name in table.names if name not in kinds})
    needed = dict.fromkeys([*texts.values(), *dates.values()])
    both = [name for name in needed if kinds[name] in (NUMBER, MAYBE_TIME)]
    log, frames = table.whole(kinds, both)
    if dedupe:
        log = _deduped(log)
    events = log[roles.event] if roles.event is not None else None
    names = _names(events, frames, roles)
    values = {short: log[column] for short, column in numbers.items()}
    words = {
        short: log[text_of(column) if column in both else column].cast(pl.String)
        for short, column in texts.items()
    }
    instants = {short: in_zone(log[text_of(name)], log[name], zone) for short, name in dates.items()}
    notation = table.reading.notation
    for short in list(words) if by_type else []:
        is_recurring = short == columns.RECURRING
        if is_recurring and (cast := cast_numbers(words[short], notation.decimal)).bad is None:
            values[short] = cast.values
        elif short in instants:
            pass
        elif (found := as_dates(words[short], notation)) is not None:
            instants[short] = found
        else:
            continue
        del words[short]
    plain_words = {
        texts[short]: column for short, column in words.items() if texts.get(short) not in (None, *both)
    }
    note_number_notation(plain_words, notation.decimal)
    return build_log(log[roles.id], log[roles.time], events, values, words, names, zone, instants)


def end_of_log(log: EventLog, until: str | None, zone: str) -> int | None:
    """The first instant that the log does not cover; None if it has no event."""
    if not len(log.times):
        return None
    latest = int(log.times.max())
    end = windows.log_end(until, latest, zone)
    if until is None and end > windows.FAR_FUTURE:
        messages.warn(
            "far-end",
            f"the last event is on {windows.day_of(latest, zone)}; to end the log earlier, use --until",
        )
    return end


def note_unknown_events(log: EventLog, events: Sequence[str]) -> None:
    """Writes a note for each requested event that the log does not contain. events: slugs."""
    for event in dict.fromkeys(events):
        if event not in log.slugs:
            messages.note(
                "unknown-event",
                f"no event {quote(event)} in the log{columns.suggestion(event, log.slugs)}",
            )


def check_churn_event(log: EventLog, churn_event: str) -> None:
    """Writes a warning if a log does not contain the churn event: nobody churns, which looks like good news.

    Raises ChurnkitError if the log has an event with a similar name, or no names of events at all. A part of
    a log may well lack the event. churn_event: a slug.
    """
    if not len(log.times) or churn_event in log.slugs:
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


def _deduped(log: pl.DataFrame) -> pl.DataFrame:
    kept = log.unique(maintain_order=True, keep="first")
    dropped = log.height - kept.height
    messages.note(
        "duplicates-dropped",
        f"{messages.count(dropped, 'duplicate event')} dropped (--dedupe)",
        count=dropped,
    )
    return kept


def _names(events: pl.Series | None, frames: Sequence[Frame], roles: LogRoles) -> EventNames:
    if events is None:
        return name_events([])
    try:
        names = name_events(events.unique().drop_nulls().to_list())
    except EventNameError as error:
        place = _first_place(frames, roles, error.event)
        raise ChurnkitError(f"{place}: the event {quote(error.event)} {error}") from None
    for short, spellings in names.spellings.items():
        if len(spellings) > 1:
            written = ", ".join(quote(name) for name in spellings[:5])
            messages.note("spellings", f"{len(spellings)} spellings count as one event, {short}: {written}")
    return names


def _first_place(frames: Sequence[Frame], roles: LogRoles, event: str) -> str:
    for frame in frames:
        rows = (frame.rows[roles.event or ""] == event).arg_true()
        if len(rows):
            return frame.place(rows[0])
    return "the log"
