"""Times of a clock on the wall as instants: the offset is that of the zone at that time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_instants(local: pl.Series, zone: str) -> tuple[pl.Series, int, int]:
    """Local times as instants, the number that exist twice, and the number that do not exist.

    local: Int64, microseconds from 1970 on the clock of the zone; null stays null. Returns Int64 microseconds
    in UTC. When clocks go back a time exists twice: the first is meant. When they go forward a time does not
    exist: it moves on by the gap. Both are what fold=0 means in PEP 495.
    """
    clock = local.cast(pl.Datetime("us")).dt
    first = clock.replace_time_zone(zone, ambiguous="earliest", non_existent="null").cast(pl.Int64)
    last = clock.replace_time_zone(zone, ambiguous="latest", non_existent="null").cast(pl.Int64)
    is_missing = local.is_not_null() & first.is_null()
    twice = int((first != last).sum() or 0)
    if not is_missing.any():
        return first, twice, 0
    missing = local.filter(is_missing)
    moved = {wall: _first_instant(wall, zone) for wall in missing.unique()}
    frame = pl.DataFrame({"local": local, "first": first, "is_missing": is_missing})
    instants = frame.select(
        pl.when("is_missing")
        .then(pl.col("local").replace_strict(moved, default=None, return_dtype=pl.Int64))
        .otherwise("first")
    ).to_series()
    return instants, twice, len(missing)


def of_zone(read: pl.Series, is_local: pl.Series, zone: str) -> tuple[pl.Series, int, int]:
    """Times that were read as UTC, those where is_local as times of the zone; see `to_instants`.

    read: (n,) Int64 microseconds. is_local: (n,) Boolean.
    """
    instants, twice, moved = to_instants(read.set(~is_local, None), zone)
    return pl.select(pl.when(is_local).then(instants).otherwise(read)).to_series(), twice, moved


def _first_instant(wall: int, zone: str) -> int:
    """The instant of one local time with the offset that held before the clocks changed."""
    moment = datetime(1970, 1, 1) + timedelta(microseconds=wall)
    return (moment.replace(tzinfo=ZoneInfo(zone), fold=0) - _EPOCH) // timedelta(microseconds=1)
