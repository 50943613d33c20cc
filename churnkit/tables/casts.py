"""Converts texts to numbers and times, without guessing.

A number: optional sign, digits with at most one point, optional exponent, spaces around it; never
NaN, infinity, 1_000, 0x10 or 12,50. A time: ISO 8601, or Unix seconds or milliseconds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from churnkit.errors import quote

# the kinds of columns
ID, TIME, MAYBE_TIME, NUMBER, TEXT = "id", "time", "time or empty", "number", "text"
REPEATED_ID, WORD = "id of many rows", "word"  # like ID and TEXT, but each distinct text is stored once

SECONDS, MILLISECONDS, ISO = "s", "ms", "iso"
LARGE, TOO_LARGE = 1e11, 1e14  # a Unix time from here on is in milliseconds, or in a smaller unit
EPOCH_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0.001}

_NUMBER = re.compile(r"[ \t]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t]*")
_LIKE_NUMBER = r"^[ \t]*[+-]?\.?[0-9]"
INTEGER_PATTERN = r"^[ \t]*[+-]?[0-9]+[ \t]*$"
ISO_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_TO_THE_SECOND = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-5][0-9]$"
_YEAR_ONE = datetime(1, 1, 1)
_EPOCH = r"^-?[0-9]+(?:\.[0-9]+)?$"
_EIGHT_DIGITS = r"^[12][0-9]{7}$"  # 20240501 is a date rather than a Unix time in 1970
_MIXED = "mixed: ISO times and Unix times, or seconds and milliseconds, in one column"


@dataclass(frozen=True)
class Cast:
    """The result of a conversion of texts.

    values: as long as the texts, null where a text is null or bad. bad: true where a text is not of this
    kind; None if no text is bad. why: the error for one bad text. unit: the unit of Unix times.
    """

    values: pl.Series
    bad: pl.Series | None
    why: Callable[[str], str]
    unit: str | None = None


def parse_number(text: str) -> float | None:
    """One text as a finite double; None if it is not a number, or too large."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    value = float(match[1])
    return value if math.isfinite(value) else None


def number_error(text: str) -> str:
    """The error for a text that should be a number."""
    if _NUMBER.fullmatch(text):
        return f"{quote(text)} is too large for a number"
    hint = ""
    if not text.strip() or text.strip().lower() in ("nan", "na", "null", "none", "n/a", "-", "?"):
        word = text if text.isalnum() else quote(text)
        hint = f"; if it means an empty value, use --null {word}"
    return f"{quote(text)} is not a number{hint}"


def cast_numbers(texts: pl.Series) -> Cast:
    """Texts as doubles. texts: String. Integers past 2^53 are rounded to the nearest double."""
    values = texts.cast(pl.Float64, strict=False)
    odd = texts.is_not_null() & ~values.is_finite().fill_null(False)
    if not odd.any():
        return Cast(values, None, number_error)
    words = texts.filter(odd).unique()
    words = words.filter(words.str.contains(_LIKE_NUMBER))
    repaired = {word: parse_number(word) for word in words}
    frame = pl.DataFrame({"text": texts, "value": values, "odd": odd})
    values = frame.select(
        pl.when("odd")
        .then(pl.col("text").replace_strict(repaired, default=None, return_dtype=pl.Float64))
        .otherwise("value")
    ).to_series()
    bad = texts.is_not_null() & values.is_null()
    return Cast(values, bad if bad.any() else None, number_error)


def cast_times(texts: pl.Series, time_format: str | None = None, unit: str | None = None) -> Cast:
    """Texts as instants: Int64, microseconds since 1970-01-01T00:00Z.

    texts: String. time_format: a strptime format, or s, ms, us, ns for Unix times; None for ISO 8601, Unix
    seconds (below 1e11) or Unix milliseconds. unit: the unit of earlier times of the column, "iso" if they
    were not Unix times; a column has one unit.
    """
    if time_format is not None:
        return _times_formatted(texts, time_format)
    known = texts.drop_nulls()
    if known.is_empty():
        return Cast(pl.Series(values=[None] * len(texts), dtype=pl.Int64), None, time_error, unit)
    if unit is None:
        unit = _unit_of(known[0])
    if unit != ISO:
        return _times_epoch(texts, unit)
    values = cast_iso_times(texts)
    bad = texts.is_not_null() & values.is_null()
    return Cast(values, bad if bad.any() else None, _why_not_iso, ISO)


def time_error(text: str) -> str:
    """The error for a text that should be a time, and the option that helps."""
    hint = ""
    if re.fullmatch(r"\d{1,2}([/.-])\d{1,2}\1\d{4}.*", text):
        mark = re.sub(r"\d", "", text)[0]
        hint = f"; use --time-format '%d{mark}%m{mark}%Y' or '%m{mark}%d{mark}%Y'"
    elif re.fullmatch(r"\d{8}", text):
        hint = "; use --time-format %Y%m%d"
    elif re.fullmatch(r"\d{15,}", text):
        hint = " in seconds or milliseconds; if it is in microseconds, use --time-format us"
    elif re.search(r":60(?!\d)", text):
        hint = " (a leap second)"
    return f"{quote(text)} is not a time{hint}"


def _why_not_iso(text: str) -> str:
    return f"{quote(text)}: {_MIXED}" if _unit_of(text) in EPOCH_UNITS else time_error(text)


def _why_not_epoch(text: str) -> str:
    is_time = _unit_of(text) in EPOCH_UNITS or re.match(ISO_PATTERN, text)
    return f"{quote(text)}: {_MIXED}" if is_time else time_error(text)


def _unit_of(text: str) -> str:
    """The likely unit of a time: s or ms if it is a number, unless it looks like a date or microseconds."""
    if not re.match(_EPOCH, text) or re.match(_EIGHT_DIGITS, text) or abs(float(text)) >= TOO_LARGE:
        return ISO
    return MILLISECONDS if abs(float(text)) >= LARGE else SECONDS


def cast_iso_times(texts: pl.Series) -> pl.Series:
    """ISO 8601 texts as microseconds, null for other texts."""
    instants = _to_the_second(texts)
    if instants is not None:
        return instants
    matched = pl.DataFrame({"t": texts}).select(
        pl.when(pl.col("t").str.contains(ISO_PATTERN)).then(pl.col("t"))
    )
    return _iso_times_in_parts(matched["t"])


def _to_the_second(texts: pl.Series) -> pl.Series | None:
    """Times that all look like 2024-05-01T10:00:00, three times as fast; None if one does not."""
    if not len(texts) or texts.null_count() or len(texts[0]) != 19:
        return None
    if not texts.str.contains(_TO_THE_SECOND).all():
        return None
    pattern = f"%Y-%m-%d{texts[0][10]}%H:%M:%S"
    instants = texts.str.to_datetime(pattern, strict=False, time_unit="us", cache=False)
    if instants.null_count() or instants.min() < _YEAR_ONE:  # type: ignore[operator]
        return None
    return instants.cast(pl.Int64)


def _iso_times_in_parts(texts: pl.Series) -> pl.Series:
    """Any mixture of dates, minutes, fractions and offsets. texts: each matches ISO_PATTERN, or is null."""
    part = pl.col("t").str
    offset = part.extract(r"([+-]\d{2}):?\d{2}$", 1).cast(pl.Int64) * 3600
    offset_minutes = part.extract(r"[+-]\d{2}:?(\d{2})$", 1).cast(pl.Int64) * 60
    has_time = part.len_bytes() > 10
    is_east = part.contains(r"\+\d{2}:?\d{2}$")
    hour, minute = (part.slice(at, 2).cast(pl.Int64, strict=False) for at in (11, 14))
    second = part.extract(r":\d{2}:(\d{2})", 1).cast(pl.Int64).fill_null(0)
    fraction = part.extract(r"\.(\d+)", 1).str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    of_day = (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction.fill_null(0)
    offset_seconds = offset + pl.when(is_east).then(offset_minutes).otherwise(-offset_minutes)
    is_clock = (hour < 24) & (minute < 60) & (second < 60)
    shift = pl.when(has_time & part.contains(r"[+-]\d{2}:?\d{2}$")).then(offset_seconds).otherwise(0)
    day = part.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64)
    clock = pl.when(~has_time).then(0).when(is_clock).then(of_day)
    frame = pl.DataFrame({"t": texts})
    return frame.select((day * 86_400 - shift) * 1_000_000 + clock).to_series()


def _times_epoch(texts: pl.Series, unit: str) -> Cast:
    """Unix times in one unit, s or ms."""
    amounts = texts.cast(pl.Float64, strict=False).abs()
    size = amounts < LARGE if unit == SECONDS else (amounts >= LARGE) & (amounts < TOO_LARGE)
    fits = texts.str.contains(_EPOCH) & size & ~texts.str.contains(_EIGHT_DIGITS)
    bad = texts.is_not_null() & ~fits.fill_null(False)
    if bad.any():
        return Cast(amounts, bad, _why_not_epoch, unit)
    return Cast(_to_microseconds(texts, EPOCH_UNITS[unit]), None, time_error, unit)


def _to_microseconds(texts: pl.Series, factor: float) -> pl.Series:
    """Unix times as microseconds; whole numbers are computed as integers, so they are not rounded."""
    whole = texts.cast(pl.Int64, strict=False)
    if whole.null_count() == texts.null_count():
        return whole * int(factor) if factor >= 1 else whole // round(1 / factor)
    return (texts.cast(pl.Float64, strict=False) * factor).floor().cast(pl.Int64, strict=False)


def _times_formatted(texts: pl.Series, time_format: str) -> Cast:
    def why(text: str) -> str:
        return f"{quote(text)} is not a time in the format {quote(time_format)}"

    if time_format in EPOCH_UNITS:
        right = texts.str.contains(_EPOCH).fill_null(False)
        values = _to_microseconds(texts.set(~right, None), EPOCH_UNITS[time_format])
    else:
        values = _strptime(texts, time_format)
    bad = texts.is_not_null() & values.is_null()
    return Cast(values, bad if bad.any() else None, why)


def _strptime(texts: pl.Series, time_format: str) -> pl.Series:
    has_clock = re.search(r"%[HIMSTRsXcr]", time_format) is not None
    if not has_clock:
        days = texts.str.to_date(time_format, strict=False)
        return days.cast(pl.Datetime("us")).cast(pl.Int64)
    if re.search(r"%[#:]*z", time_format):
        zoned = texts.str.to_datetime(time_format, strict=False, time_unit="us", time_zone="UTC")
        return zoned.cast(pl.Int64)
    return texts.str.to_datetime(time_format, strict=False, time_unit="us").cast(pl.Int64)
