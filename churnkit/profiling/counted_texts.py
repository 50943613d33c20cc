"""Counts the rows of each different text of a column, whose hash is its key.

Two of 100,000 texts share a hash of 64 bits in one of 4 billion tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit.arrays import Hashes, Ints, Places

LEAST_SLOTS = 1 << 8
SLOTS_PER_HASH = 3  # a table at most so full needs few steps


@dataclass
class HashIndex:
    """The place of each known hash, numbered in the order in which they came.

    _slots: (s,) hash of each slot; _places: (s,) its place, -1 if the slot is empty. A hash stands in the
    first slot that was free from its own one on (open addressing).
    """

    known: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    _slots: Hashes = field(default_factory=lambda: np.zeros(LEAST_SLOTS, dtype=np.uint64))
    _places: Places = field(default_factory=lambda: np.full(LEAST_SLOTS, -1, dtype=np.intp))

    def places(self, hashes: Hashes) -> Places:
        """(n,) the place of each hash, -1 if it is not known."""
        slot = self._first_slots(hashes)
        places = self._places[slot]
        other = np.flatnonzero((self._slots[slot] != hashes) & (places >= 0))
        while len(other):
            slot[other] = next_slot = (slot[other] + 1) & (len(self._slots) - 1)
            places[other] = found = self._places[next_slot]
            other = other[(self._slots[next_slot] != hashes[other]) & (found >= 0)]
        return places

    def add(self, hashes: Hashes) -> None:
        """Adds hashes (n,) that all differ and are not known."""
        start = len(self.known)
        self.known = np.concatenate([self.known, hashes])
        if len(self.known) * SLOTS_PER_HASH > len(self._slots):
            size = 1 << (len(self.known) * SLOTS_PER_HASH).bit_length()
            self._slots, self._places = np.zeros(size, dtype=np.uint64), np.full(size, -1, dtype=np.intp)
            start, hashes = 0, self.known
        waiting = np.arange(start, len(self.known))
        slot = self._first_slots(hashes)
        while len(waiting):
            free = self._places[slot] < 0
            self._places[slot[free]] = waiting[free]  # of several that want a slot, one gets it
            has_slot = self._places[slot] == waiting
            self._slots[slot[has_slot]] = self.known[waiting[has_slot]]
            waiting, slot = waiting[~has_slot], (slot[~has_slot] + 1) & (len(self._slots) - 1)

    def _first_slots(self, hashes: Hashes) -> Places:
        return (hashes & np.uint64(len(self._slots) - 1)).astype(np.intp)


@dataclass
class CountedTexts:
    """The different texts and the sums of their weights (m, k)."""

    index: HashIndex = field(default_factory=HashIndex)
    parts: list[pl.Series] = field(default_factory=list)
    bytes: int = 0
    weights: Ints | None = None

    @property
    def size(self) -> int:
        """The number of different texts."""
        return len(self.index.known)

    @property
    def texts(self) -> pl.Series:
        """(k,) the different texts, in the order in which they came."""
        return pl.concat(self.parts) if self.parts else pl.Series("value", [], dtype=pl.String)

    def add(self, hashes: Hashes, weights: Ints) -> Places:
        """Counts the rows of known texts; returns the places of the others.

        hashes: (n,) of the texts of the rows. weights: (m, n); the first is the number of rows.
        """
        if not self.size:
            return np.arange(len(hashes))
        places = self.index.places(hashes)
        unknown = np.flatnonzero(places < 0)
        if len(unknown) < len(places):
            if len(unknown):
                is_known = places >= 0
                places, weights = places[is_known], weights[:, is_known]
            self._count(places, weights)
        return unknown

    def extend(self, texts: pl.Series, hashes: Hashes, weights: Ints) -> None:
        """Counts rows whose texts are not known yet. texts, hashes: (n,). weights: as in `add`."""
        different, first, places = np.unique(hashes, return_index=True, return_inverse=True)
        more = texts.gather(first).alias("value")
        self.parts.append(more)
        self.bytes += int(more.str.len_bytes().sum())
        self._count(places + self.size, weights)
        self.index.add(different)

    def _count(self, places: Places, weights: Ints) -> None:
        size = self.size if self.weights is None else len(self.weights[0])
        size = max(size, int(places.max()) + 1)
        more = np.stack([np.bincount(places, row, size).astype(np.int64) for row in weights])
        if self.weights is not None:
            more[:, : len(self.weights[0])] += self.weights
        self.weights = more

    def counts(self) -> pl.DataFrame:
        """Columns value, w0 (rows), and w1, w2 for further weights."""
        weights = {} if self.weights is None else {f"w{i}": row for i, row in enumerate(self.weights)}
        return pl.DataFrame({"value": self.texts, **weights})
