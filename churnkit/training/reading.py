"""Reads the training rows: the rows of a table whose target is known, all in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from churnkit import columns, messages, windows
from churnkit.arrays import Floats, Ints
from churnkit.errors import ChurnkitError, quote
from churnkit.features import is_label
from churnkit.groups import effective_groups
from churnkit.models.columns import TrainingRows
from churnkit.tables import casts, column_casts
from churnkit.tables.table import Table, place_of
from churnkit.target import TargetError, count_values, other_values, parse_target, target_column
from churnkit.training.repeats import first_equal_rows

if TYPE_CHECKING:
    from churnkit.training.fitting import TestScores
    from churnkit.training.preparation import PreparedColumns


@dataclass(frozen=True)
class LabelledRows:
    """The rows with a known target. table: String columns. id, instants, weight: None if there is no such
    column. weights: with mean 1. decimal: the notation of numbers. unlabelled_dates: texts of as_of that all
    rows with an empty target have, and no row here. numbers: other columns as numbers, (n,), NaN if empty.
    place: returns the file and line of a row. plain: columns of plain numbers, (n,); a part of the rows need
    not read them again."""

    table: pl.DataFrame
    target: str
    id: str | None
    truth: Floats
    groups: Ints
    instants: Ints | None
    weight: str | None
    weights: Floats
    decimal: str | None = None
    unlabelled_dates: tuple[str, ...] = ()
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    place: Callable[[int], str] = str
    plain: Mapping[str, pl.Series] = field(default_factory=dict)

    def part(self, rows: Ints) -> LabelledRows:
        """The rows with these row numbers, in their order, as if the table had no others."""
        return replace(
            self,
            table=self.table[rows],
            truth=self.truth[rows],
            groups=np.unique(self.groups[rows], return_inverse=True)[1],
            instants=None if self.instants is None else self.instants[rows],
            weights=self.weights[rows] / self.weights[rows].mean(),
            numbers={name: values[rows] for name, values in self.numbers.items()},
            place=lambda row: self.place(int(rows[row])),
            plain={name: values[rows] for name, values in self.plain.items()},
        )

    def describe(self, groups: Ints, sha256: str) -> dict[str, Any]:
        """The model file's `trained_on`. groups: (n,) customers. sha256: of the bytes that were read."""
        instants = set() if self.instants is None else set(self.instants.tolist())
        rows_each = np.bincount(groups)
        return {
            "rows": self.table.height,
            "customers": len(rows_each),
            "effective_customers": effective_groups(len(groups), float((rows_each**2).sum())),
            "churned": int(self.truth.sum()),
            "dates": sorted({str(windows.day_of(instant)) for instant in instants}),
            "weight": self.weight,
            "sha256": sha256,
        }

    def training_rows(self, prepared: PreparedColumns) -> TrainingRows:
        """These rows with their prepared features. Without an id, equal rows are one customer."""
        first = first_equal_rows(prepared.matrix, self.truth)
        groups = self.groups if self.id else np.unique(first, return_inverse=True)[1]
        return TrainingRows(prepared.columns, prepared.matrix, self.truth, groups, self.weights, first)

    def with_scores(self, scores: TestScores, kept: Sequence[str] = ()) -> pl.DataFrame:
        """The tested rows: id (or row), churn_probability, as_of if the table has it, target, weight, kept.

        A target that is not a label by its name is called `churned`, so that `evaluate` finds it.
        """
        tested = self.table[scores.rows]
        series = [tested[self.id] if self.id else pl.Series("row", scores.rows + 1)]
        series.append(pl.Series(columns.PROBABILITY, scores.probability))
        if self.instants is not None:
            series.append(tested[columns.AS_OF])
        target = self.target if is_label(self.target) else columns.TARGET
        series.append(pl.Series(target, self.truth[scores.rows]).cast(pl.Int8))
        if self.weight is not None:
            series.append(casts.cast_numbers(tested[self.weight], self.decimal).values.alias(columns.WEIGHT))
        own = {each.name for each in series}
        return pl.DataFrame([*series, *(tested[name] for name in dict.fromkeys(kept) if name not in own)])


def read_labelled(
    table: Table,
    target: str | None,
    positive: str | None,
    id_: str,
    weight: str | None,
    numbers: Sequence[str] = (),
) -> LabelledRows:
    """The training rows of a feature table. target, positive, id_, weight: the user's options.

    numbers: names of columns that are also read as numbers.
    Raises ChurnkitError if there is no row or no target, if a target, weight, number or as_of is bad, or if
    all rows have the same target.
    """
    target = target_column(table.names, target, is_label)
    if id_ != columns.ID:
        table.require(id_)
    table.filled = id_  # rows without an id would be one customer
    rows, parts = table.whole()
    if not rows.height:
        raise ChurnkitError(f"{table.name} has no rows to train on")
    try:
        truth = parse_target(rows[target], positive)
    except TargetError as error:
        where = place_of(parts, error.row)
        raise ChurnkitError(f"{where}: column {quote(target)}: {error}") from None
    if told := other_values(count_values(rows[target]), positive):
        messages.note("target-values", told[0], count=told[1])
    known = truth.is_not_null()
    if unknown := rows.height - int(known.sum()):
        messages.note(
            "unknown-target",
            f"{messages.count(unknown, 'row')} left out because {target} is empty",
            count=unknown,
            column=target,
        )
    unlabelled = _unlabelled_dates(rows, known)
    rows, truth = rows.filter(known), truth.filter(known)
    if truth.n_unique() < 2:
        what = f"{quote(target)} is {truth[0] if len(truth) else 'empty'} in every row"
        way_out = (
            "" if len(truth) or not is_label(target) else "; an earlier featurize --as-of has known labels"
        )
        raise ChurnkitError(
            f"{table.name}: {what}; a model needs customers who churned and customers who stayed{way_out}"
        )
    known_id = id_ if id_ in rows.columns else None
    if known_id is not None:
        column_casts.write_notes(column_casts.notice_ids(rows[known_id]), table.reading.notation, table.name)
    ranks = pl.int_range(rows.height, eager=True) if known_id is None else rows[known_id].rank("dense")
    _, groups = np.unique(ranks.fill_null(0).to_numpy(), return_inverse=True)

    def place(row: int) -> str:
        return place_of(parts, int(known.arg_true()[row]))

    decimal = table.reading.notation.decimal
    weights = (
        np.ones(rows.height) if weight is None else _weights(rows, table.require(weight), place, decimal)
    )
    instants = _instants(rows, place) if columns.AS_OF in rows.columns else None
    read = {name: _numbers(rows, table.require(name), place, decimal) for name in numbers}
    return LabelledRows(
        rows, target, known_id, truth.to_numpy().astype(float), groups, instants, weight, weights, decimal,
        unlabelled, read, place,
    )  # fmt: skip


def _unlabelled_dates(rows: pl.DataFrame, known: pl.Series) -> tuple[str, ...]:
    """The texts of as_of at which no row has a known target, ascending."""
    if columns.AS_OF not in rows.columns:
        return ()
    dates = rows[columns.AS_OF]
    without = set(dates.filter(~known).drop_nulls()) - set(dates.filter(known))
    return tuple(sorted(without))


def _weights(rows: pl.DataFrame, name: str, place: Callable[[int], str], decimal: str | None) -> Floats:
    """The weight of each row, with mean 1. Raises ChurnkitError for a weight that is not a number above 0."""
    cast = casts.cast_numbers(rows[name], decimal).values
    bad = (cast.is_null() | (cast <= 0)).arg_true()
    if len(bad):
        raise _bad_value(rows, name, bad[0], place, "a number above 0")
    return (cast / cast.mean()).to_numpy()


def _numbers(rows: pl.DataFrame, name: str, place: Callable[[int], str], decimal: str | None) -> Floats:
    """A column as numbers, NaN if empty. Raises ChurnkitError for a value that is not a number."""
    cast = casts.cast_numbers(rows[name], decimal)
    if cast.bad is not None:
        raise _bad_value(rows, name, cast.bad.arg_true()[0], place, "a number")
    return cast.values.fill_null(float("nan")).to_numpy()


def _instants(rows: pl.DataFrame, place: Callable[[int], str]) -> Ints:
    """The observation dates, microseconds. Raises ChurnkitError for a value that is not a date."""
    cast = casts.cast_times(rows[columns.AS_OF])
    bad = cast.values.is_null().arg_true()
    if len(bad):
        raise _bad_value(rows, columns.AS_OF, bad[0], place, "a date")
    return cast.values.to_numpy()


def _bad_value(
    rows: pl.DataFrame, name: str, row: int, place: Callable[[int], str], what: str
) -> ChurnkitError:
    value = rows[name][row]
    why = "is empty" if value is None else f"{quote(value)} is not {what}"
    return ChurnkitError(f"{place(row)}: column {quote(name)}: {why}")
