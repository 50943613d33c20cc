"""Columns that tell the metric, the side or an id are no causes; columns that only go along with it are."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from churnkit.arrays import Floats
from churnkit.diff.decomposition import MEAN, ComparedRows
from churnkit.diff.not_causes import TELLS_SIDE, reason_not_a_cause
from churnkit.groups import rank_texts

N = 2_000
RNG = np.random.default_rng(0)
AFTER = np.repeat([False, True], N // 2)
LEFT = (RNG.random(N) < 0.2).astype(float)
PLACE = np.arange(N) % (N // 2)  # as a tenure in a log in which everybody begins at once


def _reason(values: Floats | list[str | None], x: Floats = LEFT) -> str | None:
    texts = [None if v is None else v if isinstance(v, str) else f"{v:g}" for v in values]
    names, places = rank_texts(pl.Series(texts, dtype=pl.String))
    codes = places.fill_null(len(names)).to_numpy().astype(np.int64)
    return reason_not_a_cause(names, codes, ComparedRows(x, AFTER, np.arange(N), MEAN))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (LEFT * 3 + 1, "almost perfectly"),
        (["lost" if x else None for x in LEFT], "filled only for customers who churned"),
        (["Yes" if x else "No" for x in LEFT], "almost perfectly"),
        (np.arange(N) * 7.0, "probably an id"),
        ([f"2024-05-{1 + k % 28:02d}" for k in range(N)], "a time"),
        (["2004" if not a else "2005" for a in AFTER], TELLS_SIDE),
        ([f"m{k % 3 + 3 * int(a)}" for k, a in enumerate(AFTER)], TELLS_SIDE),
        ((PLACE % 30) + 31.0 * AFTER, TELLS_SIDE),
    ],
    ids=["number", "presence", "word", "id", "time", "year", "names of a side", "tenure"],
)
def test_what_fit_would_leave_out_or_tells_the_side_is_no_cause(
    values: Floats | list[str | None], words: str
) -> None:
    assert words in str(_reason(values))


@pytest.mark.parametrize(
    "values",
    [
        LEFT + RNG.normal(0, 1, N),
        PLACE % 40 + 10.0 * AFTER,
        ["new" if a and k % 3 == 0 else "old" for k, a in enumerate(AFTER)],
        [None] * N,
        [None if a else "x" for a in AFTER],
    ],
    ids=["goes along", "moved", "a third is new", "empty", "filled before"],
)
def test_a_column_that_goes_along_with_the_metric_or_has_moved_may_be_a_cause(
    values: Floats | list[str | None],
) -> None:
    assert _reason(values) is None


def test_a_metric_of_numbers_has_no_leak_but_a_side_can_be_told() -> None:
    x = RNG.gamma(2, 3, N)
    assert _reason(np.round(x), x) is None
    assert _reason(31.0 * AFTER + PLACE % 5, x) == TELLS_SIDE
