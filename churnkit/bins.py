"""Bins of numbers: where their edges lie, and how many numbers are in each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from churnkit.arrays import Floats


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


def count_in_bins(edges: Floats, known: Floats) -> npt.NDArray[np.int64]:
    """(len(edges) + 1,) how many numbers lie in each bin [edge, next edge). edges: ascending."""
    return np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
