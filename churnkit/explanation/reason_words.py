"""Reasons in words: the fact, how far it is from typical, and what it does to the risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

import polars as pl

from churnkit.arrays import Floats
from churnkit.columns import list_names
from churnkit.errors import ChurnkitError, quote
from churnkit.explanation.reasons import Reason, Value, find_reasons
from churnkit.features.words import describe_value, round_value
from churnkit.models import Fitted
from churnkit.models.columns import Column

RAISES, LOWERS = "raises risk", "lowers risk"
STRONG, CLEAR = 1.0, 0.3  # least absolute contribution, in log-odds
MOST_FACTS = 1 << 16  # kept in memory, as many rows have the same


@dataclass(frozen=True)
class ToldReasons:
    """The columns reason_1, reason_2, … of a table of scores.

    columns: of the model. places: of the columns that may be reasons. number: of reasons; 0 for all.
    """

    columns: Sequence[Column]
    places: Sequence[int]
    number: int

    @property
    def names(self) -> list[str]:
        return [f"reason_{place + 1}" for place in range(self.number or len(self.places))]

    def columns_of(self, fitted: Fitted, matrix: Floats) -> list[pl.Series]:
        """The reasons of each row, the largest first; null where a contribution is 0. matrix: (n, k)."""
        _, added = fitted.contributions(matrix)
        chosen = [self.columns[place] for place in self.places]
        places = list(self.places)
        of_rows = find_reasons(chosen, matrix[:, places], added[:, places], self.number)
        return [
            pl.Series(
                name,
                [reason_with_direction(row[turn]) if turn < len(row) else None for row in of_rows],
                dtype=pl.String,
            )
            for turn, name in enumerate(self.names)
        ]


def reason_in_words(reason: Reason) -> str:
    """'last login 33 days ago (typical: 7.2), clearly'."""
    size = abs(reason["contribution"])
    how = "strongly" if size >= STRONG else "clearly" if size >= CLEAR else "a little"
    return f"{_fact(reason['feature'], reason['value'], reason['typical'])}, {how}"


def reason_with_direction(reason: Reason) -> str | None:
    """'raises risk: last login 33 days ago (typical: 7.2), clearly'; None for a contribution of 0."""
    if not reason["contribution"]:
        return None
    return f"{RAISES if reason['contribution'] > 0 else LOWERS}: {reason_in_words(reason)}"


@lru_cache(MOST_FACTS)
def _fact(name: str, value: Value, typical: Value) -> str:
    shown, usual = round_value(name, value), round_value(name, typical)
    typical_words = f" (typical: {usual})" if usual != shown else " (as is typical)"
    return f"{describe_value(name, value)}{typical_words}"


def matching_places(names: Sequence[str], patterns: Sequence[str]) -> list[int]:
    """The places of the names that match a pattern (`support*`), ascending; all places without patterns.

    Raises ChurnkitError for a pattern that no name matches.
    """
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ChurnkitError(
                f"no column of the model matches {quote(pattern)}; they are: {list_names(names)}"
            )
    found = (place for place, name in enumerate(names) if any(fnmatchcase(name, p) for p in patterns))
    return list(found) if patterns else list(range(len(names)))
