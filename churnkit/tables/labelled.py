"""Rows whose end is known, whole in memory: what a model learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from churnkit import columns, notes, preparing, values, windows
from churnkit.errors import ChurnkitError, quoted
from churnkit.tables import frames
from churnkit.tables.frames import Frame, Table


@dataclass(frozen=True)
class Rows:
    """The rows with a known target. table: String columns. id, instants, weight: None where there is no such
    column. weights: 1 in the mean."""

    table: pl.DataFrame
    target: str
    id: str | None
    truth: npt.NDArray[np.float64]
    groups: npt.NDArray[np.int64]
    instants: npt.NDArray[np.int64] | None
    weight: str | None
    weights: npt.NDArray[np.float64]

    def described(self, sha256: str) -> dict[str, Any]:
        """For the model. sha256: of the bytes that were read."""
        days = (
            []
            if self.instants is None
            else sorted({str(windows.day_of(i)) for i in set(self.instants.tolist())})
        )
        return {
            "rows": self.table.height,
            "customers": int(self.groups.max()) + 1,
            "churned": int(self.truth.sum()),
            "dates": days,
            "weight": self.weight,
            "sha256": sha256,
        }


def read(table: Table, target: str | None, positive: str | None, id_: str, weight: str | None) -> Rows:
    """The rows of a feature table. target, positive, id_, weight: as the user named them.

    Raises ChurnkitError where there is no row, no target, a bad target, or one class only."""
    target = columns.target_of(table.names, target)
    if id_ != columns.ID:
        table.require(id_)
    rows, parts = table.whole()
    if not rows.height:
        raise ChurnkitError(f"{table.name} has no rows to learn from")
    try:
        truth = preparing.truth_of(rows[target], positive)
    except preparing.TargetError as error:
        place = frames.place_of(parts, error.row)
        raise ChurnkitError(f"{place}: column {quoted(target)}: {error}") from None
    known = truth.is_not_null()
    if unknown := rows.height - int(known.sum()):
        notes.say(f"{notes.count(unknown, 'row')} without a known {target} left out")
    rows, truth = rows.filter(known), truth.filter(known)
    if truth.n_unique() < 2:
        what = "no row is left" if not len(truth) else f"{quoted(target)} is {truth[0]} in every row"
        raise ChurnkitError(f"{table.name}: {what}; a model needs some who left and some who stayed")
    known_id = id_ if id_ in rows.columns else None
    groups = (
        np.arange(rows.height) if known_id is None else rows[known_id].rank("dense").fill_null(0).to_numpy()
    )
    _, groups = np.unique(groups, return_inverse=True)
    weights = _weights(table, rows, parts, known, weight)
    return Rows(
        rows, target, known_id, truth.to_numpy().astype(float), groups, _instants(rows), weight, weights
    )


def _weights(
    table: Table, rows: pl.DataFrame, parts: list[Frame], known: pl.Series, name: str | None
) -> npt.NDArray[np.float64]:
    """How much each row counts, 1 in the mean. Raises ChurnkitError for one that is no number above 0."""
    if name is None:
        return np.ones(rows.height)
    cast = values.numbers(rows[table.require(name)]).values
    bad = (cast.is_null() | (cast <= 0)).arg_true()
    if len(bad):
        place = frames.place_of(parts, int(known.arg_true()[bad[0]]))
        word = rows[name][bad[0]]
        what = "is empty" if word is None else f"{quoted(word)} is not a number above 0"
        raise ChurnkitError(f"{place}: column {quoted(name)}: {what}")
    return (cast / cast.mean()).to_numpy()


def _instants(rows: pl.DataFrame) -> npt.NDArray[np.int64] | None:
    if columns.AS_OF not in rows.columns:
        return None
    cast = values.times(rows[columns.AS_OF])
    if cast.bad is not None or cast.values.null_count():
        raise ChurnkitError(f"column {quoted(columns.AS_OF)} is not a date in every row")
    return cast.values.to_numpy()
