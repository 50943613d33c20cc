"""An even sample of the rows of a table, in constant memory and without chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

MOST_ROWS = 20_000  # between this and twice as many are kept


@dataclass
class RowSample:
    """Every row at first, then every second, every fourth, … so that few are kept. seen: the rows so far.

    The kept rows depend on the number of rows alone, not on the blocks in which they came.
    """

    kept: list[pl.DataFrame] = field(default_factory=list)
    step: int = 1
    seen: int = 0

    def add(self, rows: pl.DataFrame) -> None:
        """Adds rows; they are kept as texts."""
        while -(-(self.seen + rows.height) // self.step) > 2 * MOST_ROWS:
            self.kept = [self.rows.gather_every(2)]
            self.step *= 2
        part = rows.gather_every(self.step, -self.seen % self.step)
        self.kept.append(part.with_columns(pl.all().cast(pl.String)))
        self.seen += rows.height

    @property
    def rows(self) -> pl.DataFrame:
        """The kept rows, in their order, as String columns."""
        return pl.concat(self.kept, how="diagonal") if self.kept else pl.DataFrame()
