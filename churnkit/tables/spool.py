"""Holds tables for later: some in memory, and beyond some megabytes the others in a temporary file."""

from __future__ import annotations

import io
import tempfile
from typing import IO, Literal, cast

import polars as pl
import polars.selectors as cs

from churnkit.tables.watched_file import WatchedFile
from churnkit.tables.writing import write_error

IN_MEMORY = 8 << 20  # bytes
TEMPORARY = "the temporary file (in the folder TMPDIR)"


class Spool:
    """Tables in the order in which they came; each can be read again by its number.

    A Categorical column comes back as String if it was in the file.
    """

    def __init__(self, in_memory: int | None = None) -> None:
        self._left = IN_MEMORY if in_memory is None else in_memory
        self._kept: list[pl.DataFrame | tuple[int, int]] = []  # a table, or its place and size in the file
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, rows: pl.DataFrame) -> None:
        """Adds a table. Raises ChurnkitError if the disk is full."""
        size = int(rows.estimated_size())
        if size <= self._left:
            self._left -= size
            self._kept.append(rows)
            return
        self._left = 0  # all later ones go to the file
        plain = rows.with_columns(cs.categorical().cast(pl.String))
        # packed numbers are a third smaller, and take ten times as long
        packing: Literal["lz4", "uncompressed"] = "lz4" if pl.String in plain.dtypes else "uncompressed"
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        target = WatchedFile(self._file)
        try:
            start = self._file.seek(0, io.SEEK_END)
            plain.write_ipc(cast("IO[bytes]", target), compression=packing)
            self._file.flush()
        except (OSError, pl.exceptions.PolarsError) as error:
            failed = target.error or error
            if not isinstance(failed, OSError):
                raise
            raise write_error(TEMPORARY, failed) from None
        self._kept.append((start, self._file.tell() - start))

    def read(self, number: int) -> pl.DataFrame:
        """A table again."""
        kept = self._kept[number]
        if isinstance(kept, pl.DataFrame):
            return kept
        assert self._file is not None
        self._file.seek(kept[0])
        return pl.read_ipc(io.BytesIO(self._file.read(kept[1])))

    def close(self) -> None:
        """Forgets all tables, and removes the file."""
        if self._file is not None:
            self._file.close()
        self._file, self._kept = None, []

    def __del__(self) -> None:
        self.close()
