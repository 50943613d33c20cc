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


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14, 14), st.data())
def test_times_as_databases_write_them_are_instants(
    moment: datetime, hours: int, data: st.DataObject
) -> None:
    utc = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    text = moment.isoformat(sep=" ")
    blank = data.draw(st.sampled_from(["", " "]))
    ends = {f"{hours:+03d}": hours, f"{hours:+03d}00": hours, f"{hours:+03d}:00": hours, "UTC": 0, "Z": 0}
    end = data.draw(st.sampled_from(sorted(ends)))
    cast = casts.cast_times(pl.Series([f"{blank}{text}{blank}{end}{blank}", "2024-05-01 10:00+00"]))
    assert cast.values[0] == utc - ends[end] * 3_600_000_000
    alone = casts.without_offset(pl.Series([f"{text}{blank}{end}", text, f"{text} "]), None, cast.unit)
    assert alone is not None
    assert alone.to_list() == [False, True, True]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2024/05/01", "'%Y/%m/%d'"),
        ("5/1/24", "'%d/%m/%y' (2024-01-05) or '%m/%d/%y' (2024-05-01)"),
        ("0000-00-00 00:00:00", "--null '0000-00-00 00:00:00'"),
        ("45413", "2024-05-01: --time-format excel"),
        ("202405", "--time-format %Y%m"),
        ("20240501103000", "--time-format %Y%m%d%H%M%S"),
        ("17", "--time-format s, a number of days --time-format excel"),
        ("-5", "--time-format s"),
        ("0", "--null 0"),
        ("1717200000000000", "--time-format us"),
        ("1717200000000000000", "--time-format ns"),
        ("1:05:00 PM", "no date"),
        ("soon", ""),
    ],
)
def test_what_is_not_a_time_is_refused_with_the_way_out(text: str, hint: str) -> None:
    cast = casts.cast_times(pl.Series([text]))
    assert cast.bad is not None
    assert "is not a time" in cast.why(text)
    assert hint in cast.hint(text)
    assert bool(hint) == bool(cast.hint(text))


def test_blanks_around_unix_times_and_formatted_times_mean_nothing() -> None:
    assert casts.cast_times(pl.Series([" 1717200000 ", "1717200000"])).values.n_unique() == 1
    assert casts.cast_times(pl.Series([" 01.06.2024 "]), "%d.%m.%Y").values[0] == 1717200000_000_000


def test_a_wrong_time_format_is_refused_with_the_right_one() -> None:
    wrong = casts.cast_times(pl.Series(["13/5/2024"]), "%m/%d/%Y")
    assert wrong.hint("13/5/2024") == "; use --time-format '%d/%m/%Y'"
    assert "without --time-format" in wrong.hint("2024-05-13")


@given(st.lists(st.floats(-1e7, 1e7).map(lambda x: round(x, 2)), min_size=1, max_size=9))
def test_a_column_with_a_decimal_comma_has_the_numbers_of_one_with_a_point(numbers: list[float]) -> None:
    texts = [f"{number:,.2f}".translate(str.maketrans(",.", ".,")) for number in numbers]
    cast = casts.cast_numbers(pl.Series(texts), ",")
    assert cast.bad is None
    assert cast.values.to_list() == numbers
    assert cast.unit == casts.MARKED


def test_plain_numbers_stay_plain_beside_a_decimal_comma() -> None:
    first = casts.cast_numbers(pl.Series(["0.25", "12.125"]), ",")
    assert (first.values.to_list(), first.unit) == ([0.25, 12.125], casts.PLAIN)
    assert casts.cast_numbers(pl.Series(["12.125"]), ",", first.unit).values[0] == 12.125
    assert casts.cast_numbers(pl.Series(["12.125"]), ",").values[0] == 12_125
    mixed = casts.cast_numbers(pl.Series(["0,5", "0.25"]), ",")
    assert mixed.bad is not None
    assert "with --decimal ," in mixed.why("0.25")


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
