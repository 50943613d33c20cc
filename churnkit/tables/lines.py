"""The lines of plain files by their numbers: all are counted, and only the wanted ones are read."""

from __future__ import annotations

import bisect
import codecs
import os
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat

from churnkit import messages
from churnkit.errors import ChurnkitError, shown_path
from churnkit.tables.compression import COMPRESSIONS
from churnkit.tables.streams import system_error

STEP = 1 << 11  # bytes between two marks, or more in a large file
MOST_MARKS = 1 << 20  # about, in a large file
IN_CACHE = 1 << 18  # bytes that fit in the cache of a core
LANES = 1 << 10  # bytes that numpy counts eight at a time
MANY_BYTES = 1 << 27  # in a larger file numpy saves more time than its import takes


@dataclass(frozen=True)
class FileLines:
    """The counted lines of a FILE. marks: the number of line ends before each `step` bytes, and of all."""

    path: str
    step: int
    marks: array[int]
    count: int

    def read(self, numbers: Sequence[int]) -> Iterator[bytes]:
        """The lines with these numbers, from 0, ascending; each with a line end, the first without its mark.

        Raises ChurnkitError if the FILE is shorter than it was.
        """
        descriptor = _open(self.path)
        try:
            near, near_mark, is_end = [b""], -1, False
            for number in numbers:
                mark = max(0, bisect.bisect_right(self.marks, number - 1) - 1)  # the line begins behind it
                place, size = number - self.marks[mark], self.step + self.step // 8
                if mark != near_mark:
                    near, is_end = _lines_at(descriptor, mark * self.step, size)
                    near_mark = mark
                while place >= len(near) - 1 and not is_end:  # a long line
                    size *= 2
                    near, is_end = _lines_at(descriptor, mark * self.step, size)
                if place >= len(near) - (number < self.marks[-1]):
                    raise ChurnkitError(f"{shown_path(self.path)} was changed while it was read")
                line = near[place] + b"\n"
                yield line if number else line.removeprefix(codecs.BOM_UTF8)
        except OSError as error:
            raise system_error(self.path, error) from None
        finally:
            os.close(descriptor)


def _lines_at(descriptor: int, start: int, size: int) -> tuple[list[bytes], bool]:
    """The bytes of a file from `start` on as lines, and whether they are its last ones."""
    data = os.pread(descriptor, size, start)
    return data.split(b"\n"), len(data) < size


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise system_error(path, error) from None


def count_lines(path: str, *, are_quotes_plain: bool) -> FileLines | None:
    """The lines of a FILE, the last one also without its end; None if they may not be records.

    So if it is compressed, has a line of more than IN_CACHE bytes or, unless they are plain, quotes.
    Raises ChurnkitError if it cannot be read.
    """
    descriptor = _open(path)
    try:
        expected = os.fstat(descriptor).st_size
        if expected >= MANY_BYTES:
            import numpy as np  # noqa: F401  # then count_in_steps uses it
        step = min(IN_CACHE, max(STEP, 1 << (expected // MOST_MARKS).bit_length()))
        marks = array("Q", [0])
        size, is_open = 0, False
        while data := os.read(descriptor, IN_CACHE):
            if size % IN_CACHE or is_open or (not are_quotes_plain and b'"' in data):
                return None
            if not size and data.startswith(tuple(COMPRESSIONS)):
                return None
            before = marks[-1]
            marks.extend(accumulate(count_in_steps(data, step), initial=marks.pop()))
            is_open = marks[-1] == before
            size += len(data)
            is_ended = data.endswith(b"\n")
            messages.advance(len(data), marks[-1] - before)
    except OSError as error:
        raise system_error(path, error) from None
    finally:
        os.close(descriptor)
    return FileLines(path, step, marks, marks[-1] + (size > 0 and not is_ended))


def count_in_steps(data: bytes, step: int) -> Iterable[int]:
    """The number of line ends in each `step` bytes; numpy, if it is loaded, takes a third of the time.

    step: a multiple of LANES.
    """
    if "numpy" not in sys.modules:
        return map(data.count, repeat(b"\n"), range(0, len(data), step), range(step, len(data) + step, step))
    import numpy as np

    whole = len(data) // LANES
    is_end = np.frombuffer(data, dtype=np.uint8, count=whole * LANES) == ord("\n")
    lanes = is_end.view(np.uint64).reshape(whole, LANES // 8).sum(axis=1)  # eight sums of at most 128 in one
    counts = lanes.view(np.uint8).reshape(whole, 8).sum(axis=1, dtype=np.int64)
    counts = np.append(counts, data.count(b"\n", whole * LANES))
    firsts = range(0, -(-len(data) // LANES), step // LANES)
    totals: list[int] = np.add.reduceat(counts, firsts).tolist() if data else []
    return totals
