"""A column of dates is told by all its values, and a day without a clock is a day of the zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from churnkit.eventlog.date_columns import as_dates
from churnkit.tables.column_casts import Notation


@pytest.mark.parametrize(
    ("texts", "time_format", "is_date"),
    [
        (["2024-05-01", None, "2024-06-01T10:00:00Z"], None, True),
        (["2024-05-01", "soon"], None, False),
        (["soon", "2024-05-01"], None, False),
        (["1714521600"], None, False),  # a number may be anything
        (["20240501"], None, False),
        ([None, None], None, False),
        (["01/05/2024"], None, False),
        (["01/05/2024"], "%d/%m/%Y", True),
        (["2024-05-01"], "%d/%m/%Y", True),
        (["12"], "s", False),
    ],
    ids=str,
)
def test_a_column_is_one_of_dates_if_all_its_values_are(
    texts: list[str | None], time_format: str | None, is_date: bool
) -> None:
    assert (as_dates(pl.Series(texts, dtype=pl.String), Notation(time_format)) is not None) == is_date


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_a_day_begins_at_midnight_in_the_zone_and_a_time_is_utc(zone: str) -> None:
    texts = ["2024-07-01", None, "2024-07-01T00:00:00", "2024-12-01T10:00:00Z"]
    expected = [
        datetime(2024, 7, 1, tzinfo=ZoneInfo(zone)).timestamp(),
        None,
        datetime(2024, 7, 1, tzinfo=ZoneInfo("UTC")).timestamp(),
        datetime(2024, 12, 1, 10, tzinfo=ZoneInfo("UTC")).timestamp(),
    ]
    found = as_dates(pl.Series(texts), Notation(zone=zone))
    assert found is not None
    assert found.to_list() == [None if moment is None else moment * 1_000_000 for moment in expected]


def test_local_times_are_of_the_zone_in_a_column_of_dates_too() -> None:
    zone = "Asia/Shanghai"
    found = as_dates(
        pl.Series(["2024-07-01T10:00:00", "2024-07-01", "2024-07-01T10:00:00Z"]),
        Notation(zone=zone, are_local=True),
    )
    at = [
        datetime(2024, 7, 1, 10, tzinfo=ZoneInfo(zone)),
        datetime(2024, 7, 1, tzinfo=ZoneInfo(zone)),
        datetime(2024, 7, 1, 10, tzinfo=ZoneInfo("UTC")),
    ]
    assert found is not None
    assert found.to_list() == [moment.timestamp() * 1_000_000 for moment in at]
