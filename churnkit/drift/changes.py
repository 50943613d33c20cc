"""What has moved in a column, in words: the bins that add most to its PSI, before and after."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from churnkit.arrays import Floats
from churnkit.drift.psi import psi_parts
from churnkit.formatting import bin_in_words, format_value
from churnkit.models.columns import Column

OTHER_VALUES = "other values"


class Change(NamedTuple):
    """One thing that has moved, as `share of pro`, `20%` and `45%`."""

    what: str
    before: str
    after: str


def largest_changes(
    column: Column, base: Floats, new: Floats, means: tuple[float | None, float | None]
) -> list[Change]:
    """At most two changes. base, new: (b,) rows of each bin, missing last. means: of a number, both sides.

    Missing values, if they add most to the PSI. A category: the values that have gained or lost most. A
    number: both outer bins if both have gained or both have lost (a wider or narrower spread), otherwise the
    mean and the bin that adds most.
    """
    before, after = base / max(base.sum(), 1), new / max(new.sum(), 1)
    names, parts = _bin_names(column), psi_parts(base, new)
    first, second = np.argsort(-parts, kind="stable")[:2].tolist()
    shares = [
        Change(name, show_share(p), show_share(q)) for name, p, q in zip(names, before, after, strict=True)
    ]
    if first == len(names) - 1:
        return [shares[first]]
    if column.is_category:
        return [shares[k] for k in (first, second) if parts[k] > 0]
    lowest, highest = (after - before)[[0, len(names) - 2]]
    if (
        len(names) > 3
        and lowest * highest > 0
        and min(abs(lowest), abs(highest)) > max(abs(lowest), abs(highest)) / 2
    ):
        return [shares[0], shares[-2]]
    return [Change("mean", *(format_value(mean) for mean in means)), shares[first]]


def _bin_names(column: Column) -> list[str]:
    """The name of each bin, missing last."""
    if column.is_category:
        return [*(f"share of {value}" for value in column.categories), OTHER_VALUES, "missing"]
    edges = (column.histogram or {})["edges"]
    return [*(bin_in_words(*ends) for ends in zip([None, *edges], [*edges, None], strict=True)), "missing"]


def show_share(share: float) -> str:
    """A share in percent; with a decimal if it is small."""
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"
