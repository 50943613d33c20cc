"""Converts texts to numbers and times, without guessing.

A number: optional sign, digits with at most one point, optional exponent, spaces around it; never
NaN, infinity, 1_000, 0x10 or 12,50 (--decimal reads other notations). A time: ISO 8601, also as databases
write it (+00, blank and UTC), or Unix seconds or milliseconds of 1990 or later.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from churnkit.errors import quote
from churnkit.tables import digit_times, notations, time_formats
from churnkit.tables.time_formats import EPOCH, EPOCH_UNITS

# the kinds of columns
ID, TIME, MAYBE_TIME, NUMBER, TEXT = "id", "time", "time or empty", "number", "text"
MAYBE_NUMBER = "number or text"  # a block whose texts are all plain numbers holds them as such
REPEATED_ID, WORD = "id of many rows", "word"  # like ID and TEXT, but each distinct text is stored once

SECONDS, MILLISECONDS, ISO = "s", "ms", "iso"
PLAIN, MARKED = "plain", "marked"
LARGE, TOO_LARGE = 1e11, 1e14  # a Unix time from here on is in milliseconds, or in a smaller unit
SECONDS_OF_1990 = 631_152_000  # smaller numbers are days, months or counters more often than Unix times
_UNIX_ENDS = {SECONDS: (SECONDS_OF_1990, LARGE), MILLISECONDS: (SECONDS_OF_1990 * 1_000, TOO_LARGE)}

_NUMBER = re.compile(r"[ \t]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t]*")
NULL_WORDS = ("nan", "na", "null", "none", "n/a", "-", "?")  # often mean no value; --null says so
_LIKE_NUMBER = r"^[ \t]*[+-]?\.?[0-9]"
INTEGER_PATTERN = r"^[ \t]*[+-]?[0-9]+[ \t]*$"
_OFFSET = "[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"  # +02:00, +0200, +02
ISO_PATTERN = (
    r"^[ \t]*[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    rf"(?:[ \t]*(?:Z|UTC|{_OFFSET}))?)?[ \t]*$"
)
_ISO_WITH_OFFSET = rf":.*(?:Z|UTC|{_OFFSET})[ \t]*$"
_DIGITS_OF_A_DATE = r"^(?:19|20)[0-9]{12}$"  # 20240501103000 is a time rather than the year 2611
_MIXED = "mixed: ISO times and Unix times, or seconds and milliseconds, in one column"


@dataclass(frozen=True)
class Cast:
    """The result of a conversion of texts.

    values: as long as the texts, null where a text is null or bad. bad: true where a text is not of this
    kind; None if no text is bad. why: the error for one bad text. unit: the unit of Unix times. hint: the way
    out for one bad text, or ''; it may take a fifth of a second.
    """

    values: pl.Series
    bad: pl.Series | None
    why: Callable[[str], str]
    unit: str | None = None
    hint: Callable[[str], str] = lambda text: ""


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
    if not text.strip() or text.strip().lower() in NULL_WORDS:
        word = text if text.isalnum() else quote(text)
        hint = f"; if it means an empty value, use --null {word}"
    return f"{quote(text)} is not a number{hint}"


def number_hint(text: str) -> str:
    """The option that reads a text as a number, or ''."""
    if text == "" or parse_number(text) is not None:
        return ""
    texts = pl.Series([text])
    able = [d for d in notations.DECIMALS if notations.plain_numbers(texts, d)[0] is not None]
    return f"; {' or '.join(f'--decimal {decimal}' for decimal in able)} reads it" if able else ""


def cast_numbers(texts: pl.Series, decimal: str | None = None, unit: str | None = None) -> Cast:
    """Texts as doubles. texts: String. Integers past 2^53 are rounded to the nearest double.

    decimal: the notation of --decimal; None for plain numbers. unit: "plain" or "marked" if earlier texts of
    the column were so; a column has one notation, and is plain if all its texts are plain numbers (0.25).
    """
    if decimal is not None and unit != PLAIN:
        return _cast_notation(texts, decimal, unit)
    values = texts.cast(pl.Float64, strict=False)
    odd = texts.is_not_null() & ~values.is_finite().fill_null(False)
    if not odd.any():
        return Cast(values, None, number_error)
    words = texts.filter(odd)
    words = words.filter(words.str.contains(_LIKE_NUMBER)).unique()
    repaired = {word: parse_number(word) for word in words}
    frame = pl.DataFrame({"text": texts, "value": values, "odd": odd})
    read = pl.lit(None, dtype=pl.Float64)
    if repaired:
        read = pl.col("text").replace_strict(repaired, default=None, return_dtype=pl.Float64)
    values = frame.select(pl.when("odd").then(read).otherwise("value")).to_series()
    bad = texts.is_not_null() & values.is_null()
    return Cast(values, bad if bad.any() else None, number_error, hint=number_hint)


def _cast_notation(texts: pl.Series, decimal: str, unit: str | None) -> Cast:
    def why(text: str) -> str:
        is_plain = parse_number(text) is not None
        return f"{quote(text)} is not a number with --decimal {decimal}" if is_plain else number_error(text)

    values = notations.plain_numbers(texts, decimal).cast(pl.Float64, strict=False)
    values = values.set((~values.is_finite()).fill_null(False), None)
    bad = texts.is_not_null() & values.is_null()
    if unit is None:
        plain = cast_numbers(texts)
        if bad.any() and plain.bad is None:
            return Cast(plain.values, None, number_error, PLAIN)
        unit = None if plain.bad is None else MARKED
    return Cast(values, bad if bad.any() else None, why, unit)


def cast_times(texts: pl.Series, time_format: str | None = None, unit: str | None = None) -> Cast:
    """Texts as instants: Int64, microseconds since 1970-01-01T00:00Z.

    texts: String. time_format: a strptime format, excel for the serial days of a spreadsheet, or s, ms, us,
    ns for Unix times; None for ISO 8601, Unix seconds (below 1e11) or Unix milliseconds, of 1990 or later.
    unit: the unit of earlier times of the column, "iso" if they were not Unix times; a column has one unit.
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
    return Cast(values, bad if bad.any() else None, _why_not_iso, ISO, time_hint)


def time_error(text: str) -> str:
    """The error for a text that should be a time."""
    return f"{quote(text)} is not a time{' (a leap second)' if re.search(r':60(?![0-9])', text) else ''}"


def time_hint(text: str) -> str:
    """The option that reads a text as a time, tried on this text, or ''."""
    text = text.strip()
    if re.match(r"0000-00-00", text):
        return f"; it is MySQL's empty date: --null '{text}'"
    if unit := next((unit for unit in EPOCH_UNITS if _is_recent(text, unit)), None):
        names = {"us": "microseconds", "ns": "nanoseconds"}
        return f"; in {names[unit]} it needs --time-format {unit}" if unit in names else ""
    if serial := time_formats.serial_date(text):
        return f"; as the serial day of a spreadsheet it is {serial:%Y-%m-%d}: --time-format excel"
    if readings := time_formats.formats_that_read(text):
        return f"; use --time-format {proposed_formats(readings)}"
    if re.fullmatch(r"0(?:\.0*)?", text):
        return f"; if it means an empty value, use --null {text}"
    if re.match(EPOCH, text):
        return "; Unix seconds before 1990 need --time-format s, a number of days --time-format excel"
    if re.match(r"[0-9]{1,2}:[0-9]{2}", text):
        return "; it has no date: join the date and the time of day into one column"
    return ""


def proposed_formats(readings: Sequence[tuple[str, datetime]]) -> str:
    """'%d/%m/%y' (2024-01-05) or '%m/%d/%y' (2024-05-01): the formats, and what they read if they differ."""
    named = [f if re.fullmatch(r"[%\w-]+", f) else f"'{f}'" for f, _ in readings]
    if len(readings) == 1:
        return named[0]
    days = (f"({moment:%Y-%m-%d})" for _, moment in readings)
    return " or ".join(f"{name} {day}" for name, day in zip(named, days, strict=True))


def _is_recent(text: str, unit: str) -> bool:
    """Whether a text is a Unix time in this unit from 1990 to 2100."""
    if not re.match(EPOCH, text) or re.match(_DIGITS_OF_A_DATE, text):
        return False
    seconds = float(text) * EPOCH_UNITS[unit] / 1e6
    return SECONDS_OF_1990 <= seconds < 4_102_444_800


def _why_not_iso(text: str) -> str:
    return f"{quote(text)}: {_MIXED}" if _unit_of(text) in EPOCH_UNITS else time_error(text)


def _why_not_epoch(text: str) -> str:
    is_time = _unit_of(text) in EPOCH_UNITS or re.match(ISO_PATTERN, text)
    return f"{quote(text)}: {_MIXED}" if is_time else time_error(text)


def _unit_of(text: str) -> str:
    """The likely unit of a time: s or ms if it is a number of 1990 or later, unless it looks like a date."""
    text = text.strip(" \t")
    if not re.match(EPOCH, text) or re.match(_DIGITS_OF_A_DATE, text):
        return ISO
    return next((unit for unit, (low, high) in _UNIX_ENDS.items() if low <= float(text) < high), ISO)


def without_offset(texts: pl.Series, time_format: str | None, unit: str | None) -> pl.Series | None:
    """Where a time has neither an offset nor UTC; None if all times have one. unit: as in cast_times."""
    if unit in EPOCH_UNITS or (time_format is not None and time_formats.has_offset(time_format)):
        return None
    if time_format is not None:
        return texts.is_not_null()
    return ~texts.str.contains(_ISO_WITH_OFFSET).fill_null(True)


def cast_iso_times(texts: pl.Series) -> pl.Series:
    """ISO 8601 texts as microseconds, null for other texts."""
    instants = digit_times.microseconds(texts)
    if instants.null_count() == texts.null_count():
        return instants
    others = texts.is_not_null() & instants.is_null()
    return instants.scatter(others.arg_true(), _other_iso_times(texts.filter(others)))


def _other_iso_times(texts: pl.Series) -> pl.Series:
    """As `cast_iso_times`, for any of its texts."""
    matched = pl.DataFrame({"t": texts}).select(
        pl.when(pl.col("t").str.contains(ISO_PATTERN)).then(pl.col("t"))
    )["t"]
    has_blanks = any(
        matched.str.starts_with(blank).any() or matched.str.ends_with(blank).any() for blank in " \t"
    )
    return _iso_times_in_parts(matched.str.strip_chars(" \t") if has_blanks else matched)


def _iso_times_in_parts(texts: pl.Series) -> pl.Series:
    """Any mixture of dates, minutes, fractions and offsets. texts: each matches ISO_PATTERN, or is null."""
    part = pl.col("t").str
    has_time = part.len_bytes() > 10
    hour, minute = (part.slice(at, 2).cast(pl.Int64, strict=False) for at in (11, 14))
    second = part.extract(r":\d{2}:(\d{2})", 1).cast(pl.Int64).fill_null(0)
    fraction = part.extract(r"\.(\d+)", 1).str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    of_day = (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction.fill_null(0)
    is_clock = (hour < 24) & (minute < 60) & (second < 60)
    shift = pl.lit(0)
    if texts.str.contains(_OFFSET + "$").any():  # two searches fewer where no time has one
        shift = pl.when(has_time).then(_offset_seconds(part)).fill_null(0)
    day = part.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64)
    clock = pl.when(~has_time).then(0).when(is_clock).then(of_day)
    frame = pl.DataFrame({"t": texts})
    return frame.select((day * 86_400 - shift) * 1_000_000 + clock).to_series()


def _offset_seconds(part: Any) -> pl.Expr:
    """The offset at the end of a text (+02:00, +0200, +02), null without one. part: the `str` of a column."""
    hours = part.extract(r"([+-]\d{2})(?::?\d{2})?$", 1)
    minutes = part.extract(r"[+-]\d{2}:?(\d{2})$", 1).cast(pl.Int64).fill_null(0) * 60
    is_east = hours.str.starts_with("+")
    offset: pl.Expr = hours.cast(pl.Int64) * 3600 + pl.when(is_east).then(minutes).otherwise(-minutes)
    return offset


def _times_epoch(texts: pl.Series, unit: str) -> Cast:
    """Unix times in one unit, s or ms."""
    low, high = _UNIX_ENDS[unit]

    def misfits(texts: pl.Series) -> pl.Series:
        amounts = texts.cast(pl.Float64, strict=False)
        fits = texts.str.contains(EPOCH) & (amounts >= low) & (amounts < high)
        if unit == MILLISECONDS:
            fits &= ~texts.str.contains(_DIGITS_OF_A_DATE)
        return texts.is_not_null() & ~fits.fill_null(False)

    bad = misfits(texts)
    if bad.any():  # perhaps only blanks around
        texts = texts.str.strip_chars(" \t")
        bad = misfits(texts)
    values = time_formats.to_microseconds(texts.set(bad, None), EPOCH_UNITS[unit])
    return Cast(values, bad if bad.any() else None, _why_not_epoch, unit, time_hint)


def _times_formatted(texts: pl.Series, time_format: str) -> Cast:
    def why(text: str) -> str:
        return f"{quote(text)} is not a time in the format {quote(time_format)}"

    def hint(text: str) -> str:
        if cast_times(pl.Series([text])).bad is None:
            return "; it is read without --time-format"
        return time_hint(text)

    values = time_formats.read_formatted(texts, time_format)
    bad = texts.is_not_null() & values.is_null()
    if bad.any():  # perhaps only blanks around
        values = time_formats.read_formatted(texts.str.strip_chars(" \t"), time_format)
        bad = texts.is_not_null() & values.is_null()
    return Cast(values, bad if bad.any() else None, why, None, hint)
