"""Times in the format that --time-format names, and the formats that would read a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import product

import polars as pl

EXCEL = "excel"  # days since 1899-12-30: right for the 1900 system from 1900-03-01 on
EPOCH_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0.001}  # unit → microseconds
EPOCH = r"^-?[0-9]+(?:\.[0-9]+)?$"
_SERIAL_OF_1970, _SERIAL_OF_10000, _DAY_MS = 25_569, 2_958_466, 86_400_000
_HAS_CLOCK, _HAS_OFFSET = re.compile(r"%[HIMSTRsXcr]"), re.compile(r"%[#:]*z|%s|(?:UTC|GMT|Z)$")
_HALF_DAY, _ZONE = re.compile(r"[ap]m\b", re.IGNORECASE), re.compile("UTC|GMT")
_PLAUSIBLE = -2_208_988_800_000_000, 7_258_118_400_000_000  # 1900 to 2200: what a proposed format reads

# the first group with a format that reads a text is proposed: two formats of a group are two readings
_DATES = (
    ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *((f"%d{mark}%m{mark}{year}", f"%m{mark}%d{mark}{year}") for year, mark in product(("%Y", "%y"), "/.-")),
    ("%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%d %b %y", "%d/%b/%Y", "%b %d, %Y", "%b %d %Y", "%Y-%b-%d"),
    ("%d %B %Y", "%B %d, %Y", "%B %d %Y", "%a, %d %b %Y", "%a %d %b %Y", "%A, %B %d, %Y", "%A, %d %B %Y"),
    ("%Y-%m", "%Y/%m", "%Y%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y"),
    ("%Y-%j",),
    ("%y/%m/%d", "%y-%m-%d", "%y.%m.%d"),
    ("%Y",),
)
_CLOCKS = (
    "%H:%M", "%H:%M:%S", "%H:%M:%S%.f", "%H:%M:%S,%3f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p",
    "%H.%M", "%H.%M.%S", "%H%M", "%H%M%S",
)  # fmt: skip
_BETWEEN = (" ", "T", ", ", ":", "")
_OFFSETS = ("", " %z", "%z", " UTC", " GMT", "Z", " %#z", "%#z")
_CLOCK_FIRST = ("%H:%M %d/%m/%Y", "%H:%M %m/%d/%Y", "%H:%M:%S %d/%m/%Y", "%H:%M:%S %m/%d/%Y")
_OTHERS = ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S UTC %Y", "%a %b %d %H:%M:%S GMT %Y")


def read_formatted(texts: pl.Series, time_format: str) -> pl.Series:
    """Texts as microseconds since 1970, null where a text has another format.

    time_format: a strptime format, `excel`, or s, ms, us, ns for Unix times.
    """
    if time_format == EXCEL:
        return _read_serials(texts)
    if time_format in EPOCH_UNITS:
        is_number = texts.str.contains(EPOCH).fill_null(False)
        return to_microseconds(texts.set(~is_number, None), EPOCH_UNITS[time_format])
    if _HAS_CLOCK.search(time_format) is None:
        if time_format == "%Y":  # the month and the day that are missing are the first
            texts, time_format = texts + "-01-01", "%Y-%m-%d"
        days = texts.str.to_date(time_format, strict=False)
        return days.cast(pl.Datetime("us")).cast(pl.Int64)
    if re.search(r"%[#:]*z", time_format):
        zoned = texts.str.to_datetime(time_format, strict=False, time_unit="us", time_zone="UTC")
        return zoned.cast(pl.Int64)
    return texts.str.to_datetime(time_format, strict=False, time_unit="us").cast(pl.Int64)


def has_offset(time_format: str) -> bool:
    """Whether times in this format are instants: Unix times, or times with an offset or UTC."""
    return time_format in EPOCH_UNITS or _HAS_OFFSET.search(time_format) is not None


def to_microseconds(texts: pl.Series, factor: float) -> pl.Series:
    """Unix times as microseconds; whole numbers are computed as integers, so they are not rounded."""
    whole = texts.cast(pl.Int64, strict=False)
    if whole.null_count() == texts.null_count():
        return whole * int(factor) if factor >= 1 else whole // round(1 / factor)
    return (texts.cast(pl.Float64, strict=False) * factor).floor().cast(pl.Int64, strict=False)


def formats_that_read(text: str) -> list[tuple[str, datetime]]:
    """The formats that read a text, each with its time: two where either number may be the day."""
    text = text.strip()
    for formats in _by_marks():
        readings: dict[tuple[datetime, bool], str] = {}
        for time_format in formats.get(_marks(text), ()):
            if _could_read(time_format, text) and (moment := _moment(text, time_format)):
                is_day_first = 0 <= time_format.find("%d") < time_format.find("%m")
                readings.setdefault((moment, is_day_first), time_format)
        if readings:
            return [(time_format, moment) for (moment, _), time_format in readings.items()]
    return []


def serial_date(text: str) -> datetime | None:
    """The day that a spreadsheet shows for this number, if that is between 1990 and 2100."""
    instant = _read_serials(pl.Series([text], dtype=pl.String))
    moment: datetime | None = instant.cast(pl.Datetime("us"))[0]
    return moment if moment is not None and 1990 <= moment.year < 2100 else None


def _read_serials(texts: pl.Series) -> pl.Series:
    """Days of a spreadsheet as microseconds, to the nearest millisecond."""
    is_number = texts.str.contains(r"^[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?$").fill_null(False)
    serials = texts.set(~is_number, None).cast(pl.Float64, strict=False)
    serials = serials.set((serials >= _SERIAL_OF_10000).fill_null(False), None)
    return ((serials - _SERIAL_OF_1970) * _DAY_MS).round().cast(pl.Int64) * 1_000


@cache
def _by_marks() -> list[dict[tuple[int, ...], list[str]]]:
    """The formats of each group by their marks, so that of fifteen thousand few are looked at."""
    groups: list[dict[tuple[int, ...], list[str]]] = []
    for group in _DATES:
        groups.append({})
        for time_format in _with_clocks(group):
            groups[-1].setdefault(_marks(time_format), []).append(time_format)
    return groups


def _marks(text: str) -> tuple[int, ...]:
    """How many of each mark are in a text, or in a format that could read it."""
    return text.count(":"), text.count("/"), text.count(","), text.count(" ")


def _with_clocks(dates: tuple[str, ...]) -> Iterator[str]:
    for date in dates:
        yield date
        for clock, between, offset in product(_CLOCKS, _BETWEEN, _OFFSETS):
            yield f"{date}{between}{clock}{offset}"
    if "%d/%m/%Y" in dates:
        yield from _CLOCK_FIRST
    if "%d %b %Y" in dates:
        yield from _OTHERS


def _could_read(time_format: str, text: str) -> bool:
    """Whether the words and hyphens of a format are in a text that has its marks, so that few are tried."""
    if time_format.count("-") != text.count("-") and "z" not in time_format:
        return False
    if ("%p" in time_format) != bool(_HALF_DAY.search(text)) or ("%.f" in time_format and "." not in text):
        return False
    if bool(re.search("%[abAB]", time_format)) != bool(re.search("[^\\W\\d_]{3}", _ZONE.sub("", text))):
        return False
    return all(word in text for word in ("UTC", "GMT", "Z", "T") if word in time_format)


def _moment(text: str, time_format: str) -> datetime | None:
    try:
        instant = read_formatted(pl.Series([text]), time_format)
    except pl.exceptions.PolarsError:
        return None
    if not instant.is_between(*_PLAUSIBLE).all() or instant.null_count():
        return None
    moment: datetime = instant.cast(pl.Datetime("us"))[0]
    return moment
