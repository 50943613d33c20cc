"""A file that is read as a whole, and which of its columns cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from churnkit import errors
from churnkit.errors import ChurnkitError


@dataclass(frozen=True)
class FileTable:
    """A file that is read as a whole. rows: String columns. unreadable: column → why it cannot be read (in
    the rows it is null). first_line: the number of the first row. is_sheet: of a spreadsheet, with all that
    people leave on one.
    """

    rows: pl.DataFrame
    unreadable: dict[str, str] = field(default_factory=dict)
    first_line: int = 1
    is_sheet: bool = False

    def refuse(self, path: str, needed: Iterable[str]) -> None:
        """Raises ChurnkitError for the first needed column that cannot be read."""
        for name in needed:
            if name in self.unreadable:
                place = f"{errors.shown_path(path)}: column {errors.quote(name)}"
                raise ChurnkitError(f"{place}: {self.unreadable[name]}")
