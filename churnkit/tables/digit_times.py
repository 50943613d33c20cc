"""Times written like 2024-05-01 and 2024-05-01T10:00:00, read digit by digit for whole columns at once.

Several times as fast as a strptime format, and as strict: a date must exist.
"""

from __future__ import annotations

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
    lengths = texts.str.len_bytes()
    shapes = {len(shape): shape for shape in SHAPES}
    if len(texts) and not lengths.null_count() and lengths[0] in shapes and lengths.min() == lengths.max():
        values, are_times = _read(texts, shapes[lengths[0]])
    else:
        values, are_times = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.bool_)
        for length, shape in shapes.items():
            alike = (lengths == length).fill_null(False)
            if alike.any():
                rows = alike.arg_true().to_numpy()
                values[rows], are_times[rows] = _read(texts.filter(alike), shape)
    instants = pl.Series(texts.name, values)
    return instants if are_times.all() else instants.set(pl.Series(~are_times), None)


def _read(texts: pl.Series, shape: str) -> tuple[Ints, Flags]:
    """(n,) the microseconds, and whether it is a time. texts: (n,) as many bytes as the shape."""
    joined = np.frombuffer(texts.str.join("").item().encode(), dtype=np.uint8)
    letters = np.ascontiguousarray(joined.reshape(-1, len(shape)).T)  # (characters of a text, n)
    digits = letters - np.uint8(ord("0"))
    are_times = np.ones(len(texts), dtype=np.bool_)
    for place, letter in enumerate(shape):
        if letter == "0":
            are_times &= digits[place] <= 9
        elif letter == "T":
            are_times &= (letters[place] == ord("T")) | (letters[place] == ord(" "))
        else:
            are_times &= letters[place] == ord(letter)
    days, are_days = _days(digits)
    are_times &= are_days
    instants = days.astype(np.int64) * DAY
    if "T" in shape:
        hour, minute, second = (_two_digits(digits, place) for place in (11, 14, 17))
        are_times &= (hour < 24) & (minute < 60) & (second < 60)
        of_day = (hour.astype(np.int32) * 60 + minute) * 60 + second
        instants += of_day.astype(np.int64) * SECOND
    return instants, are_times


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
