"""The effective number of customers of a stream of rows, in constant memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from churnkit.profiling.sketches import HashSample, SquareSum

MOST_COUNTED = 1 << 16  # customers whose rows are counted one by one


@dataclass
class CustomerCount:
    """Rows per customer: exact for up to 65,536 customers; for more, Σk² is estimated within about 1 %."""

    counted: HashSample = field(default_factory=lambda: HashSample(MOST_COUNTED))
    squares: SquareSum = field(default_factory=SquareSum)

    def see(self, ids: pl.Series) -> None:
        """Adds rows. ids: (n,) their customers, String; all rows without an id count as one customer."""
        hashes = ids.hash(seed=0).to_numpy()
        self.counted.add(hashes)
        self.squares.add(hashes)

    @property
    def effective(self) -> float:
        """(Σk)² / Σk², with k the rows of a customer: see `effective_groups`."""
        return (self.counted if self.counted.is_exact else self.squares).effective_values
