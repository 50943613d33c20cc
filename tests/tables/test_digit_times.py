"""Times are read digit by digit as the standard library reads them, and nothing else is a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables.digit_times import ends, instant, microseconds

TIMES = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)).map(
    lambda moment: moment.replace(microsecond=0).isoformat()
)
ODD = st.sampled_from(
    ["0000-01-01", "2023-02-29", "1900-02-29T00:00:00", "2024-04-31", "2024-00-10", "2024-13-01", "2024-01-00",
     "2024-01-01T24:00:00", "2024-01-01T23:60:00", "2024-01-01T23:59:60", "2024-01-01t10:00:00", "2024/01/01",
     "2024-01-01T10:00:00Z", "+024-01-01", "é024-01-1", "20²4-01-01", "99999999-9", "", "2024-1-1"]
)  # fmt: skip


def _by_standard_library(text: str | None) -> int | None:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}:[0-9]{2})?", text or ""):
        return None  # it would read a small t, and a blank for a zero
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)


@given(
    st.lists(
        st.one_of(
            st.none(), TIMES, TIMES.map(lambda t: t.replace("T", " ")), TIMES.map(lambda t: t[:10]), ODD
        )
    )
)
def test_a_text_is_the_instant_of_the_standard_library_or_null(texts: list[str | None]) -> None:
    read = microseconds(pl.Series("t", texts, dtype=pl.String))
    assert read.to_list() == [_by_standard_library(text) for text in texts]
    assert (read.name, read.dtype) == ("t", pl.Int64)


@given(st.sampled_from(["2024-02-29", "2024-12-31 23:59:59"]), st.data())
def test_one_other_letter_is_a_time_only_if_the_standard_library_reads_it(
    text: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    odd = text[:place] + data.draw(st.sampled_from("0123456789-:T /Z")) + text[place + 1 :]
    assert microseconds(pl.Series([text, odd])).to_list() == [_by_standard_library(t) for t in (text, odd)]


def test_every_day_of_four_centuries_is_read() -> None:
    days = range(date(1800, 1, 1).toordinal(), date(2200, 1, 1).toordinal())
    read = microseconds(pl.Series([date.fromordinal(day).isoformat() for day in days]))
    since = np.array(days) - date(1970, 1, 1).toordinal()
    assert read.to_numpy().tolist() == (since * 86_400_000_000).tolist()


SHAPES = [re.compile(shape) for shape in ("[0-9-]{10}", "[0-9-]{10}T[0-9:]{8}", "[0-9-]{10} [0-9:]{8}")]
ALIKE = st.sampled_from([lambda t: t, lambda t: t[:10], lambda t: t.replace("T", " ")])


@given(st.lists(TIMES, min_size=1, max_size=9), ALIKE, st.lists(st.one_of(TIMES, ODD), max_size=1))
def test_times_written_alike_have_a_first_and_a_last_text_and_others_do_not(
    times: list[str], written: Callable[[str], str], more: list[str]
) -> None:
    texts = [*map(written, times), *more]
    are_times = all(_by_standard_library(text) is not None for text in texts)
    are_alike = any(all(shape.fullmatch(text) for text in texts) for shape in SHAPES)
    expected = (min(texts), max(texts)) if are_times and are_alike else None
    assert ends(pl.Series(texts, dtype=pl.String)) == expected
    assert [*map(instant, expected or ())] == [*map(_by_standard_library, expected or ())]


@given(st.sampled_from(["2024-02-29", "2024-12-31 23:59:59"]), st.data())
def test_one_other_digit_leaves_times_alike_only_if_the_standard_library_reads_it(
    text: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    odd = text[:place] + data.draw(st.sampled_from("0123456789-:T /Z")) + text[place + 1 :]
    is_alike = _by_standard_library(odd) is not None and odd[10:11] == text[10:11]
    assert (ends(pl.Series([text, odd])) is not None) == is_alike


def test_no_texts_and_empty_ones_have_no_ends() -> None:
    assert ends(pl.Series([], dtype=pl.String)) is None
    assert ends(pl.Series(["2024-01-01", None])) is None
