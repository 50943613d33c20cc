"""Statistics of a column's values, counted one by one or estimated from summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from churnkit.hash_index import hash_texts
from churnkit.profiling.distribution import Distribution
from churnkit.profiling.personal_data import SAMPLE
from churnkit.profiling.target_rates import CategoryCounts
from churnkit.tables import types
from churnkit.tables.notations import OtherNotation
from churnkit.windows import DAY, SECOND

TOP = 10
MOST_WORDS = 5
MOSTLY_NULL_SHARE = 0.5

Record = dict[str, Any]


@dataclass(frozen=True)
class ColumnStatistics:
    """Statistics of a column's values.

    distinct: the number of different values. effective: the number of equally frequent values that would
    repeat as often (see effective_groups). distribution: of numbers, and of times in days. categories: of
    texts, with a target. words: the most frequent texts of a column in which most values are numbers.
    has_rounded: a value like 1.23457E+12. are_whole_with_point: all are like 17850.0. notation: the values
    that look like numbers in another notation. sample: some different values.
    """

    type: str
    distinct: int
    effective: float = 0.0
    is_exact: bool = True
    is_unique: bool = False
    ends: tuple[Any, Any] = (None, None)
    mean: float | None = None
    std: float | None = None
    zeros: int | None = None
    negatives: int | None = None
    top: Sequence[tuple[str, int]] = ()
    top_error: int = 0
    lengths: tuple[int | None, int | None] = (None, None)
    span_days: float | None = None
    largest_gap_days: float | None = None
    numbers: int | None = None
    words: Sequence[str] = ()
    has_leading_zeros: bool = False
    has_whitespace: bool = False
    has_rounded: bool = False
    are_whole_with_point: bool = False
    notation: OtherNotation | None = None
    distribution: Distribution | None = None
    categories: CategoryCounts | None = None
    sample: Sequence[str] = ()

    @property
    def numeric_distribution(self) -> Distribution | None:
        return self.distribution if self.type in (types.INTEGER, types.FLOAT) else None


def whole_ends(low: int, high: int) -> tuple[int | str, int | str]:
    """Both numbers with all digits: as text if they do not fit into 64 bits."""
    first, last = (whole if abs(whole) < 2**63 else str(whole) for whole in (low, high))
    return first, last


def time_fields(first: int, last: int, largest_gap: int | None) -> Record:
    """Fields of a column of times. first, last, largest_gap: in microseconds."""
    return {
        "ends": (instant_text(first), instant_text(last)),
        "span_days": (last - first) / DAY,
        "largest_gap_days": None if largest_gap is None else largest_gap / DAY,
    }


def mixture(numeric: int, rows: int, words: Sequence[str]) -> Record:
    """Fields of a text column in which most rows are numbers: how many are, and the most frequent others.

    words: without those that came before the first numbers.
    """
    return {"numbers": numeric, "words": words} if MOSTLY_NULL_SHARE * rows <= numeric < rows else {}


def instant_text(instant: int) -> str:
    """ISO 8601 in UTC, rounded down to the second. instant: microseconds since 1970."""
    moment = pl.Series([instant // SECOND * SECOND]).cast(pl.Datetime("us"))
    return str(moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ")[0]).rjust(20, "0")


def smallest_texts(texts: list[str]) -> list[str]:
    """The texts with the smallest hashes: a sample that does not depend on the order of the rows."""
    if len(texts) <= SAMPLE:
        return texts
    order = np.argsort(hash_texts(pl.Series(texts)), kind="stable")
    return [texts[place] for place in order[:SAMPLE]]
