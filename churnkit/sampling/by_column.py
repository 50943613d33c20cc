"""Rows chosen by what stands in one of their columns: whole customers, fair shares of groups."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from churnkit import errors
from churnkit.errors import ChurnkitError, quote
from churnkit.sampling import drawing
from churnkit.sampling.column_bytes import KeyColumn, KeyedRows

MOST_STRATA = 1_000
MOST_DECISIONS = 1 << 17  # customers that are remembered: some 20 MB; then all are decided again
Finish = Callable[[KeyedRows, list[bytes]], list[bytes]]  # lines as they are to be written


class _Decisions(dict[bytes, bool]):
    """Whether a customer is kept, by her key, decided when she is first met."""

    def __init__(self, column: KeyColumn, decide: Callable[[bytes], bool]) -> None:
        self._column, self._decide = column, decide

    def __missing__(self, key: bytes) -> bool:
        if len(self) == MOST_DECISIONS:
            self.clear()
        kept = self[key] = self._decide(self._column.text(key))
        return kept


def share_of_customers(
    batches: Iterator[KeyedRows], rate: float, shard: tuple[int, int] | None, seed: int, finish: Finish | None
) -> Iterator[bytes]:
    """All rows of the customers whose first hash is under the rate, and whose second one says the shard.

    finish: None where the lines are written as they are.
    """
    limit = rate * drawing.HASH_RANGE
    number, shards = shard or (1, 1)

    def decide(customer: bytes) -> bool:
        first, second = drawing.hash_customer(customer, seed)
        return first < limit and second % shards == number - 1

    kept: _Decisions | None = None
    for batch in batches:
        kept = kept if kept is not None else _Decisions(batch.column, decide)
        try:
            lines = batch.pieces_where(kept) if finish is None else finish(batch, batch.where(kept))
        except UnicodeDecodeError:
            raise _unreadable(batch) from None
        yield from _joined(lines)


def n_customers(
    batches: Iterator[KeyedRows], size: int, shard: tuple[int, int] | None, seed: int, finish: Finish
) -> Iterator[bytes]:
    """All rows of the `size` customers (of the shard) with the smallest first hashes, in their order."""
    number, shards = shard or (1, 1)
    ranks: dict[bytes, int | None] = {}  # None: of another shard
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
                    first, second = drawing.hash_customer(batch.column.text(key), seed)
                except UnicodeDecodeError:
                    raise _unreadable(batch) from None
                ranks[key] = first if second % shards == number - 1 else None
            rank = ranks[key]
            if rank is None or (len(kept) == size and (size == 0 or (-rank, key) < largest[0])):
                continue
            heapq.heappush(largest, (-rank, key))
            kept[key] = [(row, finish(batch, [line])[0])]
            if len(kept) > size:
                del kept[heapq.heappop(largest)[1]]
    yield from _joined(line for _, line in sorted(r for rows in kept.values() for r in rows))


@dataclass
class _Stratum:
    """The rows of one value: how many there were, which are kept, and the one that is undecided."""

    rng: random.Random
    rows: int = 0
    kept: list[tuple[int, bytes]] = field(default_factory=list)
    entering: Iterator[tuple[int, int]] | None = None
    next_entry: tuple[int, int] = (-1, 0)
    undecided: tuple[int, bytes] = (0, b"")
    chance: Fraction = Fraction(0)


def n_of_strata(batches: Iterator[KeyedRows], size: int, seed: int, finish: Finish) -> Iterator[bytes]:
    """`size` rows, each value of the column with its share, rounded by largest remainder.

    A reservoir of `size` rows is held for each value, for nobody knows its share before the end.
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
    found = list(strata.by_key.values())
    rows = [stratum.rows for stratum in found]
    quotas = drawing.largest_remainder(rows, min(size, sum(rows)))
    chosen = [row for s, n in zip(found, quotas, strict=True) for row in s.rng.sample(s.kept, n)]
    yield from _joined(line for _, line in sorted(chosen))


def share_of_strata(batches: Iterator[KeyedRows], rate: float, seed: int, finish: Finish) -> Iterator[bytes]:
    """A share of the rows of each value of the column, all together rounded by largest remainder.

    Of each value one row stays undecided until the end, so the kept rows are held in memory.
    """
    chance, strata = Fraction(str(rate)), _Strata(seed)
    for batch in batches if chance else iter(()):
        for line, key in zip(batch.lines, batch.keys, strict=True):
            stratum = strata.of(key, batch)
            this = strata.row, finish(batch, [line])[0]
            old_stays, other_is_kept, left = drawing.pivot(stratum.chance, chance, stratum.rng)
            stays, other = (stratum.undecided, this) if old_stays else (this, stratum.undecided)
            if other_is_kept:
                stratum.kept.append(other)
            stratum.undecided, stratum.chance = stays, left
    for _ in batches:  # with a rate of nothing, read to the end all the same
        pass
    found = list(strata.by_key.values())
    chosen = [row for stratum in found for row in stratum.kept]
    found.sort(key=lambda stratum: -stratum.chance)
    chosen += [stratum.undecided for stratum in found[: round(sum(s.chance for s in found))]]
    yield from _joined(line for _, line in sorted(chosen))


@dataclass
class _Strata:
    """The values met so far, and the number of the row that is looked at."""

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
    """A coin for each row."""
    kept = drawing.draw_rows(rate, random.Random(seed)) if rate else iter(())
    row, seen = next(kept, -1), 0
    for batch in batches:
        lines = []
        while seen <= row < seen + len(batch.lines):
            lines.append(batch.lines[row - seen])
            row = next(kept)
        seen += len(batch.lines)
        yield from _joined(finish(batch, lines))


def n_rows(batches: Iterator[KeyedRows], size: int, seed: int, finish: Finish) -> Iterator[bytes]:
    """Exactly so many rows, in their order."""
    entering = drawing.draw_replacements(size, random.Random(seed))
    row, place = next(entering, (-1, 0))
    reservoir: dict[int, tuple[int, bytes]] = {}
    seen = 0
    for batch in batches:
        while seen <= row < seen + len(batch.lines):
            reservoir[place] = row, finish(batch, [batch.lines[row - seen]])[0]
            row, place = next(entering)
        seen += len(batch.lines)
    yield from _joined(line for _, line in sorted(reservoir.values()))


def _unreadable(batch: KeyedRows) -> ChurnkitError:
    column = batch.column
    return batch.error(column.name, lambda record: column.text(column.key(record) or b""))


def _joined(lines: Iterator[bytes] | list[bytes]) -> Iterator[bytes]:
    if data := b"\n".join(lines):
        yield data + b"\n"
