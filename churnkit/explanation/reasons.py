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
    return ExplainedRows(heads, matrix, fitted.probability(matrix), *fitted.contributions(matrix))


def reason_records(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> list[dict[str, Any]]:
    """One record per row: its heads, churn_probability, base, and at most max_reasons reasons (0: all)."""
    reasons_of_rows = find_reasons(columns, rows.matrix, rows.added, max_reasons)
    names = [*(head.name for head in rows.heads), PROBABILITY]
    values = zip(*(head.to_list() for head in rows.heads), rows.probability.tolist(), strict=True)
    return [
        {**dict(zip(names, of_row, strict=True)), "base": rows.base, "reasons": reasons}
        for of_row, reasons in zip(values, reasons_of_rows, strict=True)
    ]


def reasons_table(
    records: Sequence[dict[str, Any]], heads: Sequence[pl.Series], max_reasons: int
) -> pl.DataFrame:
    """The records as a table: reason_1, value_1, typical_1, contribution_1, reason_2, …"""
    series = [*heads]
    series += [
        pl.Series(name, [r[name] for r in records], dtype=pl.Float64) for name in (PROBABILITY, "base")
    ]
    for place in range(max_reasons):
        reasons = [r["reasons"][place] if place < len(r["reasons"]) else {} for r in records]
        for name, key in (("reason", "feature"), ("value", "value"), ("typical", "typical")):
            texts = [None if reason.get(key) is None else str(reason[key]) for reason in reasons]
            series.append(pl.Series(f"{name}_{place + 1}", texts, dtype=pl.String))
        added = [reason.get("contribution") for reason in reasons]
        series.append(pl.Series(f"contribution_{place + 1}", added, dtype=pl.Float64))
    return pl.DataFrame(series)
