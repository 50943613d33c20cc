"""Contributions as reasons: which features speak for leaving or staying, with value and typical value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
import polars as pl

from churnkit.arrays import Floats
from churnkit.columns import PROBABILITY
from churnkit.models import Fitted
from churnkit.models.columns import Column

Value = float | str | None


class Reason(TypedDict):
    """One feature's part in one row's log-odds."""

    feature: str
    value: Value
    typical: Value
    contribution: float


def find_reasons(columns: Sequence[Column], values: Floats, added: Floats, most: int) -> list[list[Reason]]:
    """For each row its reasons, the largest first; of equal ones the earlier column.

    values, added: (n, k) the rows as a matrix, and what each feature adds. most: how many; 0 for all.
    """
    order = np.argsort(-np.abs(added), axis=1, kind="stable")[:, : most or len(columns)]
    names = [column.name for column in columns]
    typical = [_whole(column.fill) if isinstance(column.fill, float) else column.fill for column in columns]
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


def shown_value(column: Column, value: float) -> Value:
    """A value of a matrix as it stood in the table; `other` for a category unknown at fit."""
    if value != value:
        return None
    if not column.is_category:
        return _whole(value)
    return column.categories[int(value)] if value < column.other else "other"


def _whole(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def reason_records(
    fitted: Fitted, columns: Sequence[Column], heads: Sequence[pl.Series], matrix: Floats, most: int
) -> list[dict[str, Any]]:
    """One record per row: its heads, churn_probability, base, and up to `most` reasons (0: all).

    heads: (n,) each, the id and the observation date. matrix: (n, k).
    """
    probability = fitted.probability(matrix).tolist()
    base, added = fitted.contributions(matrix)
    of_rows = find_reasons(columns, matrix, added, most)
    names = [*(head.name for head in heads), PROBABILITY]
    values = zip(*(head.to_list() for head in heads), probability, strict=True)
    return [
        {**dict(zip(names, of_row, strict=True)), "base": base, "reasons": reasons}
        for of_row, reasons in zip(values, of_rows, strict=True)
    ]


def reasons_table(records: Sequence[dict[str, Any]], heads: Sequence[pl.Series], most: int) -> pl.DataFrame:
    """The records as a table: reason_1, value_1, typical_1, contribution_1, reason_2, …"""
    made = [*heads]
    made += [pl.Series(name, [r[name] for r in records], dtype=pl.Float64) for name in (PROBABILITY, "base")]
    for place in range(most):
        reasons = [r["reasons"][place] if place < len(r["reasons"]) else {} for r in records]
        for name, key in (("reason", "feature"), ("value", "value"), ("typical", "typical")):
            texts = [None if reason.get(key) is None else str(reason[key]) for reason in reasons]
            made.append(pl.Series(f"{name}_{place + 1}", texts, dtype=pl.String))
        added = [reason.get("contribution") for reason in reasons]
        made.append(pl.Series(f"contribution_{place + 1}", added, dtype=pl.Float64))
    return pl.DataFrame(made)
