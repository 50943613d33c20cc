"""A table as the input of a model: the columns that become features, and those left out, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from churnkit import columns
from churnkit.arrays import Floats, Ints
from churnkit.errors import ChurnkitError, quote
from churnkit.evaluation.clocks import clock_words
from churnkit.evaluation.leaks import leak_of_values
from churnkit.features import is_like_label
from churnkit.groups import LEAST_CUSTOMERS, are_enough
from churnkit.models.columns import CATEGORY, NUMBER, Column, category_codes, histogram, typical_value
from churnkit.tables import casts, types
from churnkit.tables.notations import OtherNotation

if TYPE_CHECKING:
    from churnkit.training.reading import LabelledRows

MAX_CATEGORIES = 50


class NoFeaturesError(ChurnkitError):
    """No column of a table is left to train on."""


@dataclass(frozen=True)
class PreparedColumns:
    """columns: the features. matrix: (n, k). left_out: column → reason. leaks, clocks: those of them that
    reveal the target, or the date. notations: of text columns that look like numbers in another notation.
    """

    columns: list[Column]
    matrix: Floats
    left_out: dict[str, str]
    leaks: dict[str, str]
    clocks: dict[str, str]
    notations: dict[str, OtherNotation]


def prepare_rows(
    rows: LabelledRows,
    only: Sequence[str],
    drop: Sequence[str],
    allowed_leaks: Sequence[str],
    allowed_clocks: Sequence[str],
) -> PreparedColumns:
    """The features of labelled rows, with a typical value and a histogram for the model file."""
    prepared = choose_columns(rows, only, drop, allowed_leaks, allowed_clocks)
    return describe_columns(prepared, rows.groups if rows.id else np.arange(len(rows.truth)))


def describe_columns(prepared: PreparedColumns, customers: Ints) -> PreparedColumns:
    """The same features, with the typical value and the histogram of each.

    customers: (n,) of the rows; edges of histograms stand for at least LEAST_CUSTOMERS.
    """
    described = [
        replace(column, fill=typical_value(column, numbers), histogram=histogram(column, numbers, customers))
        for column, numbers in zip(prepared.columns, prepared.matrix.T, strict=True)
    ]
    return replace(prepared, columns=described)


def choose_columns(
    rows: LabelledRows,
    only: Sequence[str],
    drop: Sequence[str],
    allowed_leaks: Sequence[str],
    allowed_clocks: Sequence[str],
) -> PreparedColumns:
    """The features of labelled rows. The id, date, target, weight and other labels are not features."""
    reserved = {columns.AS_OF: "the observation date", columns.PROBABILITY: "a score"}
    reserved.update({name: "a label" for name in rows.table.columns if is_like_label(name)})
    reserved[rows.target] = "the target"
    if rows.id:
        reserved[rows.id] = "the id"
    if rows.weight:
        reserved[rows.weight] = "the weight"
    return prepare(
        rows.table, rows.truth, reserved, only=only, drop=drop, allowed_leaks=allowed_leaks,
        allowed_clocks=allowed_clocks, customers=rows.groups if rows.id else None,
        instants=rows.instants, decimal=rows.decimal, plain=rows.plain,
    )  # fmt: skip


def prepare(
    rows: pl.DataFrame,
    truth: Floats,
    reserved: Mapping[str, str],
    *,
    only: Sequence[str] = (),
    drop: Sequence[str] = (),
    allowed_leaks: Sequence[str] = (),
    allowed_clocks: Sequence[str] = (),
    customers: Ints | None = None,
    instants: Ints | None = None,
    decimal: str | None = None,
    plain: Mapping[str, pl.Series] | None = None,
) -> PreparedColumns:
    """The features of a table.

    rows: String columns, (n,) each. truth: (n,) 0 and 1. reserved: column → its role, for columns that are
    never features. only, drop: column names from the user; columns in `only` are not left out as ids or free
    text. customers: (n,) the customer of each row; None: each row is one. Categories stand for at least
    LEAST_CUSTOMERS. instants: (n,) the observation dates, or None. decimal: the notation of numbers. plain:
    what `plain_numbers` returns for some columns. Raises
    ChurnkitError for an unknown name, NoFeaturesError if no column is left.
    """
    for name in [*only, *drop, *allowed_leaks, *allowed_clocks]:
        if name not in rows.columns:
            raise columns.missing_column(name, rows.columns)
    customers = np.arange(rows.height) if customers is None else customers
    features, matrix, left_out, leaks, clocks = [], [], {}, {}, {}
    dates = None if instants is None else np.unique(instants, return_inverse=True)[1]
    elsewhere: dict[str, OtherNotation] = {}
    for name in rows.columns:
        why = reserved.get(name) or _excluded_by_user(name, only, drop)
        if why is None:
            numbers_of = (plain or {}).get(name)
            column, numbers, why = _read_column(rows[name], customers, name in only, decimal, numbers_of)
            if decimal is None and column.is_category and (found := _other_notation(rows[name])):
                elsewhere[name] = found
            if why is None and name not in allowed_leaks and (leak := _leak(column, numbers, truth)):
                leaks[name] = why = leak
            if why is None and name not in allowed_clocks and (clock := _clock(column, numbers, dates)):
                clocks[name] = why = clock
        if why is not None:
            left_out[name] = why
            continue
        features.append(column)
        matrix.append(numbers)
    if not features:
        reasons = "; ".join(f"{name}: {why}" for name, why in list(left_out.items())[:5])
        raise NoFeaturesError(f"no column is left to train on ({reasons})")
    return PreparedColumns(features, np.column_stack(matrix), left_out, leaks, clocks, elsewhere)


def _excluded_by_user(name: str, only: Sequence[str], drop: Sequence[str]) -> str | None:
    if name in drop:
        return "--drop"
    if only and name not in only:
        return "not in --only"
    return None


def _other_notation(texts: pl.Series) -> OtherNotation | None:
    counts = texts.drop_nulls().alias("value").value_counts(name="rows")
    return types.other_notation(counts)


def _read_column(
    texts: pl.Series, customers: Ints, is_requested: bool, decimal: str | None, plain: pl.Series | None
) -> tuple[Column, Floats, str | None]:
    """The column, its numbers for the matrix, and the reason to leave it out, or None. plain: its numbers, if
    they are known."""
    name, known = texts.name, types.known_texts(texts)
    if plain is None and decimal is None:
        plain = types.plain_numbers(texts)
    kind = types.type_of(texts, decimal) if plain is None else types.FLOAT
    nothing = Column(name, CATEGORY), np.full(len(texts), np.nan)
    if known.is_empty():
        return *nothing, "empty in every row"
    different = known.n_unique()
    if different == 1 and len(known) == len(texts):
        return *nothing, f"constant: {quote(known[0])} in every row"
    if kind == types.TIMESTAMP:
        return *nothing, "a time"
    if kind in (types.INTEGER, types.FLOAT):
        values = casts.cast_numbers(texts, decimal).values if plain is None else plain
        numbers = values.to_numpy()  # NaN for a missing value
        may_be_id = not is_requested and different == len(known) >= types.MIN_ID_ROWS
        is_id = may_be_id and types.type_of(known, decimal) == types.INTEGER
        return Column(name, NUMBER), numbers, "unique whole numbers, probably an id" if is_id else None
    column = Column(name, CATEGORY, _categories(texts, customers))
    covered = int(known.is_in(column.categories).sum()) if column.categories else 0
    if not column.categories or (covered < len(known) / 2 and not is_requested):
        return *nothing, _free_text_reason(texts, known, customers)
    return column, category_codes(texts, column), None


def _categories(texts: pl.Series, customers: Ints) -> tuple[str, ...]:
    """The frequent values of enough customers, at most 50, sorted."""
    known = pl.DataFrame({"value": texts, "customer": customers}).drop_nulls()
    counts = known.group_by("value").agg(pl.len().alias("rows"), pl.col("customer").n_unique())
    is_frequent = pl.col("rows") >= known.height // 1000
    frequent = counts.filter(is_frequent, pl.col("customer") >= LEAST_CUSTOMERS)
    kept = frequent.sort(["rows", "value"], descending=[True, False]).head(MAX_CATEGORIES)
    return tuple(sorted(kept["value"].to_list()))


def _free_text_reason(texts: pl.Series, known: pl.Series, customers: Ints) -> str:
    numeric, words = types.numeric_share(texts)
    if words and numeric > len(known) / 2:
        of_word = customers[(texts == words[0]).fill_null(False).to_numpy()]
        word = quote(words[0]) if are_enough(of_word, len(texts)) else ""
        like = (
            f"{numeric:,} of {len(known):,} values are numbers, others are text{' like ' * bool(word)}{word}"
        )
        return f"{like}; if that means missing: --null {word or 'WORD'}"
    return f"free text: {known.n_unique():,} different values in {len(known):,} rows"


def _leak(column: Column, numbers: Floats, truth: Floats) -> str | None:
    """The reason why a column is a leak (it reveals the target), or None."""
    leak = leak_of_values(numbers, truth, column.is_category)
    return leak.why if leak else None


def _clock(column: Column, numbers: Floats, dates: Ints | None) -> str | None:
    """The reason why a column is a clock (it reveals the observation date), or None."""
    return None if dates is None else clock_words(numbers, dates, is_category=column.is_category)
