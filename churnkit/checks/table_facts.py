"""What the rows of a table show together, counted block by block in constant memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit import windows
from churnkit.arrays import Flags, Floats
from churnkit.checks.expectations import Expectations, ExpectedColumn
from churnkit.checks.row_checks import TypedColumn
from churnkit.drift.records import UnseenValues
from churnkit.drift.watch import Watch
from churnkit.models.columns import Column, category_codes
from churnkit.profiling.row_sample import RowSample
from churnkit.tables import types


@dataclass
class TableFacts:
    """The rows so far. names: of the FILE's columns, in their order. unreadable: records that are no rows.

    nulls, mistyped, fractions, negatives: column → rows. lasts: column of times → the latest, microseconds.
    orders: two columns of times → rows with the first before the second, and rows with it after.
    days, repeated: day of `time` → rows, and rows that repeat an earlier one. sample: of all rows, as texts.
    """

    expected: Expectations
    id: str
    time: str | None
    names: list[str] = field(default_factory=list)
    rows: int = 0
    unreadable: int = 0
    rejected: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    mistyped: Counter[str] = field(default_factory=Counter)
    fractions: Counter[str] = field(default_factory=Counter)
    negatives: Counter[str] = field(default_factory=Counter)
    lasts: dict[str, int] = field(default_factory=dict)
    orders: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    days: Counter[int] = field(default_factory=Counter)
    repeated: Counter[int] = field(default_factory=Counter)
    sample: RowSample = field(default_factory=RowSample)
    watch: Watch = field(init=False)
    unseen: UnseenValues = field(init=False)

    def __post_init__(self) -> None:
        drift = self.expected.drift
        self.orders = dict.fromkeys(ordered_times(self.expected.columns.values()), (0, 0))
        self.watch = Watch(drift.columns, drift.customers)
        self.unseen = UnseenValues(drift.columns)

    @property
    def gone(self) -> list[str]:
        """The expected columns that no row has."""
        return [name for name in self.expected.columns if name not in self.names]

    @property
    def all_rows(self) -> int:
        """Rows and records that are none."""
        return self.rows + self.unreadable

    def see(
        self, rows: pl.DataFrame, typed: Mapping[str, TypedColumn], repeats: Flags, names: Sequence[str]
    ) -> None:
        """Adds a block. rows: as parsed. typed: its expected columns. repeats: (n,) rows that came before.

        names: the columns that the block itself has.
        """
        self.names += [name for name in names if name not in self.names]
        self.rows += rows.height
        for name, found in typed.items():
            self._count(self.expected.columns[name], found)
        for first, second in self.orders:
            if first in typed and second in typed:
                self._compare_times(first, second, typed)
        if self.time is not None and self.time in typed:
            self._count_days(typed[self.time].values, repeats)
        columns = self.expected.drift.columns
        is_key = (self.id,) in self.expected.keys  # then each row is a customer, and none need be counted
        ids = rows[self.id].cast(pl.String) if self.id in rows.columns and not is_key else None
        matrix = _matrix(columns, typed, rows.height)
        self.watch.see(matrix, ids)
        for place, column in enumerate(columns):
            if column.name in self.expected.drift.complete and column.name in typed:
                is_unseen = pl.Series(matrix[:, place] == column.other)
                self.unseen.see(typed[column.name].texts.filter(is_unseen).to_frame())
        self.sample.add(rows)

    def _count(self, column: ExpectedColumn, found: TypedColumn) -> None:
        name, values = column.name, found.values
        self.nulls[name] += found.texts.null_count()
        if found.is_bad is not None:
            self.mistyped[name] += int(found.is_bad.sum())
        if column.type == types.INTEGER:
            self.fractions[name] += int((values != values.floor()).sum())
        if column.is_number and column.low is not None and column.low >= 0:
            self.negatives[name] += int((values < 0).sum())
        if column.type == types.TIMESTAMP and values.null_count() < len(values):
            last = int(values.max())  # type: ignore[arg-type]
            self.lasts[name] = max(last, self.lasts.get(name, last))

    def _compare_times(self, first: str, second: str, typed: Mapping[str, TypedColumn]) -> None:
        before, after = self.orders[first, second]
        left, right = typed[first].values, typed[second].values
        self.orders[first, second] = before + int((left < right).sum()), after + int((left > right).sum())

    def _count_days(self, instants: pl.Series, repeats: Flags) -> None:
        days = instants // windows.DAY
        for counts, some in (
            (self.days, days),
            (self.repeated, days.filter(pl.Series(repeats, dtype=pl.Boolean))),
        ):
            known = some.drop_nulls().alias("day").value_counts(name="rows")
            counts.update(dict(known.iter_rows()))


def ordered_times(columns: Iterable[ExpectedColumn]) -> list[tuple[str, str]]:
    """The pairs of columns of times of which the first begins and ends before the second in the base."""
    times = [c for c in columns if c.first is not None and c.last is not None]
    return [
        (a.name, b.name)
        for a in times
        for b in times
        if a.first < b.first and a.last < b.last  # type: ignore[operator]
    ]


def _matrix(columns: Sequence[Column], typed: Mapping[str, TypedColumn], rows: int) -> Floats:
    """(n, k) the columns as a matrix of a model: numbers, codes of categories; NaN is missing."""
    matrix = np.full((rows, len(columns)), np.nan, order="F")
    for place, column in enumerate(columns):
        if column.name not in typed:
            continue
        found = typed[column.name]
        if column.is_category:
            matrix[:, place] = category_codes(found.texts, column)
        else:
            matrix[:, place] = found.values.fill_null(np.nan).to_numpy()
    return matrix
