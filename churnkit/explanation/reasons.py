"""Contributions as reasons: which features speak for leaving or staying, with value and typical value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from churnkit.arrays import Floats
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
