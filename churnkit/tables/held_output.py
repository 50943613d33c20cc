"""Holds output back until it may be written: in memory, and beyond some megabytes in a temporary file."""

from __future__ import annotations

import tempfile
from typing import IO

from churnkit.tables.writing import Output, write_error

IN_MEMORY = 8 << 20  # bytes
TEMPORARY = "the temporary file of the rows that are held back"


class HeldOutput:
    """Bytes in front of an Output. They are written when they are released, or never."""

    def __init__(self, output: Output, in_memory: int = IN_MEMORY) -> None:
        self._output, self._in_memory = output, in_memory
        self._parts: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None
        self._sizes: list[int] = []  # of the parts in the file: each is written as it came, in whole lines

    def bytes(self, data: bytes) -> None:
        """Holds whole lines back. Raises ChurnkitError if the disk is full."""
        if not data:
            return
        self._parts.append(data)
        self._size += len(data)
        if self._size > self._in_memory:
            self._to_file()

    def _to_file(self) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by discard)
            for part in self._parts:
                self._file.write(part)
                self._sizes.append(len(part))
            self._file.flush()
        except OSError as error:
            raise write_error(TEMPORARY, error) from None
        self._parts, self._size = [], 0

    def release(self) -> None:
        """Writes all that is held back."""
        if self._file is not None:
            self._file.seek(0)
            for size in self._sizes:
                self._output.bytes(self._file.read(size))
        for part in self._parts:
            self._output.bytes(part)
        self.discard()

    def discard(self) -> None:
        """Forgets all that is held back."""
        if self._file is not None:
            self._file.close()
        self._file, self._sizes, self._parts, self._size = None, [], [], 0
