"""Reads a table as an event log: casts the columns, checks the event names, sorts the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from churnkit import columns, messages, windows
from churnkit.arrays import Indices
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.date_columns import as_dates, in_zone
from churnkit.eventlog.event_names import EventNameError, EventNames, name_events
from churnkit.eventlog.log import EventLog, assemble_log, event_codes
from churnkit.eventlog.log_parts import LogParts
from churnkit.groups import FEW_WORDS, rank_texts
from churnkit.tables.casts import ID, MAYBE_TIME, NUMBER, TEXT, TIME, WORD, cast_numbers
from churnkit.tables.column_casts import Notation, note_number_notation
from churnkit.tables.same_as import SameAs, resolve
from churnkit.tables.table import Frame, Reading, Table, place_of, text_of

DATE = "date"


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


@dataclass(frozen=True)
class NeededKinds:
    """The columns that a log needs. kinds: column → kind. both: also as text. dates, texts, numbers: slug →
    column. by_type: texts become what their values are: dates, and numbers in `recurring`."""

    kinds: dict[str, str]
    both: list[str]
    numbers: Mapping[str, str]
    texts: Mapping[str, str]
    dates: Mapping[str, str]
    by_type: bool

    @property
    def uses(self) -> list[str]:
        """The columns that `cast_columns` takes, each as often as it does."""
        dated = [text_of(column) for short, column in self.dates.items() if short not in self.texts]
        return [*self.numbers.values(), *map(self.source, self.texts), *self.dates.values(), *dated]

    def source(self, short: str) -> str:
        """The name of the column that has a text."""
        column = self.texts[short]
        return text_of(column) if column in self.both else column


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
    return NeededKinds(kinds, both, numbers, texts, dates, by_type)


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
    if dedupe:
        rows, frames = table.whole(needed.kinds, needed.both)
        kept = drop_repeated(rows)
        note_repeated(rows.height - kept.height)
        blocks = [_block(replace(frame, rows=kept), roles.id, needed.uses) for frame in frames[:1]]
    else:
        blocks = list(
            table.blocks(needed.kinds, needed.both, partial(_block, id_=roles.id, uses=needed.uses))
        )
        frames = [block.frame for block in blocks]
    known = _Columns(blocks, Counter([roles.time, *filter(None, [roles.event]), *needed.uses]))
    events = None if roles.event is None else known.take(roles.event, pl.Categorical)
    names = _names(events, frames, roles)
    customers, owner = _owners(blocks)
    found = cast_columns(known.take, needed, table, zone)
    note_number_notation(found.plain_words, table.reading.notation.decimal)
    found.plain_words.clear()
    times, codes = known.take(roles.time, pl.Int64), event_codes(events, names, len(owner))
    return assemble_log(
        customers, owner, times, codes, found.values, found.texts, found.dates, names.slugs, zone
    )


@dataclass(frozen=True)
class LogBlock:
    """The events of a block, in the order of the input.

    words: (k,) the ids in it. owner: (n,) the position of each row's id among them. rows: (n,) the other
    columns, which are taken out one by one. frame: the lines.
    """

    words: pl.Series
    owner: Indices
    rows: pl.DataFrame
    frame: Frame


def _block(frame: Frame, id_: str, uses: Sequence[str]) -> LogBlock:
    words, owner = rank_texts(frame.rows[id_])
    rows = frame.rows if id_ in uses else frame.rows.drop(id_)
    rows = rows.with_columns(_compact(texts) for texts in rows if texts.dtype == pl.String)
    return LogBlock(words, owner.to_numpy(), rows, replace(frame, rows=frame.rows.clear()))


def _compact(texts: pl.Series) -> pl.Series:
    """Texts of which there are few as Categorical, which takes a quarter of the memory."""
    is_repeated = texts.n_unique() * FEW_WORDS < len(texts)
    return texts.cast(pl.Categorical) if is_repeated else texts


@dataclass(frozen=True)
class _Columns:
    """The columns of blocks. uses: column → how often it will still be taken; then the blocks drop it."""

    blocks: Sequence[LogBlock]
    uses: Counter[str]

    def take(self, column: str, type_: Any) -> pl.Series:
        """A column of all blocks. type_: without blocks."""
        self.uses[column] -= 1
        is_last = not self.uses[column]
        parts = [b.rows.drop_in_place(column) if is_last else b.rows[column] for b in self.blocks]
        if len({part.dtype for part in parts}) > 1:
            parts = [part.cast(pl.String) for part in parts]
        return pl.concat(parts, rechunk=True) if parts else pl.Series(column, [], dtype=type_)


def _owners(blocks: list[LogBlock]) -> tuple[pl.Series, Indices]:
    """The ids of all blocks, sorted, and the position of each row's id among them, which the blocks lose."""
    customers, ranks = rank_texts(pl.concat([pl.Series([], dtype=pl.String), *(b.words for b in blocks)]))
    places, start, owner = ranks.to_numpy(), 0, [np.empty(0, dtype=np.int32)]
    for at, block in enumerate(blocks):
        owner.append(places[start : start + len(block.words)][block.owner])
        start += len(block.words)
        blocks[at] = replace(block, owner=owner[0])
    return customers, np.concatenate(owner)


@dataclass(frozen=True)
class CastColumns:
    """The columns of a log by slug. plain_words: column → texts that may be numbers of another notation."""

    values: dict[str, pl.Series]
    texts: dict[str, pl.Series]
    dates: dict[str, pl.Series]
    plain_words: dict[str, pl.Series]


def cast_columns(
    take: Callable[[str, Any], pl.Series],
    needed: NeededKinds,
    table: Table,
    zone: str,
    types: Mapping[str, str] | None = None,
) -> CastColumns:
    """The columns of a log. take: (column, type without rows) → the column.

    types: slug → DATE or NUMBER, for texts whose type is known from more rows; None to find out from these.
    """
    notation = table.reading.notation
    values = {short: take(column, pl.Float64) for short, column in needed.numbers.items()}
    texts = {short: take(needed.source(short), pl.String) for short in needed.texts}
    dates = {}
    for short, column in needed.dates.items():
        written = texts[short] if short in texts else take(text_of(column), pl.String)
        dates[short] = in_zone(written.cast(pl.String), take(column, pl.Int64), zone)
    is_dates = partial(as_dates, notation=notation)
    for short in list(texts) if needed.by_type else ():
        type_ = None if types is None else types.get(short, TEXT)
        if (
            type_ in (None, NUMBER)
            and (found := recurring_numbers(short, texts[short], notation)) is not None
        ):
            values[short] = found
        elif short in dates:
            pass
        elif type_ in (None, DATE) and (found := by_word(texts[short], is_dates)) is not None:
            dates[short] = found
        elif type_ == DATE:  # no value in these rows
            dates[short] = pl.repeat(None, len(texts[short]), dtype=pl.Int64, eager=True)
        else:
            continue
        del texts[short]
    plain = {
        needed.texts[short]: words for short, words in texts.items() if needed.texts[short] not in needed.both
    }
    return CastColumns(values, texts, dates, plain)


def recurring_numbers(short: str, texts: pl.Series, notation: Notation) -> pl.Series | None:
    """The numbers of the column `recurring`; None for another column, and if a text is not a number."""
    if short != columns.RECURRING:
        return None
    cast = cast_numbers(texts.cast(pl.String), notation.decimal)
    return cast.values if cast.bad is None else None


def by_word(texts: pl.Series, convert: Callable[[pl.Series], pl.Series | None]) -> pl.Series | None:
    """What a function of texts (String) returns for each text; of few words, each is converted once."""
    if texts.dtype == pl.String:
        return convert(texts)
    words, places = rank_texts(texts)
    converted = convert(words)
    return None if converted is None else converted.gather(places)


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


def drop_repeated(rows: pl.DataFrame) -> pl.DataFrame:
    """Of rows that are equal in every column the first."""
    return rows.unique(maintain_order=True, keep="first")


def note_repeated(dropped: int) -> None:
    text = f"{messages.count(dropped, 'duplicate event')} dropped (--dedupe)"
    messages.note("duplicates-dropped", text, count=dropped)


def _names(events: pl.Series | None, frames: Sequence[Frame], roles: LogRoles) -> EventNames:
    if events is None:
        return name_events([])

    def place(event: str) -> str:
        at = int((events == event).arg_true()[0])
        return place_of(frames, at)

    return names_of(events.unique().drop_nulls().cast(pl.String).to_list(), place)


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
