"""The events of a log as they are read, block by block, and the parts of the log that are made of them.

When all blocks are read, the rows of each are put in the order of the customers, while they are in the cache
of a core. Then a part takes the rows of some customers out of each block, column by column, so that hardly
anything is held twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TypeVar

import numpy as np
import polars as pl

from churnkit.arrays import Hashes, Indices, Ints
from churnkit.eventlog.log import part_borders, rows_in
from churnkit.groups import distinct_texts, first_of_runs, stable_order
from churnkit.hash_index import HashIndex, first_of_each, hash_texts
from churnkit.tables.prefetch import WORKERS, map_ahead

Item = TypeVar("Item")


@dataclass(frozen=True)
class LogBlock:
    """The events of a block of the input.

    customers: (k,) the distinct ids in it, in any order. owner: (r,) the position of the customer of each run
    of rows. sizes: (r,) the rows of each run; None if each has one row. rows: (n,) the other columns, in the
    order of the input.
    """

    customers: pl.Series
    owner: Indices
    sizes: Ints | None
    rows: pl.DataFrame


def block_of(ids: pl.Series, rows: pl.DataFrame) -> LogBlock:
    """A block from columns in the order of the input. ids: (n,) String, without nulls."""
    heads, sizes = first_of_runs(ids), None
    if 2 * len(heads) < len(ids):  # the rows of a customer are together
        sizes = np.diff(heads, append=len(ids))
        ids = ids.gather(heads)
    firsts, owner = distinct_texts(ids)
    return LogBlock(ids.gather(firsts), owner, sizes, rows)


@dataclass
class CustomerNumbers:
    """The customers of a log, each with the number of customers that came before."""

    _index: HashIndex = field(
        default_factory=HashIndex
    )  # of one hash; the other one tells whether it is the same text
    _checks: Hashes = field(
        default_factory=lambda: np.empty(0, dtype=np.uint64)
    )  # a second hash of each text
    _texts: list[pl.Series] = field(default_factory=list)
    _alike: dict[str, int] = field(default_factory=dict)  # texts with the hash of another one: hardly ever

    def add(self, texts: pl.Series) -> Indices:
        """(k,) the numbers of some customers; a negative one counts from the end. texts: (k,) distinct."""
        hashes, checks = hash_texts(texts, 1), hash_texts(texts, 2)
        before = self._index.size
        numbers = self._index.number(hashes)
        new = np.flatnonzero(numbers >= before)
        if len(new):
            rows = np.empty(self._index.size - before, dtype=np.intp)  # one of each new hash
            rows[numbers[new] - before] = new
            self._checks = np.concatenate([self._checks, checks[rows]])
            self._texts.append(texts.gather(rows))
        for row in np.flatnonzero(self._checks[numbers] != checks).tolist():
            numbers[row] = -1 - self._alike.setdefault(texts[row], len(self._alike))
        return numbers.astype(np.int32)

    def ranks(self) -> tuple[pl.Series, Indices]:
        """(c,) the ids, sorted, and the position of each number among them."""
        alike = pl.Series([*reversed(self._alike)], dtype=pl.String)
        texts = pl.concat([*self._texts, alike], rechunk=True)
        order = texts.arg_sort()
        ranks = np.empty(len(texts), dtype=np.int32)
        ranks[order.to_numpy()] = np.arange(len(texts), dtype=np.int32)
        return texts.gather(order), ranks


@dataclass(frozen=True)
class CustomerRows:
    """All events of some customers.

    customers: (c,) ids. owner: (n,) the position of each row's customer. rows: (n,) the other columns, the
    rows of a customer in the order of the input.
    """

    customers: pl.Series
    owner: Indices
    rows: pl.DataFrame


@dataclass(frozen=True)
class _Block:
    """A block whose customers have a number in the whole log: (r,) numbers, otherwise as LogBlock."""

    numbers: Indices
    sizes: Ints | None
    rows: pl.DataFrame

    def by_rank(self, ranks: Indices) -> _RankedBlock:
        """The rows of each customer together, in the order of the customers. ranks: by number."""
        own = ranks[self.numbers]
        rows, sizes = self.rows, self.sizes
        if not (own[1:] >= own[:-1]).all():
            order = stable_order(own)
            own = own[order]
            if sizes is not None:
                ends = np.cumsum(sizes)[order]
                sizes = sizes[order]
                order = rows_in(ends - sizes, ends)[0]
            rows = rows[order]
        firsts = first_of_each(own)
        starts = firsts if sizes is None else (np.cumsum(sizes) - sizes)[firsts]
        return _RankedBlock(own[firsts], np.append(starts, rows.height).astype(np.int32), rows)


@dataclass(frozen=True)
class _RankedBlock:
    """ranks: (k,) ascending, of the customers. starts: (k + 1,) the first row of each. rows: (n,)."""

    ranks: Indices
    starts: Indices
    rows: pl.DataFrame


@dataclass
class BlocksOfLog:
    """The blocks of a log, and the numbers of their customers."""

    customers: CustomerNumbers = field(default_factory=CustomerNumbers)
    _blocks: list[_Block] = field(default_factory=list)

    def add(self, block: LogBlock) -> None:
        if block.rows.height:
            numbers = self.customers.add(block.customers)
            self._blocks.append(_Block(numbers[block.owner], block.sizes, block.rows))

    def take_parts(self, most_rows: int | None) -> list[CustomerRows]:
        """The log in parts of about this many rows (None: in one part), by customer; the blocks are gone."""
        if not self._blocks:
            return []
        customers, ranks = self.customers.ranks()
        blocks = list(map_ahead(lambda block: block.by_rank(ranks), taken(self._blocks), WORKERS))
        totals = np.zeros(len(customers), dtype=np.int64)
        for block in blocks:
            totals[block.ranks] += np.diff(block.starts)
        borders = part_borders(np.concatenate(([0], np.cumsum(totals))), most_rows)
        cuts = [np.searchsorted(block.ranks, borders) for block in blocks]
        rows = _take_rows(blocks, cuts)
        parts = []
        for part, (first, stop) in enumerate(pairwise(borders)):
            owners = [
                np.repeat(
                    block.ranks[cut[part] : cut[part + 1]] - first,
                    np.diff(block.starts[cut[part] : cut[part + 1] + 1]),
                )
                for block, cut in zip(blocks, cuts, strict=True)
                if cut[part + 1] > cut[part]
            ]
            own = customers.slice(first, stop - first)
            parts.append(CustomerRows(own, np.concatenate(owners), rows[part]))
        return parts


def _take_rows(blocks: Sequence[_RankedBlock], cuts: Sequence[Ints]) -> list[pl.DataFrame]:
    """The rows of each part, which the blocks lose. cuts: for each block, (parts + 1,) the customer with whom
    each part begins."""
    borders = [block.starts[cut] for block, cut in zip(blocks, cuts, strict=True)]
    of_parts: list[list[pl.Series]] = [[] for _ in cuts[0][1:]]
    for name in blocks[0].rows.columns:
        columns = of_one_type([block.rows.drop_in_place(name) for block in blocks])
        take = partial(_rows_of_part, columns, borders)
        for own, column in zip(of_parts, map_ahead(take, range(len(of_parts)), WORKERS), strict=True):
            own.append(column)
    return [pl.DataFrame(columns) for columns in of_parts]


def _rows_of_part(blocks: Sequence[pl.Series], cuts: Sequence[Indices], part: int) -> pl.Series:
    ranges = [(int(cut[part]), int(cut[part + 1])) for cut in cuts]
    rows = [
        block.slice(start, end - start)
        for block, (start, end) in zip(blocks, ranges, strict=True)
        if end > start
    ]
    return pl.concat(rows, rechunk=True)


def of_one_type(columns: Sequence[pl.Series]) -> Sequence[pl.Series]:
    """Columns of blocks: numbers in more or fewer bytes, texts that may be Categorical in some of them."""
    if len({column.dtype for column in columns}) == 1:
        return columns
    wide = pl.UInt32 if all(column.dtype.is_integer() for column in columns) else pl.String
    return [column.cast(wide) for column in columns]


def taken(items: list[Item]) -> Iterator[Item]:
    """The items of a list, which loses them, so that memory is free for what is made of each."""
    items.reverse()
    while items:
        yield items.pop()
