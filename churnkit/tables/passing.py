"""Rows that pass through as they stand: blocks of bytes in, some of their records out."""

from __future__ import annotations

import heapq
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from churnkit import columns, sampling
from churnkit.errors import ChurnkitError, quoted
from churnkit.tables import blocks, jsonl, streams
from churnkit.tables.blocks import Block, Rows


@dataclass(frozen=True)
class Choice:
    """Which rows are kept: so many (size) or a share (rate), of rows or of the customers in `by`."""

    size: int | None
    rate: float | None
    by: str | None
    seed: int


def sampled(paths: Sequence[str], choice: Choice, *, asked: str | None, header: bool) -> Iterator[bytes]:
    """The chosen rows as bytes, whole lines, in their order, under the header.

    asked: a format that overrules the content. header: write the header.
    Raises ChurnkitError: FILEs of different headers, an open quote, no such column.
    """
    tables = _opened(paths, asked)
    first = next(tables)
    if header and first.header:
        yield first.header if first.header.endswith(b"\n") else first.header + b"\n"
    parts = _with_first(first, tables)
    if choice.by is not None:
        named = _named_rows(parts, choice.by)
        if choice.size is not None:
            yield _n_customers(named, choice.size, choice.seed)
        else:
            yield from _share_of_customers(named, choice.rate or 0.0, choice.seed)
        return
    data = (block.data for part in parts for block in part.blocks)
    if choice.size is not None:
        yield b"".join(_n_rows(data, first.layout, choice.size, random.Random(choice.seed)))
    elif choice.rate == 1:
        yield from data
    elif choice.rate:
        yield from _share_of_rows(data, first.layout, choice.rate, random.Random(choice.seed))
    else:
        for _ in data:  # read to the end all the same: a torn input is an error
            pass


def _opened(paths: Sequence[str], asked: str | None) -> Iterator[Rows]:
    """Each FILE in turn; what can be looked at before is, so that no row is written in vain."""
    streams.look_at(paths)
    first = _rows(paths[0], asked)
    for path in paths[1:]:
        if os.path.isfile(path):
            _refuse_other_header(first, _rows(path, asked))
    yield first
    for path in paths[1:]:
        rows = _rows(path, asked)
        _refuse_other_header(first, rows)
        yield rows


def _rows(path: str, asked: str | None) -> Rows:
    if asked == "parquet" or (asked is None and path.endswith(".parquet")):
        from churnkit.tables.frames import parquet_texts

        data = parquet_texts(path).write_csv().encode()
        layout = blocks.Layout(blocks.CSV, b",")
        end = blocks.first_record(data, layout)
        return Rows(path, layout, data[:end], iter([Block(data[end:], 2)] if data[end:] else []))
    return blocks.opened(path, asked=asked)


def _refuse_other_header(first: Rows, other: Rows) -> None:
    if first.header.rstrip(b"\r\n") == other.header.rstrip(b"\r\n"):
        return
    name, first_name = streams.shown(other.path), streams.shown(first.path)
    if first.header and other.header:
        blocks.refuse_other_header(name, other.names, first_name, first.names)
    raise ChurnkitError(f"{name}: its header is not, byte for byte, that of {first_name}")


def _with_first(first: Rows, others: Iterator[Rows]) -> Iterator[Rows]:
    yield first
    yield from others


# ------------------------------------------------------------------------ rows
def _records(data: bytes, layout: blocks.Layout) -> int:
    """How many records a block holds."""
    if b'"' not in data:
        return data.count(b"\n")
    return len(blocks.record_ends(data, layout))


def _share_of_rows(
    data: Iterator[bytes], layout: blocks.Layout, rate: float, rng: random.Random
) -> Iterator[bytes]:
    kept = sampling.kept_rows(rate, rng)
    row, seen = next(kept), 0
    for block in data:
        stop = seen + _records(block, layout)
        if row < stop:
            ends = [0, *blocks.record_ends(block, layout)]
            out = []
            while row < stop:
                out.append(block[ends[row - seen] : ends[row - seen + 1]])
                row = next(kept)
            yield b"".join(out)
        seen = stop


def _n_rows(data: Iterator[bytes], layout: blocks.Layout, size: int, rng: random.Random) -> list[bytes]:
    """A uniform sample of exactly size rows, in their order; blocks that give none are only counted."""
    entering = sampling.replacements(size, rng)
    row, place = next(entering, (None, 0))
    reservoir: dict[int, tuple[int, bytes]] = {}
    seen = 0
    for block in data:
        stop = seen + _records(block, layout)
        if row is not None and row < stop:
            ends = [0, *blocks.record_ends(block, layout)]
            while row < stop:
                reservoir[place] = row, block[ends[row - seen] : ends[row - seen + 1]]
                row, place = next(entering)
        seen = stop
    return [record for _, record in sorted(reservoir.values())]


# ------------------------------------------------------------------------ customers
NamedRow = tuple[str, bytes]  # the customer's id, the record


def _share_of_customers(named: Iterator[list[NamedRow]], rate: float, seed: int) -> Iterator[bytes]:
    decided: dict[str, bool] = {}
    for rows in named:
        out = []
        for customer, record in rows:
            kept = decided.get(customer)
            if kept is None:
                kept = decided[customer] = sampling.is_kept(customer, rate, seed)
            if kept:
                out.append(record)
        if out:
            yield b"".join(out)


def _n_customers(named: Iterator[list[NamedRow]], size: int, seed: int) -> bytes:
    """All rows of the `size` customers with the smallest hashes, in their order."""
    hashes: dict[str, int] = {}
    kept: dict[str, list[tuple[int, bytes]]] = {}
    largest: list[tuple[int, str]] = []  # a heap of (-hash, customer)
    row = 0
    for rows in named:
        for customer, record in rows:
            row += 1
            if customer in kept:
                kept[customer].append((row, record))
                continue
            if customer not in hashes:
                hashes[customer] = sampling.customer_hash(customer, seed)
            entry = (-hashes[customer], customer)
            if len(kept) == size and (size == 0 or entry < largest[0]):
                continue
            heapq.heappush(largest, entry)
            kept[customer] = [(row, record)]
            if len(kept) > size:
                del kept[heapq.heappop(largest)[1]]
    return b"".join(record for _, record in sorted(r for rows in kept.values() for r in rows))


def _named_rows(parts: Iterator[Rows], by: str) -> Iterator[list[NamedRow]]:
    """The rows of each block with their customer."""
    for part in parts:
        find = _by_key(part, by) if part.layout.format == blocks.JSONL else _by_place(part, by)
        for block in part.blocks:
            yield find(block)


def _by_key(part: Rows, by: str) -> Callable[[Block], list[NamedRow]]:
    known: dict[str, None] = {}

    def find(block: Block) -> list[NamedRow]:
        named = []
        for number, line in enumerate(block.data.split(b"\n")[:-1], block.line):
            if not line.strip():
                continue
            try:
                record = jsonl.record(line.decode())
            except ValueError as error:
                raise ChurnkitError(f"{streams.shown(part.path)}:{number}: {error}") from None
            known.update(dict.fromkeys(record))
            named.append((record.get(by) or "", line + b"\n"))
        if by not in known:
            raise ChurnkitError(f"{streams.shown(part.path)}: {columns.missing(by, list(known))}")
        return named

    return find


def _by_place(part: Rows, by: str) -> Callable[[Block], list[NamedRow]]:
    names = part.names
    if by not in names:
        raise ChurnkitError(f"{streams.shown(part.path)}: {columns.missing(by, names)}")
    at, separator = names.index(by), part.layout.separator

    def find(block: Block) -> list[NamedRow]:
        data, start, named = block.data, 0, []
        for end in blocks.record_ends(data, part.layout):
            record = data[start:end]
            start = end
            if len(record) <= 2 and not record.strip(b"\r\n") and len(names) > 1:
                continue
            try:
                if b'"' in record:
                    customer = blocks.fields(record.decode(), part.layout)[at]
                else:
                    customer = record.split(separator, at + 1)[at].rstrip(b"\r\n").decode()
            except (IndexError, UnicodeDecodeError) as error:
                raise _unnamed(part, block, end - len(record), by, error) from None
            named.append((customer, record))
        return named

    return find


def _unnamed(part: Rows, block: Block, start: int, by: str, error: Exception) -> ChurnkitError:
    line = block.line + block.data.count(b"\n", 0, start)
    what = "is not UTF-8; say --encoding latin-1" if isinstance(error, ValueError) else "is missing"
    return ChurnkitError(f"{streams.shown(part.path)}:{line}: column {quoted(by)} {what}")
