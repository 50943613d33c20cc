"""Searches for the columns whose groups explain most of a difference, more than chance can."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from itertools import combinations

import numpy as np
import polars as pl

from churnkit.arrays import Ints
from churnkit.bins import bins_of, quarters
from churnkit.columns import PROBABILITY
from churnkit.diff.decomposition import ComparedRows, GroupingColumn, decompose, group_rows, noise_limit
from churnkit.diff.not_causes import reason_not_a_cause
from churnkit.formatting import format_value
from churnkit.groups import rank_texts
from churnkit.tables import casts, types

PAIR_GAIN = 1.2  # a pair of columns must explain this many times more than one column
MAX_VALUES = 50  # a column with more different values is not searched
MAX_SINGLE_NUMBERS = 4  # a column of numbers with more different values is cut into quarters


def split_by(table: pl.DataFrame, names: Collection[str]) -> tuple[GroupingColumn, ...]:
    """The named columns, to split by. table: Categorical columns."""
    return tuple(_grouping_column(name, *rank_texts(table[name])) for name in names)


def candidate_columns(
    table: pl.DataFrame, roles: Collection[str | None], rows: ComparedRows
) -> tuple[list[GroupingColumn], dict[str, str]]:
    """The columns that a search may split by, and those left out, with the reason.

    table: Categorical columns. roles: columns with another role (id, metric). Numbers are cut into quarters;
    beside sums (--per) they are figures, not groups.
    """
    from churnkit.features import is_label  # only a search needs all features

    candidates, left_out = [], {}
    for name in table.columns:
        if name in roles or is_label(name) or name == PROBABILITY:
            continue
        values, places = rank_texts(table[name])
        number = len(values) + places.has_nulls()
        is_number = types.type_of(values) in (types.INTEGER, types.FLOAT)
        if number < 2 or (is_number and rows.times is not None):
            continue
        if not is_number and number > MAX_VALUES:
            left_out[name] = "too many values"
        elif why := reason_not_a_cause(values, _codes(values, places), rows):
            left_out[name] = why
        elif is_number and number > MAX_SINGLE_NUMBERS:
            candidates.append(_in_quarters(name, values, places))
        else:
            candidates.append(_grouping_column(name, values, places))
    return candidates, left_out


def _grouping_column(name: str, values: pl.Series, places: pl.Series) -> GroupingColumn:
    """values: the different values. places: (n,) position in values of each row's value, null without one."""
    return GroupingColumn(name, _codes(values, places), [*values.to_list(), None])


def _codes(values: pl.Series, places: pl.Series) -> Ints:
    """(n,) the places, and the number of values for null."""
    return places.fill_null(len(values)).to_numpy().astype(np.int64)


def _in_quarters(name: str, values: pl.Series, places: pl.Series) -> GroupingColumn:
    """A column of numbers, cut into quarters. values, places: as in _grouping_column."""
    numbers = casts.cast_numbers(values).values.gather(places).fill_null(float("nan")).to_numpy()
    is_known = ~np.isnan(numbers)
    edges = quarters(numbers[is_known])
    shown = [format_value(edge) for edge in edges.tolist()]
    between = [f"{low} to below {high}" for low, high in itertools.pairwise(shown)]
    names = [f"below {shown[0]}", *between, f"{shown[-1]} and above"] if shown else ["all"]
    codes = np.where(is_known, bins_of(edges, numbers), len(edges) + 1)
    return GroupingColumn(name, codes, [*names, None])


def search_split(rows: ComparedRows, columns: list[GroupingColumn]) -> tuple[GroupingColumn, ...]:
    """The column, or pair of columns, whose groups explain most: their parts differ most from their share.

    Empty if chance can explain the parts of all groups of all splits (Bonferroni).
    """
    splits: list[tuple[GroupingColumn, ...]] = [*((c,) for c in columns), *combinations(columns, 2)]
    decompositions = []
    for split in splits:
        group, numbers = group_rows(split, len(rows.x))
        parts = decompose(rows, group, len(numbers))
        has_rows = parts.rows.sum(axis=0) > 0
        decompositions.append((split, parts, has_rows))
    tests = sum(int(has_rows.sum()) for *_, has_rows in decompositions)
    best: tuple[GroupingColumn, ...] = ()
    most = 0.0
    for split, parts, has_rows in decompositions:
        is_significant = np.abs(parts.excess) > noise_limit(tests) * np.sqrt(parts.excess_variance)
        if not (is_significant & has_rows).any():
            continue
        explained = float((parts.excess**2 - parts.excess_variance)[has_rows].sum())
        if explained > most * (PAIR_GAIN if len(split) > len(best) > 0 else 1):
            best, most = split, explained
    return best
