"""Texts as numbers, times and types, exactly: nothing is guessed, nothing is altered.

A number: optional sign, digits with at most one point, optional exponent, spaces around it; never
NaN, infinity, 1_000, 0x10 or 12,50. A time: ISO 8601, or Unix seconds or milliseconds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from churnkit.errors import quote

INTEGER, FLOAT, BOOLEAN, TIMESTAMP, TEXT = "integer", "float", "boolean", "timestamp", "text"
BOOLEANS = (("true", "false"), ("yes", "no"))
SECONDS, MILLISECONDS, ISO = "s", "ms", "iso"
LARGE, TOO_LARGE = 1e11, 1e14  # from here on a Unix time is in milliseconds; in something smaller
EPOCH_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0.001}

_NUMBER = re.compile(r"[ \t]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t]*")
_LIKE_NUMBER = r"^[ \t]*[+-]?\.?[0-9]"
_INTEGER = r"^[ \t]*[+-]?[0-9]+[ \t]*$"
LEADING_ZERO = r"^[ \t]*[+-]?0[0-9]"
_ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_TO_THE_SECOND = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-5][0-9]$"
_YEAR_ONE = datetime(1, 1, 1)
_EPOCH = r"^-?[0-9]+(?:\.[0-9]+)?$"
_EIGHT_DIGITS = r"^[12][0-9]{7}$"  # 20240501 is a day, hardly a second of 1970
_MIXED = "mixed: ISO times and Unix times, or seconds and milliseconds, in one column"


@dataclass(frozen=True)
class Cast:
    """What a column of texts became.

    values: as long as the texts, null where they are null or bad. bad: true where a text is not of
    the kind; None where all are. why: what a message says of one bad text. unit: of Unix times.
    """

    values: pl.Series
    bad: pl.Series | None
    why: Callable[[str], str]
    unit: str | None = None


def number(text: str) -> float | None:
    """One text as a finite double, or None where it is not a number, or too large for one."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    value = float(found[1])
    return value if math.isfinite(value) else None


def why_no_number(text: str) -> str:
    """What is wrong with a text that should be a number."""
    if _NUMBER.fullmatch(text):
        return f"{quote(text)} is too large for a number"
    hint = ""
    if not text.strip() or text.strip().lower() in ("nan", "na", "null", "none", "n/a", "-", "?"):
        word = text if text.isalnum() else quote(text)
        hint = f"; if it means nothing is known, say --null {word}"
    return f"{quote(text)} is not a number{hint}"


def numbers(texts: pl.Series) -> Cast:
    """Texts as doubles. texts: String. Integers past 2^53 are rounded to the nearest double."""
    values = texts.cast(pl.Float64, strict=False)
    odd = texts.is_not_null() & ~values.is_finite().fill_null(False)
    if not odd.any():
        return Cast(values, None, why_no_number)
    words = texts.filter(odd).unique()
    words = words.filter(words.str.contains(_LIKE_NUMBER))
    mended = {word: number(word) for word in words}
    frame = pl.DataFrame({"text": texts, "value": values, "odd": odd})
    values = frame.select(
        pl.when("odd")
        .then(pl.col("text").replace_strict(mended, default=None, return_dtype=pl.Float64))
        .otherwise("value")
    ).to_series()
    bad = texts.is_not_null() & values.is_null()
    return Cast(values, bad if bad.any() else None, why_no_number)


def times(texts: pl.Series, time_format: str | None = None, unit: str | None = None) -> Cast:
    """Texts as instants: Int64, microseconds since 1970-01-01T00:00Z.

    texts: String. time_format: a strptime format, or s, ms, us, ns for Unix times, where ISO 8601 and
    plain Unix seconds (below 1e11) and milliseconds are not what the column holds. unit: that of the
    Unix times seen before ("iso" where the times before were no Unix times); one unit a column.
    """
    if time_format is not None:
        return _times_formatted(texts, time_format)
    known = texts.drop_nulls()
    if known.is_empty():
        return Cast(pl.Series(values=[None] * len(texts), dtype=pl.Int64), None, why_no_time, unit)
    if unit is None:
        unit = _unit_of(known[0])
    if unit != ISO:
        return _times_epoch(texts, unit)
    values = _iso_times(texts)
    bad = texts.is_not_null() & values.is_null()
    return Cast(values, bad if bad.any() else None, _why_not_iso, ISO)


def why_no_time(text: str) -> str:
    """What is wrong with a text that should be a time, and the way out."""
    hint = ""
    if re.fullmatch(r"\d{1,2}([/.-])\d{1,2}\1\d{4}.*", text):
        mark = re.sub(r"\d", "", text)[0]
        hint = f"; say --time-format '%d{mark}%m{mark}%Y' or '%m{mark}%d{mark}%Y'"
    elif re.fullmatch(r"\d{8}", text):
        hint = "; say --time-format %Y%m%d"
    elif re.fullmatch(r"\d{15,}", text):
        hint = " in seconds or milliseconds; if it is in microseconds, say --time-format us"
    elif re.search(r":60(?!\d)", text):
        hint = " (a leap second)"
    return f"{quote(text)} is not a time{hint}"


def _why_not_iso(text: str) -> str:
    return f"{quote(text)}: {_MIXED}" if _unit_of(text) in EPOCH_UNITS else why_no_time(text)


def _why_not_epoch(text: str) -> str:
    is_time = _unit_of(text) in EPOCH_UNITS or re.match(_ISO, text)
    return f"{quote(text)}: {_MIXED}" if is_time else why_no_time(text)


def _unit_of(text: str) -> str:
    """What a time seems to be: s or ms where it is a number, unless it looks like a day or microseconds."""
    if not re.match(_EPOCH, text) or re.match(_EIGHT_DIGITS, text) or abs(float(text)) >= TOO_LARGE:
        return ISO
    return MILLISECONDS if abs(float(text)) >= LARGE else SECONDS


def _iso_times(texts: pl.Series) -> pl.Series:
    """ISO 8601 texts as microseconds, null where they are none."""
    instants = _to_the_second(texts)
    if instants is not None:
        return instants
    matched = pl.DataFrame({"t": texts}).select(pl.when(pl.col("t").str.contains(_ISO)).then(pl.col("t")))
    return _iso_times_in_parts(matched["t"])


def _to_the_second(texts: pl.Series) -> pl.Series | None:
    """Texts that are all like the first, 2024-05-01T10:00:00, three times as fast; None where one is not."""
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
    """Any mixture of dates, minutes, fractions and offsets. texts: all of the pattern, or null."""
    part = pl.col("t").str
    offset = part.extract(r"([+-]\d{2}):?\d{2}$", 1).cast(pl.Int64) * 3600
    offset_minutes = part.extract(r"[+-]\d{2}:?(\d{2})$", 1).cast(pl.Int64) * 60
    has_time = part.len_bytes() > 10
    is_east = part.contains(r"\+\d{2}:?\d{2}$")
    hour, minute = (part.slice(at, 2).cast(pl.Int64, strict=False) for at in (11, 14))
    second = part.extract(r":\d{2}:(\d{2})", 1).cast(pl.Int64).fill_null(0)
    fraction = part.extract(r"\.(\d+)", 1).str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    of_day = (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction.fill_null(0)
    away = offset + pl.when(is_east).then(offset_minutes).otherwise(-offset_minutes)
    is_clock = (hour < 24) & (minute < 60) & (second < 60)
    shift = pl.when(has_time & part.contains(r"[+-]\d{2}:?\d{2}$")).then(away).otherwise(0)
    day = part.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64)
    clock = pl.when(~has_time).then(0).when(is_clock).then(of_day)
    frame = pl.DataFrame({"t": texts})
    return frame.select((day * 86_400 - shift) * 1_000_000 + clock).to_series()


def _times_epoch(texts: pl.Series, unit: str) -> Cast:
    """Unix times of one unit, s or ms."""
    amounts = texts.cast(pl.Float64, strict=False).abs()
    size = amounts < LARGE if unit == SECONDS else (amounts >= LARGE) & (amounts < TOO_LARGE)
    fits = texts.str.contains(_EPOCH) & size & ~texts.str.contains(_EIGHT_DIGITS)
    bad = texts.is_not_null() & ~fits.fill_null(False)
    if bad.any():
        return Cast(amounts, bad, _why_not_epoch, unit)
    return Cast(_scaled(texts, EPOCH_UNITS[unit]), None, why_no_time, unit)


def _scaled(texts: pl.Series, factor: float) -> pl.Series:
    """Unix times as microseconds: whole ones in whole numbers, so that none is rounded."""
    whole = texts.cast(pl.Int64, strict=False)
    if whole.null_count() == texts.null_count():
        return whole * int(factor) if factor >= 1 else whole // round(1 / factor)
    return (texts.cast(pl.Float64, strict=False) * factor).floor().cast(pl.Int64, strict=False)


def _times_formatted(texts: pl.Series, time_format: str) -> Cast:
    def why(text: str) -> str:
        return f"{quote(text)} is not a time in the format {quote(time_format)}"

    if time_format in EPOCH_UNITS:
        right = texts.str.contains(_EPOCH).fill_null(False)
        values = _scaled(texts.set(~right, None), EPOCH_UNITS[time_format])
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


def type_of(texts: pl.Series) -> str:
    """integer, float, boolean, timestamp or text: what every known text of a column is.

    texts: String. Leading zeros (00123) make text; 0 and 1 are integers; a column without a value is text.
    """
    known = texts.drop_nulls()
    if known.is_empty():
        return TEXT
    if _is_all(known, _INTEGER):
        return TEXT if known.str.contains(LEADING_ZERO).any() else INTEGER
    if _is_number(known):
        return TEXT if known.str.contains(LEADING_ZERO).any() else FLOAT
    if is_boolean(known):
        return BOOLEAN
    return TIMESTAMP if iso_times(known) is not None else TEXT


def judged(texts: pl.Series) -> pl.DataFrame:
    """What each text is: text, number (NaN where it is none), is_whole, is_zero_led (007, 00.5),
    is_zero_before_digits (00123), is_iso (the pattern alone), length in characters, has_blank_end, word (in
    small letters, where it is short).

    texts: (n,) String without nulls. Returns (n,) rows.
    """
    text = pl.col("text")
    frame = pl.DataFrame({"text": texts, "number": numbers(texts).values.fill_null(math.nan)})
    return frame.select(
        "text",
        "number",
        is_whole=text.str.contains(_INTEGER),
        is_zero_led=text.str.contains(LEADING_ZERO),
        is_zero_before_digits=text.str.contains(LEADING_ZERO + "[0-9]*$"),
        is_iso=text.str.contains(_ISO),
        length=text.str.len_chars(),
        has_blank_end=text.str.len_bytes() != text.str.strip_chars().str.len_bytes(),
        word=pl.when(text.str.len_chars() <= 5).then(text.str.to_lowercase()),
    )


def types_of(judged: pl.DataFrame, stops: Sequence[int]) -> list[str]:
    """The type of each column, as `type_of` tells it.

    judged: of the texts of all columns, one after the other, with their number as `column`. stops: where each
    ends; none is empty.
    """
    columns = judged.group_by("column").agg(
        pl.col("number").is_nan().any().alias("has_words"),
        pl.col("is_whole", "is_iso").all(),
        pl.col("is_zero_led").any(),
        pl.col("word").null_count().alias("long_words"),
        pl.col("word").unique().head(3),
    )
    kinds = []
    for place, row in enumerate(columns.sort("column").iter_rows(named=True)):
        if not row["has_words"]:
            is_code = row["is_zero_led"]
            kinds.append(TEXT if is_code else INTEGER if row["is_whole"] else FLOAT)
        elif not row["long_words"] and any(set(row["word"]) <= set(pair) for pair in BOOLEANS):
            kinds.append(BOOLEAN)
        elif row["is_iso"]:
            start = stops[place - 1] if place else 0
            is_time = iso_times(judged["text"].slice(start, stops[place] - start)) is not None
            kinds.append(TIMESTAMP if is_time else TEXT)
        else:
            kinds.append(TEXT)
    return kinds


def iso_times(known: pl.Series) -> pl.Series | None:
    """Texts (without nulls) as microseconds where all of them are ISO 8601, else None."""
    if not known.head(100).str.contains(_ISO).all():
        return None
    times = _iso_times(known)
    return times if times.null_count() == 0 else None


def are_whole(known: pl.Series) -> bool:
    """Whether all texts, known to be numbers, are whole: without a point or an exponent."""
    return known.cast(pl.Int64, strict=False).null_count() == 0 or _is_all(known, _INTEGER)


def whole_ends(known: pl.Series) -> tuple[int, int]:
    """Smallest and largest of texts known to be whole numbers, with all their digits."""
    whole = known.str.strip_chars().str.strip_prefix("+").cast(pl.Int64, strict=False)
    if whole.null_count() == 0:
        return int(whole.min()), int(whole.max())  # type: ignore[arg-type]
    exact = [int(text) for text in known.unique()]
    return min(exact), max(exact)


def has_leading_zero(known: pl.Series) -> bool:
    """Whether one of these texts, known to be numbers, begins with a zero before another digit: 007, 00.5."""
    return bool(_behind_zero(known).str.contains(LEADING_ZERO).any())


def has_zeros_before_digits(known: pl.Series) -> bool:
    """Whether one of these texts is whole digits that begin with a zero: 00123."""
    return bool(_behind_zero(known).str.contains(LEADING_ZERO + "[0-9]*$").any())


def _behind_zero(known: pl.Series) -> pl.Series:
    """The texts that may begin with a zero: few, so that only they are matched."""
    first = known.str.slice(0, 1)
    return known.filter(first.is_in(["0", "+", "-", " ", "\t"]))


def _is_all(known: pl.Series, pattern: str) -> bool:
    return bool(known.head(100).str.contains(pattern).all() and known.str.contains(pattern).all())


def _is_number(known: pl.Series) -> bool:
    if numbers(known.head(100)).bad is not None:
        return False
    values = known.cast(pl.Float64, strict=False)
    odd = known.filter(~values.is_finite().fill_null(False))
    return all(number(word) is not None for word in odd.unique())


def is_boolean(known: pl.Series) -> bool:
    """Whether all texts are true and false, or yes and no, in any capitals."""
    if known.head(100).str.len_chars().max() > 5:  # type: ignore[operator]
        return False
    words = set(known.unique().str.to_lowercase().unique().head(3))
    return any(words <= set(pair) for pair in BOOLEANS)


def numeric_share(texts: pl.Series) -> tuple[int, list[str]]:
    """How many known texts are numbers, and the up to five most frequent that are not."""
    known = texts.drop_nulls()
    cast = numbers(known)
    if cast.bad is None:
        return len(known), []
    words = known.filter(cast.bad).value_counts(sort=True).head(5).to_series(0).to_list()
    return len(known) - int(cast.bad.sum()), words
