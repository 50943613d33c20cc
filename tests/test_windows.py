"""Dates and windows, against the standard library's calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import windows
from churnkit.errors import ChurnkitError

DAYS = st.dates(date(1971, 1, 1), date(2100, 1, 1))
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Havana", "Asia/Beirut", "America/Santiago", "Asia/Kolkata"]
)


@pytest.mark.parametrize(
    ("day", "every", "name"),
    [
        ("2024-11-01", "1mo", "Nov 2024"),
        ("2024-11-01", "2mo", "Nov–Dec 2024"),
        ("2024-12-01", "2mo", "Dec 2024–Jan 2025"),
        ("2024-10-01", "1q", "Q4 2024"),
        ("2024-07-01", "2q", "Q3–Q4 2024"),
        ("2024-01-01", "1y", "2024"),
        ("2024-01-01", "2y", "2024–2025"),
        ("2024-11-04", "1w", "4 Nov 2024"),
        ("2024-11-14", "30d", "14 Nov 2024"),
    ],
)
def test_a_period_has_the_name_that_people_use(day: str, every: str, name: str) -> None:
    assert windows.period_name(date.fromisoformat(day), every) == name


@pytest.mark.parametrize("step", ["1mo", "2mo", "1q", "2q", "1y", "2y", "1d", "7d", "30d", "45d"])
@pytest.mark.parametrize("first", [date(2023, 1, 1), date(2023, 4, 1)])
def test_the_step_of_periods_follows_from_their_first_days(step: str, first: date) -> None:
    days = [windows.add_step(first, step, place) for place in range(5)]
    found = windows.step_between(days)
    assert found is not None
    assert [windows.add_step(first, found, place) for place in range(5)] == days
    assert windows.step_between([days[0], *days[2:]]) == found  # one is missing


def test_one_period_has_no_step() -> None:
    assert windows.step_between([date(2024, 1, 1)]) is None


@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("1mo", 12),
        ("1q", 4),
        ("2mo", 6),
        ("5mo", None),
        ("1y", None),
        ("1w", 52),
        ("7d", 52),
        ("28d", 13),
        ("30d", None),
    ],
)
def test_a_year_has_a_whole_number_of_periods_or_none(step: str, number: int | None) -> None:
    assert windows.periods_a_year(step) == number


def test_several_steps_in_words() -> None:
    assert windows.unit_in_words("1mo", 6) == "6 months"
    assert windows.unit_in_words("30d", 2) == "60 days"


@given(DAYS, ZONES)
def test_a_midnight_begins_its_day_and_the_instant_before_ends_the_last(day: date, zone: str) -> None:
    start = windows.midnight(day, zone)
    assert windows.day_of(start, zone) == day
    assert windows.day_of(start - 1, zone) == day - timedelta(days=1)


@given(DAYS, ZONES, st.integers(1, 400), st.integers(0, 60), st.integers(1, 60))
def test_neighbouring_windows_meet_and_never_overlap(
    day: date, zone: str, back: int, lead: int, ahead: int
) -> None:
    as_of = windows.as_of(day, zone)
    start, end = as_of.window(back)
    first, last = as_of.label_window(lead, ahead)
    assert start < end == as_of.instant <= first < last
    assert windows.day_of(start, zone) == day - timedelta(days=back)
    assert as_of.label_window(0, lead)[1] == first
    assert windows.as_of(day + timedelta(days=lead), zone).instant == first


def test_a_day_of_summer_time_has_23_hours() -> None:
    start, end = windows.as_of(date(2024, 4, 1), "Europe/Berlin").window(1)
    assert end - start == 23 * 3600 * windows.SECOND


@pytest.mark.parametrize(("text", "days"), [("30d", 30), ("4w", 28), ("1d", 1)])
def test_a_duration_is_whole_days(text: str, days: int) -> None:
    assert windows.parse_days(text) == days


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "0d", "1.5d", "1mo", "01d", "30 d", "9999999d"])
def test_other_texts_are_not_durations(text: str) -> None:
    with pytest.raises(ChurnkitError, match="duration"):
        windows.parse_days(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [("30", "30d"), ("30 days", "30d"), ("1mo", "30d"), ("3m", "90d"), ("2 weeks", "14d"), ("1Y", "365d")],
)
def test_what_is_meant_as_a_duration_is_named_in_days(text: str, days: str) -> None:
    with pytest.raises(ChurnkitError, match=f"'{text}' is not a duration such as 30d or 4w; write {days}$"):
        windows.parse_days(text)
    assert windows.parse_days(days) > 0


@pytest.mark.parametrize("text", ["0mo", "1h", "mo", "99999"])
def test_what_is_no_duration_gets_no_number_of_days(text: str) -> None:
    with pytest.raises(ChurnkitError, match=r"or 4w$"):
        windows.parse_days(text)


@pytest.mark.parametrize("text", ["today", "now", "2024-06-01,today", "2024-06-01..today/1mo"])
def test_today_is_a_date_that_the_shell_knows(text: str) -> None:
    assert windows.own_date(text) is None
    with pytest.raises(ChurnkitError, match=r"is not a date such as 2024-09-01; write \$\(date \+%F\)"):
        windows.observation_dates(text, None)


def test_a_lead_may_be_zero() -> None:
    assert windows.parse_days("0d", least=0) == 0


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2024-09-01", ["2024-09-01"]),
        ("2024-09-02,2024-09-01,2024-09-02", ["2024-09-01", "2024-09-02"]),
        ("2024-03-01..2024-05-15/1mo", ["2024-03-01", "2024-04-01", "2024-05-01"]),
        ("2024-01-31..2024-04-30/1mo", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2024-01-01..2024-01-15/1w,latest", ["2024-01-01", "2024-01-08", "2024-01-15", "2024-06-03"]),
        ("2023-02-28..2025-02-28/1y", ["2023-02-28", "2024-02-28", "2025-02-28"]),
        ("2023-11-30..2024-06-01/1q", ["2023-11-30", "2024-02-29", "2024-05-30"]),
    ],
)
def test_observation_dates_are_given_in_lists_and_ranges(text: str, days: list[str]) -> None:
    end = windows.log_end(None, windows.midnight(date(2024, 6, 2)))
    assert [str(as_of) for as_of in windows.observation_dates(text, end)] == days


@pytest.mark.parametrize("text", ["2024-02-30", "2024-03-01..2024-01-01/1mo", "2024-01-01..2024-02-01", "", "later",
                                  "2024-01-01..2024-02-01/1h", "9999-12-01..9999-12-31/40d,x"])  # fmt: skip
def test_other_texts_are_not_dates(text: str) -> None:
    with pytest.raises(ChurnkitError):
        windows.observation_dates(text, None)


def test_latest_needs_an_event() -> None:
    with pytest.raises(ChurnkitError, match="latest"):
        windows.observation_dates("latest", None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-09-01", datetime(2024, 9, 1, tzinfo=ZoneInfo("Europe/Berlin"))),
        ("2024-09-01T12:00:00+02:00", datetime(2024, 9, 1, 10, tzinfo=timezone.utc)),
        ("2024-09-01T12:00:00Z", datetime(2024, 9, 1, 12, tzinfo=timezone.utc)),
        ("2024-09-01T12:00:00", datetime(2024, 9, 1, 12, tzinfo=timezone.utc)),
    ],
)
def test_until_is_a_date_of_the_zone_or_an_instant(text: str, moment: datetime) -> None:
    assert windows.log_end(text, 0, "Europe/Berlin") == round(moment.timestamp()) * windows.SECOND


def test_a_log_ends_with_the_day_of_its_latest_event() -> None:
    noon = windows.midnight(date(2024, 6, 2)) + windows.DAY // 2
    assert windows.log_end(None, noon) == windows.midnight(date(2024, 6, 3))
    assert windows.log_end(None, windows.midnight(date(2024, 6, 2))) == windows.midnight(date(2024, 6, 3))


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("2024-05-01T10:00", "2024-05-01T10:00:00+08:00"),
        ("2024-05-01T10:00+00:00", "2024-05-01T10:00+00:00"),
        ("2024-05-01", "2024-05-01"),
        ("soon", "soon"),
    ],
)
def test_a_local_date_time_gets_the_offset_of_its_zone(text: str, there: str) -> None:
    assert windows.with_offset(text, "Asia/Shanghai") == there


def test_the_day_after_the_year_9999_is_an_error_with_a_way_out() -> None:
    last = windows.midnight(date.max)
    assert windows.day_of(last) == date.max
    with pytest.raises(
        ChurnkitError, match="dates go from 0001-01-01 to 9999-12-31; to end the log earlier, use --until"
    ):
        windows.day_of(last + windows.DAY)
