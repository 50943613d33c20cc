"""Texts are converted to numbers and times exactly, without guessing."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables import casts

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.one_of(FLOATS, st.integers(-(10**30), 10**30)), min_size=1, max_size=20))
def test_a_number_reads_back_as_the_same_double(numbers: list[float]) -> None:
    cast = casts.cast_numbers(pl.Series([repr(number) for number in numbers]))
    assert cast.bad is None
    assert cast.values.to_list() == [float(number) for number in numbers]


@given(st.text(alphabet="0123456789+-.eE_ ,xnaif\t", max_size=12))
def test_a_column_and_one_text_agree_on_what_a_number_is(text: str) -> None:
    cast = casts.cast_numbers(pl.Series([text, "1"]))
    one = casts.parse_number(text)
    assert (cast.bad is not None) == (one is None)
    if one is not None:
        assert cast.values[0] == one
        assert math.isfinite(one)


@given(st.lists(st.datetimes(datetime(1600, 1, 1), datetime(3000, 1, 1)), min_size=1, max_size=10))
def test_iso_times_are_the_instants_of_the_standard_library(moments: list[datetime]) -> None:
    epoch = datetime(1970, 1, 1)
    texts = [moment.isoformat(sep=" " if i % 2 else "T") for i, moment in enumerate(moments)]
    cast = casts.cast_times(pl.Series(texts))
    assert cast.bad is None
    assert cast.values.to_list() == [(moment - epoch) // timedelta(microseconds=1) for moment in moments]


@given(st.data())
def test_one_bad_text_in_a_column_of_times_is_found(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 18))
    text = "2024-02-28T23:59:59"
    odd = text[:place] + data.draw(st.sampled_from("0123456789-:T +é")) + text[place + 1 :]
    try:
        right = datetime.strptime(odd, f"%Y-%m-%d{'T' if odd[10] == 'T' else ' '}%H:%M:%S")
        known = len(odd.replace(" ", "T").split("T")) == 2 and odd[10] in "T "
    except ValueError:
        known = False
    cast = casts.cast_times(pl.Series([text, odd, text]))
    assert (cast.bad is None) == known
    if known:
        assert cast.values[1] == (right - datetime(1970, 1, 1)) // timedelta(microseconds=1)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_an_offset_moves_the_instant(moment: datetime, minutes: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    cast = casts.cast_times(pl.Series([aware.isoformat(), "2024-05-01"]))
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert cast.values[0] == (aware - epoch) // timedelta(microseconds=1)


@given(st.integers(-(10**10), 10**10))
def test_unix_times_in_seconds_and_milliseconds_are_one_instant(second: int) -> None:
    if 19_000_000 <= abs(second) < 100_000_000:
        return
    seconds = casts.cast_times(pl.Series([str(second), f"{second}.5"]), "s").values
    millis = casts.cast_times(pl.Series([f"{second}000", f"{second}500"]), "ms").values
    assert seconds[0] == millis[0] == second * 1_000_000
    assert seconds[1] == second * 1_000_000 + (500_000 if second > 0 or str(second)[0] != "-" else -500_000)


@pytest.mark.parametrize(
    ("texts", "time_format", "instant"),
    [
        (["03/04/2024"], "%d/%m/%Y", datetime(2024, 4, 3)),
        (["20240501"], "%Y%m%d", datetime(2024, 5, 1)),
        (["1/2/24 5:06"], "%m/%d/%y %H:%M", datetime(2024, 1, 2, 5, 6)),
        (["1717200000000000"], "us", datetime(2024, 6, 1)),
        (["1717200000000000999"], "ns", datetime(2024, 6, 1)),
    ],
)
def test_a_time_format_is_followed_exactly(texts: list[str], time_format: str, instant: datetime) -> None:
    cast = casts.cast_times(pl.Series(texts), time_format)
    assert cast.values[0] == (instant - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def test_one_column_has_one_kind_of_time_over_all_its_blocks() -> None:
    for first, second in (
        ("2024-05-01", "1717200000"),
        ("1717200000", "2024-05-01"),
        ("1717200000", "1717200000000"),
    ):
        unit = casts.cast_times(pl.Series([first])).unit
        cast = casts.cast_times(pl.Series([first, second]), unit=unit)
        assert cast.bad is not None
        assert cast.bad.to_list() == [False, True]
        assert "mixed" in cast.why(second)
