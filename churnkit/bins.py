"""Bins of numbers: their edges, and the number of values in each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from churnkit.arrays import Floats, Ints

QUARTERS = (0.25, 0.5, 0.75)


def bins_of(edges: Floats, numbers: Floats) -> Ints:
    """(n,) the bin of each number: bin k holds edges[k - 1] <= x < edges[k]. All edges follow this rule.

    edges: (b,) ascending. Returns 0 to b.
    """
    return np.searchsorted(edges, numbers, side="right").astype(np.int64)


def quarters(numbers: Floats) -> Floats:
    """Edges of bins with about a quarter of the numbers each; fewer bins if many numbers are equal.

    numbers: (n,) without NaN, at least one.
    """
    different = np.unique(numbers)
    last = np.unique(np.quantile(numbers, QUARTERS, method="lower"))  # of each quarter
    first = np.searchsorted(different, last, side="right")  # of the next one
    return np.asarray(different[first[first < len(different)]], dtype=np.float64)


def tenths(numbers: Floats, rows: npt.NDArray[Any]) -> Floats:
    """Edges of bins with about a tenth of the rows each; a number with more rows gets a bin of its own.

    numbers: (b,) ascending, each once. rows: (b,) the number of rows with each.
    """
    up_to = np.cumsum(rows)
    at = [(up_to[-1] - 1) * k // 10 for k in range(1, 10)]
    places = np.unique(np.searchsorted(up_to, at, side="right"))
    edges = numbers[places]
    heavy = places[rows[places] * 10 > up_to[-1]]
    with np.errstate(over="ignore"):  # nothing is above the largest double, so no edge is needed there
        above = np.append(numbers, np.nextafter(numbers[-1], np.inf))[heavy + 1]
    return np.unique(np.append(edges, above[np.isfinite(above)]))


def count_in_bins(edges: Floats, known: Floats) -> Ints:
    """(len(edges) + 1,) the number of values in each bin [edge, next edge). edges: ascending."""
    return np.bincount(bins_of(edges, known), minlength=len(edges) + 1)
