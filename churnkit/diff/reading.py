"""Reads two tables, or two periods of one table, to compare a metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from churnkit import messages
from churnkit.diff.decomposition import ComparedRows
from churnkit.errors import ChurnkitError, quote
from churnkit.groups import rank_texts
from churnkit.tables import casts, types
from churnkit.tables.table import Reading, Table, place_of
from churnkit.target import parse_target


@dataclass(frozen=True)
class DiffRequest:
    """The comparison that the user requests.

    metric: a column, None for a count of rows. stat: MEAN, SUM or COUNT. by: columns that define the groups.
    period: the column whose last two values are compared, None for two FILEs. is_auto: read all columns, to
    search them. id: the column of the customer's id. is_id_needed: the user named it, so it must exist.
    """

    metric: str | None
    stat: str
    by: tuple[str, ...]
    period: str | None
    is_auto: bool
    id: str
    is_id_needed: bool

    @property
    def required(self) -> list[str]:
        """The columns that must exist."""
        return [n for n in (self.metric, *self.by, self.id if self.is_id_needed else None, self.period) if n]


def read_compared(
    paths: Sequence[str], reading: Reading, request: DiffRequest
) -> tuple[pl.DataFrame, ComparedRows]:
    """The rows that have a metric: the table of their columns (Categorical), and the rows to compare.

    Raises ChurnkitError for a missing column, for a bad metric, and if before or after has no row.
    """
    table, after, x = _read_sides(paths, reading, request)
    known = x.is_not_null()
    if count := int((~known).sum()):
        text = f"{messages.count(count, 'row')} without a value of {request.metric}: left out"
        messages.note("unknown-metric", text, count=count, column=request.metric)
    table = table.filter(known) if table.width else table  # a table without columns has no rows
    x, after = x.filter(known), after.filter(known)
    names = ("BEFORE", "AFTER")
    if request.period is not None:
        names = (f"the last but one {request.period}", f"the last {request.period}")
    for is_after, name in zip((False, True), names, strict=True):
        if not (after == is_after).any():
            what = f"rows with a value of {request.metric}" if request.metric else "rows"
            raise ChurnkitError(f"{name} has no {what}")
    customers = np.arange(len(x), dtype=np.int64)
    if request.id in table.columns:
        ids, places = rank_texts(table[request.id])
        customers = places.fill_null(len(ids)).cast(pl.Int64).to_numpy()
    return table, ComparedRows(x.to_numpy(), after.to_numpy(), customers, request.stat)


def _read_sides(
    paths: Sequence[str], reading: Reading, request: DiffRequest
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """The columns (Categorical); whether each row is of after; the metric (1 for each row for a count)."""
    if request.period is None:
        sides = [_read_side([path], reading, request) for path in paths]
        both = [name for name in sides[0][0].columns if name in sides[1][0].columns]
        after = pl.concat([pl.repeat(k == 1, len(x), eager=True) for k, (_, x) in enumerate(sides)])
        return pl.concat([rows.select(both) for rows, _ in sides]), after, pl.concat([x for _, x in sides])
    period = request.period
    rows, x = _read_side(paths, reading, request)
    values = _sort_periods(rows[period].drop_nulls().unique().cast(pl.String).to_list())
    if len(values) < 2:
        found = messages.count(len(values), "value")
        raise ChurnkitError(f"--period {period}: the column has {found}; at least two are needed")
    before, after_value = values[-2:]
    if len(values) > 2:
        text = f"{period} has {len(values):,} values; the last two are compared: {before} and {after_value}"
        messages.note("last-two-periods", text, count=len(values), column=period)
    is_after = (rows[period] == after_value).fill_null(False)
    chosen = is_after | (rows[period] == before).fill_null(False)
    return rows.filter(chosen), is_after.filter(chosen), x.filter(chosen)


def _read_side(
    paths: Sequence[str], reading: Reading, request: DiffRequest
) -> tuple[pl.DataFrame, pl.Series]:
    """The requested columns of one table (Categorical), and the metric."""
    table, metric = Table(list(paths), reading), request.metric
    for name in request.required if table.is_fixed else []:
        table.require(name)
    others = table.names if request.is_auto else [n for n in (request.id,) if n in table.names]
    kinds = dict.fromkeys([*request.required, *others], casts.WORD)
    kinds.update({metric: casts.TEXT} if metric else {})
    kinds = kinds or {table.names[0]: casts.WORD}  # rows are counted by some column
    rows, parts = table.whole(kinds)
    for name in request.required:
        table.require(name)
    if metric is None:
        return rows, pl.repeat(1.0, rows.height, eager=True)
    texts = rows[metric]
    rows = rows.with_columns(texts.cast(pl.Categorical)) if metric in request.by else rows.drop(metric)
    cast = casts.cast_numbers(texts)
    if cast.bad is None:
        return rows, cast.values
    if types.type_of(texts) == types.BOOLEAN:
        return rows, parse_target(texts).cast(pl.Float64)
    row = int(cast.bad.arg_true()[0])
    raise ChurnkitError(f"{place_of(parts, row)}: column {quote(metric)}: {cast.why(texts[row])}")


def _sort_periods(values: list[str]) -> list[str]:
    """Sorted as numbers if all are numbers, else as text (which sorts ISO dates by time)."""
    numbers = {value: casts.parse_number(value) for value in values}
    if all(number is not None for number in numbers.values()):
        return sorted(values, key=lambda value: (numbers[value] or 0.0, value))
    return sorted(values)
