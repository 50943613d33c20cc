"""A log that `events` wrote: a file with types, sorted by customer.

A look at few of its columns tells what the log is like: its events, its times, the types of its texts. So its
rows are read when they are wanted, and need not be held until the last one is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from churnkit import windows
from churnkit.arrays import Indices, Ints
from churnkit.columns import RECURRING
from churnkit.errors import ChurnkitError, quote, shown_path
from churnkit.eventlog.customer_runs import ID, Runs, SeenCustomers, find_runs
from churnkit.eventlog.event_names import EventNames
from churnkit.eventlog.found_events import EVENT
from churnkit.eventlog.log import NO_EVENT
from churnkit.eventlog.log_columns import NeededKinds, PossibleTypes, compact
from churnkit.hash_index import HashIndex, hash_texts
from churnkit.tables import column_casts
from churnkit.tables.casts import NUMBER, TIME
from churnkit.tables.column_casts import Notation, Noticed, cast_column, notice_ids
from churnkit.tables.parquet import ParquetTable, is_usual_time
from churnkit.tables.prefetch import prefetch_one
from churnkit.tables.table import Table

WRITE_AGAIN = "write it again: churnkit events -o log.parquet"


@dataclass
class TypedLog:
    """words: the names of the events, sorted; null if an event has none. codes: the place of each of them by
    its hash. earliest, latest: the first and the last time; None without rows. now: microseconds."""

    file: ParquetTable
    needed: NeededKinds
    notation: Notation
    now: int
    words: list[str | None]
    codes: HashIndex
    earliest: int | None
    latest: int | None
    _is_noted: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the events."""
        return [word for word in self.words if word is not None]

    def place(self, name: str) -> str:
        """FILE:ROW of the first event of a name."""
        is_it = pl.col(str(self.needed.roles.event)) == name
        rows = self.file.query(lambda log: log.select(pl.arg_where(is_it).head(1)))
        return self._place(1, rows.item())

    def _place(self, line: int, row: int) -> str:
        """FILE:ROW of a row of a part. line: the number of its first row."""
        return f"{shown_path(self.file.path)}:{line + row}"

    def positions(self, names: EventNames) -> Indices:
        """By the code of a name: the position of its slug; NO_EVENT without a name."""
        return np.array([NO_EVENT if w is None else names.code[w] for w in self.words], dtype=np.int32)

    def event_counts(self, names: EventNames, before: int) -> Ints:
        """(s,) the number of events of each slug before an instant."""
        counts = np.zeros(len(names.slugs), dtype=np.int64)
        event = self.needed.roles.event
        if event is not None:
            is_before = windows.is_before(pl.col(self.needed.roles.time).to_physical(), before)
            for word, rows in self.file.query(
                lambda log: log.filter(is_before).group_by(event).agg(pl.len().alias(_rows_of(event)))
            ).iter_rows():
                if word:
                    counts[names.code[word]] += rows
        return counts

    def types(self) -> dict[str, str]:
        """Slug → DATE or NUMBER, of the columns of texts all of whose values are so."""
        types = PossibleTypes(self.needed, self.notation)
        words = {short: name for short, name in self.needed.texts.items() if not self._is_number(name)}
        for short, name in words.items() if self.needed.by_type else ():
            for _, rows in self.file.parts([name]):
                types.look(short, rows[name].unique().drop_nulls())
                if not types.of(short):
                    break
        plain = [name for short, name in words.items() if short not in types.found]
        for _, rows in self.file.parts(plain) if plain else ():
            column_casts.note_number_notation({name: rows[name] for name in plain}, self.notation.decimal)
            break
        return types.found

    def blocks(self) -> Iterator[Runs]:
        """The rows, with the codes of their events in EVENT. Raises ChurnkitError for an empty id or time,
        and for a customer who comes again after another one."""
        seen, noticed, ends = SeenCustomers(WRITE_AGAIN), Noticed(), set[int]()
        roles, numbers = self.needed.roles, [name for name in self.needed.kinds if self._is_number(name)]
        typed = {**dict.fromkeys(numbers, pl.Float64), roles.time: pl.Datetime}
        parts = self.file.parts(self.needed.kinds, typed)
        for line, runs, more in map(self._pack, prefetch_one(parts)):
            seen.check(runs.customers, lambda row, line=line: self._place(line, row))  # type: ignore[misc]
            noticed += more
            times = runs.rows[roles.time].to_numpy()
            ends |= {int(times.min()), int(times.max())}
            yield runs
        if ends and (min(ends), max(ends)) != (self.earliest, self.latest):
            place = shown_path(self.file.path)
            raise ChurnkitError(
                f"{place}: its footer says something else about its times than its rows; {WRITE_AGAIN}"
            )
        if not self._is_noted:
            self._is_noted = True
            column_casts.write_notes(
                noticed + self._notice_times(), self.notation, shown_path(self.file.path)
            )

    def _pack(self, part: tuple[int, pl.DataFrame]) -> tuple[int, Runs, Noticed]:
        line, rows = part
        roles = self.needed.roles
        for name in (roles.id, roles.time):
            if rows[name].null_count():
                row = int(rows[name].is_null().arg_true()[0])
                raise ChurnkitError(f"{self._place(line, row)}: column {quote(name)}: is empty")
        self._refuse_no_numbers(line, rows)
        customers = find_runs(rows[roles.id])
        ids = notice_ids(customers[ID])
        ids = notice_ids(rows[roles.id]) if ids.rounded or ids.decimal else replace(ids, ids=rows.height)
        columns = [rows[roles.time].to_physical()]
        columns += [compact(rows[name]) for name in rows.columns if name in self.needed.uses - {roles.time}]
        if roles.event is not None:
            codes = self.codes.places(hash_texts(rows[roles.event]))
            columns.append(pl.Series(EVENT, codes.astype(np.min_scalar_type(len(self.words)))))
        return line, Runs(customers, pl.DataFrame(columns)), ids

    def _notice_times(self) -> Noticed:
        """What is unlikely about the times; nothing if the first and the last one are usual."""
        ends = pl.Series([self.earliest, self.latest], dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
        at_ends = self._noticed_in(ends)
        if not at_ends.early and not at_ends.late:
            return Noticed()
        time = self.needed.roles.time
        parts = self.file.parts([time], {time: pl.Datetime})
        return sum((self._noticed_in(rows[time]) for _, rows in parts), Noticed())

    def _noticed_in(self, times: pl.Series) -> Noticed:
        return cast_column(times, TIME, self.notation, None, self.now)[1]

    def _is_number(self, name: str) -> bool:
        return bool(self.file.types[name] == pl.Float64)

    def _refuse_no_numbers(self, line: int, rows: pl.DataFrame) -> None:
        """Raises ChurnkitError for NaN and infinity: the file gives a column that has them as texts."""
        for name in sorted(filter(self._is_number, self.needed.uses & {*rows.columns})):
            cast = cast_column(rows[name], NUMBER, self.notation, None, self.now)[0]
            if cast.bad is not None:
                row = int(cast.bad.arg_true()[0])
                error = cast.why(rows[name][row])
                raise ChurnkitError(f"{self._place(line, row)}: column {quote(name)}: {error}")


def find_typed_log(table: Table, needed: NeededKinds) -> TypedLog | None:
    """The log of a FILE that `events` wrote, and that is read as it stands; None of any other."""
    file, roles = table.stored, needed.roles
    if not isinstance(file, ParquetTable) or file.sorted_by != roles.id or not _are_typed(file, needed):
        return None
    table.refuse_patterns(needed.kinds)
    ends = file.ends(roles.time)
    if ends is None and any(file.groups):  # no row has a time
        return None
    if ends is not None and not (is_usual_time(ends[0]) and is_usual_time(ends[1])):
        return None
    words = [] if roles.event is None else _words_in(file, roles.event)
    codes = HashIndex()
    codes.number(hash_texts(pl.Series(words, dtype=pl.String)))
    if codes.size < len(words):  # two names with one hash: hardly ever
        return None
    first, last = ends or (None, None)
    return TypedLog(file, needed, table.reading.notation, table.now, words, codes, first, last)


def _words_in(file: ParquetTable, column: str) -> list[str | None]:
    """The distinct texts of a column, sorted; null comes first."""
    rows_of = _rows_of(column)
    texts = file.query(lambda rows: rows.group_by(column).len(rows_of))[column]  # faster than to ask for them
    return [*texts.replace("", None).unique().sort()]


def _rows_of(column: str) -> str:
    """A name for the numbers of rows of each value of a column: not its own, even if that is `len`."""
    return f"rows of {column}"


def _are_typed(file: ParquetTable, needed: NeededKinds) -> bool:
    """Whether the columns are as `events` writes them, and no text is needed as a number or a date."""
    roles = needed.roles
    typed: dict[str, object] = dict.fromkeys(needed.numbers.values(), pl.Float64)
    typed |= dict.fromkeys(needed.texts.values(), pl.String)
    typed |= {needed.texts[RECURRING]: pl.Float64} if needed.by_type and RECURRING in needed.texts else {}
    typed |= {roles.time: pl.Datetime("us", "UTC"), roles.id: pl.String}
    typed |= {} if roles.event is None else {roles.event: pl.String}
    is_plain = not needed.both and not needed.dates
    return is_plain and all(file.types.get(name) == type_ for name, type_ in typed.items())
