"""Groups of rows: a number for each combination of values; how many groups of one size would vary as much."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import polars as pl

from churnkit.arrays import Ints
from churnkit.errors import ChurnkitError

COUNTED = 1 << 20  # combinations up to which a table of all of them is faster than sorting
MOST_COLUMNS = 31  # numpy 1 has 32 dimensions
Words = Sequence[Sequence[str | None]]  # of each column the words that its codes, from 0, stand for


def effective_groups(rows: float, squares: float) -> float:
    """(Σk)² / Σk²: how many groups of equal size give a mean that varies as much; 0 without rows.

    rows: Σk, squares: Σk², with k the number of rows of a group. All k equal: the number of groups.
    Source: Kish (1965), Survey sampling, 11.7.
    """
    return rows * rows / squares if squares else 0.0


def combine_codes(codes: Sequence[Ints], words: Words, rows: int) -> Ints:
    """(rows,) a number for each combination of codes, each (rows,); 0 where there is no column.

    Raises ChurnkitError where there may be more combinations than whole numbers.
    """
    shape = [len(column) for column in words]
    if len(words) > MOST_COLUMNS or prod(shape) >= 2**62:
        raise ChurnkitError("too many columns of very many values to group by")
    return np.ravel_multi_index(tuple(codes), shape) if codes else np.zeros(rows, dtype=np.int64)


def group_names(numbers: Ints, words: Words) -> list[list[str | None]]:
    """The words of each combination, one word per column. numbers: (g,)."""
    shape = (1, *map(len, words))  # the 1 is the only combination of no column
    names = np.empty((len(numbers), len(words)), dtype=np.object_)
    for place, code in enumerate(np.unravel_index(numbers, shape)[1:]):
        names[:, place] = [words[place][at] for at in code.tolist()]
    return names.tolist()


def renumber(*numbers: Ints) -> tuple[Ints, list[Ints]]:
    """(g,) the different numbers, ascending, and for each array the places of its numbers among them."""
    most = max((int(array.max(initial=0)) for array in numbers), default=0)
    if most >= COUNTED:
        there = np.unique(np.concatenate(numbers))
        return there, [np.searchsorted(there, array) for array in numbers]
    is_there = np.zeros(most + 1, dtype=np.bool_)
    for array in numbers:
        is_there[array] = True
    place = np.cumsum(is_there) - 1
    return np.flatnonzero(is_there), [place[array] for array in numbers]


def rank_texts(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The different texts, sorted, and (n,) the place of each text among them, Int32, null where null."""
    held = texts.cast(pl.Categorical)
    different = held.unique().drop_nulls()
    words = different.cast(pl.String)
    order = words.arg_sort()
    physical = different.to_physical().gather(order).to_numpy()
    place = np.zeros(physical.max(initial=0) + 1, dtype=np.int32)
    place[physical] = np.arange(len(physical), dtype=np.int32)
    return words.gather(order), pl.Series(place).gather(held.to_physical())
