"""Summaries of very many values in little memory: distinct and frequent values, distribution, moments.

Results depend only on the order of the parts. HashSample and FrequentValues are exact while they are small.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit.arrays import Floats, Hashes, Ints, Places
from churnkit.groups import effective_groups, select_texts
from churnkit.hash_index import count_hashes, distinct_hashes, sum_by_hash
from churnkit.profiling.distribution import Distribution, add_weights

FILTER_BITS = 20
MANTISSA_BITS = 10  # of a number that name its bucket; the middle is at most 2^-11 of the number away
LARGEST = float(np.finfo(np.float64).max)
SUMS = 1 << 16
LEVELS = 65  # a hash begins with 0 to 64 zero bits
LEAST_KNOWN = 1 / 8  # share of the hashes of a block
RELATIVE_ERROR = 2.0 ** -(MANTISSA_BITS + 1)


@dataclass
class HashSample:
    """A fair sample of the values: the hashes that begin with `zeros` zero bits.

    counts: of the hashes, while zeros is 0. rows: (LEVELS,) later, for each number of zero bits, the rows
    whose hash begins with them; the counts of single hashes would need a slower sort.
    Source: Flajolet (1990), On adaptive sampling (Wegman's algorithm). With m hashes kept the standard error
    of `distinct` is about 1.2 / sqrt(m).
    """

    capacity: int
    zeros: int = 0
    hashes: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    counts: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    rows: Ints = field(default_factory=lambda: np.zeros(LEVELS, dtype=np.int64))
    _waiting: list[tuple[Hashes, Ints | None]] = field(default_factory=list)
    _waiting_size: int = 0
    _has_known: bool = True  # many hashes of the last block were known: then counting at once is cheaper

    def add(self, hashes: Hashes, rows: Ints | None = None) -> None:
        """Add a block. hashes: (n,). rows: (n,) the number of rows of each, 1 if None."""
        if self.zeros:
            hashes, rows = self._add_rows(hashes, rows), None
        else:
            hashes, rows = count_hashes(hashes, rows)
            if len(self.hashes) and self._has_known:
                places = np.searchsorted(self.hashes, hashes)
                is_known = self.hashes.take(places, mode="clip") == hashes
                self._has_known = bool(is_known.mean() > LEAST_KNOWN) if len(hashes) else True
                self.counts[places[is_known]] += rows[is_known]
                hashes, rows = hashes[~is_known], rows[~is_known]
        self._waiting.append((hashes, rows))
        self._waiting_size += len(hashes)
        if self._waiting_size > self.capacity:
            self._merge_waiting()

    def _add_rows(self, hashes: Hashes, rows: Ints | None) -> Hashes:
        """Adds rows to the sums of each level; returns the hashes that are sampled."""
        hashes, rows = _begin_with(self.zeros, hashes, rows)
        sampled = hashes
        for level in range(self.zeros, LEVELS):
            hashes, rows = _begin_with(level, hashes, rows)
            if not len(hashes):
                break
            self.rows[level] += len(hashes) if rows is None else rows.sum()
        return sampled

    def _merge_waiting(self) -> None:
        if not self._waiting:
            return
        hashes = np.concatenate([self.hashes, *(h for h, _ in self._waiting)])
        if self.zeros:
            self.hashes = distinct_hashes(hashes)
        else:
            rows = [rows for _, rows in self._waiting if rows is not None]
            self.hashes, self.counts = count_hashes(hashes, np.concatenate([self.counts, *rows]))
        self._waiting, self._waiting_size, self._has_known = [], 0, True
        if len(self.hashes) > self.capacity and not self.zeros:
            self._add_rows(self.hashes, self.counts)
            self.counts = self.counts[:0]
        while len(self.hashes) > self.capacity:
            self.zeros += 1
            self.hashes = self.hashes[: np.searchsorted(self.hashes, np.uint64(1 << (64 - self.zeros)))]

    @property
    def is_exact(self) -> bool:
        self._merge_waiting()
        return not self.zeros

    @property
    def distinct(self) -> int:
        """The number of distinct values."""
        self._merge_waiting()
        return len(self.hashes) << self.zeros

    @property
    def repeats(self) -> int:
        """The number of rows that repeat an earlier one; exactly 0 if no row does."""
        self._merge_waiting()
        rows = self.rows[self.zeros] if self.zeros else self.counts.sum()
        return int(rows - len(self.hashes)) << self.zeros

    @property
    def effective_values(self) -> float:
        """(Σk)² / Σk², with k the rows of a value. Valid only while exact: a sample of the values may miss
        the value with most of the rows."""
        self._merge_waiting()
        counts = self.counts.astype(float)
        return effective_groups(float(counts.sum()), float((counts**2).sum()))


def _begin_with(zeros: int, hashes: Hashes, rows: Ints | None) -> tuple[Hashes, Ints | None]:
    """The hashes whose first `zeros` bits are 0, and the rows of each."""
    if not zeros:
        return hashes, rows
    kept = hashes < np.uint64(1 << (64 - zeros))
    return hashes[kept], None if rows is None else rows[kept]


@dataclass
class SquareSum:
    """Σk² over values, with k the rows of each, in constant memory.

    The hash of a value adds +1 or -1 to one of 65,536 sums; the sum of their squares is Σk² on average,
    with a standard error of at most sqrt(2 / 65,536) = 0.55 %, however unequal the k are. A sample of values
    is unbiased too, but a value with half of the rows is either in the sample or not.
    Source: Alon, Matias, Szegedy (1996), The space complexity of approximating the frequency moments; sums
    side by side: Charikar, Chen, Farach-Colton (2002), Finding frequent items in data streams.
    """

    rows: float = 0.0
    sums: Floats = field(default_factory=lambda: np.zeros(SUMS))

    def add(self, hashes: Hashes, rows: Ints | None = None) -> None:
        """Add a block. hashes: (n,). rows: (n,) the number of rows of each, 1 if None."""
        place = (hashes & np.uint64(SUMS - 1)).astype(np.intp)
        signs = 1.0 - 2.0 * (hashes >> np.uint64(63)).astype(float)
        np.add.at(self.sums, place, signs if rows is None else signs * rows)
        self.rows += float(len(hashes) if rows is None else rows.sum())

    @property
    def effective_values(self) -> float:
        """(Σk)² / Σk², estimated."""
        return effective_groups(self.rows, float((self.sums**2).sum()))


@dataclass
class FrequentValues:
    """The most frequent values. Their counts are too small by at most `error`.

    hashes: (t,) ascending. texts, rows: (t,) of each.
    Source: Misra, Gries (1982), Finding repeated elements; merged as in Agarwal et al. (2013), Mergeable
    summaries.
    """

    capacity: int
    error: int = 0
    hashes: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    rows: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    texts: pl.Series = field(default_factory=lambda: pl.Series("value", dtype=pl.String))
    _waiting: list[tuple[pl.Series, Hashes, Ints]] = field(default_factory=list)

    def add(self, texts: pl.Series, hashes: Hashes, rows: Ints | None = None) -> None:
        """Add a block. texts: (n,) String, no nulls. hashes: (n,) of texts. rows: (n,), 1 each if None."""
        if rows is None:
            kept = self._repeated(hashes)
            are_few = len(kept) * 2 < self.capacity  # copied at once, so that the block is not held for long
            texts, hashes = texts.gather(kept) if are_few else select_texts(texts, kept), hashes[kept]
            rows = np.ones(len(hashes), dtype=np.int64)
        self._waiting.append((texts.rename("value"), hashes, rows))
        if sum(len(hashes) for _, hashes, _ in self._waiting) > 2 * self.capacity:
            self._merge_waiting()

    def _merge_waiting(self) -> None:
        texts, hashes, rows = zip((self.texts, self.hashes, self.rows), *self._waiting, strict=True)
        self._waiting = []
        self.hashes, self.rows, first = sum_by_hash(np.concatenate(hashes), np.concatenate(rows))
        if len(first) > self.capacity:
            least = int(-np.partition(-self.rows, self.capacity)[self.capacity])
            self.error += least
            kept = np.flatnonzero(self.rows > least)
            self.hashes, self.rows, first = self.hashes[kept], self.rows[kept] - least, first[kept]
        self.texts = pl.concat(texts).gather(first)

    def _repeated(self, hashes: Hashes) -> Places:
        """(k,) the rows whose value occurs twice here, or is already in the table; others lose one count."""
        ordered = np.sort(hashes)
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        is_wanted = np.zeros(1 << FILTER_BITS, dtype=np.bool_)  # a few other values pass, which does no harm
        for wanted in (again, self.hashes, *(hashes for _, hashes, _ in self._waiting)):
            is_wanted[_first_bits(wanted)] = True
        kept = np.flatnonzero(is_wanted.take(_first_bits(hashes)))
        if len(kept) < len(hashes):
            self.error += 1
        return kept

    @property
    def table(self) -> pl.DataFrame:
        """Columns value, rows, of all blocks. It may raise the error."""
        self._merge_waiting()
        return pl.DataFrame({"value": self.texts, "rows": self.rows})

    def top(self, number: int) -> list[tuple[str, int]]:
        """The most frequent values and their counts, except those within the error; ties by value."""
        sure = self.table.filter(pl.col("rows") > self.error)
        ordered = sure.sort(["rows", "value"], descending=[True, False]).head(number)
        return list(ordered.iter_rows())


def _first_bits(hashes: Hashes) -> Places:
    """(n,) the number that the first FILTER_BITS of each hash make."""
    return (hashes >> np.uint64(64 - FILTER_BITS)).view(np.intp)


@dataclass
class NumberBuckets:
    """Numbers counted in buckets that widen away from a centre, to within 0.05 % of the distance from it.

    centre: the median of the first numbers. keys: (b,) ascending. least: (b,) the smallest number of each
    bucket. weights: (m, b) the sum of the weights in each bucket.
    Source: Masson, Rim, Lee (2019), DDSketch, with the buckets of Tene's HdrHistogram: the leading bits of a
    double.
    """

    centre: float | None = None
    keys: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    least: Floats = field(default_factory=lambda: np.empty(0))
    weights: Ints | None = None

    def add(self, numbers: Floats, weights: Ints) -> None:
        """Add a block. numbers: (n,) finite, at least one. weights: (m, n)."""
        if self.centre is None:
            self.centre = float(np.quantile(numbers, 0.5, method="lower"))
        with np.errstate(over="ignore"):
            away = np.clip(numbers - self.centre, -LARGEST, LARGEST)
        keys = np.concatenate([self.keys, _key(away)])
        known = np.zeros((len(weights), 0), dtype=np.int64) if self.weights is None else self.weights
        self.keys, self.weights = add_weights(keys, np.concatenate([known, weights], axis=1))
        least = np.full(len(self.keys), np.inf)
        np.minimum.at(least, np.searchsorted(self.keys, keys), np.concatenate([self.least, numbers]))
        self.least = least

    @property
    def distribution(self) -> Distribution | None:
        """The middle of each bucket with its weights; None before the first block."""
        return None if self.weights is None else Distribution(self.numbers, self.weights, self.lower)

    @property
    def numbers(self) -> Floats:
        """The middle of each bucket (b,), ascending."""
        size = np.abs(self.keys)
        shift = 52 - MANTISSA_BITS
        low, high = (np.maximum(size - 1, 0) << shift).view(np.float64), (size << shift).view(np.float64)
        middle = np.where(np.isfinite(high), low + (high - low) / 2, low)
        away = np.where(size == 0, 0.0, np.where(self.keys < 0, -middle, middle))
        return np.clip(away + (self.centre or 0.0), -LARGEST, LARGEST)

    def lower(self, places: Ints) -> Floats:
        """The smallest number (p,) of the bucket at each place; infinite at place b, above all buckets."""
        return np.append(self.least, np.inf)[places]


def _key(numbers: Floats) -> Ints:
    """The bucket of each number: its sign and leading bits, ascending with the number; 0 for 0."""
    size = (np.abs(numbers).view(np.int64) >> (52 - MANTISSA_BITS)) + 1
    return np.where(numbers == 0, 0, np.where(numbers < 0, -size, size))


@dataclass
class Moments:
    """Count, mean and sum of squared distances from the mean.

    Source: Chan, Golub, LeVeque (1979), Updating formulae and a pairwise algorithm for computing sample
    variances.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, numbers: Floats, rows: Ints | None = None) -> None:
        """Add a block. numbers: (n,) at least one. rows: (n,) the number of rows of each, 1 if None."""
        with np.errstate(over="ignore", invalid="ignore"):
            count = len(numbers) if rows is None else int(rows.sum())
            mean = float(numbers.mean() if rows is None else (numbers * rows).sum() / count)
            away = (numbers - mean) ** 2
            squares = float(away.sum() if rows is None else (away * rows).sum())
            total = self.count + count
            between = mean - self.mean
            self.mean += between * count / total
            self.squares += squares + between * between * self.count * count / total
            self.count = total

    @property
    def std(self) -> float | None:
        """The standard deviation (n - 1); None for fewer than two numbers, or beyond the largest double."""
        if self.count < 2 or not np.isfinite(self.squares):
            return None
        return float((self.squares / (self.count - 1)) ** 0.5)
