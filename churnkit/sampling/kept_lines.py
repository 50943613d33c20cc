"""The lines of a large block whose id is kept: the ids of all lines are looked up at once.

An id is compared as words of eight bytes, so that the lines are exactly those that `KeyedRows.where` keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from churnkit.arrays import Bytes, Flags, Hashes, Ints
from churnkit.hash_index import HashIndex
from churnkit.sampling.column_bytes import KeyedRows

if TYPE_CHECKING:
    from churnkit.sampling.by_column import ShareRule

MOST_IDS = 1 << 19  # decided ids in memory, about 40 MB; then they are forgotten
LONGEST_ID = 64  # bytes; a block with a longer id is read line by line
WORD = 8  # bytes
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio, as in Fibonacci hashing


@dataclass
class KeptLines:
    """rule: which customers are kept.

    _kept: (k,) for each id seen so far. _words: (k, w) the bytes of these ids, filled up with zeros.
    """

    rule: ShareRule
    _index: HashIndex = field(default_factory=HashIndex)
    _kept: Flags = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    _words: Hashes = field(default_factory=lambda: np.empty((0, 1), dtype=np.uint64))

    def of(self, batch: KeyedRows) -> list[bytes] | None:
        """The kept lines, neighbours as one piece, each with its line end; None if the block has odd lines.

        Raises UnicodeDecodeError for an id that is not valid in the input's encoding.
        """
        column = batch.column
        if column.is_json or not batch.is_by_line or len(column.names) < 2:
            return None
        data = np.frombuffer(batch.block.data, dtype=np.uint8)
        spans = _field_spans(data, column.part.layout.separator, len(column.names), column.place)
        if spans is None:
            return None
        starts, stops, line_ends = spans
        words = _words(batch.block.data, data, starts, stops)
        if words is None or (is_kept := self._look_up(batch, starts, stops, words)) is None:
            return None
        edges = np.flatnonzero(np.diff(is_kept, prepend=False, append=False))
        ends = np.concatenate(([0], line_ends + 1))[edges].tolist()
        return [batch.block.data[start:stop] for start, stop in zip(ends[::2], ends[1::2], strict=True)]

    def _look_up(self, batch: KeyedRows, starts: Ints, stops: Ints, words: Hashes) -> Flags | None:
        """(n,) whether each line is kept; None if two ids have the same hash."""
        if len(self._kept) > MOST_IDS:
            self._index, self._kept, self._words = HashIndex(), self._kept[:0], self._words[:0]
        width = max(words.shape[1], self._words.shape[1])
        words, self._words = _widened(words, width), _widened(self._words, width)
        hashes = _hash(words)
        places = self._index.places(hashes)
        unknown = np.flatnonzero(places < 0)
        if len(unknown):
            new, first = np.unique(hashes[unknown], return_index=True)
            rows = unknown[first]
            data, text_of = batch.block.data, batch.column.text
            each = zip(starts[rows].tolist(), stops[rows].tolist(), strict=True)
            kept = self.rule.keeps_each([text_of(data[start:stop]) for start, stop in each])
            self._index.add(new)
            self._kept = np.concatenate([self._kept, np.array(kept, dtype=np.bool_)])
            self._words = np.concatenate([self._words, words[rows]])
            places[unknown] = self._index.places(hashes[unknown])
        if (self._words[places] != words).any():
            return None
        found: Flags = self._kept[places]
        return found


def _field_spans(data: Bytes, separator: bytes, width: int, place: int) -> tuple[Ints, Ints, Ints] | None:
    """Start and stop of one field of each line, and the line ends; None unless all lines have `width` fields.

    data: whole lines without quotes. place: of the field, from 0.
    """
    is_end = data == ord("\n")
    marks = np.flatnonzero(is_end | (data == separator[0]))
    ends = marks[width - 1 :: width]
    if len(marks) % width or not is_end[ends].all() or len(ends) != np.count_nonzero(is_end):
        return None
    stops = marks[place::width]
    starts = marks[place - 1 :: width] + 1 if place else np.concatenate(([0], ends[:-1] + 1))
    if place == width - 1 and (data[stops - 1] == ord("\r")).any():
        return None
    return starts, stops, ends


def _words(block: bytes, data: Bytes, starts: Ints, stops: Ints) -> Hashes | None:
    """(n, w) the bytes of each field, as words filled up with zeros; None if one is too long or has NUL."""
    lengths = stops - starts
    longest = int(lengths.max(initial=0))
    if longest > LONGEST_ID or b"\0" in block:
        return None
    width = max(1, -(-longest // WORD))
    padded = np.concatenate([data, np.zeros(WORD * width, dtype=np.uint8)])
    at_each_byte = np.ndarray(len(data) + WORD * (width - 1), "<u8", padded.data, strides=(1,))
    words = np.empty((len(starts), width), dtype=np.uint64)
    for place in range(width):
        bits = np.clip(lengths - WORD * place, 0, WORD).astype(np.uint64) * np.uint64(8)
        mask = np.where(bits == 64, ~np.uint64(0), (np.uint64(1) << bits) - np.uint64(1))
        words[:, place] = at_each_byte[starts + WORD * place] & mask
    return words


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
