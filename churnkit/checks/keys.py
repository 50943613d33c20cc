"""Which keys came before, in 8 bytes a row: sorted runs of 64-bit hashes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit.arrays import Flags, Hashes
from churnkit.hash_index import hash_texts

MOST_KEYS = 1 << 26  # half a gigabyte; two of them have equal hashes with a probability of .0001


@dataclass
class KeySet:
    """The hashes added so far, in sorted runs whose lengths at least double.

    most: hashes kept; later ones are no longer compared.
    """

    most: int = MOST_KEYS
    seen: int = 0
    runs: list[Hashes] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return self.seen >= self.most

    def repeats(self, hashes: Hashes) -> Flags:
        """(n,) whether each hash came before, here or in an earlier call; and adds them. hashes: (n,)."""
        if self.is_full or not len(hashes):
            return np.zeros(len(hashes), dtype=np.bool_)
        ordered = np.sort(hashes)
        is_new = np.ones(len(hashes), dtype=np.bool_)
        is_new[1:] = ordered[1:] != ordered[:-1]
        for run in self.runs:
            is_new &= ~is_in_run(run, ordered)
        self._add(ordered[is_new])
        repeated = np.zeros(len(hashes), dtype=np.bool_)
        if not is_new.all():  # the sorted order of the rows is needed only now
            repeated[np.argsort(hashes, kind="stable")] = ~is_new
        return repeated

    def _add(self, run: Hashes) -> None:
        self.seen += len(run)
        if not len(run):
            return
        while self.runs and len(self.runs[-1]) < 2 * len(run):
            run = np.sort(np.concatenate([self.runs.pop(), run]), kind="stable")
        self.runs.append(run)


def is_in_run(run: Hashes, hashes: Hashes) -> Flags:
    """(n,) whether each hash is in a sorted run. hashes: (n,)."""
    if not len(run):
        return np.zeros(len(hashes), dtype=np.bool_)
    places = np.searchsorted(run, hashes)
    found: Flags = run[np.minimum(places, len(run) - 1)] == hashes
    return found


def hash_rows(columns: list[pl.Series]) -> Hashes:
    """(n,) the hash of the values of these columns in each row."""
    if len(columns) == 1:
        return hash_texts(columns[0])
    return pl.DataFrame([c.alias(str(k)) for k, c in enumerate(columns)]).hash_rows(seed=0).to_numpy()
