"""Rows whose end is known, whole in memory: what a model learns from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from churnkit import columns, messages, windows
from churnkit.arrays import Floats, Ints
from churnkit.errors import ChurnkitError, quote
from churnkit.groups import effective_groups
from churnkit.models.columns import TrainingRows
from churnkit.tables import casts
from churnkit.tables.table import Table, place_of
from churnkit.target import TargetError, parse_target, target_column

if TYPE_CHECKING:
    from churnkit.training.fitting import TestScores
    from churnkit.training.preparation import PreparedColumns


@dataclass(frozen=True)
class LabelledRows:
    """The rows with a known target. table: String columns. id, instants, weight: None where there is no such
    column. weights: 1 in the mean."""

    table: pl.DataFrame
    target: str
    id: str | None
    truth: Floats
    groups: Ints
    instants: Ints | None
    weight: str | None
    weights: Floats

    def described(self, sha256: str) -> dict[str, Any]:
        """For the model. sha256: of the bytes that were read."""
        instants = set() if self.instants is None else set(self.instants.tolist())
        rows_each = np.bincount(self.groups)
        return {
            "rows": self.table.height,
            "customers": len(rows_each),
            "effective_customers": effective_groups(len(self.groups), float((rows_each**2).sum())),
            "churned": int(self.truth.sum()),
            "dates": sorted({str(windows.day_of(instant)) for instant in instants}),
            "weight": self.weight,
            "sha256": sha256,
        }

    def training_rows(self, prepared: PreparedColumns) -> TrainingRows:
        """What a model learns from: these rows with their features."""
        return TrainingRows(prepared.columns, prepared.matrix, self.truth, self.groups, self.weights)

    def with_scores(self, scores: TestScores) -> pl.DataFrame:
        """The tested rows: id (or row), churn_probability, as_of if there, target."""
        tested = self.table[scores.rows]
        made = [tested[self.id] if self.id else pl.Series("row", scores.rows + 1)]
        made.append(pl.Series(columns.PROBABILITY, scores.probability))
        if self.instants is not None:
            made.append(tested[columns.AS_OF])
        made.append(pl.Series(self.target, self.truth[scores.rows]).cast(pl.Int8))
        return pl.DataFrame(made)


def read_labelled(
    table: Table, target: str | None, positive: str | None, id_: str, weight: str | None
) -> LabelledRows:
    """The rows of a feature table. target, positive, id_, weight: as the user named them.

    Raises ChurnkitError where there is no row, no target, a bad target, weight or as_of, or one class only.
    """
    target = target_column(table.names, target)
    if id_ != columns.ID:
        table.require(id_)
    rows, parts = table.whole()
    if not rows.height:
        raise ChurnkitError(f"{table.name} has no rows to learn from")
    try:
        truth = parse_target(rows[target], positive)
    except TargetError as error:
        where = place_of(parts, error.row)
        raise ChurnkitError(f"{where}: column {quote(target)}: {error}") from None
    known = truth.is_not_null()
    if unknown := rows.height - int(known.sum()):
        messages.note(
            "unknown-target",
            f"{messages.count(unknown, 'row')} without a known {target} left out",
            count=unknown,
            column=target,
        )
    rows, truth = rows.filter(known), truth.filter(known)
    if truth.n_unique() < 2:
        what = "no row is left" if not len(truth) else f"{quote(target)} is {truth[0]} in every row"
        raise ChurnkitError(f"{table.name}: {what}; a model needs some who left and some who stayed")
    known_id = id_ if id_ in rows.columns else None
    ranks = pl.int_range(rows.height, eager=True) if known_id is None else rows[known_id].rank("dense")
    _, groups = np.unique(ranks.fill_null(0).to_numpy(), return_inverse=True)

    def place(row: int) -> str:
        return place_of(parts, int(known.arg_true()[row]))

    weights = np.ones(rows.height) if weight is None else _weights(rows, table.require(weight), place)
    instants = _instants(rows, place) if columns.AS_OF in rows.columns else None
    return LabelledRows(
        rows, target, known_id, truth.to_numpy().astype(float), groups, instants, weight, weights
    )


def _weights(rows: pl.DataFrame, name: str, place: Callable[[int], str]) -> Floats:
    """How much each row counts, 1 in the mean. Raises ChurnkitError for one that is no number above 0."""
    cast = casts.cast_numbers(rows[name]).values
    bad = (cast.is_null() | (cast <= 0)).arg_true()
    if len(bad):
        raise _bad(rows, name, bad[0], place, "a number above 0")
    return (cast / cast.mean()).to_numpy()


def _instants(rows: pl.DataFrame, place: Callable[[int], str]) -> Ints:
    """The observation dates, microseconds. Raises ChurnkitError for one that is none."""
    cast = casts.cast_times(rows[columns.AS_OF])
    bad = cast.values.is_null().arg_true()
    if len(bad):
        raise _bad(rows, columns.AS_OF, bad[0], place, "a date")
    return cast.values.to_numpy()


def _bad(rows: pl.DataFrame, name: str, row: int, place: Callable[[int], str], what: str) -> ChurnkitError:
    word = rows[name][row]
    why = "is empty" if word is None else f"{quote(word)} is not {what}"
    return ChurnkitError(f"{place(row)}: column {quote(name)}: {why}")
