"""A file that is not read line by line: its names at once, its rows in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

FILE_ROWS = 1 << 18  # rows of a part


class FileTable(Protocol):
    """A file whose rows are read in parts."""

    @property
    def names(self) -> list[str]:
        """The names of the columns."""

    @property
    def sorted_by(self) -> str | None:
        """The column by whose values the rows are sorted, if the file says so."""

    def parts(
        self, needed: Iterable[str] | None = None, typed: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        """The line of the first row of each part, and its columns: String, null if empty.

        needed: the columns to read; None for all. typed: column → a type that may be returned instead.
        """


@dataclass(frozen=True)
class Sheet:
    """A sheet of a spreadsheet. rows: String columns. first_line: the number of the first row."""

    rows: pl.DataFrame
    first_line: int = 1

    @property
    def names(self) -> list[str]:
        return self.rows.columns

    @property
    def sorted_by(self) -> None:
        return None

    def parts(
        self, needed: Iterable[str] | None = None, typed: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        for start in range(0, self.rows.height, FILE_ROWS):
            yield self.first_line + start, self.rows.slice(start, FILE_ROWS)
