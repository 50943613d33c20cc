"""Rows chosen by the value of a column: whole customers, or the same share of each value."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from churnkit import errors
from churnkit.errors import ChurnkitError, quote
from churnkit.sampling import drawing
from churnkit.sampling.column_bytes import KeyColumn, KeyedRows

if TYPE_CHECKING:
    from churnkit.sampling.kept_lines import KeptLines, LineIds

MOST_STRATA = 1_000
MOST_DECISIONS = 1 << 17  # customers in the cache, about 20 MB; a full cache is emptied
LARGE = 3 << 20  # bytes of an input from which on numpy looks up the ids; its import takes as long as them
Finish = Callable[[KeyedRows, list[bytes]], list[bytes]]  # → lines as they are written


@dataclass
class LeftOut:
    """Customers who are never kept. ids: as UTF-8. found: those of them that the table has, so far."""

    ids: frozenset[bytes] = frozenset()
    found: set[bytes] = field(default_factory=set)

    def has(self, customer: bytes) -> bool:
        """Whether a customer is left out."""
        if customer not in self.ids:
            return False
        self.found.add(customer)
        return True


@dataclass(frozen=True)
class ShareRule:
    """Keeps the customers whose first hash is below the rate, and whose second hash gives the shard."""

    rate: float
    shard: tuple[int, int]
    seed: int
    left_out: LeftOut

    def keeps(self, customer: bytes) -> bool:
        """Whether a customer (as UTF-8) is kept."""
        first, second = drawing.hash_customer(customer, self.seed)
        number, shards = self.shard
        is_chosen = first < self.rate * drawing.HASH_RANGE and second % shards == number - 1
        return not self.left_out.has(customer) and is_chosen

    def keeps_each(self, customers: list[bytes]) -> list[bool]:
        """As `keeps`, for many customers at once."""
        import numpy as np

        hashes = np.frombuffer(drawing.digests(customers, self.seed), ">u8").reshape(-1, 2)
        number, shards = self.shard
        is_chosen = hashes[:, 1] % np.uint64(shards) == number - 1
        limit = math.ceil(self.rate * drawing.HASH_RANGE)  # exact; a hash is a whole number
        if limit < drawing.HASH_RANGE:
            is_chosen &= hashes[:, 0] < np.uint64(limit)
        chosen: list[bool] = is_chosen.tolist()
        if not self.left_out.ids:
            return chosen
        return [not self.left_out.has(c) and is_one for c, is_one in zip(customers, chosen, strict=True)]


class _Decisions(dict[bytes, bool]):
    """Key → whether the customer is kept, decided when the key is first seen."""

    def __init__(self, column: KeyColumn, decide: Callable[[bytes], bool]) -> None:
        self._column, self._decide = column, decide

    def __missing__(self, key: bytes) -> bool:
        if len(self) == MOST_DECISIONS:
            self.clear()
        is_kept = self[key] = self._decide(self._column.text(key))
        return is_kept


def share_of_customers(
    batches: Iterator[KeyedRows],
    rate: float,
    shard: tuple[int, int] | None,
    seed: int,
    left_out: LeftOut,
    finish: Finish | None,
) -> Iterator[bytes]:
    """All rows of the customers whose first hash is below the rate and whose second hash gives the shard.

    left_out: customers who are not kept. finish: None if the lines are written unchanged.
    """
    rule = ShareRule(rate, shard or (1, 1), seed, left_out)
    kept: _Decisions | None = None
    large: KeptLines | None = None
    for batch, ids in _with_ids(batches) if finish is None else ((batch, None) for batch in batches):
        kept = kept if kept is not None else _Decisions(batch.column, rule.keeps)
        pieces: list[bytes] | None = None
        try:
            if ids is not None:
                large = large or _kept_lines(rule)
                pieces = large.of(batch, ids)
            if pieces is None:
                lines = batch.pieces_where(kept) if finish is None else finish(batch, batch.where(kept))
        except UnicodeDecodeError:
            raise _unreadable(batch) from None
        if pieces is None:
            yield from _join_lines(lines)
        elif pieces:
            yield b"".join(pieces)


def _with_ids(batches: Iterator[KeyedRows]) -> Iterator[tuple[KeyedRows, LineIds | None]]:
    """Each block, with the ids of its lines if the input is large; these are read in a thread."""
    seen = 0
    for batch in batches:
        seen += len(batch.block.data)
        if max(seen, batch.column.part.size) > LARGE:
            break
        yield batch, None
    else:
        return
    from churnkit.sampling.kept_lines import line_ids
    from churnkit.tables.prefetch import prefetch_one

    yield from prefetch_one((batch, line_ids(batch)) for batch in chain([batch], batches))


def _kept_lines(rule: ShareRule) -> KeptLines:
    from churnkit.sampling.kept_lines import KeptLines

    return KeptLines(rule)


def n_customers(
    batches: Iterator[KeyedRows],
    size: int,
    shard: tuple[int, int] | None,
    seed: int,
    left_out: LeftOut,
    finish: Finish,
) -> Iterator[bytes]:
    """All rows, in their order, of the `size` customers of the shard with the smallest first hashes.

    left_out: customers who are not kept.
    """
    number, shards = shard or (1, 1)
    ranks: dict[bytes, int | None] = {}  # None: of another shard, or left out
    kept: dict[bytes, list[tuple[int, bytes]]] = {}
    largest: list[tuple[int, bytes]] = []  # a heap of (-hash, key)
    row = 0
    for batch in batches:
        for line, key in zip(batch.lines, batch.keys, strict=True):
            row += 1
            if key in kept:
                kept[key].append((row, finish(batch, [line])[0]))
                continue
            if key not in ranks:
                try:
                    customer = batch.column.text(key)
                except UnicodeDecodeError:
                    raise _unreadable(batch) from None
                first, second = drawing.hash_customer(customer, seed)
                is_one = not left_out.has(customer) and second % shards == number - 1
                ranks[key] = first if is_one else None
            rank = ranks[key]
            if rank is None or (len(kept) == size and (size == 0 or (-rank, key) < largest[0])):
                continue
            heapq.heappush(largest, (-rank, key))
            kept[key] = [(row, finish(batch, [line])[0])]
            if len(kept) > size:
                del kept[heapq.heappop(largest)[1]]
    yield from _join_lines(line for _, line in sorted(r for rows in kept.values() for r in rows))


@dataclass
class _Stratum:
    """The rows of one value: their number, the kept rows, and the one undecided row."""

    rng: random.Random
    rows: int = 0
    kept: list[tuple[int, bytes]] = field(default_factory=list)
    entering: Iterator[tuple[int, int]] | None = None
    next_entry: tuple[int, int] = (-1, 0)
    undecided: tuple[int, bytes] = (0, b"")
    chance: Fraction = Fraction(0)


def n_of_strata(batches: Iterator[KeyedRows], size: int, seed: int, finish: Finish) -> Iterator[bytes]:
    """`size` rows in total, each value of the column with its share of them, rounded by largest remainder.

    Holds a reservoir of `size` rows per value in memory, because the shares are known only at the end.
    """
    strata = _Strata(seed)
    for batch in batches:
        for line, key in zip(batch.lines, batch.keys, strict=True):
            stratum = strata.of(key, batch)
            if stratum.entering is None:
                stratum.entering = drawing.draw_replacements(size, stratum.rng)
                stratum.next_entry = next(stratum.entering, (-1, 0))
            if stratum.rows == stratum.next_entry[0]:
                place = stratum.next_entry[1]
                stratum.kept[place : place + 1] = [(strata.row, finish(batch, [line])[0])]
                stratum.next_entry = next(stratum.entering)
            stratum.rows += 1
    all_strata = list(strata.by_key.values())
    rows = [stratum.rows for stratum in all_strata]
    quotas = drawing.largest_remainder(rows, min(size, sum(rows)))
    chosen = [row for s, n in zip(all_strata, quotas, strict=True) for row in s.rng.sample(s.kept, n)]
    yield from _join_lines(line for _, line in sorted(chosen))


def share_of_strata(batches: Iterator[KeyedRows], rate: float, seed: int, finish: Finish) -> Iterator[bytes]:
    """The same share of the rows of each value of the column, rounded by largest remainder.

    For each value one row stays undecided until the end, so the kept rows are held in memory.
    """
    chance, strata = Fraction(str(rate)), _Strata(seed)
    for batch in batches if chance else iter(()):
        for line, key in zip(batch.lines, batch.keys, strict=True):
            stratum = strata.of(key, batch)
            current = strata.row, finish(batch, [line])[0]
            old_stays, other_is_kept, left = drawing.pivot(stratum.chance, chance, stratum.rng)
            stays, other = (stratum.undecided, current) if old_stays else (current, stratum.undecided)
            if other_is_kept:
                stratum.kept.append(other)
            stratum.undecided, stratum.chance = stays, left
    for _ in batches:  # with rate 0 the input is read to the end as well
        pass
    all_strata = list(strata.by_key.values())
    chosen = [row for stratum in all_strata for row in stratum.kept]
    all_strata.sort(key=lambda stratum: -stratum.chance)
    chosen += [stratum.undecided for stratum in all_strata[: round(sum(s.chance for s in all_strata))]]
    yield from _join_lines(line for _, line in sorted(chosen))


@dataclass
class _Strata:
    """The values seen so far, and the number of the current row."""

    seed: int
    row: int = 0
    by_key: dict[bytes, _Stratum] = field(default_factory=dict)

    def of(self, key: bytes, batch: KeyedRows) -> _Stratum:
        self.row += 1
        if key not in self.by_key:
            if len(self.by_key) == MOST_STRATA:
                place = f"{errors.shown_path(batch.column.part.path)}: column {quote(batch.column.name)}"
                raise ChurnkitError(
                    f"{place} has more than {MOST_STRATA:,} values; to sample whole customers, use --by"
                )
            rng = random.Random(b"%d:%b" % (self.seed, key))
            self.by_key[key] = _Stratum(rng)
        return self.by_key[key]


def share_of_rows(batches: Iterator[KeyedRows], rate: float, seed: int, finish: Finish) -> Iterator[bytes]:
    """Each row with probability `rate`, independently."""
    kept = drawing.draw_rows(rate, random.Random(seed)) if rate else iter(())
    row, rows_before = next(kept, -1), 0
    for batch in batches:
        lines = []
        while rows_before <= row < rows_before + len(batch.lines):
            lines.append(batch.lines[row - rows_before])
            row = next(kept)
        rows_before += len(batch.lines)
        yield from _join_lines(finish(batch, lines))


def n_rows(batches: Iterator[KeyedRows], size: int, seed: int, finish: Finish) -> Iterator[bytes]:
    """`size` rows, in their order."""
    entering = drawing.draw_replacements(size, random.Random(seed))
    row, place = next(entering, (-1, 0))
    reservoir: dict[int, tuple[int, bytes]] = {}
    rows_before = 0
    for batch in batches:
        while rows_before <= row < rows_before + len(batch.lines):
            reservoir[place] = row, finish(batch, [batch.lines[row - rows_before]])[0]
            row, place = next(entering)
        rows_before += len(batch.lines)
    yield from _join_lines(line for _, line in sorted(reservoir.values()))


def _unreadable(batch: KeyedRows) -> ChurnkitError:
    column = batch.column
    return batch.error(column.name, lambda record: column.text(column.key(record) or b""))


def _join_lines(lines: Iterator[bytes] | list[bytes]) -> Iterator[bytes]:
    if data := b"\n".join(lines):
        yield data + b"\n"
