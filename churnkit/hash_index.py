"""The places of hashes among those known so far, for whole arrays at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from churnkit.arrays import Hashes, Indices, Ints, Places

if TYPE_CHECKING:
    import polars as pl

LEAST_SLOTS = 1 << 8
CACHED_ROWS = 1 << 14  # rows whose hashes and places fit in the cache of a core
SAMPLED = 1_000  # hashes
SORTED_ROWS = 1 << 21
SLOTS_PER_HASH = 8  # or up to twice as many, of 4 bytes; a table so empty needs few steps
_ODD = np.uint64(0x9E3779B9)  # 2^32 divided by the golden ratio
Rows = TypeVar("Rows", bound=npt.NDArray[np.generic])


@dataclass
class HashIndex:
    """The place of each known hash, numbered in the order in which they came.

    size: the number of known hashes. _hashes: (size or more,) the hash at each place. _slots: (s,) the place
    whose hash stands in each slot, -1 if the slot is empty. A hash stands in the first slot that was free
    from its own one on (open addressing).
    """

    size: int = 0
    _hashes: Hashes = field(default_factory=lambda: np.zeros(LEAST_SLOTS, dtype=np.uint64))
    _slots: Indices = field(default_factory=lambda: np.full(LEAST_SLOTS, -1, dtype=np.int32))

    @property
    def known(self) -> Hashes:
        """(size,) the hashes, by their places."""
        return self._hashes[: self.size]

    def places(self, hashes: Hashes) -> Places:
        """(n,) the place of each hash, -1 if it is not known."""
        slots = self._first_slots(hashes)
        places = self._slots.take(slots).astype(np.intp)
        other = np.flatnonzero((self._hashes.take(places, mode="wrap") != hashes) & (places >= 0))
        while len(other):
            slots[other] = following = self._next(slots[other])
            places[other] = found = self._slots[following]
            other = other[(self._hashes[found] != hashes[other]) & (found >= 0)]
        return places

    def number(self, hashes: Hashes) -> Places:
        """(n,) the place of each hash; those that are not known are added."""
        places = self.places(hashes)
        unknown = np.flatnonzero(places < 0)
        if len(unknown):
            places[unknown] = self._add(hashes[unknown])
        return places

    def _add(self, hashes: Hashes) -> Places:
        """(n,) the place of each hash. None of them is known; some may be equal."""
        self._make_room(len(hashes))
        start, stop = self.size, self.size + len(hashes)
        self._hashes[start:stop] = hashes  # at first each row has its own place
        places = np.empty(len(hashes), dtype=np.intp)
        slots = self._first_slots(hashes)
        rows = np.arange(len(hashes))
        while len(rows):
            wanted = slots[rows]
            free = np.flatnonzero(self._slots[wanted] < 0)[::-1]  # the first of several rows is written last
            self._slots[wanted[free]] = start + rows[free]
            places[rows] = found = self._slots[wanted]
            rows = rows[self._hashes[found] != hashes[rows]]
            slots[rows] = self._next(slots[rows])
        firsts = np.flatnonzero(places == np.arange(start, stop))
        self.size += len(firsts)
        self._hashes[start : self.size] = hashes[firsts]
        self._slots[slots[firsts]] = np.arange(start, self.size)
        final = np.empty(len(hashes), dtype=np.intp)
        final[firsts] = np.arange(start, self.size)
        return final[places - start]

    def _make_room(self, more: int) -> None:
        """Makes room for more hashes. more: their number."""
        size = self.size + more
        self._hashes = with_room(self._hashes, size)
        if size * SLOTS_PER_HASH <= len(self._slots):
            return
        self._slots = np.full(1 << (size * SLOTS_PER_HASH).bit_length(), -1, dtype=np.int32)
        waiting = np.arange(self.size)
        slots = self._first_slots(self.known)
        while len(waiting):
            free = np.flatnonzero(self._slots[slots] < 0)
            self._slots[slots[free]] = waiting[free]  # of several that want a slot, one gets it
            is_left = self._slots[slots] != waiting
            waiting, slots = waiting[is_left], self._next(slots[is_left])

    def _first_slots(self, hashes: Hashes) -> Places:
        return (hashes & np.uint64(len(self._slots) - 1)).astype(np.intp)

    def _next(self, slots: Places) -> Places:
        return (slots + 1) & (len(self._slots) - 1)


def with_room(array: Rows, rows: int) -> Rows:
    """The array with at least this number of rows. If it grows, it doubles; new rows are zero."""
    if rows <= len(array):
        return array
    larger = np.zeros((max(rows, 2 * len(array)), *array.shape[1:]), dtype=array.dtype)
    larger[: len(array)] = array
    return larger  # type: ignore[return-value]


def distinct_hashes(hashes: Hashes) -> Hashes:
    """(k,) ascending; several times as fast as np.unique, which fills a table of its own."""
    ordered = np.sort(hashes)
    return ordered[first_of_each(ordered)]


def count_hashes(hashes: Hashes, rows: Ints | None = None) -> tuple[Hashes, Ints]:
    """(k,) the distinct hashes, ascending, and the rows of each. rows: (n,) of the hashes (n,), 1 if None."""
    if rows is None or (rows == 1).all():
        ordered = np.sort(hashes)
        first = first_of_each(ordered)
        return ordered[first], np.diff(first, append=len(ordered))
    different, sums, _ = sum_by_hash(hashes, rows, "stable")  # runs that are in order are merged
    return different, sums


def sum_by_hash(
    hashes: Hashes, rows: Ints, sorting: Literal["quicksort", "stable"] = "quicksort"
) -> tuple[Hashes, Ints, Places]:
    """(k,) the distinct hashes, ascending, the sum of the rows of each, and the place of one of them.

    rows: (n,) of the hashes (n,). sorting: the algorithm of numpy.
    """
    order = np.argsort(hashes, kind=sorting)
    ordered = hashes[order]
    first = first_of_each(ordered)
    sums = np.add.reduceat(rows[order], first) if len(first) else rows[:0]
    return ordered[first], sums, order[first]


def first_of_each(ordered: npt.NDArray[np.generic]) -> Places:
    """(k,) where another value begins. ordered: ascending, or equal values side by side."""
    is_first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return np.flatnonzero(is_first)


def number_hashes(hashes: Hashes) -> Ints:
    """(n,) the number of each hash among the distinct ones, from 0, in the order in which they come."""
    numbers, index = np.empty(len(hashes), dtype=np.int64), HashIndex()
    for start in range(0, len(hashes), CACHED_ROWS):
        numbers[start : start + CACHED_ROWS] = index.number(hashes[start : start + CACHED_ROWS])
    return numbers


def distinct_places(hashes: Hashes) -> tuple[Ints, Ints]:
    """(k,) a row of each distinct hash, and (n,) the position of each hash among them.

    Sorted, many distinct hashes take half the time of a table of hashes; few ones, or very many rows, more.
    """
    sample = hashes[:: max(1, len(hashes) // SAMPLED)]
    if len(hashes) <= SORTED_ROWS and len(distinct_hashes(sample)) * 2 > len(sample):
        return _distinct_by_sorting(hashes)
    codes = number_hashes(hashes)
    firsts = np.empty(codes.max(initial=-1) + 1, dtype=np.int64)
    firsts[codes] = np.arange(len(codes))  # any row of each
    return firsts, codes


def _distinct_by_sorting(hashes: Hashes) -> tuple[Ints, Ints]:
    """As distinct_places. Hash and row are sorted as one number."""
    mask = np.uint64((1 << len(hashes).bit_length()) - 1)
    keys = hashes & ~mask
    keys |= np.arange(len(hashes), dtype=np.uint64)
    keys.sort()
    rows = (keys & mask).astype(np.int64)
    firsts = first_of_each(hashes[rows])
    beginnings = keys[firsts] & ~mask
    if (beginnings[1:] == beginnings[:-1]).any():  # hashes that differ in the bits of the row alone
        _, firsts, codes = np.unique(hashes, return_index=True, return_inverse=True)
        return firsts, codes
    codes = np.empty(len(rows), dtype=np.int64)
    codes[rows] = np.repeat(np.arange(len(firsts)), np.diff(firsts, append=len(rows)))
    return rows[firsts], codes


def hash_texts(texts: pl.Series, seed: int = 0) -> Hashes:
    """(n,) the hash of each text; null has one as well."""
    return texts.hash(seed).to_numpy()


def hash_columns(rows: pl.DataFrame) -> dict[str, Hashes]:
    """The hashes (n,) of the texts in each column."""
    import polars as pl

    return {hashes.name: hashes.to_numpy() for hashes in rows.select(pl.all().hash(seed=0))}


def combine_hashes(columns: Sequence[Hashes]) -> Hashes:
    """(n,) the hash of each row, from the hashes (n,) of its values in each column; their order counts.

    Source: hash_combine of the Boost libraries, of which `hash_rows` of polars is made.
    """
    rows = columns[0]
    for hashes in columns[1:]:
        mixed = rows >> np.uint64(2)
        mixed += rows
        mixed += hashes << np.uint64(6)
        mixed += _ODD
        mixed ^= hashes
        rows = mixed
    return rows
