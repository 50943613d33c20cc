"""The effective number of customers of a stream of rows, in constant memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from churnkit.arrays import Hashes, Ints
from churnkit.hash_index import count_hashes, hash_texts
from churnkit.profiling.sketches import HashSample, SquareSum

MOST_COUNTED = 1 << 16  # customers whose rows are counted one by one


@dataclass
class CustomerCount:
    """Rows per customer: exact for up to 65,536 customers; for more, Σk² is estimated within about 1 %."""

    counted: HashSample = field(default_factory=lambda: HashSample(MOST_COUNTED))
    squares: SquareSum = field(default_factory=SquareSum)

    def see(self, ids: pl.Series) -> None:
        """Adds rows. ids: (n,) their customers, String."""
        self.add(*count_ids(ids))

    def add(self, hashes: Hashes, rows: Ints) -> None:
        """Adds customers: (k,) the hashes of their ids, and the rows of each."""
        self.counted.add(hashes, rows)
        self.squares.add(hashes, rows)

    @property
    def effective(self) -> float:
        """(Σk)² / Σk², with k the rows of a customer: see `effective_groups`."""
        return (self.counted if self.counted.is_exact else self.squares).effective_values


def count_ids(ids: pl.Series) -> tuple[Hashes, Ints]:
    """The different hashes of ids, ascending, and the rows of each; all rows without an id are one customer.

    ids: (n,) String.
    """
    return count_hashes(hash_texts(ids))
