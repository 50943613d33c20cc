"""Contributions as reasons: which features speak for leaving or staying, with value and typical value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from churnkit.schema import Column, Matrix

Value = float | str | None


@dataclass(frozen=True)
class Reason:
    """One feature's part in one row's log-odds."""

    feature: str
    value: Value
    typical: Value
    contribution: float


def reasons(columns: Sequence[Column], values: Matrix, added: Matrix, most: int) -> list[list[Reason]]:
    """For each row its reasons, the largest first; of equal ones the earlier column.

    values, added: (n, k) the rows as a matrix, and what each feature adds. most: how many; 0 for all.
    """
    order = np.argsort(-np.abs(added), axis=1, kind="stable")
    if most:
        order = order[:, :most]
    return [
        [Reason(columns[j].name, shown(columns[j], row[j]), columns[j].fill, float(part[j])) for j in places]
        for row, part, places in zip(values, added, order.tolist(), strict=True)
    ]


def shown(column: Column, value: float) -> Value:
    """A value of a matrix as it stood in the table; `other` for a category unknown at fit."""
    if np.isnan(value):
        return None
    if not column.is_category:
        return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)
    return column.categories[int(value)] if value < column.other else "other"
