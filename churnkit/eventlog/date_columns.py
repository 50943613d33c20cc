"""Columns of dates beside the time of an event: a renewal, an expiry."""

from __future__ import annotations

import polars as pl

from churnkit import windows
from churnkit.tables import casts
from churnkit.tables.column_casts import Notation
from churnkit.tables.local_times import of_zone
from churnkit.windows import DAY

_CLOCK_OR_UNIX = r":|^[ \t]*-?[0-9]{9}"


def as_dates(texts: pl.Series, notation: Notation) -> pl.Series | None:
    """The instants of a column of dates, (n,) Int64; None if it holds numbers, words or nothing.

    texts: String. notation: that of the event's time, which these columns may have too.
    """
    first = texts.drop_nulls().head(1)
    if first.is_empty() or casts.parse_number(first[0]) is not None:
        return None
    for written in dict.fromkeys([notation.time_format, None]):
        if casts.cast_times(first, written).bad is None:
            cast = casts.cast_times(texts, written)
            if cast.bad is not None:
                return None
            instants = cast.values
            local = casts.without_offset(texts, written, cast.unit) if notation.are_local else None
            if local is not None:
                instants, _, _ = of_zone(instants, local.fill_null(False), notation.zone)
            return in_zone(texts, instants, notation.zone)
    return None


def in_zone(texts: pl.Series, instants: pl.Series, zone: str) -> pl.Series:
    """The instants of these texts; a day without a clock begins at midnight in the zone.

    A renewal on 2024-07-01 is on that day everywhere, whereas an event's time without an offset is UTC.
    """
    is_day = ~texts.str.contains(_CLOCK_OR_UNIX) & (instants % DAY == 0)
    if zone == "UTC" or not is_day.any():
        return instants
    days = pl.Series(windows.midnights((instants.fill_null(0) // DAY).to_numpy(), zone))
    return days.zip_with(is_day.fill_null(False), instants)
