"""Samples rows without changing them: blocks of bytes in, some of their records out."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from churnkit.sampling import by_column, drawing, pseudonyms
from churnkit.sampling.by_column import LeftOut
from churnkit.sampling.column_bytes import KeyColumn, KeyedRows, SkippedLines
from churnkit.tables import formats, records
from churnkit.tables.formats import Layout
from churnkit.tables.lines import MANY_BYTES
from churnkit.tables.records import Block, RecordStream

MANY = 16  # if more than one line in 16 is wanted, the whole block is split


@dataclass(frozen=True)
class SampleChoice:
    """Which rows are kept: a number (size) or a share (rate) of the rows, or of the customers (by).

    by: the id column. shard: K and N, the K-th of N parts of the customers. stratify: the column whose values
    keep their shares. left_out: customers who are not kept. pseudonymize: columns whose values are replaced
    by tokens, made with the secret key.
    """

    size: int | None = None
    rate: float = 1.0
    by: str | None = None
    seed: int = 0
    shard: tuple[int, int] | None = None
    stratify: str | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    pseudonymize: tuple[str, ...] = ()
    key: bytes = b""

    @property
    def columns(self) -> list[str]:
        """The columns that are read in each row; the first one decides whether the row is kept."""
        return [name for name in (self.by, self.stratify, *self.pseudonymize) if name is not None]


def sample_rows(
    parts: Iterator[RecordStream],
    choice: SampleChoice,
    names: Sequence[str],
    encoding: str,
    skipped: SkippedLines,
) -> Iterator[bytes]:
    """The chosen rows of the parts of a table as bytes, whole lines, in their order.

    names: the columns of files without a header. encoding: of the values. skipped: counts repeated headers.
    """
    if not choice.columns:
        yield from _without_columns(parts, choice)
        return
    yield from _by_column(_batches(parts, choice.columns[0], names, encoding, skipped), choice)


# ------------------------------------------------------------------------ rows without reading a column
def _without_columns(parts: Iterator[RecordStream], choice: SampleChoice) -> Iterator[bytes]:
    """A share or a number of the rows: line ends are counted, and only the wanted lines are searched for."""
    data = ((block, part.layout) for part in parts for block in part.blocks)
    rng = random.Random(choice.seed)
    if choice.size is not None:
        reservoir: dict[int, tuple[int, bytes]] = {}
        for found in _records(data, drawing.draw_replacements(choice.size, rng)):
            reservoir.update(found)
        yield b"".join(record for _, record in sorted(reservoir.values()))
    elif choice.rate == 1:
        yield from (block.data for block, _ in data)
    else:
        kept = ((row, row) for row in drawing.draw_rows(choice.rate, rng)) if choice.rate else iter(())
        for found in _records(data, kept):
            yield b"".join([record for _, record in found.values()])


def _records(
    data: Iterator[tuple[Block, Layout]], wanted: Iterator[tuple[int, int]]
) -> Iterator[dict[int, tuple[int, bytes]]]:
    """For each block the records at the wanted rows: place → (row, record), the last row of each place.

    wanted: (row, place), with ascending row numbers from 0.
    """
    row, place = next(wanted, (-1, 0))
    rows_before = seen = 0
    for block, layout in data:
        seen += len(block.data)
        if seen > 2 * MANY_BYTES:  # how much follows is not known
            import numpy as np  # noqa: F401  # then the line ends of a block are counted by it
        is_quoted = block.has_quotes and layout.format != formats.JSONL
        ends = records.record_ends(block.data, layout) if is_quoted else None
        count = block.marks[-1] if ends is None else len(ends)
        rows: dict[int, int] = {}
        while rows_before <= row < rows_before + count:
            rows[place] = row
            row, place = next(wanted)
        if rows:
            text_of = _reader(block, ends, len(rows) * MANY > count)
            yield {place: (row, text_of(row - rows_before)) for place, row in rows.items()}
        rows_before += count


def _reader(block: Block, ends: list[int] | None, are_many: bool) -> Callable[[int], bytes]:
    """A function that returns a record of the block. ends: of the records, None if each line is one."""
    if ends is not None:
        return lambda number: block.data[ends[number - 1] if number else 0 : ends[number]]
    if are_many:
        lines = block.data.split(b"\n")
        return lambda number: lines[number] + b"\n"
    return lambda number: _line(block, number)


def _line(block: Block, number: int) -> bytes:
    """A line of a block, numbered from 0; the search starts at the nearest mark before it."""
    data, place = block.data, bisect.bisect_right(block.marks, number) - 1
    end, further = place * records.STEP, number - block.marks[place]
    near = data[end : end + 2 * records.STEP].split(b"\n", further + 1)
    if further and len(near) == further + 2:
        return near[further] + b"\n"
    for _ in range(further + 1):  # a long line, or one that begins before the mark
        end = data.index(b"\n", end) + 1
    return data[data.rfind(b"\n", 0, end - 1) + 1 : end]


# ------------------------------------------------------------------------ rows by the value of a column
def _by_column(batches: Iterator[KeyedRows], choice: SampleChoice) -> Iterator[bytes]:
    finish = _Pseudonyms(choice.pseudonymize, choice.key).finish
    size, rate, seed = choice.size, choice.rate, choice.seed
    if choice.by is not None and size is not None:
        yield from by_column.n_customers(batches, size, choice.shard, seed, choice.left_out, finish)
    elif choice.by is not None:
        yield from by_column.share_of_customers(
            batches, rate, choice.shard, seed, choice.left_out, finish if choice.pseudonymize else None
        )
    elif choice.stratify is not None and size is not None:
        yield from by_column.n_of_strata(batches, size, seed, finish)
    elif choice.stratify is not None:
        yield from by_column.share_of_strata(batches, rate, seed, finish)
    elif size is not None:
        yield from by_column.n_rows(batches, size, seed, finish)
    else:
        yield from by_column.share_of_rows(batches, rate, seed, finish)


def _batches(
    parts: Iterator[RecordStream], name: str, names: Sequence[str], encoding: str, skipped: SkippedLines
) -> Iterator[KeyedRows]:
    for part in parts:
        given = names if part.layout.format != formats.JSONL else ()
        known = given or (part.names if part.header else ())
        yield from KeyColumn(part, known, name, encoding, skipped).batches()


@dataclass
class _Pseudonyms:
    """Replaces values by tokens; each token is computed once."""

    columns: Sequence[str]
    key: bytes
    known: dict[bytes, str] = field(default_factory=dict)

    def finish(self, batch: KeyedRows, lines: list[bytes]) -> list[bytes]:
        """The lines as they are written."""
        if not self.columns:
            return lines
        try:
            return [self._replace(line, batch.column) for line in lines]
        except (IndexError, ValueError):
            name = self.columns[0]
            raise batch.error(name, lambda record: self._replace(record, batch.column)) from None

    def _replace(self, line: bytes, column: KeyColumn) -> bytes:
        layout, encoding = column.part.layout, column.encoding
        return pseudonyms.replace_values(line, layout, column.names, self.columns, encoding, self._token)

    def _token(self, value: bytes) -> str:
        if value not in self.known:
            self.known[value] = pseudonyms.token(self.key, value)
        return self.known[value]
