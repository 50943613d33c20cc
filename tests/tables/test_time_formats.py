"""Formats of times: what is proposed reads the text, and spreadsheet days are dates."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables import time_formats

MAY = datetime(2024, 5, 1)


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("2024/05/01", [MAY]),
        ("5/1/24", [datetime(2024, 1, 5), MAY]),
        ("13/1/24", [datetime(2024, 1, 13)]),
        ("5/5/2024", [datetime(2024, 5, 5), datetime(2024, 5, 5)]),
        ("01-May-24", [MAY]),
        ("May 1, 2024", [MAY]),
        ("2024-05", [MAY]),
        ("202405", [MAY]),
        ("2023-07-28 3:00", [datetime(2023, 7, 28, 3)]),
        ("2024-05-01 1:05:00 PM", [datetime(2024, 5, 1, 13, 5)]),
        ("5/1/2024 1:05 pm", [datetime(2024, 1, 5, 13, 5), datetime(2024, 5, 1, 13, 5)]),
        ("01/May/2024:10:00:00 +0200", [datetime(2024, 5, 1, 8)]),
        ("Wed, 01 May 2024 10:00:00 GMT", [datetime(2024, 5, 1, 10)]),
        ("2024-05-01 10:00:00,250", [datetime(2024, 5, 1, 10, 0, 0, 250_000)]),
        ("2024-02-30", []),
        ("soon", []),
        ("1:05:00 PM", []),
    ],
)
def test_the_proposed_formats_read_the_text(text: str, moments: list[datetime]) -> None:
    readings = time_formats.formats_that_read(text)
    assert [moment for _, moment in readings] == moments
    for time_format, moment in readings:
        instant = time_formats.read_formatted(pl.Series([text]), time_format)[0]
        assert instant == (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)


@given(st.datetimes(datetime(1900, 3, 1), datetime(2100, 1, 1)))
def test_a_spreadsheet_day_is_its_date_to_the_nearest_millisecond(moment: datetime) -> None:
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    instant = time_formats.read_formatted(pl.Series([repr(serial)]), "excel")[0]
    exact = (moment - datetime(1970, 1, 1)) / timedelta(milliseconds=1)
    assert instant % 1_000 == 0
    assert abs(instant / 1_000 - exact) <= 0.51


def test_1970_is_day_25569_and_other_texts_are_no_days() -> None:
    texts = pl.Series(["25569", "45413.4375", "-1", "2958466", "1e99", "soon", None])
    ten_thirty = (datetime(2024, 5, 1, 10, 30) - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    assert time_formats.read_formatted(texts, "excel").to_list() == [0, ten_thirty, *[None] * 5]
