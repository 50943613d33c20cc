"""What a column looks like that is not as expected: another column, or itself in another unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from churnkit.arrays import Floats
from churnkit.drift.psi import Shift
from churnkit.drift.watch import Watch
from churnkit.models.columns import Column, category_codes
from churnkit.tables import casts

ALIKE_PSI = 0.1  # below it, two columns are taken for the same
ALIKE_SHARE = 0.95  # of the values that can be read as numbers
UNITS = {  # factor → in words
    **{10.0**k: f"× {10**k:,}" for k in range(1, 7)},
    **{10.0**-k: f"÷ {10**k:,}" for k in range(1, 7)},
    -1.0: "with the other sign",
    60.0: "× 60 (minutes and seconds, or hours)", 1 / 60: "÷ 60 (minutes and seconds, or hours)",
    3600.0: "× 3,600 (hours and seconds)", 1 / 3600: "÷ 3,600 (hours and seconds)",
    24.0: "× 24 (days and hours)", 1 / 24: "÷ 24 (days and hours)",
    12.0: "× 12 (years and months)", 1 / 12: "÷ 12 (years and months)",
    7.0: "× 7 (weeks and days)", 1 / 7: "÷ 7 (weeks and days)",
    1.609344: "× 1.609 (miles and kilometres)", 1 / 1.609344: "÷ 1.609 (miles and kilometres)",
    2.54: "× 2.54 (inches and centimetres)", 1 / 2.54: "÷ 2.54 (inches and centimetres)",
    2.20462: "× 2.205 (kilograms and pounds)", 1 / 2.20462: "÷ 2.205 (kilograms and pounds)",
}  # fmt: skip


def values_of(texts: pl.Series, column: Column, decimal: str | None) -> Floats | None:
    """(n,) these texts as values of a column in a matrix; None if they cannot be.

    A category needs no more than texts; of a number at least ALIKE_SHARE of the texts must be one.
    """
    if column.is_category:
        return category_codes(texts, column) if len(texts) > texts.null_count() else None
    values = casts.cast_numbers(texts, decimal).values
    known = len(texts) - texts.null_count()
    if not known or len(values) - values.null_count() < ALIKE_SHARE * known:
        return None
    return values.fill_null(np.nan).to_numpy()


def shift_of(values: Floats, column: Column) -> Shift:
    """The shift from a column of the base to these values (n,)."""
    watch = Watch([column])
    watch.see(values.reshape(-1, 1))
    return watch.shift(column)


def changed_unit(texts: pl.Series, column: Column, psi: float, decimal: str | None) -> str | None:
    """In which unit the values are those of the base, in words; None if in none.

    psi: of the values as they are. Divided by the factor they must have moved no more than chance explains.
    """
    numbers = values_of(texts, column, decimal)
    if column.is_category or numbers is None:
        return None
    fits: dict[float, float] = {}
    for factor in UNITS:
        shift = shift_of(numbers / factor, column)
        if not shift.moved and shift.psi < min(ALIKE_PSI, psi / 4):
            fits[factor] = shift.psi
    return UNITS[min(fits, key=fits.__getitem__)] if fits else None


def swapped_pairs(
    suspects: Sequence[Column], texts: Callable[[str], pl.Series], decimal: str | None
) -> list[tuple[str, str]]:
    """The pairs of columns of which each one has the values that the base has in the other one.

    suspects: columns that are not as expected. texts: the sampled values of a column.
    """
    pairs: list[tuple[str, str]] = []
    taken: set[str] = set()
    for place, first in enumerate(suspects):
        for second in suspects[place + 1 :]:
            if not {first.name, second.name} & taken and (
                _is_alike(texts(first.name), second, decimal)
                and _is_alike(texts(second.name), first, decimal)
            ):
                pairs.append((first.name, second.name))
                taken |= {first.name, second.name}
    return pairs


def renamed(
    gone: Sequence[Column], new: Sequence[str], texts: Callable[[str], pl.Series], decimal: str | None
) -> dict[str, str]:
    """Gone column → the new column that has its values, where exactly one has."""
    found: dict[str, str] = {}
    for column in gone:
        alike = [
            name for name in new if name not in found.values() and _is_alike(texts(name), column, decimal)
        ]
        if len(alike) == 1:
            found[column.name] = alike[0]
    return found


def _is_alike(texts: pl.Series, column: Column, decimal: str | None) -> bool:
    values = values_of(texts, column, decimal)
    return values is not None and shift_of(values, column).psi < ALIKE_PSI
