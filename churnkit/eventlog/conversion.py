"""Converts a table to an event log: a table with one row per event, or a table of subscriptions."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

import polars as pl

from churnkit import columns, messages, windows
from churnkit.columns import missing_column
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog import subscriptions
from churnkit.eventlog.reading import LogRoles
from churnkit.eventlog.subscriptions import Subscription
from churnkit.tables import sorting, streams
from churnkit.tables.casts import ID, MAYBE_TIME, NUMBER, TEXT, TIME
from churnkit.tables.table import Reading, Table, column_text, text_of

HEAD = (columns.ID, columns.TIME, columns.EVENT, columns.VALUE, columns.RECURRING)
_TYPES = (pl.String(), pl.Datetime("us", "UTC"), pl.String(), pl.Float64(), pl.Float64())
SCHEMA: dict[str, pl.DataType] = dict(zip(HEAD, _TYPES, strict=True))


@dataclass(frozen=True)
class TableRoles(LogRoles):
    """The roles of an event log, and the start and end of a subscription table (None: rows are events).

    recurring: the column of the totals of subscriptions, in a table that is an event log already.
    """

    start: str | None = None
    end: str | None = None
    recurring: str | None = None


@dataclass(frozen=True)
class EventSource:
    """A table, the roles of its columns, and other columns to keep after them."""

    table: Table
    roles: TableRoles
    keep: Sequence[str]


def open_source(
    paths: Sequence[str], reading: Reading, roles: TableRoles, asked: Container[str], keep: Sequence[str],
    explode: str | None = None,
) -> EventSource:  # fmt: skip
    """The table, with the roles that it has. asked: the roles that the user named; their columns must exist.

    explode: the column with a JSON array, of which each element is a row. Raises ChurnkitError for a missing
    column, as far as this is known before the rows are read, and for a kept column whose name the event log
    already uses.
    """
    for place, name in enumerate(keep):
        if name in HEAD or name in keep[:place]:
            raise ChurnkitError(f"--keep {quote(name)}: the event log already has a column with this name")
    check = partial(_early_ends, roles)
    table = Table(list(paths), reading, patience=streams.PATIENCE, check=check, explode=explode)
    event = roles.event if "event" in asked or roles.event in table.names else None
    value = roles.value if "value" in asked or roles.value in table.names else None
    is_log = roles.start is None and {roles.id, roles.time, event, value} == {*HEAD[:4]}
    recurring = columns.RECURRING if is_log and columns.RECURRING in table.names else None
    roles = replace(roles, event=event, value=value, recurring=recurring)
    role_columns = [roles.start, roles.end] if roles.start is not None else [roles.time, roles.event]
    for column in [roles.id, *role_columns, roles.value, *keep]:
        is_of_element = explode is not None and column is not None and f"{column}.".startswith(f"{explode}.")
        if column is not None and table.is_fixed and not is_of_element:
            table.require(column, f"a key of the elements is called {explode}.KEY" if explode else "")
    return EventSource(table, roles, keep)


def _early_ends(roles: TableRoles, rows: pl.DataFrame) -> dict[int, str]:
    """Row → error, for subscriptions that end before they start."""
    if roles.start is None or roles.end is None:
        return {}
    early = (rows[roles.end] < rows[roles.start]).fill_null(False).arg_true()
    return dict.fromkeys(
        early.to_list(), f"column {quote(roles.end)}: the subscription ends before it starts"
    )


def convert_events(
    source: EventSource, name: str | None, *, is_typed: bool = False
) -> Iterator[pl.DataFrame]:
    """A table with one row per event, as parts of an event log. name: the name of all events, or None.

    is_typed: times and amounts with their types (SCHEMA), not as texts.
    """
    roles, keep = source.roles, source.keep
    numbers = [name for name in (roles.value, roles.recurring) if name is not None]
    kinds = {roles.id: ID, roles.time: TIME, **dict.fromkeys(numbers, NUMBER)}
    is_empty = True
    texts = [name for name in (roles.event, *keep) if name is not None]
    texts += [] if is_typed else numbers
    for frame in source.table.frames(kinds, texts):
        names = pl.repeat(name, frame.rows.height, dtype=pl.String, eager=True)
        if name is None and roles.event is not None:
            names = column_text(frame.texts, roles.event)
        known = frame.rows.get_column if is_typed else partial(source.table.plain_numbers, frame.texts)
        amounts, totals = (None if n is None else known(n) for n in (roles.value, roles.recurring))
        yield _log(
            frame.rows[roles.id], frame.rows[roles.time], names, amounts, totals, frame.texts, keep, is_typed
        )
        is_empty = False
    if is_empty and not is_typed:
        yield _empty(keep)
    _warn_of_unknown(source)


def sort_log(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The parts of a typed log, sorted by customer and time; events of one time keep their order."""
    rows = (part.with_columns(pl.col(columns.TIME).cast(pl.Int64)) for part in parts)
    for part in sorting.sort_rows(rows, columns.ID, columns.TIME):
        yield part.with_columns(pl.col(columns.TIME).cast(SCHEMA[columns.TIME]))


def schema_of(keep: Sequence[str]) -> dict[str, pl.DataType]:
    """Column → type of a typed log."""
    return {**SCHEMA, **dict.fromkeys(keep, pl.String())}


def convert_subscriptions(
    source: EventSource, gap_days: int, until: str | None, zone: str, *, is_typed: bool = False
) -> pl.DataFrame:
    """A table of subscriptions as an event log, sorted by customer, then time.

    is_typed: as for convert_events.
    until: the end of the log; None: the end of the day of the latest start.
    """
    roles, keep = source.roles, source.keep
    start, end, value = str(roles.start), roles.end, roles.value
    kinds = subscription_kinds(source, ID)
    cast_kept = [name for name in dict.fromkeys([*keep, *([value] if value else [])]) if kinds[name] != TEXT]
    rows, _ = source.table.whole(kinds, cast_kept)
    _warn_of_unknown(source)
    if not rows.height:
        return pl.DataFrame(schema=schema_of(keep)) if is_typed else _empty(keep)
    latest = int(rows[start].max())  # type: ignore[arg-type]
    end_of_log = windows.log_end(until, latest, zone)
    ends = rows[end].to_list() if end is not None else [None] * rows.height
    money = (
        [Decimal(text or 0) for text in source.table.plain_numbers(rows, value, text_of(value))]
        if value
        else None
    )
    of_customers: dict[str, list[Subscription]] = {}
    for place, (who, begins, stops) in enumerate(zip(rows[roles.id], rows[start], ends, strict=True)):
        of_customers.setdefault(who, []).append(
            Subscription(begins, stops, money[place] if money else Decimal(0), place)
        )
    ids, changes, late_starts, late_ends = [], [], 0, 0
    for who in sorted(of_customers):
        known = subscriptions.known_until(of_customers[who], end_of_log)
        late_starts, late_ends = late_starts + known.starts, late_ends + known.ends
        events = list(subscriptions.changes(known.subscriptions, gap_days * windows.DAY, end_of_log))
        ids += [who] * len(events)
        changes += events
    note_late(late_starts, late_ends, end_of_log, zone)
    texts = rows.select([(text_of(n) if n in cast_kept else n) for n in keep]).rename(
        {text_of(n): n for n in keep if n in cast_kept}
    )
    return _log(
        pl.Series(ids, dtype=pl.String),
        pl.Series([change.time for change in changes], dtype=pl.Int64),
        pl.Series([change.event for change in changes], dtype=pl.String),
        None,
        pl.Series([subscriptions.plain_amount(c.total) for c in changes], dtype=pl.String) if money else None,
        texts[[change.row for change in changes]] if keep else texts,
        keep,
        is_typed,
    )


def _warn_of_unknown(source: EventSource) -> None:
    """Warns of columns that no row has, where the names are known only after all rows are read."""
    table, roles = source.table, source.roles
    for name in dict.fromkeys([roles.event, roles.value, *source.keep]):
        if name is not None and table.names and name not in table.names:
            text = f"{table.name}: {missing_column(name, table.names)}"
            messages.warn("unknown-column", text, column=name)


def subscription_kinds(source: EventSource, id_kind: str) -> dict[str, str]:
    """The kind of each column of a subscription table."""
    roles = source.roles
    kinds = {roles.id: id_kind, str(roles.start): TIME}
    kinds.update({roles.end: MAYBE_TIME} if roles.end is not None else {})
    kinds.update({roles.value: NUMBER} if roles.value is not None else {})
    return {**dict.fromkeys(source.keep, TEXT), **kinds}


def note_late(starts: int, ends: int, end_of_log: int, zone: str) -> None:
    if starts or ends:
        counts = f"{messages.count(starts, 'start')} and {messages.count(ends, 'end')}"
        messages.note(
            "not-happened",
            f"{counts} left out: later than the end of the log, {windows.day_of(end_of_log, zone)} (--until)",
            count=starts + ends,
        )


def _log(
    ids: pl.Series, times: pl.Series, events: pl.Series, amounts: pl.Series | None, totals: pl.Series | None,
    texts: pl.DataFrame, keep: Sequence[str], is_typed: bool,
) -> pl.DataFrame:  # fmt: skip
    empty = pl.Series([None] * len(ids), dtype=pl.String)
    parts = [
        ids,
        times if is_typed else _iso(times),
        events,
        empty if amounts is None else amounts,
        empty if totals is None else totals,
    ]
    head = [part.alias(name) for part, name in zip(parts, HEAD, strict=True)]
    rows = pl.DataFrame([*head, *(column_text(texts, name) for name in keep)])
    return rows.cast(SCHEMA) if is_typed else rows  # type: ignore[arg-type]


def _empty(keep: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys([*HEAD, *keep], pl.String))


def _iso(times: pl.Series) -> pl.Series:
    """Microseconds as ISO 8601 in UTC; a fraction only if there is one."""
    moment = pl.col("t").cast(pl.Datetime("us"))
    whole, exact = moment.dt.strftime("%Y-%m-%dT%H:%M:%S"), moment.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    frame = pl.DataFrame({"t": times.cast(pl.Int64)})
    return frame.select(pl.when(pl.col("t") % windows.SECOND == 0).then(whole).otherwise(exact)).to_series()
