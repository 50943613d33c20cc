"""Reasons: the features that contribute most to a row's risk, with value and typical value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
import polars as pl

from churnkit.arrays import Floats, Places
from churnkit.columns import PROBABILITY
from churnkit.models import Fitted
from churnkit.models.columns import Column

Value = float | str | None
EXACT_WHOLE = 2.0**53  # below it, a double that is whole is shown without a point
OTHER = "other"  # what a category unknown at fit is shown as
FEW_REASONS = 8  # with at most this number, finding the largest each time is faster than sorting


class Reason(TypedDict):
    """The contribution of one feature to the log-odds of one row."""

    feature: str
    value: Value
    typical: Value
    contribution: float


def find_reasons(
    columns: Sequence[Column], values: Floats, added: Floats, max_reasons: int
) -> list[list[Reason]]:
    """The reasons of each row, largest contribution first; equal ones in column order.

    values, added: (n, k) the rows as a matrix, and the contributions. max_reasons: per row; 0 for all.
    """
    order = largest_places(added, max_reasons)
    names = [column.name for column in columns]
    typical = [shown_typical(column) for column in columns]
    return [
        [
            Reason(feature=names[j], value=shown_value(columns[j], x), typical=typical[j], contribution=part)
            for j, x, part in zip(places, row, parts, strict=True)
        ]
        for places, row, parts in zip(
            order.tolist(),
            np.take_along_axis(values, order, axis=1).tolist(),
            np.take_along_axis(added, order, axis=1).tolist(),
            strict=True,
        )
    ]


@dataclass(frozen=True)
class Rank:
    """The largest, or second largest, … reason of each row.

    places, values, contributions: (n,) its column, the value of the row there, and what it adds.
    """

    places: Places
    values: Floats
    contributions: Floats


def rank_reasons(matrix: Floats, added: Floats, max_reasons: int) -> list[Rank]:
    """The reasons by columns, the largest first. Arguments as in `find_reasons`."""
    rows = np.arange(len(matrix))
    order = largest_places(added, max_reasons).T
    return [Rank(places, matrix[rows, places], added[rows, places]) for places in order]


def largest_places(added: Floats, max_reasons: int) -> Places:
    """(n, r) the columns of the largest contributions of each row; equal ones in column order.

    added: (n, k) the contributions. max_reasons: r, at most the number of columns; 0 for all.
    """
    sizes = np.abs(added)
    wanted = min(max_reasons, sizes.shape[1])
    if not 0 < wanted <= FEW_REASONS:
        return np.argsort(-sizes, axis=1, kind="stable")[:, : wanted or None]
    rows = np.arange(len(sizes))
    places = np.empty((len(sizes), wanted), dtype=np.intp)
    for turn in range(wanted):
        places[:, turn] = sizes.argmax(axis=1)
        sizes[rows, places[:, turn]] = -1
    return places


def shown_value(column: Column, value: float) -> Value:
    """The original value for a number in a matrix; OTHER for a category unknown at fit."""
    if value != value:
        return None
    if not column.is_category:
        return _plain_number(value)
    return column.categories[int(value)] if value < column.other else OTHER


def shown_typical(column: Column) -> Value:
    """The typical value of a column."""
    return _plain_number(column.fill) if isinstance(column.fill, float) else column.fill


def _plain_number(value: float) -> float:
    """A whole number as int, so that it is shown without '.0'."""
    return int(value) if value.is_integer() and abs(value) < EXACT_WHOLE else value


@dataclass(frozen=True)
class ExplainedRows:
    """Some rows, and what a model says about them.

    heads: (n,) each, the id and the observation date. matrix: (n, k). probability: (n,). base, added: (n, k)
    of the contributions.
    """

    heads: Sequence[pl.Series]
    matrix: Floats
    probability: Floats
    base: float
    added: Floats


def explain_rows(fitted: Fitted, heads: Sequence[pl.Series], matrix: Floats) -> ExplainedRows:
    """The probability and the contributions of rows. Arguments as in ExplainedRows."""
    return ExplainedRows(heads, matrix, *fitted.explain(matrix))


def reason_records(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> list[dict[str, Any]]:
    """One record per row: its heads, churn_probability, base, and at most max_reasons reasons (0: all)."""
    reasons_of_rows = find_reasons(columns, rows.matrix, rows.added, max_reasons)
    names = [*(head.name for head in rows.heads), PROBABILITY]
    values = zip(*(head.to_list() for head in rows.heads), rows.probability.tolist(), strict=True)
    return [
        {**dict(zip(names, of_row, strict=True)), "base": rows.base, "reasons": reasons}
        for of_row, reasons in zip(values, reasons_of_rows, strict=True)
    ]


def reasons_table(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> pl.DataFrame:
    """One row per row: reason_1, value_1, typical_1, contribution_1, reason_2, … Arguments as above."""
    count = len(rows.matrix)
    series = [*rows.heads]
    series += [pl.Series(PROBABILITY, rows.probability.tolist(), dtype=pl.Float64)]
    series += [pl.Series("base", [rows.base] * count, dtype=pl.Float64)]
    typical = [_as_text(shown_typical(column)) for column in columns]
    ranks = rank_reasons(rows.matrix, rows.added, max_reasons)
    nothing: list[None] = [None] * count
    for turn in range(max_reasons or len(columns)):
        fields: list[Sequence[Any]] = [nothing] * 4
        if turn < len(ranks):
            places, values = ranks[turn].places.tolist(), ranks[turn].values.tolist()
            shown = [_as_text(shown_value(columns[k], x)) for k, x in zip(places, values, strict=True)]
            names = [columns[place].name for place in places]
            fields = [names, shown, [typical[place] for place in places], ranks[turn].contributions.tolist()]
        for name, field in zip(("reason", "value", "typical", "contribution"), fields, strict=True):
            dtype = pl.Float64 if name == "contribution" else pl.String
            series.append(pl.Series(f"{name}_{turn + 1}", field, dtype=dtype))
    return pl.DataFrame(series)


def _as_text(value: Value) -> str | None:
    return None if value is None else str(value)
