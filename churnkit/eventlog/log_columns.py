"""The columns of a log: which are needed, and rows of text and numbers as an event log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import polars as pl

from churnkit import columns
from churnkit.arrays import Indices
from churnkit.eventlog.date_columns import as_dates, in_zone
from churnkit.eventlog.event_names import EventNames
from churnkit.eventlog.found_events import EVENT, codes_of
from churnkit.eventlog.log import NO_EVENT, EventLog, assemble_log
from churnkit.eventlog.log_blocks import CustomerRows
from churnkit.groups import FEW_WORDS, rank_texts
from churnkit.tables.casts import MAYBE_TIME, NUMBER, TEXT, TIME, cast_numbers
from churnkit.tables.column_casts import Notation
from churnkit.tables.frames import text_of

DATE = "date"


@dataclass(frozen=True)
class LogRoles:
    """The columns of each role; None if the log has no such column."""

    id: str
    time: str
    event: str | None
    value: str | None


@dataclass(frozen=True)
class NeededKinds:
    """The columns that a log needs. kinds: column → kind. both: also as text. dates, texts, numbers: slug →
    column. by_type: texts become what their values are: dates, and numbers in `recurring`."""

    roles: LogRoles
    kinds: dict[str, str]
    both: list[str]
    numbers: Mapping[str, str]
    texts: Mapping[str, str]
    dates: Mapping[str, str]
    by_type: bool

    @property
    def uses(self) -> set[str]:
        """The columns of a table that `LogColumns` takes, besides the names of the events."""
        dated = [text_of(column) for short, column in self.dates.items() if short not in self.texts]
        return {
            self.roles.time,
            *self.numbers.values(),
            *map(self.source, self.texts),
            *self.dates.values(),
            *dated,
        }

    @property
    def no_rows(self) -> CustomerRows:
        """A part of a log without events."""
        types = {NUMBER: pl.Float64, TIME: pl.Int64, MAYBE_TIME: pl.Int64}
        schema = {name: types.get(kind, pl.String) for name, kind in self.kinds.items()}
        texts = dict.fromkeys(map(text_of, self.both), pl.String)
        codes = {} if self.roles.event is None else {EVENT: pl.UInt32}
        rows = pl.DataFrame(schema={**schema, **texts, **codes})
        return CustomerRows(pl.Series([], dtype=pl.String), np.empty(0, dtype=np.int32), rows)

    def source(self, short: str) -> str:
        """The name of the column that has a text."""
        column = self.texts[short]
        return text_of(column) if column in self.both else column


def compact_rows(rows: pl.DataFrame, needed: NeededKinds) -> pl.DataFrame:
    """The columns that a log needs besides the ids, each in one piece: several times as fast to reorder."""
    uses = needed.uses
    packed = [compact(rows[name]) for name in rows.columns if name in uses]
    if needed.roles.event is not None:
        packed.append(codes_of(rows[needed.roles.event]).alias(EVENT))
    return pl.DataFrame(packed).rechunk()


def compact(column: pl.Series) -> pl.Series:
    """Few texts as Categorical, which takes a quarter of the memory; numbers with NaN in place of null."""
    if column.dtype == pl.String and column.n_unique() * FEW_WORDS < len(column):
        return column.cast(pl.Categorical)
    has_gaps = column.dtype == pl.Float64 and column.null_count()
    return column.fill_null(np.nan) if has_gaps else column


@dataclass(frozen=True)
class LogColumns:
    """Makes event logs of compact rows.

    names: of the events. positions: by the number of a name, of its slug. types: slug → DATE or NUMBER, of a
    text column all of whose values are so. notation: of the values. zone: in which days begin.
    """

    needed: NeededKinds
    names: EventNames
    positions: Indices
    types: Mapping[str, str]
    notation: Notation
    zone: str

    def log(self, part: CustomerRows) -> EventLog:
        """The events of some customers."""
        needed, rows = self.needed, part.rows
        values = {short: rows[column] for short, column in needed.numbers.items()}
        texts = {short: rows[needed.source(short)] for short in needed.texts}
        dates = {}
        for short, column in needed.dates.items():
            written = texts[short] if short in texts else rows[text_of(column)]
            dates[short] = in_zone(written.cast(pl.String), rows[column], self.zone)
        for short in list(texts) if needed.by_type else ():
            type_ = self.types.get(short, TEXT)
            if (
                type_ == NUMBER
                and (numbers := recurring_numbers(short, texts[short], self.notation)) is not None
            ):
                values[short] = numbers
            elif type_ == DATE and short not in dates:
                dates[short] = self._dates(texts[short])
            elif short not in dates:
                continue
            del texts[short]
        codes = np.full(rows.height, NO_EVENT, dtype=np.int32)
        if needed.roles.event is not None:
            codes = self.positions[rows[EVENT].to_numpy()]
        return assemble_log(
            part.customers,
            part.owner,
            rows[needed.roles.time],
            pl.Series(codes),
            values,
            texts,
            dates,
            self.names.slugs,
            self.zone,
        )

    def plain_texts(self, logs: Sequence[EventLog]) -> dict[str, pl.Series]:
        """Column → the texts of all logs, where they may be numbers of another notation."""
        plain = [short for short in logs[0].texts if self.needed.texts[short] not in self.needed.both]
        return {self.needed.texts[short]: pl.concat([log.texts[short] for log in logs]) for short in plain}

    def _dates(self, texts: pl.Series) -> pl.Series:
        found = by_word(texts, partial(as_dates, notation=self.notation))
        no_date = pl.repeat(None, len(texts), dtype=pl.Int64, eager=True)
        return no_date if found is None else found  # none: no value in these rows


@dataclass
class PossibleTypes:
    """What the texts of each column of a log may be, as more and more of them are seen: dates, and numbers in
    `recurring`."""

    needed: NeededKinds
    notation: Notation
    _of: dict[str, set[str]] = field(default_factory=dict)  # slug → the types that all values have

    def __post_init__(self) -> None:
        if columns.RECURRING in self.needed.texts and self.needed.by_type:
            self._of[columns.RECURRING] = {NUMBER, DATE}  # without values it is a number

    @property
    def found(self) -> dict[str, str]:
        """Slug → DATE or NUMBER."""
        return {short: NUMBER if NUMBER in types else DATE for short, types in self._of.items() if types}

    def of(self, short: str) -> set[str]:
        """What the texts of a column may be; nothing if they are texts."""
        return self._of.get(short, {DATE})

    def look(self, short: str, words: pl.Series) -> None:
        """Looks at more texts of a column. words: without null."""
        types = self.of(short)
        if not len(words) or not types:
            return
        if NUMBER in types and recurring_numbers(short, words, self.notation) is None:
            types = types - {NUMBER}
        if DATE in types and as_dates(words, self.notation) is None:
            types = types - {DATE}
        self._of[short] = types


def types_of(needed: NeededKinds, parts: Sequence[CustomerRows], notation: Notation) -> dict[str, str]:
    """Slug → DATE or NUMBER, of each text column all of whose values in all parts are so."""
    types = PossibleTypes(needed, notation)
    for short in needed.texts if needed.by_type else ():
        types.look(short, _distinct(part.rows[needed.source(short)] for part in parts).drop_nulls())
    return types.found


def _distinct(columns: Iterable[pl.Series]) -> pl.Series:
    """The texts of some columns, String; of a Categorical one, each once."""
    known = [texts if texts.dtype == pl.String else rank_texts(texts)[0] for texts in columns]
    return pl.concat([pl.Series([], dtype=pl.String), *known])


def recurring_numbers(short: str, texts: pl.Series, notation: Notation) -> pl.Series | None:
    """The numbers of the column `recurring`; None for another column, and if a text is not a number.

    texts: String or Categorical; Float64 where they are numbers in the file.
    """
    if short != columns.RECURRING:
        return None
    if texts.dtype == pl.Float64:
        return texts
    cast = cast_numbers(texts.cast(pl.String), notation.decimal)
    return cast.values if cast.bad is None else None


def by_word(texts: pl.Series, convert: Callable[[pl.Series], pl.Series | None]) -> pl.Series | None:
    """What a function of texts (String) returns for each text; of few words, each is converted once."""
    if texts.dtype == pl.String:
        return convert(texts)
    words, places = rank_texts(texts)
    converted = convert(words)
    return None if converted is None else converted.gather(places)
