"""Reads two tables, or two periods of one table, to compare a metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from churnkit import messages
from churnkit.diff.decomposition import ComparedRows
from churnkit.diff.period_choice import choose_periods
from churnkit.errors import ChurnkitError, quote
from churnkit.groups import number_texts
from churnkit.hash_index import distinct_places
from churnkit.tables import casts, memory, types
from churnkit.tables.table import Frame, Reading, Table
from churnkit.target import parse_target

COMPLETE = "complete"  # the column of measure
BLOCK_BYTES = 4 << 20  # memory of this size is used again; larger blocks are taken from the system each time
MONEY_START = "revenue"  # the start of its columns of money; whole amounts are no counts


@dataclass(frozen=True)
class DiffRequest:
    """The comparison that the user requests.

    metric: a column, None for a count of rows. stat: MEAN, SUM or COUNT. by: columns that define the groups.
    period: the column with the values to compare, None for two FILEs. against, lag: as in `choose_periods`.
    per: a column; then each row holds sums, and the metric is a ratio of sums. is_auto: read all columns, to
    search them. id: the column of the customer's id. is_id_needed: the user named it, so it must exist.
    """

    metric: str | None
    stat: str
    by: tuple[str, ...]
    period: str | None
    is_auto: bool
    id: str
    is_id_needed: bool
    per: str | None = None
    against: str | None = None
    lag: int | None = None

    @property
    def required(self) -> list[str]:
        """The columns that must exist."""
        needed = (self.metric, self.per, *self.by, self.id if self.is_id_needed else None, self.period)
        return [name for name in needed if name]


def read_compared(
    paths: Sequence[str], reading: Reading, request: DiffRequest
) -> tuple[pl.DataFrame, ComparedRows]:
    """The rows with a metric: a table of their columns (Categorical), and the rows to compare.

    Raises ChurnkitError for a missing column, for a bad metric, and if before or after has no row.
    """
    memory.keep_freed_memory()
    sides = _read_sides(paths, reading, request)
    count = sides.unknown
    if sides.x.null_count() or sides.per.null_count():
        known = sides.x.is_not_null() & sides.per.is_not_null()
        count += int((~known).sum())
        sides = sides.filter(known)
    if count:
        what = f"{request.metric} or {request.per}" if request.per else request.metric
        text = f"{messages.count(count, 'row')} without a value of {what}: left out"
        messages.note("unknown-metric", text, count=count, column=request.metric)
    table, after = sides.table, sides.after
    names = ("BEFORE", "AFTER")
    if request.period is not None:
        names = sides.names
    for is_after, name in zip((False, True), names, strict=True):
        if not (after == is_after).any():
            what = f"rows with a value of {request.metric}" if request.metric else "rows"
            raise ChurnkitError(f"{name} has no {what}")
    if request.per is not None:
        is_money = any(str(name).startswith(MONEY_START) for name in (request.metric, request.per))
        return _repeated(sides, request.stat, is_money)
    customers = sides.customers
    if customers is None:
        has_ids = request.id in table.columns
        numbers = number_texts(table[request.id]) if has_ids else np.arange(len(sides.x), dtype=np.int64)
    else:
        _, numbers = distinct_places(customers.to_numpy())
    return table, ComparedRows(sides.x.to_numpy(), after.to_numpy(), numbers, request.stat)


def _repeated(sides: _Sides, stat: str, is_money: bool) -> tuple[pl.DataFrame, ComparedRows]:
    """A row of sums (k per n) as the k rows with 1 and the n - k rows with 0 whose mean it is.

    Chance is known if they are counts of such rows, not amounts.
    """
    k, n = sides.x.to_numpy(), sides.per.to_numpy()
    is_share = bool(((k >= 0) & (k <= n) & (k == np.rint(k)) & (n == np.rint(n))).all())
    times = np.concatenate([k, n - k])
    x = np.repeat([1.0, 0.0], len(k))
    rows = ComparedRows(
        x, np.tile(sides.after.to_numpy(), 2), np.arange(len(x)), stat, times, is_share and not is_money
    )
    return pl.concat([sides.table, sides.table]), rows


@dataclass(frozen=True)
class _Sides:
    """The rows of both sides.

    table: their columns (Categorical). after: whether each row is of after. x: the metric (1 for a count).
    per: the column of --per (1 without). customers: (n,) the hash of each id; None if the ids are not there,
    or in the table. unknown: number of rows that were left out, because they have no metric. names: of before
    and after.
    """

    table: pl.DataFrame
    after: pl.Series
    x: pl.Series
    per: pl.Series
    customers: pl.Series | None = None
    unknown: int = 0
    names: tuple[str, str] = ("BEFORE", "AFTER")

    def filter(self, kept: pl.Series) -> _Sides:
        """These rows alone; a table without columns has no rows."""
        table = self.table.filter(kept) if self.table.width else self.table
        after, x, per = (column.filter(kept) for column in (self.after, self.x, self.per))
        customers = None if self.customers is None else self.customers.filter(kept)
        return replace(self, table=table, after=after, x=x, per=per, customers=customers)


def _read_sides(paths: Sequence[str], reading: Reading, request: DiffRequest) -> _Sides:
    """Two tables, or the rows of the two periods of one table."""
    if request.period is None:
        one, other = (_read_side([path], reading, request) for path in paths)
        customers = [side.customers for side in (one, other) if side.customers is not None]
        both = [name for name in one.table.columns if name in other.table.columns]
        return _Sides(
            table=pl.concat([side.table.select(both) for side in (one, other)]),
            after=pl.concat([one.after, ~other.after]),
            x=pl.concat([one.x, other.x]),
            per=pl.concat([one.per, other.per]),
            customers=pl.concat(customers) if len(customers) == 2 else None,
            unknown=one.unknown + other.unknown,
        )
    side = _read_side(paths, reading, request)
    column = side.table[request.period]
    values = column.drop_nulls().unique().cast(pl.String).to_list()
    before, after = choose_periods(request.period, values, request.against, request.lag)
    if len(values) > 2:
        which = "the last two" if request.against is None and request.lag is None else "two of them"
        text = f"{request.period} has {len(values):,} values; {which} are compared: {before} and {after}"
        messages.note("last-two-periods", text, count=len(values), column=request.period)
    is_after = (column == after).fill_null(False)
    chosen = is_after | (column == before).fill_null(False)
    names = (f"{request.period} {before}", f"{request.period} {after}")
    return replace(side, after=is_after, names=names).filter(chosen)


def _read_side(paths: Sequence[str], reading: Reading, request: DiffRequest) -> _Sides:
    """The requested columns of one table, as rows of before."""
    table, metric = Table(list(paths), reading, piece=BLOCK_BYTES), request.metric
    for name in request.required if table.is_fixed else []:
        table.require(name)
    optional = (COMPLETE,) if request.per else (request.id,)
    others = table.names if request.is_auto else [name for name in optional if name in table.names]
    grouping = (*request.by, request.period)
    amounts = [name for name in dict.fromkeys((metric, request.per)) if name is not None]
    kinds = dict.fromkeys([*request.required, *others], casts.TEXT)
    kinds.update(dict.fromkeys({*amounts} - {*grouping}, casts.MAYBE_NUMBER))
    ids = request.id if request.id in kinds and request.id not in (*grouping, *amounts) else None
    kinds = kinds or {table.names[0]: casts.TEXT}  # rows are counted by some column
    kept = [name for name in kinds if name in grouping or name not in (*amounts, ids)]
    is_plain = request.period is None and request.per is None
    words = [name for name in kept if name not in amounts]
    in_use = partial(_in_use, ids=ids, metric=metric if is_plain else None, words=words)
    parts = list(table.blocks(kinds, (), in_use))
    for name in request.required:
        table.require(name)
    numbers = {name: _numbers(name, parts, reading.notation.decimal) for name in amounts}
    empty = pl.DataFrame(schema=dict.fromkeys(kept, pl.Categorical))
    rows = pl.concat([empty, *(part.rows.select(pl.col(kept).cast(pl.Categorical)) for part in parts)])
    height = sum(part.rows.height for part in parts)
    ones = pl.repeat(1.0, height, eager=True)
    x = ones if metric is None else numbers[metric]
    per = ones if request.per is None else numbers[request.per]
    unknown = sum(len(part.lines) for part in parts) - height
    after = pl.repeat(False, height, eager=True, dtype=pl.Boolean)
    no_hashes = pl.Series(dtype=pl.UInt64)
    customers = None if ids is None else pl.concat([no_hashes, *(part.rows[ids] for part in parts)])
    side = _Sides(rows, after, x, per, customers, unknown)
    return _only_complete(side) if request.per is not None and COMPLETE in rows.columns else side


def _in_use(frame: Frame, ids: str | None, metric: str | None, words: Sequence[str]) -> Frame:
    """A block with the hashes of its ids instead of the texts, which takes an eighth of the memory.

    metric: rows without a number in this column are left out, if it holds numbers; `lines` still has them.
    words: columns whose texts become Categorical, which is cheaper when these rows are gone.
    """
    rows = frame.rows
    if metric is not None and rows[metric].dtype == pl.Float64 and rows[metric].null_count():
        rows = rows.filter(pl.col(metric).is_not_null())
    hashes = [] if ids is None else [pl.col(ids).hash(0)]
    return replace(frame, rows=rows.with_columns(pl.col(words).cast(pl.Categorical), *hashes))


def _only_complete(side: _Sides) -> _Sides:
    """Without the rows of measure whose period is not complete."""
    kept = (side.table[COMPLETE].cast(pl.String) != "false").fill_null(True)
    if count := int((~kept).sum()):
        text = f"{messages.count(count, 'row')} of periods that are not complete: left out"
        messages.note("incomplete-rows", text, count=count, column=COMPLETE)
    return replace(side.filter(kept), table=side.table.filter(kept).drop(COMPLETE))


def _numbers(name: str, parts: Sequence[Frame], decimal: str | None) -> pl.Series:
    """(n,) a column as numbers; yes and no are 1 and 0. Raises ChurnkitError for other texts."""
    columns = [pl.Series(name, [], dtype=pl.Float64), *(part.rows[name] for part in parts)]
    if all(column.dtype == pl.Float64 for column in columns):
        return pl.concat(columns)
    texts, numbers = (
        pl.concat(
            c if c.dtype == dtype else pl.repeat(None, len(c), dtype=dtype, eager=True) for c in columns
        )
        for dtype in (pl.String, pl.Float64)
    )
    cast = casts.cast_numbers(texts, decimal)
    if cast.bad is None:
        return cast.values.zip_with(texts.is_not_null(), numbers)
    if numbers.null_count() == len(numbers) and types.type_of(texts) == types.BOOLEAN:
        return parse_target(texts).cast(pl.Float64)
    row = int(cast.bad.arg_true()[0])
    why = f"{cast.why(texts[row])}{cast.hint(texts[row])}"
    for part in parts:
        if row < part.rows.height:  # a part with texts has all of its rows
            break
        row -= part.rows.height
    raise ChurnkitError(f"{part.place(row)}: column {quote(name)}: {why}")
