"""Groups of rows: one number per combination of values; the effective number of groups."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import polars as pl

from churnkit.arrays import Indices, Ints, Places
from churnkit.errors import ChurnkitError
from churnkit.hash_index import distinct_places, hash_texts, number_hashes

COUNTED = 1 << 20  # up to this many combinations a table of all of them is faster than sorting
LEAST_CUSTOMERS = 5  # with fewer, a value may say who they are, and a model file does not show it
SAMPLED = 1_000  # texts
FEW_WORDS = 8  # there are few distinct texts if each stands this many times, on average
MOST_COLUMNS = 31  # numpy 1 has 32 dimensions
Words = Sequence[Sequence[str | None]]  # for each column, the text of each of its codes, from 0


def effective_groups(rows: float, squares: float) -> float:
    """(Σk)² / Σk²: the number of groups of equal size whose mean varies as much; 0 without rows.

    rows: Σk, squares: Σk², where k is the number of rows of a group. If all k are equal, this is the number
    of groups.
    Source: Kish (1965), Survey sampling, 11.7.
    """
    return rows * rows / squares if squares else 0.0


def are_enough(groups: Ints, most_rows: int) -> bool:
    """Whether rows belong to at least LEAST_CUSTOMERS customers.

    groups: (n,) the customer of each row. most_rows: of one customer; many rows then need no counting.
    """
    return len(groups) > (LEAST_CUSTOMERS - 1) * most_rows or len(np.unique(groups)) >= LEAST_CUSTOMERS


def combine_codes(codes: Sequence[Ints], words: Words, rows: int) -> Ints:
    """(rows,) one number per combination of codes; 0 without columns. codes: (rows,) each.

    Raises ChurnkitError if there may be more combinations than 64-bit numbers.
    """
    shape = [len(column) for column in words]
    if len(words) > MOST_COLUMNS or prod(shape) >= 2**62:
        raise ChurnkitError("too many different values in the columns to group by")
    return np.ravel_multi_index(tuple(codes), shape) if codes else np.zeros(rows, dtype=np.int64)


def group_names(numbers: Ints, words: Words) -> list[list[str | None]]:
    """The values of each combination as text, one per column. numbers: (g,)."""
    shape = (1, *map(len, words))  # the 1 is the one combination of no columns
    names = np.empty((len(numbers), len(words)), dtype=np.object_)
    for place, code in enumerate(np.unravel_index(numbers, shape)[1:]):
        names[:, place] = [words[place][at] for at in code.tolist()]
    return names.tolist()


def renumber(*numbers: Ints) -> tuple[Ints, list[Ints]]:
    """(g,) the distinct numbers, ascending, and for each array the positions of its numbers among them."""
    most = max((int(array.max(initial=0)) for array in numbers), default=0)
    if most >= COUNTED:
        distinct = np.unique(np.concatenate(numbers))
        return distinct, [np.searchsorted(distinct, array) for array in numbers]
    is_used = np.zeros(most + 1, dtype=np.bool_)
    for array in numbers:
        is_used[array] = True
    place = np.cumsum(is_used) - 1
    return np.flatnonzero(is_used), [place[array] for array in numbers]


def stable_order(codes: Ints | Indices) -> Ints:
    """(n,) the rows in the order of their codes, those of one code as they stand. codes: from 0."""
    return sort_codes(codes)[1]


def sort_codes(codes: Ints | Indices) -> tuple[Ints, Ints]:
    """(n,) the codes, ascending, and (n,) their rows, those of one code as they stand. codes: from 0.

    Code and row are sorted as one number, which numpy does in a few instructions per row.
    """
    bits = len(codes).bit_length()
    if int(codes.max(initial=0)).bit_length() + bits > 63:
        order = np.argsort(codes, kind="stable").astype(np.int64)
        return codes[order].astype(np.int64), order
    keys = codes.astype(np.int64)
    keys <<= bits
    keys |= np.arange(len(codes))
    keys.sort()
    ordered = keys >> bits
    keys &= (1 << bits) - 1
    return ordered, keys


def number_texts(texts: pl.Series) -> Ints:
    """(n,) the number of each text among the distinct ones, from 0, in a fixed order; null is one of them.

    Several times as fast as `rank_texts` where there are very many. Texts of one hash (64 bits) are one.
    """
    return number_hashes(hash_texts(texts.cast(pl.String)))


def distinct_texts(texts: pl.Series) -> tuple[Ints, Indices]:
    """(k,) a row of each distinct text, and (n,) the position of each text among them; null is one of them.

    By two hashes of 64 bits, which is several times as fast as looking the texts up. texts: String.
    """
    firsts, codes = distinct_places(hash_texts(texts, 1))
    others = hash_texts(texts, 2)
    if not np.array_equal(others[firsts][codes], others):  # two texts with one hash: hardly ever
        numbers = texts.cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(-1)
        _, firsts, codes = np.unique(numbers.to_numpy(), return_index=True, return_inverse=True)
    return firsts, codes.astype(np.int32)


def first_of_runs(texts: pl.Series) -> Ints:
    """(r,) the first row of each run of equal texts; nulls are equal. texts: (n,) String."""
    later, earlier = texts[1:], texts[:-1]
    is_first = np.ones(len(texts), dtype=np.bool_)
    is_first[1:] = (later.ne_missing(earlier) if texts.null_count() else later != earlier).to_numpy()
    return np.flatnonzero(is_first)


def select_texts(texts: pl.Series, places: Places) -> pl.Series:
    """The texts at these places, which ascend, for use at once: not copied, they hold all others in memory.

    A quarter of the time of `gather`, which copies the texts of a column with chunks, as parsed blocks have.
    """
    is_selected = np.zeros(len(texts), dtype=np.bool_)
    is_selected[places] = True
    return texts.filter(pl.Series(is_selected))


def rank_texts(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The distinct texts, sorted, and (n,) the position of each text among them: Int32, null for null."""
    if texts.dtype == pl.String and not _are_few(texts):
        words, codes = _code_texts(texts)
        order = words.arg_sort()
        place = np.empty(len(words) + 1, dtype=np.int32)
        place[order.to_numpy()] = np.arange(len(words), dtype=np.int32)
        ranks = pl.Series(place[codes])
        return words.gather(order), ranks.set(texts.is_null(), None) if texts.null_count() else ranks
    categories = texts.cast(pl.Categorical)
    distinct = categories.unique().drop_nulls()
    words = distinct.cast(pl.String)
    order = words.arg_sort()
    # all in polars: a Series of an array would be the only one to import numpy.ma, in 15 ms
    physical = distinct.to_physical().gather(order)
    rank = _from_0(int(physical.max() or 0) + 1)  # type: ignore[arg-type]
    if len(physical):
        rank = rank.scatter(physical, _from_0(len(physical)))
    return words.gather(order), rank.gather(categories.to_physical())


def _from_0(size: int) -> pl.Series:
    """(size,) the numbers from 0: Int32."""
    return pl.select(pl.int_range(size, dtype=pl.Int32)).to_series()


def _are_few(texts: pl.Series) -> bool:
    """Whether a sample has few distinct texts."""
    sample = texts.gather_every(max(1, len(texts) // SAMPLED))
    return sample.n_unique() * FEW_WORDS < len(sample)


def _code_texts(texts: pl.Series) -> tuple[pl.Series, Indices]:
    """The distinct texts in any order, and (n,) the position of each text among them; -1 for null."""
    heads, runs = first_of_runs(texts), None
    if 2 * len(heads) < len(texts):  # equal texts stand side by side: only the first
        runs = np.diff(heads, append=len(texts))
        texts = select_texts(texts, heads)
    firsts, codes = distinct_texts(texts)
    words = texts.gather(firsts)
    if texts.null_count():
        at = words.is_null().arg_true()[0]
        codes = np.where(codes == at, -1, codes - (codes > at)).astype(np.int32)
        words = words.drop_nulls()
    return words, codes if runs is None else np.repeat(codes, runs)
