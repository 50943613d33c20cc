"""What is unlikely about ids and times is counted, and said in a line."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit import messages
from churnkit.tables import column_casts
from churnkit.tables.casts import ID, REPEATED_ID, TIME
from churnkit.tables.column_casts import Notation, Noticed, cast_column

NOW = 1_717_200_000_000_000  # June 2024


def test_ids_altered_by_a_spreadsheet_or_a_float_are_counted() -> None:
    ids = pl.Series(["1.23457E+12", "1.23457E+12", "17850.0", "17850", "1e5", "00123", None])
    for texts in (ids, ids.cast(pl.Categorical)):
        noticed = column_casts.notice_ids(texts)
        assert (noticed.ids, noticed.rounded, noticed.decimal) == (6, 2, 1)
        assert (noticed.rounded_id, noticed.decimal_id) == ("1.23457E+12", "17850.0")


@pytest.mark.parametrize("kind", [ID, REPEATED_ID])
def test_usual_ids_are_noticed_by_number_alone(kind: str) -> None:
    _, noticed = cast_column(pl.Series(["a", "007", "1e5"]), kind, Notation(), None, NOW)
    assert noticed == Noticed(ids=3)


def test_times_before_1990_and_more_than_a_year_ahead_are_counted() -> None:
    texts = pl.Series(["1989-12-31", "1990-01-01", "2025-05-31", "2025-06-02", "9999-12-31"])
    _, noticed = cast_column(texts, TIME, Notation(), None, NOW)
    assert (noticed.times, noticed.early, noticed.late) == (5, 1, 1)


def test_only_times_without_an_offset_are_local() -> None:
    texts = pl.Series(["2024-05-01T20:00", "2024-05-01T20:00Z", "2024-05-01"])
    local = Notation(zone="Asia/Shanghai", are_local=True)
    values, _ = cast_column(texts, TIME, local, None, NOW)
    hours = [(value - values.values[2]) / 3.6e9 for value in values.values]
    assert hours == [20, 28, 0]
    as_utc, noticed = cast_column(texts, TIME, Notation(zone="Asia/Shanghai"), None, NOW)
    assert as_utc.values[0] == as_utc.values[1]
    assert noticed.without_offset == 2


def test_counts_add_up_and_ends_widen() -> None:
    one, two = Noticed(times=3, early=1, first=5, last=5), Noticed(times=4, early=2, first=2, last=9)
    assert one + two == Noticed(times=7, early=3, first=2, last=9)
    assert Noticed() + one == one


def test_what_was_assumed_is_said_once(capfd: pytest.CaptureFixture[str]) -> None:
    messages.begin()
    noticed = Noticed(times=4, without_offset=3, early=1, first=0, last=0, ids=9, decimal=2, decimal_id="1.0")
    for _ in range(2):
        column_casts.write_notes(noticed, Notation(zone="Asia/Tokyo"), "log.csv")
    err = capfd.readouterr().err
    assert err.count("taken as UTC (3 of 4)") == 1
    assert "times before 1990: 1 of 4, the first on 1970-01-01" in err
    assert "log.csv: .0 at the end of 2 of 9 ids: '1.0' and '1' are two customers" in err
