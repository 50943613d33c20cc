"""Bins of numbers: where their edges lie, and how many numbers are in each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from churnkit.arrays import Floats, Ints

QUARTERS = (0.25, 0.5, 0.75)


def bins_of(edges: Floats, numbers: Floats) -> Ints:
    """(n,) the bin of each number: bin k holds edges[k - 1] <= x < edges[k]; the only rule of edges there is.

    edges: (b,) ascending. Returns 0 to b.
    """
    return np.searchsorted(edges, numbers, side="right").astype(np.int64)


def quarters(numbers: Floats) -> Floats:
    """Borders of bins of about a quarter of the numbers each; fewer where many numbers are equal.

    numbers: (n,) known ones, at least one.
    """
    different = np.unique(numbers)
    last = np.unique(np.quantile(numbers, QUARTERS, method="lower"))  # of each quarter
    first = np.searchsorted(different, last, side="right")  # of the next one
    return np.asarray(different[first[first < len(different)]], dtype=np.float64)


def tenths(numbers: Floats, rows: npt.NDArray[Any]) -> Floats:
    """Borders of bins of about a tenth of the rows each; a number that more rows have has a bin of its own.

    numbers: (b,) ascending, each once. rows: (b,) how many have it.
    """
    up_to = np.cumsum(rows)
    at = [(up_to[-1] - 1) * k // 10 for k in range(1, 10)]
    places = np.unique(np.searchsorted(up_to, at, side="right"))
    edges = numbers[places]
    heavy = places[rows[places] * 10 > up_to[-1]]
    with np.errstate(over="ignore"):  # nothing is above the largest double, and no border is needed there
        above = np.append(numbers, np.nextafter(numbers[-1], np.inf))[heavy + 1]
    return np.unique(np.append(edges, above[np.isfinite(above)]))


def count_in_bins(edges: Floats, known: Floats) -> Ints:
    """(len(edges) + 1,) how many numbers lie in each bin [edge, next edge). edges: ascending."""
    return np.bincount(bins_of(edges, known), minlength=len(edges) + 1)
