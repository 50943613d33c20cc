"""Times written like 2024-05-01 and 2024-05-01T10:00:00, read digit by digit for whole columns at once.

Several times as fast as a strptime format, and as strict: a date must exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from churnkit.arrays import Bytes, Flags, Indices, Ints
from churnkit.windows import DAY, SECOND

SHAPES = ("0000-00-00", "0000-00-00T00:00:00")  # 0 is any digit; a blank may stand for the T
JANUARY_1970 = 12 * 1970 + 1


def microseconds(texts: pl.Series) -> pl.Series:
    """(n,) Int64, since 1970; null for a text of another shape, and for a time that does not exist.

    texts: (n,) String.
    """
    if (shape := _common_shape(texts)) is not None:
        values, are_times = _read(texts, shape)
    else:
        lengths = texts.str.len_bytes()
        values, are_times = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.bool_)
        for shape in SHAPES:
            alike = (lengths == len(shape)).fill_null(False)
            if alike.any():
                rows = alike.arg_true().to_numpy()
                values[rows], are_times[rows] = _read(texts.filter(alike), shape)
    instants = pl.Series(texts.name, values)
    return instants if are_times.all() else instants.set(pl.Series(~are_times), None)


def ends(texts: pl.Series) -> tuple[str, str] | None:
    """The first and the last text if all are times of one shape with the same separator; None otherwise.

    texts: (n,) String. Such texts have the order of the times, which need not be computed.
    """
    shape = _common_shape(texts)
    if shape is None:
        return None
    digits = _digits(texts, shape)
    low, high = digits.min(axis=1), digits.max(axis=1)
    for place, letter in enumerate(shape):
        if letter == "0":
            is_alike = high[place] <= 9
        else:
            letters = (letter, " ") if letter == "T" else (letter,)
            is_alike = low[place] == high[place] and low[place] in map(_distance, letters)
        if not is_alike:
            return None
    if "T" in shape and (_two_digits(digits, 11).max() > 23 or max(high[14], high[17]) > 5):
        return None
    month, day = _two_digits(digits, 5), _two_digits(digits, 8)
    odd = np.flatnonzero((month == 0) | (month > 12) | (day == 0) | (day > 28))
    if not _days(digits[:10].take(odd, axis=1))[1].all():
        return None
    is_varied = low != high
    first, last = (str(texts[_place_of(end, digits[is_varied])]) for end in (np.min, np.max))
    return None if first.startswith("0000") else (first, last)


def _place_of(end: Callable[[Bytes], np.uint8], digits: Bytes) -> int:
    """The place of the first or the last time. end: the least or the largest. digits: (characters, n)."""
    places = np.arange(digits.shape[1])
    for column in digits:
        here = column if len(places) == len(column) else column[places]
        places = places[here == end(here)]
    return int(places[0])


def instant(text: str) -> int:
    """The microseconds since 1970 of a text that `ends` returns."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def _common_shape(texts: pl.Series) -> str | None:
    """The shape that has as many bytes as each of the texts."""
    lengths = texts.str.len_bytes()
    if not len(texts) or lengths.null_count() or lengths.min() != lengths.max():
        return None
    return next((shape for shape in SHAPES if len(shape) == lengths[0]), None)


def _digits(texts: pl.Series, shape: str) -> Bytes:
    """(characters, n) the distance of each byte from a 0. texts: (n,) as many bytes as the shape."""
    joined = np.frombuffer(texts.str.join("").cast(pl.Binary).item(), dtype=np.uint8)  # as bytes: one copy
    return np.ascontiguousarray(joined.reshape(-1, len(shape)).T) - np.uint8(ord("0"))


def _read(texts: pl.Series, shape: str) -> tuple[Ints, Flags]:
    """(n,) the microseconds, and whether it is a time. texts: (n,) as many bytes as the shape."""
    digits = _digits(texts, shape)
    are_times = np.ones(len(texts), dtype=np.bool_)
    for place, letter in enumerate(shape):
        if letter == "0":
            are_times &= digits[place] <= 9
        elif letter == "T":
            are_times &= (digits[place] == _distance("T")) | (digits[place] == _distance(" "))
        else:
            are_times &= digits[place] == _distance(letter)
    days, are_days = _days(digits)
    are_times &= are_days
    instants = days.astype(np.int64) * DAY
    if "T" in shape:
        hour, minute, second = (_two_digits(digits, place) for place in (11, 14, 17))
        are_times &= (hour < 24) & (minute < 60) & (second < 60)
        of_day = (hour.astype(np.int32) * 60 + minute) * 60 + second
        instants += of_day.astype(np.int64) * SECOND
    return instants, are_times


def _distance(letter: str) -> np.uint8:
    """From a 0."""
    return np.uint8((ord(letter) - ord("0")) % 256)


def _two_digits(digits: Bytes, place: int) -> Bytes:
    """(n,) the number of two digits, from 0 to 99."""
    number: Bytes = digits[place] * np.uint8(10) + digits[place + 1]
    return number


def _days(digits: Bytes) -> tuple[Indices, Flags]:
    """(n,) days since 1970, and whether the day exists; the year 0 has no days."""
    year = _two_digits(digits, 0).astype(np.int32) * 100 + _two_digits(digits, 2)
    month, day = _two_digits(digits, 5), _two_digits(digits, 8)
    at = year * 12 + month
    starts = _starts_of_months(int(at.min(initial=0)), int(at.max(initial=0)) + 1)
    at -= at.min(initial=0)
    days = starts[at] + day - 1
    are_days = (year > 0) & (month > 0) & (month <= 12) & (day > 0) & (days < starts[at + 1])
    return days, are_days


def _starts_of_months(first: int, last: int) -> Indices:
    """Days since 1970 of the first of each month, from one to another. first, last: 12 * year + month."""
    months = np.arange(first, last + 1) - JANUARY_1970
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
