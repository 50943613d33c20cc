"""Runs of rows of one customer, in a log whose lines are sorted by customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit.arrays import Hashes
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.log_blocks import CustomerRows, of_one_type
from churnkit.groups import first_of_runs
from churnkit.hash_index import hash_texts

PART_ROWS = 1 << 17  # half of a log in memory: a part takes a hundred bytes a row while it is used
ID, SIZE = "id", "size"  # the columns of runs of rows: the customer, and the number of rows


@dataclass(frozen=True)
class Runs:
    """The rows of a block. customers: (r,) ID and SIZE of each run of rows of one customer. rows: (n,) the
    other columns."""

    customers: pl.DataFrame
    rows: pl.DataFrame


def find_runs(ids: pl.Series) -> pl.DataFrame:
    """(r,) ID and SIZE of each run of equal ids. ids: (n,) String, without null."""
    ids = ids.rechunk()
    heads = first_of_runs(ids)
    return pl.DataFrame([ids.gather(heads).alias(ID), pl.Series(SIZE, np.diff(heads, append=len(ids)))])


@dataclass
class SeenCustomers:
    """The customers that have been read: 8 bytes for each, a hash of 64 bits.

    way_out: what to do if one comes again.
    """

    way_out: str = "leave out --sorted, or sort it first: churnkit events -o log.parquet"
    last: str | None = None  # the customer of the last line
    largest: str | None = None
    _known: list[Hashes] = field(default_factory=list)  # sorted each, and of very different sizes

    def check(self, runs: pl.DataFrame, place: Callable[[int], str]) -> None:
        """Remembers the customers of a block. Raises ChurnkitError if one comes again after another one.

        runs: (r,) ID and SIZE. place: row → FILE:LINE.
        """
        again = self.first_again(runs[ID])
        if again is not None:
            row = int(runs[SIZE].head(again).sum())
            raise ChurnkitError(
                f"{place(row)}: the customer {quote(runs[ID][again])} comes again after "
                f"another one, so the log is not sorted by customer; {self.way_out}"
            )

    def first_again(self, ids: pl.Series) -> int | None:
        """The first run of a customer who comes again after another one, or None. Remembers these customers.

        ids: (r,) of runs of rows; the first may go on with the last customer before.
        """
        goes_on = bool(ids[0] == self.last)
        self.last = str(ids[-1])
        words = ids[1:] if goes_on else ids
        if not len(words):
            return None
        hashes = hash_texts(words, 1)
        is_ascending = (self.largest is None or words[0] > self.largest) and (words[1:] > words[:-1]).all()
        if not is_ascending:
            again = ~words.is_first_distinct().to_numpy()
            for known in self._known:
                place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
                again |= known[place] == hashes
            if again.any():
                return int(np.argmax(again)) + int(goes_on)
        self.largest = max(str(words.max()), self.largest or "")
        self._remember(np.sort(hashes))
        return None

    def _remember(self, hashes: Hashes) -> None:
        while self._known and len(self._known[-1]) < 2 * len(hashes):
            hashes = np.sort(np.concatenate([self._known.pop(), hashes]))
        self._known.append(hashes)


def whole_customers(blocks: Iterable[Runs]) -> Iterator[CustomerRows]:
    """The rows in parts of about PART_ROWS, each with all rows of its customers."""
    runs: list[pl.DataFrame] = []
    rows: list[pl.DataFrame] = []
    for block in blocks:
        runs.append(block.customers)
        rows.append(block.rows)
        if sum(part.height for part in rows) >= PART_ROWS:
            ids = pl.concat(runs)
            others = (ids[ID] != ids[ID][-1]).arg_true()
            cut = int(others[-1]) + 1 if len(others) else 0
            if cut:
                whole, stop = _joined(rows), int(ids[SIZE].head(cut).sum())
                yield _customer_rows(ids.head(cut), whole.head(stop))
                runs, rows = [ids.slice(cut)], [whole.slice(stop)]
    if rows:
        yield _customer_rows(pl.concat(runs), _joined(rows))


def _customer_rows(runs: pl.DataFrame, rows: pl.DataFrame) -> CustomerRows:
    heads = first_of_runs(runs[ID])
    sizes = np.add.reduceat(runs[SIZE].to_numpy(), heads)
    return CustomerRows(runs[ID].gather(heads), np.repeat(np.arange(len(heads), dtype=np.int32), sizes), rows)


def _joined(blocks: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.DataFrame(
        [pl.concat(of_one_type([rows[name] for rows in blocks]), rechunk=True) for name in blocks[0].columns]
    )
