"""Any table as what a model takes: the target as 0 and 1, the columns judged, what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from churnkit import columns
from churnkit.arrays import Floats
from churnkit.errors import ChurnkitError, quote
from churnkit.evaluation.leaks import find_leak
from churnkit.models.columns import CATEGORY, NUMBER, Column, category_codes, histogram, typical_value
from churnkit.tables import casts, types

if TYPE_CHECKING:
    from churnkit.training.reading import LabelledRows

MOST_CATEGORIES = 50
FEWEST_ROWS_OF_CATEGORY = 5
MANY_ROWS = 100  # from which on whole numbers that never repeat are an id, not a measure


@dataclass(frozen=True)
class PreparedColumns:
    """columns: the features. matrix: (n, k). left_out: column → why."""

    columns: list[Column]
    matrix: Floats
    left_out: dict[str, str]
    leaks: dict[str, str]


def prepare_rows(
    rows: LabelledRows, only: Sequence[str], drop: Sequence[str], allowed_leaks: Sequence[str]
) -> PreparedColumns:
    """The features of labelled rows; their id, date, target, weight and other labels are none."""
    reserved = {columns.AS_OF: "the observation date", columns.PROBABILITY: "a score"}
    reserved.update({n: "a label" for n in rows.table.columns if n.startswith(columns.LABEL_START)})
    reserved[rows.target] = "the target"
    if rows.id:
        reserved[rows.id] = "the id"
    if rows.weight:
        reserved[rows.weight] = "the weight"
    return prepare(rows.table, rows.truth, reserved, only=only, drop=drop, allowed_leaks=allowed_leaks)


def prepare(
    rows: pl.DataFrame,
    truth: Floats,
    reserved: Mapping[str, str],
    *,
    only: Sequence[str] = (),
    drop: Sequence[str] = (),
    allowed_leaks: Sequence[str] = (),
) -> PreparedColumns:
    """The features of a table.

    rows: String columns, (n,) each. truth: (n,) 0 and 1. reserved: column → its role, for those that are
    no features. only, drop: what the user chooses; only overrules every judgement but the reserved.
    """
    for name in [*only, *drop, *allowed_leaks]:
        if name not in rows.columns:
            raise columns.missing_column(name, rows.columns)
    chosen, matrix, left_out, given_away = [], [], {}, {}
    for name in rows.columns:
        why = reserved.get(name) or _unwanted(name, only, drop)
        if why is None:
            column, numbers, why = _judged(rows[name], asked=name in only)
            if why is None and name not in allowed_leaks and (leak := _leak(column, numbers, truth)):
                given_away[name] = why = leak
        if why is not None:
            left_out[name] = why
            continue
        described = Column(
            name, column.type, column.categories, typical_value(column, numbers), histogram(column, numbers)
        )
        chosen.append(described)
        matrix.append(numbers)
    if not chosen:
        reasons = "; ".join(f"{name}: {why}" for name, why in list(left_out.items())[:5])
        raise ChurnkitError(f"no column is left to learn from ({reasons})")
    return PreparedColumns(chosen, np.column_stack(matrix), left_out, given_away)


def _unwanted(name: str, only: Sequence[str], drop: Sequence[str]) -> str | None:
    if name in drop:
        return "--drop"
    if only and name not in only:
        return "not in --only"
    return None


def _judged(texts: pl.Series, asked: bool) -> tuple[Column, Floats, str | None]:
    """A column as a feature, its numbers in the matrix, and why it is none (unless asked for)."""
    name, known = texts.name, texts.drop_nulls()
    kind = types.type_of(texts)
    nothing = Column(name, CATEGORY), np.full(len(texts), np.nan)
    if known.is_empty():
        return *nothing, "empty in every row"
    if known.n_unique() == 1 and len(known) == len(texts):
        return *nothing, f"constant: {quote(known[0])} in every row"
    if kind == types.TIMESTAMP:
        return *nothing, "a time"
    if kind in (types.INTEGER, types.FLOAT):
        numbers = casts.cast_numbers(texts).values.fill_null(float("nan")).to_numpy()
        is_id = kind == types.INTEGER and not asked and _is_id(known)
        return Column(name, NUMBER), numbers, "whole numbers that never repeat: an id?" if is_id else None
    column = Column(name, CATEGORY, _categories(known))
    covered = int(known.is_in(column.categories).sum()) if column.categories else 0
    if not column.categories or (covered < len(known) / 2 and not asked):
        return *nothing, _too_many(texts, known)
    return column, category_codes(texts, column), None


def _is_id(known: pl.Series) -> bool:
    return len(known) >= MANY_ROWS and known.n_unique() == len(known)


def _categories(known: pl.Series) -> tuple[str, ...]:
    """The values that many rows have, at most fifty, sorted."""
    fewest = max(FEWEST_ROWS_OF_CATEGORY if len(known) >= 50 else 2, len(known) // 1000)
    counts = known.value_counts(name="rows").filter(pl.col("rows") >= fewest)
    frequent = counts.sort(["rows", known.name], descending=[True, False]).head(MOST_CATEGORIES)
    return tuple(sorted(frequent[known.name].to_list()))


def _too_many(texts: pl.Series, known: pl.Series) -> str:
    numeric, words = types.numeric_share(texts)
    if words and numeric > len(known) / 2:
        return (
            f"{numeric:,} of {len(known):,} are numbers, the others words like {quote(words[0])}: "
            f"--null {quote(words[0])}?"
        )
    return f"free text: {known.n_unique():,} different values in {len(known):,} rows"


def _leak(column: Column, numbers: Floats, truth: Floats) -> str | None:
    """Why a column gives the answer away, or None."""
    filled = ~np.isnan(numbers)
    _, place = np.unique(numbers[filled], return_inverse=True)
    known = np.bincount(place)
    left = np.bincount(place, weights=truth[filled]).astype(np.int64)
    if column.is_category:
        by_rate = np.argsort(left / known, kind="stable")
        known, left = known[by_rate], left[by_rate]
    leak = find_leak(known, left, (int((~filled).sum()), int(truth[~filled].sum())))
    return leak.why if leak else None
