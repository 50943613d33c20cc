"""Statistics of columns with very many different values, estimated from small summaries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from churnkit.arrays import Hashes, Ints
from churnkit.hash_index import distinct_hashes, hash_texts
from churnkit.profiling import column_statistics
from churnkit.profiling.column_statistics import MOST_WORDS, MOSTLY_NULL_SHARE, TOP, ColumnStatistics, Record
from churnkit.profiling.distribution import Distribution
from churnkit.profiling.personal_data import SAMPLE
from churnkit.profiling.sketches import FrequentValues, HashSample, Moments, NumberBuckets, SquareSum
from churnkit.tables import casts, digit_times, notations, types
from churnkit.tables.notations import OtherNotation
from churnkit.windows import DAY

DISTINCT_KEPT = 1 << 17  # hashes of values
FREQUENT_KEPT = 20_000
WORDS_KEPT = 1_000  # texts in a column of numbers
SAMPLED_LENGTH = 400  # characters at both ends of a value that are searched for personal data


@dataclass
class ApproximateColumn:
    """Summaries of a column. numbers and times are updated only while all values are numbers or times.

    is_time_named: the column is named like a time, so its numbers may be Unix times. decimal: of numbers.
    """

    is_time_named: bool = False
    decimal: str | None = None
    distinct: HashSample = field(default_factory=lambda: HashSample(DISTINCT_KEPT))
    repeats: SquareSum = field(default_factory=SquareSum)
    frequent: FrequentValues = field(default_factory=lambda: FrequentValues(FREQUENT_KEPT))
    words: TextSummary = field(default_factory=lambda: TextSummary())
    numbers: NumberSummary = field(default_factory=lambda: NumberSummary())
    times: TimeSummary = field(default_factory=lambda: TimeSummary())
    sample: HashedTexts = field(default_factory=lambda: HashedTexts())

    def add(self, texts: pl.Series, hashes: Hashes, weights: Ints, rows: Ints | None) -> None:
        """Add a block. texts: (n,) String, no nulls. hashes: (n,) of texts. weights: (m, n).

        rows: weights[0], None if all are 1.
        """
        self.distinct.add(hashes, rows)
        self.repeats.add(hashes, rows)
        self.frequent.add(texts, hashes, rows)
        self.sample.add(texts, hashes)
        ends = self.times.add(texts, weights, self.is_time_named) if self.times.are_all else None
        are_words = self._are_words(texts)
        if are_words:
            self.numbers.add_words(weights)
        elif not self.times.are_all or self.times.unit is not None:  # Unix times are numbers as well
            self.numbers.add(texts, weights, rows, self.decimal)
        if ends is None:
            self.words.add_ends(texts)
        else:
            self.words.add_times(*ends)
        if not self.times.are_all and not are_words:
            self.words.add_rounded(texts)
            if not self.numbers.are_all:
                self.words.add_flags(texts)

    def _are_words(self, texts: pl.Series) -> bool:
        """Whether no text may be a number or has a flag, and none was a number before."""
        may_be_numbers = self.times.are_all or self.numbers.are_all or self.numbers.numeric > 0
        return not may_be_numbers and self.decimal is None and types.are_words(texts)

    def statistics(self) -> ColumnStatistics:
        """The statistics of all values added so far."""
        kind = (
            types.TIMESTAMP
            if self.times.are_all
            else self.numbers.type
            if self.numbers.are_all
            else types.TEXT
        )
        top = self.frequent.top(TOP)
        known: dict[str, Any] = {
            "type": kind,
            "distinct": self.distinct.distinct,
            "effective": (self.distinct if self.distinct.is_exact else self.repeats).effective_values,
            "is_exact": self.distinct.is_exact,
            "is_unique": self.distinct.repeats == 0 and not top,
            "top": top,
            "top_error": self.frequent.error,
            "sample": self.sample.texts.to_list(),
        }
        if kind == types.TIMESTAMP:
            return ColumnStatistics(
                **known, **self.times.fields(), distribution=self.times.buckets.distribution
            )
        known["has_rounded"] = self.words.has_rounded
        known["are_whole_with_point"] = self.words.are_whole_with_point
        known["has_whitespace"] = self.words.has_whitespace or self.numbers.has_whitespace
        if kind != types.TEXT:
            return ColumnStatistics(
                **known, **self.numbers.fields(kind), distribution=self.numbers.distribution
            )
        if not self.words.has_leading_zeros:
            known.update(self.numbers.mixture())
        if self.decimal is None:
            known["notation"] = self.numbers.notation()
        return ColumnStatistics(**{**self.words.fields(), **known})


@dataclass
class HashedTexts:
    """The different texts with the smallest hashes: a sample that does not depend on the order of the rows.

    _hashes: (k,) ascending, of the whole texts. _texts: (k,) their first and last characters. _waiting: more,
    which may be among the smallest.
    """

    capacity: int = SAMPLE
    _hashes: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    _texts: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    _waiting: list[tuple[Hashes, pl.Series]] = field(default_factory=list)

    def add(self, texts: pl.Series, hashes: Hashes) -> None:
        """Add a block. texts: (n,) String, no nulls. hashes: (n,) of texts."""
        is_full = len(self._hashes) == self.capacity
        near = np.flatnonzero(hashes < self._hashes[-1]) if is_full else np.arange(len(hashes))
        if len(near) > self.capacity:
            smallest = distinct_hashes(hashes[near])[: self.capacity]
            near = near[hashes[near] <= smallest[-1]]
        if not len(near):
            return
        self._waiting.append((hashes[near], _ends_of_long(texts.gather(near)).rename(self._texts.name)))
        if not is_full or sum(len(hashes) for hashes, _ in self._waiting) > self.capacity:
            self._merge_waiting()

    def _merge_waiting(self) -> None:
        if not self._waiting:
            return
        hashes, texts = zip((self._hashes, self._texts), *self._waiting, strict=True)
        self._waiting = []
        different, first = np.unique(np.concatenate(hashes), return_index=True)
        self._hashes = different[: self.capacity]
        self._texts = pl.concat(texts).gather(first[: self.capacity])

    @property
    def texts(self) -> pl.Series:
        """(k,) the first and last characters of each text, in the order of the hashes."""
        self._merge_waiting()
        return self._texts


@dataclass
class NumberSummary:
    """Texts read as numbers. are_all: all are numbers without leading zeros. are_whole: all are integers.

    unit: of the notation, as in `cast_numbers`. elsewhere: --decimal → the texts that it would read.
    """

    unit: str | None = None
    are_all: bool = True
    are_whole: bool = True
    rows: int = 0
    numeric: int = 0
    zeros: int = 0
    negatives: int = 0
    ends: tuple[float, float] | None = None
    whole_ends: tuple[int, int] | None = None
    has_whitespace: bool = False
    moments: Moments = field(default_factory=Moments)
    buckets: NumberBuckets = field(default_factory=NumberBuckets)
    others: FrequentValues = field(default_factory=lambda: FrequentValues(WORDS_KEPT))
    elsewhere: dict[str, int] = field(default_factory=lambda: dict.fromkeys(notations.DECIMALS, 0))
    example: str = ""

    @property
    def type(self) -> str:
        return types.INTEGER if self.are_whole else types.FLOAT

    def add(self, texts: pl.Series, weights: Ints, rows: Ints | None, decimal: str | None = None) -> None:
        """Add a block, as in ApproximateColumn. Other texts are counted too if many values are numbers."""
        cast = casts.cast_numbers(texts, decimal, self.unit)
        self.unit = cast.unit or self.unit
        self.rows += int(weights[0].sum())
        if cast.bad is not None:
            self.are_all = False
            good = ~cast.bad.to_numpy()
            self.numeric += int(weights[0][good].sum())
            self._add_elsewhere(texts.filter(cast.bad), weights[0][~good])
            if self.numeric > MOSTLY_NULL_SHARE * self.rows / 2:
                odd = texts.filter(cast.bad)  # with rows given, a text that occurs once is kept too
                self.others.add(odd, hash_texts(odd), weights[0][~good])
            return
        self.numeric += int(weights[0].sum())
        self.are_all = self.are_all and not types.has_leading_zero(texts)
        if not self.are_all:
            return
        numbers = cast.values.to_numpy()
        self.zeros += int(weights[0][numbers == 0].sum())
        self.negatives += int(weights[0][numbers < 0].sum())
        self.ends = _widened(self.ends, float(numbers.min()), float(numbers.max()))
        self.moments.add(numbers, rows)
        self.buckets.add(numbers, weights)
        self.has_whitespace = self.has_whitespace or _has_whitespace(texts)
        if self.are_whole and types.are_whole(texts):
            self.whole_ends = _widened(self.whole_ends, *types.whole_ends(texts))
        else:
            self.are_whole = False

    def add_words(self, weights: Ints) -> None:
        """Adds a block of texts that are no numbers, where none came before. weights: (m, n)."""
        self.rows += int(weights[0].sum())

    def _add_elsewhere(self, texts: pl.Series, rows: Ints) -> None:
        """Count the texts that each --decimal would read as numbers. rows: (n,) of each text."""
        for decimal in notations.DECIMALS:
            is_read = notations.are_numbers(texts, decimal)
            if is_read.any():
                self.elsewhere[decimal] += int(rows[is_read.to_numpy()].sum())
                self.example = self.example or str(texts.filter(is_read).min())

    def notation(self) -> OtherNotation | None:
        """The values that look like numbers in another notation, if at least half of all look numeric."""
        most = max(self.elsewhere.values())
        if not most or self.numeric + most < notations.LOOKS_NUMERIC_SHARE * self.rows:
            return None
        return OtherNotation(most, tuple(d for d, n in self.elsewhere.items() if n == most), self.example)

    @property
    def distribution(self) -> Distribution:
        assert self.buckets.weights is not None
        assert self.ends is not None
        return Distribution(
            np.clip(self.buckets.numbers, *self.ends), self.buckets.weights, self.buckets.lower
        )

    def fields(self, kind: str) -> Record:
        """Fields of a column of numbers."""
        ends: tuple[Any, Any] = self.ends or (None, None)
        if kind == types.INTEGER and self.whole_ends is not None:
            ends = column_statistics.whole_ends(*self.whole_ends)
        fields = {"ends": ends, "mean": self.moments.mean, "std": self.moments.std}
        return {**fields, "zeros": self.zeros, "negatives": self.negatives}

    def mixture(self) -> Record:
        words = [word for word, _ in self.others.top(MOST_WORDS)]
        return column_statistics.mixture(self.numeric, self.rows, words)


@dataclass
class TimeSummary:
    """Texts read as times in ISO 8601, or as Unix times. are_all: all are times. unit: of Unix times."""

    are_all: bool = True
    unit: str | None = None
    ends: tuple[int, int] | None = None
    buckets: NumberBuckets = field(default_factory=NumberBuckets)

    def add(self, texts: pl.Series, weights: Ints, is_time_named: bool = False) -> tuple[str, str] | None:
        """Add a block. texts: (n,) String without nulls. weights: (m, n).

        Returns the first and the last text if all are times written alike.
        """
        ends = digit_times.ends(texts) if self.unit is None else None
        if ends is not None and len(weights) == 1:
            self.ends = _widened(self.ends, *map(digit_times.instant, ends))
            return ends
        instants = types.iso_times(texts) if self.unit is None else None
        if is_time_named and instants is None and (self.ends is None or self.unit is not None):
            found = types.unix_times(texts, self.unit)
            instants, self.unit = found or (None, self.unit)
        if instants is None:
            self.are_all = False
            return None
        array = instants.to_numpy()
        self.ends = _widened(self.ends, int(array.min()), int(array.max()))
        if len(weights) > 1:
            self.buckets.add(array / DAY, weights)
        return ends

    def fields(self) -> Record:
        """Fields of a column of times."""
        assert self.ends is not None
        return column_statistics.time_fields(*self.ends, None)


@dataclass
class TextSummary:
    """Properties of texts that are neither numbers nor times."""

    ends: tuple[str, str] | None = None
    lengths: tuple[int, int] | None = None
    has_leading_zeros: bool = False
    has_whitespace: bool = False
    has_rounded: bool = False
    are_whole_with_point: bool = True

    def add_ends(self, texts: pl.Series) -> None:
        lengths = texts.str.len_chars()
        are_whole = self.are_whole_with_point and bool(texts.str.contains(types.WHOLE_WITH_POINT).all())
        self.are_whole_with_point = are_whole
        self.ends = _widened(self.ends, texts.min(), texts.max())
        self.lengths = _widened(self.lengths, lengths.min(), lengths.max())

    def add_times(self, first: str, last: str) -> None:
        """Adds times that are written alike, so that all are as long as the first."""
        self.are_whole_with_point = False
        self.ends = _widened(self.ends, first, last)
        self.lengths = _widened(self.lengths, len(first), len(first))

    def add_rounded(self, texts: pl.Series) -> None:
        """A time is never rounded, so this is only for other texts."""
        self.has_rounded = self.has_rounded or types.has_rounded(texts)

    def add_flags(self, texts: pl.Series) -> None:
        self.has_whitespace = self.has_whitespace or _has_whitespace(texts)
        self.has_leading_zeros = self.has_leading_zeros or types.has_zeros_before_digits(texts)

    def fields(self) -> Record:
        fields = {"ends": self.ends or (None, None), "lengths": self.lengths or (None, None)}
        return {**fields, "has_leading_zeros": self.has_leading_zeros, "has_whitespace": self.has_whitespace}


def _widened(ends: Any, low: Any, high: Any) -> Any:
    return (low, high) if ends is None else (min(low, ends[0]), max(high, ends[1]))


def _ends_of_long(texts: pl.Series) -> pl.Series:
    """The texts; of a long one its beginning and its end, where letters are signed."""
    if not (texts.str.len_bytes() > 2 * SAMPLED_LENGTH).any():
        return texts
    ends = texts.str.head(SAMPLED_LENGTH) + " … " + texts.str.tail(SAMPLED_LENGTH)
    return ends.zip_with(texts.str.len_chars() > 2 * SAMPLED_LENGTH, texts)


def _has_whitespace(texts: pl.Series) -> bool:
    """Whether any text begins or ends with a space."""
    return bool((texts.str.len_bytes() != texts.str.strip_chars().str.len_bytes()).any())
