"""Counts the rows of each different text of a column, whose hash is its key.

Two of 100,000 texts share a hash of 64 bits in one of 4 billion tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit.arrays import Hashes, Ints, Places
from churnkit.hash_index import HashIndex, distinct_hashes


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
        return self.index.size

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
        if len(unknown) == len(places):
            return unknown
        if len(unknown):
            known = np.flatnonzero(places >= 0)
            places, weights = places[known], weights.take(known, axis=1)
        self._count(places, weights)
        return unknown

    def extend(self, texts: pl.Series, hashes: Hashes, weights: Ints) -> None:
        """Counts rows whose texts are not known yet. texts, hashes: (n,). weights: as in `add`."""
        size, different = self.size, distinct_hashes(hashes)
        self.index.number(different)
        places = self.index.places(hashes)
        row_of = np.empty(len(different), dtype=np.intp)
        row_of[places - size] = np.arange(len(places))  # one row of each text
        more = texts.gather(row_of).alias("value")
        self.parts.append(more)
        self.bytes += int(more.str.len_bytes().sum())
        self._count(places, weights)

    def _count(self, places: Places, weights: Ints) -> None:
        if self.weights is None:
            self.weights = np.zeros((len(weights), 0), dtype=np.int64)
        if (more := int(places.max()) + 1 - self.weights.shape[1]) > 0:
            self.weights = np.pad(self.weights, ((0, 0), (0, more)))
        for sums, row in zip(self.weights, weights, strict=True):
            np.add.at(sums, places, row)

    def counts(self) -> pl.DataFrame:
        """Columns value, w0 (rows), and w1, w2 for further weights."""
        weights = {} if self.weights is None else {f"w{i}": row for i, row in enumerate(self.weights)}
        return pl.DataFrame({"value": self.texts, **weights})
