"""Local times are the instants of the standard library with fold=0."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables.local_times import to_instants

ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "UTC"])
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _wall(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)


@given(st.lists(st.datetimes(datetime(1950, 1, 1), datetime(2037, 1, 1)), min_size=1, max_size=9), ZONES)
def test_local_times_are_instants_of_the_zone(moments: list[datetime], zone: str) -> None:
    instants, _, _ = to_instants(pl.Series([_wall(moment) for moment in moments]), zone)
    aware = [moment.replace(tzinfo=ZoneInfo(zone)) for moment in moments]
    assert instants.to_list() == [(moment - EPOCH) // timedelta(microseconds=1) for moment in aware]


@pytest.mark.parametrize(
    ("local", "utc", "counts"),
    [
        (datetime(2024, 10, 27, 2, 30), datetime(2024, 10, 27, 0, 30), (1, 0)),  # the first of two
        (datetime(2024, 3, 31, 2, 30), datetime(2024, 3, 31, 1, 30), (0, 1)),  # 03:30 in summer
        (datetime(2024, 5, 1, 2, 30), datetime(2024, 5, 1, 0, 30), (0, 0)),
    ],
)
def test_times_that_exist_twice_or_not_at_all_are_counted(
    local: datetime, utc: datetime, counts: tuple[int, int]
) -> None:
    instants, twice, moved = to_instants(pl.Series([_wall(local), None]), "Europe/Berlin")
    assert instants.to_list() == [_wall(utc), None]
    assert (twice, moved) == counts
