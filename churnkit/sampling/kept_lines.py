"""The lines of a large block whose id is kept: the ids of all lines are looked up at once.

An id is compared as words of eight bytes, so that the lines are exactly those that `KeyedRows.where` keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from churnkit.arrays import Bytes, Flags, Hashes, Ints
from churnkit.hash_index import HashIndex, with_room
from churnkit.sampling.column_bytes import KeyColumn, KeyedRows

if TYPE_CHECKING:
    from churnkit.sampling.by_column import ShareRule

MOST_IDS = 1 << 19  # decided ids in memory, about 40 MB; then they are forgotten
LONGEST_ID = 64  # bytes; a block with a longer id is read line by line
WORD = 8  # bytes
NEWLINE = ord("\n")
_EACH_BYTE = 0x0101010101010101
_HIGH_BITS = np.uint64(0x80 * _EACH_BYTE)
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio, as in Fibonacci hashing


class LineIds(NamedTuple):
    """The ids of the lines of a block, of neighbours with the same id only the first.

    heads: (h,) the lines. words: (h, w) their ids. hashes: (h,) of the ids. ends: (n,) the line ends.
    """

    heads: Ints
    words: Hashes
    hashes: Hashes
    ends: Ints


def line_ids(batch: KeyedRows) -> LineIds | None:
    """The ids of the lines of a block; None if the block has odd lines."""
    column, block = batch.column, batch.block.data
    if column.is_json or not batch.is_by_line or len(column.names) < 2 or b"\0" in block:
        return None
    data = np.frombuffer(block + bytes(LONGEST_ID + WORD), dtype=np.uint8)
    separator = column.part.layout.separator[0]
    spans = _field_starts(data[: len(block)], separator, len(column.names), column.place)
    if spans is None or (words := _words(data, spans[0], separator)) is None:
        return None
    heads = _heads(words)
    words = words.take(heads, axis=0)
    return LineIds(heads, words, _hash(words), spans[1])


@dataclass
class KeptLines:
    """rule: which customers are kept.

    _kept: (k or more,) for each id seen so far. _words: (k or more, w) the bytes of these ids, filled up with
    zeros.
    """

    rule: ShareRule
    _index: HashIndex = field(default_factory=HashIndex)
    _kept: Flags = field(default_factory=lambda: np.zeros(1, dtype=np.bool_))
    _words: Hashes = field(default_factory=lambda: np.zeros((1, 1), dtype=np.uint64))

    def of(self, batch: KeyedRows, ids: LineIds) -> list[bytes] | None:
        """The kept lines, neighbours as one piece, each with its line end; None if two ids have one hash.

        Raises UnicodeDecodeError for an id that is not valid in the input's encoding.
        """
        if (is_kept := self._look_up(ids, batch.column)) is None:
            return None
        edges = np.flatnonzero(np.diff(is_kept, prepend=False, append=False))
        lines = np.append(ids.heads, len(ids.ends))[edges]
        ends = np.concatenate(([0], ids.ends + 1))[lines].tolist()
        data = batch.block.data
        return [data[start:stop] for start, stop in zip(ends[::2], ends[1::2], strict=True)]

    def _look_up(self, ids: LineIds, column: KeyColumn) -> Flags | None:
        """(h,) whether each id is kept; None if two ids have the same hash."""
        if self._index.size > MOST_IDS:
            self._index = HashIndex()
        width = max(ids.words.shape[1], self._words.shape[1])
        words, self._words = _widened(ids.words, width), _widened(self._words, width)
        known = self._index.size
        places = self._index.number(ids.hashes)
        size = self._index.size
        if size > known:
            rows = np.empty(size - known, dtype=np.intp)
            new = np.flatnonzero(places >= known)
            rows[places[new] - known] = new  # any row with the id
            texts = words[rows].astype("<u8").view(f"S{WORD * width}").ravel().tolist()
            self._kept, self._words = with_room(self._kept, size), with_room(self._words, size)
            self._kept[known:size] = self.rule.keeps_each(column.texts(texts))
            self._words[known:size] = words[rows]
        if (self._words.take(places, axis=0) != words).any():
            return None
        return self._kept.take(places)


def _field_starts(data: Bytes, separator: int, width: int, place: int) -> tuple[Ints, Ints] | None:
    """Where one field of each line starts, and the line ends; None if some lines may be no rows.

    data: whole lines without quotes. place: of the field, from 0; if it is not the first one, all lines must
    have `width` fields.
    """
    is_end = data == NEWLINE
    if place == 0:
        ends = np.flatnonzero(is_end)
        starts = np.concatenate(([0], ends[:-1] + 1))
        return None if (ends - starts < 2).any() else (starts, ends)
    marks = np.flatnonzero(is_end | (data == separator))
    ends = marks[width - 1 :: width]
    if len(marks) % width or not is_end[ends].all() or len(ends) != np.count_nonzero(is_end):
        return None
    if place == width - 1 and (data[ends - 1] == ord("\r")).any():
        return None
    return marks[place - 1 :: width] + 1, ends


def _words(data: Bytes, starts: Ints, separator: int) -> Hashes | None:
    """(n, w) the bytes of each field, as words filled up with zeros; None if one is too long.

    data: the lines and LONGEST_ID + WORD more bytes. A field ends at a separator or a line end.
    """
    at_each_byte = np.ndarray(len(data) - WORD + 1, "<u8", data.data, strides=(1,))
    columns: list[Hashes] = []
    are_open: Hashes = np.uint64(0) - np.ones(len(starts), dtype=np.uint64)  # all bits; none behind the end
    for at in range(0, LONGEST_ID, WORD):
        words = at_each_byte[starts + at]
        ends = _marked(words, separator) | _marked(words, NEWLINE)
        before_end = ((ends & -ends) >> np.uint64(7)) - np.uint64(1)  # if no end is found: all bits
        columns.append(words & before_end & are_open)
        are_open *= ends == 0
        following = data[starts[are_open != 0] + at + WORD]
        if ((following == separator) | (following == NEWLINE)).all():
            return np.stack(columns, axis=1)
    return None


def _marked(words: Hashes, byte: int) -> Hashes:
    """The words with the high bit of each such byte set, and perhaps of bytes behind the first of them.

    Source: Mycroft (1987), the test for a zero byte in a word.
    """
    zero = words ^ np.uint64(byte * _EACH_BYTE)
    return (zero - np.uint64(_EACH_BYTE)) & ~zero & _HIGH_BITS


def _heads(words: Hashes) -> Ints:
    """The rows whose words differ from those of the row before."""
    is_head = np.ones(len(words), dtype=np.bool_)
    is_head[1:] = words[1:, 0] != words[:-1, 0]
    for column in words.T[1:]:
        is_head[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(is_head)


def _widened(words: Hashes, width: int) -> Hashes:
    """The words with more columns, of zeros."""
    more = width - words.shape[1]
    return np.pad(words, ((0, 0), (0, more))) if more else words


def _hash(words: Hashes) -> Hashes:
    """(n,) a hash of each row; zeros behind the last word change nothing."""
    hashes = np.zeros(len(words), dtype=np.uint64)
    for place, column in enumerate(words.T):
        of_place = np.uint64(place * int(_ODD) % (1 << 64))
        mixed = (column + of_place) * _ODD * (column != 0)
        hashes ^= mixed ^ (mixed >> np.uint64(32))
    hashes *= _ODD
    return hashes ^ (hashes >> np.uint64(32))
